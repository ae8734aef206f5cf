//! Permits to compute a password hash: proof that the database has counted the attempt.

use super::queue::Lane;
use crate::config::PasswordConfig;
use crate::security::password::{HashComputationRefusal, HashParameters};
use crate::security::rate_limit::{RateLimit, Slowdown};
use crate::security::token::BucketKey;
use crate::store::flow_data::FlowData;
use crate::store::flows::{self, Flow};
use crate::store::{StoreError, Tx, limits};
use domain::Timestamp;

/// Permit to compute one password hash or verify one password.
///
/// A new password that must differ from the stored one is verified and hashed with one permit.
///
/// Creating a permit commits a rate-limit reservation in the database, and [`Hasher`](super::Hasher) consumes the
/// permit. So the limits hold across concurrent requests and server nodes.
///
/// ```
/// use domain::Password;
/// use sallyport::hashing::{HashPermit, Hasher};
///
/// async fn compute(hasher: &Hasher, permit: HashPermit, password: &Password) {
///     let _ = hasher.hash_password(permit, password).await;
/// }
/// ```
///
/// No other code can make a permit:
///
/// ```compile_fail,E0451
/// use sallyport::hashing::{HashPermit, Lane};
///
/// let permit = HashPermit { lane: Lane::of_client_network("192.0.2.1") };
/// ```
///
/// No hash is computed without a permit:
///
/// ```compile_fail,E0061
/// use domain::Password;
/// use sallyport::hashing::Hasher;
///
/// async fn compute(hasher: &Hasher, password: &Password) {
///     let _ = hasher.hash_password(password).await;
/// }
/// ```
///
/// One permit computes one hash:
///
/// ```compile_fail,E0382
/// use domain::Password;
/// use sallyport::hashing::{HashPermit, Hasher};
///
/// async fn compute_twice(hasher: &Hasher, permit: HashPermit, password: &Password) {
///     let _ = hasher.hash_password(permit, password).await;
///     let _ = hasher.hash_password(permit, password).await;
/// }
/// ```
#[derive(Debug)]
#[must_use]
pub struct HashPermit {
    lane: Lane,
}

/// An open database transaction that has counted one password hash against a limit on its subject.
///
/// The subject is an account, an identifier without account, a session, a browser or a password reset link.
///
/// [`HashPermit`] commits the transaction and then permits the hash. No other code can create this value:
///
/// ```compile_fail,E0423
/// use sallyport::hashing::CountedForSubject;
/// use sallyport::store::Tx;
///
/// fn count_nothing(tx: Tx) -> CountedForSubject {
///     CountedForSubject(tx)
/// }
/// ```
#[must_use]
pub struct CountedForSubject(Tx);

impl CountedForSubject {
    /// Counts a password attempt as a wrong password before the password is checked.
    ///
    /// After a correct password, the caller removes the count. If `slowdown` delays the attempt, counts nothing and
    /// returns the transaction in the inner `Err`. The caller can then count the attempt in another rate limit.
    pub async fn count_attempt_as_wrong_password(
        mut tx: Tx,
        failures: &BucketKey,
        slowdown: &Slowdown,
        now: Timestamp,
    ) -> Result<Result<Self, Tx>, StoreError> {
        let events =
            limits::lock_bucket_and_move_future_events_to_now(&mut tx, failures, now).await?;
        if slowdown.check_attempt_allowed(&events, now).is_err() {
            return Ok(Err(tx));
        }
        let limit = RateLimit::new(
            failures.clone(),
            Slowdown::rule_for_storing_failed_attempts(),
        );
        limits::count_event_in_bucket(&mut tx, &limit, events, now).await?;
        Ok(Ok(Self(tx)))
    }

    /// Counts the computation of one password hash in a rate limit.
    ///
    /// If the limit is reached, counts nothing. The inner `Err` then contains the transaction and the time of the next
    /// permitted hash.
    pub async fn count_password_hash_in_rate_limit(
        mut tx: Tx,
        limit: &RateLimit,
        now: Timestamp,
    ) -> Result<Result<Self, (Tx, Timestamp)>, StoreError> {
        Ok(
            match limits::count_event_within_limit(&mut tx, limit, now).await? {
                Ok(()) => Ok(Self(tx)),
                Err(until) => Err((tx, until)),
            },
        )
    }

    /// Returns the open transaction, in which the caller can make other changes.
    pub const fn transaction(&mut self) -> &mut Tx {
        &mut self.0
    }
}

/// Reason why a request may not compute a password hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPermitted {
    Flow(HashComputationRefusal),
    /// The limit, usually that of the source, is reached until this time.
    LimitReached {
        until: Timestamp,
    },
}

impl HashPermit {
    /// Counts one password hash in a second rate limit, commits the transaction and returns the permit to compute it.
    ///
    /// If that limit is reached, rolls the transaction back. `limit` is the limit of the client network. For an attempt
    /// in a session, or from a browser with a device cookie of the account, it is the limit of that session or browser.
    pub async fn acquire_hash_permit_within_rate_limit(
        counted: CountedForSubject,
        limit: &RateLimit,
        lane: Lane,
        now: Timestamp,
    ) -> Result<Result<Self, NotPermitted>, StoreError> {
        let CountedForSubject(mut tx) = counted;
        if let Err(until) = limits::count_event_within_limit(&mut tx, limit, now).await? {
            return Ok(Err(NotPermitted::LimitReached { until }));
        }
        tx.commit().await?;
        Ok(Ok(Self { lane }))
    }

    /// Counts one password hash of a registration, and returns the permit to compute it.
    ///
    /// Counts it in `flow` and in the rate limit `limit`, and commits `tx`. If a limit is reached, rolls `tx` back.
    pub async fn acquire_hash_permit_for_registration(
        mut tx: Tx,
        flow: &mut Flow,
        limit: &RateLimit,
        lane: Lane,
        now: Timestamp,
    ) -> Result<Result<Self, NotPermitted>, StoreError> {
        // Of concurrent requests of one flow, only one gets a permit.
        let FlowData::Registration { hashes, .. } = &mut flow.data else {
            return Ok(Err(NotPermitted::Flow(HashComputationRefusal::UsedUp)));
        };
        match hashes.reserve_hash_computation(now) {
            Ok(reserved) => *hashes = reserved,
            Err(refused) => return Ok(Err(NotPermitted::Flow(refused))),
        }
        match flows::save_flow(&mut tx, flow).await {
            Ok(()) => {}
            Err(StoreError::Raced) => {
                return Ok(Err(NotPermitted::Flow(HashComputationRefusal::Running)));
            }
            Err(error) => return Err(error),
        }
        if let Err(until) = limits::count_event_within_limit(&mut tx, limit, now).await? {
            return Ok(Err(NotPermitted::LimitReached { until }));
        }
        tx.commit().await?;
        Ok(Ok(Self { lane }))
    }

    /// Returns the lane of the hash queue in which the request waits. A lane holds the waiting requests of one source.
    pub(super) const fn queue_lane(&self) -> &Lane {
        &self.lane
    }

    /// Creates a permit to compute a password hash in a test, without counting the hash in a rate limit.
    ///
    /// `source` is the client network whose requests wait together in the hash queue.
    #[cfg(test)]
    pub(super) fn create_hash_permit_for_tests(source: &str) -> Self {
        Self {
            lane: Lane::of_client_network(source),
        }
    }
}

/// Permit for an operator's command to compute any number of hashes.
///
/// Request handlers cannot create it, because they have no access to the configuration.
#[derive(Debug)]
#[must_use]
pub struct OperatorPermit(HashParameters);

impl OperatorPermit {
    /// Creates an operator's permit to compute password hashes with the configured cost parameters.
    pub const fn from_configuration(config: &PasswordConfig) -> Self {
        Self(configured_parameters(config))
    }

    /// Returns the cost parameters of new hashes.
    pub const fn parameters(&self) -> HashParameters {
        self.0
    }
}

/// Returns the configured cost parameters of new hashes.
pub(super) const fn configured_parameters(config: &PasswordConfig) -> HashParameters {
    HashParameters {
        memory_kib: config.argon2_memory_kib,
        iterations: config.argon2_iterations,
        parallelism: config.argon2_parallelism,
    }
}
