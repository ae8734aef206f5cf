//! Configuration, database and clock of an account command, and lookup of the account that it names.

use super::error::CommandError;
use crate::config::Config;
use crate::context::SystemClock;
use crate::security::token::AccountId;
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, AuditOrigin, Event};
use crate::store::{ReadFrom, Store, StoreError, Tx};
use domain::{Clock as _, Timestamp, canonical_identifier};

/// The source in audit events about changes by operators.
pub(super) const AUDIT_SOURCE: &str = "operator";

/// The configuration, database and clock that all account commands use.
pub(super) struct CommandContext<'a> {
    pub(super) config: &'a Config,
    pub(super) store: Store,
    pub(super) clock: SystemClock,
}

impl CommandContext<'_> {
    /// Returns the current time.
    pub(super) fn current_time(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Records an audit event about an account in the open transaction.
pub(super) async fn record_audit_event(
    tx: &mut Tx,
    event: Event,
    account: &AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let origin = AuditOrigin::audit_origin_without_device(AUDIT_SOURCE);
    audit::record_audit_entry(
        tx,
        &AuditEntry::entry_about_account(account, event, origin),
        now,
    )
    .await
}

/// Finds the account with this username, e-mail address or ID. Fails if no account or several match.
pub(super) async fn find_account(
    context: &CommandContext<'_>,
    identifier: &str,
) -> Result<Account, CommandError> {
    let identifier = identifier.trim();
    let store = &context.store;
    let by_name = accounts::find_account_by_identifier(
        ReadFrom::Store(store),
        &canonical_identifier(identifier),
    )
    .await?;
    let by_id = accounts::find_account(
        ReadFrom::Store(store),
        &AccountId::from_stored(identifier.to_owned()),
    )
    .await?;
    match (by_name, by_id) {
        // A username of an earlier version may equal the ID of another account.
        (Some(by_name), Some(by_id)) if by_name.id != by_id.id => Err(CommandError::Ambiguous),
        (Some(account), _) | (None, Some(account)) => Ok(account),
        (None, None) => Err(CommandError::NoSuchAccount),
    }
}
