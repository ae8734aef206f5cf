//! How the message of a pending flow fares, as it happens.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Api;
use super::callers::Anonymous;
use super::openapi::Refusals;
use super::pending::{PURPOSES, held};
use super::problem::{Failure, Kind};
use crate::auth::entry::verification::{self, Position};
use crate::context::RequestContext;
use crate::event_stream::{NoStream, RETRY_SECS, stream};
use crate::http::error_response::ErrorResponse;
use crate::http::problem::ProblemDetails;
use crate::store::StoreError;
use domain::Purpose;

/// Whose events.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// From the call that began the flow; without it, the one in the browser's cookie.
    #[serde(default)]
    #[param(example = "mZ0rS1w6Yk9o5m2gq0Kf3l8rX7tUeJYb1cD4hA9vNnQ")]
    flow: Option<String>,
}

/// Follow the message of a pending flow. Each event is named `status`, and its data is an object
/// whose member `status` is `sent`, `delivered`, `undelivered`, `expired`, `completed` or `ended`;
/// after the last two the stream ends. Nothing has to wait for it: a code works whatever it says.
#[utoipa::path(
    get, path = "/v1/events", tag = "verification", params(Which),
    security((), ("client" = [])),
    responses(
        (status = 200, description = "Events until the flow is over.", body = String, content_type = "text/event-stream"),
        (
            status = 401, description = "The client's name or secret is wrong.",
            body = ProblemDetails, content_type = "application/problem+json"
        ),
        (
            status = 404, description = "There is no such flow.",
            body = ProblemDetails, content_type = "application/problem+json"
        ),
        (
            status = 429, description = "The flow, its caller or the server has all the streams it may: `retry_after`.",
            body = ProblemDetails, content_type = "application/problem+json"
        ),
        Refusals
    )
)]
pub async fn follow(
    State(api): State<Api>,
    caller: Anonymous,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Response, Failure> {
    let given = which.ok().and_then(|Query(Which { flow })| flow);
    let Some((context, purpose)) = followed(&api, &caller, given.as_deref()).await? else {
        return Ok(ErrorResponse::NOT_FOUND.into_response());
    };
    match stream(&api.app, &api.streams, context, purpose).await {
        Ok(events) => Ok(events),
        Err(NoStream::NotFound) => Ok(ErrorResponse::NOT_FOUND.into_response()),
        Err(NoStream::TooMany) => Err(Kind::TooManyRequests { secs: RETRY_SECS }.into()),
        Err(NoStream::Store(error)) => Err(error.into()),
    }
}

/// The flow that goes on, of those the call may mean; without one, the first that is over, so that
/// its end is told.
async fn followed(
    api: &Api,
    caller: &Anonymous,
    given: Option<&str>,
) -> Result<Option<(RequestContext, Purpose)>, StoreError> {
    let mut over = None;
    for (purpose, handle) in held(caller, given, &PURPOSES) {
        let context = caller.context.with_flow_token(purpose, handle);
        match verification::position(&api.app, &context, purpose).await? {
            Position::At(_) => return Ok(Some((context, purpose))),
            Position::Over(_) => over = over.or(Some((context, purpose))),
            Position::Nowhere => {}
        }
    }
    Ok(over)
}
