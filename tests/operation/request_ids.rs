//! The ID of a request in its response, in the log and in the audit trail.

use std::collections::BTreeSet;

use domain::{Purpose, Step};
use serde_json::{Value, json};

use crate::support::wire::{Request, Response};
use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    every_response_has_a_separate_request_id,
    request_id_of_an_untrusted_client_is_replaced,
    well_formed_request_id_of_a_trusted_proxy_is_kept,
    error_page_and_log_name_the_request_that_failed,
    log_of_a_provider_call_names_the_request_that_caused_it,
    audit_events_name_the_request_that_caused_them,
];

const HEADER: &str = "x-request-id";

/// Returns the only request ID of a response.
#[track_caller]
fn request_id(response: &Response) -> &str {
    let ids: Vec<&str> = response.header_values(HEADER).collect();
    assert_eq!(ids.len(), 1, "{}: {ids:?}", response.status);
    ids[0]
}

/// Returns whether a request ID has the form of those that the server generates.
fn is_generated(id: &str) -> bool {
    id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Starts an app that writes its log as JSON.
async fn start_with_json_log(database: Database) -> TestApp {
    TestApp::builder(database)
        .with_setting("SALLYPORT_LOG_FORMAT", "json")
        .start()
        .await
}

/// Waits for the log event whose message begins with `message`. Returns the request ID in it.
async fn request_id_of_log_event(app: &mut TestApp, message: &str) -> String {
    let message = format!("\"message\":\"{message}");
    app.process.wait_for_output(&message).await;
    let log = app.process.output();
    let line = log.lines().find(|line| line.contains(&message));
    let event: Value =
        serde_json::from_str(line.expect("the event is in the log")).expect("log line is JSON");
    let id = event["span"]["request_id"].as_str();
    id.unwrap_or_else(|| panic!("no request ID: {event}"))
        .to_owned()
}

/// Tests docs/security.md#leak-01.
async fn every_response_has_a_separate_request_id(database: Database) {
    let app = TestApp::start(database).await;
    let browser = app.new_browser();
    let page = browser.page_request("GET", "/login");
    let mut too_large = browser.form_request(&call::read_code_entry(Purpose::SignIn));
    too_large.body.resize(17 * 1024, b'x');
    let malformed = Request::new("POST", "/v1/login").with_body("application/json", "[]");
    let requests = [
        (200, page.clone()),
        (200, page),
        (200, Request::get("/healthz")),
        (200, Request::get("/v1/openapi.json")),
        (303, browser.page_request("GET", "/dashboard")),
        (400, malformed),
        (401, Request::get("/v1/me")),
        (
            403,
            Request::get("/login").with_header("Sec-Fetch-Site", "cross-site"),
        ),
        (404, Request::get("/nowhere")),
        (404, Request::get("/v1/nowhere")),
        (404, Request::get("/pkg/nothing.js")),
        (405, Request::new("DELETE", "/login")),
        (413, too_large),
        (
            421,
            Request::get("/login").with_header("Host", "other.example"),
        ),
    ];
    let mut ids = BTreeSet::new();
    let count = requests.len();
    for (status, request) in requests {
        let response = request.send(app.address).await;
        let path = &request.path;
        assert_eq!(response.status, status, "{path}: {}", response.text());
        let id = request_id(&response);
        assert!(is_generated(id), "{path}: {id}");
        ids.insert(id.to_owned());
    }
    assert_eq!(ids.len(), count, "{ids:?}");
}

/// Tests docs/security.md#leak-01.
async fn request_id_of_an_untrusted_client_is_replaced(database: Database) {
    let app = TestApp::start(database).await;
    for chosen in ["0123456789abcdef", "chosen-by-the-client"] {
        let request = Request::get("/login").with_header("X-Request-Id", chosen);
        let response = request.send(app.address).await;
        let id = request_id(&response);
        assert!(id != chosen && is_generated(id), "{id}");
    }
}

/// Tests docs/security.md#leak-01.
async fn well_formed_request_id_of_a_trusted_proxy_is_kept(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .start()
        .await;
    let request = |ids: &[&str]| {
        ids.iter().fold(Request::get("/nowhere"), |request, id| {
            request.with_header("X-Request-Id", id)
        })
    };
    let chosen = "8d0b6f8e-41a5-4c6b-9d5e-0f6a3a1c2b3d";
    let response = request(&[chosen]).send(app.address).await;
    assert_eq!(request_id(&response), chosen);
    let long = "a".repeat(65);
    for ids in [
        &[][..],
        &["<script>"],
        &["two words"],
        &[long.as_str()],
        &["a", "b"],
    ] {
        let response = request(ids).send(app.address).await;
        let id = request_id(&response);
        assert!(is_generated(id), "{ids:?}: {id}");
    }
}

/// Tests docs/security.md#leak-01.
async fn error_page_and_log_name_the_request_that_failed(database: Database) {
    let mut app = start_with_json_log(database).await;
    let (_, browser) = app.sign_in_new_user().await;
    app.execute_sql("ALTER TABLE sessions RENAME TO broken_sessions")
        .await;
    let request = browser.page_request("GET", "/dashboard");
    let response = request.send(app.address).await;
    assert_eq!(response.status, 500, "{}", response.text());
    let id = request_id(&response);
    let page = response.text();
    let shown = format!("<p>If you contact support, name this ID: <code>{id}</code></p>");
    assert!(page.contains(&shown), "{page}");
    let logged = request_id_of_log_event(&mut app, "a request failed with an internal error").await;
    assert_eq!(logged, id);
    // The user can correct other errors.
    let response = Request::get("/nowhere").send(app.address).await;
    let page = response.text();
    assert!(!page.contains(request_id(&response)), "{page}");
}

/// The call runs in a task that a disconnecting client cannot cancel.
async fn log_of_a_provider_call_names_the_request_that_caused_it(database: Database) {
    let mut app = start_with_json_log(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    let fault = json!([{ "on": "create", "kind": "status", "status": 401 }]);
    app.simulator.set_faults(fault).await;
    let refused = browser.choose_sms_method().await;
    assert!(refused.is_refused());
    let message = "the phone provider rejected a request as misconfigured";
    let logged = request_id_of_log_event(&mut app, message).await;
    assert_eq!(logged, request_id(&refused.response));
}

/// Tests docs/security.md#ops-01.
async fn audit_events_name_the_request_that_caused_them(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let refused = browser.enter_password(&ann.username, "wrong").await;
    let code = browser.sign_in_until_code(&app, &ann).await;
    let signed_in = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(signed_in.expect_step(), Step::Dashboard);
    app.skip_resend_cooldown().await;
    let client = app.new_api_client();
    let api = client.submit_password(&ann).await;
    let probe = app.open_database().await;
    for (query, response) in [
        (
            "SELECT request_id FROM audit_events WHERE event = 'password_refused'",
            &refused.response,
        ),
        (
            "SELECT request_id FROM audit_events WHERE event = 'code_approved' \
             ORDER BY at DESC LIMIT 1",
            &signed_in.response,
        ),
        (
            "SELECT request_id FROM audit_events WHERE event = 'session_started' \
             ORDER BY at DESC LIMIT 1",
            &signed_in.response,
        ),
        (
            "SELECT request_id FROM audit_events WHERE event = 'password_accepted' \
             ORDER BY at DESC LIMIT 1",
            &api.response,
        ),
    ] {
        assert_eq!(
            probe.read_text(query).await,
            request_id(response),
            "{query}"
        );
    }
}
