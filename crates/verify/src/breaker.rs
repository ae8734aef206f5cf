//! A circuit breaker: while the provider does not respond or is slow, sends fail at once instead of making each user
//! wait for a timeout. It also limits the number of concurrent calls.

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::identifiers::{ServiceId, VerificationId};
use crate::outcome::{CheckFailure, SendFailure, Sent, Verdict};
use crate::verifier::{CheckRequest, SendRequest, Verifier};
use domain::{Clock, Purpose, Timestamp};

/// Number of consecutive sends without a response after which the breaker opens.
const FAILURES_TO_OPEN: u8 = 5;
/// How long the breaker stays open. The first send after it probes whether the provider responds again.
const OPEN_PERIOD: Duration = Duration::from_secs(10);
/// Number of latest sends that count as recent. The breaker opens if [`SLOW_TO_OPEN`] of them were slow.
const RECENT_SENDS: u32 = 10;
/// Number of slow sends among the recent ones at which the breaker opens.
const SLOW_TO_OPEN: u32 = 8;
/// Slow sends open the breaker only while at least this many sends wait for the provider.
///
/// With fewer waiting users a slow code is better than an error.
const WAITING_TO_OPEN: usize = 16;
/// The shortest time between two log messages about refused calls.
const LOG_INTERVAL_MILLIS: i64 = 10_000;

/// Limits on concurrent calls to the phone provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// Maximum number of concurrent sends and cancellations. Further calls fail at once.
    pub max_sends: usize,
    /// Maximum number of concurrent checks. Further checks fail at once.
    pub max_checks: usize,
    /// A send that takes longer than this counts as slow. The value must be below the timeout of a call.
    pub slow_send: Duration,
}

/// Provider client behind a circuit breaker.
///
/// Sends fail at once while the provider does not respond or is slow. Checks of codes bypass the breaker, because only
/// this provider can check a code that it has issued.
pub struct CircuitBreaker {
    provider: Box<dyn Verifier>,
    clock: Arc<dyn Clock>,
    limits: CallLimits,
    sends: Semaphore,
    checks: Semaphore,
    state: Mutex<BreakerState>,
    /// The time of the last log message about a refused call, in milliseconds.
    logged: AtomicI64,
}

/// State of the circuit breaker: closed or open.
#[derive(Clone, Copy)]
enum BreakerState {
    /// Sends reach the provider. The last `failures` sends got no response.
    Closed { failures: u8, recent: RecentSends },
    /// Sends fail at once until this time.
    Open { until: Timestamp },
}

const CLOSED: BreakerState = BreakerState::Closed {
    failures: 0,
    recent: RecentSends(0),
};

impl BreakerState {
    /// Returns whether the breaker is open, so that sends fail at once.
    fn is_circuit_open(self, now: Timestamp) -> bool {
        // A clock that was set back does not keep the breaker open for longer than `OPEN_PERIOD`.
        matches!(self, Self::Open { until } if now < until && until <= now + OPEN_PERIOD)
    }
}

/// Speed of the recent sends to the phone provider, as one bit for each: 1 for a slow send.
///
/// The lowest bit is the latest send.
#[derive(Clone, Copy)]
struct RecentSends(u32);

impl RecentSends {
    /// Returns the speeds of the recent sends with the latest send added and the oldest one dropped.
    const fn with_latest_send_added(self, was_slow: bool) -> Self {
        Self((self.0 << 1 | was_slow as u32) & ((1 << RECENT_SENDS) - 1))
    }

    /// Returns whether at least [`SLOW_TO_OPEN`] of the recent sends were slow.
    const fn has_mostly_slow_sends(self) -> bool {
        self.0.count_ones() >= SLOW_TO_OPEN
    }
}

/// Kind of a send that the circuit breaker allows: normal, or a probe of a failing provider.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AllowedSend {
    Normal,
    /// The first send after an open period. Its outcome decides whether the breaker closes.
    Probe,
}

impl CircuitBreaker {
    /// Creates a closed circuit breaker around a provider client.
    pub fn new(provider: Box<dyn Verifier>, limits: CallLimits, clock: Arc<dyn Clock>) -> Self {
        Self {
            provider,
            clock,
            limits,
            sends: Semaphore::new(limits.max_sends),
            checks: Semaphore::new(limits.max_checks),
            state: Mutex::new(CLOSED),
            logged: AtomicI64::new(0),
        }
    }

    /// Returns the kind of send that the circuit breaker allows now.
    ///
    /// `None` means that a send must fail at once, because the breaker is open.
    fn allow_send_unless_breaker_open(&self) -> Option<AllowedSend> {
        // After an open period one send probes the provider, and all others fail until the probe has ended.
        let now = self.clock.now();
        let mut state = self.lock_breaker_state();
        if state.is_circuit_open(now) {
            return None;
        }
        if let BreakerState::Open { .. } = *state {
            *state = BreakerState::Open {
                until: now + OPEN_PERIOD,
            };
            return Some(AllowedSend::Probe);
        }
        Some(AllowedSend::Normal)
    }

    /// Records whether a send is slow.
    ///
    /// Opens the circuit breaker if most recent sends were slow and many sends wait for a response.
    fn record_whether_send_is_slow(&self, is_slow: bool) {
        // A slow send is recorded before its response arrives.
        let waiting = self.limits.max_sends - self.sends.available_permits();
        let until = self.clock.now() + OPEN_PERIOD;
        let mut state = self.lock_breaker_state();
        let BreakerState::Closed { failures, recent } = *state else {
            return;
        };
        let recent = recent.with_latest_send_added(is_slow);
        *state = if recent.has_mostly_slow_sends() && waiting >= WAITING_TO_OPEN {
            tracing::error!(
                waiting,
                slow_millis = self.limits.slow_send.as_millis(),
                open_secs = OPEN_PERIOD.as_secs(),
                "the phone provider is slow: the circuit breaker opens and sends fail at once; \
                 check the network and the provider's status page"
            );
            BreakerState::Open { until }
        } else {
            BreakerState::Closed { failures, recent }
        };
    }

    /// Records whether the provider responded to a send, and opens or closes the breaker.
    ///
    /// A rejection counts as a response.
    fn record_whether_provider_responded(&self, send: AllowedSend, responded: bool) {
        let until = self.clock.now() + OPEN_PERIOD;
        let mut state = self.lock_breaker_state();
        *state = match (*state, send) {
            (BreakerState::Closed { recent, .. }, _) if responded => BreakerState::Closed {
                failures: 0,
                recent,
            },
            (BreakerState::Closed { failures, recent }, _) if failures + 1 < FAILURES_TO_OPEN => {
                BreakerState::Closed {
                    failures: failures + 1,
                    recent,
                }
            }
            (BreakerState::Closed { .. }, _) => {
                tracing::error!(
                    failures = FAILURES_TO_OPEN,
                    open_secs = OPEN_PERIOD.as_secs(),
                    "the phone provider does not respond: the circuit breaker opens and sends fail at once; \
                     check the network and the provider's status page"
                );
                BreakerState::Open { until }
            }
            (BreakerState::Open { .. }, AllowedSend::Probe) if responded => {
                tracing::warn!("the phone provider responds again: the circuit breaker closes");
                CLOSED
            }
            (BreakerState::Open { .. }, AllowedSend::Probe) => BreakerState::Open { until },
            // This send began before the breaker opened.
            (open @ BreakerState::Open { .. }, AllowedSend::Normal) => open,
        };
    }

    /// Takes a permit for a call to the provider. Returns `None` if the maximum number of concurrent calls is
    /// reached.
    fn acquire_call_permit<'a>(&self, permits: &'a Semaphore) -> Option<SemaphorePermit<'a>> {
        let permit = permits.try_acquire().ok();
        if permit.is_none() {
            let now = self.clock.now().as_millis();
            let last = self.logged.load(Ordering::Relaxed);
            if last.abs_diff(now) >= LOG_INTERVAL_MILLIS.unsigned_abs() {
                self.logged.store(now, Ordering::Relaxed);
                tracing::error!(
                    max_sends = self.limits.max_sends,
                    max_checks = self.limits.max_checks,
                    "a call to the phone provider failed at once: the maximum number of concurrent calls is reached; \
                     check the provider's status page"
                );
            }
        }
        permit
    }

    /// Locks the state of the circuit breaker, ignoring lock poisoning.
    fn lock_breaker_state(&self) -> MutexGuard<'_, BreakerState> {
        // A panic in another thread cannot leave a `Copy` value half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Verifier for CircuitBreaker {
    fn service_for_purpose(&self, purpose: Purpose) -> &ServiceId {
        self.provider.service_for_purpose(purpose)
    }

    fn supports_voice_calls(&self, purpose: Purpose) -> bool {
        self.provider.supports_voice_calls(purpose)
    }

    fn is_provider_available(&self) -> bool {
        matches!(*self.lock_breaker_state(), BreakerState::Closed { .. })
    }

    async fn send_code(&self, request: SendRequest<'_>) -> Result<Sent, SendFailure> {
        let _permit = self
            .acquire_call_permit(&self.sends)
            .ok_or(SendFailure::NotSent)?;
        let allowed = self
            .allow_send_unless_breaker_open()
            .ok_or(SendFailure::NotSent)?;
        let mut call = self.provider.send_code(request);
        let first = timeout(self.limits.slow_send, &mut call).await;
        self.record_whether_send_is_slow(first.is_err());
        let outcome = match first {
            Ok(outcome) => outcome,
            Err(_) => call.await,
        };
        let no_response = matches!(outcome, Err(SendFailure::NotSent | SendFailure::Unknown));
        self.record_whether_provider_responded(allowed, !no_response);
        outcome
    }

    async fn check_code(&self, check: CheckRequest<'_>) -> Result<Verdict, CheckFailure> {
        let permit = self.acquire_call_permit(&self.checks);
        let _permit = permit.ok_or(CheckFailure::Unavailable)?;
        self.provider.check_code(check).await
    }

    /// Cancels a verification at the phone provider.
    ///
    /// Fails at once while the circuit breaker is open, so that the user's next code is not delayed. Such a failure is
    /// safe: the server rejects the code of a cancelled verification even if the provider has not cancelled it.
    async fn cancel_verification(
        &self,
        service: &ServiceId,
        verification: &VerificationId,
    ) -> Result<(), CheckFailure> {
        if self.lock_breaker_state().is_circuit_open(self.clock.now()) {
            return Err(CheckFailure::Unavailable);
        }
        let permit = self.acquire_call_permit(&self.sends);
        let _permit = permit.ok_or(CheckFailure::Unavailable)?;
        self.provider
            .cancel_verification(service, verification)
            .await
    }
}
