//! Response bodies and cookies that several handlers share.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::access_token::TokenScope;
use super::api_error::{ApiError, ErrorCode};
use super::state::Api;
use crate::auth::entry::lost_phone;
use crate::auth::outcome::{Outcome, TokenChange};
use crate::auth::session::{self, SignedIn};
use crate::context::RequestContext;
use crate::context::http_state::set_cookie;
use crate::security::device::DeviceMark;
use crate::security::phone_rules::mask_phone_number;
use crate::security::token::Token;
use crate::store::flows::Flow;
use domain::PhoneNumber;

/// The header with the device mark of a user, in responses to completed sign-ins and in sign-in requests.
pub const DEVICE: HeaderName = HeaderName::from_static("sallyport-device");

impl Api {
    /// Builds a JSON response with the changed flow tokens as cookies, and with a new device mark as a header. A device
    /// mark shows that the user has signed in before.
    pub fn build_json_response(
        &self,
        status: StatusCode,
        body: impl Serialize,
        token_changes: &[TokenChange],
    ) -> Response {
        self.add_changed_tokens_to_response((status, Json(body)).into_response(), token_changes)
    }

    /// Adds the changed flow tokens to a response as cookies, and a new device mark as a header. A device mark shows
    /// that the user has signed in before.
    pub fn add_changed_tokens_to_response(
        &self,
        mut response: Response,
        token_changes: &[TokenChange],
    ) -> Response {
        for change in token_changes {
            let cookie = match change {
                TokenChange::SetFlowToken(purpose, flow_token) => {
                    self.cookies.create_flow_token_cookie(*purpose, flow_token)
                }
                TokenChange::RemoveFlowToken(purpose) => {
                    self.cookies.create_flow_token_removal_cookie(*purpose)
                }
                TokenChange::SetDeviceMarks(marks, _) => {
                    let mark = marks.first().map(DeviceMark::expose).unwrap_or_default();
                    if let Ok(mark) = HeaderValue::from_str(&mark) {
                        response.headers_mut().insert(DEVICE, mark);
                    }
                    continue;
                }
                TokenChange::SetRecovery(token, until) => {
                    self.cookies.create_recovery_cookie(token, *until)
                }
                TokenChange::RemoveRecovery => self.cookies.create_recovery_removal_cookie(),
                // The body contains the session as an access token. It is never set as a cookie.
                TokenChange::SetSession(_) | TokenChange::RemoveSession => continue,
            };
            set_cookie(&mut response, &cookie);
        }
        response
    }

    /// Returns the seconds until the code (or the flow, if it has no code) expires, and until another code can be
    /// sent.
    pub fn calculate_countdowns_of_flow(&self, flow: &Flow) -> Waiting {
        let now = self.app.now();
        let rules = self.app.verification_rules(flow.purpose);
        match flow.verification.state.sent_code() {
            Some(code) => Waiting {
                timeout_secs: code.expires_at.secs_since(now),
                resend_after: Some(
                    flow.verification
                        .earliest_resend_time(code, &rules)
                        .secs_since(now),
                ),
            },
            None => Waiting {
                timeout_secs: flow.verification.ends_at.secs_since(now),
                resend_after: None,
            },
        }
    }
}

/// Response members with the remaining times of a flow in seconds: until the code expires, and until another message
/// can be requested.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub struct Waiting {
    /// Seconds until the code expires.
    #[schema(example = 300)]
    timeout_secs: u64,
    /// Seconds until another message can be requested. Missing for methods without messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 30, nullable = false)]
    resend_after: Option<u64>,
}

/// Returns the masked phone number to which the flow sends codes; empty if it has none.
pub fn mask_phone_number_of_flow(flow: &Flow) -> String {
    let phone = flow.verification.state.phone();
    phone.map(mask_phone_number).unwrap_or_default()
}

/// The example of a flow token in the OpenAPI document.
pub const FLOW_TOKEN_EXAMPLE: &str = "mZ0rS1w6Yk9o5m2gq0Kf3l8rX7tUeJYb1cD4hA9vNnQ";

/// Response member `flow`: the flow token that later requests must send.
#[derive(Serialize)]
#[serde(transparent)]
pub struct FlowToken(String);

impl From<&Token> for FlowToken {
    fn from(token: &Token) -> Self {
        Self(token.expose().to_owned())
    }
}

impl PartialSchema for FlowToken {
    #[expect(deprecated, reason = "the derive macro of utoipa writes `example` too")]
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "A secret without documented structure. Send it with the next request of this flow.",
            ))
            .example(Some(FLOW_TOKEN_EXAMPLE.into()))
            .into()
    }
}

impl ToSchema for FlowToken {}

/// Response body after a code was sent to a phone.
#[derive(Serialize, ToSchema)]
pub struct CodeSent {
    /// Always true.
    verification_sent: bool,
    /// The masked phone number.
    #[schema(example = "+1******3456")]
    phone_hint: String,
    #[serde(flatten)]
    waiting: Waiting,
    #[schema(inline)]
    flow: FlowToken,
}

impl CodeSent {
    /// Creates the response body for a flow whose code was sent.
    pub fn new(api: &Api, flow: &Flow, flow_token: &Token) -> Self {
        Self {
            verification_sent: true,
            phone_hint: mask_phone_number_of_flow(flow),
            waiting: api.calculate_countdowns_of_flow(flow),
            flow: FlowToken::from(flow_token),
        }
    }
}

/// Masks the phone number of an account for a response; `None` if the account has none.
pub fn mask_optional_number(phone: Option<&PhoneNumber>) -> Option<String> {
    phone.map(mask_phone_number)
}

/// Response body after a sign-in: the account's ID and an access token.
#[derive(Serialize, ToSchema)]
#[schema(as = SignedIn)]
pub struct SignedInResponse {
    /// The permanent id of the account. It is never reused.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015")]
    user_id: String,
    /// The access token, a JWT. Send it as `Authorization: Bearer …`.
    #[schema(example = "eyJhbGciOiJFZERTQSIsImtpZCI6Ii4uLiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl")]
    token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the token expires.
    #[schema(example = 86400)]
    expires_in: u64,
    /// Seconds until the account is erased; absent unless its deletion was requested. The token then only reads the
    /// account, keeps it and signs out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1_209_600, nullable = false)]
    deletion_in: Option<u64>,
    /// Seconds until the password alone can replace the phone that was reported lost, 0 if it can already; absent
    /// unless it was reported. Ask the user: `POST /v1/recovery/cancel` keeps the number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 259_200, nullable = false)]
    recovery_due_in: Option<u64>,
}

/// Issues an access token for the new session in `outcome`. Fails if `outcome` contains no new session.
pub async fn issue_access_token(
    api: &Api,
    context: &RequestContext,
    outcome: &Outcome,
) -> Result<SignedInResponse, ApiError> {
    let signed_in = issue_access_token_if_session_opened(api, context, outcome).await?;
    signed_in.ok_or_else(|| ErrorCode::Internal.into())
}

/// Issues an access token for the new session in `outcome`. Returns `None` if `outcome` contains no new session.
pub async fn issue_access_token_if_session_opened(
    api: &Api,
    context: &RequestContext,
    outcome: &Outcome,
) -> Result<Option<SignedInResponse>, ApiError> {
    let secret = outcome.token_changes.iter().find_map(|grant| match grant {
        TokenChange::SetSession(token) => Some(token.clone()),
        _ => None,
    });
    let Some(secret) = secret else {
        return Ok(None);
    };
    let session_context = context.with_session_token(secret.clone());
    // The session was just stored. Only an operator can have ended it since then.
    let SignedIn { session, account } =
        session::find_live_session_of_request(&api.app, &session_context)
            .await?
            .ok_or(ErrorCode::InvalidToken)?;
    let scope = match account.delete_at {
        Some(_) => TokenScope::KeepAccount,
        None => TokenScope::Account,
    };
    let now = api.app.now();
    Ok(Some(SignedInResponse {
        user_id: account.id.as_str().to_owned(),
        token: api
            .access_tokens
            .issue_token_for_session(&session, &secret, scope),
        token_type: "Bearer",
        expires_in: session.ends_at.secs_since(now),
        deletion_in: account.delete_at.map(|at| at.secs_since(now)),
        recovery_due_in: lost_phone::find_recovery_waiting_secs(&api.app, &account).await?,
    }))
}
