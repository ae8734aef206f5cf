//! Handlers that prove and change the e-mail address of the account.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::api_error::{ApiError, ErrorCode};
use super::authentication::{AnonymousRequest, AuthenticatedRequest};
use super::openapi::responses::{
    AccessTokenErrors, CommonErrors, DeletionErrors, EmailSendErrors, EmailVerifyErrors, FlowErrors,
};
use super::request_body::{JsonBody, null_as_absent};
use super::response_body::{SignedInResponse, issue_access_token};
use super::state::Api;
use crate::auth::entry::email_proof;
use crate::context::AppState;
use crate::security::email_code::EmailProofId;
use crate::security::token::AccountId;
use domain::{EmailAddress, Field, Step};

/// Request body of `POST /v1/email/send`.
#[derive(Deserialize, ToSchema)]
#[schema(as = EmailSend)]
pub struct SendRequest {
    /// A new address. Without it, the server sends the code to the address that is not verified yet.
    #[serde(default)]
    #[schema(example = "ann@example.net")]
    email: Option<String>,
}

/// Response body of `POST /v1/email/send`. It is the same if the address belongs to another account, but no code is
/// sent to such an address.
#[derive(Serialize, ToSchema)]
#[schema(as = EmailCodeSent)]
pub struct CodeRequested {
    /// Always true.
    verification_sent: bool,
    /// The address that is to be verified.
    #[schema(example = "ann@example.net")]
    email: String,
    /// Seconds until the code expires.
    #[schema(example = 900)]
    timeout_secs: u64,
    /// Seconds until another code can be requested.
    #[schema(example = 30)]
    resend_after: u64,
}

/// Send a code to the unverified address of the account, or to a new address. A new address needs a sign-in with a
/// second factor at most five minutes ago, and the verified address of the account receives a link that cancels the
/// change. The answer and its time are the same if another account has the address.
#[utoipa::path(
    post, path = "/v1/email/send", tag = "account", operation_id = "email_send",
    request_body = SendRequest,
    security(("token" = [])),
    responses((status = 200, description = "The address waits for a code.", body = CodeRequested), CommonErrors, FlowErrors, AccessTokenErrors, EmailSendErrors)
)]
pub async fn send_email_code(
    State(api): State<Api>,
    request: AuthenticatedRequest,
    JsonBody(input): JsonBody<SendRequest>,
) -> Result<Response, ApiError> {
    let (app, context) = (&api.app, &request.context);
    let account = &request.signed_in.account.id;
    match input.email.as_deref() {
        Some(email) => email_proof::begin_email_change(app, context, email).await?,
        None => email_proof::send_email_code(app, context, None).await?,
    };
    let proof = email_proof::find_pending_email_proof(app, account).await?;
    let proof = proof.ok_or(ErrorCode::NoPending)?;
    let now = app.now();
    let body = CodeRequested {
        verification_sent: true,
        email: proof.email,
        timeout_secs: proof.expires_at.secs_since(now),
        resend_after: email_proof::find_time_of_next_email_code(app, account)
            .await?
            .secs_since(now),
    };
    Ok(api.build_json_response(StatusCode::OK, body, &[]))
}

/// Request body of `POST /v1/email/verify`: the code from the mail, and the address that the user sees.
#[derive(Deserialize, ToSchema)]
#[schema(as = EmailVerify)]
pub struct VerifyRequest {
    /// The code as text, because it may begin with a zero. Spaces and dashes are ignored.
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(required = true, example = "012345")]
    code: String,
    /// The address that is to be verified. If another one waits for a code, the answer is `no_pending`. Without it, the
    /// code proves the address of the last `POST /v1/email/send`.
    #[serde(default)]
    #[schema(example = "ann@example.net")]
    email: Option<String>,
}

/// Response body of `POST /v1/email/verify` after a correct code. A changed address ends all sessions, so the
/// response contains a new token.
#[derive(Serialize, ToSchema)]
#[schema(as = EmailProven)]
#[serde(untagged)]
pub enum VerifyResponse {
    Changed(SignedInResponse),
    Verified(EmailVerified),
}

/// Response body after the current e-mail address of the account was verified.
#[derive(Serialize, ToSchema)]
pub struct EmailVerified {
    #[schema(example = "Email address confirmed")]
    message: &'static str,
}

/// Parses the address that a client expects to prove. Returns its identifier for the account.
fn parse_expected_email(
    app: &AppState,
    account: &AccountId,
    email: &str,
) -> Result<EmailProofId, ApiError> {
    let email = EmailAddress::parse(email)
        .map_err(|problem| ApiError::from_field_problem(Field::Email, problem))?;
    Ok(EmailProofId::new(account, &email, &app.bucket_key))
}

/// Prove the address with the code of the mail. If it replaces another address, all sessions end; the session of this
/// token gets a new one, which the response contains.
#[utoipa::path(
    post, path = "/v1/email/verify", tag = "account", operation_id = "email_verify",
    request_body = VerifyRequest,
    security(("token" = [])),
    responses(
        (
            status = 200, body = VerifyResponse,
            description = "The address is verified. After a change, the earlier token is invalid.",
            headers(("Sallyport-Device" = String, description = "After a change: send it with the user's next sign-in."))
        ),
        CommonErrors,
        FlowErrors,
        EmailVerifyErrors,
        DeletionErrors
    )
)]
pub async fn verify_email_code(
    State(api): State<Api>,
    request: AuthenticatedRequest,
    JsonBody(input): JsonBody<VerifyRequest>,
) -> Result<Response, ApiError> {
    let (app, account) = (&api.app, &request.signed_in.account.id);
    let expected = input
        .email
        .as_deref()
        .map(|email| parse_expected_email(app, account, email))
        .transpose()?;
    let outcome =
        email_proof::check_email_code(app, &request.context, &input.code, expected.as_ref())
            .await?;
    let body = if outcome.step == Step::EmailVerified {
        VerifyResponse::Verified(EmailVerified {
            message: "Email address confirmed",
        })
    } else {
        VerifyResponse::Changed(issue_access_token(&api, &request.context, &outcome).await?)
    };
    Ok(api.build_json_response(StatusCode::OK, body, &outcome.token_changes))
}

/// Request body of `POST /v1/email/cancel`: the token of the link that cancels a change of the e-mail address.
#[derive(Deserialize, ToSchema)]
#[schema(as = EmailCancel)]
pub struct CancelRequest {
    /// The last segment of the path of the link in the mail to the old address. It works once.
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(
        required = true,
        example = "mZ0rS1w6Yk9o5m2gq0Kf3l8rX7tUeJYb1cD4hA9vNnQ"
    )]
    token: String,
}

/// Response body of `POST /v1/email/cancel`.
#[derive(Serialize, ToSchema)]
pub struct EmailChangeCancelled {
    #[schema(example = "The change was cancelled, and all sessions have ended")]
    message: &'static str,
}

/// Cancel a change of the e-mail address with the link of the mail to the old address. Ends all sessions of the
/// account.
#[utoipa::path(
    post, path = "/v1/email/cancel", tag = "account", operation_id = "email_cancel",
    request_body = CancelRequest,
    security((), ("client" = [])),
    responses((status = 200, description = "The account keeps its address.", body = EmailChangeCancelled), CommonErrors, FlowErrors)
)]
pub async fn cancel_email_change(
    State(api): State<Api>,
    request: AnonymousRequest,
    JsonBody(input): JsonBody<CancelRequest>,
) -> Result<Response, ApiError> {
    email_proof::cancel_email_change(&api.app, &request.context, &input.token).await?;
    let body = EmailChangeCancelled {
        message: "The change was cancelled, and all sessions have ended",
    };
    Ok(api.build_json_response(StatusCode::OK, body, &[]))
}
