//! Registration in two calls: everything at once and a code to the phone, then the code.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::body::Body;
use super::callers::Anonymous;
use super::methods::Choice;
use super::openapi::{OfFlows, Refusals};
use super::pending;
use super::problem::{Failure, Kind};
use super::reply::{CodeSent, Waiting, hint};
use super::tokens;
use crate::auth::entry::registration::{self, Details};
use crate::auth::entry::verification;
use crate::auth::outcome::Grant;
use crate::store::flows::Flow;
use domain::{Channel, Purpose};

const PURPOSE: Purpose = Purpose::Registration;

/// A new account.
#[derive(Deserialize, ToSchema)]
pub struct Start {
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
    request_body = Start,
    security((), ("client" = [])),
    responses((status = 200, description = "A code is on its way.", body = CodeSent), Refusals, OfFlows)
)]
pub async fn start(
    State(api): State<Api>,
    caller: Anonymous,
    Body(input): Body<Start>,
) -> Result<Response, Failure> {
    let details = Details {
        full_name: &input.name,
        username: &input.username,
        email: &input.email,
        captcha: &input.captcha,
    };
    let context = caller.afresh();
    let (app, number) = (&api.app, &input.phone_number);
    let opened =
        registration::begin_with_credentials(app, &context, &details, input.password, number)
            .await?;
    let Some((_, handle)) = opened.flow_token() else {
        return Err(Kind::Internal.into());
    };
    let context = context.with_flow_token(PURPOSE, handle.clone());
    // The flow stands, whatever becomes of the message: another can be asked for.
    verification::send_code(app, &context, PURPOSE, Channel::Sms)
        .await
        .map_err(|error| Failure::from(error).with_flow(handle.clone()))?;
    let flow = verification::live_flow(app, &context, PURPOSE).await?;
    let body = CodeSent::new(&api, &flow, handle.expose().to_owned());
    Ok(api.reply(StatusCode::OK, body, &opened.grants))
}

/// A code, and the flow it is for.
#[derive(Deserialize, ToSchema)]
pub struct Verify {
    /// From the call that began it; without it, the one in the browser's cookie.
    #[serde(default)]
    #[schema(example = "mZ0rS1w6Yk9o5m2gq0Kf3l8rX7tUeJYb1cD4hA9vNnQ")]
    pub flow: Option<String>,
    /// Text, since it may begin with a zero; spaces and dashes do no harm.
    #[serde(default)]
    #[schema(required = true, example = "012345")]
    pub code: String,
}

/// Finish a registration with the code: makes the account and signs in.
#[utoipa::path(
    post, path = "/v1/register/verify", tag = "registration", operation_id = "register_verify",
    request_body = Verify,
    security((), ("client" = [])),
    responses(
        (status = 201, description = "The account is there.", body = tokens::SignedIn),
        Refusals,
        OfFlows
    )
)]
pub async fn verify(
    State(api): State<Api>,
    caller: Anonymous,
    Body(input): Body<Verify>,
) -> Result<Response, Failure> {
    let found = pending::find(&api, &caller, input.flow.as_deref(), &[PURPOSE]).await?;
    let checked = verification::check_code(&api.app, &found.context, PURPOSE, &input.code).await?;
    let signed_in = tokens::granted(&api, &found.context, &checked).await?;
    let signed_in = signed_in.ok_or(Kind::RegistrationConflict)?;
    Ok(api.reply(StatusCode::CREATED, signed_in, &checked.grants))
}

/// Another message for a flow.
#[derive(Deserialize, ToSchema)]
pub struct Resend {
    /// From the call that began it; without it, the one in the browser's cookie.
    #[serde(default)]
    #[schema(example = "mZ0rS1w6Yk9o5m2gq0Kf3l8rX7tUeJYb1cD4hA9vNnQ")]
    pub flow: Option<String>,
    /// How it is to come: `sms`, which is the default, or `call`. When signing in, any of the
    /// account's methods.
    #[serde(default)]
    #[schema(example = "sms")]
    pub method: Option<String>,
}

/// A code is asked for once more.
#[derive(Serialize, ToSchema)]
pub struct Resent {
    #[schema(example = "Code resent")]
    message: &'static str,
    /// The number, masked.
    #[schema(example = "+1******3456")]
    phone_hint: String,
    /// When signing in, those the account has, the one used last at the front.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    methods: Vec<Choice>,
    #[serde(flatten)]
    waiting: Waiting,
}

impl Resent {
    pub fn by(api: &Api, flow: &Flow, choice: Choice, methods: Vec<Choice>) -> Self {
        let message = match choice {
            Choice::Sms | Choice::Call => "Code resent",
            Choice::Totp => "Enter the code of your authenticator app",
            Choice::RecoveryCode => "Enter one of your recovery codes",
        };
        Self {
            message,
            phone_hint: hint(flow),
            methods,
            waiting: api.waiting(flow),
        }
    }
}

/// Send the code of a registration again: the same one within five minutes, another one after.
#[utoipa::path(
    post, path = "/v1/register/resend", tag = "registration", operation_id = "register_resend",
    request_body = Resend,
    security((), ("client" = [])),
    responses((status = 200, description = "It is on its way.", body = Resent), Refusals, OfFlows)
)]
pub async fn resend(
    State(api): State<Api>,
    caller: Anonymous,
    Body(input): Body<Resend>,
) -> Result<Response, Failure> {
    let channel = Choice::channel(input.method.as_deref())?;
    let found = pending::find(&api, &caller, input.flow.as_deref(), &[PURPOSE]).await?;
    verification::send_code(&api.app, &found.context, PURPOSE, channel).await?;
    let flow = verification::live_flow(&api.app, &found.context, PURPOSE).await?;
    let body = Resent::by(&api, &flow, Choice::Sms, Vec::new());
    Ok(api.reply(StatusCode::OK, body, &[] as &[Grant]))
}
