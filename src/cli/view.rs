//! Lists and shows accounts, without password hashes and with masked phone numbers (docs/security.md#leak-02).

use std::io::Write;

use serde::Serialize;

use super::command_context::{CommandContext, find_account};
use super::error::CommandError;
use super::report::Report;
use crate::auth::entry::export::format_rfc3339;
use crate::store::accounts::Account;
use crate::store::email_proofs::{self, EmailProof};
use crate::store::recoveries::{self, Recovery};
use crate::store::{ReadFrom, accounts_operator, exports};
use domain::{PhoneHint, PhoneNumber, Timestamp};

/// The number of accounts that one query reads.
const PAGE_SIZE: i64 = 500;

/// Account data in the output of `sallyport user list`.
#[derive(Serialize)]
struct AccountSummary<'a> {
    id: &'a str,
    username: &'a str,
    phone: Option<PhoneHint>,
    mfa: bool,
    disabled: bool,
    /// Since when the account requires a password reset after an undone contact change.
    #[serde(rename = "held_at")]
    password_reset_required_at: Option<String>,
    /// When the account will be erased.
    delete_at: Option<String>,
    /// Whether the erasure waits until the account is enabled.
    deletion_paused: bool,
    created_at: String,
}

/// Account data in the output of `sallyport user show`.
#[derive(Serialize)]
struct AccountDetails<'a> {
    #[serde(flatten)]
    summary: AccountSummary<'a>,
    full_name: &'a str,
    email: &'a str,
    email_verified: bool,
    phone_verified: bool,
    /// The open recovery after a lost phone.
    recovery: Option<PendingRecovery>,
    /// The e-mail address that is not verified yet and has a pending code.
    pending_email: Option<PendingEmail>,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names of the JSON output")]
struct PendingRecovery {
    opened_at: String,
    /// The time from which the password alone allows setting up a phone number.
    due_at: String,
    expires_at: String,
}

#[derive(Serialize)]
struct PendingEmail {
    email: String,
    expires_at: String,
}

impl<'a> AccountDetails<'a> {
    /// Creates the output of `sallyport user show` for an account.
    ///
    /// Leaves out a lost-phone recovery that is no longer open at `now`, and an e-mail code that has expired.
    fn from_account_and_pending_actions(
        account: &'a Account,
        recovery: Option<Recovery>,
        proof: Option<EmailProof>,
        now: Timestamp,
    ) -> Self {
        let recovery = recovery.filter(|recovery| recovery.is_recovery_open(account, now));
        let proof = proof.filter(|proof| now < proof.expires_at);
        Self {
            summary: AccountSummary::from_account(account),
            full_name: &account.full_name,
            email: &account.email,
            email_verified: account.email_verified,
            phone_verified: account.phone_verified,
            recovery: recovery.map(|recovery| PendingRecovery {
                opened_at: format_rfc3339(recovery.opened_at),
                due_at: format_rfc3339(recovery.due_at),
                expires_at: format_rfc3339(recovery.expires_at),
            }),
            pending_email: proof.map(|proof| PendingEmail {
                email: proof.email,
                expires_at: format_rfc3339(proof.expires_at),
            }),
        }
    }
}

impl<'a> AccountSummary<'a> {
    /// Creates the line of `sallyport user list` for an account.
    fn from_account(account: &'a Account) -> Self {
        Self {
            id: account.id.as_str(),
            username: &account.username,
            phone: account.phone.as_ref().map(PhoneNumber::masked_hint),
            mfa: account.mfa,
            disabled: account.disabled,
            password_reset_required_at: account.password_reset_required_at.map(format_rfc3339),
            delete_at: account.delete_at.map(format_rfc3339),
            deletion_paused: account.is_deletion_paused(),
            created_at: format_rfc3339(account.created_at),
        }
    }
}

/// Prints all accounts, ordered by username.
pub(super) async fn list_accounts(
    context: &CommandContext<'_>,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    report.print_unless_json(&join_table_cells(&[
        "ID", "PHONE", "MFA", "STATE", "CREATED", "USERNAME",
    ]))?;
    let mut after = String::new();
    loop {
        let page =
            accounts_operator::list_next_accounts_by_username(&context.store, &after, PAGE_SIZE)
                .await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.username.to_ascii_lowercase();
        for account in &page {
            let summary = AccountSummary::from_account(account);
            report.print_result(|| format_table_row(&summary), &summary)?;
        }
    }
}

/// Prints one account, including a required password reset, and a pending deletion, recovery or e-mail verification.
pub(super) async fn show_account(
    context: &CommandContext<'_>,
    identifier: &str,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    let mut account = find_account(context, identifier).await?;
    let store = &context.store;
    // A number from `set-phone` is not verified until the user proves it.
    let verified = exports::find_contact_proof_times(ReadFrom::Store(store), &account.id).await?;
    account.phone_verified = verified.is_some_and(|times| times.phone.is_some());
    let recovery =
        recoveries::find_lost_phone_recovery(ReadFrom::Store(store), &account.id).await?;
    let proof = email_proofs::find_email_proof(ReadFrom::Store(store), &account.id).await?;
    let details = AccountDetails::from_account_and_pending_actions(
        &account,
        recovery,
        proof,
        context.current_time(),
    );
    report.print_result(|| format_account_details(&details), &details)
}

/// Formats an account as a row of the table that `sallyport user list` prints.
fn format_table_row(summary: &AccountSummary<'_>) -> String {
    join_table_cells(&[
        summary.id,
        &format_masked_phone(summary),
        format_second_factor_state(summary),
        &format_account_state(summary),
        &summary.created_at,
        summary.username,
    ])
}

/// Joins the cells of a table row, padded to the column widths. The username is last, because its width varies.
fn join_table_cells(cells: &[&str; 6]) -> String {
    let [id, phone, mfa, state, created, username] = cells;
    format!("{id:<32}  {phone:<14}  {mfa:<7}  {state:<28}  {created:<24}  {username}")
}

/// Formats an account as the text that `sallyport user show` prints.
fn format_account_details(details: &AccountDetails<'_>) -> String {
    let summary = &details.summary;
    let verified = match (&summary.phone, details.phone_verified) {
        (None, _) => "",
        (Some(_), true) => ", verified",
        (Some(_), false) => ", not verified",
    };
    let email_verified = if details.email_verified {
        ", verified"
    } else {
        ", not verified"
    };
    format!(
        "Username   {}\nFull name  {}\nEmail      {}{email_verified}\nPhone      {}{verified}\nMFA        {}\n\
         State      {}\nCreated    {}\nID         {}",
        summary.username,
        details.full_name,
        details.email,
        format_masked_phone(summary),
        format_second_factor_state(summary),
        format_account_state(summary),
        summary.created_at,
        summary.id,
    ) + &format_pending_account_actions(details)
}

/// Formats what is pending for an account, one per line.
///
/// That can be a required password reset, a deletion, a recovery and an e-mail verification.
fn format_pending_account_actions(details: &AccountDetails<'_>) -> String {
    let line = |label: &str, text: String| format!("\n{label:<9}  {text}");
    let summary = &details.summary;
    let reset = summary
        .password_reset_required_at
        .as_ref()
        .map(|at| line("Password", format!("reset required since {at}")));
    let deletion = summary.delete_at.as_ref().map(|at| {
        let text = match (summary.disabled, summary.deletion_paused) {
            (_, true) => "requested, waits until the account is enabled".to_owned(),
            (true, false) => format!("at {at}, or after a payment in progress"),
            (false, false) => format!("at {at}, unless the user signs in and keeps it"),
        };
        line("Deletion", text)
    });
    let recovery = details.recovery.as_ref().map(|recovery| {
        let (opened, due) = (&recovery.opened_at, &recovery.due_at);
        let text = format!("of a lost phone since {opened}, usable from {due}");
        line("Recovery", text)
    });
    let email = details.pending_email.as_ref().map(|pending| {
        let (email, until) = (&pending.email, &pending.expires_at);
        let text = format!("{email}, waits for its code until {until}");
        line("New email", text)
    });
    [reset, deletion, recovery, email]
        .into_iter()
        .flatten()
        .collect()
}

/// Formats the masked phone number of an account, or `none`.
fn format_masked_phone(summary: &AccountSummary<'_>) -> String {
    let hint = summary.phone.as_ref();
    hint.map_or_else(|| "none".into(), PhoneHint::to_string)
}

/// Returns the table text that says whether an account has a second factor.
const fn format_second_factor_state(summary: &AccountSummary<'_>) -> &'static str {
    if summary.mfa { "set up" } else { "not yet" }
}

/// Formats the state of an account for `sallyport user list` and `sallyport user show`.
///
/// The state is `active`, or the reasons why the account cannot be used as usual.
fn format_account_state(summary: &AccountSummary<'_>) -> String {
    let reasons = [
        summary.disabled.then_some("disabled"),
        summary
            .password_reset_required_at
            .as_ref()
            .map(|_| "reset required"),
        summary.delete_at.as_ref().map(|_| "deletion requested"),
    ];
    let reasons: Vec<&str> = reasons.into_iter().flatten().collect();
    if reasons.is_empty() {
        "active".to_owned()
    } else {
        reasons.join(", ")
    }
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
