//! The budgets that password tries are counted in. A try is counted before the password is evaluated.
//!
//! A stranger can use up the budget of an account, so the owner has budgets that strangers cannot use:
//!
//! - a step-up is counted for its session;
//! - a sign-in from a recognised browser is counted for that browser;
//! - any other sign-in is counted for the account. While the account is slowed down, a few tries an hour are still
//!   evaluated: from networks without recent failures, and with a harder proof of work.
//!
//! An unknown identifier has the same budgets as an account, so that nothing reveals which accounts exist.

use crate::auth::device;
use crate::auth::engine::rate_limit;
use crate::auth::error::FlowError;
use crate::context::{AppState, PasswordSubject, RequestContext};
use crate::hashing::{CountedForSubject, HashPermit, NotPermitted};
use crate::security::captcha::Work;
use crate::security::password::FlowHashesRefused;
use crate::security::rate_limit::Rule;
use crate::security::token::{BucketKey, SessionId};
use crate::store::accounts::Account;
use crate::store::{StoreError, Tx};
use domain::{Problem, Timestamp};

/// What a password is tried for.
#[derive(Clone, Copy)]
pub(super) enum Attempt<'a> {
    /// A sign-in, after a CAPTCHA of this work.
    SignIn(Work),
    /// A step-up in this session.
    StepUp(&'a SessionId),
}

/// The reservation of one password attempt.
pub(super) enum Reserved {
    /// The password may be evaluated. If it is right, the budget gets the try back.
    Evaluated(HashPermit, Budget),
    /// No budget has a try left. The answer is the same as for a wrong password.
    Held,
}

/// What to do in the budgets after a right password.
pub(super) struct Budget {
    reserved_at: Timestamp,
    /// The bucket whose failures are deleted after a correct password.
    cleared: Option<BucketKey>,
    /// The limits that get this one attempt back after a correct password.
    refunded: Vec<(BucketKey, Rule)>,
}

impl Budget {
    /// Call after a right password.
    pub(super) async fn release(self, tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
        if let Some(key) = &self.cleared {
            rate_limit::clear(tx, key, now).await?;
        }
        for limit in &self.refunded {
            rate_limit::refund(tx, limit, self.reserved_at).await?;
        }
        Ok(())
    }
}

/// Counts a try to enter the password of this account, or of no account, and commits.
///
/// # Errors
///
/// Refuses a sign-in that no recognised browser sent, if its source has used up its sign-ins.
pub(super) async fn reserve(
    app: &AppState,
    context: &RequestContext,
    attempt: Attempt<'_>,
    identifier: &str,
    account: Option<&Account>,
) -> Result<Reserved, FlowError> {
    let work = match attempt {
        Attempt::StepUp(session) => {
            let key = app.session_password_bucket(session);
            return reserve_for_owner(app, context, key).await;
        }
        Attempt::SignIn(work) => work,
    };
    let recognised = account.and_then(|account| {
        let device = device::find_device(app, context, account)?;
        Some(app.device_password_bucket(&account.id, &device))
    });
    if let Some(key) = recognised {
        let reserved = reserve_for_owner(app, context, key).await?;
        if let Reserved::Evaluated(..) = reserved {
            return Ok(reserved);
        }
    }
    let subject = PasswordSubject::new(identifier, account.map(|account| &account.id));
    reserve_for_stranger(app, context, work, &subject).await
}

/// Counts a try in a session or a recognised browser. Strangers cannot use up such a budget.
async fn reserve_for_owner(
    app: &AppState,
    context: &RequestContext,
    key: BucketKey,
) -> Result<Reserved, FlowError> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let slowdown = &app.limits.password_slowdown;
    match CountedForSubject::count_attempt(tx, &key, slowdown, now).await? {
        Err(tx) => {
            tx.commit().await.map_err(StoreError::from)?;
            Ok(Reserved::Held)
        }
        Ok(counted) => {
            let permit = HashPermit::for_owner(counted, context.hash_lane()).await?;
            let budget = Budget {
                reserved_at: now,
                cleared: Some(key),
                refunded: Vec::new(),
            };
            Ok(Reserved::Evaluated(permit, budget))
        }
    }
}

async fn reserve_for_stranger(
    app: &AppState,
    context: &RequestContext,
    work: Work,
    subject: &PasswordSubject,
) -> Result<Reserved, FlowError> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let source = app.sign_in_source_limit(context);
    match count_for_stranger(app, tx, context, work, subject, now).await? {
        Counted::Try(counted, budget) => {
            let permit = HashPermit::for_source(counted, &source, context.hash_lane(), now).await?;
            let permit = permit.map_err(|refused| not_permitted(refused, now))?;
            Ok(Reserved::Evaluated(permit, budget))
        }
        // Counted for the source in any case.
        Counted::Nothing(mut tx) => {
            if let Err(reached) = rate_limit::reserve(&mut tx, &source, now).await? {
                let until = reached.until;
                return Err(not_permitted(NotPermitted::LimitReached { until }, now));
            }
            tx.commit().await.map_err(StoreError::from)?;
            Ok(Reserved::Held)
        }
    }
}

/// What was counted for the account of a try.
enum Counted {
    Try(CountedForSubject, Budget),
    /// No budget has a try left.
    Nothing(Tx),
}

/// Counts a try of a stranger in a budget of the account.
async fn count_for_stranger(
    app: &AppState,
    tx: Tx,
    context: &RequestContext,
    work: Work,
    subject: &PasswordSubject,
    now: Timestamp,
) -> Result<Counted, StoreError> {
    let key = app.account_password_bucket(subject);
    let network = app.password_network_limit(subject, context);
    let slowdown = &app.limits.password_slowdown;
    match CountedForSubject::count_attempt(tx, &key, slowdown, now).await? {
        Ok(mut counted) => {
            // Counted, so that the network of an attacker gets no further tries below.
            rate_limit::record(counted.transaction(), &network, now).await?;
            let budget = Budget {
                reserved_at: now,
                cleared: Some(key),
                refunded: vec![network],
            };
            Ok(Counted::Try(counted, budget))
        }
        Err(tx) => count_while_slowed_down(app, tx, work, subject, network, now).await,
    }
}

/// Counts one of the tries that are evaluated although the account is slowed down. A right password gives it back.
async fn count_while_slowed_down(
    app: &AppState,
    mut tx: Tx,
    work: Work,
    subject: &PasswordSubject,
    network: (BucketKey, Rule),
    now: Timestamp,
) -> Result<Counted, StoreError> {
    let refunding = |refunded| Budget {
        reserved_at: now,
        cleared: None,
        refunded,
    };
    if rate_limit::peek(&mut tx, &network, now).await?.is_ok() {
        let of_networks = app.password_networks_limit(subject);
        match CountedForSubject::reserve_in_limit(tx, &of_networks, now).await? {
            Ok(mut counted) => {
                rate_limit::record(counted.transaction(), &network, now).await?;
                let budget = refunding(vec![network, of_networks]);
                return Ok(Counted::Try(counted, budget));
            }
            Err((unchanged, _)) => tx = unchanged,
        }
    }
    if work == Work::Hard {
        let of_work = app.password_work_limit(subject);
        match CountedForSubject::reserve_in_limit(tx, &of_work, now).await? {
            Ok(counted) => return Ok(Counted::Try(counted, refunding(vec![of_work]))),
            Err((unchanged, _)) => tx = unchanged,
        }
    }
    Ok(Counted::Nothing(tx))
}

/// The error of a request that may not compute a hash.
pub(super) fn not_permitted(refused: NotPermitted, now: Timestamp) -> FlowError {
    FlowError::on_form(match refused {
        NotPermitted::Flow(FlowHashesRefused::Running) => Problem::Busy,
        NotPermitted::Flow(FlowHashesRefused::UsedUp) => Problem::AttemptsUsedUp,
        NotPermitted::LimitReached { until } => Problem::Overloaded {
            secs: until.secs_after(now),
        },
    })
}
