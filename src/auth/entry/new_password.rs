//! Validates new passwords at registration, reset and change.

use crate::auth::error::FormProblems;
use crate::security::password::policy;
use crate::store::accounts::Account;
use domain::{EmailAddress, Field, FullName, Password, PhoneNumber, Username};

/// Personal data of an account holder, which a new password must not equal.
#[derive(Default)]
pub(super) struct PasswordOwner<'a> {
    pub(super) full_name: Option<&'a FullName>,
    pub(super) username: Option<&'a Username>,
    pub(super) email: Option<&'a EmailAddress>,
    pub(super) phone: Option<&'a PhoneNumber>,
}

/// Validates a new password. If it violates a rule, adds the error to `problems` and returns `None`.
///
/// `service_name` is the name of this service. The password must not equal it.
pub(super) fn parse_new_password(
    service_name: &str,
    typed: String,
    owner: &PasswordOwner<'_>,
    problems: &mut FormProblems,
) -> Option<Password> {
    let password = problems
        .value_or_add_field_problem(Field::Password, Password::parse_as_new_password(typed))?;
    let context = policy::PasswordContext {
        site_names: &[service_name],
        username: owner.username,
        email: owner.email,
        full_name: owner.full_name,
        phone: owner.phone,
    };
    problems
        .value_or_add_field_problem(Field::Password, policy::check_password(&password, &context))?;
    Some(password)
}

/// Validates a new password for an existing account.
///
/// If it violates a rule, adds the error to `problems` and returns `None`. `service_name` is the name of this service.
/// The password must not equal it.
pub(super) fn parse_new_password_of_account(
    service_name: &str,
    typed: String,
    account: &Account,
    problems: &mut FormProblems,
) -> Option<Password> {
    let full_name = FullName::parse(&account.full_name).ok();
    let username = Username::from_stored(account.username.clone());
    let email = EmailAddress::parse(&account.email).ok();
    let owner = PasswordOwner {
        full_name: full_name.as_ref(),
        username: Some(&username),
        email: email.as_ref(),
        phone: account.phone.as_ref(),
    };
    parse_new_password(service_name, typed, &owner, problems)
}
