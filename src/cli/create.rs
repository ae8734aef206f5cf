//! One account at a time, under the rules of registration but for the second factor, which its
//! owner sets up (docs/security.md#a6).

use std::io::{self, Read as _, Write};

use serde::Serialize;

use super::arguments::NewUser;
use super::command_context::{CommandContext, record};
use super::error::OperatorError;
use super::report::Report;
use crate::security::password::{Hasher, policy};
use crate::security::phone_rules::{self, PhoneRules};
use crate::security::token::{AccountId, readable_secret};
use crate::store::accounts_operator::{self, Unenrolled};
use crate::store::audit::Event;
use crate::store::{StoreError, Tx};
use domain::{
    EmailAddress, Field, FieldProblem, FullName, MAX_PASSWORD_BYTES, Password, PhoneNumber,
    Problem, Username,
};

#[derive(Serialize)]
struct Created<'a> {
    id: &'a str,
    username: &'a str,
    /// Only a password that was made here.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
}

/// Makes the account, its number on file unverified.
pub(super) async fn create(
    context: &CommandContext<'_>,
    typed: &NewUser,
    report: &mut Report<impl Write>,
) -> Result<(), OperatorError> {
    let generated = typed.password.generate_password.then(readable_secret);
    let password = match &generated {
        Some(password) => password.clone(),
        None => one_line(io::stdin().lock())?,
    };
    let rules = PhoneRules::configured(&context.config.phone)?;
    let particulars = parse(typed, password, &rules).map_err(OperatorError::Refused)?;
    let hasher = Hasher::configured(&context.config.password)?;
    let new = Unenrolled {
        id: AccountId::generate(),
        password_hash: hasher.hash(&particulars.password).await?,
        full_name: particulars.full_name,
        username: particulars.username,
        email: particulars.email,
        phone: particulars.phone.map(|phone| (phone, false)),
    };
    let now = context.now();
    let mut tx = context.store.begin().await?;
    if !accounts_operator::insert_unenrolled(&mut tx, &new, now).await? {
        return Err(OperatorError::Taken(taken(&mut tx, &new).await?));
    }
    record(&mut tx, Event::AccountCreated, &new.id, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    let created = Created {
        id: new.id.as_str(),
        username: new.username.as_str(),
        password: generated.as_deref(),
    };
    report.say(|| text(&created), &created)
}

fn text(created: &Created<'_>) -> String {
    let password = created.password.map(|made| format!("\nPassword  {made}"));
    format!(
        "{} may sign in, and sets up two-factor authentication then.\nID        {}{}",
        created.username,
        created.id,
        password.unwrap_or_default()
    )
}

/// Which of the two another account has.
async fn taken(tx: &mut Tx, new: &Unenrolled) -> Result<Field, StoreError> {
    let holders = accounts_operator::holders_within(tx, &new.username, &new.email).await?;
    let username = new.username.canonical();
    let mut names = holders.iter().map(|account| &account.username);
    Ok(if names.any(|name| name.eq_ignore_ascii_case(&username)) {
        Field::Username
    } else {
        Field::Email
    })
}

/// What was typed, parsed.
struct Particulars {
    full_name: FullName,
    username: Username,
    email: EmailAddress,
    phone: Option<PhoneNumber>,
    password: Password,
}

/// Reports all errors together.
fn parse(
    typed: &NewUser,
    password: String,
    rules: &PhoneRules,
) -> Result<Particulars, Vec<FieldProblem>> {
    let mut problems = Vec::new();
    let full_name = keep(
        &mut problems,
        Field::FullName,
        FullName::parse(&typed.full_name),
    );
    let username = keep(
        &mut problems,
        Field::Username,
        Username::parse(&typed.username),
    );
    let email = keep(
        &mut problems,
        Field::Email,
        EmailAddress::parse(&typed.email),
    );
    let number = typed
        .phone
        .as_deref()
        .map(|text| phone_rules::parse(text, rules));
    let phone = keep(&mut problems, Field::Phone, number.transpose());
    let password = Password::parse_new(password).and_then(|password| {
        let context = policy::Context {
            site_names: &["sallyport"],
            username: username.as_ref(),
            email: email.as_ref(),
            full_name: full_name.as_ref(),
            phone: phone.as_ref().and_then(Option::as_ref),
        };
        policy::check(&password, &context).map(|()| password)
    });
    let password = keep(&mut problems, Field::Password, password);
    match (full_name, username, email, phone, password) {
        (Some(full_name), Some(username), Some(email), Some(phone), Some(password)) => {
            Ok(Particulars {
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

fn keep<T>(
    problems: &mut Vec<FieldProblem>,
    field: Field,
    parsed: Result<T, Problem>,
) -> Option<T> {
    parsed
        .map_err(|problem| problems.push(FieldProblem { field, problem }))
        .ok()
}

/// The whole input as one line, without its end. Spaces count.
fn one_line(input: impl io::Read) -> Result<String, OperatorError> {
    // CR and LF may follow; one byte more, and no password is as long.
    let most = MAX_PASSWORD_BYTES + 2;
    let mut bytes = Vec::new();
    input
        .take(u64::try_from(most + 1).unwrap_or(u64::MAX))
        .read_to_end(&mut bytes)
        .map_err(OperatorError::Input)?;
    if bytes.len() > most {
        return Err(OperatorError::Refused(vec![FieldProblem {
            field: Field::Password,
            problem: Problem::PasswordTooLong,
        }]));
    }
    let text = String::from_utf8(bytes).map_err(|_| OperatorError::NotOneLine)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains(['\n', '\r']) {
        return Err(OperatorError::NotOneLine);
    }
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(input: &str) -> Option<String> {
        one_line(input.as_bytes()).ok()
    }

    #[test]
    fn a_password_is_one_line_with_its_spaces() {
        for (input, expected) in [
            (" two words \n", Some(" two words ")),
            ("two words\r\n", Some("two words")),
            ("two words", Some("two words")),
            ("", Some("")),
            ("two\nlines\n", None),
            ("two\n\n", None),
        ] {
            assert_eq!(line(input).as_deref(), expected, "{input:?}");
        }
    }

    /// docs/security.md#reg-05
    #[test]
    fn an_overlong_password_is_seen_as_such_and_not_cut() {
        let longest = "x".repeat(MAX_PASSWORD_BYTES);
        let read = line(&format!("{longest}\r\n")).expect("one line");
        assert_eq!(read, longest);
        let read = line(&format!("{longest}y")).expect("one line");
        assert_eq!(Password::parse_new(read), Err(Problem::PasswordTooLong));
        let refused = one_line("ä".repeat(MAX_PASSWORD_BYTES).as_bytes());
        assert!(matches!(refused, Err(OperatorError::Refused(_))));
    }
}
