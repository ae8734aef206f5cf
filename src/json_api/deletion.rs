//! Handlers that request the deletion of the account and withdraw it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::api_error::{ApiError, ErrorCode};
use super::authentication::{
    AuthenticatedRequest, HolderRequest, convert_flow_error_of_signed_in_request,
};
use super::openapi::responses::{AccessTokenErrors, CommonErrors, FlowErrors, StepUpErrors};
use super::request_body::{JsonBody, null_as_absent};
use super::response_body::{SignedInResponse, issue_access_token};
use super::state::Api;
use crate::auth::entry::deletion;
use crate::http::problem::ProblemDetails;

/// Request body of `POST /v1/me/delete`.
#[derive(Deserialize, ToSchema)]
#[schema(as = AccountDelete)]
pub struct DeleteRequest {
    /// The username of the account, as the user has typed it to confirm.
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(required = true, example = "ann")]
    username: String,
}

/// Response body of `POST /v1/me/delete`: when the account will be erased.
#[derive(Serialize, ToSchema)]
pub struct DeletionRequested {
    #[schema(example = "Account will be deleted")]
    message: &'static str,
    /// Seconds until the account is erased.
    #[schema(example = 1_209_600)]
    deletion_in: u64,
}

/// Request the deletion of the account. Needs a sign-in with a second factor at most five minutes ago, and the
/// username. Ends all sessions. Until the account is erased, a sign-in returns a token that can keep it.
#[utoipa::path(
    post, path = "/v1/me/delete", tag = "account", operation_id = "me_delete",
    request_body = DeleteRequest,
    security(("token" = [])),
    responses((status = 200, description = "The account will be erased, and the token is invalid.", body = DeletionRequested), CommonErrors, FlowErrors, AccessTokenErrors, StepUpErrors)
)]
pub async fn request_account_deletion(
    State(api): State<Api>,
    request: AuthenticatedRequest,
    JsonBody(input): JsonBody<DeleteRequest>,
) -> Result<Json<DeletionRequested>, ApiError> {
    let requested = deletion::request_deletion(&api.app, &request.context, &input.username)
        .await
        .map_err(convert_flow_error_of_signed_in_request)?;
    Ok(Json(DeletionRequested {
        message: "Account will be deleted",
        deletion_in: requested.secs_until_erasure,
    }))
}

/// Keep an account whose deletion was requested. The session of the token gets a new one, which the response contains.
#[utoipa::path(
    post, path = "/v1/me/keep", tag = "account", operation_id = "me_keep", security(("token" = [])),
    responses(
        (status = 200, description = "The account stays, and the earlier token is invalid.", body = SignedInResponse),
        CommonErrors, FlowErrors, AccessTokenErrors,
        (
            status = 409, description = "No deletion of the account is requested: `deletion_not_requested`.",
            body = ProblemDetails, content_type = "application/problem+json"
        )
    )
)]
pub async fn withdraw_account_deletion(
    State(api): State<Api>,
    request: HolderRequest,
) -> Result<Response, ApiError> {
    if request.holder.account.delete_at.is_none() {
        return Err(ErrorCode::DeletionNotRequested.into());
    }
    let outcome = deletion::withdraw_deletion(&api.app, &request.context)
        .await
        .map_err(convert_flow_error_of_signed_in_request)?;
    let body = issue_access_token(&api, &request.context, &outcome).await?;
    Ok(api.build_json_response(StatusCode::OK, body, &outcome.token_changes))
}
