//! Registration in two requests: all details first, which sends a code to the phone, then the code.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::api_error::{ApiError, ErrorCode};
use super::authentication::AnonymousRequest;
use super::methods::MethodName;
use super::openapi::responses::{CommonErrors, FlowErrors};
use super::pending_flow::{FlowRequest, RegistrationFlow};
use super::request_body::{FlowBody, FlowReference, JsonBody};
use super::response_body::{CodeSent, SignedIn, Waiting, phone_hint, session_granted};
use super::state::Api;
use crate::auth::entry::registration::{self, Details};
use crate::auth::entry::verification;
use crate::auth::outcome::Grant;
use crate::store::flows::Flow;
use domain::{Channel, Purpose};

const PURPOSE: Purpose = Purpose::Registration;

/// A new account.
#[derive(Deserialize, ToSchema)]
#[schema(as = Start)]
pub struct RegistrationRequest {
    /// The person's name, in any script, 100 characters at most.
    #[serde(default)]
    #[schema(required = true, example = "Ann Lee")]
    name: String,
    /// 3 to 64 ASCII letters, digits, dots, dashes or underscores.
    #[serde(default)]
    #[schema(required = true, example = "ann")]
    username: String,
    #[serde(default)]
    #[schema(required = true, example = "ann@example.com")]
    email: String,
    /// With country code, or as dialled in the operator's country.
    #[serde(default)]
    #[schema(required = true, example = "+14155550142")]
    phone_number: String,
    /// 8 characters or more.
    #[serde(default)]
    #[schema(required = true, example = "correct horse 7 staple")]
    password: String,
    /// The solution of a challenge of `/v1/captcha/register`; not with client credentials.
    #[serde(default)]
    captcha: String,
}

/// Begin a registration: the account is made when the code that is sent to the phone comes back.
/// Whether an e-mail or number has an account already is not said, unless the operator wants it
/// said; its holder is told.
#[utoipa::path(
    post, path = "/v1/register/start", tag = "registration", operation_id = "register_start",
    request_body = RegistrationRequest,
    security((), ("client" = [])),
    responses((status = 200, description = "A code is on its way.", body = CodeSent), CommonErrors, FlowErrors)
)]
pub async fn start(
    State(api): State<Api>,
    request: AnonymousRequest,
    JsonBody(input): JsonBody<RegistrationRequest>,
) -> Result<Response, ApiError> {
    let details = Details {
        full_name: &input.name,
        username: &input.username,
        email: &input.email,
        captcha: &input.captcha,
    };
    let context = request.context_for_new_flow();
    let (app, number) = (&api.app, &input.phone_number);
    let opened =
        registration::begin_with_credentials(app, &context, &details, input.password, number)
            .await?;
    let Some((_, flow_token)) = opened.flow_token() else {
        return Err(ErrorCode::Internal.into());
    };
    let context = context.with_flow_token(PURPOSE, flow_token.clone());
    // If the message cannot be sent, the flow stays open and the client may ask for another one.
    verification::send_code(app, &context, PURPOSE, Channel::Sms)
        .await
        .map_err(|error| ApiError::from(error).with_flow(flow_token.clone()))?;
    let flow = verification::live_flow(app, &context, PURPOSE).await?;
    let body = CodeSent::new(&api, &flow, flow_token);
    Ok(api.respond(StatusCode::OK, body, &opened.grants))
}

/// A code, and the flow it is for.
#[derive(Deserialize, ToSchema)]
#[schema(as = Verify)]
pub struct VerifyRequest {
    #[serde(default)]
    #[schema(inline)]
    pub flow: FlowReference,
    /// Text, since it may begin with a zero; spaces and dashes do no harm.
    #[serde(default)]
    #[schema(required = true, example = "012345")]
    pub code: String,
}

impl FlowBody for VerifyRequest {
    fn flow(&self) -> &FlowReference {
        &self.flow
    }
}

/// Finish a registration with the code: makes the account and signs in.
#[utoipa::path(
    post, path = "/v1/register/verify", tag = "registration", operation_id = "register_verify",
    request_body = VerifyRequest,
    security((), ("client" = [])),
    responses(
        (status = 201, description = "The account is there.", body = SignedIn),
        CommonErrors,
        FlowErrors
    )
)]
pub async fn verify(
    State(api): State<Api>,
    FlowRequest { body, flow, .. }: FlowRequest<RegistrationFlow, VerifyRequest>,
) -> Result<Response, ApiError> {
    let context = flow?.context;
    let outcome = verification::check_code(&api.app, &context, PURPOSE, &body.code).await?;
    let signed_in = session_granted(&api, &context, &outcome).await?;
    let signed_in = signed_in.ok_or(ErrorCode::RegistrationConflict)?;
    Ok(api.respond(StatusCode::CREATED, signed_in, &outcome.grants))
}

/// Another message for a flow.
#[derive(Deserialize, ToSchema)]
#[schema(as = Resend)]
pub struct ResendRequest {
    #[serde(default)]
    #[schema(inline)]
    pub flow: FlowReference,
    /// How it is to come: `sms`, which is the default, or `call`. When signing in, any of the
    /// account's methods.
    #[serde(default)]
    #[schema(example = "sms")]
    pub method: Option<String>,
}

impl FlowBody for ResendRequest {
    fn flow(&self) -> &FlowReference {
        &self.flow
    }
}

/// A code is asked for once more.
#[derive(Serialize, ToSchema)]
#[schema(as = Resent)]
pub struct ResendResponse {
    #[schema(example = "Code resent")]
    message: &'static str,
    /// The number, masked.
    #[schema(example = "+1******3456")]
    phone_hint: String,
    /// When signing in, those the account has, the one used last at the front.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    methods: Vec<MethodName>,
    #[serde(flatten)]
    waiting: Waiting,
}

impl ResendResponse {
    pub fn new(api: &Api, flow: &Flow, method_name: MethodName, methods: Vec<MethodName>) -> Self {
        let message = match method_name {
            MethodName::Sms | MethodName::Call => "Code resent",
            MethodName::Totp => "Enter the code of your authenticator app",
            MethodName::RecoveryCode => "Enter one of your recovery codes",
        };
        Self {
            message,
            phone_hint: phone_hint(flow),
            methods,
            waiting: api.waiting(flow),
        }
    }
}

/// Send the code of a registration again: the same one within five minutes, another one after.
#[utoipa::path(
    post, path = "/v1/register/resend", tag = "registration", operation_id = "register_resend",
    request_body = ResendRequest,
    security((), ("client" = [])),
    responses((status = 200, description = "It is on its way.", body = ResendResponse), CommonErrors, FlowErrors)
)]
pub async fn resend(
    State(api): State<Api>,
    FlowRequest { body, flow, .. }: FlowRequest<RegistrationFlow, ResendRequest>,
) -> Result<Response, ApiError> {
    let channel = MethodName::parse_channel(body.method.as_deref())?;
    let context = flow?.context;
    verification::send_code(&api.app, &context, PURPOSE, channel).await?;
    let flow = verification::live_flow(&api.app, &context, PURPOSE).await?;
    let body = ResendResponse::new(&api, &flow, MethodName::Sms, Vec::new());
    Ok(api.respond(StatusCode::OK, body, &[] as &[Grant]))
}
