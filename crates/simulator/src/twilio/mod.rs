//! Twilio as an application meets it: Verify v2 (create, check, update and fetch) and Programmable
//! Messaging (create).
//!
//! A call goes through here in one direction: [`Call::read`] takes it off the wire, [`act::act`]
//! decides and changes the state; what is the same for every provider is beside this folder.

mod act;
mod answer;
mod auth;
mod dialect;
mod errors;
mod events;
mod form;
pub(super) mod magic;
mod state;
mod text_message;
mod verification;

#[cfg(test)]
mod state_tests;

use axum::Form as FormBody;
use axum::Router;
use axum::extract::{FromRequest, Path, Request, State};
use axum::response::Response;
use axum::routing::post;
use http::Method;
use http::header::AUTHORIZATION;
use rand::rngs::ThreadRng;
use serde_json::Value;

use super::faults::Operation;
use super::provider::{self, Acted, Dialect, ProviderCall, handle};
use super::settings::Settings;
use super::{Accounts, Simulator};
use errors::Refusal;
pub(super) use events::{of_time, sign};
use form::Form;
pub(super) use form::is_sid;
pub(super) use state::Verifications;

pub(super) const PROVIDER: &str = "twilio";

/// The provider's own paths: contract sections 2.2 to 2.5, and one of Programmable Messaging's.
pub(super) fn routes() -> Router<Simulator> {
    Router::new()
        .route("/v2/Services/{service}/Verifications", post(create))
        .route(
            "/v2/Services/{service}/Verifications/{sid}",
            post(update).get(fetch),
        )
        .route("/v2/Services/{service}/VerificationCheck", post(check))
        .route(
            "/2010-04-01/Accounts/{account}/Messages.json",
            post(message),
        )
}

/// Whether a path nobody serves should be refused in Twilio's words.
pub(super) fn owns(path: &str) -> bool {
    path.starts_with("/v2/Services") || path.starts_with("/2010-04-01/")
}

/// Refuses a path that does not exist, or exists under another method.
pub(super) fn refuse(simulator: &Simulator, request: &Request, exists: bool) -> Response {
    let path = request.uri().path();
    let refusal = if exists {
        Refusal::method_not_allowed()
    } else {
        Refusal::not_found(path)
    };
    provider::refuse(simulator, PROVIDER, request.method(), path, refusal.into())
}

/// One provider call off the wire.
struct Call {
    operation: Operation,
    method: Method,
    path: String,
    /// The service of a verification's path, the account of a message's.
    service: String,
    /// The last segment of an update's or fetch's path: a SID, or a number with `+`.
    target: String,
    authorization: Option<String>,
    form: Form,
}

impl Call {
    async fn read(operation: Operation, service: String, target: String, request: Request) -> Self {
        let authorization = request.headers().get(AUTHORIZATION);
        let authorization = authorization
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let form = if operation == Operation::Fetch {
            Form {
                is_form: true,
                ..Form::default()
            }
        } else {
            read_form(request).await
        };
        Self {
            operation,
            method,
            path,
            service,
            target,
            authorization,
            form,
        }
    }
}

/// Anything but a form of bearable size counts as no form.
async fn read_form(request: Request) -> Form {
    match FormBody::<Vec<(String, String)>>::from_request(request, &()).await {
        Ok(FormBody(fields)) => Form {
            fields,
            is_form: true,
        },
        Err(_) => Form::default(),
    }
}

async fn create(
    State(simulator): State<Simulator>,
    Path(service): Path<String>,
    request: Request,
) -> Response {
    let call = Call::read(Operation::Create, service, String::new(), request).await;
    handle(&simulator, &call).await
}

async fn message(
    State(simulator): State<Simulator>,
    Path(account): Path<String>,
    request: Request,
) -> Response {
    let call = Call::read(Operation::Message, account, String::new(), request).await;
    handle(&simulator, &call).await
}

async fn check(
    State(simulator): State<Simulator>,
    Path(service): Path<String>,
    request: Request,
) -> Response {
    let call = Call::read(Operation::Check, service, String::new(), request).await;
    handle(&simulator, &call).await
}

async fn update(
    State(simulator): State<Simulator>,
    Path((service, target)): Path<(String, String)>,
    request: Request,
) -> Response {
    let call = Call::read(Operation::Update, service, target, request).await;
    handle(&simulator, &call).await
}

async fn fetch(
    State(simulator): State<Simulator>,
    Path((service, target)): Path<(String, String)>,
    request: Request,
) -> Response {
    let call = Call::read(Operation::Fetch, service, target, request).await;
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
        self.form.as_json()
    }

    fn act(
        &self,
        settings: &Settings,
        accounts: &mut Accounts,
        now: i64,
        rng: &mut ThreadRng,
    ) -> Acted {
        act::act(&settings.twilio, &mut accounts.twilio, self, now, rng)
    }
}
