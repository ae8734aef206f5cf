//! Requests that the request guard refuses: cross-site, malformed bodies, other methods.

use domain::Purpose;

use crate::support::wire::{Request, Response, send_bytes};
use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    bodies_over_sixteen_kilobytes_are_refused,
    every_response_has_the_security_headers,
    page_for_a_request_with_a_cookie_is_not_compressed,
    malformed_requests_are_refused_and_the_server_keeps_running,
    not_found_responses_contain_no_internal_details,
    unknown_server_function_gets_status_404,
    malformed_server_function_call_gets_status_400,
];

/// Tests docs/security.md#lim-02.
async fn bodies_over_sixteen_kilobytes_are_refused(database: Database) {
    let app = TestApp::start(database).await;
    let request = app
        .new_browser()
        .form_request(&call::read_code_entry(Purpose::SignIn));
    let fill = |bytes: usize| {
        let mut request = request.clone();
        request.body.extend_from_slice(b"&filling=");
        let missing = bytes - request.body.len();
        request.body.extend(std::iter::repeat_n(b'x', missing));
        request
    };
    assert_eq!(fill(16 * 1024).send(app.address).await.status, 200);
    assert_eq!(fill(16 * 1024 + 1).send(app.address).await.status, 413);
    assert_eq!(fill(1024 * 1024).send(app.address).await.status, 413);
    // The client announces a long body and never sends it.
    let announced = request.clone().with_header("Content-Length", "10000000");
    assert_eq!(announced.send(app.address).await.status, 413);
    // The client sends chunks without a Content-Length.
    let mut chunked = fill(20 * 1024).with_header("Transfer-Encoding", "chunked");
    let mut body = format!("{:x}\r\n", chunked.body.len()).into_bytes();
    body.append(&mut chunked.body);
    body.extend_from_slice(b"\r\n0\r\n\r\n");
    chunked.body = body;
    assert_eq!(chunked.send(app.address).await.status, 413);
}

pub(super) fn assert_security_headers(answer: &Response, what: &str) {
    let policy = answer.header("content-security-policy").unwrap_or_default();
    for rule in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "object-src 'none'",
        "'nonce-",
    ] {
        assert!(policy.contains(rule), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{what}: {name}");
    }
    assert!(answer.header("permissions-policy").is_some(), "{what}");
    assert!(answer.header("cache-control").is_some(), "{what}");
    assert_eq!(answer.header("server"), None, "{what}");
    assert_eq!(answer.header("x-powered-by"), None, "{what}");
}

/// Returns the body in lower case without the nonce of its scripts, because random letters can be any short word.
fn lower_case_body_without_nonce(answer: &Response) -> String {
    let policy = answer.header("content-security-policy").unwrap_or_default();
    let (_, rest) = policy.split_once("'nonce-").unwrap_or_default();
    let (nonce, _) = rest.split_once('\'').unwrap_or_default();
    answer.text().replace(nonce, "").to_lowercase()
}

/// Tests docs/security.md#hdr-01, docs/security.md#hdr-02, docs/security.md#hdr-03, docs/security.md#leak-07.
async fn every_response_has_the_security_headers(database: Database) {
    let app = TestApp::start(database).await;
    let browser = app.new_browser();
    let mut seen = Vec::new();
    for path in [
        "/",
        "/login",
        "/register",
        "/register/verify",
        "/dashboard",
        "/nowhere",
        "/healthz",
        "/readyz",
        "/api/nothing",
        "/pkg/nothing.js",
        "/dashboard/x.css",
        "/login/../x",
    ] {
        let answer = browser.page_request("GET", path).send(app.address).await;
        assert_security_headers(&answer, path);
        if !path.starts_with("/pkg") {
            let cache = answer.header("cache-control").unwrap_or_default();
            assert!(cache.contains("no-store"), "{path}: {cache}");
        }
        seen.push((path.to_owned(), answer.status));
    }
    let post = |path: &str| browser.form_request(&call::sign_out()).with_path(path);
    for (request, status) in [
        (
            post("/api/verification/send").with_body("text/plain", "x"),
            415,
        ),
        (
            post("/api/verification/send")
                .without_header("origin")
                .with_header("Origin", "null"),
            403,
        ),
        (post("/login"), 405),
        (Request::new("DELETE", "/login"), 405),
    ] {
        let answer = request.send(app.address).await;
        assert_security_headers(&answer, &request.path);
        seen.push((request.path.clone(), answer.status));
        assert_eq!(answer.status, status, "{} {}", request.path, answer.text());
        let text = lower_case_body_without_nonce(&answer);
        for word in ["leptos", "axum", "server_fn", "src/", "sqlx"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
    let nonce = |answer: &Response| answer.header("content-security-policy").map(str::to_owned);
    let first = browser
        .page_request("GET", "/login")
        .send(app.address)
        .await;
    let second = browser
        .page_request("GET", "/login")
        .send(app.address)
        .await;
    assert_ne!(nonce(&first), nonce(&second));
}

/// Tests docs/security.md#hdr-06.
async fn page_for_a_request_with_a_cookie_is_not_compressed(database: Database) {
    let app = TestApp::start(database).await;
    for path in ["/login", "/register", "/nothing"] {
        let request = app.new_browser().page_request("GET", path);
        let request = request.with_header("Accept-Encoding", "gzip");
        let public = request.clone().send(app.address).await;
        assert_eq!(public.header("content-encoding"), Some("gzip"), "{path}");
        let personal = request
            .with_header("Cookie", "any=1")
            .send(app.address)
            .await;
        assert_eq!(personal.header("content-encoding"), None, "{path}");
        assert!(personal.text().contains("</html>"), "{path}");
    }
}

/// Tests docs/security.md#lim-07, docs/security.md#lim-08.
async fn malformed_requests_are_refused_and_the_server_keeps_running(database: Database) {
    let app = TestApp::start(database).await;
    let host = app.address;
    let browser = app.new_browser();
    for raw in [
        "GET\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\n\r\n".to_owned(),
        format!("GET / HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n"),
        format!("GET / HTTP/1.1\nHost: {host}\nX y\n\n"),
        format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"
        ),
        format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: x\r\n\r\n"),
        format!(
            "GET / HTTP/1.1\r\nHost: {host}\r\n{}\r\n",
            "X: y\r\n".repeat(70)
        ),
        format!(
            "GET / HTTP/1.1\r\nHost: {host}\r\nCookie: {}\r\n\r\n",
            "a".repeat(1_000_000)
        ),
        format!(
            "GET /{} HTTP/1.1\r\nHost: {host}\r\n\r\n",
            "a".repeat(100_000)
        ),
    ] {
        let raw = raw.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        let answer = send_bytes(host, raw.as_bytes(), "GET").await;
        assert!(
            (400..500).contains(&answer.status),
            "{} for {:.80}",
            answer.status,
            raw
        );
    }
    for body in [
        "%",
        "%zz",
        "purpose=%ff%fe",
        "purpose[a][b][c]=1",
        "purpose=a&purpose=b",
        "=",
        "&&&&",
        "purpose",
        "purpose=sign_in%00",
        &"a=b&".repeat(3000),
        "purpose=SignIn",
        "\u{0}",
    ] {
        for path in [
            "/api/verification/send",
            "/api/verification/check",
            "/api/captcha/challenge",
        ] {
            let mut request = browser.form_request(&call::sign_out()).with_path(path);
            request.body = body.as_bytes().to_vec();
            let answer = request.send(host).await;
            assert_eq!(
                (answer.status, answer.text().as_str()),
                (400, "{\"code\":\"bad_request\"}"),
                "{body}"
            );
        }
    }
    assert_eq!(app.new_browser().load_page("/login").await.status, 200);
}

/// Tests docs/security.md#leak-03, docs/security.md#leak-07.
async fn not_found_responses_contain_no_internal_details(database: Database) {
    let app = TestApp::start(database).await;
    for path in [
        "/nowhere",
        "/.env",
        "/sallyport.db",
        "/data/secret.key",
        "/pkg/../Cargo.toml",
        "/pkg/%2e%2e/%2e%2e/etc/passwd",
        "/pkg/..%2f..%2fetc%2fpasswd",
        "/%00",
        "/api",
        "/v2/Services",
        "/_simulator/messages",
        "/_simulator/clock",
        "/pkg/.gitignore",
        "/pkg/sallyport.wasm.map",
    ] {
        let answer = app.new_browser().load_page(path).await;
        assert!(
            matches!(answer.status, 400 | 404 | 405),
            "{path}: {}",
            answer.status
        );
        let text = lower_case_body_without_nonce(&answer);
        for word in ["root:", "[package]", "panicked", "server_fn", "axum"] {
            assert!(!text.contains(word), "{path}: {word}");
        }
    }
}

/// Tests docs/security.md#leak-07.
async fn unknown_server_function_gets_status_404(database: Database) {
    let app = TestApp::start(database).await;
    let request = app
        .new_browser()
        .form_request(&call::sign_out())
        .with_path("/api/nothing");
    let answer = request.send(app.address).await;
    assert_security_headers(&answer, "/api/nothing");
    assert_eq!(answer.status, 404, "{}", answer.text());
}

/// Tests docs/security.md#lim-07, docs/security.md#leak-01.
async fn malformed_server_function_call_gets_status_400(database: Database) {
    let app = TestApp::start(database).await;
    let call = app
        .new_browser()
        .form_request(&call::read_code_entry(Purpose::SignIn));
    for fields in [
        &[][..],
        &[("purpose", "nothing")],
        &[("purposes", "sign_in")],
    ] {
        let answer = call.clone().with_form(fields).send(app.address).await;
        assert_eq!(answer.text(), "{\"code\":\"bad_request\"}", "{fields:?}");
        assert_eq!(answer.status, 400, "{fields:?}");
    }
}
