//! Telnyx as an application meets it: Verify v2 (send, check by id or number, read).
//!
//! A call goes through here in one direction: [`Call::read`] takes it off the wire, [`act::act`]
//! decides and changes the state; what is the same for every provider is beside this folder.

mod act;
mod answer;
mod auth;
mod body;
mod dialect;
mod errors;
mod events;
pub(super) mod magic;
mod state;
#[cfg(test)]
mod state_tests;
mod verification;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::Method;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use rand::rngs::ThreadRng;
use serde_json::Value;

use super::faults::Operation;
use super::provider::{self, Acted, Dialect, ProviderCall, handle};
use super::settings::Settings;
use super::{Accounts, Simulator};
use body::Body;
use errors::Refusal;
pub(super) use events::sign;
pub(super) use state::Verifications;
use verification::Kind;
pub(super) use verification::{MAX_WRONG_CHECKS, is_uuid};

pub(super) const PROVIDER: &str = "telnyx";

/// The provider's own paths: contract sections 3.2 to 3.5.
pub(super) fn routes() -> Router<Simulator> {
    let create = |kind| {
        post(
            move |State(simulator): State<Simulator>, request: Request| async move {
                let call = Call::read(Operation::Create, Target::New(kind), request).await;
                handle(&simulator, &call).await
            },
        )
    };
    Router::new()
        .route("/v2/verifications/sms", create(Kind::Sms))
        .route("/v2/verifications/call", create(Kind::Call))
        .route("/v2/verifications/flashcall", create(Kind::Flashcall))
        .route("/v2/verifications/whatsapp", create(Kind::Whatsapp))
        .route("/v2/verifications/{id}", get(fetch))
        .route("/v2/verifications/{id}/actions/verify", post(check))
        .route("/v2/verifications/by_phone_number/{number}", get(list))
        .route(
            "/v2/verifications/by_phone_number/{number}/actions/verify",
            post(check_by_number),
        )
}

/// Whether a path nobody serves should be refused in Telnyx's words.
pub(super) fn owns(path: &str) -> bool {
    path.starts_with("/v2/verifications") || path.starts_with("/v2/verify_profiles")
}

/// Refuses a path that does not exist; Telnyx has one answer for those and for a wrong method.
pub(super) fn refuse(simulator: &Simulator, request: &Request) -> Response {
    let path = request.uri().path();
    let answer = Refusal::not_found().into();
    provider::refuse(simulator, PROVIDER, request.method(), path, answer)
}

/// What a call is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    New(Kind),
    Id(String),
    /// E.164, as it stands in the path.
    Number(String),
}

/// One provider call off the wire.
struct Call {
    operation: Operation,
    method: Method,
    path: String,
    target: Target,
    authorization: Option<String>,
    body: Body,
}

impl Call {
    async fn read(operation: Operation, target: Target, request: Request) -> Self {
        let authorization = header(&request, &AUTHORIZATION);
        let kind = header(&request, &CONTENT_TYPE);
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let body = if operation == Operation::Fetch {
            Body::default()
        } else {
            // One that cannot be read counts as none.
            let bytes = Bytes::from_request(request, &()).await.unwrap_or_default();
            Body::read(kind.as_deref(), &bytes)
        };
        Self {
            operation,
            method,
            path,
            target,
            authorization,
            body,
        }
    }
}

fn header(request: &Request, name: &HeaderName) -> Option<String> {
    let value = request.headers().get(name)?;
    value.to_str().ok().map(str::to_owned)
}

async fn check(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let call = Call::read(Operation::Check, Target::Id(id), request).await;
    handle(&simulator, &call).await
}

async fn check_by_number(
    State(simulator): State<Simulator>,
    Path(number): Path<String>,
    request: Request,
) -> Response {
    let call = Call::read(Operation::Check, Target::Number(number), request).await;
    handle(&simulator, &call).await
}

async fn fetch(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let call = Call::read(Operation::Fetch, Target::Id(id), request).await;
    handle(&simulator, &call).await
}

async fn list(
    State(simulator): State<Simulator>,
    Path(number): Path<String>,
    request: Request,
) -> Response {
    let call = Call::read(Operation::Fetch, Target::Number(number), request).await;
    handle(&simulator, &call).await
}

impl ProviderCall for Call {
    const DIALECT: Dialect = dialect::DIALECT;

    fn operation(&self) -> Operation {
        self.operation
    }

    fn method(&self) -> &Method {
        &self.method
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn params(&self) -> Value {
        self.body.as_json()
    }

    fn act(
        &self,
        settings: &Settings,
        accounts: &mut Accounts,
        now: i64,
        rng: &mut ThreadRng,
    ) -> Acted {
        act::act(&settings.telnyx, &mut accounts.telnyx, self, now, rng)
    }
}
