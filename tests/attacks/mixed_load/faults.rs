//! The faults of the day of mixed load: provider, mail server, database and process.

use serde_json::{Value, json};

use crate::support::database_faults::{
    END_CONNECTIONS, PERMIT_WRITES, REFUSE_WRITES, limit_file_size,
};
use crate::support::wire::{Request, TIMEOUT};
use crate::support::{Database, TestApp, call};

/// Returns the faults of provider and mail server in a round. Over all rounds, every kind of fault meets every operation.
pub(super) fn provider_and_mail_faults_of_round(round: usize) -> Value {
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
        // Each round disturbs half of the operations, so that some visits succeed.
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

/// A fault of the server in one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServerFault {
    Database(DatabaseFault),
    /// The process is killed in the middle of its requests, and started again.
    ProcessKilled,
}

/// A fault of the database that ends before the round does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DatabaseFault {
    /// Another process holds the write lock of the SQLite file.
    Locked,
    /// Files may not grow beyond 4,096 bytes, so that SQLite gets I/O errors, as with a full or failing disk.
    DiskFailing,
    /// PostgreSQL ends all connections.
    ConnectionsLost,
    /// PostgreSQL refuses writes, like a standby.
    ReadOnly,
}

impl ServerFault {
    /// Returns the fault of a round, if any. Every third round has one, and each kind comes in turn. The process is
    /// killed only if `process_may_be_killed`.
    pub(super) fn select_for_round(
        database: Database,
        round: usize,
        process_may_be_killed: bool,
    ) -> Option<Self> {
        if !round.is_multiple_of(3) {
            return None;
        }
        let [first, second] = match database {
            Database::Sqlite => [DatabaseFault::Locked, DatabaseFault::DiskFailing],
            Database::Postgres => [DatabaseFault::ConnectionsLost, DatabaseFault::ReadOnly],
        };
        Some(match round / 3 % 3 {
            0 if process_may_be_killed => Self::ProcessKilled,
            0 | 1 => Self::Database(first),
            _ => Self::Database(second),
        })
    }
}

impl DatabaseFault {
    /// Causes the fault, sends requests while it lasts, and ends it. Then waits until the server is ready again.
    pub(super) async fn cause_and_wait_for_recovery(self, app: &TestApp) {
        match self {
            Self::Locked => {
                let held = app.execute_and_keep_connection("BEGIN IMMEDIATE").await;
                expect_page(app).await;
                drop(held);
            }
            Self::DiskFailing => {
                limit_file_size(app, "4096");
                expect_page_and_form(app).await;
                limit_file_size(app, "unlimited");
            }
            Self::ConnectionsLost => app.execute_sql(END_CONNECTIONS).await,
            Self::ReadOnly => {
                app.execute_sql(REFUSE_WRITES).await;
                app.execute_sql(END_CONNECTIONS).await;
                expect_page_and_form(app).await;
                app.execute_sql(PERMIT_WRITES).await;
                app.execute_sql(END_CONNECTIONS).await;
            }
        }
        wait_until_ready(app).await;
    }
}

/// Loads a page that needs the database.
async fn expect_page(app: &TestApp) {
    let page = app.new_browser().load_page("/login").await;
    assert!(matches!(page.status, 200 | 503), "{}", page.text());
}

/// Loads a page, and sends a form that writes.
async fn expect_page_and_form(app: &TestApp) {
    expect_page(app).await;
    let form = call::submit_password("no user", "a wrong password", "");
    let browser = app.new_browser().at_address("47.0.0.1");
    let response = browser.form_request(&form).send(app.address).await;
    assert!(
        matches!(response.status, 200 | 429 | 503),
        "{}",
        response.text()
    );
}

/// Waits until the readiness check succeeds. The server keeps the result of the check for a second.
pub(super) async fn wait_until_ready(app: &TestApp) {
    let ready = async {
        while Request::get("/readyz").send(app.address).await.status != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, ready)
        .await
        .expect("the server is ready again");
}
