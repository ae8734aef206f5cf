//! Checking a password, for a sign-in or a step-up.

use std::time::Instant;

use crate::auth::engine::rate_limit;
use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::hashing::{HashPermit, NotPermitted, Verified};
use crate::security::password::FlowHashesRefused;
use crate::security::request_slot::free_request_slot;
use crate::store::StoreError;
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, Entry, Event};
use domain::{Password, Problem, Timestamp};

/// The account, if the password is right. An unknown, blocked or disabled account and a wrong password all
/// get the same answer at the same time after the request began, so that the response time reveals nothing.
pub(super) async fn authenticate(
    app: &SharedAppState,
    context: &RequestContext,
    canonical: &str,
    password: &Password,
) -> Result<Account, FlowError> {
    let began = Instant::now();
    let permit = reserve_attempt(app, context, canonical).await?;
    let account = accounts::find_by_identifier(&app.store, canonical).await?;
    let stored = account.as_ref().map(|account| &account.password_hash);
    let verified = match permit {
        Some(permit) => app.hasher.verify(permit, password, stored).await?,
        // The password of a blocked account is not evaluated.
        None => Verified::No,
    };
    let now = app.now();
    let mut tx = app.store.begin().await?;
    // The holder sees the attempt in the history; the answer is the same with and without an account.
    let tried = account.as_ref().map(|account| account.id.clone());
    let accepted = account.filter(|account| !matches!(verified, Verified::No) && !account.disabled);
    let Some(account) = accepted else {
        let entry = Entry {
            event: Event::PasswordRefused,
            account: tried.as_ref(),
            flow: None,
            source: &context.source,
            detail: "",
        };
        audit::record(&mut tx, &entry, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
        wait_for_refusal_time(app, began).await?;
        return Err(FlowError::on_form(Problem::Credentials));
    };
    let key = app.password_bucket(canonical);
    rate_limit::clear_password_failures(&mut tx, &key, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    if let Verified::YesRehash(permit) = verified {
        rehash_later(app, &account, password, permit);
    }
    Ok(account)
}

/// Waits until a refused password is answered. The request holds no hash turn, no connection of the database and no
/// request slot while it waits.
async fn wait_for_refusal_time(app: &AppState, began: Instant) -> Result<(), StoreError> {
    let slow_hashes = accounts::any_slow_hash(&app.store).await?;
    free_request_slot();
    let refusal_time = app.hasher.refusal_time();
    let due = refusal_time.answer_at(began, Instant::now(), slow_hashes);
    tokio::time::sleep_until(due.into()).await;
    Ok(())
}

/// Counts the attempt as a failure before the password is evaluated. Returns the permit to evaluate it, or `None` if
/// the account is blocked.
async fn reserve_attempt(
    app: &AppState,
    context: &RequestContext,
    canonical: &str,
) -> Result<Option<HashPermit>, FlowError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let key = app.password_bucket(canonical);
    let slowdown = &app.limits.password_slowdown;
    let admitted = rate_limit::reserve_password_attempt(&mut tx, &key, slowdown, now)
        .await?
        .is_ok();
    let source = app.sign_in_source_limit(context);
    let permit = HashPermit::for_attempt(tx, &source, context.hash_lane(), now).await?;
    permit
        .map(|permit| admitted.then_some(permit))
        .map_err(|refused| not_permitted(refused, now))
}

/// The error of a request that may not compute a hash.
pub(super) fn not_permitted(refused: NotPermitted, now: Timestamp) -> FlowError {
    FlowError::on_form(match refused {
        NotPermitted::Flow(FlowHashesRefused::Running) => Problem::Busy,
        NotPermitted::Flow(FlowHashesRefused::UsedUp) => Problem::TooManyAttempts,
        NotPermitted::LimitReached { until } => Problem::Overloaded {
            secs: until.secs_after(now),
        },
    })
}

/// Replaces an older hash by one with the current parameters, in the background.
fn rehash_later(app: &SharedAppState, account: &Account, password: &Password, permit: HashPermit) {
    let (app, account, password) = (
        SharedAppState::clone(app),
        account.clone(),
        password.clone(),
    );
    app.tasks.clone().spawn(async move {
        // If hashing fails, the next sign-in tries again.
        if let Ok(hash) = app.hasher.hash(permit, &password).await {
            let upgraded =
                accounts::upgrade_hash(&app.store, &account.id, &account.password_hash, &hash)
                    .await;
            if let Err(error) = upgraded {
                tracing::warn!(%error, "a password hash could not be upgraded");
            }
        }
    });
}
