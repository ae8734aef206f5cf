//! The rate limits on password attempts. An attempt is counted before the password is verified.
//!
//! An attacker can reach the limit of an account. So the account holder has limits that an attacker cannot reach:
//!
//! - A step-up is counted for its session.
//! - A sign-in from a recognised browser is counted for that browser, up to an hourly maximum.
//! - Any other sign-in is counted for the account. While the account is slowed down, a few attempts an hour are still
//!   verified: from networks without recent failures, and with a harder proof of work.
//!
//! An unknown identifier has the same limits as an account, so that they do not reveal which accounts exist.

use crate::auth::device;
use crate::auth::engine::rate_limit;
use crate::auth::error::FlowError;
use crate::context::{AppState, PasswordSubject, RequestContext};
use crate::hashing::{CountedForSubject, HashPermit, NotPermitted};
use crate::security::captcha::Work;
use crate::security::password::HashComputationRefusal;
use crate::security::rate_limit::RateLimit;
use crate::security::token::{BucketKey, SessionId};
use crate::store::accounts::Account;
use crate::store::{StoreError, Tx};
use domain::{Problem, Purpose, Timestamp};

/// The operation for which a password is checked: a sign-in or step-up authentication.
///
/// The operation determines which rate limits count the attempt.
#[derive(Clone, Copy)]
pub(super) enum PasswordAttempt<'a> {
    /// A sign-in, after a CAPTCHA with this amount of work.
    SignIn(Work),
    /// A step-up in this session.
    StepUp(&'a SessionId),
}

impl PasswordAttempt<'_> {
    /// Returns the purpose of the verification flow that a correct password opens.
    pub(super) const fn purpose(self) -> Purpose {
        match self {
            Self::SignIn(_) => Purpose::SignIn,
            Self::StepUp(_) => Purpose::StepUp,
        }
    }
}

/// Result of counting a password attempt: permitted, or refused by a rate limit.
pub(super) enum PasswordAttemptResult {
    /// The password may be verified. If it is correct, [`CountingLimits::reset_limits_after_correct_password`] removes
    /// the attempt.
    Permitted(HashPermit, CountingLimits),
    /// Every limit is reached. The response must be the same as for a wrong password.
    SlowedDown,
}

/// The rate limits that have counted one password attempt. A correct password resets them.
pub(super) struct CountingLimits {
    reserved_at: Timestamp,
    /// The bucket whose events are all deleted after a correct password.
    cleared: Option<BucketKey>,
    /// The limits from which this one attempt is removed after a correct password.
    refunded: Vec<RateLimit>,
}

impl CountingLimits {
    /// Removes a correct password attempt from the rate limits that have counted it.
    pub(super) async fn reset_limits_after_correct_password(
        self,
        tx: &mut Tx,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if let Some(key) = &self.cleared {
            rate_limit::clear_rate_limit_bucket(tx, key, now).await?;
        }
        for limit in &self.refunded {
            rate_limit::remove_event_from_rate_limit(tx, limit, self.reserved_at).await?;
        }
        Ok(())
    }
}

/// Counts a password attempt for this account, or for an unknown identifier, and commits.
///
/// Fails if the client's network address has reached the sign-in limit. This limit does not apply to a browser with a
/// device cookie of the account, nor to a step-up. A step-up fails if its session has reached its own limit.
pub(super) async fn count_password_attempt_in_rate_limits(
    app: &AppState,
    context: &RequestContext,
    attempt: PasswordAttempt<'_>,
    identifier: &str,
    account: Option<&Account>,
) -> Result<PasswordAttemptResult, FlowError> {
    let now = app.now();
    let work = match attempt {
        PasswordAttempt::StepUp(session) => {
            let limits = OwnerLimits {
                failures: app.bucket_of_wrong_passwords_in_session(session),
                attempts: app.password_attempt_limit_per_session(session),
            };
            let counted =
                count_password_attempt_of_session_or_device(app, context, limits, now).await?;
            return counted.map_err(|refused| error_for_refused_password_hash(refused, now));
        }
        PasswordAttempt::SignIn(work) => work,
    };
    let recognised = account.and_then(|account| {
        let device = device::find_device_with_valid_cookie(app, context, account)?;
        Some(OwnerLimits {
            failures: app.bucket_of_wrong_passwords_from_device(&account.id, &device),
            attempts: app.password_attempt_limit_per_device(&account.id, &device),
        })
    });
    if let Some(limits) = recognised
        && let Ok(permitted @ PasswordAttemptResult::Permitted(..)) =
            count_password_attempt_of_session_or_device(app, context, limits, now).await?
    {
        return Ok(permitted);
    }
    let subject =
        PasswordSubject::from_account_or_identifier(identifier, account.map(|account| &account.id));
    count_password_attempt_by_ip_and_account(app, context, work, &subject).await
}

/// The rate limits of one session, or of one browser with a device cookie of the account.
///
/// Attackers have neither the session nor the cookie, so their attempts do not count in these limits.
struct OwnerLimits {
    /// The bucket of wrong passwords, after which further attempts are delayed.
    failures: BucketKey,
    /// The limit on all attempts. It bounds the hashes and audit events of an account holder who repeats a correct
    /// password, and of one who goes on during the delay.
    attempts: RateLimit,
}

/// Counts a password attempt of a session, or of a browser with a device cookie.
///
/// Returns [`NotPermitted`] if the limit on all attempts is reached.
async fn count_password_attempt_of_session_or_device(
    app: &AppState,
    context: &RequestContext,
    limits: OwnerLimits,
    now: Timestamp,
) -> Result<Result<PasswordAttemptResult, NotPermitted>, StoreError> {
    let OwnerLimits { failures, attempts } = limits;
    let tx = app.store.begin().await?;
    let slowdown = &app.limits.password_slowdown;
    match CountedForSubject::count_attempt_as_wrong_password(tx, &failures, slowdown, now).await? {
        Err(mut tx) => {
            if let Err(reached) =
                rate_limit::count_event_within_limit(&mut tx, &attempts, now).await?
            {
                let until = reached.until;
                return Ok(Err(NotPermitted::LimitReached { until }));
            }
            tx.commit().await?;
            Ok(Ok(PasswordAttemptResult::SlowedDown))
        }
        Ok(counted) => {
            let permit = HashPermit::acquire_hash_permit_within_rate_limit(
                counted,
                &attempts,
                context.password_hash_queue(),
                now,
            )
            .await?;
            let counting_limits = CountingLimits {
                reserved_at: now,
                cleared: Some(failures),
                refunded: Vec::new(),
            };
            Ok(permit.map(|permit| PasswordAttemptResult::Permitted(permit, counting_limits)))
        }
    }
}

/// Counts a password attempt of an unrecognised browser in the rate limits of the source address and of the account.
async fn count_password_attempt_by_ip_and_account(
    app: &AppState,
    context: &RequestContext,
    work: Work,
    subject: &PasswordSubject,
) -> Result<PasswordAttemptResult, FlowError> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let source = app.sign_in_limit_per_source(context);
    match count_password_attempt_of_unknown_browser(app, tx, context, work, subject, now).await? {
        CountedAttempt::Counted(counted, counting_limits) => {
            let permit = HashPermit::acquire_hash_permit_within_rate_limit(
                counted,
                &source,
                context.password_hash_queue(),
                now,
            )
            .await?;
            let permit = permit.map_err(|refused| error_for_refused_password_hash(refused, now))?;
            Ok(PasswordAttemptResult::Permitted(permit, counting_limits))
        }
        // The attempt counts for the source even if it is not verified.
        CountedAttempt::NotCounted(mut tx) => {
            if let Err(reached) =
                rate_limit::count_event_within_limit(&mut tx, &source, now).await?
            {
                let until = reached.until;
                return Err(error_for_refused_password_hash(
                    NotPermitted::LimitReached { until },
                    now,
                ));
            }
            tx.commit().await?;
            Ok(PasswordAttemptResult::SlowedDown)
        }
    }
}

/// Result of counting a password attempt in the rate limits of an account.
enum CountedAttempt {
    Counted(CountedForSubject, CountingLimits),
    /// Every limit is reached. The transaction is unchanged.
    NotCounted(Tx),
}

/// Counts a password attempt of an unrecognised browser in the rate limits of the account.
async fn count_password_attempt_of_unknown_browser(
    app: &AppState,
    tx: Tx,
    context: &RequestContext,
    work: Work,
    subject: &PasswordSubject,
    now: Timestamp,
) -> Result<CountedAttempt, StoreError> {
    let key = app.bucket_of_wrong_passwords_for_account(subject);
    let network = app.password_attempt_limit_per_network(subject, context);
    let slowdown = &app.limits.password_slowdown;
    match CountedForSubject::count_attempt_as_wrong_password(tx, &key, slowdown, now).await? {
        Ok(mut counted) => {
            // Counts for the network too, so that an attacker's network gets no attempts during a slowdown.
            rate_limit::count_event_in_bucket(counted.transaction(), &network, now).await?;
            let counting_limits = CountingLimits {
                reserved_at: now,
                cleared: Some(key),
                refunded: vec![network],
            };
            Ok(CountedAttempt::Counted(counted, counting_limits))
        }
        Err(tx) => {
            count_password_attempt_during_slowdown(app, tx, work, subject, network, now).await
        }
    }
}

/// Counts a password attempt for an account whose attempts are delayed after wrong passwords.
///
/// Separate rate limits permit a few attempts during the delay; if they are reached, counts nothing.
async fn count_password_attempt_during_slowdown(
    app: &AppState,
    mut tx: Tx,
    work: Work,
    subject: &PasswordSubject,
    network: RateLimit,
    now: Timestamp,
) -> Result<CountedAttempt, StoreError> {
    let refunding = |refunded| CountingLimits {
        reserved_at: now,
        cleared: None,
        refunded,
    };
    if rate_limit::lock_and_check_rate_limit(&mut tx, &network, now)
        .await?
        .is_ok()
    {
        let networks_limit = app.password_attempt_limit_across_networks(subject);
        match CountedForSubject::count_password_hash_in_rate_limit(tx, &networks_limit, now).await?
        {
            Ok(mut counted) => {
                rate_limit::count_event_in_bucket(counted.transaction(), &network, now).await?;
                let counting_limits = refunding(vec![network, networks_limit]);
                return Ok(CountedAttempt::Counted(counted, counting_limits));
            }
            Err((unchanged, _)) => tx = unchanged,
        }
    }
    if work == Work::Hard {
        let work_limit = app.password_attempt_limit_with_hard_captcha(subject);
        match CountedForSubject::count_password_hash_in_rate_limit(tx, &work_limit, now).await? {
            Ok(counted) => {
                return Ok(CountedAttempt::Counted(
                    counted,
                    refunding(vec![work_limit]),
                ));
            }
            Err((unchanged, _)) => tx = unchanged,
        }
    }
    Ok(CountedAttempt::NotCounted(tx))
}

/// Creates the error for a request that got no permit to compute a password hash.
pub(super) fn error_for_refused_password_hash(refused: NotPermitted, now: Timestamp) -> FlowError {
    FlowError::from_form_problem(match refused {
        NotPermitted::Flow(HashComputationRefusal::Running) => Problem::Busy,
        NotPermitted::Flow(HashComputationRefusal::UsedUp) => Problem::AttemptsUsedUp,
        NotPermitted::LimitReached { until } => Problem::LimitReached {
            secs: until.secs_since(now),
        },
    })
}
