//! Cross-site requests in a user's browser.

use domain::Purpose;

use crate::support::wire::Request;
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    state_changing_requests_from_other_origins_are_refused,
    server_functions_accept_only_post,
    server_functions_accept_only_forms,
    no_response_allows_cross_origin_reads,
];

/// Returns a request for every form post.
fn every_call(browser: &Browser) -> Vec<Request> {
    let mut calls = call::posts_with_flow_token(Purpose::Registration, "123456");
    calls.extend(call::posts_with_flow_token(Purpose::SignIn, "123456"));
    calls.push(call::submit_registration_details(
        &User::with_unique_details(),
        "",
    ));
    calls.push(call::submit_password(
        "unknown-user",
        "not the password",
        "",
    ));
    calls.push(call::request_captcha_challenge(Purpose::SignIn));
    calls.push(call::sign_out());
    calls
        .iter()
        .map(|call| browser.form_request(call))
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
    for request in every_call(&app.new_browser()) {
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
    for request in every_call(&app.new_browser()) {
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
    for request in every_call(&app.new_browser()) {
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
