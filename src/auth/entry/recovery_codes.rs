//! Recovery codes: created by a signed-in user, accepted in place of a second factor.

use crate::auth::engine::rate_limit;
use crate::auth::entry::step_up;
use crate::auth::error::FlowError;
use crate::auth::session;
use crate::context::{RequestContext, SharedAppState};
use crate::notifications;
use crate::security::recovery_code::{CODES, RecoveryCode};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::{StoreError, recovery_codes};
use domain::{Notification, Problem, Timestamp};

/// A set of recovery codes in plain text. Only hashes are stored, so it exists only in one response.
#[derive(Clone, Debug)]
pub struct PlainSet {
    pub codes: [RecoveryCode; CODES],
    pub made_at: Timestamp,
    pub username: String,
}

/// Creates a set that replaces the one the page has shown (`replacing`: its time in milliseconds, 0 for none).
/// The codes are a second factor, so a recent step-up is required.
///
/// A form that is sent twice creates no second set: the first one, which may be printed already, stays valid
/// and is not shown again.
pub async fn create(
    app: &SharedAppState,
    context: &RequestContext,
    replacing: i64,
) -> Result<PlainSet, FlowError> {
    let signed_in = step_up::require(app, context).await?;
    let (account, now) = (signed_in.account, app.now());
    let replacing = (replacing != 0).then(|| Timestamp::from_millis(replacing));
    let codes = RecoveryCode::generate_set();
    let hash = |code: &RecoveryCode| code.hash(&account.id, &app.bucket_key);
    let hashes = codes.each_ref().map(hash);
    let mut tx = app.store.begin().await?;
    let limit = app.recovery_codes_limit(&account.id);
    if let Err(limit) = rate_limit::reserve(&mut tx, &limit, now).await? {
        let secs = limit.until.secs_after(now);
        return Err(FlowError::on_form(Problem::Overloaded { secs }));
    }
    recovery_codes::replace_recovery_codes(&mut tx, &account.id, replacing, &hashes, now).await?;
    let entry = AuditEntry::for_account(
        &account.id,
        Event::RecoveryCodesCreated,
        context.audit_origin(),
    );
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    let notification = Notification::RecoveryCodesCreated;
    notifications::notify_holder(app, &mut tx, &account, &notification, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.outbox_wake.notify_one();
    Ok(PlainSet {
        codes,
        made_at: now,
        username: account.username,
    })
}

/// Accepts the set that was just shown, posted back by its page to be saved as a file, because the server
/// keeps no plain codes. Anything but a valid set of this account is refused. No step-up is required: the
/// answer contains only what the request contained.
pub async fn verify_shown_set(
    app: &SharedAppState,
    context: &RequestContext,
    typed: &str,
) -> Result<PlainSet, FlowError> {
    let over = || FlowError::on_form(Problem::FlowEnded);
    let signed_in = session::current(app, context).await?.ok_or_else(over)?;
    let account = signed_in.account;
    let codes: Option<Vec<RecoveryCode>> = typed
        .split_whitespace()
        .take(CODES + 1)
        .map(RecoveryCode::parse)
        .collect();
    let codes: [RecoveryCode; CODES] = codes
        .and_then(|codes| codes.try_into().ok())
        .ok_or_else(over)?;
    let hash = |code: &RecoveryCode| code.hash(&account.id, &app.bucket_key);
    let hashes = codes.each_ref().map(hash);
    let code_set = recovery_codes::find_recovery_code_set(&app.store, &account.id)
        .await?
        .ok_or_else(over)?;
    if !recovery_codes::are_unused_codes(&app.store, &account.id, &hashes).await? {
        return Err(over());
    }
    Ok(PlainSet {
        codes,
        made_at: code_set.made_at,
        username: account.username,
    })
}
