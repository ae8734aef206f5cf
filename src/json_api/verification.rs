//! Handlers that several flows share: the CAPTCHA challenge, and cancelling a flow.

use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::api_error::ApiError;
use super::authentication::OptionalAuthentication;
use super::openapi::responses::CommonErrors;
use super::pending_flow::{AnonymousFlow, FlowRequest};
use super::request_body::{FlowBody, FlowReference, text_or_absent};
use super::state::Api;
use crate::auth::entry::captcha::create_captcha_challenge_of_form;
use crate::auth::entry::{payment, verification};
use crate::context::http_state::read_request_context;
use crate::http::error_response::ErrorResponse;
use crate::http::problem::ProblemDetails;
use domain::{PaymentId, Purpose};

/// Get a CAPTCHA challenge for `register`, `login` or `password`, in the format of ALTCHA
/// (<https://altcha.org/docs/v2/proof-of-work>). Send the solution as `captcha`: base64 of
/// `{"challenge": …, "solution": {"counter": …, "derivedKey": "…"}}` with the unchanged challenge. A
/// solution is valid once and for five minutes. If `vendor` names a CAPTCHA service, `captcha` is its token instead.
/// After three refused sign-ins of an address within an hour, its challenges for `login` demand four
/// times the work.
#[utoipa::path(
    get, path = "/v1/captcha/{action}", operation_id = "challenge", tag = "verification",
    params(("action" = String, Path, description = "`register`, `login` or `password`.", example = "login")),
    responses(
        (status = 200, description = "The challenge.", body = Object),
        (status = 204, description = "No CAPTCHA is needed."),
        CommonErrors,
        (
            status = 404, description = "The action does not exist.",
            body = ProblemDetails, content_type = "application/problem+json"
        )
    )
)]
pub async fn get_captcha_challenge(
    State(api): State<Api>,
    Path(action): Path<String>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Response {
    let purpose = match action.as_str() {
        "register" => Purpose::Registration,
        "login" => Purpose::SignIn,
        "password" => Purpose::PasswordReset,
        _ => return ErrorResponse::NOT_FOUND.into_response(),
    };
    let context = read_request_context(&api.cookies, &headers, &extensions);
    match create_captcha_challenge_of_form(&api.app, &context, purpose).await {
        Some(challenge) => ([(CONTENT_TYPE, "application/json")], challenge).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

/// Request body of `POST /v1/verify/cancel`.
#[derive(Deserialize, ToSchema)]
#[schema(as = Cancel)]
pub struct CancelRequest {
    #[serde(default)]
    #[schema(inline)]
    flow: FlowReference,
    /// Cancels this payment instead. Needs an access token of its account. The token of another session than the one
    /// that began the payment needs a second factor.
    #[serde(default)]
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015")]
    payment_id: Option<String>,
}

impl FlowBody for CancelRequest {
    /// Returns the reference to the flow in this request body.
    fn flow_reference(&self) -> &FlowReference {
        &self.flow
    }
}

/// Cancel a pending registration, sign-in or payment on the server and at the provider. The response is the same
/// for a flow that is over or unknown.
#[utoipa::path(
    post, path = "/v1/verify/cancel", operation_id = "cancel", tag = "verification", request_body = CancelRequest,
    security((), ("client" = []), ("token" = [])),
    responses(
        (status = 204, description = "The flow is over."),
        CommonErrors,
        (
            status = 401, description = "The name or the secret of the API client is wrong: `invalid_client`. Or the access token for a payment is missing or invalid: `invalid_token`.",
            body = ProblemDetails, content_type = "application/problem+json"
        ),
        (
            status = 403, description = "Another session began the payment, and the session of the token has no second factor: `second_factor_required`. Or the account of the token will be deleted: `deletion_pending`. Or a page of another site made the call.",
            body = ProblemDetails, content_type = "application/problem+json"
        )
    )
)]
pub async fn cancel_flow(
    State(api): State<Api>,
    OptionalAuthentication(payer): OptionalAuthentication,
    request: FlowRequest<AnonymousFlow, CancelRequest>,
) -> Result<Response, ApiError> {
    let no_content = StatusCode::NO_CONTENT.into_response();
    if let Some(id) = text_or_absent(request.body.payment_id.as_deref()) {
        let payer = payer?;
        if let Some(id) = PaymentId::parse(id) {
            payment::cancel_payment(&api.app, &payer.context, &payer.signed_in, &id).await?;
        }
        return Ok(no_content);
    }
    match request.flow {
        Ok(pending) => {
            let purpose = pending.purpose();
            let outcome =
                verification::cancel_verification(&api.app, &pending.context, purpose, None)
                    .await?;
            Ok(api.add_changed_tokens_to_response(no_content, &outcome.token_changes))
        }
        Err(error) if error.code.http_status().is_client_error() => Ok(no_content),
        Err(error) => Err(error),
    }
}
