//! The rules of a new password, in a registration, a reset and a change.

use crate::auth::error::FormProblems;
use crate::security::password::policy;
use crate::store::accounts::Account;
use domain::{EmailAddress, Field, FullName, Password, PhoneNumber, Username};

/// The names and numbers that a password must not consist of.
#[derive(Default)]
pub(super) struct PasswordOwner<'a> {
    pub(super) full_name: Option<&'a FullName>,
    pub(super) username: Option<&'a Username>,
    pub(super) email: Option<&'a EmailAddress>,
    pub(super) phone: Option<&'a PhoneNumber>,
}

/// The new password for the service with this name. If it is invalid, adds the problem to the errors and returns `None`.
pub(super) fn read_new_password(
    service: &str,
    typed: String,
    owner: &PasswordOwner<'_>,
    problems: &mut FormProblems,
) -> Option<Password> {
    let password = problems.take(Field::Password, Password::parse_new(typed))?;
    let context = policy::PasswordContext {
        site_names: &[service],
        username: owner.username,
        email: owner.email,
        full_name: owner.full_name,
        phone: owner.phone,
    };
    problems.take(Field::Password, policy::check_password(&password, &context))?;
    Some(password)
}

/// The new password of this account of the service with this name, or `None` after adding its problem.
pub(super) fn read_for_account(
    service: &str,
    typed: String,
    account: &Account,
    problems: &mut FormProblems,
) -> Option<Password> {
    let full_name = FullName::parse(&account.full_name).ok();
    let username = Username::parse(&account.username).ok();
    let email = EmailAddress::parse(&account.email).ok();
    let owner = PasswordOwner {
        full_name: full_name.as_ref(),
        username: username.as_ref(),
        email: email.as_ref(),
        phone: account.phone.as_ref(),
    };
    read_new_password(service, typed, &owner, problems)
}
