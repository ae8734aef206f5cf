//! A circuit breaker: while the provider does not respond, sends fail at once instead of making each user wait for
//! a timeout.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::identifiers::{ServiceId, VerificationId};
use crate::outcome::{CheckFailure, SendFailure, Sent, Verdict};
use crate::verifier::{CheckRequest, SendRequest, Verifier};
use domain::{Clock, Purpose, Timestamp};

/// Consecutive sends without a response after which the breaker opens.
const FAILURES_TO_OPEN: u8 = 5;
/// How long the breaker stays open. The first send after it probes whether the provider is back.
const OPEN_PERIOD: Duration = Duration::from_secs(10);

/// A provider whose sends fail at once while it does not respond. Checks bypass the breaker: only this provider can
/// check a code it has issued.
pub struct CircuitBreaker {
    provider: Box<dyn Verifier>,
    clock: Arc<dyn Clock>,
    state: Mutex<BreakerState>,
}

#[derive(Clone, Copy)]
enum BreakerState {
    /// Sends reach the provider. The last `failures` sends got no response.
    Closed { failures: u8 },
    /// Sends fail at once until this time.
    Open { until: Timestamp },
}

impl BreakerState {
    /// A clock that was set back does not keep the breaker open for longer than [`OPEN_PERIOD`].
    fn is_open(self, now: Timestamp) -> bool {
        matches!(self, Self::Open { until } if now < until && until <= now + OPEN_PERIOD)
    }
}

impl CircuitBreaker {
    pub fn new(provider: Box<dyn Verifier>, clock: Arc<dyn Clock>) -> Self {
        Self {
            provider,
            clock,
            state: Mutex::new(BreakerState::Closed { failures: 0 }),
        }
    }

    /// Whether this send may reach the provider. After an open period one send probes the provider, and the breaker
    /// stays open for all others until the probe has ended.
    fn allows_send(&self) -> bool {
        let now = self.clock.now();
        let mut state = self.state();
        if state.is_open(now) {
            return false;
        }
        if let BreakerState::Open { .. } = *state {
            *state = BreakerState::Open {
                until: now + OPEN_PERIOD,
            };
        }
        true
    }

    /// Records whether the provider responded to a send. A rejection is a response.
    fn record_send(&self, responded: bool) {
        let until = self.clock.now() + OPEN_PERIOD;
        let mut state = self.state();
        *state = match *state {
            BreakerState::Closed { .. } if responded => BreakerState::Closed { failures: 0 },
            BreakerState::Closed { failures } if failures + 1 < FAILURES_TO_OPEN => {
                BreakerState::Closed {
                    failures: failures + 1,
                }
            }
            BreakerState::Closed { .. } => {
                tracing::error!(
                    failures = FAILURES_TO_OPEN,
                    open_secs = OPEN_PERIOD.as_secs(),
                    "the phone provider does not respond: the circuit breaker opens and sends fail at once; \
                     check the network and the provider's status page"
                );
                BreakerState::Open { until }
            }
            BreakerState::Open { .. } if responded => {
                tracing::warn!("the phone provider responds again: the circuit breaker closes");
                BreakerState::Closed { failures: 0 }
            }
            BreakerState::Open { .. } => BreakerState::Open { until },
        };
    }

    /// Ignores poisoning: a panic in another thread cannot leave a `Copy` value half written.
    fn state(&self) -> MutexGuard<'_, BreakerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Verifier for CircuitBreaker {
    fn service_for(&self, purpose: Purpose) -> &ServiceId {
        self.provider.service_for(purpose)
    }

    fn can_call(&self, purpose: Purpose) -> bool {
        self.provider.can_call(purpose)
    }

    async fn send(&self, request: SendRequest<'_>) -> Result<Sent, SendFailure> {
        if !self.allows_send() {
            return Err(SendFailure::NotSent);
        }
        let outcome = self.provider.send(request).await;
        let no_response = matches!(outcome, Err(SendFailure::NotSent | SendFailure::Unknown));
        self.record_send(!no_response);
        outcome
    }

    async fn check(&self, check: CheckRequest<'_>) -> Result<Verdict, CheckFailure> {
        self.provider.check(check).await
    }

    /// Fails at once while the breaker is open: the next send waits for the cancellation, and the server is correct
    /// without it.
    async fn cancel(
        &self,
        service: &ServiceId,
        verification: &VerificationId,
    ) -> Result<(), CheckFailure> {
        if self.state().is_open(self.clock.now()) {
            return Err(CheckFailure::Unavailable);
        }
        self.provider.cancel(service, verification).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    use super::*;
    use crate::testing::{Case, service};
    use domain::Channel;

    const SERVICE: &str = "VA4c9e21d70b5f4f3e8a61c2d9f0e7b835";
    const SID: &str = "VE91ab6f20c7d34e5f8b12a0946ce5d7f3";

    /// A clock and a provider that the test controls.
    struct Scripted {
        millis: AtomicI64,
        calls: AtomicUsize,
        outcome: Mutex<Result<(), SendFailure>>,
        service: ServiceId,
    }

    impl Clock for Scripted {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.millis.load(Ordering::SeqCst))
        }
    }

    #[async_trait]
    impl Verifier for Arc<Scripted> {
        fn service_for(&self, _: Purpose) -> &ServiceId {
            &self.service
        }

        fn can_call(&self, _: Purpose) -> bool {
            true
        }

        async fn send(&self, request: SendRequest<'_>) -> Result<Sent, SendFailure> {
            self.calls.fetch_add(1, Ordering::SeqCst);
            let outcome = *self.outcome.lock().expect("no test panics here");
            outcome.map(|()| Sent {
                verification: VerificationId::parse(SID).expect("a SID"),
                service: request.service.clone(),
                channel: Channel::Sms,
            })
        }

        async fn check(&self, _: CheckRequest<'_>) -> Result<Verdict, CheckFailure> {
            Ok(Verdict::Wrong)
        }

        async fn cancel(&self, _: &ServiceId, _: &VerificationId) -> Result<(), CheckFailure> {
            Ok(())
        }
    }

    struct TestBreaker {
        scripted: Arc<Scripted>,
        breaker: CircuitBreaker,
    }

    impl TestBreaker {
        fn new() -> Self {
            let scripted = Arc::new(Scripted {
                millis: AtomicI64::new(1_772_442_904_412),
                calls: AtomicUsize::new(0),
                outcome: Mutex::new(Ok(())),
                service: service(SERVICE),
            });
            let clock: Arc<dyn Clock> = Arc::clone(&scripted) as _;
            let breaker = CircuitBreaker::new(Box::new(Arc::clone(&scripted)), clock);
            Self { scripted, breaker }
        }

        /// Sends a code while the provider gives `outcome`. Returns the result, and whether the provider was called.
        async fn send(&self, outcome: Result<(), SendFailure>) -> (Result<(), SendFailure>, bool) {
            *self.scripted.outcome.lock().expect("no test panics here") = outcome;
            let before = self.scripted.calls.load(Ordering::SeqCst);
            let sent = Case::of(SERVICE, SID).send_with(&self.breaker).await;
            let called = self.scripted.calls.load(Ordering::SeqCst) > before;
            (sent.map(|_| ()), called)
        }

        async fn open(&self) {
            for _ in 0..FAILURES_TO_OPEN {
                let no_response = Err(SendFailure::Unknown);
                assert_eq!(self.send(no_response).await, (no_response, true));
            }
        }

        fn advance_clock(&self, millis: i64) {
            self.scripted.millis.fetch_add(millis, Ordering::SeqCst);
        }
    }

    #[tokio::test]
    async fn five_sends_without_a_response_open_the_breaker_for_ten_seconds() {
        let test = TestBreaker::new();
        test.open().await;
        let failed_at_once = (Err(SendFailure::NotSent), false);
        assert_eq!(test.send(Ok(())).await, failed_at_once);
        let case = Case::of(SERVICE, SID);
        let cancelled = test.breaker.cancel(&case.service, &case.verification);
        assert_eq!(cancelled.await, Err(CheckFailure::Unavailable));
        assert_eq!(case.check_with(&test.breaker).await, Ok(Verdict::Wrong));
        test.advance_clock(9_999);
        assert_eq!(test.send(Ok(())).await, failed_at_once);
        test.advance_clock(1);
        assert_eq!(test.send(Ok(())).await, (Ok(()), true));
        assert_eq!(test.send(Ok(())).await, (Ok(()), true));
    }

    #[tokio::test]
    async fn a_failed_probe_opens_the_breaker_again_and_a_clock_set_back_closes_it() {
        let test = TestBreaker::new();
        test.open().await;
        test.advance_clock(10_000);
        let no_response = Err(SendFailure::Unknown);
        assert_eq!(test.send(no_response).await, (no_response, true));
        let failed_at_once = (Err(SendFailure::NotSent), false);
        assert_eq!(test.send(Ok(())).await, failed_at_once);
        test.advance_clock(-3_600_000);
        assert_eq!(
            test.send(Ok(())).await,
            (Ok(()), true),
            "the clock was set back"
        );
    }

    #[tokio::test]
    async fn a_rejected_send_counts_as_a_response() {
        let test = TestBreaker::new();
        for _ in 0..3 {
            for _ in 1..FAILURES_TO_OPEN {
                let no_response = Err(SendFailure::NotSent);
                assert_eq!(test.send(no_response).await, (no_response, true));
            }
            let blocked = Err(SendFailure::Blocked);
            assert_eq!(test.send(blocked).await, (blocked, true));
        }
    }
}
