//! Requests to the JSON API whose head has many headers or cannot be parsed.

use crate::support::wire::{Request, Response, send_bytes};
use crate::support::{Database, RunningApp, TestApp, on_both_databases};

on_both_databases![
    request_with_more_than_64_headers_gets_a_problem_document,
    head_that_the_parser_refuses_gets_an_empty_response,
];

/// Sends a GET request with this number of headers to the JSON API.
async fn send_request_with_headers(app: &RunningApp, count: usize) -> Response {
    // The client adds `Host` and `Connection`.
    let extra = count - 2;
    (0..extra)
        .fold(Request::get("/v1/me"), |request, number| {
            request.with_header(&format!("X-Many-{number}"), "1")
        })
        .send(app.address)
        .await
}

/// Tests docs/security.md#lim-02.
async fn request_with_more_than_64_headers_gets_a_problem_document(database: Database) {
    let app = TestApp::start(database).await;
    assert_eq!(send_request_with_headers(&app, 64).await.status, 401);
    for count in [65, 80, 100] {
        let response = send_request_with_headers(&app, count).await;
        assert_eq!(response.status, 431, "{count}");
        assert_eq!(
            response.header("content-type"),
            Some("application/problem+json"),
            "{count}"
        );
        assert_eq!(response.json()["code"], "too_many_headers", "{count}");
    }
}

/// Tests docs/security.md#lim-02. The page docs/api.md describes these responses.
async fn head_that_the_parser_refuses_gets_an_empty_response(database: Database) {
    let app = TestApp::start(database).await;
    let host = app.address;
    let get = |headers: String| format!("GET /v1/me HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
    for (head, status) in [
        ("GET\r\n\r\n".to_owned(), 400),
        (
            format!("POST /v1/login HTTP/1.1\r\nHost: {host}\r\nContent-Length: -4\r\n\r\n"),
            400,
        ),
        (get("X-Many: 1\r\n".repeat(100)), 431),
        (get(format!("X-Long: {}\r\n", "a".repeat(17 * 1024))), 431),
    ] {
        let response = send_bytes(host, head.as_bytes(), "GET").await;
        assert_eq!(response.status, status, "{head:.80}");
        assert!(response.body.is_empty(), "{head:.80}");
    }
}
