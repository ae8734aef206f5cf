//! Streams the delivery status of a pending flow as server-sent events.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName};
use axum::response::Response;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::api_error::{ApiError, ErrorCode};
use super::authentication::{AnonymousRequest, AuthenticatedRequest, OptionalAuthentication};
use super::openapi::responses::{CommonErrors, DeletionErrors};
use super::pending_flow::{AnonymousFlow, FlowKind as _};
use super::request_body::{FlowReference, text_or_absent};
use super::state::Api;
use crate::auth::entry::payment;
use crate::auth::entry::verification::{self, CallerFlow};
use crate::context::RequestContext;
use crate::event_stream::{
    RETRY_SECS, StreamError, event_stream_response_with_final_status, open_status_stream,
};
use crate::http::problem::ProblemDetails;
use crate::http::single_header::SingleHeader;
use crate::store::StoreError;
use domain::{LiveStatus, PaymentId, PaymentStatus, Purpose};

/// The header with the flow token of a client that has no cookie.
const FLOW: HeaderName = HeaderName::from_static("sallyport-flow");

/// Query parameters of `GET /v1/events` that select a flow.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// The flow token from the response that began the flow. Prefer the header `Sallyport-Flow`, because proxies log
    /// addresses. Default: the cookie of the browser.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "mZ0rS1w6Yk9o5m2gq0Kf3l8rX7tUeJYb1cD4hA9vNnQ")]
    flow: FlowReference,
    /// Selects the flow of this payment instead. Needs the access token of the session that began it.
    #[serde(default)]
    #[param(example = "9f86d081884c7d659a2feaa0c55ad015")]
    payment_id: Option<String>,
}

/// One event of the stream.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "only describes the events that `event_stream` writes"
)]
struct StatusEvent {
    /// The name of the event.
    #[schema(pattern = "^status$", example = "status")]
    event: String,
    /// A JSON object with the member `status`.
    #[schema(example = r#"{"status":"delivered"}"#)]
    data: String,
    /// The delay in milliseconds before a client whose connection broke connects again.
    #[schema(example = 2000)]
    retry: u32,
}

/// Follow the delivery status of a pending flow. Each event has the name `status`. Its data is an object
/// whose member `status` is `sent`, `delivered`, `undelivered`, `expired`, `completed` or `ended`. The
/// stream ends after the last two. A code is valid whatever the status is. A payment that needed no code has
/// the event `completed`, or `ended` if it failed.
#[utoipa::path(
    get, path = "/v1/events", operation_id = "follow", tag = "verification",
    params(
        EventsQuery,
        (
            "Sallyport-Flow" = Option<String>, Header,
            description = "The flow token from the response that began the flow. It replaces the parameter `flow`."
        )
    ),
    security((), ("client" = []), ("token" = [])),
    responses(
        (status = 200, description = "Events until the flow is over. The schema describes one event.", body = StatusEvent, content_type = "text/event-stream"),
        (
            status = 401, description = "The name or the secret of the API client is wrong, or the access token for a payment.",
            body = ProblemDetails, content_type = "application/problem+json"
        ),
        (
            status = 404, description = "The flow does not exist: `not_found`. Or the account has no such payment: `payment_not_found`.",
            body = ProblemDetails, content_type = "application/problem+json"
        ),
        (
            status = 429, description = "The limit on open streams of the flow is reached. `retry_after` has the delay.",
            body = ProblemDetails, content_type = "application/problem+json"
        ),
        CommonErrors,
        DeletionErrors
    )
)]
pub async fn stream_flow_status_events(
    State(api): State<Api>,
    request: AnonymousRequest,
    OptionalAuthentication(payer): OptionalAuthentication,
    headers: HeaderMap,
    query: Result<Query<EventsQuery>, QueryRejection>,
) -> Result<Response, ApiError> {
    let query = query.map_or_else(|_| EventsQuery::default(), |Query(query)| query);
    if let Some(id) = text_or_absent(query.payment_id.as_deref()) {
        return stream_payment_status_events(&api, &payer?, id).await;
    }
    let flow = flow_reference_in_header(&headers).unwrap_or(query.flow);
    let found = find_flow_for_event_stream(&api, &request, &flow).await?;
    let (context, purpose) = found.ok_or(ErrorCode::FlowUnknown)?;
    open_flow_event_stream(&api, context, purpose).await
}

/// Opens the event stream of a flow.
async fn open_flow_event_stream(
    api: &Api,
    context: RequestContext,
    purpose: Purpose,
) -> Result<Response, ApiError> {
    open_status_stream(&api.app, &api.stream_limit, context, purpose)
        .await
        .map_err(|error| match error {
            StreamError::FlowNotFound => ErrorCode::FlowUnknown.into(),
            StreamError::LimitReached { .. } => {
                ErrorCode::TooManyRequests { secs: RETRY_SECS }.into()
            }
            StreamError::Store(error) => error.into(),
        })
}

/// Returns the reference to a flow in the header `Sallyport-Flow`. Returns `None` if the header is absent.
fn flow_reference_in_header(headers: &HeaderMap) -> Option<FlowReference> {
    match SingleHeader::read_header(headers, &FLOW) {
        SingleHeader::Absent => None,
        SingleHeader::Value(token) => Some(FlowReference::from_flow_token(token)),
        // The empty token refers to no flow.
        SingleHeader::Ambiguous => Some(FlowReference::from_flow_token("")),
    }
}

/// Streams the events of the flow of a payment that was begun in the session of the access token.
///
/// A payment without such a flow has one event if it is settled, for example if it needed no code.
async fn stream_payment_status_events(
    api: &Api,
    payer: &AuthenticatedRequest,
    id: &str,
) -> Result<Response, ApiError> {
    let id = PaymentId::parse(id).ok_or(ErrorCode::PaymentUnknown)?;
    let payment = payment::find_payment(&api.app, &payer.signed_in, &id).await?;
    let payment = payment.ok_or(ErrorCode::PaymentUnknown)?;
    let context = payment::with_payment_flow_token(&api.app, &payer.context, &id).await?;
    let opened = open_flow_event_stream(api, context, Purpose::Payment).await;
    match (opened, payment.state.payment_status()) {
        (Err(error), status) if error.code == ErrorCode::FlowUnknown => match status {
            PaymentStatus::Pending => Err(error),
            PaymentStatus::Processing | PaymentStatus::Completed => Ok(
                event_stream_response_with_final_status(LiveStatus::Completed),
            ),
            PaymentStatus::Failed | PaymentStatus::Expired => {
                Ok(event_stream_response_with_final_status(LiveStatus::Ended))
            }
        },
        (opened, _) => opened,
    }
}

/// Finds the flow whose events the server streams: the first pending flow of the request, or else the first ended one.
async fn find_flow_for_event_stream(
    api: &Api,
    request: &AnonymousRequest,
    reference: &FlowReference,
) -> Result<Option<(RequestContext, Purpose)>, StoreError> {
    let mut ended_flow = None;
    for (purpose, flow_token) in
        reference.list_candidate_flow_tokens(request, AnonymousFlow::PURPOSES)
    {
        let context = request.context.with_flow_token(purpose, flow_token);
        match verification::find_flow_by_request_token(&api.app, &context, purpose).await? {
            CallerFlow::Live(_) => return Ok(Some((context, purpose))),
            CallerFlow::Ended(_) => ended_flow = ended_flow.or(Some((context, purpose))),
            CallerFlow::Replaced | CallerFlow::Missing => {}
        }
    }
    Ok(ended_flow)
}
