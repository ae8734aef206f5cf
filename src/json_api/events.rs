//! The delivery status of a pending flow, as server-sent events.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::api_error::{ApiError, ErrorCode};
use super::authentication::AnonymousRequest;
use super::openapi::responses::CommonErrors;
use super::pending_flow::{AnonymousFlow, FlowKind as _};
use super::request_body::FlowReference;
use super::state::Api;
use crate::auth::entry::verification::{self, Position};
use crate::context::RequestContext;
use crate::event_stream::{RETRY_SECS, StreamError, open_stream};
use crate::http::error_response::ErrorResponse;
use crate::http::problem::ProblemDetails;
use crate::store::StoreError;
use domain::Purpose;

/// Selects the flow.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// The flow token from the response that began the flow. Default: the cookie of the browser.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "mZ0rS1w6Yk9o5m2gq0Kf3l8rX7tUeJYb1cD4hA9vNnQ")]
    flow: FlowReference,
}

/// Follow the delivery status of a pending flow. Each event has the name `status`. Its data is an object
/// whose member `status` is `sent`, `delivered`, `undelivered`, `expired`, `completed` or `ended`. The
/// stream ends after the last two. A code is valid whatever the status is.
#[utoipa::path(
    get, path = "/v1/events", operation_id = "follow", tag = "verification", params(EventsQuery),
    security((), ("client" = [])),
    responses(
        (status = 200, description = "Events until the flow is over.", body = String, content_type = "text/event-stream"),
        (
            status = 401, description = "The name or the secret of the API client is wrong.",
            body = ProblemDetails, content_type = "application/problem+json"
        ),
        (
            status = 404, description = "The flow does not exist.",
            body = ProblemDetails, content_type = "application/problem+json"
        ),
        (
            status = 429, description = "The limit on open streams of the flow is reached. `retry_after` has the delay.",
            body = ProblemDetails, content_type = "application/problem+json"
        ),
        CommonErrors
    )
)]
pub async fn follow_events(
    State(api): State<Api>,
    request: AnonymousRequest,
    query: Result<Query<EventsQuery>, QueryRejection>,
) -> Result<Response, ApiError> {
    let reference = query.map_or_else(|_| FlowReference::default(), |Query(query)| query.flow);
    let Some((context, purpose)) = flow_to_follow(&api, &request, &reference).await? else {
        return Ok(ErrorResponse::NOT_FOUND.into_response());
    };
    match open_stream(&api.app, &api.stream_limit, context, purpose).await {
        Ok(events) => Ok(events),
        Err(StreamError::FlowNotFound) => Ok(ErrorResponse::NOT_FOUND.into_response()),
        Err(StreamError::LimitReached) => {
            Err(ErrorCode::TooManyRequests { secs: RETRY_SECS }.into())
        }
        Err(StreamError::Store(error)) => Err(error.into()),
    }
}

/// The live flow that the request refers to. Without one, the first flow that is over, so that the stream can report
/// its end.
async fn flow_to_follow(
    api: &Api,
    request: &AnonymousRequest,
    reference: &FlowReference,
) -> Result<Option<(RequestContext, Purpose)>, StoreError> {
    let mut over = None;
    for (purpose, flow_token) in reference.flow_token_candidates(request, AnonymousFlow::PURPOSES) {
        let context = request.context.with_flow_token(purpose, flow_token);
        match verification::position(&api.app, &context, purpose).await? {
            Position::At(_) => return Ok(Some((context, purpose))),
            Position::Over(_) => over = over.or(Some((context, purpose))),
            Position::Nowhere => {}
        }
    }
    Ok(over)
}
