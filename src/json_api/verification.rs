//! Operations that registration and sign-in share: the CAPTCHA challenge and cancelling a flow.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::api_error::ApiError;
use super::openapi::responses::CommonErrors;
use super::pending_flow::{AnonymousFlow, FlowRequest};
use super::request_body::{FlowBody, FlowReference};
use super::state::Api;
use crate::auth::entry::captcha::captcha_challenge;
use crate::auth::entry::verification;
use crate::http::error_response::ErrorResponse;
use crate::http::problem::ProblemDetails;
use domain::Purpose;

/// A challenge as ALTCHA's authors have it (<https://altcha.org/docs/v2/proof-of-work>), for
/// `register` or `login`. Its solution goes into `captcha`: base64 of
/// `{"challenge": …, "solution": {"counter": …, "derivedKey": "…"}}`, the challenge as it came. It
/// is good once, for five minutes.
#[utoipa::path(
    get, path = "/v1/captcha/{action}", tag = "verification",
    params(("action" = String, Path, description = "`register` or `login`.", example = "login")),
    responses(
        (status = 200, description = "A challenge.", body = Object),
        (status = 204, description = "No CAPTCHA is asked for."),
        CommonErrors,
        (
            status = 404, description = "There is no such action.",
            body = ProblemDetails, content_type = "application/problem+json"
        )
    )
)]
pub async fn challenge(State(api): State<Api>, Path(action): Path<String>) -> Response {
    let purpose = match action.as_str() {
        "register" => Purpose::Registration,
        "login" => Purpose::SignIn,
        _ => return ErrorResponse::NOT_FOUND.into_response(),
    };
    match captcha_challenge(&api.app, purpose) {
        Some(challenge) => ([(CONTENT_TYPE, "application/json")], challenge).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

/// A flow to be ended.
#[derive(Deserialize, ToSchema)]
#[schema(as = Cancel)]
pub struct CancelRequest {
    #[serde(default)]
    #[schema(inline)]
    flow: FlowReference,
}

impl FlowBody for CancelRequest {
    fn flow(&self) -> &FlowReference {
        &self.flow
    }
}

/// End a pending registration or sign-in, here and at the provider. What is over, or never was,
/// is answered in the same way.
#[utoipa::path(
    post, path = "/v1/verify/cancel", tag = "verification", request_body = CancelRequest,
    security((), ("client" = [])),
    responses(
        (status = 204, description = "It is over."),
        CommonErrors,
        (
            status = 401, description = "The client's name or secret is wrong.",
            body = ProblemDetails, content_type = "application/problem+json"
        )
    )
)]
pub async fn cancel(
    State(api): State<Api>,
    request: FlowRequest<AnonymousFlow, CancelRequest>,
) -> Result<Response, ApiError> {
    let no_content = StatusCode::NO_CONTENT.into_response();
    match request.flow {
        Ok(pending) => {
            let purpose = pending.purpose();
            let outcome = verification::cancel(&api.app, &pending.context, purpose).await?;
            Ok(api.with_flow_cookies(no_content, &outcome.grants))
        }
        Err(error) if error.code.status().is_client_error() => Ok(no_content),
        Err(error) => Err(error),
    }
}
