//! The metrics server, and the events that the metrics count.

use domain::{Problem, Purpose, Step};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::metrics::{Metrics, start_app_with_metrics};
use crate::support::wire::Request;
use crate::support::{Database, RunningApp, TestApp, User, on_both_databases, wrong_code};

on_both_databases![
    metrics_count_passwords_codes_and_sign_ins,
    metrics_have_no_data_of_users,
    metrics_show_event_streams_notifications_and_the_database,
];

/// Tests docs/security.md#ops-02.
async fn metrics_count_passwords_codes_and_sign_ins(database: Database) {
    let (app, metrics_server) = start_app_with_metrics(database).await;
    let ann = app.register_user().await;
    let before = Metrics::read(metrics_server).await;
    let mut browser = app.new_browser();
    browser.enter_password(&ann.username, "not the one").await;
    let code = browser.sign_in_until_code(&app, &ann).await;
    browser
        .enter_code(Purpose::SignIn, &wrong_code(&code))
        .await;
    let step = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(step.expect_step(), Step::Dashboard);
    let after = Metrics::read(metrics_server).await;
    let increase = |name: &str, labels: &[(&str, &str)]| {
        let name = format!("sallyport_{name}");
        after.sum(&name, labels) - before.sum(&name, labels)
    };
    for (name, labels, expected) in [
        ("sign_ins_total", vec![("outcome", "completed")], 1),
        ("sign_ins_total", vec![("outcome", "password_refused")], 1),
        ("sign_ins_total", vec![("outcome", "cancelled")], 0),
        ("password_checks_total", vec![("outcome", "right")], 1),
        ("password_checks_total", vec![("outcome", "wrong")], 1),
        ("password_checks_total", vec![("outcome", "limited")], 0),
        (
            "code_checks_total",
            vec![
                ("purpose", "sign_in"),
                ("method", "sms"),
                ("outcome", "wrong"),
            ],
            1,
        ),
        (
            "code_checks_total",
            vec![
                ("purpose", "sign_in"),
                ("method", "sms"),
                ("outcome", "approved"),
            ],
            1,
        ),
        ("code_checks_total", vec![], 2),
        (
            "code_sends_total",
            vec![
                ("channel", "sms"),
                ("country", "US"),
                ("outcome", "accepted"),
            ],
            1,
        ),
        ("sent_codes_approved_total", vec![("country", "US")], 1),
        (
            "provider_calls_total",
            vec![("operation", "send"), ("outcome", "accepted")],
            1,
        ),
        (
            "provider_calls_total",
            vec![("operation", "check"), ("outcome", "approved")],
            1,
        ),
        (
            "provider_call_duration_seconds_count",
            vec![("operation", "check")],
            2,
        ),
        ("audit_events_total", vec![("event", "session_started")], 1),
        ("audit_events_total", vec![("event", "account_created")], 0),
        ("password_hash_queue_wait_seconds_count", vec![], 2),
        ("webhooks_rejected_total", vec![], 0),
    ] {
        assert_eq!(increase(name, &labels), expected, "{name} {labels:?}");
    }
}

/// Tests docs/security.md#ops-02.
async fn metrics_have_no_data_of_users(database: Database) {
    const ADDRESS: &str = "203.0.113.77";
    let (app, metrics_server) = start_app_with_metrics(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser().at_address(ADDRESS);
    browser.register(&app, &ann).await;
    app.skip_resend_cooldown().await;
    browser.enter_password(&ann.username, "not the one").await;
    browser.sign_in_until_code(&app, &ann).await;
    browser.load_page("/missing-page-8472").await;
    let token = browser.flow_token(Purpose::SignIn);
    let metrics = Metrics::read(metrics_server).await;
    for private in [
        &ann.phone[1..],
        &ann.username,
        &ann.email,
        &ann.full_name,
        ADDRESS,
        "127.0.0.1",
        "missing-page-8472",
        token.as_deref().expect("flow token exists"),
    ] {
        assert!(!metrics.text.contains(private), "{private}");
    }
}

/// Tests docs/security.md#ops-02.
async fn metrics_show_event_streams_notifications_and_the_database(database: Database) {
    let (app, metrics_server) = start_app_with_metrics(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    browser.register_until_code(&app, &ann).await;
    let mut stream = browser.open_event_stream("registration", app.address).await;
    stream.next_status().await;
    let metrics = Metrics::read(metrics_server).await;
    assert_eq!(metrics.sum("sallyport_event_streams", &[]), 1);
    let begun = metrics.sum("sallyport_database_transaction_wait_seconds_count", &[]);
    assert!(begun > 0, "no transaction was counted");
    let pages = [("kind", "page"), ("status", "2xx")];
    assert!(metrics.sum("sallyport_http_responses_total", &pages) > 0);
    Metrics::wait_for(metrics_server, |metrics| {
        let idle = [("state", "idle")];
        metrics.sum("sallyport_database_connections", &idle) > 0
    })
    .await;
    drop(stream);
    Metrics::wait_for(metrics_server, |metrics| {
        metrics.sum("sallyport_event_streams", &[]) == 0
    })
    .await;
    send_one_notification(&app).await;
    Metrics::wait_for(metrics_server, |metrics| {
        let sent = [("channel", "sms"), ("outcome", "sent")];
        metrics.sum("sallyport_notifications_total", &sent) == 1
    })
    .await;
}

/// Puts a notification by text message in the outbox, and waits until the simulator has received it.
async fn send_one_notification(app: &RunningApp) {
    let phone = "+14155550142";
    let notification = json!({ "language": "en", "notice": "password_changed" });
    app.queue_notification("sms", phone, &notification).await;
    let mut phone = app.simulator.phone_with_number(phone);
    phone.next_notification().await;
}

/// Tests docs/security.md#ops-02.
#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_slowed_down_passwords_and_rejected_webhooks() {
    let (app, metrics_server) = start_app_with_metrics(Database::Sqlite).await;
    let mut browser = app.new_browser();
    for _ in 0..8 {
        let reply = browser.enter_password("unknown-user", "not the one").await;
        assert_eq!(reply.expect_problem(), Problem::Credentials);
    }
    let webhook = Request::new("POST", "/webhooks/twilio").with_body("application/json", "[]");
    assert_eq!(webhook.send(app.address).await.status, 403);
    let metrics = Metrics::read(metrics_server).await;
    let checks = |outcome| {
        let labels = [("outcome", outcome)];
        metrics.sum("sallyport_password_checks_total", &labels)
    };
    assert!(checks("limited") > 0, "{}", metrics.text);
    assert_eq!(checks("wrong") + checks("limited"), 8);
    let twilio = [("provider", "twilio")];
    assert_eq!(metrics.sum("sallyport_webhooks_rejected_total", &twilio), 1);
    let refused = [("kind", "webhook"), ("status", "4xx")];
    assert_eq!(metrics.sum("sallyport_http_responses_total", &refused), 1);
}

/// Tests docs/security.md#ops-02.
#[tokio::test(flavor = "multi_thread")]
async fn metrics_show_an_open_circuit_breaker() {
    const BREAKER: &str = "sallyport_provider_circuit_breaker_open";
    let (app, metrics_server) = start_app_with_metrics(Database::Sqlite).await;
    assert_eq!(Metrics::read(metrics_server).await.sum(BREAKER, &[]), 0);
    let dropped = json!([{ "on": "create", "kind": "drop_before", "act": false, "times": 100 }]);
    app.simulator.set_faults(dropped).await;
    for _ in 0..6 {
        let mut browser = app.new_browser();
        browser
            .begin_registration(&User::with_unique_details())
            .await;
        browser.send_code(Purpose::Registration).await;
    }
    let metrics = Metrics::read(metrics_server).await;
    assert_eq!(metrics.sum(BREAKER, &[]), 1);
    let sends = [("operation", "send")];
    let calls = metrics.sum("sallyport_provider_calls_total", &sends);
    assert_eq!(calls, 5, "an open breaker makes no call");
    let unsent = [("event", "code_not_sent")];
    assert!(metrics.sum("sallyport_audit_events_total", &unsent) >= 6);
}

/// Tests docs/security.md#ops-02.
#[tokio::test(flavor = "multi_thread")]
async fn metrics_server_serves_only_metrics_and_the_main_listener_serves_none() {
    let (app, metrics_server) = start_app_with_metrics(Database::Sqlite).await;
    assert_ne!(app.address, metrics_server);
    assert_eq!(Request::get("/metrics").send(app.address).await.status, 404);
    for path in [
        "/",
        "/login",
        "/healthz",
        "/readyz",
        "/v1/login",
        "/metrics/",
        "/metrics/x",
    ] {
        let response = Request::get(path).send(metrics_server).await;
        assert_eq!((response.status, response.text().as_str()), (404, ""));
    }
    let post = Request::new("POST", "/metrics").with_form(&[("a", "b")]);
    assert_eq!(post.send(metrics_server).await.status, 405);
}

/// Tests docs/security.md#ops-02.
#[tokio::test(flavor = "multi_thread")]
async fn metrics_server_is_off_by_default() {
    let app = TestApp::start(Database::Sqlite).await;
    assert!(!app.process.output().contains("Metrics server"));
    assert_eq!(Request::get("/metrics").send(app.address).await.status, 404);
}

/// Tests docs/security.md#ops-02.
#[tokio::test(flavor = "multi_thread")]
async fn unfinished_request_for_metrics_does_not_keep_the_server_from_stopping() {
    let (mut app, metrics_server) = start_app_with_metrics(Database::Sqlite).await;
    let mut socket = TcpStream::connect(metrics_server)
        .await
        .expect("server accepts the connection");
    socket
        .write_all(b"GET /metrics HTTP/1.1\r\n")
        .await
        .expect("server reads the request");
    Metrics::read(metrics_server).await;
    app.process.send_signal("TERM");
    app.process.wait_for_exit().await;
}
