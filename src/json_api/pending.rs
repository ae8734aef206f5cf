//! The pending flow of a call: by the handle in its body, or in the cookie of a browser.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Api;
use super::body::Body;
use super::callers::Anonymous;
use super::openapi::Refusals;
use super::problem::{Failure, Kind};
use crate::auth::entry::verification::{self, Position};
use crate::context::RequestContext;
use crate::http::problem::ProblemDetails;
use crate::security::token::Token;
use crate::store::flows::Flow;
use crate::verification::Ending;
use domain::Purpose;

/// What a program may wait for without a token.
pub const PURPOSES: [Purpose; 3] = [Purpose::Registration, Purpose::SignIn, Purpose::SetUp];

/// A flow that goes on, and whoever holds its handle.
pub struct Pending {
    pub context: RequestContext,
    pub handle: Token,
    pub flow: Flow,
}

impl Pending {
    pub const fn purpose(&self) -> Purpose {
        self.flow.purpose
    }
}

/// The handles a call may mean: the one it gives, for each of these purposes; without it, those of
/// the cookies.
pub fn held(
    caller: &Anonymous,
    given: Option<&str>,
    purposes: &[Purpose],
) -> impl Iterator<Item = (Purpose, Token)> {
    purposes.iter().filter_map(move |purpose| {
        let handle = match given {
            Some(text) => Token::parse(text),
            None => caller.context.flow_token(*purpose).cloned(),
        };
        handle.map(|handle| (*purpose, handle))
    })
}

/// The live flow that `given` opens, if it is of one of these purposes (SM-04); without it, that
/// of the cookies.
pub async fn find(
    api: &Api,
    caller: &Anonymous,
    given: Option<&str>,
    purposes: &[Purpose],
) -> Result<Pending, Failure> {
    let mut failure = Kind::NoPending;
    for (purpose, handle) in held(caller, given, purposes) {
        let context = caller.context.with_flow_token(purpose, handle.clone());
        match verification::position(&api.app, &context, purpose).await? {
            Position::At(flow) => {
                return Ok(Pending {
                    context,
                    handle,
                    flow: *flow,
                });
            }
            Position::Over(Ending::Expired) => failure = Kind::FlowExpired,
            Position::Over(Ending::Exhausted) => failure = Kind::TooManyAttempts,
            Position::Over(
                Ending::Completed
                | Ending::Cancelled
                | Ending::Unsent
                | Ending::Superseded
                | Ending::Voided,
            )
            | Position::Nowhere => {}
        }
    }
    Err(failure.into())
}

/// A flow to be ended.
#[derive(Deserialize, ToSchema)]
pub struct Cancel {
    /// From the call that began it; without it, the one in the browser's cookie.
    #[serde(default)]
    #[schema(example = "mZ0rS1w6Yk9o5m2gq0Kf3l8rX7tUeJYb1cD4hA9vNnQ")]
    flow: Option<String>,
}

/// End a pending registration or sign-in, here and at the provider. What is over, or never was,
/// is answered in the same way (SM-11).
#[utoipa::path(
    post, path = "/v1/verify/cancel", tag = "verification", request_body = Cancel,
    security((), ("client" = [])),
    responses(
        (status = 204, description = "It is over."),
        Refusals,
        (
            status = 401, description = "The client's name or secret is wrong.",
            body = ProblemDetails, content_type = "application/problem+json"
        )
    )
)]
pub async fn cancel(
    State(api): State<Api>,
    caller: Anonymous,
    Body(input): Body<Cancel>,
) -> Result<Response, Failure> {
    let done = StatusCode::NO_CONTENT.into_response();
    match find(&api, &caller, input.flow.as_deref(), &PURPOSES).await {
        Ok(pending) => {
            let purpose = pending.purpose();
            let outcome = verification::cancel(&api.app, &pending.context, purpose).await?;
            Ok(api.remember(done, &outcome.grants))
        }
        Err(failure) if failure.kind.status().is_client_error() => Ok(done),
        Err(failure) => Err(failure),
    }
}
