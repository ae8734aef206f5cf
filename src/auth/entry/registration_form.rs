//! Parses the two forms of a registration: names and e-mail address, then password and phone number.

use crate::auth::entry::new_password::{PasswordOwner, parse_new_password};
use crate::auth::error::FormProblems;
use crate::context::AppState;
use crate::security::derived_username::derive_username;
use crate::security::phone_rules;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use domain::typed_text::remove_invisible_characters;
use domain::{EmailAddress, Field, FullName, Password, PhoneNumber, Problem, Username};

/// The fields of the first registration form as the user typed them.
#[derive(Clone, Debug)]
pub struct RegistrationDetails<'a> {
    pub full_name: &'a str,
    pub username: &'a str,
    pub email: &'a str,
    pub captcha: &'a str,
}

impl RegistrationDetails<'_> {
    /// Returns whether the username is missing. The JSON API then derives a username.
    ///
    /// A text of white space and invisible characters counts as missing.
    pub fn is_username_missing(&self) -> bool {
        remove_invisible_characters(self.username).is_empty()
    }
}

/// The parsed values of the first registration form: full name, username and e-mail address.
///
/// An invalid value is `None`.
pub(super) struct ParsedRegistrationDetails {
    full_name: Option<FullName>,
    username: Option<Username>,
    email: Option<EmailAddress>,
}

impl ParsedRegistrationDetails {
    /// Parses the first registration form. Adds the errors of the fields to `problems`.
    pub(super) fn parse_name_and_email_form(
        details: &RegistrationDetails<'_>,
        problems: &mut FormProblems,
    ) -> Self {
        Self {
            full_name: problems
                .value_or_add_field_problem(Field::FullName, FullName::parse(details.full_name)),
            username: problems
                .value_or_add_field_problem(Field::Username, Username::parse(details.username)),
            email: problems
                .value_or_add_field_problem(Field::Email, EmailAddress::parse(details.email)),
        }
    }

    /// Parses full name and e-mail address of a registration, and derives a username from them.
    pub(super) fn parse_details_and_derive_username(
        details: &RegistrationDetails<'_>,
        problems: &mut FormProblems,
    ) -> Self {
        let full_name = problems
            .value_or_add_field_problem(Field::FullName, FullName::parse(details.full_name));
        let email =
            problems.value_or_add_field_problem(Field::Email, EmailAddress::parse(details.email));
        let username = full_name
            .as_ref()
            .zip(email.as_ref())
            .and_then(|(full_name, email)| derive_username(full_name, email));
        Self {
            full_name,
            username,
            email,
        }
    }

    /// Reads the values of the first registration form from the registration flow that stores them.
    pub(super) fn read_details_from_flow(flow: &Flow) -> Self {
        let FlowData::Registration {
            full_name,
            username,
            email,
            ..
        } = &flow.data
        else {
            return Self {
                full_name: None,
                username: None,
                email: None,
            };
        };
        Self {
            full_name: FullName::parse(full_name).ok(),
            username: Username::parse(username).ok(),
            email: EmailAddress::parse(email).ok(),
        }
    }

    /// Returns full name, username and e-mail address if all three are valid; otherwise `None`.
    pub(super) fn into_details_if_all_valid(self) -> Option<(FullName, Username, EmailAddress)> {
        Some((self.full_name?, self.username?, self.email?))
    }
}

/// The parsed values of the second registration form: password and phone number.
pub(super) struct RegistrationCredentials {
    pub(super) password: Password,
    pub(super) number: PhoneNumber,
}

impl RegistrationCredentials {
    /// Parses the second registration form. Adds the errors of the fields to `problems`.
    pub(super) fn parse_password_and_phone_form(
        app: &AppState,
        password: String,
        number: &str,
        details: &ParsedRegistrationDetails,
        problems: &mut FormProblems,
    ) -> Option<Self> {
        let number = phone_rules::parse_phone_number(number, &app.phone_rules);
        let password = parse_registration_password(app, password, &number, details, problems);
        let number = problems.value_or_add_field_problem(Field::Phone, number);
        Some(Self {
            password: password?,
            number: number?,
        })
    }
}

/// Validates the password of a registration.
///
/// The password must not equal the entered names, e-mail address or phone number.
pub(super) fn parse_registration_password(
    app: &AppState,
    password: String,
    number: &Result<PhoneNumber, Problem>,
    details: &ParsedRegistrationDetails,
    problems: &mut FormProblems,
) -> Option<Password> {
    let owner = PasswordOwner {
        full_name: details.full_name.as_ref(),
        username: details.username.as_ref(),
        email: details.email.as_ref(),
        phone: number.as_ref().ok(),
    };
    parse_new_password(&app.brand.name, password, &owner, problems)
}
