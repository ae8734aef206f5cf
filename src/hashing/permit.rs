//! Permission to compute a password hash.

use super::queue::Lane;
use crate::config::PasswordConfig;
use crate::security::password::{FlowHashesRefused, HashParameters};
use crate::security::rate_limit::Rule;
use crate::security::token::BucketKey;
use crate::store::flow_data::FlowData;
use crate::store::flows::{self, Flow};
use crate::store::{StoreError, Tx, limits};
use domain::Timestamp;

/// Permission to compute one password hash, or to verify one password.
///
/// Its constructors commit a reservation in the database, and [`Hasher`](super::Hasher) takes it by value. So parallel
/// requests and several nodes cannot compute more hashes than the limits allow.
///
/// ```
/// use domain::Password;
/// use sallyport::hashing::{HashPermit, Hasher};
///
/// async fn compute(hasher: &Hasher, permit: HashPermit, password: &Password) {
///     let _ = hasher.hash(permit, password).await;
/// }
/// ```
///
/// No other code can make a permit:
///
/// ```compile_fail,E0451
/// use sallyport::hashing::{HashPermit, Lane};
///
/// let permit = HashPermit { lane: Lane::of_source("192.0.2.1") };
/// ```
///
/// No hash is computed without a permit:
///
/// ```compile_fail,E0061
/// use domain::Password;
/// use sallyport::hashing::Hasher;
///
/// async fn compute(hasher: &Hasher, password: &Password) {
///     let _ = hasher.hash(password).await;
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
///     let _ = hasher.hash(permit, password).await;
///     let _ = hasher.hash(permit, password).await;
/// }
/// ```
#[derive(Debug)]
#[must_use]
pub struct HashPermit {
    lane: Lane,
}

/// Why a request gets no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPermitted {
    Flow(FlowHashesRefused),
    /// The limit, usually that of the source, is used up until this time.
    LimitReached {
        until: Timestamp,
    },
}

impl HashPermit {
    /// Counts one password attempt against `limit`, usually the limit of the source, and commits `tx`. The caller has
    /// already counted the attempt for the account in `tx`. Rolls `tx` back if the limit is reached.
    pub async fn for_password_attempt(
        mut tx: Tx,
        limit: &(BucketKey, Rule),
        lane: Lane,
        now: Timestamp,
    ) -> Result<Result<Self, NotPermitted>, StoreError> {
        if let Err(until) = limits::reserve(&mut tx, limit, now).await? {
            return Ok(Err(NotPermitted::LimitReached { until }));
        }
        tx.commit().await?;
        Ok(Ok(Self { lane }))
    }

    /// Counts a hash of the registration `flow` and against `limit`, saves the flow and commits `tx`. Otherwise `tx` is
    /// rolled back. Of simultaneous requests of one flow, one gets a permit.
    pub async fn for_registration(
        mut tx: Tx,
        flow: &mut Flow,
        limit: &(BucketKey, Rule),
        lane: Lane,
        now: Timestamp,
    ) -> Result<Result<Self, NotPermitted>, StoreError> {
        let FlowData::Registration { hashes, .. } = &mut flow.data else {
            return Ok(Err(NotPermitted::Flow(FlowHashesRefused::UsedUp)));
        };
        match hashes.reserve(now) {
            Ok(reserved) => *hashes = reserved,
            Err(refused) => return Ok(Err(NotPermitted::Flow(refused))),
        }
        match flows::save(&mut tx, flow).await {
            Ok(()) => {}
            Err(StoreError::Raced) => {
                return Ok(Err(NotPermitted::Flow(FlowHashesRefused::Running)));
            }
            Err(error) => return Err(error),
        }
        if let Err(until) = limits::reserve(&mut tx, limit, now).await? {
            return Ok(Err(NotPermitted::LimitReached { until }));
        }
        tx.commit().await?;
        Ok(Ok(Self { lane }))
    }

    /// The lane of the queue in which the hash waits.
    pub(super) const fn lane(&self) -> &Lane {
        &self.lane
    }

    #[cfg(test)]
    pub(super) fn for_test(source: &str) -> Self {
        Self {
            lane: Lane::of_source(source),
        }
    }
}

/// Permission of an operator at the command line to compute a hash without limit. It needs the configuration, which
/// no request handler has.
#[derive(Debug)]
#[must_use]
pub struct OperatorPermit(HashParameters);

impl OperatorPermit {
    pub const fn from_configuration(config: &PasswordConfig) -> Self {
        Self(parameters(config))
    }

    /// The configured cost of new hashes.
    pub const fn parameters(&self) -> HashParameters {
        self.0
    }
}

/// The configured cost of new hashes.
pub(super) const fn parameters(config: &PasswordConfig) -> HashParameters {
    HashParameters {
        memory_kib: config.argon2_memory_kib,
        iterations: config.argon2_iterations,
        parallelism: config.argon2_parallelism,
    }
}
