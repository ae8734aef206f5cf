//! Lists and shows accounts, without password hashes and with masked phone numbers
//! (docs/security.md#leak-02).

use std::io::Write;

use serde::Serialize;

use super::command_context::{CommandContext, find_account};
use super::error::CommandError;
use super::report::Report;
use crate::store::accounts::Account;
use crate::store::accounts_operator;
use domain::{PhoneHint, PhoneNumber, Timestamp};

/// Accounts that one query reads.
const PAGE_SIZE: i64 = 500;

/// What `list` shows of an account.
#[derive(Serialize)]
struct AccountSummary<'a> {
    id: &'a str,
    username: &'a str,
    phone: Option<PhoneHint>,
    mfa: bool,
    disabled: bool,
    created_at: String,
}

/// What `show` shows of an account.
#[derive(Serialize)]
struct AccountDetails<'a> {
    #[serde(flatten)]
    summary: AccountSummary<'a>,
    full_name: &'a str,
    email: &'a str,
    phone_verified: bool,
}

impl<'a> AccountSummary<'a> {
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

/// Prints all accounts by username.
pub(super) async fn list_accounts(
    context: &CommandContext<'_>,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    report.print_text_only(&join_columns(&[
        "ID", "PHONE", "MFA", "STATE", "CREATED", "USERNAME",
    ]))?;
    let mut after = String::new();
    loop {
        let page = accounts_operator::page(&context.store, &after, PAGE_SIZE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.username.to_ascii_lowercase();
        for account in &page {
            let summary = AccountSummary::of(account);
            report.print(|| table_row(&summary), &summary)?;
        }
    }
}

/// Prints the account with this username, e-mail address or id.
pub(super) async fn show_account(
    context: &CommandContext<'_>,
    identifier: &str,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    let account = find_account(context, identifier).await?;
    let details = AccountDetails {
        summary: AccountSummary::of(&account),
        full_name: &account.full_name,
        email: &account.email,
        phone_verified: account.phone_verified,
    };
    report.print(|| details_text(&details), &details)
}

fn table_row(summary: &AccountSummary<'_>) -> String {
    join_columns(&[
        summary.id,
        &phone_text(summary),
        mfa_text(summary),
        state_text(summary),
        &summary.created_at,
        summary.username,
    ])
}

/// Pads the cells to the widths of the columns. The username is last because its width varies.
fn join_columns(cells: &[&str; 6]) -> String {
    let [id, phone, mfa, state, created, username] = cells;
    format!("{id:<32}  {phone:<14}  {mfa:<7}  {state:<8}  {created:<24}  {username}")
}

fn details_text(details: &AccountDetails<'_>) -> String {
    let summary = &details.summary;
    let verified = match (&summary.phone, details.phone_verified) {
        (None, _) => "",
        (Some(_), true) => ", verified",
        (Some(_), false) => ", not verified",
    };
    format!(
        "Username   {}\nFull name  {}\nEmail      {}\nPhone      {}{verified}\nMFA        {}\n\
         State      {}\nCreated    {}\nID         {}",
        summary.username,
        details.full_name,
        details.email,
        phone_text(summary),
        mfa_text(summary),
        state_text(summary),
        summary.created_at,
        summary.id,
    )
}

fn phone_text(summary: &AccountSummary<'_>) -> String {
    let hint = summary.phone.as_ref();
    hint.map_or_else(|| "none".into(), PhoneHint::to_string)
}

const fn mfa_text(summary: &AccountSummary<'_>) -> &'static str {
    if summary.mfa { "set up" } else { "not yet" }
}

const fn state_text(summary: &AccountSummary<'_>) -> &'static str {
    if summary.disabled {
        "disabled"
    } else {
        "active"
    }
}

/// Time in UTC as RFC 3339. A time outside the range of the calendar is written in milliseconds.
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

    fn ann_account() -> Account {
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
            device_epoch: 0,
            created_at: Timestamp::from_millis(1_700_000_000_000),
        }
    }

    /// docs/security.md#leak-02, docs/security.md#leak-04
    #[test]
    fn account_is_shown_without_hash_and_with_masked_number() {
        let account = ann_account();
        let details = AccountDetails {
            summary: AccountSummary::of(&account),
            full_name: &account.full_name,
            email: &account.email,
            phone_verified: account.phone_verified,
        };
        let json = serde_json::to_value(&details).expect("JSON");
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
            details_text(&details),
            "Username   Ann\nFull name  Ann Lee\nEmail      ann@example.com\n\
             Phone      (***) ***-0142, not verified\nMFA        not yet\nState      disabled\n\
             Created    2023-11-14T22:13:20Z\nID         0123456789abcdef0123456789abcdef"
        );
    }
}
