//! What a holder is told about tries that were not theirs, and how often.

use crate::auth::flows::budget;
use crate::context::AppState;
use crate::notifications::{self, Recipient};
use crate::security::rate_limit::Rule;
use crate::security::token::{AccountId, BucketKey};
use crate::store::accounts;
use crate::store::audit::{self, Entry, Event};
use crate::store::{StoreError, Tx};
use domain::{EmailAddress, Notification, Timestamp};

/// So many wrong codes in a day are told of; fewer are slips of the finger (LOG-11).
pub const TOLD_FAILURES: usize = 3;

/// After a wrong code was counted for an account, whatever the flow or method: tells its holder once
/// a day that there were several (LOG-11), and as often that the second factor is held (OTP-07).
/// Wake the dispatcher after the commit.
pub(super) async fn after_wrong_code(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    source: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let limit = app.factor_limit(account);
    let failures = budget::count(tx, &limit, now).await?;
    let (notice, once) = if failures >= limit.1.max {
        let entry = Entry::about(account, Event::FactorHeld, source);
        audit::record(tx, &entry, now).await?;
        (Notification::FactorHeld, app.held_notice_limit(account))
    } else if failures >= TOLD_FAILURES {
        (
            Notification::FactorFailures,
            app.failures_notice_limit(account),
        )
    } else {
        return Ok(());
    };
    tell_within(tx, account, &notice, &once, now).await
}

async fn tell_within(
    tx: &mut Tx,
    account: &AccountId,
    notice: &Notification,
    once: &(BucketKey, Rule),
    now: Timestamp,
) -> Result<(), StoreError> {
    if budget::reserve(tx, once, now).await?.is_err() {
        return Ok(());
    }
    match accounts::read(tx, account).await? {
        Some(account) => notifications::tell_holder(tx, &account, notice, now).await,
        None => Ok(()),
    }
}

/// Tells whoever has this e-mail address that somebody tried to register with it: by mail, at most
/// once an hour, so that nobody can be bombarded. Whoever tried sees no difference (ENUM-02).
pub(super) async fn after_conflict(
    app: &AppState,
    tx: &mut Tx,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(id) = accounts::id_by_email(tx, email).await? else {
        return Ok(());
    };
    let limit = app.conflict_notice_limit(&id);
    if budget::reserve(tx, &limit, now).await?.is_err() {
        return Ok(());
    }
    // As the holder spelled it, which may differ in case from what was typed now.
    let Some(holder) = accounts::read(tx, &id).await? else {
        return Ok(());
    };
    let to = [Recipient::Email(holder.email)];
    notifications::tell(
        tx,
        &Notification::RegistrationConflict,
        holder.language,
        &to,
        now,
    )
    .await
}
