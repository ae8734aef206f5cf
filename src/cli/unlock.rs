//! Clearing the limits that wrong passwords and wrong codes have reached for an account.

use std::io::Write;

use serde::Serialize;

use super::command_context::{CommandContext, find_account, record_event};
use super::error::CommandError;
use super::report::Report;
use crate::context::failure_buckets_of_account;
use crate::security::derived_keys::{derived_limit_key, keyring};
use crate::security::keyring::{Contents, Opened};
use crate::store::audit::Event;
use crate::store::{StoreError, limits, sealed_keys};

#[derive(Serialize)]
struct Unlocked<'a> {
    id: &'a str,
    username: &'a str,
    /// The event, as the audit trail names it.
    event: &'static str,
    /// `false` if no limit had counted anything.
    applied: bool,
    /// Whether an undone change holds the account. A new password ends the hold, and this command does not.
    held: bool,
}

/// Clears the limits on passwords and codes of the account with this username, e-mail address or id. Limits of networks
/// and sources stay. A disabled account stays disabled, and a held one held: an attacker may know its password.
pub(super) async fn unlock_account(
    context: &CommandContext<'_>,
    identifier: &str,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    let account = find_account(context, identifier).await?;
    let key = limit_key(context).await?;
    let mut tx = context.store.begin().await?;
    let mut applied = false;
    for bucket in failure_buckets_of_account(&account.id, &key) {
        applied |= limits::clear(&mut tx, &bucket).await?;
    }
    if applied {
        record_event(&mut tx, Event::AccountUnlocked, &account.id, context.now()).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    let done = Unlocked {
        id: account.id.as_str(),
        username: &account.username,
        event: Event::AccountUnlocked.as_str(),
        applied,
        held: account.held_at.is_some(),
    };
    report.print(|| text(&done), &done)
}

fn text(done: &Unlocked<'_>) -> String {
    let result = if done.applied {
        "can try passwords and codes again."
    } else {
        "was not held back by wrong passwords or codes."
    };
    let hold = if done.held {
        " An undone change still holds the account: set a new password to end that."
    } else {
        ""
    };
    format!("{} {result}{hold}", done.username)
}

/// The key of the servers that hashes the names of buckets.
async fn limit_key(context: &CommandContext<'_>) -> Result<Vec<u8>, CommandError> {
    let keys = &context.config.keys;
    let Some(stored) = sealed_keys::find(&context.store, sealed_keys::LIMITS).await? else {
        return Ok(derived_limit_key(keys));
    };
    match keyring(keys).open(Contents::LimitKey, &stored) {
        Ok(Opened::Current(key) | Opened::Previous(key)) => Ok(key.expose().to_vec()),
        Err(_) => Err(CommandError::LimitKey),
    }
}
