//! Exports of the data of an account: by operators, and of an account with a long history.

use std::time::Instant;

use serde_json::Value;

use crate::support::attack::print_attack_figures;
use crate::support::{Database, TestApp, on_both_databases, sallyport_command};

on_both_databases![
    operator_exports_the_data_of_an_account,
    long_history_is_exported_completely,
];

async fn operator_exports_the_data_of_an_account(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let unknown = app.run_user_command(&["export", "unknown"]);
    assert_eq!(unknown.exit_code, 1, "{unknown:?}");
    assert_eq!(unknown.stdout, "");
    for identifier in [&ann.username, &ann.email] {
        let output = app.run_user_command(&["export", identifier]);
        assert_eq!(output.exit_code, 0, "{output:?}");
        assert!(output.stdout.contains("\n  \"account\": {"), "{output:?}");
        let document: Value =
            serde_json::from_str(&output.stdout).expect("output is one JSON document");
        assert_eq!(document["account"]["username"], ann.username);
        assert_eq!(document["phone"]["number"], ann.phone);
        let latest = &document["history"][0];
        assert_eq!(latest["event"], "data_exported");
        assert_eq!(latest["source"], "operator");
    }
    let line = app.run_user_command(&["export", &ann.username, "--json"]);
    assert_eq!(line.stdout.lines().count(), 1, "{line:?}");
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'data_exported' \
                   AND source = 'operator' AND account_id = (SELECT id FROM accounts)";
    assert_eq!(app.open_database().await.read_number(audited).await, 3);
}

#[test]
fn export_on_a_missing_database_fails_and_creates_none() {
    let directory = tempfile::tempdir().expect("temporary directory is created");
    let file = directory.path().join("sallyport.db");
    let url = format!("sqlite://{}", file.display());
    let settings = [("DATABASE_URL".to_owned(), url)];
    let output = sallyport_command(directory.path(), "user", &settings)
        .args(["export", "ann"])
        .output()
        .expect("program starts");
    assert!(!output.status.success(), "{output:?}");
    assert!(!file.exists(), "{output:?}");
}

/// Inserts 20,000 events. Many have equal times, also where one query ends and the next one begins.
const LONG_HISTORY: &str = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000) \
     INSERT INTO audit_events (id, at, event, account_id, flow_id, source, detail) \
     SELECT 'long' || n, 1700000000000 + n / 7, 'password_refused', (SELECT id FROM accounts), '', '203.0.113.7', '' \
     FROM numbers";
const MANY_PAYMENTS: &str = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2500) \
     INSERT INTO payments (id, account_id, session_id, source, request_key, flow_id, recipient, amount_minor, currency, \
     description, status, reason, transaction_id, created_at, expires_at, confirmed_at) \
     SELECT SUBSTR('0123456789abcdef0123456789abcdef', 1, 26) || SUBSTR('' || (100000 + n), 1, 6), \
     (SELECT id FROM accounts), '', '', 'long' || n, '', 'Acme', 100, 'USD', '', 'expired', '', '', \
     1700000000000 + n / 7, 1700000000000, 0 FROM numbers";

async fn long_history_is_exported_completely(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.execute_sql(LONG_HISTORY).await;
    app.execute_sql(MANY_PAYMENTS).await;
    let token = app.new_api_client().sign_in(&app, &ann).await;
    let client = app.new_api_client().with_token(&token);
    let request = client.request("GET", "/v1/me/export");
    let began = Instant::now();
    let reply = request.send(app.address).await;
    let took = began.elapsed();
    let size = reply.body.len() / 1024;
    print_attack_figures(
        "export of 20,000 events and 2,500 payments",
        &format!("{took:.1?}, {size} KiB"),
    );
    let document = reply.json();
    let payments = document["payments"].as_array().expect("value is a list");
    let ids: Vec<&str> = payments
        .iter()
        .map(|payment| payment["id"].as_str().expect("value is text"))
        .collect();
    assert_eq!(ids.len(), 2500);
    // Each payment occurs once, and the payments are sorted by time.
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    let history = document["history"].as_array().expect("value is a list");
    let long = history
        .iter()
        .filter(|entry| entry["event"] == "password_refused");
    assert_eq!(long.count(), 20_000);
}
