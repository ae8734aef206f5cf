//! Handlers that reset a forgotten password by mail and second factor, and change a password.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::api_error::ApiError;
use super::authentication::{AnonymousRequest, AuthenticatedRequest};
use super::login::{SecondFactorResponse, add_remaining_attempts_to_error, request_second_factor};
use super::methods::{MethodName, list_enrolled_method_names};
use super::openapi::responses::{AccessTokenErrors, CommonErrors, FlowErrors, StepUpErrors};
use super::pending_flow::{FlowRequest, PasswordResetFlow};
use super::register::{ResendRequest, ResendResponse, VerifyRequest};
use super::request_body::{JsonBody, null_as_absent};
use super::response_body::{SignedInResponse, issue_access_token};
use super::state::Api;
use crate::auth::entry::{method_choice, password_change, password_reset, verification};
use crate::auth::error::FlowError;
use domain::Purpose;

const PURPOSE: Purpose = Purpose::PasswordReset;

/// Converts an error of the password reset flow to an API error.
fn to_password_reset_error(error: FlowError) -> ApiError {
    ApiError::from(error).with_flow_purpose(PURPOSE)
}

/// Request body of `POST /v1/password/forgot`.
#[derive(Deserialize, ToSchema)]
#[schema(as = ForgottenPassword)]
pub struct ForgotRequest {
    /// Username or e-mail address.
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(required = true, example = "ann@example.com")]
    identifier: String,
    /// The solution of a challenge of `/v1/captcha/password`. Not needed with client credentials.
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(nullable = true)]
    captcha: String,
}

/// Response body of `POST /v1/password/forgot`. It is the same whether or not the account exists.
#[derive(Serialize, ToSchema)]
pub struct ResetLinkRequested {
    #[schema(example = "If the account exists, a mail with a link is on its way.")]
    message: &'static str,
}

/// Ask for a mail with a link that resets the password. The answer and its time are the same for every identifier.
/// The answer is `method_unavailable` if no mail server is configured.
#[utoipa::path(
    post, path = "/v1/password/forgot", tag = "password", operation_id = "password_forgot",
    request_body = ForgotRequest,
    security((), ("client" = [])),
    responses(
        (status = 200, description = "If the account exists, the server sends a mail.", body = ResetLinkRequested),
        CommonErrors,
        FlowErrors
    )
)]
pub async fn request_reset_link(
    State(api): State<Api>,
    request: AnonymousRequest,
    JsonBody(input): JsonBody<ForgotRequest>,
) -> Result<Response, ApiError> {
    let context = request.context_for_new_flow();
    let (identifier, captcha) = (&input.identifier, &input.captcha);
    password_reset::request_password_reset_link(&api.app, &context, identifier, captcha).await?;
    let body = ResetLinkRequested {
        message: "If the account exists, a mail with a link is on its way.",
    };
    Ok(api.build_json_response(StatusCode::OK, body, &[]))
}

/// Request body of `POST /v1/password/reset`: the token of the reset link, and the new password.
#[derive(Deserialize, ToSchema)]
#[schema(as = PasswordReset)]
pub struct ResetRequest {
    /// The last segment of the path of the link in the mail. It works once.
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(
        required = true,
        example = "mZ0rS1w6Yk9o5m2gq0Kf3l8rX7tUeJYb1cD4hA9vNnQ"
    )]
    token: String,
    /// At least 8 characters.
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(required = true, example = "correct horse 8 staple")]
    password: String,
    /// The second factor: `sms` (the default), `call`, `totp` or `recovery_code`.
    #[serde(default)]
    #[schema(value_type = Option<MethodName>)]
    method: Option<String>,
}

/// Response body of `POST /v1/password/reset`. Its variant depends on whether the account has a second factor.
#[derive(Serialize, ToSchema)]
#[schema(as = PasswordResetResponse)]
#[serde(untagged)]
pub enum ResetResponse {
    SecondFactor(SecondFactorResponse),
    Saved(PasswordSaved),
}

/// Response body after the new password was saved, which ends all sessions of the account.
#[derive(Serialize, ToSchema)]
pub struct PasswordSaved {
    #[schema(example = "Password saved. Sign in with it.")]
    message: &'static str,
}

impl PasswordSaved {
    const AFTER_RESET: Self = Self {
        message: "Password saved. Sign in with it.",
    };
}

/// Use a reset link and enter the new password. An account with a second factor needs it next; without one the password
/// is saved at once.
#[utoipa::path(
    post, path = "/v1/password/reset", tag = "password", operation_id = "password_reset",
    request_body = ResetRequest,
    security((), ("client" = [])),
    responses(
        (
            status = 200, body = ResetResponse,
            description = "The link is used up. The account needs a second factor, or the password is saved."
        ),
        CommonErrors,
        FlowErrors
    )
)]
pub async fn reset_password(
    State(api): State<Api>,
    request: AnonymousRequest,
    JsonBody(input): JsonBody<ResetRequest>,
) -> Result<Response, ApiError> {
    let method_name = MethodName::parse_method(input.method.as_deref())?;
    let context = request.context_for_new_flow();
    let (token, password) = (&input.token, input.password);
    let outcome = password_reset::submit_new_password(&api.app, &context, token, password).await?;
    let Some((purpose, flow_token)) = outcome.flow_token() else {
        let body = ResetResponse::Saved(PasswordSaved::AFTER_RESET);
        return Ok(api.build_json_response(StatusCode::OK, body, &outcome.token_changes));
    };
    let context = context.with_flow_token(purpose, flow_token.clone());
    let second_factor =
        request_second_factor(&api, &context, purpose, method_name, flow_token).await?;
    let body = ResetResponse::SecondFactor(second_factor);
    Ok(api.build_json_response(StatusCode::OK, body, &outcome.token_changes))
}

/// Complete the reset with the code of the second factor.
#[utoipa::path(
    post, path = "/v1/password/verify", tag = "password", operation_id = "password_verify",
    request_body = VerifyRequest,
    security((), ("client" = [])),
    responses((status = 200, description = "The new password is saved.", body = PasswordSaved), CommonErrors, FlowErrors)
)]
pub async fn verify_reset_code(
    State(api): State<Api>,
    FlowRequest { body, flow, .. }: FlowRequest<PasswordResetFlow, VerifyRequest>,
) -> Result<Response, ApiError> {
    let context = flow?.context;
    match verification::check_entered_code(&api.app, &context, PURPOSE, &body.code).await {
        Ok(outcome) => {
            let body = PasswordSaved::AFTER_RESET;
            Ok(api.build_json_response(StatusCode::OK, body, &outcome.token_changes))
        }
        Err(error) => Err(add_remaining_attempts_to_error(
            &api,
            &context,
            PURPOSE,
            to_password_reset_error(error),
        )
        .await),
    }
}

/// Request the second factor of a reset again, with the same method or another one.
#[utoipa::path(
    post, path = "/v1/password/resend", tag = "password", operation_id = "password_resend",
    request_body = ResendRequest,
    security((), ("client" = [])),
    responses((status = 200, description = "The flow waits for this second factor.", body = ResendResponse), CommonErrors, FlowErrors)
)]
pub async fn resend_reset_code(
    State(api): State<Api>,
    FlowRequest { body, flow, .. }: FlowRequest<PasswordResetFlow, ResendRequest>,
) -> Result<Response, ApiError> {
    let method_name = MethodName::parse_method(body.method.as_deref())?;
    let (app, context) = (&api.app, flow?.context);
    let (method, channel) = method_name.method_and_channel();
    method_choice::choose_second_factor_method_or_resend(app, &context, PURPOSE, method, channel)
        .await
        .map_err(to_password_reset_error)?;
    let flow = verification::require_live_flow(app, &context, PURPOSE)
        .await
        .map_err(to_password_reset_error)?;
    let methods = list_enrolled_method_names(
        &method_choice::list_second_factor_methods_of_flow(app, &flow).await?,
    );
    let body = ResendResponse::new(&api, &flow, method_name, methods);
    Ok(api.build_json_response(StatusCode::OK, body, &[]))
}

/// Request body of `POST /v1/password/change`.
#[derive(Deserialize, ToSchema)]
#[schema(as = PasswordChange)]
pub struct ChangeRequest {
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(required = true, example = "correct horse 7 staple")]
    current_password: String,
    /// At least 8 characters.
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(required = true, example = "correct horse 8 staple")]
    password: String,
}

/// Change the password. Needs a sign-in with a second factor at most five minutes ago. Ends all other sessions; the
/// session of this token gets a new one, which the response contains.
#[utoipa::path(
    post, path = "/v1/password/change", tag = "password", operation_id = "password_change",
    request_body = ChangeRequest,
    security(("token" = [])),
    responses(
        (
            status = 200, body = SignedInResponse,
            description = "The password is changed, and the earlier token is invalid.",
            headers(("Sallyport-Device" = String, description = "Send it with the user's next sign-in."))
        ),
        CommonErrors,
        FlowErrors,
        AccessTokenErrors,
        StepUpErrors
    )
)]
pub async fn change_password(
    State(api): State<Api>,
    request: AuthenticatedRequest,
    JsonBody(input): JsonBody<ChangeRequest>,
) -> Result<Response, ApiError> {
    let (current, new) = (input.current_password, input.password);
    let outcome =
        password_change::change_password(&api.app, &request.context, current, new).await?;
    let body = issue_access_token(&api, &request.context, &outcome).await?;
    Ok(api.build_json_response(StatusCode::OK, body, &outcome.token_changes))
}
