//! The readiness probe `GET /readyz`. It reports whether the database accepts writes, whether its file was replaced, and
//! whether codes and notifications can be sent.

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

/// The response text while the database does not accept writes.
const NOT_WRITABLE: &str = "the database does not accept writes";

/// The response text after the SQLite file was deleted or replaced.
const FILE_REPLACED: &str = "the database file was replaced or deleted; restart the server";

/// Shared state of the readiness probe: the application state and the cached result of the last database check.
struct Readiness {
    app: SharedAppState,
    /// The time of the last check, and the problem that it has found.
    last: Mutex<Option<(Instant, Option<&'static str>)>>,
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
/// The body of a 200 lists degraded services. That of a 503 says what is wrong with the database.
async fn respond_to_readiness_probe(State(readiness): State<Arc<Readiness>>) -> Response {
    let Some(problem) = readiness.find_database_problem().await else {
        // The status is still 200: other nodes cannot reach the provider either, and authenticator apps need none.
        return match describe_degraded_services(&readiness.app).as_slice() {
            [] => "ready".to_owned(),
            reasons => format!("ready, degraded: {}", reasons.join("; ")),
        }
        .into_response();
    };
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(RETRY_AFTER, CHECK_INTERVAL.as_secs().to_string())],
        problem,
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
    /// Returns what is wrong with the database. Uses a cached result that is at most one second old.
    async fn find_database_problem(&self) -> Option<&'static str> {
        let store = &self.app.store;
        let mut last = self.last.lock().await;
        let recent = last.filter(|(at, _)| at.elapsed() < CHECK_INTERVAL);
        if let Some((_, Some(problem))) = recent {
            return Some(problem);
        }
        if readiness::is_database_file_replaced(store) {
            *last = Some((Instant::now(), Some(FILE_REPLACED)));
            tracing::error!(
                "the database file was replaced or deleted while the server was running: changes do not reach the new \
                 file, so restart the server ({})",
                store.location()
            );
            return Some(FILE_REPLACED);
        }
        let checked = if recent.is_some() {
            let read = readiness::check_database_readable(store).await;
            if read.is_ok() {
                return None;
            }
            read
        } else {
            readiness::check_database_writable(store, self.app.now()).await
        };
        let problem = checked.is_err().then_some(NOT_WRITABLE);
        *last = Some((Instant::now(), problem));
        if let Err(error) = checked {
            self.log_database_failure(error);
        }
        problem
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
