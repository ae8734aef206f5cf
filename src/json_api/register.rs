//! Handlers that register an account in two requests: the first sends a code to the phone, the second verifies it.

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
use super::request_body::{FlowBody, FlowReference, JsonBody, null_as_absent};
use super::response_body::{
    CodeSent, SignedInResponse, Waiting, issue_access_token_if_session_opened,
    mask_phone_number_of_flow,
};
use super::state::Api;
use crate::auth::entry::registration::{self, RegistrationDetails};
use crate::auth::entry::registration_state;
use crate::auth::entry::verification;
use crate::auth::error::FlowError;
use crate::auth::outcome::TokenChange;
use crate::store::flows::Flow;
use domain::{Channel, Field, FlashMessage, Problem, Purpose};

const PURPOSE: Purpose = Purpose::Registration;

/// Request body of `POST /v1/register/start`: the details of a new account.
#[derive(Deserialize, ToSchema)]
#[schema(as = Start)]
pub struct RegistrationRequest {
    /// The full name, in any script, at most 100 characters.
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(required = true, example = "Ann Lee")]
    name: String,
    /// 3 to 64 ASCII letters, digits, dots, dashes or underscores. Without it, or without a visible character, the
    /// server chooses a free one from the name or the e-mail address.
    #[serde(default)]
    #[schema(example = "ann")]
    username: Option<String>,
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(required = true, example = "ann@example.com")]
    email: String,
    /// With country code, or in the national format of the default country.
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(required = true, example = "+14155550142")]
    phone_number: String,
    /// At least 8 characters.
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(required = true, example = "correct horse 7 staple")]
    password: String,
    /// The solution of a challenge of `/v1/captcha/register`. Not needed with client credentials.
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(nullable = true)]
    captcha: String,
}

/// Response body of `POST /v1/register/start`, after a code was sent.
#[derive(Serialize, ToSchema)]
#[schema(as = Started)]
pub struct RegistrationStarted {
    /// The username that the server chose, if the request named none.
    #[schema(example = "ann-k3v9qx", nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(flatten)]
    sent: CodeSent,
}

/// Begin a registration. Sends a code to the phone; the account is created when the client sends the code.
/// The response does not reveal whether an e-mail address or number has an account, unless the operator has
/// configured it. The holder of that account is notified.
#[utoipa::path(
    post, path = "/v1/register/start", tag = "registration", operation_id = "register_start",
    request_body = RegistrationRequest,
    security((), ("client" = [])),
    responses((status = 200, description = "The server has sent a code.", body = RegistrationStarted), CommonErrors, FlowErrors)
)]
pub async fn start_registration(
    State(api): State<Api>,
    request: AnonymousRequest,
    JsonBody(input): JsonBody<RegistrationRequest>,
) -> Result<Response, ApiError> {
    let details = RegistrationDetails {
        full_name: &input.name,
        username: input.username.as_deref().unwrap_or_default(),
        email: &input.email,
        captcha: &input.captcha,
    };
    let username_is_derived = details.is_username_missing();
    let context = request.context_for_new_flow();
    let (app, number) = (&api.app, &input.phone_number);
    let opened = registration::begin_registration_with_credentials(
        app,
        &context,
        &details,
        input.password,
        number,
    )
    .await?;
    let Some((_, flow_token)) = opened.flow_token() else {
        return Err(ErrorCode::Internal.into());
    };
    let context = context.with_flow_token(PURPOSE, flow_token.clone());
    // If the message cannot be sent, the flow stays open and the client may request another one.
    verification::send_or_resend_code(app, &context, PURPOSE, Channel::Sms)
        .await
        .map_err(|error| ApiError::from(error).with_flow_token(flow_token.clone()))?;
    let flow = verification::require_live_flow(app, &context, PURPOSE).await?;
    let body = RegistrationStarted {
        username: username_is_derived
            .then(|| registration_state::username_of_registration_flow(&flow)),
        sent: CodeSent::new(&api, &flow, flow_token),
    };
    Ok(api.build_json_response(StatusCode::OK, body, &opened.token_changes))
}

/// Converts an error of the registration flow to an API error.
fn to_registration_error(error: FlowError) -> ApiError {
    ApiError::from(error).with_flow_purpose(PURPOSE)
}

/// Request body that contains a code typed by the user, and refers to the flow of the code.
#[derive(Deserialize, ToSchema)]
#[schema(as = Verify)]
pub struct VerifyRequest {
    #[serde(default)]
    #[schema(inline)]
    pub flow: FlowReference,
    /// The code as text, because it may begin with a zero. Spaces and dashes are ignored.
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(required = true, example = "012345")]
    pub code: String,
}

impl FlowBody for VerifyRequest {
    /// Returns the reference to the flow in this request body.
    fn flow_reference(&self) -> &FlowReference {
        &self.flow
    }
}

/// Complete a registration with the code. Creates the account and signs the user in.
#[utoipa::path(
    post, path = "/v1/register/verify", tag = "registration", operation_id = "register_verify",
    request_body = VerifyRequest,
    security((), ("client" = [])),
    responses(
        (
            status = 201, description = "The account exists and the user is signed in.", body = SignedInResponse,
            headers(("Sallyport-Device" = String, description = "Send it with the user's next sign-in."))
        ),
        CommonErrors,
        FlowErrors
    )
)]
pub async fn verify_registration(
    State(api): State<Api>,
    FlowRequest { body, flow, .. }: FlowRequest<RegistrationFlow, VerifyRequest>,
) -> Result<Response, ApiError> {
    let context = flow?.context;
    let outcome = verification::check_entered_code(&api.app, &context, PURPOSE, &body.code)
        .await
        .map_err(to_registration_error)?;
    let signed_in = issue_access_token_if_session_opened(&api, &context, &outcome).await?;
    let taken_field = match outcome.message {
        Some(FlashMessage::PhoneAccountLimitReached) => {
            Some((Field::Phone, Problem::PhoneAccountLimitReached))
        }
        Some(FlashMessage::UsernameTaken) => Some((Field::Username, Problem::UsernameTaken)),
        _ => None,
    };
    let signed_in = signed_in.ok_or_else(|| ApiError::create_registration_conflict(taken_field))?;
    Ok(api.build_json_response(StatusCode::CREATED, signed_in, &outcome.token_changes))
}

/// Request body that asks to send a code again.
#[derive(Deserialize, ToSchema)]
#[schema(as = Resend)]
pub struct ResendRequest {
    #[serde(default)]
    #[schema(inline)]
    pub flow: FlowReference,
    /// The method: `sms` (the default) or `call`. A registration needs a text message to the same
    /// number before a call. A sign-in accepts every enrolled method of the account.
    #[serde(default)]
    #[schema(value_type = Option<MethodName>)]
    pub method: Option<String>,
}

impl FlowBody for ResendRequest {
    /// Returns the reference to the flow in this request body.
    fn flow_reference(&self) -> &FlowReference {
        &self.flow
    }
}

/// Response body after a code was sent again.
#[derive(Serialize, ToSchema)]
#[schema(as = Resent)]
pub struct ResendResponse {
    #[schema(example = "Code resent")]
    message: &'static str,
    /// The masked phone number.
    #[schema(example = "+1******3456")]
    phone_hint: String,
    /// Only during a sign-in: the enrolled second factors, the last used one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    methods: Vec<MethodName>,
    #[serde(flatten)]
    waiting: Waiting,
}

impl ResendResponse {
    /// Creates the response to a resend request, with the method that the flow uses now.
    pub fn new(api: &Api, flow: &Flow, method_name: MethodName, methods: Vec<MethodName>) -> Self {
        let message = match method_name {
            MethodName::Sms | MethodName::Call => "Code resent",
            MethodName::Totp => "Enter the code of your authenticator app",
            MethodName::RecoveryCode => "Enter one of your recovery codes",
        };
        Self {
            message,
            phone_hint: mask_phone_number_of_flow(flow),
            methods,
            waiting: api.calculate_countdowns_of_flow(flow),
        }
    }
}

/// Send the code of a registration again. It is the same code within five minutes, and a new code after that.
#[utoipa::path(
    post, path = "/v1/register/resend", tag = "registration", operation_id = "register_resend",
    request_body = ResendRequest,
    security((), ("client" = [])),
    responses((status = 200, description = "The server has sent the code.", body = ResendResponse), CommonErrors, FlowErrors)
)]
pub async fn resend_registration_code(
    State(api): State<Api>,
    FlowRequest { body, flow, .. }: FlowRequest<RegistrationFlow, ResendRequest>,
) -> Result<Response, ApiError> {
    let channel = MethodName::parse_phone_channel(body.method.as_deref())?;
    let context = flow?.context;
    verification::send_or_resend_code(&api.app, &context, PURPOSE, channel)
        .await
        .map_err(to_registration_error)?;
    let flow = verification::require_live_flow(&api.app, &context, PURPOSE)
        .await
        .map_err(to_registration_error)?;
    let body = ResendResponse::new(&api, &flow, MethodName::Sms, Vec::new());
    Ok(api.build_json_response(StatusCode::OK, body, &[] as &[TokenChange]))
}
