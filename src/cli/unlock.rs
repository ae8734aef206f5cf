//! Clears the limits that wrong passwords and wrong codes have reached for an account.

use std::io::Write;

use serde::Serialize;

use super::command_context::{CommandContext, find_account, record_audit_event};
use super::error::CommandError;
use super::report::Report;
use super::wrong_code_limits::load_rate_limit_key;
use crate::context::AccountBucketKeys;
use crate::store::audit::Event;
use crate::store::limits;

/// JSON output of `sallyport user unlock`.
#[derive(Serialize)]
struct UnlockResult<'a> {
    id: &'a str,
    username: &'a str,
    /// The name of the audit event.
    event: &'static str,
    /// Whether any limit was cleared.
    applied: bool,
    /// Whether the account requires a password reset after an undone contact change.
    #[serde(rename = "held")]
    password_reset_required: bool,
}

/// Clears the rate limits on passwords and codes of an account.
///
/// The limits of networks and source addresses stay. A disabled account stays disabled, and an account that requires a
/// password reset still requires it.
pub(super) async fn unlock_account(
    context: &CommandContext<'_>,
    identifier: &str,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    let account = find_account(context, identifier).await?;
    let key = load_rate_limit_key(context).await?;
    let mut tx = context.store.begin().await?;
    let mut applied = false;
    for bucket in AccountBucketKeys::from_hash_key(&key).all_buckets_of_account(&account.id) {
        applied |= limits::delete_rate_limit_bucket(&mut tx, &bucket).await?;
    }
    if applied {
        record_audit_event(
            &mut tx,
            Event::AccountUnlocked,
            &account.id,
            context.current_time(),
        )
        .await?;
    }
    tx.commit().await?;
    let done = UnlockResult {
        id: account.id.as_str(),
        username: &account.username,
        event: Event::AccountUnlocked.as_str(),
        applied,
        password_reset_required: account.password_reset_required_at.is_some(),
    };
    report.print_result(|| format_unlock_result(&done), &done)
}

/// Returns the text output of `sallyport user unlock`.
fn format_unlock_result(done: &UnlockResult<'_>) -> String {
    let result = if done.applied {
        "can try passwords and codes again."
    } else {
        "was not held back by wrong passwords or codes."
    };
    let reset_text = if done.password_reset_required {
        " After an undone change, the account still requires a password reset: set a new password."
    } else {
        ""
    };
    format!("{} {result}{reset_text}", done.username)
}
