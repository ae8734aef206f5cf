//! Checking a password, for a sign-in or a step-up.

use std::time::Instant;

use crate::auth::engine::rate_limit;
use crate::auth::entry::password_budget::{self, Attempt, Reserved};
use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::hashing::{HashPermit, Verified};
use crate::security::request_slot::free_request_slot;
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::{ReadFrom, StoreError};
use domain::{Password, Problem};

/// The account, if the password is right. An unknown, slowed-down, held or disabled account and a wrong password all
/// get the same answer at the same time after the request began, so that the response time reveals nothing.
pub(super) async fn authenticate(
    app: &SharedAppState,
    context: &RequestContext,
    attempt: Attempt<'_>,
    canonical: &str,
    password: &Password,
) -> Result<Account, FlowError> {
    let began = Instant::now();
    let account =
        accounts::find_account_by_identifier(ReadFrom::Store(&app.store), canonical).await?;
    let reserved =
        password_budget::reserve(app, context, attempt, canonical, account.as_ref()).await?;
    let stored = account.as_ref().map(|account| &account.password_hash);
    let (verified, budget) = match reserved {
        Reserved::Evaluated(permit, budget) => {
            let verified = app.hasher.verify_password(permit, password, stored).await?;
            (verified, Some(budget))
        }
        // The password of a slowed-down account is not evaluated.
        Reserved::Held => (Verified::No, None),
    };
    let now = app.now();
    let mut tx = app.store.begin().await?;
    // The user of the account sees the attempt in the history. The answer does not reveal whether the account exists.
    let tried = account.as_ref().map(|account| account.id.clone());
    let accepted =
        account.filter(|account| !matches!(verified, Verified::No) && account.may_sign_in());
    let Some(account) = accepted else {
        let entry = AuditEntry {
            event: Event::PasswordRefused,
            account: tried.as_ref(),
            flow: None,
            origin: context.audit_origin(),
            detail: budget.as_ref().map_or("not_evaluated", |_| ""),
        };
        audit::record_audit_entry(&mut tx, &entry, now).await?;
        if let Attempt::SignIn(_) = attempt {
            rate_limit::record(&mut tx, &app.refused_sign_ins_limit(context), now).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        wait_for_refusal_time(app, began).await?;
        return Err(FlowError::on_form(Problem::Credentials));
    };
    if let Some(budget) = budget {
        budget.release(&mut tx, now).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    if let Verified::YesRehash(permit) = verified {
        rehash_later(app, &account, password, permit);
    }
    Ok(account)
}

/// Waits until a refused password, or a request for a reset link, is answered. The request holds no hash turn, no connection of the database and no
/// request slot while it waits.
pub(super) async fn wait_for_refusal_time(
    app: &AppState,
    began: Instant,
) -> Result<(), StoreError> {
    let slow_hashes = accounts::has_any_slow_hash(&app.store).await?;
    free_request_slot();
    let refusal_time = app.hasher.refusal_time();
    let due = refusal_time.answer_at(began, Instant::now(), slow_hashes);
    tokio::time::sleep_until(due.into()).await;
    Ok(())
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
        if let Ok(hash) = app.hasher.hash_password(permit, &password).await {
            let upgraded = accounts::upgrade_password_hash(
                &app.store,
                &account.id,
                &account.password_hash,
                &hash,
            )
            .await;
            if let Err(error) = upgraded {
                tracing::warn!(%error, "a password hash could not be upgraded");
            }
        }
    });
}
