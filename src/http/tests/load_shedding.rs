//! Tests with more requests than slots.

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get as on_get};
use tokio::sync::Notify;

use super::super::middleware::add_middleware_to_router;
use super::support::{
    Endless, create_middleware_settings, get_request, only_header_value, post_form_request,
    request_status, send_request,
};
use crate::security::request_slot::release_concurrency_slot_of_request;

/// Returns an app with one request slot per class.
///
/// Its handlers notify the first value when they have begun, and wait for the second; `/wait` frees its slot before it
/// waits.
fn app_with_one_slot() -> (Router, Arc<Notify>, Arc<Notify>) {
    let (begun, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (report, wait) = (Arc::clone(&begun), Arc::clone(&end));
    let work = move || async move {
        report.notify_one();
        wait.notified().await;
    };
    let (report, wait) = (Arc::clone(&begun), Arc::clone(&end));
    let freed = move || async move {
        release_concurrency_slot_of_request();
        let ended = wait.notified();
        report.notify_one();
        ended.await;
    };
    let router = Router::new()
        .route("/work", on_get(work))
        .route("/wait", on_get(freed))
        .route("/", any(|| async {}))
        .route("/healthz", on_get(|| async {}));
    let mut settings = create_middleware_settings();
    settings.capacity.reads = 1;
    settings.capacity.changes = 1;
    settings.capacity.probes = 1;
    settings.guard.is_probe = |path| path == "/healthz";
    (add_middleware_to_router(router, settings), begun, end)
}

#[tokio::test]
async fn request_without_a_free_slot_is_refused_at_once() {
    let (app, begun, end) = app_with_one_slot();
    let busy = tokio::spawn({
        let app = app.clone();
        async move { request_status(&app, get_request("/work")).await }
    });
    begun.notified().await;
    let refused = send_request(&app, get_request("/")).await;
    assert_eq!(refused.status(), 503);
    assert_eq!(only_header_value(refused.headers(), "retry-after"), "5");
    assert_eq!(
        request_status(&app, get_request("/healthz")).await,
        200,
        "the source has a free slot"
    );
    assert_eq!(
        request_status(&app, post_form_request("/", "")).await,
        200,
        "requests of another class have separate slots"
    );
    end.notify_one();
    assert_eq!(busy.await.expect("the request is answered"), 200);
    assert_eq!(request_status(&app, get_request("/")).await, 200);
}

#[tokio::test]
async fn requests_that_have_freed_their_slot_do_not_block_others() {
    let (app, begun, end) = app_with_one_slot();
    let mut waiting = Vec::new();
    for _ in 0..20 {
        let app = app.clone();
        waiting.push(tokio::spawn(async move {
            request_status(&app, get_request("/wait")).await
        }));
        begun.notified().await;
    }
    assert_eq!(request_status(&app, get_request("/")).await, 200);
    end.notify_waiters();
    for request in waiting {
        assert_eq!(request.await.expect("the request is answered"), 200);
    }
}

#[tokio::test]
async fn request_slot_is_free_after_the_client_disconnects() {
    let (app, begun, _end) = app_with_one_slot();
    let disconnected = tokio::spawn({
        let app = app.clone();
        async move { request_status(&app, get_request("/work")).await }
    });
    begun.notified().await;
    disconnected.abort();
    assert!(disconnected.await.is_err());
    assert_eq!(request_status(&app, get_request("/")).await, 200);
}

#[tokio::test]
async fn request_takes_no_slot_while_its_body_arrives() {
    let (app, _, _) = app_with_one_slot();
    let (silent, _dropped) = Endless::body(None);
    let mut slow = std::pin::pin!(send_request(&app, post_form_request("/", silent)));
    tokio::select! {
        biased;
        _ = &mut slow => panic!("its body never comes"),
        status = request_status(&app, get_request("/")) => assert_eq!(status, 200),
    }
}
