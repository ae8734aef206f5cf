//! A day of mixed load with faults of provider, mail server, database and process. The clock is simulated.
//!
//! A round covers 5 minutes at full size and an hour in each run of the tests. In each round, users register, sign in,
//! pay, mistype codes and forget passwords while an attacker guesses. Every hour, without faults, a new user does all
//! of it and nothing may fail.

mod faults;
mod simulated_user;

use std::sync::Arc;

use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::database_faults::FILE_SIZE_LAUNCHER;
use crate::support::payment::{COUNT_EXECUTED, COUNT_PROCESSING, COUNT_UNAUDITED_FAILURES};
use crate::support::wire::Request;
use crate::support::{Database, TestApp, User, call, on_both_databases};
use faults::{ServerFault, provider_and_mail_faults_of_round, wait_until_ready};
use simulated_user::{Acknowledged, SimulatedUser};

on_both_databases![day_of_mixed_load_with_faults_loses_nothing_and_memory_stays_flat];

const MINUTES_OF_A_DAY: u64 = 24 * 60;
/// The process is killed only in these first hours. A restart would free the memory that later hours are compared with.
const SECS_WITH_KILLS: u64 = 3 * 3600;
/// Number of existing users who sign in during a round.
const RETURNING: usize = 3;

/// Payments in the ledger that are not completed, and completed ones that are not in the ledger.
const WRONG_EXECUTIONS: &str = "SELECT (SELECT COUNT(*) - COUNT(DISTINCT payment_id) FROM ledger_entries) + \
     (SELECT COUNT(*) FROM ledger_entries WHERE payment_id NOT IN \
     (SELECT id FROM payments WHERE status = 'completed')) + \
     (SELECT COUNT(*) FROM payments WHERE status = 'completed' AND id NOT IN \
     (SELECT payment_id FROM ledger_entries))";

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
            .expect("server accepts the connection");
        stream
            .write_all(&bytes[..part])
            .await
            .expect("server reads the request");
    }
}

/// State of the simulated day.
struct Day {
    app: Arc<TestApp>,
    database: Database,
    users: Vec<User>,
    acknowledged: Acknowledged,
    /// Simulated seconds since the start.
    elapsed_secs: u64,
    kills: u32,
    /// Memory of the server after each hour in KiB.
    memory: Vec<u64>,
}

impl Day {
    /// Runs the visits of a round at the same time.
    async fn run_round(&mut self, round: usize) {
        let faults = provider_and_mail_faults_of_round(round);
        self.app.simulator.set_faults(faults).await;
        let mut visits = self.start_visits(round);
        let victim = self.users[(round / 2) % self.users.len()].clone();
        attack_during_round(Arc::clone(&self.app), victim, round).await;
        let process_may_be_killed = self.elapsed_secs < SECS_WITH_KILLS;
        match ServerFault::select_for_round(self.database, round, process_may_be_killed) {
            Some(ServerFault::Database(fault)) => {
                fault.cause_and_wait_for_recovery(&self.app).await;
            }
            Some(ServerFault::ProcessKilled) => {
                // Ends the visits first, so that no visit fails because of the killed process.
                visits.abort_all();
                self.collect_visits(&mut visits).await;
                self.kill_and_restart().await;
            }
            None => {}
        }
        self.collect_visits(&mut visits).await;
        self.app.simulator.clear_faults().await;
    }

    /// Starts visits of one new user and several existing ones.
    fn start_visits(&self, round: usize) -> JoinSet<SimulatedUser> {
        let mut visits = JoinSet::new();
        let app = &self.app;
        let mut new_user = SimulatedUser::new(app, User::with_unique_details());
        let shared = Arc::clone(app);
        visits.spawn(async move {
            let _ = new_user.register(&shared).await;
            new_user
        });
        for place in 0..RETURNING {
            let user = &self.users[(round * RETURNING + place) % self.users.len()];
            let mut simulated_user = SimulatedUser::new(app, user.clone());
            let shared = Arc::clone(app);
            visits.spawn(async move {
                if simulated_user.sign_in(&shared, place == 0).await.is_some() {
                    let _ = simulated_user.pay(&shared).await;
                }
                simulated_user
            });
        }
        let mut resetting_user =
            SimulatedUser::new(app, self.users[round % self.users.len()].clone());
        visits.spawn(async move {
            let forgot = call::request_password_reset(&resetting_user.user.email, "");
            let _ = resetting_user.submit_form(&forgot).await;
            resetting_user
        });
        visits
    }

    /// Waits for the end of all visits, and adds up what the server acknowledged in those that were not cut off.
    async fn collect_visits(&mut self, visits: &mut JoinSet<SimulatedUser>) {
        while let Some(visit) = visits.join_next().await {
            let simulated_user = match visit {
                Ok(simulated_user) => simulated_user,
                Err(cut_off) if cut_off.is_cancelled() => continue,
                Err(error) => panic!("wrong answer: {error}"),
            };
            self.acknowledged.add(simulated_user.acknowledged);
            if simulated_user.acknowledged.registrations > 0 {
                self.users.push(simulated_user.user);
            }
        }
    }

    /// Deletes what the simulator has stored, such as each mail. It runs in the process of the server, so its memory is
    /// included in that of the server. This also resets its clock, so this function advances the clock again.
    async fn delete_simulator_state(&self) {
        self.app.simulator.delete_state().await;
        self.app.simulator.advance_clock(self.elapsed_secs).await;
    }

    /// Kills the process and starts it again. No visit may be running. The restart resets the clock of the simulator,
    /// which runs in the process, so this function advances it again.
    async fn kill_and_restart(&mut self) {
        let app = Arc::get_mut(&mut self.app).expect("no task shares the app");
        assert!(!app.process.output().contains("panicked"));
        app.process.kill().await;
        app.restart().await;
        app.simulator.advance_clock(self.elapsed_secs).await;
        wait_until_ready(&self.app).await;
        self.kills += 1;
    }

    async fn advance_clock(&mut self, secs: u64) {
        self.app.simulator.advance_clock(secs).await;
        self.elapsed_secs += secs;
    }

    /// Lets a new user register, sign in and pay, without faults. Then waits until interrupted payments are executed,
    /// and asserts that each acknowledged result is stored once.
    async fn check_hour(&mut self) {
        let mut simulated_user = SimulatedUser::new(&self.app, User::with_unique_details());
        simulated_user
            .register(&self.app)
            .await
            .expect("a registration");
        simulated_user
            .sign_in(&self.app, false)
            .await
            .expect("a sign-in");
        simulated_user.pay(&self.app).await.expect("a payment");
        self.acknowledged.add(simulated_user.acknowledged);
        self.users.push(simulated_user.user);
        let probe = self.app.open_database().await;
        probe.wait_for_number(COUNT_PROCESSING, 0).await;
        assert_eq!(probe.read_number(WRONG_EXECUTIONS).await, 0);
        assert_eq!(probe.read_number(COUNT_UNAUDITED_FAILURES).await, 0);
        let executed = probe.read_number(COUNT_EXECUTED).await;
        assert!(
            executed >= self.acknowledged.payments,
            "{executed} of {:?}",
            self.acknowledged
        );
        let accounts = probe.count_accounts().await;
        assert!(
            accounts >= self.acknowledged.registrations,
            "{accounts} of {:?}",
            self.acknowledged
        );
        assert!(probe.is_consistent().await);
        let ready = Request::get("/readyz").send(self.app.address).await;
        assert_eq!(ready.status, 200, "{}", ready.text());
        self.delete_simulator_state().await;
        self.memory.push(self.app.process.current_memory_kib());
    }
}

/// Tests docs/security.md#dur-01, docs/security.md#prv-03, docs/security.md#lim-04.
async fn day_of_mixed_load_with_faults_loses_nothing_and_memory_stays_flat(database: Database) {
    let rounds: u64 = AttackSize::from_environment().select(24, 288);
    let minutes = MINUTES_OF_A_DAY / rounds;
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_DAY", "10")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_ACCOUNT_PER_DAY", "15")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_SOURCE_PER_HOUR", "10")
        .with_setting("SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR", "10")
        .with_launcher(&FILE_SIZE_LAUNCHER)
        .start()
        .await;
    let mut day = Day {
        app: Arc::new(app),
        database,
        users: Vec::new(),
        acknowledged: Acknowledged::default(),
        elapsed_secs: 0,
        kills: 0,
        memory: Vec::new(),
    };
    day.check_hour().await;
    for round in 0..rounds {
        day.run_round(usize::try_from(round).expect("number fits the type"))
            .await;
        day.advance_clock(minutes * 60).await;
        if ((round + 1) * minutes).is_multiple_of(60) {
            day.check_hour().await;
        }
    }
    let log = day.app.process.output();
    assert!(!log.contains("panicked"), "{log}");
    assert!(day.kills > 0);
    let hours = i64::try_from(day.memory.len()).expect("number fits the type");
    let acknowledged = day.acknowledged;
    assert!(acknowledged.registrations > hours, "{acknowledged:?}");
    assert!(acknowledged.payments > hours, "{acknowledged:?}");
    let early = day.memory[day.memory.len() / 4];
    let last = *day.memory.last().expect("list is not empty");
    // The page caches of SQLite fill as its file grows, up to 2 MiB for each connection.
    assert!(
        last < early + early / 10,
        "memory grows, KiB after each hour: {:?}",
        day.memory
    );
    print_attack_figures(
        "24 h of mixed load with faults",
        &format!(
            "{acknowledged:?}; {} kills; 0 lost, 0 executed twice; {early} KiB after 6 h, {last} KiB after 24 h",
            day.kills
        ),
    );
}
