//! Handlers for sign-in with password and second factor, and for setting up a second factor.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::api_error::{ApiError, ErrorCode};
use super::authentication::AnonymousRequest;
use super::methods::{MethodName, list_enrolled_method_names};
use super::openapi::responses::{CommonErrors, FlowErrors};
use super::pending_flow::{FlowRequest, SetUpFlow, SignInFlow};
use super::register::{ResendRequest, ResendResponse, VerifyRequest};
use super::request_body::{FlowBody, FlowReference, JsonBody, null_as_absent};
use super::response_body::{
    CodeSent, FlowToken, SignedInResponse, Waiting, issue_access_token,
    issue_access_token_if_session_opened, mask_optional_number, mask_phone_number_of_flow,
};
use super::state::Api;
use crate::auth::entry::{method_choice, set_up, sign_in, verification};
use crate::auth::error::FlowError;
use crate::auth::outcome::Outcome;
use crate::context::RequestContext;
use crate::security::token::Token;
use crate::security::typed_number::TypedNumber;
use domain::{Channel, Purpose, Step};

/// Converts an error of the sign-in flow to an API error.
pub(super) fn to_sign_in_error(error: FlowError) -> ApiError {
    ApiError::from(error).with_flow_purpose(Purpose::SignIn)
}

/// Request body of `POST /v1/login`.
#[derive(Deserialize, ToSchema)]
#[schema(as = Login)]
pub struct LoginRequest {
    /// Username or e-mail address.
    #[serde(default)]
    #[schema(example = "ann@example.com")]
    identifier: Option<String>,
    /// Alternative name of `identifier`, which takes precedence.
    #[serde(default)]
    #[schema(example = "ann@example.com")]
    email: Option<String>,
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(required = true, example = "correct horse 7 staple")]
    password: String,
    /// The solved challenge from `/v1/captcha/login`. Not needed with client credentials.
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(nullable = true)]
    captcha: String,
    /// The second factor: `sms` (the default), `call`, `totp` or `recovery_code`.
    #[serde(default)]
    #[schema(value_type = Option<MethodName>)]
    method: Option<String>,
}

/// Response body of `POST /v1/login` after a correct password. Its variant depends on the second factor of the
/// account.
#[derive(Serialize, ToSchema)]
#[schema(as = LoginResponse)]
#[serde(untagged)]
pub enum LoginResponse {
    SecondFactorResponse(SecondFactorResponse),
    SetUp(SetUpResponse),
    SignedIn(SignedInResponse),
}

/// Response body if a sign-in or password reset must be completed with a second factor.
#[derive(Serialize, ToSchema)]
#[schema(as = SecondFactor)]
pub struct SecondFactorResponse {
    /// Always true, so that a client can distinguish this response from others.
    requires_2fa: bool,
    /// The second factor that the flow waits for.
    method: MethodName,
    /// The enrolled second factors, the last used one first.
    methods: Vec<MethodName>,
    /// The masked phone number of the account.
    #[schema(example = "+1******3456")]
    phone_hint: String,
    #[serde(flatten)]
    waiting: Waiting,
    #[schema(inline)]
    flow: FlowToken,
}

/// Response body for a user who must first set up a second factor, or replace a lost phone, with `POST /v1/login/setup`.
/// A verified number on file gets the first code, unless the phone was reported lost.
#[derive(Serialize, ToSchema)]
#[schema(as = SetUp)]
pub struct SetUpResponse {
    /// Always true, so that a client can distinguish this response from others.
    requires_setup: bool,
    /// The masked phone number of the account; null without one.
    #[schema(required = true, example = "+1******3456")]
    phone_hint: Option<String>,
    /// Whether the number replaces that of a phone that was reported lost. A user who still has the phone keeps the
    /// number with `POST /v1/login/keep-number`.
    lost_phone: bool,
    #[schema(inline)]
    flow: FlowToken,
}

/// Sign in with username or e-mail address and password. The server sends a code to the phone of the
/// account, unless `method` names another second factor. An account without one must set it up. A lost phone is replaced
/// in the browser that reported it: other clients get `recovery_in_other_browser` after the waiting time.
#[utoipa::path(
    post, path = "/v1/login", tag = "sign-in", operation_id = "login",
    request_body = LoginRequest,
    security((), ("client" = [])),
    params(("Sallyport-Device" = Option<String>, Header, description = "The value of the user's last sign-in.")),
    responses(
        (
            status = 200, body = LoginResponse,
            description = "The password is correct. The account needs a second factor, must set one up, or \
                           needs none."
        ),
        CommonErrors,
        FlowErrors
    )
)]
pub async fn log_in(
    State(api): State<Api>,
    request: AnonymousRequest,
    JsonBody(input): JsonBody<LoginRequest>,
) -> Result<Response, ApiError> {
    let method_name = MethodName::parse_method(input.method.as_deref())?;
    let identifier = input.identifier.filter(|name| !name.trim().is_empty());
    let identifier = identifier.or(input.email).unwrap_or_default();
    let context = request.context_for_new_flow();
    let (password, captcha) = (input.password, &input.captcha);
    let outcome =
        sign_in::begin_sign_in(&api.app, &context, &identifier, password, captcha).await?;
    let Some((purpose, flow_token)) = outcome.flow_token() else {
        // The account needs no second factor, so no flow was started.
        let body = LoginResponse::SignedIn(issue_access_token(&api, &context, &outcome).await?);
        return Ok(api.build_json_response(StatusCode::OK, body, &outcome.token_changes));
    };
    if outcome.step == Step::RecoveryInOtherBrowser {
        // No code is sent: the earlier phone may be lost. The client can request one with the flow, which sets up the
        // number on file if the account has no second factor.
        let error = ApiError::from(ErrorCode::RecoveryInOtherBrowser);
        return Err(error.with_flow_token(flow_token.clone()));
    }
    let context = context.with_flow_token(purpose, flow_token.clone());
    let body = continue_sign_in(&api, &context, purpose, method_name, flow_token).await?;
    Ok(api.build_json_response(StatusCode::OK, body, &outcome.token_changes))
}

/// Continues a new flow after the correct password: requests the second factor, or asks for the number of a set-up.
/// `purpose` is the purpose of the flow.
pub(super) async fn continue_sign_in(
    api: &Api,
    context: &RequestContext,
    purpose: Purpose,
    method_name: MethodName,
    flow_token: &Token,
) -> Result<LoginResponse, ApiError> {
    if purpose == Purpose::SetUp {
        return build_second_factor_set_up_response(api, context, flow_token).await;
    }
    let body = request_second_factor(api, context, purpose, method_name, flow_token).await?;
    Ok(LoginResponse::SecondFactorResponse(body))
}

/// Requests the second factor for a new flow, usually by sending a code. If no code can be sent, the flow stays open,
/// and the error contains the flow token.
pub(super) async fn request_second_factor(
    api: &Api,
    context: &RequestContext,
    purpose: Purpose,
    method_name: MethodName,
    flow_token: &Token,
) -> Result<SecondFactorResponse, ApiError> {
    let (method, channel) = method_name.method_and_channel();
    method_choice::choose_factor_method(&api.app, context, purpose, method.as_str(), channel)
        .await
        .map_err(|error| ApiError::from(error).with_flow_token(flow_token.clone()))?;
    let flow = verification::require_live_flow(&api.app, context, purpose).await?;
    Ok(SecondFactorResponse {
        requires_2fa: true,
        method: method_name,
        methods: list_enrolled_method_names(
            &method_choice::list_second_factor_methods_of_flow(&api.app, &flow).await?,
        ),
        phone_hint: mask_phone_number_of_flow(&flow),
        waiting: api.calculate_countdowns_of_flow(&flow),
        flow: FlowToken::from(flow_token),
    })
}

/// Builds the sign-in response for an account that must set up a second factor.
async fn build_second_factor_set_up_response(
    api: &Api,
    context: &RequestContext,
    flow_token: &Token,
) -> Result<LoginResponse, ApiError> {
    let flow = verification::require_live_flow(&api.app, context, Purpose::SetUp).await?;
    let stored_number = set_up::find_stored_phone_number_of_account(&api.app, &flow).await?;
    Ok(LoginResponse::SetUp(SetUpResponse {
        requires_setup: true,
        phone_hint: mask_optional_number(stored_number.as_ref()),
        lost_phone: set_up::is_set_up_after_lost_phone(&flow),
        flow: FlowToken::from(flow_token),
    }))
}

/// Request body of `POST /v1/login/setup`.
#[derive(Deserialize, ToSchema)]
#[schema(as = SetUpRequest)]
pub struct SetUpRequest {
    #[serde(default)]
    #[schema(inline)]
    flow: FlowReference,
    /// The full phone number of the account, or another number.
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(required = true, example = "+14155550142")]
    phone_number: String,
}

impl FlowBody for SetUpRequest {
    /// Returns the reference to the flow in this request body.
    fn flow_reference(&self) -> &FlowReference {
        &self.flow
    }
}

/// Set up the second factor of an account without one. Sends a code to the number. If the account has
/// a different verified number, that number gets the first code. A repeated call sends the code again.
/// A call with another number makes the earlier code invalid and sends a code to that number.
#[utoipa::path(
    post, path = "/v1/login/setup", tag = "sign-in", operation_id = "login_setup",
    request_body = SetUpRequest,
    security((), ("client" = [])),
    responses((status = 200, description = "The server has sent a code.", body = CodeSent), CommonErrors, FlowErrors)
)]
pub async fn set_up_second_factor(
    State(api): State<Api>,
    FlowRequest { body, flow, .. }: FlowRequest<SetUpFlow, SetUpRequest>,
) -> Result<Response, ApiError> {
    let pending = flow?;
    let (app, context) = (&api.app, &pending.context);
    let number = TypedNumber::from_number_without_country(&body.phone_number);
    set_up::submit_phone_number_or_resend_code(app, context, number)
        .await
        .map_err(to_sign_in_error)?;
    let flow = verification::require_live_flow(app, context, Purpose::SetUp)
        .await
        .map_err(to_sign_in_error)?;
    let response_body = CodeSent::new(&api, &flow, &pending.flow_token);
    Ok(api.build_json_response(StatusCode::OK, response_body, &[]))
}

/// Response body of `POST /v1/login/verify` after a correct code.
#[derive(Serialize, ToSchema)]
#[schema(as = LoginVerifyResponse)]
#[serde(untagged)]
pub enum VerifyResponse {
    SignedIn(SignedInResponse),
    /// During a set-up: the verified number is confirmed, and the new number gets a code.
    NewNumber(CodeSent),
}

/// Complete a sign-in or a set-up with the code.
#[utoipa::path(
    post, path = "/v1/login/verify", tag = "sign-in", operation_id = "login_verify",
    request_body = VerifyRequest,
    security((), ("client" = [])),
    responses(
        (
            status = 200, body = VerifyResponse,
            description = "The user is signed in. If a verified number is replaced, the server has sent a code \
                           to the new number instead.",
            headers(("Sallyport-Device" = String, description = "Send it with the user's next sign-in."))
        ),
        CommonErrors,
        FlowErrors
    )
)]
pub async fn verify_sign_in_code(
    State(api): State<Api>,
    FlowRequest { body, flow, .. }: FlowRequest<SignInFlow, VerifyRequest>,
) -> Result<Response, ApiError> {
    let pending = flow?;
    let (app, context, purpose) = (&api.app, &pending.context, pending.purpose());
    let outcome = match verification::check_entered_code(app, context, purpose, &body.code).await {
        Ok(outcome) => outcome,
        Err(error) => {
            return Err(add_remaining_attempts_to_error(
                &api,
                context,
                purpose,
                to_sign_in_error(error),
            )
            .await);
        }
    };
    let response_body = match issue_access_token_if_session_opened(&api, context, &outcome).await? {
        Some(signed_in) => VerifyResponse::SignedIn(signed_in),
        None => send_code_to_new_number(&api, context, &outcome, &pending.flow_token).await?,
    };
    Ok(api.build_json_response(StatusCode::OK, response_body, &outcome.token_changes))
}

/// Adds the number of remaining attempts to the error if a recovery code was wrong.
pub(super) async fn add_remaining_attempts_to_error(
    api: &Api,
    context: &RequestContext,
    purpose: Purpose,
    error: ApiError,
) -> ApiError {
    const UNCOUNTED: ErrorCode = ErrorCode::InvalidCode {
        attempts_remaining: None,
    };
    if error.code != UNCOUNTED {
        return error;
    }
    match verification::require_live_flow(&api.app, context, purpose).await {
        Ok(flow) => match verification::count_attempts_left(&api.app, &flow).await {
            Ok(attempts_remaining) => error.with_attempts_remaining(attempts_remaining),
            Err(_) => error,
        },
        Err(_) => error,
    }
}

/// Sends a code to the new phone number. The user has already entered the code from the current number.
async fn send_code_to_new_number(
    api: &Api,
    context: &RequestContext,
    outcome: &Outcome,
    flow_token: &Token,
) -> Result<VerifyResponse, ApiError> {
    let Step::SendCode { purpose, .. } = outcome.step else {
        return Err(ErrorCode::NoPending.into());
    };
    verification::send_or_resend_code(&api.app, context, purpose, Channel::Sms)
        .await
        .map_err(|error| ApiError::from(error).with_flow_token(flow_token.clone()))?;
    let flow = verification::require_live_flow(&api.app, context, purpose).await?;
    let body = CodeSent::new(api, &flow, flow_token);
    Ok(VerifyResponse::NewNumber(body))
}

/// Request the second factor again, with the same method or another one. A message has the same code
/// within five minutes, and a new code after that.
#[utoipa::path(
    post, path = "/v1/login/resend", tag = "sign-in", operation_id = "login_resend",
    request_body = ResendRequest,
    security((), ("client" = [])),
    responses((status = 200, description = "The flow waits for this second factor.", body = ResendResponse), CommonErrors, FlowErrors)
)]
pub async fn resend_login_code(
    State(api): State<Api>,
    FlowRequest { body, flow, .. }: FlowRequest<SignInFlow, ResendRequest>,
) -> Result<Response, ApiError> {
    let method_name = MethodName::parse_method(body.method.as_deref())?;
    let pending = flow?;
    let (app, context, purpose) = (&api.app, &pending.context, pending.purpose());
    let (method, channel) = method_name.method_and_channel();
    method_choice::choose_second_factor_method_or_resend(app, context, purpose, method, channel)
        .await
        .map_err(to_sign_in_error)?;
    let flow = verification::require_live_flow(app, context, purpose)
        .await
        .map_err(to_sign_in_error)?;
    let methods = list_enrolled_method_names(
        &method_choice::list_second_factor_methods_of_flow(app, &flow).await?,
    );
    let body = ResendResponse::new(&api, &flow, method_name, methods);
    Ok(api.build_json_response(StatusCode::OK, body, &[]))
}
