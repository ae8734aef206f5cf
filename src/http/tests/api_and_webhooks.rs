//! Requests to the JSON API and to webhooks.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::{any, get as on_get};

use super::super::middleware::add_middleware_to_router;
use super::super::request_guard::RouteKind;
use super::support::{
    OWN, create_middleware_settings, get_request, only_header_value, post_form_request,
    read_body_text, request_status, send_request, with_header, without_header,
};

/// Returns an app that accepts every path: webhooks, the JSON API below `/v1`, and pages.
fn create_webhook_and_api_app() -> Router {
    let mut settings = create_middleware_settings();
    settings.guard.route_kind = |path| match path {
        _ if path.starts_with("/webhooks/") => RouteKind::Webhook,
        _ if path.starts_with("/v1/") => RouteKind::JsonApi,
        _ => RouteKind::Page,
    };
    let reads = Router::new().route("/v1/reads", on_get(|| async {}));
    add_middleware_to_router(reads.fallback(any(|| async {})), settings)
}

/// Builds a POST request with a JSON body, as sent by a program.
fn create_json_post_request(path: &str, body: impl Into<Body>) -> Request<Body> {
    let request = without_header(post_form_request(path, body), "origin");
    with_header(request, "content-type", "application/json")
}

#[tokio::test]
async fn larger_body_is_accepted_on_webhook_paths_only() {
    let app = create_webhook_and_api_app();
    let webhook = |path, size| create_json_post_request(path, vec![b'{'; size]);
    let path = "/webhooks/twilio";
    assert_eq!(request_status(&app, webhook(path, 64 * 1024)).await, 200);
    assert_eq!(
        request_status(&app, webhook(path, 64 * 1024 + 1)).await,
        413
    );
    let form = || without_header(post_form_request(path, "a=1"), "origin");
    assert_eq!(request_status(&app, form()).await, 200);
    for kind in ["text/plain", "multipart/form-data; boundary=x", ""] {
        let wrong_type = with_header(without_header(form(), "content-type"), "content-type", kind);
        assert_eq!(request_status(&app, wrong_type).await, 415, "{kind}");
    }
    assert_eq!(
        request_status(&app, webhook("/webhook/twilio", 2)).await,
        403
    );
    assert_eq!(
        request_status(&app, webhook("/x/../webhooks/twilio", 2)).await,
        403
    );
}

#[tokio::test]
async fn json_api_accepts_json_from_programs_and_refuses_pages_of_other_sites() {
    let app = create_webhook_and_api_app();
    let call = || create_json_post_request("/v1/login", "{}");
    assert_eq!(request_status(&app, call()).await, 200);
    assert_eq!(
        request_status(
            &app,
            without_header(create_json_post_request("/v1/logout", ""), "content-type")
        )
        .await,
        200
    );
    assert_eq!(
        request_status(&app, with_header(call(), "origin", OWN)).await,
        200
    );
    assert_eq!(
        request_status(&app, with_header(call(), "origin", "https://evil.example")).await,
        403
    );
    assert_eq!(
        request_status(&app, with_header(call(), "origin", "null")).await,
        403
    );
    assert_eq!(
        request_status(&app, with_header(call(), "sec-fetch-site", "cross-site")).await,
        403
    );
    assert_eq!(
        request_status(&app, with_header(call(), "sec-fetch-mode", "no-cors")).await,
        403
    );
    assert_eq!(
        request_status(&app, with_header(call(), "sec-fetch-mode", "cors")).await,
        200
    );
    assert_eq!(
        request_status(&app, with_header(call(), "content-type", "text/plain")).await,
        415
    );
    assert_eq!(
        request_status(&app, without_header(call(), "content-type")).await,
        415
    );
    assert_eq!(
        request_status(
            &app,
            create_json_post_request("/v1/login", vec![b' '; 16 * 1024 + 1])
        )
        .await,
        413
    );
    let cross_site = with_header(get_request("/v1/me"), "sec-fetch-site", "cross-site");
    assert_eq!(
        request_status(&app, with_header(cross_site, "sec-fetch-mode", "no-cors")).await,
        403
    );
    assert_eq!(request_status(&app, get_request("/v1/me")).await, 200);
}

#[tokio::test]
async fn every_error_of_the_json_api_has_problem_details() {
    let app = create_webhook_and_api_app();
    let call = || create_json_post_request("/v1/login", "{}");
    let mut delete = get_request("/v1/reads");
    *delete.method_mut() = axum::http::Method::DELETE;
    for (status, code, request) in [
        (403, "cross_site", with_header(call(), "origin", "null")),
        (405, "method", delete),
        (
            413,
            "body_too_large",
            create_json_post_request("/v1/login", vec![b' '; 16 * 1024 + 1]),
        ),
        (
            415,
            "media_type",
            with_header(call(), "content-type", "text/plain"),
        ),
        (
            421,
            "wrong_host",
            with_header(get_request("/v1/me"), "host", "evil.example"),
        ),
    ] {
        // The format does not depend on `Accept`, which many programs leave out.
        let response = send_request(&app, with_header(request, "accept", "text/html")).await;
        assert_eq!(response.status(), status);
        let allow = response.headers().get("allow");
        assert_eq!(
            allow.is_some_and(|allow| allow == "GET,HEAD"),
            status == 405
        );
        let kind = only_header_value(response.headers(), "content-type");
        assert_eq!(kind, "application/problem+json");
        let body: serde_json::Value =
            serde_json::from_str(&read_body_text(response).await).expect("valid JSON");
        assert_eq!(body["status"], status);
        assert_eq!(body["code"], code);
        assert_eq!(body["type"], format!("urn:sallyport:problem:{code}"));
        assert!(
            body["title"].is_string() && body["error"].is_string(),
            "{body}"
        );
    }
}
