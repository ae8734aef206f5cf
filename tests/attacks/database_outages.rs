//! Temporary failures of the database: full or failing disk, read-only, restart. Requests are answered with 503, never
//! 500, and the server recovers by itself.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::database_faults::{
    END_CONNECTIONS, FILE_SIZE_LAUNCHER, PERMIT_WRITES, REFUSE_WRITES, limit_file_size,
};
use crate::support::metrics::Metrics;
use crate::support::wire::{Request, Response};
use crate::support::{Browser, Database, Postgres, TestApp, User, call, on_both_databases};

on_both_databases![read_only_database_is_read_and_writes_answer_503];

/// Maximum time from the end of a failure until writes work again. The usual time is a second, but other tests keep the
/// machine busy.
pub(super) const RECOVERY: Duration = Duration::from_secs(15);

/// A server whose database fails, with a signed-in browser.
pub(super) struct AppWithFailingDatabase {
    pub(super) app: TestApp,
    ann: User,
    browser: Browser,
}

impl AppWithFailingDatabase {
    pub(super) async fn start(app: TestApp) -> Self {
        // The database may be out of reach of this process, so it cannot count the address as verified.
        let ann = app.register_user_with_unverified_email().await;
        let mut browser = app.new_browser();
        browser.sign_in(&app, &ann).await;
        app.skip_resend_cooldown().await;
        Self { app, ann, browser }
    }

    /// Sends one request of each kind that writes: a server function, the JSON API, a page, the readiness check.
    async fn send_writes(&self) -> Vec<(&'static str, Response)> {
        let address = self.app.address;
        let password = call::submit_password(&self.ann.username, "a wrong password", "");
        let login = json!({ "identifier": self.ann.username, "password": "a wrong password" });
        let login = login.to_string();
        let api = Request::new("POST", "/v1/login").with_body("application/json", login);
        vec![
            (
                "server function",
                self.app
                    .new_browser()
                    .form_request(&password)
                    .send(address)
                    .await,
            ),
            ("JSON API", api.send(address).await),
            (
                "page form",
                self.browser
                    .form_request(&call::choose_language("de", "/profile"))
                    .send(address)
                    .await,
            ),
            ("readiness", Request::get("/readyz").send(address).await),
        ]
    }

    /// Asserts that every write is answered with 503 and `Retry-After`. Repeats the writes until each pooled connection
    /// has failed.
    pub(super) async fn expect_outage(&self) {
        // The readiness check keeps its result for a second.
        let noticed = async {
            while Request::get("/readyz").send(self.app.address).await.status != 503 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(RECOVERY, noticed)
            .await
            .expect("the readiness check notices the outage");
        for round in 0..AttackSize::from_environment().select(10, 100) {
            for (kind, response) in self.send_writes().await {
                // The form writes nothing if the account has the chosen language already.
                if kind == "page form" && response.status == 303 {
                    continue;
                }
                assert_eq!(response.status, 503, "{round} {kind}: {}", response.text());
                assert!(response.header("retry-after").is_some(), "{kind}");
            }
        }
    }

    pub(super) async fn expect_reads(&mut self) {
        for path in ["/profile", "/dashboard", "/profile/sessions"] {
            let page = self.browser.load_page(path).await;
            assert_eq!(page.status, 200, "{path}: {}", page.text());
        }
        let health = Request::get("/healthz").send(self.app.address).await;
        assert_eq!(health.status, 200);
    }

    /// Waits until every write works, and returns how long that took. Asserts that later requests work too.
    pub(super) async fn expect_recovery(&self, within: Duration) -> Duration {
        let since = Instant::now();
        loop {
            let writes = self.send_writes().await;
            let failed: Vec<_> = writes.iter().filter(|(_, it)| it.status >= 500).collect();
            if failed.is_empty() {
                break;
            }
            for (kind, response) in failed {
                assert_eq!(response.status, 503, "{kind}: {}", response.text());
            }
            assert!(
                since.elapsed() < within,
                "the server did not recover in time"
            );
        }
        let took = since.elapsed();
        for _ in 0..10 {
            for path in ["/readyz", "/login"] {
                let response = Request::get(path).send(self.app.address).await;
                assert_eq!(response.status, 200, "{path}: {}", response.text());
            }
            self.app
                .new_browser()
                .submit_registration_details(&User::with_unique_details())
                .await
                .expect_step();
        }
        took
    }
}

/// Launcher command that gives the server a small file system in a separate mount namespace. The file system ends with
/// the server.
const SMALL_DISK: [&str; 6] = [
    "unshare",
    "--mount",
    "sh",
    "-c",
    "dir=$1; shift; mount -t tmpfs -o size=8m,mode=0700 tmpfs \"$dir\" && cd \"$dir\" && exec \"$@\"",
    "sh",
];

/// Fills the file system of the database. Dropping it frees the space.
struct Filler(PathBuf);

impl Filler {
    fn fill_disk(directory: &Path) -> Self {
        let path = directory.join("filler");
        let mut file = File::create(&path).expect("file is created");
        for size in [1 << 20, 4096] {
            let chunk = vec![0_u8; size];
            while file.write_all(&chunk).is_ok() {}
        }
        Self(path)
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Tests docs/security.md#dur-04.
///
/// Needs the right to mount file systems. Without it, the test of a limited file size covers the same code.
#[tokio::test(flavor = "multi_thread")]
async fn full_disk_answers_503_and_writes_work_once_space_is_free() {
    let may_mount = Command::new("unshare").args(["--mount", "true"]).status();
    if !may_mount.is_ok_and(|status| status.success()) {
        return;
    }
    // A server reuses the space of its write-ahead log, so later outages of the same server begin late.
    for _ in 0..AttackSize::from_environment().select(1, 10) {
        fill_the_disk_twice().await;
    }
}

/// Fills the disk of a new server two times. Expects refusals meanwhile, and successful writes once space is free.
async fn fill_the_disk_twice() {
    let app = TestApp::builder(Database::Sqlite)
        .with_launcher(&[&SMALL_DISK[..], &["{data}"]].concat())
        .start()
        .await;
    let data = app.data.path().to_owned();
    let mut failing = AppWithFailingDatabase::start(app).await;
    let inside = PathBuf::from(format!("/proc/{}/root", failing.app.process.id()));
    let inside = inside.join(data.strip_prefix("/").expect("path is absolute"));
    for _ in 0..2 {
        let filler = Filler::fill_disk(&inside);
        failing.expect_outage().await;
        failing.expect_reads().await;
        drop(filler);
        let took = failing.expect_recovery(RECOVERY).await;
        print_attack_figures(
            "full disk",
            &format!("503 while full; writes work after {took:?}"),
        );
    }
    // A background task finds the cause of an outage and logs it.
    for logged in ["the disk of the database is full", "not ready"] {
        failing.app.process.wait_for_output(logged).await;
    }
}

/// Tests docs/security.md#dur-04. A write beyond the limit fails with EFBIG, which SQLite reports as an I/O error.
#[tokio::test(flavor = "multi_thread")]
async fn input_output_errors_answer_503_and_writes_work_afterwards() {
    let app = TestApp::builder(Database::Sqlite)
        .with_launcher(&FILE_SIZE_LAUNCHER)
        .start()
        .await;
    let mut failing = AppWithFailingDatabase::start(app).await;
    limit_file_size(&failing.app, "4096");
    failing.expect_outage().await;
    limit_file_size(&failing.app, "unlimited");
    let took = failing.expect_recovery(RECOVERY).await;
    failing.expect_reads().await;
    print_attack_figures(
        "I/O errors",
        &format!("503 while failing; writes work after {took:?}"),
    );
    let logged = "the disk of the database reports errors";
    failing.app.process.wait_for_output(logged).await;
}

/// Tests docs/security.md#dur-04 and docs/security.md#clu-06. A read-only database behaves like a PostgreSQL standby.
async fn read_only_database_is_read_and_writes_answer_503(database: Database) {
    let app = TestApp::builder(database)
        .with_separate_simulator()
        .start()
        .await;
    let mut failing = AppWithFailingDatabase::start(app).await;
    match database {
        Database::Sqlite => {
            failing.app.process.kill().await;
            let url = format!("{}?mode=ro", failing.app.database_url);
            failing.app.change_setting("DATABASE_URL", &url);
            failing.app.restart().await;
            failing.browser.address = failing.app.address;
        }
        Database::Postgres => {
            failing.app.execute_sql(REFUSE_WRITES).await;
            failing.app.execute_sql(END_CONNECTIONS).await;
        }
    }
    failing.expect_outage().await;
    failing.expect_reads().await;
    let logged = "the database is read-only";
    failing.app.process.wait_for_output(logged).await;
    match database {
        Database::Sqlite => {
            failing.app.process.kill().await;
            let url = failing.app.database_url.clone();
            failing.app.change_setting("DATABASE_URL", &url);
            failing.app.restart().await;
        }
        Database::Postgres => {
            failing.app.execute_sql(PERMIT_WRITES).await;
            failing.app.execute_sql(END_CONNECTIONS).await;
        }
    }
    failing.expect_recovery(RECOVERY).await;
}

/// Tests docs/security.md#clu-06.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_during_a_postgresql_restart_answer_503_and_never_500() {
    let mut server = Postgres::start().await;
    let url = server.create_database().await;
    let app = TestApp::builder(Database::Postgres)
        .with_database(&url)
        .start()
        .await;
    let failing = Arc::new(AppWithFailingDatabase::start(app).await);
    for (mode, signal) in [("fast", "INT"), ("immediate", "QUIT")] {
        let stop = Arc::new(AtomicBool::new(false));
        let clients: Vec<_> = (0..8)
            .map(|_| tokio::spawn(send_until(Arc::clone(&failing), Arc::clone(&stop))))
            .collect();
        for _ in 0..AttackSize::from_environment().select(3, 20) {
            server.restart_by_signal(signal).await;
            failing.expect_recovery(Duration::from_secs(30)).await;
        }
        stop.store(true, Ordering::Relaxed);
        let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
        for client in clients {
            for (status, count) in client.await.expect("client gets no unexpected status") {
                *statuses.entry(status).or_default() += count;
            }
        }
        assert!(statuses.contains_key(&503), "{statuses:?}");
        print_attack_figures(
            &format!("PostgreSQL restarted, {mode}"),
            &format!("answers by status: {statuses:?}"),
        );
    }
}

/// Tests docs/security.md#clu-06. The connection pool retries refused connections and does not return the cause.
#[tokio::test(flavor = "multi_thread")]
async fn request_during_an_outage_of_postgresql_logs_why_the_database_is_unreachable() {
    let mut server = Postgres::start().await;
    let url = server.create_database().await;
    let app = TestApp::builder(Database::Postgres)
        .with_database(&url)
        .with_setting("SALLYPORT_METRICS_ADDRESS", "127.0.0.1:0");
    let mut failing = AppWithFailingDatabase::start(app.start().await).await;
    let process = &mut failing.app.process;
    let listening = "Metrics server is listening on http://";
    let metrics = process.wait_for_output(listening).await;
    let metrics = metrics.parse().expect("server logs its address");
    server.stop_and_refuse_connections().await;
    assert_eq!(failing.browser.load_page("/profile").await.status, 503);
    let logged = "no database connection was available in time: PostgreSQL server";
    let cause = failing.app.process.wait_for_output(logged).await;
    assert!(cause.contains("no server listens there"), "{cause}");
    let counted = [("reason", "unreachable")];
    let name = "sallyport_database_transaction_failures_total";
    assert!(Metrics::read(metrics).await.sum(name, &counted) > 0);
}

/// Sends requests of every kind until `stop` is set. Returns the number of responses with each status.
async fn send_until(
    failing: Arc<AppWithFailingDatabase>,
    stop: Arc<AtomicBool>,
) -> BTreeMap<u16, usize> {
    let mut statuses = BTreeMap::new();
    let mut browser = failing.browser.clone();
    while !stop.load(Ordering::Relaxed) {
        let mut answers = failing.send_writes().await;
        for path in ["/profile", "/dashboard", "/profile/recovery-codes"] {
            answers.push((path, browser.load_page(path).await));
        }
        for (kind, response) in answers {
            let right: &[u16] = match kind {
                // The password is wrong, so the response is 401, or 429 after many wrong passwords.
                "JSON API" => &[401, 429, 503],
                "page form" => &[303, 503],
                "server function" => &[200, 429, 503],
                _ => &[200, 503],
            };
            let status = response.status;
            assert!(
                right.contains(&status),
                "{kind}: {status} {}",
                response.text()
            );
            if status == 503 {
                assert!(response.header("retry-after").is_some(), "{kind}");
            }
            *statuses.entry(status).or_default() += 1;
        }
    }
    statuses
}

/// Tests docs/security.md#dur-04. Attackers cannot cause many disk writes with readiness checks.
#[tokio::test(flavor = "multi_thread")]
async fn many_readiness_checks_cause_one_write_a_second() {
    let app = TestApp::builder(Database::Sqlite)
        .with_separate_simulator()
        .start()
        .await;
    app.execute_sql(
        "CREATE TABLE readiness_writes (n BIGINT); \
         CREATE TRIGGER count_writes AFTER UPDATE ON readiness \
         BEGIN INSERT INTO readiness_writes VALUES (1); END",
    )
    .await;
    let since = Instant::now();
    for _ in 0..AttackSize::from_environment().select(300, 10_000) {
        let response = Request::get("/readyz").send(app.address).await;
        assert_eq!(response.status, 200, "{}", response.text());
    }
    let seconds = i64::try_from(since.elapsed().as_secs()).expect("number fits the type");
    let writes = app
        .open_database()
        .await
        .read_number("SELECT COUNT(*) FROM readiness_writes")
        .await;
    assert!(writes <= seconds + 1, "{writes} writes in {seconds} s");
}
