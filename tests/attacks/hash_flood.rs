//! Floods of requests that each compute a password hash.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use domain::{Problem, Step};
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::wire::{Request, Response, send_at_once};
use crate::support::{
    ApiClient, Browser, Database, Process, TestApp, User, call, on_both_databases,
};

on_both_databases![
    flood_of_one_registration_computes_at_most_five_hashes,
    flood_of_wrong_passwords_does_not_refuse_another_source,
    flood_from_one_ipv6_site_does_not_refuse_another_source,
    simultaneous_credentials_of_one_flow_compute_one_hash,
    registration_accepts_five_submissions_of_the_password_form,
];

/// The attacker has one address, as the proxy in front of the server reports it.
const ATTACKER: &str = "203.0.113.66";
const USER: &str = "198.51.100.7";
const READER: &str = "198.51.100.8";

/// Starts an app with the hash parameters of production. The app logs each hash.
pub(super) async fn start_app_with_production_hash_cost(database: Database) -> TestApp {
    start_app_with_hash_cost(database, "19456", "2").await
}

async fn start_app_with_hash_cost(
    database: Database,
    memory_kib: &str,
    iterations: &str,
) -> TestApp {
    TestApp::builder(database)
        .with_setting("SALLYPORT_ARGON2_MEMORY_KIB", memory_kib)
        .with_setting("SALLYPORT_ARGON2_ITERATIONS", iterations)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .with_setting("SALLYPORT_LOG", "warn,sallyport::hashing=debug")
        .start()
        .await
}

/// Counts the password hashes in the log.
pub(super) fn count_logged_hashes(process: &Process) -> usize {
    let log = process.output();
    log.matches("computing a password hash").count()
}

/// Requests that run on many connections until the flood is dropped.
struct Flood {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU32>,
    connections: JoinSet<()>,
}

impl Flood {
    /// Starts the connections. Each sends the requests of `next` one after the other.
    fn start(
        app: &TestApp,
        connections: u32,
        next: impl Fn(u32) -> Request + Clone + Send + 'static,
    ) -> Self {
        let mut flood = Self {
            stop: Arc::default(),
            answered: Arc::default(),
            connections: JoinSet::new(),
        };
        for connection in 0..connections {
            let (stop, answered) = (Arc::clone(&flood.stop), Arc::clone(&flood.answered));
            let (address, next) = (app.address, next.clone());
            flood.connections.spawn(async move {
                for number in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let request = next(number * connections + connection);
                    request.send(address).await;
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        flood
    }

    /// Stops the connections. Returns the number of answers.
    async fn stop(mut self) -> u32 {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.connections.join_next().await {
            ended.expect("task ends without a panic");
        }
        self.answered.load(Ordering::Relaxed)
    }
}

/// Response times of another source during a flood.
struct ResponseTimes {
    sign_ins: Vec<Duration>,
    pages: Vec<Duration>,
}

impl ResponseTimes {
    /// Signs in and loads a page, again and again. Each sign-in must be accepted.
    async fn measure(app: &TestApp, user: &User, time: Duration) -> Self {
        let began = Instant::now();
        let mut seen = Self {
            sign_ins: Vec::new(),
            pages: Vec::new(),
        };
        while began.elapsed() < time {
            let browser = app.new_browser();
            let sign_in =
                browser.form_request(&call::submit_password(&user.username, &user.password, ""));
            let (took, answer) =
                send_and_measure(app, sign_in.with_header("X-Forwarded-For", USER)).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert!(answer.text().contains("choose_method"), "{}", answer.text());
            seen.sign_ins.push(took);
            for _ in 0..4 {
                let page = browser.page_request("GET", "/login");
                let (took, answer) =
                    send_and_measure(app, page.with_header("X-Forwarded-For", READER)).await;
                assert_eq!(answer.status, 200);
                seen.pages.push(took);
            }
        }
        seen.sign_ins.sort_unstable();
        seen.pages.sort_unstable();
        seen
    }

    fn median_sign_in(&self) -> Duration {
        self.sign_ins[self.sign_ins.len() / 2]
    }

    /// Returns the duration that 99 % of the pages did not exceed.
    fn page_time_percentile_99(&self) -> Duration {
        self.pages[self.pages.len() * 99 / 100]
    }

    /// Asserts that sign-ins took less than a second in the median, and pages less than 100 ms. In the small size other
    /// tests run at the same time, and the durations depend on their load.
    fn assert_fast(&self, size: AttackSize) {
        if size == AttackSize::Full {
            assert!(self.median_sign_in() < Duration::from_secs(1));
            assert!(self.page_time_percentile_99() < Duration::from_millis(100));
        }
    }

    fn format_figures(&self) -> String {
        let median = self.median_sign_in().as_millis();
        format!(
            "{} sign-ins of another source, median {median} ms, slowest {} ms, 0 refused; pages p99 {} ms",
            self.sign_ins.len(),
            self.sign_ins.last().map_or(0, Duration::as_millis),
            self.page_time_percentile_99().as_millis(),
        )
    }
}

/// Sends a request. Returns its duration and the response.
async fn send_and_measure(app: &TestApp, request: Request) -> (Duration, Response) {
    let began = Instant::now();
    let answer = request.send(app.address).await;
    (began.elapsed(), answer)
}

/// Opens a registration in a browser of the attacker.
async fn open_registration(app: &TestApp) -> (Browser, User) {
    let attacker = User::with_unique_details();
    let mut browser = app.new_browser();
    browser
        .submit_registration_details(&attacker)
        .await
        .expect_step();
    (browser, attacker)
}

/// Tests docs/security.md#lim-04.
async fn flood_of_one_registration_computes_at_most_five_hashes(database: Database) {
    let size = AttackSize::from_environment();
    let app = start_app_with_production_hash_cost(database).await;
    let user = app.register_user().await;
    for connections in size.select(vec![60], vec![150, 700]) {
        let (browser, attacker) = open_registration(&app).await;
        let before = count_logged_hashes(&app.process);
        let flood = Flood::start(&app, connections, move |number| {
            let password = format!("another horse {number} staple");
            let credentials = call::submit_registration_credentials(&password, &attacker.phone);
            browser
                .form_request(&credentials)
                .with_header("X-Forwarded-For", ATTACKER)
        });
        let time = Duration::from_secs(size.select(4, 40));
        let seen = ResponseTimes::measure(&app, &user, time).await;
        let answered = flood.stop().await;
        let computed = count_logged_hashes(&app.process) - before - seen.sign_ins.len();
        print_attack_figures(
            "hash flood in one registration",
            &format!(
                "{connections} connections, {answered} answers, {computed} hashes; {}",
                seen.format_figures()
            ),
        );
        assert!((1..=5).contains(&computed), "{computed} hashes");
        seen.assert_fast(size);
    }
}

/// Tests docs/security.md#lim-04.
async fn flood_of_wrong_passwords_does_not_refuse_another_source(database: Database) {
    let size = AttackSize::from_environment();
    let app = start_app_with_production_hash_cost(database).await;
    let user = app.register_user().await;
    let browser = app.new_browser();
    let (_, signed_in) = app.sign_in_new_user().await;
    for connections in size.select(vec![60], vec![150, 700]) {
        let (browser, signed_in) = (browser.clone(), signed_in.clone());
        let api = app.new_api_client();
        let flood = Flood::start(&app, connections, move |number| {
            let name = format!("unknown{number}");
            // Each path that verifies or computes a hash, or whose response takes as long as that of a wrong password.
            let request = match number % 5 {
                0 => browser.form_request(&call::submit_password(&name, "wrong password", "")),
                1 => browser.form_request(&call::request_password_reset(&name, "")),
                2 => signed_in.form_request(&call::begin_step_up("wrong password")),
                3 => {
                    let login = json!({ "identifier": name, "password": "wrong" });
                    let request = api.request("POST", "/v1/login");
                    request.with_body("application/json", login.to_string())
                }
                _ => {
                    let registration = ApiClient::registration_body(&User::with_unique_details());
                    let request = api.request("POST", "/v1/register/start");
                    request.with_body("application/json", registration.to_string())
                }
            };
            request.with_header("X-Forwarded-For", ATTACKER)
        });
        let time = Duration::from_secs(size.select(4, 40));
        let seen = ResponseTimes::measure(&app, &user, time).await;
        let answered = flood.stop().await;
        print_attack_figures(
            "hash flood on every path",
            &format!(
                "{connections} connections, {answered} answers; {}",
                seen.format_figures()
            ),
        );
        seen.assert_fast(size);
    }
}

/// Tests docs/security.md#lim-04. Each request has another of the 65,536 sources in an IPv6 /48.
async fn flood_from_one_ipv6_site_does_not_refuse_another_source(database: Database) {
    let size = AttackSize::from_environment();
    let app = start_app_with_production_hash_cost(database).await;
    let user = app.register_user().await;
    let (browser, connections) = (app.new_browser(), size.select(100, 300));
    let flood = Flood::start(&app, connections, move |number| {
        let wrong = call::submit_password(&format!("unknown{number}"), "wrong password", "");
        let source = format!("2001:db8:1:{:x}::1", number % 0x1_0000);
        let request = browser.form_request(&wrong);
        request.with_header("X-Forwarded-For", &source)
    });
    let seen = ResponseTimes::measure(&app, &user, Duration::from_secs(size.select(4, 40))).await;
    let answered = flood.stop().await;
    print_attack_figures(
        "hash flood from one IPv6 /48",
        &format!(
            "{connections} connections, {answered} answers; {}",
            seen.format_figures()
        ),
    );
    seen.assert_fast(size);
}

/// Tests docs/security.md#lim-04.
async fn simultaneous_credentials_of_one_flow_compute_one_hash(database: Database) {
    // At this cost, all requests arrive before the first hash is computed.
    let app = start_app_with_hash_cost(database, "65536", "16").await;
    let (browser, attacker) = open_registration(&app).await;
    let request = browser.form_request(&call::submit_registration_credentials(
        &attacker.password,
        &attacker.phone,
    ));
    let answers = send_at_once(vec![(app.address, request); 20]).await;
    assert_eq!(count_logged_hashes(&app.process), 1);
    let accepted = |answer: &&Response| answer.text().contains("send_code");
    assert_eq!(answers.iter().filter(accepted).count(), 1);
}

/// Tests docs/security.md#lim-04.
async fn registration_accepts_five_submissions_of_the_password_form(database: Database) {
    let app = start_app_with_production_hash_cost(database).await;
    let (mut browser, mut attacker) = open_registration(&app).await;
    for number in 0..5 {
        attacker.password = format!("another horse {number} staple");
        let step = browser
            .submit_registration_credentials(&attacker)
            .await
            .expect_step();
        assert!(matches!(step, Step::SendCode { .. }));
    }
    let refused = browser.submit_registration_credentials(&attacker).await;
    assert_eq!(refused.expect_problem(), Problem::AttemptsUsedUp);
    assert_eq!(count_logged_hashes(&app.process), 5);
    // The registration continues with the last accepted password.
    let mut phone = app.simulator.phone_with_number(&attacker.phone);
    browser
        .send_code(domain::Purpose::Registration)
        .await
        .expect_step();
    let code = phone.next_code().await;
    let done = browser
        .enter_code(domain::Purpose::Registration, &code)
        .await;
    assert_eq!(done.expect_step(), Step::Registered);
    app.skip_resend_cooldown().await;
    app.new_browser().sign_in(&app, &attacker).await;
}
