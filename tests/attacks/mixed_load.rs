//! A day of mixed load with faults of provider, mail server and database. The clock is simulated.
//!
//! A round covers 5 minutes at full size and an hour in each run of the tests. In each round, users register, sign in,
//! pay, mistype codes and forget passwords while an attacker guesses. Every hour, without faults, a new user does all
//! of it and nothing may fail.

use std::sync::Arc;

use domain::{Purpose, Step};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::payment::{AMOUNT_ABOVE_THRESHOLD, COUNT_EXECUTED, COUNT_UNAUDITED_FAILURES};
use crate::support::wire::Request;
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, wrong_code};

on_both_databases![day_of_mixed_load_with_faults_loses_nothing_and_memory_stays_flat];

const MINUTES_OF_A_DAY: u64 = 24 * 60;
/// Rounds of the day before memory is compared with the end of the day, as a divisor: a quarter.
const WARM_UP: usize = 4;
/// Sign-ins of existing users in a round.
const RETURNING: usize = 3;

/// Payments in the ledger that are not completed, and completed ones that are not in the ledger.
const WRONG_EXECUTIONS: &str = "SELECT (SELECT COUNT(*) - COUNT(DISTINCT payment_id) FROM ledger_entries) + \
     (SELECT COUNT(*) FROM ledger_entries WHERE payment_id NOT IN \
     (SELECT id FROM payments WHERE status = 'completed')) + \
     (SELECT COUNT(*) FROM payments WHERE status = 'completed' AND id NOT IN \
     (SELECT payment_id FROM ledger_entries))";

/// What users got acknowledged, over all rounds.
#[derive(Clone, Copy, Debug, Default)]
struct Acknowledged {
    registrations: i64,
    sign_ins: i64,
    payments: i64,
    /// Requests that answered 503 or 429.
    unavailable: i64,
}

impl Acknowledged {
    fn add(&mut self, other: Self) {
        self.registrations += other.registrations;
        self.sign_ins += other.sign_ins;
        self.payments += other.payments;
        self.unavailable += other.unavailable;
    }
}

/// A user at an address of their own, who gives up at the first refusal.
struct Visitor {
    user: User,
    browser: Browser,
    acknowledged: Acknowledged,
}

impl Visitor {
    fn new(app: &TestApp, user: User) -> Self {
        // Each user has another network, so that the limits of a network refuse no one.
        let ending: u32 = user.phone[user.phone.len() - 4..].parse().expect("digits");
        let address = format!("45.{}.{}.7", ending / 250, ending % 250);
        let browser = app.new_browser().at_address(&address);
        Self {
            user,
            browser,
            acknowledged: Acknowledged::default(),
        }
    }

    /// Returns the next step, or `None` if the call was refused. Only 503 and 429 may replace an answer.
    async fn call(&mut self, call: &call::FormPost) -> Option<Step> {
        let reply = self.browser.submit_form(call).await;
        match reply.response.status {
            200 if reply.is_refused() => None,
            200 => Some(reply.expect_step()),
            503 | 429 => {
                self.acknowledged.unavailable += 1;
                None
            }
            other => panic!("{}: {other}: {}", call.path, reply.response.text()),
        }
    }

    /// Makes a call that sends a code by SMS, and reads the code. `None` if none was sent.
    async fn code_of(&mut self, app: &TestApp, call: &call::FormPost) -> Option<String> {
        let mut phone = app.simulator.phone_with_number(&self.user.phone);
        phone.skip_received_messages().await;
        let step = self.call(call).await?;
        if !matches!(step, Step::EnterCode(_)) {
            return None;
        }
        phone.next_code_within_a_second().await
    }

    async fn register(&mut self, app: &TestApp) -> Option<()> {
        self.call(&call::submit_registration_details(&self.user, ""))
            .await?;
        let credentials =
            call::submit_registration_credentials(&self.user.password, &self.user.phone);
        self.call(&credentials).await?;
        let code = self
            .code_of(app, &call::request_code(Purpose::Registration))
            .await?;
        let step = self
            .call(&call::submit_code(Purpose::Registration, &code))
            .await?;
        self.acknowledged.registrations += i64::from(step == Step::Registered);
        Some(())
    }

    /// Signs in. `mistyped` enters a wrong code first.
    async fn sign_in(&mut self, app: &TestApp, mistyped: bool) -> Option<()> {
        let (username, password) = (self.user.username.clone(), self.user.password.clone());
        self.call(&call::submit_password(&username, &password, ""))
            .await?;
        let code = self.code_of(app, &call::choose_method("sms")).await?;
        if mistyped {
            let wrong = call::submit_code(Purpose::SignIn, &wrong_code(&code));
            assert_eq!(self.call(&wrong).await, None, "a wrong code was accepted");
        }
        let step = self
            .call(&call::submit_code(Purpose::SignIn, &code))
            .await?;
        self.acknowledged.sign_ins += i64::from(step == Step::Dashboard);
        Some(())
    }

    async fn pay(&mut self, app: &TestApp) -> Option<()> {
        let form = self.browser.load_page("/payments/new").await;
        if form.status != 200 {
            assert!(matches!(form.status, 303 | 503), "{}", form.text());
            return None;
        }
        let key = crate::support::page::hidden_input_values(&form.text(), "key").pop()?;
        let payment = call::Payment {
            key,
            ..call::Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD)
        };
        self.call(&call::submit_payment(&payment)).await?;
        let code = self
            .code_of(app, &call::choose_method_for(Purpose::Payment, "sms"))
            .await?;
        let step = self
            .call(&call::submit_code(Purpose::Payment, &code))
            .await?;
        self.acknowledged.payments += i64::from(matches!(step, Step::Payment { .. }));
        Some(())
    }
}

/// Returns the faults of a round. Over all rounds, every kind of fault meets every operation.
fn faults_of_round(round: usize) -> Value {
    const KINDS: [&str; 13] = [
        "drop_before",
        "drop_after",
        "delay",
        "status",
        "bad_json",
        "html",
        "wrong_content_type",
        "huge_body",
        "wrong_sid",
        "wrong_to",
        "unknown_status",
        "null_fields",
        "approve_lie",
    ];
    const OPERATIONS: [&str; 4] = ["create", "check", "message", "update"];
    const MAIL_KINDS: [&str; 3] = ["drop_before", "drop_after", "status"];
    let mut faults: Vec<Value> = OPERATIONS
        .iter()
        .enumerate()
        // Half of the operations at a time, so that some visits reach their end.
        .filter(|(place, _)| (round >> place).is_multiple_of(2))
        .map(|(place, on)| {
            let kind = KINDS[(round + place * 3) % KINDS.len()];
            match kind {
                "delay" => json!({ "on": on, "kind": kind, "delay_ms": 300 }),
                "status" => {
                    let status = [429, 500, 503, 404][round % 4];
                    json!({ "on": on, "kind": kind, "status": status, "code": 20_500, "message": "fault" })
                }
                _ => json!({ "on": on, "kind": kind }),
            }
        })
        .collect();
    let kind = MAIL_KINDS[round % MAIL_KINDS.len()];
    faults.push(match kind {
        "status" => json!({ "on": "mail", "kind": kind, "status": 451 }),
        _ => json!({ "on": "mail", "kind": kind }),
    });
    Value::Array(faults)
}

/// Guesses passwords and codes, sends malformed requests, and disconnects in the middle of requests.
async fn attack_during_round(app: Arc<TestApp>, victim: User, round: usize) {
    let browser = app
        .new_browser()
        .at_address(&format!("46.0.{}.1", round % 250));
    for guess in 0..3 {
        let guess = call::submit_password(&victim.username, &format!("guess {round} {guess}"), "");
        let response = browser.form_request(&guess).send(app.address).await;
        assert!(
            matches!(response.status, 200 | 429 | 503),
            "{}",
            response.text()
        );
    }
    let login = json!({ "identifier": victim.username, "password": null }).to_string();
    for (path, body) in [
        ("/v1/login", login.as_str()),
        ("/v1/login", "{"),
        ("/v1/verify/check", "[]"),
    ] {
        let request = Request::new("POST", path).with_body("application/json", body.to_owned());
        let response = request.send(app.address).await;
        assert!(
            matches!(response.status, 400..=499 | 503),
            "{path}: {}",
            response.text()
        );
    }
    let request = browser.form_request(&call::submit_password(&victim.username, "x", ""));
    let bytes = request.to_bytes(app.address);
    for part in [bytes.len() / 2, bytes.len()] {
        let mut stream = TcpStream::connect(app.address)
            .await
            .expect("the server accepts");
        stream
            .write_all(&bytes[..part])
            .await
            .expect("the server reads");
    }
}

/// Closes all connections of the app to PostgreSQL, or locks the SQLite file for the time of a page.
async fn disturb_database(app: Arc<TestApp>, database: Database) {
    match database {
        Database::Postgres => {
            app.execute_sql(
                "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .await;
        }
        Database::Sqlite => {
            let held = app.execute_and_keep_connection("BEGIN IMMEDIATE").await;
            let page = app.new_browser().load_page("/login").await;
            assert!(matches!(page.status, 200 | 503), "{}", page.text());
            drop(held);
        }
    }
}

/// The day so far.
struct Day {
    app: Arc<TestApp>,
    database: Database,
    users: Vec<User>,
    acknowledged: Acknowledged,
    /// Memory of the server after each hour in KiB.
    memory: Vec<u64>,
}

impl Day {
    /// Runs the visits of a round at the same time.
    async fn run_round(&mut self, round: usize) {
        self.app.simulator.set_faults(faults_of_round(round)).await;
        let mut visits = JoinSet::new();
        let app = &self.app;
        let mut new_user = Visitor::new(app, User::with_unique_details());
        let shared = Arc::clone(app);
        visits.spawn(async move {
            let _ = new_user.register(&shared).await;
            new_user
        });
        for place in 0..RETURNING {
            let user = &self.users[(round * RETURNING + place) % self.users.len()];
            let mut visitor = Visitor::new(app, user.clone());
            let shared = Arc::clone(app);
            visits.spawn(async move {
                if visitor.sign_in(&shared, place == 0).await.is_some() {
                    let _ = visitor.pay(&shared).await;
                }
                visitor
            });
        }
        let mut forgetful = Visitor::new(app, self.users[round % self.users.len()].clone());
        visits.spawn(async move {
            let forgot = call::request_password_reset(&forgetful.user.email, "");
            let _ = forgetful.call(&forgot).await;
            forgetful
        });
        let victim = self.users[(round / 2) % self.users.len()].clone();
        attack_during_round(Arc::clone(app), victim, round).await;
        if round.is_multiple_of(3) {
            disturb_database(Arc::clone(app), self.database).await;
        }
        while let Some(visit) = visits.join_next().await {
            let visitor = visit.expect("no wrong answer");
            self.acknowledged.add(visitor.acknowledged);
            if visitor.acknowledged.registrations > 0 {
                self.users.push(visitor.user);
            }
        }
        self.app.simulator.clear_faults().await;
    }

    /// Without faults, a new user registers, signs in and pays. All that was acknowledged is there, once.
    async fn check_hour(&mut self) {
        let mut visitor = Visitor::new(&self.app, User::with_unique_details());
        visitor.register(&self.app).await.expect("a registration");
        visitor.sign_in(&self.app, false).await.expect("a sign-in");
        visitor.pay(&self.app).await.expect("a payment");
        self.acknowledged.add(visitor.acknowledged);
        self.users.push(visitor.user);
        let probe = self.app.open_database().await;
        assert_eq!(probe.read_number(WRONG_EXECUTIONS).await, 0);
        assert_eq!(probe.read_number(COUNT_UNAUDITED_FAILURES).await, 0);
        assert!(probe.read_number(COUNT_EXECUTED).await >= self.acknowledged.payments);
        assert!(probe.count_accounts().await >= self.acknowledged.registrations);
        assert!(probe.is_consistent().await);
        let ready = Request::get("/readyz").send(self.app.address).await;
        assert_eq!(ready.status, 200, "{}", ready.text());
        self.memory.push(self.app.process.current_memory_kib());
    }
}

/// docs/security.md#dur-01, docs/security.md#prv-03, docs/security.md#lim-04
async fn day_of_mixed_load_with_faults_loses_nothing_and_memory_stays_flat(database: Database) {
    let rounds: u64 = AttackSize::from_environment().select(24, 288);
    let minutes = MINUTES_OF_A_DAY / rounds;
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_DAY", "10")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_ACCOUNT_PER_DAY", "15")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_SOURCE_PER_HOUR", "10")
        .with_setting("SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR", "10")
        .start()
        .await;
    let mut day = Day {
        app: Arc::new(app),
        database,
        users: Vec::new(),
        acknowledged: Acknowledged::default(),
        memory: Vec::new(),
    };
    day.check_hour().await;
    for round in 0..rounds {
        day.run_round(usize::try_from(round).expect("few")).await;
        day.app.simulator.advance_clock(minutes * 60).await;
        if ((round + 1) * minutes).is_multiple_of(60) {
            day.check_hour().await;
        }
    }
    let log = day.app.process.output();
    assert!(!log.contains("panicked"), "{log}");
    let hours = i64::try_from(day.memory.len()).expect("few");
    let acknowledged = day.acknowledged;
    assert!(acknowledged.registrations > hours, "{acknowledged:?}");
    assert!(acknowledged.payments > hours, "{acknowledged:?}");
    let early = day.memory[day.memory.len() / WARM_UP];
    let last = *day.memory.last().expect("hours");
    assert!(
        last < early + early / 10 + 8 * 1024,
        "memory grows, KiB after each hour: {:?}",
        day.memory
    );
    print_attack_figures(
        "24 h of mixed load with faults",
        &format!(
            "{acknowledged:?}; 0 lost, 0 executed twice; {early} KiB after 6 h, {last} KiB after 24 h"
        ),
    );
}
