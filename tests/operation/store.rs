//! The database: file modes, locks, versions.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use domain::Purpose;
use sallyport::store::{Store, StoreError, delete_expired_rows, readiness};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, UnixStream};
use tokio::task::JoinSet;

use crate::support::postgres::{Postgres, create_database};
use crate::support::wire::{Request, TIMEOUT};
use crate::support::{Database, TestApp, User, on_both_databases};

on_both_databases![
    locked_database_is_reported_in_time_and_sends_no_message,
    requests_wait_a_short_time_for_a_database_connection_while_others_hold_all,
    database_with_a_newer_schema_is_left_unchanged,
    triggers_of_an_earlier_version_are_replaced,
    outdated_password_hash_is_upgraded_at_the_next_sign_in,
];

/// Tests docs/security.md#dur-03, docs/security.md#res-02.
async fn locked_database_is_reported_in_time_and_sends_no_message(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let mut browser = app.new_browser();
    browser
        .submit_registration_details(&User::with_unique_details())
        .await
        .expect_step();
    let ann = User::with_unique_details();
    browser
        .submit_registration_credentials(&ann)
        .await
        .expect_step();
    let lock = match database {
        Database::Sqlite => "BEGIN IMMEDIATE",
        Database::Postgres => "BEGIN; LOCK TABLE flows, limit_buckets IN ACCESS EXCLUSIVE MODE",
    };
    let holder = app.execute_and_keep_connection(lock).await;
    let began = Instant::now();
    let call = crate::support::call::request_code(Purpose::Registration);
    let answer = browser.form_request(&call).send(app.address).await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.header("retry-after").is_some());
    // The response arrives before the request deadline of 15 s.
    assert!(began.elapsed().as_secs() < 14, "{:?}", began.elapsed());
    assert!(app.simulator.list_calls().await.is_empty());
    drop(holder);
    let send = async {
        while browser.form_request(&call).send(app.address).await.status == 503 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, send)
        .await
        .expect("database recovers");
    browser
        .enter_next_code(&app, Purpose::Registration, &ann)
        .await;
    assert_eq!(probe.count_accounts().await, 1);
}

/// Tests docs/security.md#dur-09.
async fn requests_wait_a_short_time_for_a_database_connection_while_others_hold_all(
    database: Database,
) {
    // Exceeds the connections in the pool: 10 for writing on PostgreSQL, 1 on SQLite. Each request has a different
    // source, because the requests of one source wait for each other.
    const REQUESTS: usize = 30;
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .start()
        .await;
    let lock = match database {
        Database::Sqlite => "BEGIN IMMEDIATE",
        Database::Postgres => "BEGIN; LOCK TABLE limit_buckets IN ACCESS EXCLUSIVE MODE",
    };
    let holder = app.execute_and_keep_connection(lock).await;
    let mut sent = JoinSet::new();
    for number in 0..REQUESTS {
        let name = format!("unknown{number}");
        let call = crate::support::call::submit_password(&name, "a wrong password", "");
        let source = format!("198.18.0.{number}");
        let request = app.new_browser().form_request(&call);
        let request = request.with_header("X-Forwarded-For", &source);
        let address = app.address;
        sent.spawn(async move {
            let began = Instant::now();
            let answer = request.send(address).await;
            (answer.status, began.elapsed())
        });
    }
    let answers = sent.join_all().await;
    drop(holder);
    assert!(
        answers.iter().all(|(status, _)| *status == 503),
        "{answers:?}"
    );
    // A request waits at most 5 s for a connection and 5 s for a lock. The request deadline is 15 s.
    let without_connection = answers.iter().filter(|(_, took)| took.as_millis() < 9_500);
    assert!(without_connection.count() >= REQUESTS / 3, "{answers:?}");
    assert!(
        answers.iter().all(|(_, took)| took.as_secs() < 14),
        "{answers:?}"
    );
    app.register_user().await;
}

/// Starts a proxy on a TCP port that forwards connections to the Unix socket of a PostgreSQL server, except the first,
/// which it never answers. Returns its address.
async fn start_proxy_with_hanging_first_connection(socket: PathBuf) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("port is free");
    let address = listener.local_addr().expect("socket is bound");
    tokio::spawn(async move {
        let hanging = listener.accept().await;
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = UnixStream::connect(&socket)
                .await
                .expect("PostgreSQL accepts connections");
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
        drop(hanging);
    });
    address
}

/// Tests docs/security.md#dur-09.
#[tokio::test]
async fn server_starts_although_its_first_database_connection_hangs() {
    let url = create_database().await;
    let (database, directory) = url
        .split_once("?host=")
        .expect("URL names the socket directory");
    let directory = directory.trim_end_matches("&user=postgres");
    let socket = Path::new(directory).join(".s.PGSQL.5432");
    let proxy = start_proxy_with_hanging_first_connection(socket).await;
    let url = format!(
        "{database}?host=127.0.0.1&port={}&user=postgres",
        proxy.port()
    );
    let app = TestApp::builder(Database::Postgres)
        .with_database(&url)
        .start()
        .await;
    app.register_user().await;
}

/// Tests docs/security.md#clu-05 and docs/security.md#dur-05. An earlier version created the triggers at start, without
/// a migration.
async fn triggers_of_an_earlier_version_are_replaced(database: Database) {
    let mut app = TestApp::start(database).await;
    app.process.kill().await;
    app.execute_sql("DELETE FROM _sqlx_migrations WHERE version = 17")
        .await;
    if database == Database::Postgres {
        app.execute_sql(
            "CREATE OR REPLACE FUNCTION sallyport_tell() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN RETURN NULL; END'",
        )
        .await;
    }
    app.restart().await;
    app.register_user().await;
    if database == Database::Postgres {
        let telling = "SELECT COUNT(*) FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid \
                       WHERE proname = 'sallyport_tell' AND prosrc LIKE '%pg_notify%'";
        assert_eq!(app.open_database().await.read_number(telling).await, 3);
    }
}

/// Tests docs/security.md#dur-05.
async fn database_with_a_newer_schema_is_left_unchanged(database: Database) {
    let mut app = TestApp::start(database).await;
    app.register_user().await;
    app.process.kill().await;
    app.execute_sql("UPDATE _sqlx_migrations SET version = 9999 WHERE version = 4")
        .await;
    let output = app.start_and_read_failure().await;
    assert!(output.contains("schema"), "{output}");
    assert_eq!(app.open_database().await.count_accounts().await, 1);
}

/// Tests docs/security.md#reg-07.
async fn outdated_password_hash_is_upgraded_at_the_next_sign_in(database: Database) {
    let mut app = TestApp::builder(database)
        .with_separate_simulator()
        .start()
        .await;
    let probe = app.open_database().await;
    let ann = app.register_user().await;
    let old =
        "SELECT COUNT(*) FROM accounts WHERE password_hash LIKE '$argon2id$v=19$m=64,t=1,p=1$%'";
    assert_eq!(probe.read_number(old).await, 1);
    app.process.kill().await;
    app.change_setting("SALLYPORT_ARGON2_MEMORY_KIB", "128");
    app.restart().await;
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    probe.wait_for_number(old, 0).await;
    browser.sign_in(&app, &ann).await;
}

/// Tests docs/security.md#leak-08, docs/security.md#dur-02.
#[tokio::test(flavor = "multi_thread")]
async fn database_file_and_key_are_readable_by_their_owner_only() {
    let app = TestApp::start(Database::Sqlite).await;
    app.register_user().await;
    for file in [
        "sallyport.db",
        "sallyport.db-wal",
        "sallyport.db-shm",
        "secret.key",
    ] {
        let metadata = std::fs::metadata(app.data.path().join(file)).expect(file);
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{file}");
    }
    let probe = app.open_database().await;
    assert_eq!(probe.read_text("PRAGMA journal_mode").await, "wal");
    assert!(probe.is_consistent().await);
}

/// A cleanup that waited for one row while it holds others could make a request fail.
#[tokio::test(flavor = "multi_thread")]
async fn cleanup_leaves_rows_that_a_request_holds_and_deletes_the_others() {
    let app = TestApp::start(Database::Postgres).await;
    let probe = app.open_database().await;
    // The rows expire months before the time of this cleanup, and years after the clean-ups of the server.
    app.execute_sql(
        "INSERT INTO limit_buckets (key, events, expires_at) \
         SELECT 'old-' || n, '[]', 1890000000000 FROM generate_series(1, 2500) AS n",
    )
    .await;
    let hold = "BEGIN; SELECT 1 FROM limit_buckets WHERE key = 'old-7' FOR UPDATE";
    let holder = app.execute_and_keep_connection(hold).await;
    let store = Store::open(&app.database_url)
        .await
        .expect("database is opened");
    let days_later = domain::Timestamp::from_millis(1_900_000_000_000);
    delete_expired_rows(&store, days_later)
        .await
        .expect("cleanup succeeds");
    let left = "SELECT COUNT(*) FROM limit_buckets WHERE key LIKE 'old-%'";
    assert_eq!(probe.read_number(left).await, 1);
    drop(holder);
    delete_expired_rows(&store, days_later)
        .await
        .expect("cleanup succeeds");
    assert_eq!(probe.read_number(left).await, 0);
}

/// `/healthz` reports the process alone.
#[tokio::test(flavor = "multi_thread")]
async fn readiness_fails_while_the_database_is_down() {
    let mut database = Postgres::start().await;
    let mut app = TestApp::builder(Database::Sqlite)
        .with_setting("DATABASE_URL", &database.database_url("postgres"))
        .start()
        .await;
    let address = app.address;
    let probe = async |path| Request::get(path).send(address).await;
    let ready = probe("/readyz").await;
    assert_eq!((ready.status, ready.text().as_str()), (200, "ready"));
    database.stop().await;
    assert_eq!(probe("/readyz").await.status, 503);
    assert_eq!(probe("/healthz").await.status, 200);
    // The log names the database and the cause.
    let place = ":5432, database postgres, user postgres: no server listens there";
    app.process.wait_for_output(place).await;
}

/// Forms need a connection for writing, so a node without a free one must not count as ready.
#[tokio::test(flavor = "multi_thread")]
async fn readiness_fails_while_all_connections_for_writing_are_taken() {
    // The number of connections for writing on PostgreSQL.
    const WRITERS: usize = 10;
    let app = TestApp::start(Database::Postgres).await;
    let store = Store::open(&app.database_url)
        .await
        .expect("database is opened");
    let now = domain::Timestamp::from_millis(1_800_000_000_000);
    let mut transactions = Vec::new();
    for _ in 0..WRITERS {
        transactions.push(store.begin().await.expect("transaction begins"));
    }
    let checked = readiness::check_database_writable(&store, now).await;
    assert!(
        checked.as_ref().is_err_and(StoreError::is_busy),
        "{checked:?}"
    );
    drop(transactions);
    readiness::check_database_writable(&store, now)
        .await
        .expect("database accepts writes");
    store.close().await;
}
