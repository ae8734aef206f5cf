//! A provider that responds after 6 seconds, while hundreds of users wait.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use domain::Purpose;
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::wire::Request;
use crate::support::{ApiClient, Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![pages_are_served_while_hundreds_of_requests_wait_for_a_slow_provider];

/// Number of users who wait at the same time, in the small and the full size of the test. The full number exceeds the
/// concurrent requests that the server accepts from one source.
const WAITING: (usize, usize) = (120, 560);
const PAYER: &str = "198.51.100.7";
/// Number of payments without a code. One more would need a code.
const PAYMENTS_WITHOUT_A_CODE: usize = 4;
const LATENCY_MS: u64 = 6_000;
const LATENCY: Duration = Duration::from_millis(LATENCY_MS);
/// Maximum response time of a page during the test. The usual time is much shorter, but the machine also runs the test.
const SOON: Duration = Duration::from_secs(5);

/// Tests docs/security.md#lim-06, docs/security.md#prv-06.
async fn pages_are_served_while_hundreds_of_requests_wait_for_a_slow_provider(database: Database) {
    let mut app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .start()
        .await;
    let (_, payer) = app.sign_in_new_api_user().await;
    let users = AttackSize::from_environment().select(WAITING.0, WAITING.1);
    let browsers = browsers_before_the_send(&app, users).await;
    let fault = json!([
        {"on": "create", "kind": "delay", "delay_ms": LATENCY_MS, "times": users}
    ]);
    app.simulator.set_faults(fault).await;

    let mut sending = JoinSet::new();
    let began = Instant::now();
    for (number, browser) in browsers.into_iter().enumerate() {
        // Each user has an address, as the proxy in front of the server reports it.
        let source = format!("198.18.{}.{}", number / 256, number % 256);
        let request = browser
            .form_request(&call::request_code(Purpose::Registration))
            .with_header("X-Forwarded-For", &source);
        let node = app.address;
        sending.spawn(async move { request.send(node).await.status });
    }
    let mut times = Vec::new();
    let mut payments = 0;
    while began.elapsed() < LATENCY {
        let mut requests = vec![
            Request::get("/login"),
            Request::get("/healthz"),
            payer.request("GET", "/v1/me"),
        ];
        if payments < PAYMENTS_WITHOUT_A_CODE {
            payments += 1;
            requests.push(payment_below_the_threshold(&payer));
        }
        for request in requests {
            let request = request.with_header("X-Forwarded-For", PAYER);
            times.push(measure_response_time(&request, app.address).await);
        }
    }
    times.sort_unstable();
    let longest = *times.last().expect("probes were sent");
    let mut answered = 0;
    while let Some(status) = sending.join_next().await {
        answered += usize::from(status.expect("task ends without a panic") == 200);
    }
    print_attack_figures(
        &format!("{users} users wait for a provider that takes 6 s"),
        &format!(
            "{} probes answered, median {} ms, longest {} ms; {answered} of {users} users answered",
            times.len(),
            times[times.len() / 2].as_millis(),
            longest.as_millis(),
        ),
    );
    assert!(longest < SOON, "{longest:?}");
    // Sends that come after the circuit breaker has noticed the slow provider fail at once.
    assert!(answered > 0, "no user got a code");
    app.process
        .wait_for_output("the phone provider is slow")
        .await;
}

/// Returns browsers that have entered all details of a registration and have not requested a code.
pub(super) async fn browsers_before_the_send(app: &TestApp, count: usize) -> Vec<Browser> {
    const AT_ONCE: usize = 8;
    let mut browsers = Vec::new();
    let mut preparing = JoinSet::new();
    for _ in 0..count {
        if preparing.len() == AT_ONCE {
            browsers.extend(preparing.join_next().await);
        }
        let mut browser = app.new_browser();
        preparing.spawn(async move {
            let user = User::with_unique_details();
            browser.begin_registration(&user).await;
            browser
        });
    }
    browsers.extend(preparing.join_all().await.into_iter().map(Ok));
    let browsers: Result<Vec<_>, _> = browsers.into_iter().collect();
    browsers.expect("registrations begin in time")
}

fn payment_below_the_threshold(payer: &ApiClient) -> Request {
    let payment = ApiClient::payment_body(&json!("5.00"));
    payer
        .request("POST", crate::support::INITIATE_PATH)
        .with_body("application/json", payment.to_string())
}

/// Sends the request, which must succeed, and returns how long the answer takes.
async fn measure_response_time(request: &Request, node: SocketAddr) -> Duration {
    let began = Instant::now();
    let answer = request.send(node).await;
    assert!(
        matches!(answer.status, 200 | 201),
        "{}: {} {}",
        request.path,
        answer.status,
        answer.text()
    );
    began.elapsed()
}
