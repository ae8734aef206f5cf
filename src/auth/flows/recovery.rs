//! Recovery codes: made by whoever is signed in, spent in place of a second factor (OPS-09).

use crate::auth::error::FlowError;
use crate::auth::flows::step_up;
use crate::auth::session;
use crate::context::RequestContext;
use crate::context::SharedAppState;
use crate::notifications;
use crate::security::recovery_code::{CODES, RecoveryCode};
use crate::security::token::AccountId;
use crate::store::audit::{self, Entry, Event};
use crate::store::{StoreError, Tx, recovery_codes};
use domain::{Notification, Problem, Timestamp};

/// A set that was made just now: the only time it is known in the plain.
#[derive(Clone, Debug)]
pub struct NewSet {
    pub codes: [RecoveryCode; CODES],
    pub made_at: Timestamp,
    pub username: String,
}

/// Makes a set in place of the one the page knew of (`replacing`, in milliseconds, 0 for none).
/// Whoever has the codes has a second factor, so the session alone is not enough (SES-08).
///
/// A form sent twice, or reloaded, makes no second set: the first, which somebody may have
/// printed, stays good, and is not shown again.
pub async fn create(
    app: &SharedAppState,
    context: &RequestContext,
    replacing: i64,
) -> Result<NewSet, FlowError> {
    let signed_in = step_up::require(app, context).await?;
    let (account, now) = (signed_in.account, app.now());
    let replacing = (replacing != 0).then(|| Timestamp::from_millis(replacing));
    let codes = RecoveryCode::generate_set();
    let hashes = codes.each_ref().map(RecoveryCode::hash);
    let mut tx = app.store.begin().await?;
    recovery_codes::replace_all(&mut tx, &account.id, replacing, &hashes, now).await?;
    let entry = Entry::about(&account.id, Event::RecoveryCodesCreated, &context.source);
    audit::record(&mut tx, &entry, now).await?;
    notifications::tell_holder(&mut tx, &account, &Notification::RecoveryCodesCreated, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.notices.notify_one();
    Ok(NewSet {
        codes,
        made_at: now,
        username: account.username,
    })
}

/// The set that was just shown, back from its page to become a file: nothing here keeps a code
/// between the two. What is not a good set of this very account becomes none; and since it gives
/// nobody what they did not have, it asks for no step-up.
pub async fn returned(
    app: &SharedAppState,
    context: &RequestContext,
    typed: &str,
) -> Result<NewSet, FlowError> {
    let over = || FlowError::whole(Problem::FlowEnded);
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
    let hashes = codes.each_ref().map(RecoveryCode::hash);
    let standing = recovery_codes::standing(&app.store, &account.id)
        .await?
        .ok_or_else(over)?;
    if !recovery_codes::are_good(&app.store, &account.id, &hashes).await? {
        return Err(over());
    }
    Ok(NewSet {
        codes,
        made_at: standing.made_at,
        username: account.username,
    })
}

/// Spends what was typed, if it is a good code of the account: how many are left then. `None`
/// for everything else, be it no code, another account's, or one spent before.
///
/// Within the caller's transaction, so that the code and what it opens are one commit: rolled
/// back, the code is good again. Counting the failure (OTP-06) and the audit line are the
/// caller's, who knows the flow.
pub async fn check(
    tx: &mut Tx,
    account: &AccountId,
    typed: &str,
    now: Timestamp,
) -> Result<Option<u32>, StoreError> {
    let Some(code) = RecoveryCode::parse(typed) else {
        return Ok(None);
    };
    if !recovery_codes::spend(tx, account, &code.hash(), now).await? {
        return Ok(None);
    }
    recovery_codes::left_within(tx, account).await.map(Some)
}
