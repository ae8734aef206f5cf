//! What every account command works with.

use super::error::OperatorError;
use crate::config::Config;
use crate::context::SystemClock;
use crate::security::token::AccountId;
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, Entry, Event};
use crate::store::{Store, StoreError, Tx};
use domain::{Clock as _, Timestamp};

/// The source that the audit trail names for changes by operators.
const SOURCE: &str = "operator";

/// The configuration, the database and the clock.
pub(super) struct CommandContext<'a> {
    pub(super) config: &'a Config,
    pub(super) store: Store,
    pub(super) clock: SystemClock,
}

impl CommandContext<'_> {
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Writes one audit line about an account.
pub(super) async fn record(
    tx: &mut Tx,
    event: Event,
    account: &AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    audit::record(tx, &Entry::about(account, event, SOURCE), now).await
}

/// The account with this username, e-mail address or id.
pub(super) async fn find(desk: &CommandContext<'_>, who: &str) -> Result<Account, OperatorError> {
    let who = who.trim();
    let named = accounts::find_by_identifier(&desk.store, &who.to_lowercase()).await?;
    let of_id = accounts::find(&desk.store, &AccountId::from_stored(who.to_owned())).await?;
    match (named, of_id) {
        // A username may equal the id of another account.
        (Some(named), Some(of_id)) if named.id != of_id.id => Err(OperatorError::Ambiguous),
        (Some(account), _) | (None, Some(account)) => Ok(account),
        (None, None) => Err(OperatorError::NoSuchAccount),
    }
}
