//! More requests than hands.

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get as on_get};
use tokio::sync::Notify;

use super::super::edge::edge;
use super::support::{Endless, get, one, post, send, settings, status};

/// One hand. `/work` says when it has begun and ends when told to.
fn one_hand() -> (Router, Arc<Notify>, Arc<Notify>) {
    let (begun, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (say, wait) = (Arc::clone(&begun), Arc::clone(&end));
    let work = move || async move {
        say.notify_one();
        wait.notified().await;
    };
    let router = Router::new()
        .route("/work", on_get(work))
        .route("/", any(|| async {}))
        .route("/healthz", on_get(|| async {}));
    let mut settings = settings();
    settings.max_running = 1;
    settings.guard.probe = |path| path == "/healthz";
    (edge(router, settings), begun, end)
}

#[tokio::test]
async fn a_request_too_many_is_turned_away_at_once_and_the_next_is_served() {
    let (app, begun, end) = one_hand();
    let busy = tokio::spawn({
        let app = app.clone();
        async move { status(&app, get("/work")).await }
    });
    begun.notified().await;
    let turned_away = send(&app, get("/")).await;
    assert_eq!(turned_away.status(), 503);
    assert_eq!(one(turned_away.headers(), "retry-after"), "5");
    assert_eq!(
        status(&app, get("/healthz")).await,
        200,
        "a busy node is not a dead one"
    );
    end.notify_one();
    assert_eq!(busy.await.expect("the request is answered"), 200);
    assert_eq!(status(&app, get("/")).await, 200);
}

#[tokio::test]
async fn a_client_that_leaves_frees_the_hand() {
    let (app, begun, _end) = one_hand();
    let left = tokio::spawn({
        let app = app.clone();
        async move { status(&app, get("/work")).await }
    });
    begun.notified().await;
    left.abort();
    assert!(left.await.is_err());
    assert_eq!(status(&app, get("/")).await, 200);
}

#[tokio::test]
async fn a_body_on_its_way_holds_no_hand() {
    let (app, _, _) = one_hand();
    let (silent, _told) = Endless::body(None);
    let mut slow = std::pin::pin!(send(&app, post("/", silent)));
    tokio::select! {
        biased;
        _ = &mut slow => panic!("its body never comes"),
        status = status(&app, get("/")) => assert_eq!(status, 200),
    }
}
