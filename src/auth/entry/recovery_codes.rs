//! Creates recovery codes for the signed-in user. A recovery code replaces a second factor once.

use crate::auth::engine::rate_limit;
use crate::auth::entry::step_up;
use crate::auth::error::FlowError;
use crate::auth::session;
use crate::context::{RequestContext, SharedAppState};
use crate::notifications;
use crate::security::recovery_code::{CODES, RecoveryCode};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::recovery_codes;
use domain::{Notification, Problem, Timestamp};

/// A set of recovery codes in plain text, as one response shows it. Only hashes of the codes are stored.
#[derive(Clone, Debug)]
pub struct PlainRecoveryCodes {
    pub codes: [RecoveryCode; CODES],
    pub made_at: Timestamp,
    pub username: String,
}

/// Creates recovery codes for the signed-in account and invalidates the current ones. Requires a recent step-up.
///
/// `replacing` is the creation time (Unix milliseconds) of the codes that the page has shown; 0 for none. It prevents a
/// form that is sent twice from creating two sets.
pub async fn create_recovery_codes(
    app: &SharedAppState,
    context: &RequestContext,
    replacing: i64,
) -> Result<PlainRecoveryCodes, FlowError> {
    let signed_in = step_up::require_recent_step_up(app, context).await?;
    let now = app.now();
    let replacing = (replacing != 0).then(|| Timestamp::from_millis(replacing));
    let codes = RecoveryCode::generate_code_set();
    let hash = |code: &RecoveryCode| code.hash(&signed_in.account.id, &app.bucket_key);
    let hashes = codes.each_ref().map(hash);
    let mut tx = app.store.begin().await?;
    let limit = app.recovery_code_generation_limit(&signed_in.account.id);
    if let Err(limit) = rate_limit::count_event_within_limit(&mut tx, &limit, now).await? {
        let secs = limit.until.secs_since(now);
        return Err(FlowError::from_form_problem(Problem::LimitReached { secs }));
    }
    // Waits for a concurrent change of a contact, which locks the account before its recovery codes.
    let account = session::lock_account_of_signed_in_user(&mut tx, &signed_in).await?;
    recovery_codes::replace_recovery_codes(&mut tx, &account.id, replacing, &hashes, now).await?;
    let entry = AuditEntry::entry_about_account(
        &account.id,
        Event::RecoveryCodesCreated,
        context.audit_origin(),
    );
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    let notification = Notification::RecoveryCodesCreated;
    notifications::notify_account_holder(app, &mut tx, &account, &notification, now).await?;
    tx.commit().await?;
    app.outbox_wake.notify_one();
    Ok(PlainRecoveryCodes {
        codes,
        made_at: now,
        username: account.username,
    })
}

/// Checks that recovery codes sent by the browser are the current codes of the signed-in account.
///
/// The response then returns them as a file, because the server stores no plain codes.
pub async fn verify_recovery_codes_before_download(
    app: &SharedAppState,
    context: &RequestContext,
    typed: &str,
) -> Result<PlainRecoveryCodes, FlowError> {
    let flow_ended_error = || FlowError::from_form_problem(Problem::FlowEnded);
    let account = session::require_signed_in_user(app, context).await?.account;
    let codes: Option<Vec<RecoveryCode>> = typed
        .split_whitespace()
        .take(CODES + 1)
        .map(RecoveryCode::parse)
        .collect();
    let codes: [RecoveryCode; CODES] = codes
        .and_then(|codes| codes.try_into().ok())
        .ok_or_else(flow_ended_error)?;
    let hash = |code: &RecoveryCode| code.hash(&account.id, &app.bucket_key);
    let hashes = codes.each_ref().map(hash);
    let code_set = recovery_codes::find_recovery_code_set(&app.store, &account.id)
        .await?
        .ok_or_else(flow_ended_error)?;
    if !recovery_codes::are_recovery_codes_unused(&app.store, &account.id, &hashes).await? {
        return Err(flow_ended_error());
    }
    Ok(PlainRecoveryCodes {
        codes,
        made_at: code_set.made_at,
        username: account.username,
    })
}
