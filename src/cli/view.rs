//! Looking at accounts: never a hash, never more of a number than its mask (docs/security.md#leak-02).

use std::io::Write;

use serde::Serialize;

use super::command_context::{CommandContext, find};
use super::error::OperatorError;
use super::report::Report;
use crate::store::accounts::Account;
use crate::store::accounts_operator;
use domain::{PhoneHint, PhoneNumber, Timestamp};

/// How many accounts are read at a time.
const PAGE: i64 = 500;

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    username: &'a str,
    phone: Option<PhoneHint>,
    mfa: bool,
    disabled: bool,
    created_at: String,
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    line: Line<'a>,
    full_name: &'a str,
    email: &'a str,
    phone_verified: bool,
}

impl<'a> Line<'a> {
    fn of(account: &'a Account) -> Self {
        Self {
            id: account.id.as_str(),
            username: &account.username,
            phone: account.phone.as_ref().map(PhoneNumber::hint),
            mfa: account.mfa,
            disabled: account.disabled,
            created_at: rfc3339(account.created_at),
        }
    }
}

pub(super) async fn list(
    context: &CommandContext<'_>,
    report: &mut Report<impl Write>,
) -> Result<(), OperatorError> {
    report.remark(&columns(&[
        "ID", "PHONE", "MFA", "STATE", "CREATED", "USERNAME",
    ]))?;
    let mut after = String::new();
    loop {
        let page = accounts_operator::page(&context.store, &after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.username.to_ascii_lowercase();
        for account in &page {
            let line = Line::of(account);
            report.say(|| in_columns(&line), &line)?;
        }
    }
}

pub(super) async fn show(
    context: &CommandContext<'_>,
    who: &str,
    report: &mut Report<impl Write>,
) -> Result<(), OperatorError> {
    let account = find(context, who).await?;
    let whole = Whole {
        line: Line::of(&account),
        full_name: &account.full_name,
        email: &account.email,
        phone_verified: account.phone_verified,
    };
    report.say(|| in_lines(&whole), &whole)
}

fn in_columns(line: &Line<'_>) -> String {
    columns(&[
        line.id,
        &phone(line),
        mfa(line),
        state(line),
        &line.created_at,
        line.username,
    ])
}

/// The username is the last and the only one whose width is not known beforehand.
fn columns(cells: &[&str; 6]) -> String {
    let [id, phone, mfa, state, created, username] = cells;
    format!("{id:<32}  {phone:<14}  {mfa:<7}  {state:<8}  {created:<24}  {username}")
}

fn in_lines(whole: &Whole<'_>) -> String {
    let line = &whole.line;
    let verified = match (&line.phone, whole.phone_verified) {
        (None, _) => "",
        (Some(_), true) => ", verified",
        (Some(_), false) => ", not verified",
    };
    format!(
        "Username   {}\nFull name  {}\nEmail      {}\nPhone      {}{verified}\nMFA        {}\n\
         State      {}\nCreated    {}\nID         {}",
        line.username,
        whole.full_name,
        whole.email,
        phone(line),
        mfa(line),
        state(line),
        line.created_at,
        line.id,
    )
}

fn phone(line: &Line<'_>) -> String {
    let hint = line.phone.as_ref();
    hint.map_or_else(|| "none".into(), PhoneHint::to_string)
}

const fn mfa(line: &Line<'_>) -> &'static str {
    if line.mfa { "set up" } else { "not yet" }
}

const fn state(line: &Line<'_>) -> &'static str {
    if line.disabled { "disabled" } else { "active" }
}

/// UTC, as RFC 3339 has it; a time no calendar has is written as its milliseconds.
fn rfc3339(time: Timestamp) -> String {
    let millis = time.as_millis();
    jiff::Timestamp::from_millisecond(millis)
        .map_or_else(|_| millis.to_string(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::password::PasswordHash;
    use crate::security::token::AccountId;
    use domain::Language;

    const HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";

    fn ann() -> Account {
        Account {
            id: AccountId::from_stored("0123456789abcdef0123456789abcdef".into()),
            full_name: "Ann Lee".into(),
            username: "Ann".into(),
            email: "ann@example.com".into(),
            password_hash: PasswordHash::parse(HASH).expect("sound"),
            phone: PhoneNumber::from_e164("+14155550142"),
            phone_verified: false,
            mfa: false,
            last_method: None,
            disabled: true,
            language: Language::English,
            phone_changed_at: None,
            created_at: Timestamp::from_millis(1_700_000_000_000),
        }
    }

    /// docs/security.md#leak-02, docs/security.md#leak-04
    #[test]
    fn an_account_is_shown_without_hash_or_number() {
        let account = ann();
        let whole = Whole {
            line: Line::of(&account),
            full_name: &account.full_name,
            email: &account.email,
            phone_verified: account.phone_verified,
        };
        let json = serde_json::to_value(&whole).expect("JSON");
        assert_eq!(
            json,
            serde_json::json!({
                "id": "0123456789abcdef0123456789abcdef",
                "username": "Ann",
                "full_name": "Ann Lee",
                "email": "ann@example.com",
                "phone": "(***) ***-0142",
                "phone_verified": false,
                "mfa": false,
                "disabled": true,
                "created_at": "2023-11-14T22:13:20Z",
            })
        );
        assert_eq!(
            in_lines(&whole),
            "Username   Ann\nFull name  Ann Lee\nEmail      ann@example.com\n\
             Phone      (***) ***-0142, not verified\nMFA        not yet\nState      disabled\n\
             Created    2023-11-14T22:13:20Z\nID         0123456789abcdef0123456789abcdef"
        );
    }
}
