//! Creates an account under the rules of registration. Its user sets up the second factor at the first sign-in
//! (docs/security.md#a6).

use std::io::{self, Read as _, Write};

use serde::Serialize;

use super::arguments::{CreateArguments, PasswordSource};
use super::command_context::{CommandContext, record_audit_event};
use super::error::CommandError;
use super::report::Report;
use crate::hashing::{OperatorPermit, hash_password_set_by_operator};
use crate::security::password::policy;
use crate::security::phone_rules::{self, PhoneRules};
use crate::security::token::{AccountId, generate_readable_password};
use crate::store::accounts_operator::{self, UnenrolledAccount};
use crate::store::audit::Event;
use crate::store::{ReadFrom, StoreError, Tx};
use domain::typed_text::without_byte_order_mark;
use domain::{
    EmailAddress, Field, FieldProblem, FullName, MAX_PASSWORD_BYTES, Password, PhoneNumber,
    Problem, Username,
};

/// JSON output of `sallyport user create`.
#[derive(Serialize)]
struct CreatedAccount<'a> {
    id: &'a str,
    username: &'a str,
    /// The password, if the command generated it.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
}

/// Creates an account with an unverified phone number and prints its details.
pub(super) async fn create_account(
    context: &CommandContext<'_>,
    arguments: &CreateArguments,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    let (password, generated) = read_or_generate_password(&arguments.password)?;
    let rules = PhoneRules::from_config(&context.config.phone)?;
    let service = &context.config.brand.name;
    let details = parse_account_details(arguments, password, service, &rules);
    let details = details.map_err(CommandError::Refused)?;
    let permit = OperatorPermit::from_configuration(&context.config.password);
    let new = UnenrolledAccount {
        id: AccountId::generate(),
        password_hash: hash_password_set_by_operator(&permit, &details.password)?,
        has_slow_hash: false,
        full_name: details.full_name,
        username: details.username,
        email: details.email,
        phone: details.phone.map(|phone| (phone, false)),
    };
    let now = context.current_time();
    let mut tx = context.store.begin().await?;
    if !accounts_operator::insert_account_without_second_factor(&mut tx, &new, now).await? {
        return Err(CommandError::Taken(
            find_field_used_by_another_account(&mut tx, &new).await?,
        ));
    }
    record_audit_event(&mut tx, Event::AccountCreated, &new.id, now).await?;
    tx.commit().await?;
    let created = CreatedAccount {
        id: new.id.as_str(),
        username: new.username.as_str(),
        password: generated.as_deref(),
    };
    report.print_result(|| format_created_account(&created), &created)
}

/// Returns the text output of `sallyport user create`.
fn format_created_account(created: &CreatedAccount<'_>) -> String {
    let password = created
        .password
        .map(|password| format!("\nPassword  {password}"));
    format!(
        "{} can sign in and must set up two-factor authentication then.\nID        {}{}",
        created.username,
        created.id,
        password.unwrap_or_default()
    )
}

/// Returns the field of the new account whose value another account already has: username or e-mail address.
async fn find_field_used_by_another_account(
    tx: &mut Tx,
    new: &UnenrolledAccount,
) -> Result<Field, StoreError> {
    let holders = accounts_operator::find_accounts_by_username_or_email(
        ReadFrom::Transaction(tx),
        &new.username,
        &new.email,
    )
    .await?;
    let username = new.username.canonical();
    let mut names = holders.iter().map(|account| &account.username);
    Ok(if names.any(|name| name.eq_ignore_ascii_case(&username)) {
        Field::Username
    } else {
        Field::Email
    })
}

/// Validated details of a new account, from the command line and the password input.
struct AccountDetails {
    full_name: FullName,
    username: Username,
    email: EmailAddress,
    phone: Option<PhoneNumber>,
    password: Password,
}

/// Validates the details of a new account. On failure, returns the problems of all fields together.
fn parse_account_details(
    arguments: &CreateArguments,
    password: String,
    service: &str,
    rules: &PhoneRules,
) -> Result<AccountDetails, Vec<FieldProblem>> {
    let mut problems = Vec::new();
    let full_name = value_or_collected_problem(
        &mut problems,
        Field::FullName,
        FullName::parse(&arguments.full_name),
    );
    let username = value_or_collected_problem(
        &mut problems,
        Field::Username,
        Username::parse(&arguments.username),
    );
    let email = value_or_collected_problem(
        &mut problems,
        Field::Email,
        EmailAddress::parse(&arguments.email),
    );
    let number = arguments
        .phone
        .as_deref()
        .map(|text| phone_rules::parse_phone_number(text, rules));
    let phone = value_or_collected_problem(&mut problems, Field::Phone, number.transpose());
    let password = Password::parse_as_new_password(password).and_then(|password| {
        let context = policy::PasswordContext {
            site_names: &[service],
            username: username.as_ref(),
            email: email.as_ref(),
            full_name: full_name.as_ref(),
            phone: phone.as_ref().and_then(Option::as_ref),
        };
        policy::check_password(&password, &context).map(|()| password)
    });
    let password = value_or_collected_problem(&mut problems, Field::Password, password);
    match (full_name, username, email, phone, password) {
        (Some(full_name), Some(username), Some(email), Some(phone), Some(password)) => {
            Ok(AccountDetails {
                full_name,
                username,
                email,
                phone,
                password,
            })
        }
        _ => Err(problems),
    }
}

/// Returns the value of a parsed field, or `None` after adding the field's problem to `problems`.
fn value_or_collected_problem<T>(
    problems: &mut Vec<FieldProblem>,
    field: Field,
    parsed: Result<T, Problem>,
) -> Option<T> {
    parsed
        .map_err(|problem| problems.push(FieldProblem { field, problem }))
        .ok()
}

/// Reads the new password from standard input, or generates one.
///
/// The second value is the password to print: `None` if it was not generated.
pub(super) fn read_or_generate_password(
    source: &PasswordSource,
) -> Result<(String, Option<String>), CommandError> {
    if source.generate_password {
        let password = generate_readable_password();
        return Ok((password.clone(), Some(password)));
    }
    Ok((read_password_line(io::stdin().lock())?, None))
}

/// Reads a password that is the only line of the input.
///
/// Removes a byte order mark at the start and the line ending, but keeps spaces.
fn read_password_line(input: impl io::Read) -> Result<String, CommandError> {
    // The limit is a byte order mark of three bytes, the longest password and the line ending CR LF.
    let max_bytes = 3 + MAX_PASSWORD_BYTES + 2;
    let mut bytes = Vec::new();
    input
        .take(u64::try_from(max_bytes + 1).unwrap_or(u64::MAX))
        .read_to_end(&mut bytes)
        .map_err(CommandError::Input)?;
    if bytes.len() > max_bytes {
        return Err(CommandError::Refused(vec![FieldProblem {
            field: Field::Password,
            problem: Problem::PasswordTooLong,
        }]));
    }
    let text = String::from_utf8(bytes).map_err(|_| CommandError::NotOneLine)?;
    let text = without_byte_order_mark(&text);
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains(['\n', '\r']) {
        return Err(CommandError::NotOneLine);
    }
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `stdin_text` as the only line of standard input, which is the password.
    ///
    /// Returns `None` if the text is not one line or is too long.
    fn read_password_from_stdin_text(stdin_text: &str) -> Option<String> {
        read_password_line(stdin_text.as_bytes()).ok()
    }

    #[test]
    fn password_is_one_line_without_byte_order_mark_and_keeps_its_spaces() {
        for (input, expected) in [
            (" two words \n", Some(" two words ")),
            ("two words\r\n", Some("two words")),
            ("two words", Some("two words")),
            ("\u{feff}two words\r\n", Some("two words")),
            ("two\u{feff}words\n", Some("two\u{feff}words")),
            ("", Some("")),
            ("two\nlines\n", None),
            ("two\n\n", None),
        ] {
            assert_eq!(
                read_password_from_stdin_text(input).as_deref(),
                expected,
                "{input:?}"
            );
        }
    }

    /// Tests docs/security.md#reg-05.
    #[test]
    fn overlong_password_is_refused_and_not_truncated() {
        let longest = "x".repeat(MAX_PASSWORD_BYTES);
        for start in ["", "\u{feff}"] {
            let read = read_password_from_stdin_text(&format!("{start}{longest}\r\n"));
            assert_eq!(read.as_deref(), Some(longest.as_str()));
        }
        let read =
            read_password_from_stdin_text(&format!("{longest}y")).expect("password is one line");
        assert_eq!(
            Password::parse_as_new_password(read),
            Err(Problem::PasswordTooLong)
        );
        let refused = read_password_line("ä".repeat(MAX_PASSWORD_BYTES).as_bytes());
        assert!(matches!(refused, Err(CommandError::Refused(_))));
    }
}
