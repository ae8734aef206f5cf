use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::page_context::{PageContext, error_response};
use crate::context::RequestContext;
use crate::event_stream::{
    StreamError, event_stream_response_at_stream_limit, event_stream_response_for_ended_flow,
    open_status_stream,
};
use crate::http::error_response::ErrorResponse;
use crate::security::token::FlowId;
use crate::web::request::WebState;
use domain::Purpose;

/// Query parameters that select the verification flow whose status events are streamed.
#[derive(Deserialize)]
pub struct EventsQuery {
    purpose: Purpose,
    /// The ID of the flow that the page shows. Empty on a page from a node of an older version.
    #[serde(default)]
    flow_id: String,
}

/// Handles `/verification/events`: streams the delivery status of this browser's code as server-sent events.
pub async fn stream_delivery_status_events(
    State(shared): State<WebState>,
    page_context: PageContext,
    query: Result<Query<EventsQuery>, QueryRejection>,
) -> Response {
    let Ok(Query(EventsQuery { purpose, flow_id })) = query else {
        return ErrorResponse::NOT_FOUND.into_response();
    };
    let context = RequestContext {
        page_flow: FlowId::parse(&flow_id),
        ..page_context.request_context
    };
    match open_status_stream(&shared.app, &shared.stream_limit, context, purpose).await {
        Ok(events) => events,
        Err(StreamError::FlowNotFound) => event_stream_response_for_ended_flow(),
        Err(StreamError::LimitReached { status }) => event_stream_response_at_stream_limit(status),
        Err(StreamError::Store(error)) => error_response(error.into()),
    }
}
