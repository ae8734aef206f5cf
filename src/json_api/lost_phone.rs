//! Handlers for an account whose phone was reported lost: the owner keeps the number, and cancels the recovery.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::api_error::{ApiError, ErrorCode};
use super::authentication::{AuthenticatedRequest, convert_flow_error_of_signed_in_request};
use super::login::{LoginResponse, continue_sign_in, to_sign_in_error};
use super::methods::MethodName;
use super::openapi::responses::{AccessTokenErrors, CommonErrors, DeletionErrors, FlowErrors};
use super::pending_flow::{FlowRequest, SetUpFlow};
use super::register::ResendRequest;
use super::state::Api;
use crate::auth::entry::lost_phone;

/// Sign in with the earlier second factor, if `lost_phone` was true in the response of the sign-in. The response has
/// a new flow for this sign-in; the flow of the set-up ends. For an account without a second factor, the new flow is a
/// set-up that asks for the number on file. After the sign-in, `/v1/recovery/cancel` keeps the number.
#[utoipa::path(
    post, path = "/v1/login/keep-number", tag = "sign-in", operation_id = "login_keep_number",
    request_body = ResendRequest,
    security((), ("client" = [])),
    responses((status = 200, description = "The sign-in needs a second factor, or must set one up.", body = LoginResponse), CommonErrors, FlowErrors)
)]
pub async fn keep_phone_number(
    State(api): State<Api>,
    FlowRequest { body, flow, .. }: FlowRequest<SetUpFlow, ResendRequest>,
) -> Result<Response, ApiError> {
    let method_name = MethodName::parse_method(body.method.as_deref())?;
    let pending = flow?;
    let outcome = lost_phone::sign_in_with_earlier_second_factor(&api.app, &pending.context)
        .await
        .map_err(to_sign_in_error)?;
    let Some((purpose, flow_token)) = outcome.flow_token() else {
        return Err(ErrorCode::Internal.into());
    };
    let context = pending.context.with_flow_token(purpose, flow_token.clone());
    let body = continue_sign_in(&api, &context, purpose, method_name, flow_token).await?;
    Ok(api.build_json_response(StatusCode::OK, body, &outcome.token_changes))
}

/// Response body of `POST /v1/recovery/cancel`.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCancelled {
    #[schema(example = "The phone number stays")]
    message: &'static str,
}

/// Cancel the replacement of the phone that was reported lost. Also succeeds if none is pending.
#[utoipa::path(
    post, path = "/v1/recovery/cancel", tag = "account", operation_id = "recovery_cancel", security(("token" = [])),
    responses((status = 200, description = "The account keeps its phone number.", body = RecoveryCancelled), CommonErrors, AccessTokenErrors, DeletionErrors)
)]
pub async fn cancel_recovery(
    State(api): State<Api>,
    request: AuthenticatedRequest,
) -> Result<Json<RecoveryCancelled>, ApiError> {
    lost_phone::cancel_lost_phone_recovery_of_signed_in_user(&api.app, &request.context)
        .await
        .map_err(convert_flow_error_of_signed_in_request)?;
    let message = "The phone number stays";
    Ok(Json(RecoveryCancelled { message }))
}
