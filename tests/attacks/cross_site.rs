//! Cross-site requests in a user's browser.

use domain::Purpose;

use crate::support::call::{FormPost, Payment};
use crate::support::wire::Request;
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    state_changing_requests_from_other_origins_are_refused,
    server_functions_accept_only_post,
    server_functions_accept_only_forms,
    no_response_allows_cross_origin_reads,
];

const TOKEN: &str = "mZ0rS1w6Yk9o5m2gq0Kf3l8rX7tUeJYb1cD4hA9vNnQ";
const NEW_PASSWORD: &str = "another long password 88";

/// Returns a request for every form post to a server function.
fn requests_of_server_functions(browser: &Browser) -> Vec<Request> {
    let posts = [
        call::posts_with_flow_token(Purpose::Registration, "123456"),
        call::posts_with_flow_token(Purpose::SignIn, "123456"),
        posts_of_visitors(),
        posts_of_signed_in_users(),
    ];
    posts
        .iter()
        .flatten()
        .map(|post| browser.form_request(post))
        .collect()
}

/// Returns the form posts to server functions that need neither a session nor a flow.
fn posts_of_visitors() -> Vec<FormPost> {
    vec![
        call::submit_registration_details(&User::with_unique_details(), ""),
        call::submit_password("unknown-user", "not the password", ""),
        call::request_captcha_challenge(Purpose::SignIn),
        call::request_password_reset("unknown-user", ""),
        call::reset_password(TOKEN, NEW_PASSWORD),
        call::begin_recovery("unknown-user", "not the password"),
        call::open_recovery_by_link(TOKEN),
        call::cancel_recovery_by_link(TOKEN),
        call::cancel_email_change(TOKEN),
        call::undo_change(TOKEN),
        call::sign_out(),
    ]
}

/// Returns the form posts to server functions that need a session, or a flow of another purpose than a registration.
fn posts_of_signed_in_users() -> Vec<FormPost> {
    vec![
        call::submit_set_up_phone("+14155559999"),
        call::correct_set_up_phone(),
        call::report_entry_left(Purpose::SignIn),
        call::report_entry_reopened(Purpose::SignIn),
        call::report_lost_phone(),
        call::keep_phone_number(),
        call::cancel_own_recovery(),
        call::begin_step_up("not the password"),
        call::begin_phone_change("+14155559999"),
        call::correct_new_phone(),
        call::confirm_phone_change(),
        call::begin_authenticator(),
        call::confirm_authenticator("123456"),
        call::cancel_authenticator(),
        call::remove_authenticator(),
        call::change_password("not the password", NEW_PASSWORD),
        call::request_email_code(),
        call::begin_email_change("ann@example.org"),
        call::submit_email_code("123456"),
        call::change_names("Ann Lee", "ann.lee"),
        call::submit_payment(&Payment::in_dollars("150")),
        call::end_session(TOKEN),
        call::end_other_sessions(),
        call::delete_account("ann.lee"),
        call::cancel_account_deletion(),
        call::let_account_be_deleted(),
    ]
}

/// Returns a request for every form post that no server function handles.
fn requests_of_other_forms(browser: &Browser) -> Vec<Request> {
    let posts = [
        call::choose_language("de", "/login"),
        call::export_data(),
        call::create_recovery_codes(""),
        call::download_recovery_codes(&["abcd-efgh-ijkl-m".to_owned()]),
    ];
    posts
        .iter()
        .map(|post| browser.form_request(post))
        .collect()
}

/// Tests docs/security.md#csrf-01, docs/security.md#csrf-05.
async fn state_changing_requests_from_other_origins_are_refused(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let own = format!("http://{}", app.address);
    let sites = [
        Some("same-origin"),
        Some("same-site"),
        Some("cross-site"),
        Some("none"),
        None,
    ];
    let origins = [
        Some(own.as_str()),
        Some("http://sub.127.0.0.1"),
        Some("null"),
        Some("https://evil.example"),
        None,
    ];
    let before = probe.dump_rows().await;
    let browser = app.new_browser();
    let mut requests = requests_of_server_functions(&browser);
    requests.extend(requests_of_other_forms(&browser));
    for request in requests {
        for site in sites {
            for origin in origins {
                let passes = matches!(
                    (site, origin),
                    (Some("same-origin") | None, Some(origin)) if origin == own
                ) || (site, origin) == (Some("same-origin"), None);
                if passes {
                    continue;
                }
                let mut request = request
                    .clone()
                    .without_header("origin")
                    .without_header("sec-fetch-site");
                if let Some(site) = site {
                    request = request.with_header("Sec-Fetch-Site", site);
                }
                if let Some(origin) = origin {
                    request = request.with_header("Origin", origin);
                }
                let answer = request.send(app.address).await;
                assert_eq!(answer.status, 403, "{} {site:?} {origin:?}", request.path);
                assert!(answer.header("set-cookie").is_none());
            }
        }
    }
    assert_eq!(before, probe.dump_rows().await);
    for (site, origin) in [(Some("same-origin"), None), (None, Some(own.as_str()))] {
        let mut request = app
            .new_browser()
            .form_request(&call::request_captcha_challenge(Purpose::SignIn));
        request = request
            .without_header("origin")
            .without_header("sec-fetch-site");
        if let Some(site) = site {
            request = request.with_header("Sec-Fetch-Site", site);
        }
        if let Some(origin) = origin {
            request = request.with_header("Origin", origin);
        }
        assert_eq!(request.send(app.address).await.status, 200);
    }
}

/// Tests docs/security.md#csrf-02, docs/security.md#hdr-04.
async fn server_functions_accept_only_post(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let before = probe.dump_rows().await;
    for request in requests_of_server_functions(&app.new_browser()) {
        for method in [
            "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW",
        ] {
            let mut changed = request.clone();
            changed.method = method.into();
            if matches!(method, "GET" | "HEAD") {
                let query =
                    String::from_utf8(std::mem::take(&mut changed.body)).expect("valid UTF-8");
                changed.path = format!("{}?{query}", changed.path);
            }
            let answer = changed.send(app.address).await;
            assert_eq!(answer.status, 405, "{method} {}", changed.path);
        }
    }
    assert_eq!(before, probe.dump_rows().await);
    assert!(app.simulator.list_calls().await.is_empty());
}

/// Tests docs/security.md#csrf-03.
async fn server_functions_accept_only_forms(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let before = probe.dump_rows().await;
    for request in requests_of_server_functions(&app.new_browser()) {
        for kind in [
            "text/plain",
            "application/json",
            "multipart/form-data; boundary=x",
            "text/html",
            "application/octet-stream",
            "application/cbor",
            "application/x-www-form-urlencodedx",
            "",
        ] {
            let body = request.body.clone();
            let answer = request
                .clone()
                .with_body(kind, body)
                .send(app.address)
                .await;
            assert_eq!(answer.status, 415, "{kind} {}", request.path);
        }
        let bare = request.clone().without_header("content-type");
        assert_eq!(bare.send(app.address).await.status, 415, "{}", request.path);
    }
    assert_eq!(before, probe.dump_rows().await);
}

/// Tests docs/security.md#csrf-06.
async fn no_response_allows_cross_origin_reads(database: Database) {
    let app = TestApp::start(database).await;
    for path in [
        "/",
        "/login",
        "/api/verification/send",
        "/healthz",
        "/nowhere",
    ] {
        for method in ["GET", "POST", "OPTIONS"] {
            let answer = Request::new(method, path)
                .with_header("Origin", "https://evil.example")
                .with_header("Access-Control-Request-Method", "POST")
                .send(app.address)
                .await;
            let opened = |(name, _): &&(String, String)| name.starts_with("access-control-");
            assert_eq!(answer.headers.iter().find(opened), None, "{method} {path}");
        }
    }
}
