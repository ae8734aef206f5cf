//! `GET /readyz`: whether the database accepts writes, and whether the phone provider responds.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::context::SharedAppState;
use crate::store::{StoreError, readiness};

/// Requests within this time after a successful write only read. An attacker can cause one write in this time.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// The last check. Requests that arrive during a check wait for its result.
struct Readiness {
    app: SharedAppState,
    last: Mutex<Option<(Instant, bool)>>,
}

/// The route of the check.
pub(super) fn route<S: Clone + Send + Sync + 'static>(app: SharedAppState) -> MethodRouter<S> {
    let last = Mutex::new(None);
    get(answer).with_state(Arc::new(Readiness { app, last }))
}

async fn answer(State(readiness): State<Arc<Readiness>>) -> Response {
    if readiness.is_ready().await {
        // Still 200: no other node can reach the provider either, and authenticator apps need no provider.
        return if readiness.app.verifier.is_available() {
            "ready"
        } else {
            "ready, degraded: the phone provider does not respond or is slow, so sends of codes fail at once"
        }
        .into_response();
    }
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(RETRY_AFTER, CHECK_INTERVAL.as_secs().to_string())],
        "the database does not accept writes",
    )
        .into_response()
}

impl Readiness {
    async fn is_ready(&self) -> bool {
        let mut last = self.last.lock().await;
        let checked = match *last {
            Some((at, false)) if at.elapsed() < CHECK_INTERVAL => return false,
            Some((at, true)) if at.elapsed() < CHECK_INTERVAL => {
                let read = readiness::read(&self.app.store).await;
                if read.is_ok() {
                    return true;
                }
                read
            }
            _ => readiness::write(&self.app.store, self.app.now()).await,
        };
        let ready = checked.is_ok();
        *last = Some((Instant::now(), ready));
        if let Err(error) = checked {
            self.log(error);
        }
        ready
    }

    /// Logs why the database is not ready. Finding the cause takes seconds, and the answer does not wait for it.
    fn log(&self, error: StoreError) {
        let location = Arc::clone(self.app.store.location());
        tokio::spawn(async move {
            let explanation = location.explain(&error).await;
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "not ready: the database failed: {explanation}"
            );
        });
    }
}
