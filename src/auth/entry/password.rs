//! Checking a password, for a sign-in or a step-up.

use crate::auth::engine::rate_limit;
use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::security::password::Verified;
use crate::store::StoreError;
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, Entry, Event};
use domain::{Password, Problem};

/// The account, if the password is right. An unknown, blocked or disabled account and a wrong password all
/// get the same answer, and each costs one real hash, so that the response time reveals nothing.
pub(super) async fn authenticate(
    app: &SharedAppState,
    context: &RequestContext,
    canonical: &str,
    password: &Password,
) -> Result<Account, FlowError> {
    let key = app.password_bucket(canonical);
    let admitted = reserve_attempt(app, context, canonical).await?;
    let account = accounts::find_by_identifier(&app.store, canonical).await?;
    let stored = account.as_ref().map(|account| &account.password_hash);
    // The password of a blocked account is not evaluated, but a hash is computed all the same.
    let verified = app
        .hasher
        .verify(password, stored.filter(|_| admitted))
        .await?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    // The holder sees the attempt in the history; the answer is the same with and without an account.
    let tried = account.as_ref().map(|account| account.id.clone());
    let accepted = account.filter(|account| verified != Verified::No && !account.disabled);
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
        return Err(FlowError::on_form(Problem::Credentials));
    };
    rate_limit::clear_password_failures(&mut tx, &key, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    if verified == Verified::YesRehash {
        rehash_later(app, &account, password);
    }
    Ok(account)
}

/// Counts the attempt as a failure before the password is evaluated. Returns whether it may be evaluated.
async fn reserve_attempt(
    app: &AppState,
    context: &RequestContext,
    canonical: &str,
) -> Result<bool, FlowError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let source = app.sign_in_source_limit(context);
    if let Err(wait) = rate_limit::reserve(&mut tx, &source, now).await? {
        return Err(FlowError::on_form(Problem::Overloaded {
            secs: wait.until.secs_after(now),
        }));
    }
    let key = app.password_bucket(canonical);
    let slowdown = &app.limits.password_slowdown;
    let admitted = rate_limit::reserve_password_attempt(&mut tx, &key, slowdown, now)
        .await?
        .is_ok();
    tx.commit().await.map_err(StoreError::from)?;
    Ok(admitted)
}

/// Replaces an older hash by one with the current parameters, in the background.
fn rehash_later(app: &SharedAppState, account: &Account, password: &Password) {
    let (app, account, password) = (
        SharedAppState::clone(app),
        account.clone(),
        password.clone(),
    );
    app.tasks.clone().spawn(async move {
        // If hashing fails, the next sign-in tries again.
        if let Ok(hash) = app.hasher.hash(&password).await {
            let upgraded =
                accounts::upgrade_hash(&app.store, &account.id, &account.password_hash, &hash)
                    .await;
            if let Err(error) = upgraded {
                tracing::warn!(%error, "a password hash could not be upgraded");
            }
        }
    });
}
