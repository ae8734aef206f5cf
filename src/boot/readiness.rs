//! The readiness probe `GET /readyz`. It reports whether the database accepts writes, and whether codes and
//! notifications can be sent.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::context::{AppState, SharedAppState};
use crate::store::outbox::Channel;
use crate::store::{StoreError, readiness};

/// The time after a database check in which probes cause no further write.
///
/// So an attacker who sends many probes causes at most one write in it.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Shared state of the readiness probe: the application state and the cached result of the last database check.
struct Readiness {
    app: SharedAppState,
    last: Mutex<Option<(Instant, bool)>>,
}

/// Builds the handler of the readiness probe `GET /readyz`.
pub(super) fn create_readiness_route<S: Clone + Send + Sync + 'static>(
    app: SharedAppState,
) -> MethodRouter<S> {
    let last = Mutex::new(None);
    get(respond_to_readiness_probe).with_state(Arc::new(Readiness { app, last }))
}

/// Handles `GET /readyz`: responds with 200 if the database accepts writes, otherwise with 503.
///
/// The body of a 200 lists degraded services.
async fn respond_to_readiness_probe(State(readiness): State<Arc<Readiness>>) -> Response {
    if readiness.is_database_writable().await {
        // The status is still 200: other nodes cannot reach the provider either, and authenticator apps need none.
        return match describe_degraded_services(&readiness.app).as_slice() {
            [] => "ready".to_owned(),
            reasons => format!("ready, degraded: {}", reasons.join("; ")),
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

/// Describes each failed or impaired service other than the database, in one phrase per service.
fn describe_degraded_services(app: &AppState) -> Vec<&'static str> {
    let reasons = [
        (
            !app.verifier.is_provider_available(),
            "the phone provider does not respond or is slow, so sends of codes fail at once",
        ),
        (
            app.delivery_health.is_channel_failing(Channel::Sms),
            "notifications by text message are not delivered",
        ),
        (
            app.delivery_health.is_channel_failing(Channel::Mail),
            "notifications by mail are not delivered",
        ),
        (
            app.clock_health.is_clock_wrong(),
            "the clock of this node differs from the clock of the database",
        ),
    ];
    let degraded = reasons.into_iter().filter(|(is_degraded, _)| *is_degraded);
    degraded.map(|(_, reason)| reason).collect()
}

impl Readiness {
    /// Returns whether the database accepts writes. Uses a cached result that is at most one second old.
    async fn is_database_writable(&self) -> bool {
        let mut last = self.last.lock().await;
        let checked = match *last {
            Some((at, false)) if at.elapsed() < CHECK_INTERVAL => return false,
            Some((at, true)) if at.elapsed() < CHECK_INTERVAL => {
                let read = readiness::check_database_readable(&self.app.store).await;
                if read.is_ok() {
                    return true;
                }
                read
            }
            _ => readiness::check_database_writable(&self.app.store, self.app.now()).await,
        };
        let ready = checked.is_ok();
        *last = Some((Instant::now(), ready));
        if let Err(error) = checked {
            self.log_database_failure(error);
        }
        ready
    }

    /// Diagnoses in a background task why the database check failed, and logs the cause.
    fn log_database_failure(&self, error: StoreError) {
        // The diagnosis takes seconds, so it must not delay the response to the probe.
        let location = Arc::clone(self.app.store.location());
        let diagnosis = async move {
            let explanation = location.explain_database_error(&error).await;
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "not ready: the database does not accept writes: {explanation}"
            );
        };
        tokio::spawn(diagnosis.in_current_span());
    }
}
