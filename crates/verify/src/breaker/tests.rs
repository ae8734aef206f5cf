//! The circuit breaker, with a clock and a provider that the test controls.

use std::sync::atomic::AtomicUsize;

use tokio::task::JoinHandle;

use super::*;
use crate::testing::{Case, capture_logs, service_id};
use domain::Channel;

const SERVICE: &str = "VA4c9e21d70b5f4f3e8a61c2d9f0e7b835";
const SID: &str = "VE91ab6f20c7d34e5f8b12a0946ce5d7f3";

/// Clock and provider whose time and results the test sets.
struct Scripted {
    millis: AtomicI64,
    calls: AtomicUsize,
    outcome: Mutex<Result<(), SendFailure>>,
    latency: Mutex<Duration>,
    service: ServiceId,
}

impl Clock for Scripted {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis.load(Ordering::SeqCst))
    }
}

#[async_trait]
impl Verifier for Arc<Scripted> {
    fn service_for_purpose(&self, _: Purpose) -> &ServiceId {
        &self.service
    }

    fn supports_voice_calls(&self, _: Purpose) -> bool {
        true
    }

    async fn send_code(&self, request: SendRequest<'_>) -> Result<Sent, SendFailure> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let outcome = *self.outcome.lock().expect("mutex is not poisoned");
        let latency = *self.latency.lock().expect("mutex is not poisoned");
        tokio::time::sleep(latency).await;
        outcome.map(|()| Sent {
            verification: VerificationId::parse_provider_id(SID).expect("a SID"),
            service: request.service.clone(),
            channel: Channel::Sms,
        })
    }

    async fn check_code(&self, _: CheckRequest<'_>) -> Result<Verdict, CheckFailure> {
        let latency = *self.latency.lock().expect("mutex is not poisoned");
        tokio::time::sleep(latency).await;
        Ok(Verdict::Wrong)
    }

    async fn cancel_verification(
        &self,
        _: &ServiceId,
        _: &VerificationId,
    ) -> Result<(), CheckFailure> {
        Ok(())
    }
}

const LIMITS: CallLimits = CallLimits {
    max_sends: 40,
    max_checks: 20,
    slow_send: Duration::from_secs(4),
};

#[derive(Clone)]
struct TestBreaker {
    scripted: Arc<Scripted>,
    breaker: Arc<CircuitBreaker>,
}

impl TestBreaker {
    /// Creates a scripted clock and a scripted provider behind a circuit breaker.
    fn new() -> Self {
        let scripted = Arc::new(Scripted {
            millis: AtomicI64::new(1_772_442_904_412),
            calls: AtomicUsize::new(0),
            outcome: Mutex::new(Ok(())),
            latency: Mutex::default(),
            service: service_id(SERVICE),
        });
        let clock: Arc<dyn Clock> = Arc::clone(&scripted) as _;
        let breaker = CircuitBreaker::new(Box::new(Arc::clone(&scripted)), LIMITS, clock);
        Self {
            scripted,
            breaker: Arc::new(breaker),
        }
    }

    /// Sends a code while the scripted provider returns `outcome`.
    ///
    /// Returns the result, and whether the provider was called.
    async fn send(&self, outcome: Result<(), SendFailure>) -> (Result<(), SendFailure>, bool) {
        *self.scripted.outcome.lock().expect("mutex is not poisoned") = outcome;
        let before = self.scripted.calls.load(Ordering::SeqCst);
        let sent = Case::new(SERVICE, SID).send_with(&*self.breaker).await;
        let called = self.scripted.calls.load(Ordering::SeqCst) > before;
        (sent.map(|_| ()), called)
    }

    /// Opens the circuit breaker with failed sends.
    async fn open_breaker(&self) {
        for _ in 0..FAILURES_TO_OPEN {
            let no_response = Err(SendFailure::Unknown);
            assert_eq!(self.send(no_response).await, (no_response, true));
        }
    }

    /// Sets how many seconds the provider takes to respond.
    fn set_latency(&self, secs: u64) {
        *self.scripted.latency.lock().expect("mutex is not poisoned") = Duration::from_secs(secs);
    }

    /// Starts `count` concurrent sends, and waits until they reach the provider.
    async fn begin_sends(&self, count: usize) -> Vec<JoinHandle<Result<(), SendFailure>>> {
        let begin = |_| {
            let test = self.clone();
            tokio::spawn(async move { test.send(Ok(())).await.0 })
        };
        let sends = (0..count).map(begin).collect();
        tokio::time::sleep(Duration::from_millis(1)).await;
        sends
    }

    /// Advances the clock of the test by this number of milliseconds.
    fn advance_clock(&self, millis: i64) {
        self.scripted.millis.fetch_add(millis, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn five_sends_without_a_response_open_the_breaker_for_ten_seconds() {
    let test = TestBreaker::new();
    assert!(test.breaker.is_provider_available());
    test.open_breaker().await;
    assert!(!test.breaker.is_provider_available());
    let failed_at_once = (Err(SendFailure::NotSent), false);
    assert_eq!(test.send(Ok(())).await, failed_at_once);
    let case = Case::new(SERVICE, SID);
    let cancelled = test
        .breaker
        .cancel_verification(&case.service, &case.verification);
    assert_eq!(cancelled.await, Err(CheckFailure::Unavailable));
    assert_eq!(case.check_with(&*test.breaker).await, Ok(Verdict::Wrong));
    test.advance_clock(9_999);
    assert_eq!(test.send(Ok(())).await, failed_at_once);
    test.advance_clock(1);
    assert!(
        !test.breaker.is_provider_available(),
        "until a send succeeds"
    );
    assert_eq!(test.send(Ok(())).await, (Ok(()), true));
    assert!(test.breaker.is_provider_available());
    assert_eq!(test.send(Ok(())).await, (Ok(()), true));
}

#[tokio::test]
async fn failed_probe_opens_the_breaker_again() {
    let test = TestBreaker::new();
    test.open_breaker().await;
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
async fn rejected_send_counts_as_a_response() {
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

#[tokio::test(start_paused = true)]
async fn slow_sends_open_the_breaker_while_many_users_wait() {
    let (logs, _guard) = capture_logs();
    let test = TestBreaker::new();
    test.set_latency(6);
    let waiting = test.begin_sends(30).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let failed_at_once = (Err(SendFailure::NotSent), false);
    assert_eq!(test.send(Ok(())).await, failed_at_once);
    let lines = logs.client_lines();
    let opened = lines.iter().filter(|line| line.contains("is slow"));
    assert_eq!(opened.count(), 1, "{lines:?}");
    for send in waiting {
        let sent = send.await.expect("task ends without a panic");
        assert_eq!(sent, Ok(()), "sends that wait are not cut off");
    }
    assert_eq!(
        test.send(Ok(())).await,
        failed_at_once,
        "their late responses do not close the breaker"
    );
    test.set_latency(0);
    test.advance_clock(10_000);
    assert_eq!(test.send(Ok(())).await, (Ok(()), true));
    assert_eq!(test.send(Ok(())).await, (Ok(()), true));
}

#[tokio::test(start_paused = true)]
async fn slow_sends_leave_the_breaker_closed_while_few_users_wait() {
    let test = TestBreaker::new();
    test.set_latency(6);
    for _ in 0..3 {
        for send in test.begin_sends(WAITING_TO_OPEN - 1).await {
            assert_eq!(send.await.expect("task ends without a panic"), Ok(()));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn many_fast_sends_leave_the_breaker_closed() {
    let test = TestBreaker::new();
    test.set_latency(3);
    for _ in 0..3 {
        for send in test.begin_sends(LIMITS.max_sends).await {
            assert_eq!(send.await.expect("task ends without a panic"), Ok(()));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_the_limit_fail_at_once() {
    let test = TestBreaker::new();
    test.set_latency(3);
    let sends = test.begin_sends(LIMITS.max_sends).await;
    let failed_at_once = (Err(SendFailure::NotSent), false);
    assert_eq!(test.send(Ok(())).await, failed_at_once);
    let check = || {
        let breaker = Arc::clone(&test.breaker);
        async move { Case::new(SERVICE, SID).check_with(&*breaker).await }
    };
    let checks: Vec<_> = (0..LIMITS.max_checks)
        .map(|_| tokio::spawn(check()))
        .collect();
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(check().await, Err(CheckFailure::Unavailable));
    for send in sends {
        assert_eq!(send.await.expect("task ends without a panic"), Ok(()));
    }
    for check in checks {
        assert_eq!(
            check.await.expect("task ends without a panic"),
            Ok(Verdict::Wrong)
        );
    }
    assert_eq!(test.send(Ok(())).await, (Ok(()), true));
}
