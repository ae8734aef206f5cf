//! Signing in: a password and whatever it asks for, then a code.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::body::Body;
use super::callers::Anonymous;
use super::methods::{Choice, usable};
use super::openapi::{OfFlows, Refusals};
use super::pending;
use super::problem::{Failure, Kind};
use super::register::{Resend, Resent, Verify};
use super::reply::{CodeSent, Waiting, hint, optional_hint};
use super::tokens;
use crate::auth::entry::{method_choice, set_up, sign_in, verification};
use crate::auth::outcome::Outcome;
use crate::context::RequestContext;
use crate::security::token::Token;
use domain::{Channel, Purpose, Step};

const PURPOSES: [Purpose; 2] = [Purpose::SignIn, Purpose::SetUp];

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
pub struct Login {
    /// Username or e-mail.
    #[serde(default)]
    #[schema(example = "ann@example.com")]
    identifier: Option<String>,
    /// The same under another name; looked at where there is no `identifier`.
    #[serde(default)]
    #[schema(example = "ann@example.com")]
    email: Option<String>,
    #[serde(default)]
    #[schema(required = true, example = "correct horse 7 staple")]
    password: String,
    /// The solution of a challenge of `/v1/captcha/login`; not with client credentials.
    #[serde(default)]
    captcha: String,
    /// The second factor: `sms` (the default), `call`, `totp` or `recovery_code`.
    #[serde(default)]
    #[schema(example = "sms")]
    method: Option<String>,
}

/// The password is right; what is next depends on the account.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum LoginAnswer {
    SecondFactor(SecondFactor),
    SetUp(SetUp),
    SignedIn(tokens::SignedIn),
}

/// A second factor is asked for.
#[derive(Serialize, ToSchema)]
pub struct SecondFactor {
    /// Always true.
    requires_2fa: bool,
    /// The one that is waited for now.
    method: Choice,
    /// Those the account has, the one used last at the front.
    methods: Vec<Choice>,
    /// The account's number, masked.
    #[schema(example = "+1******3456")]
    phone_hint: String,
    #[serde(flatten)]
    waiting: Waiting,
    /// To be sent back with the code; opaque, and a secret of whoever began.
    #[schema(example = "mZ0rS1w6Yk9o5m2gq0Kf3l8rX7tUeJYb1cD4hA9vNnQ")]
    flow: String,
}

/// The account has no second factor: `/v1/login/setup` is next.
#[derive(Serialize, ToSchema)]
pub struct SetUp {
    /// Always true.
    requires_setup: bool,
    /// The number on file, masked, if there is one.
    #[schema(example = "+1******3456")]
    phone_hint: Option<String>,
    /// To be sent back with the number.
    #[schema(example = "mZ0rS1w6Yk9o5m2gq0Kf3l8rX7tUeJYb1cD4hA9vNnQ")]
    flow: String,
}

/// Sign in with name or e-mail and password. A code is sent to the account's phone, unless
/// another `method` is named. An account without a second factor sets one up first.
#[utoipa::path(
    post, path = "/v1/login", tag = "sign-in", operation_id = "login",
    request_body = Login,
    security((), ("client" = [])),
    responses(
        (
            status = 200, body = LoginAnswer,
            description = "The password is right: a second factor is asked for, or has to be set \
                           up, or the account needs none."
        ),
        Refusals,
        OfFlows
    )
)]
pub async fn start(
    State(api): State<Api>,
    caller: Anonymous,
    Body(input): Body<Login>,
) -> Result<Response, Failure> {
    let choice = Choice::read(input.method.as_deref())?;
    let identifier = input.identifier.or(input.email).unwrap_or_default();
    let context = caller.afresh();
    let (password, captcha) = (input.password, &input.captcha);
    let begun = sign_in::begin(&api.app, &context, &identifier, password, captcha).await?;
    let Some((purpose, handle)) = begun.flow_token() else {
        // No flow: the password was enough.
        let signed_in = tokens::granted(&api, &context, &begun).await?;
        let body = LoginAnswer::SignedIn(signed_in.ok_or(Kind::Internal)?);
        return Ok(api.reply(StatusCode::OK, body, &begun.grants));
    };
    let context = context.with_flow_token(purpose, handle.clone());
    let body = match purpose {
        Purpose::SetUp => ask_for_number(&api, &context, handle).await?,
        _ => ask(&api, &context, choice, handle).await?,
    };
    Ok(api.reply(StatusCode::OK, body, &begun.grants))
}

/// Asks for the second factor of the flow that was just opened. It stands even if that fails.
async fn ask(
    api: &Api,
    context: &RequestContext,
    choice: Choice,
    handle: &Token,
) -> Result<LoginAnswer, Failure> {
    const PURPOSE: Purpose = Purpose::SignIn;
    let (method, channel) = choice.parts();
    method_choice::choose(&api.app, context, PURPOSE, method.as_str(), channel)
        .await
        .map_err(|error| Failure::from(error).with_flow(handle.clone()))?;
    let flow = verification::live_flow(&api.app, context, PURPOSE).await?;
    Ok(LoginAnswer::SecondFactor(SecondFactor {
        requires_2fa: true,
        method: choice,
        methods: usable(&method_choice::methods(&api.app, &flow).await?),
        phone_hint: hint(&flow),
        waiting: api.waiting(&flow),
        flow: handle.expose().to_owned(),
    }))
}

async fn ask_for_number(
    api: &Api,
    context: &RequestContext,
    handle: &Token,
) -> Result<LoginAnswer, Failure> {
    let flow = verification::live_flow(&api.app, context, Purpose::SetUp).await?;
    let on_file = set_up::number_on_file(&api.app, &flow).await?;
    Ok(LoginAnswer::SetUp(SetUp {
        requires_setup: true,
        phone_hint: optional_hint(on_file.as_ref()),
        flow: handle.expose().to_owned(),
    }))
}

/// The number of an account's phone.
#[derive(Deserialize, ToSchema)]
pub struct Number {
    /// From the call that began it; without it, the one in the browser's cookie.
    #[serde(default)]
    #[schema(example = "mZ0rS1w6Yk9o5m2gq0Kf3l8rX7tUeJYb1cD4hA9vNnQ")]
    flow: Option<String>,
    /// The number on file, in full, or another.
    #[serde(default)]
    #[schema(required = true, example = "+14155550142")]
    phone_number: String,
}

/// Set up the second factor of an account that has none: sends a code to the number. One that
/// differs from a verified number on file is proven after that one, which gets the first code.
/// Called once more, it sends the code again; with another number the code that is out dies, and
/// that number gets one.
#[utoipa::path(
    post, path = "/v1/login/setup", tag = "sign-in", operation_id = "login_setup",
    request_body = Number,
    security((), ("client" = [])),
    responses((status = 200, description = "A code is on its way.", body = CodeSent), Refusals, OfFlows)
)]
pub async fn set_up(
    State(api): State<Api>,
    caller: Anonymous,
    Body(input): Body<Number>,
) -> Result<Response, Failure> {
    let purposes = [Purpose::SetUp];
    let found = pending::find(&api, &caller, input.flow.as_deref(), &purposes).await?;
    let (app, context) = (&api.app, &found.context);
    set_up::submit_number_or_resend(app, context, &input.phone_number).await?;
    let flow = verification::live_flow(app, context, Purpose::SetUp).await?;
    let body = CodeSent::new(&api, &flow, found.handle.expose().to_owned());
    Ok(api.reply(StatusCode::OK, body, &[]))
}

/// The code was right.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum VerifyAnswer {
    SignedIn(tokens::SignedIn),
    /// While setting up: the number on file is proven, and a code is on its way to the new one.
    NewNumber(CodeSent),
}

/// Finish signing in, or setting up a second factor, with the code.
#[utoipa::path(
    post, path = "/v1/login/verify", tag = "sign-in", operation_id = "login_verify",
    request_body = Verify,
    security((), ("client" = [])),
    responses(
        (
            status = 200, body = VerifyAnswer,
            description = "Signed in; or, when a verified number is being replaced, a code is on \
                           its way to the new one."
        ),
        Refusals,
        OfFlows
    )
)]
pub async fn verify(
    State(api): State<Api>,
    caller: Anonymous,
    Body(input): Body<Verify>,
) -> Result<Response, Failure> {
    let found = pending::find(&api, &caller, input.flow.as_deref(), &PURPOSES).await?;
    let (app, context, purpose) = (&api.app, &found.context, found.purpose());
    let checked = match verification::check_code(app, context, purpose, &input.code).await {
        Ok(checked) => checked,
        Err(error) => return Err(counted(&api, context, purpose, error.into()).await),
    };
    let body = match tokens::granted(&api, context, &checked).await? {
        Some(signed_in) => VerifyAnswer::SignedIn(signed_in),
        None => send_to_new_number(&api, context, &checked, &found.handle).await?,
    };
    Ok(api.reply(StatusCode::OK, body, &checked.grants))
}

/// A wrong recovery code is told without the tries that are left: the flow knows them.
async fn counted(
    api: &Api,
    context: &RequestContext,
    purpose: Purpose,
    failure: Failure,
) -> Failure {
    const UNCOUNTED: Kind = Kind::InvalidCode {
        attempts_remaining: None,
    };
    if failure.kind != UNCOUNTED {
        return failure;
    }
    match verification::live_flow(&api.app, context, purpose).await {
        Ok(flow) => {
            let left = flow.verification.tries_left(&api.app.rules(purpose));
            failure.counting(left)
        }
        Err(_) => failure,
    }
}

async fn send_to_new_number(
    api: &Api,
    context: &RequestContext,
    checked: &Outcome,
    handle: &Token,
) -> Result<VerifyAnswer, Failure> {
    let Step::SendCode { purpose, .. } = checked.step else {
        return Err(Kind::NoPending.into());
    };
    verification::send_code(&api.app, context, purpose, Channel::Sms)
        .await
        .map_err(|error| Failure::from(error).with_flow(handle.clone()))?;
    let flow = verification::live_flow(&api.app, context, purpose).await?;
    let body = CodeSent::new(api, &flow, handle.expose().to_owned());
    Ok(VerifyAnswer::NewNumber(body))
}

/// Ask for the second factor once more, by the same method or another. A message carries the same
/// code within five minutes, another one after.
#[utoipa::path(
    post, path = "/v1/login/resend", tag = "sign-in", operation_id = "login_resend",
    request_body = Resend,
    security((), ("client" = [])),
    responses((status = 200, description = "It is asked for.", body = Resent), Refusals, OfFlows)
)]
pub async fn resend(
    State(api): State<Api>,
    caller: Anonymous,
    Body(input): Body<Resend>,
) -> Result<Response, Failure> {
    let choice = Choice::read(input.method.as_deref())?;
    let found = pending::find(&api, &caller, input.flow.as_deref(), &PURPOSES).await?;
    let (app, context, purpose) = (&api.app, &found.context, found.purpose());
    let (method, channel) = choice.parts();
    method_choice::choose_or_resend(app, context, purpose, method, channel).await?;
    let flow = verification::live_flow(app, context, purpose).await?;
    let methods = usable(&method_choice::methods(app, &flow).await?);
    let body = Resent::by(&api, &flow, choice, methods);
    Ok(api.reply(StatusCode::OK, body, &[]))
}
