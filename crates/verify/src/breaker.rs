//! Spares people the wait for a provider that has stopped answering (PRV-06).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::{
    CheckFailure, CheckRequest, SendFailure, SendRequest, Sent, ServiceId, Verdict, VerificationId,
    Verifier,
};
use domain::Clock;
use domain::{Purpose, Timestamp};

/// Sends in a row that brought no answer, after which none is tried for a while.
const FAILURES: u8 = 5;
/// How long that is. The first send after it shows whether the provider is back.
const PAUSE: Duration = Duration::from_secs(10);

/// A provider whose sends fail at once while it does not answer. Checks are made all the same: who has a code has
/// nobody else to ask.
pub struct Breaker {
    provider: Box<dyn Verifier>,
    clock: Arc<dyn Clock>,
    line: Mutex<Line>,
}

#[derive(Clone, Copy)]
enum Line {
    /// Sends go through; so many of the last ones brought no answer.
    Up { failures: u8 },
    /// None does until then.
    Down { until: Timestamp },
}

impl Line {
    /// Nor does a clock that was set back keep it down for longer than the pause.
    fn is_down(self, now: Timestamp) -> bool {
        matches!(self, Self::Down { until } if now < until && until <= now + PAUSE)
    }
}

impl Breaker {
    pub fn new(provider: Box<dyn Verifier>, clock: Arc<dyn Clock>) -> Self {
        Self {
            provider,
            clock,
            line: Mutex::new(Line::Up { failures: 0 }),
        }
    }

    /// Whether a send may be tried. The first one after a pause may, and the others wait for what comes of it.
    fn admits(&self) -> bool {
        let now = self.clock.now();
        let mut line = self.line();
        if line.is_down(now) {
            return false;
        }
        if let Line::Down { .. } = *line {
            *line = Line::Down { until: now + PAUSE };
        }
        true
    }

    /// Keeps whether a send was answered, if only by a refusal.
    fn note(&self, answered: bool) {
        let until = self.clock.now() + PAUSE;
        let mut line = self.line();
        *line = match *line {
            Line::Up { .. } if answered => Line::Up { failures: 0 },
            Line::Up { failures } if failures + 1 < FAILURES => Line::Up {
                failures: failures + 1,
            },
            Line::Up { .. } => {
                tracing::error!("the provider does not answer: sends fail at once for a while");
                Line::Down { until }
            }
            Line::Down { .. } if answered => {
                tracing::warn!("the provider answers again");
                Line::Up { failures: 0 }
            }
            Line::Down { .. } => Line::Down { until },
        };
    }

    /// A panic elsewhere leaves what is behind this lock whole.
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Verifier for Breaker {
    fn service_for(&self, purpose: Purpose) -> &ServiceId {
        self.provider.service_for(purpose)
    }

    fn can_call(&self, purpose: Purpose) -> bool {
        self.provider.can_call(purpose)
    }

    async fn send(&self, request: SendRequest<'_>) -> Result<Sent, SendFailure> {
        if !self.admits() {
            return Err(SendFailure::NotSent);
        }
        let outcome = self.provider.send(request).await;
        let lost = matches!(outcome, Err(SendFailure::NotSent | SendFailure::Unknown));
        self.note(!lost);
        outcome
    }

    async fn check(&self, check: CheckRequest<'_>) -> Result<Verdict, CheckFailure> {
        self.provider.check(check).await
    }

    /// Sends wait for it, and it is a courtesy.
    async fn cancel(
        &self,
        service: &ServiceId,
        verification: &VerificationId,
    ) -> Result<(), CheckFailure> {
        if self.line().is_down(self.clock.now()) {
            return Err(CheckFailure::Unavailable);
        }
        self.provider.cancel(service, verification).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    use super::super::testing::{Case, service};
    use super::*;
    use domain::Channel;

    const SERVICE: &str = "VA4c9e21d70b5f4f3e8a61c2d9f0e7b835";
    const SID: &str = "VE91ab6f20c7d34e5f8b12a0946ce5d7f3";

    /// A time and a provider that are as they are told to be.
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

    struct Machine {
        scripted: Arc<Scripted>,
        breaker: Breaker,
    }

    impl Machine {
        fn new() -> Self {
            let scripted = Arc::new(Scripted {
                millis: AtomicI64::new(1_772_442_904_412),
                calls: AtomicUsize::new(0),
                outcome: Mutex::new(Ok(())),
                service: service(SERVICE),
            });
            let clock: Arc<dyn Clock> = Arc::clone(&scripted) as _;
            let breaker = Breaker::new(Box::new(Arc::clone(&scripted)), clock);
            Self { scripted, breaker }
        }

        /// How a send ends, and whether the provider was asked.
        async fn send(&self, outcome: Result<(), SendFailure>) -> (Result<(), SendFailure>, bool) {
            *self.scripted.outcome.lock().expect("no test panics here") = outcome;
            let before = self.scripted.calls.load(Ordering::SeqCst);
            let sent = Case::of(SERVICE, SID).sent_by(&self.breaker).await;
            let asked = self.scripted.calls.load(Ordering::SeqCst) > before;
            (sent.map(|_| ()), asked)
        }

        async fn break_down(&self) {
            for _ in 0..FAILURES {
                let lost = Err(SendFailure::Unknown);
                assert_eq!(self.send(lost).await, (lost, true));
            }
        }

        fn later(&self, millis: i64) {
            self.scripted.millis.fetch_add(millis, Ordering::SeqCst);
        }
    }

    /// PRV-06
    #[tokio::test]
    async fn after_five_sends_without_an_answer_the_next_fail_at_once() {
        let machine = Machine::new();
        machine.break_down().await;
        let spared = (Err(SendFailure::NotSent), false);
        assert_eq!(machine.send(Ok(())).await, spared);
        let case = Case::of(SERVICE, SID);
        let canceled = machine.breaker.cancel(&case.service, &case.verification);
        assert_eq!(canceled.await, Err(CheckFailure::Unavailable));
        assert_eq!(case.checked_by(&machine.breaker).await, Ok(Verdict::Wrong));
        machine.later(9_999);
        assert_eq!(machine.send(Ok(())).await, spared);
        machine.later(1);
        assert_eq!(machine.send(Ok(())).await, (Ok(()), true));
        assert_eq!(machine.send(Ok(())).await, (Ok(()), true));
    }

    /// PRV-06
    #[tokio::test]
    async fn a_probe_that_fails_starts_another_pause() {
        let machine = Machine::new();
        machine.break_down().await;
        machine.later(10_000);
        let lost = Err(SendFailure::Unknown);
        assert_eq!(machine.send(lost).await, (lost, true));
        let spared = (Err(SendFailure::NotSent), false);
        assert_eq!(machine.send(Ok(())).await, spared);
        machine.later(-3_600_000);
        assert_eq!(
            machine.send(Ok(())).await,
            (Ok(()), true),
            "time was set back"
        );
    }

    #[tokio::test]
    async fn a_refusal_is_an_answer() {
        let machine = Machine::new();
        for _ in 0..3 {
            for _ in 1..FAILURES {
                let lost = Err(SendFailure::NotSent);
                assert_eq!(machine.send(lost).await, (lost, true));
            }
            let blocked = Err(SendFailure::Blocked);
            assert_eq!(machine.send(blocked).await, (blocked, true));
        }
    }
}
