//! Twilio as an application meets it: Verify v2 (create, check, update and fetch) and Programmable
//! Messaging (create).
//!
//! A call goes through here in one direction: [`Call::read`] takes it off the wire, [`act::act`]
//! decides and changes the state, [`forge::respond`] puts the answer, or what a fault makes of it,
//! back on the wire.

mod act;
mod answer;
mod auth;
mod errors;
mod forge;
mod form;
pub(super) mod magic;
mod state;
mod text_message;
mod verification;

#[cfg(test)]
mod state_tests;

use std::time::Duration;

use axum::Form as FormBody;
use axum::Router;
use axum::extract::{FromRequest, Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::Method;
use http::header::AUTHORIZATION;
use serde_json::Value;

use super::clock::rfc3339_millis;
use super::faults::{Fault, Kind, Operation};
use super::ledger::{Entry, Outcome};
use super::{Simulator, World};
use answer::Answer;
use errors::Refusal;
use form::Form;
pub(super) use state::Verifications;

const PROVIDER: &str = "twilio";
/// A stalled call ends then, should the client not have given up before.
const STALL: Duration = Duration::from_mins(10);

/// The provider's own paths: contract sections 2.2 to 2.5.
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
    let answer = Answer::from(refusal);
    let mut entry = arrival("unknown", request.method(), path, simulator.now());
    entry.status = Some(answer.status.as_u16());
    entry.error_code = answer.error_code();
    simulator.world().ledger.begin(entry);
    answer.into_response()
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

/// Acts at once and only then lets a fault hold the answer back, so that a client that gives up
/// waiting changes nothing: the code is on its way all the same.
async fn handle(simulator: &Simulator, call: &Call) -> Response {
    let (response, fault) = decide(simulator, call);
    match fault {
        Some(Fault {
            kind: Kind::Delay,
            delay_ms: Some(millis),
            ..
        }) => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
        Some(Fault {
            kind: Kind::Stall, ..
        }) => tokio::time::sleep(STALL).await,
        _ => {}
    }
    response
}

/// Everything a call does, under one lock: the ledger's order is the order of effects.
fn decide(simulator: &Simulator, call: &Call) -> (Response, Option<Fault>) {
    let now = simulator.now();
    let mut world = simulator.world();
    let fault = world.faults.take(call.operation);
    let mut entry = arrival(call.operation.name(), &call.method, &call.path, now);
    entry.params = call.form.as_json();
    entry.fault = fault
        .as_ref()
        .and_then(|fault| serde_json::to_value(fault.kind).ok());
    let number = world.ledger.begin(entry);

    let acts = fault.as_ref().is_none_or(Fault::acts);
    let answer = if acts {
        act_for_real(simulator, &mut world, call, now)
    } else {
        imagine(simulator, &world, call, now)
    };
    let verification = answer.verification.clone().filter(|_| acts);
    let (response, status, error_code) = forge::respond(call.operation, fault.as_ref(), answer);
    world.ledger.finish(
        number,
        Outcome {
            status,
            error_code,
            verification,
        },
    );
    tracing::debug!(
        provider = PROVIDER,
        operation = call.operation.name(),
        status,
        error_code,
        "Answered a provider call"
    );
    (response, fault)
}

fn act_for_real(simulator: &Simulator, world: &mut World, call: &Call, now: i64) -> Answer {
    let settings = &simulator.settings().twilio;
    let acted = act::act(settings, &mut world.twilio, call, now, &mut rand::rng());
    if let Some(message) = acted.message {
        simulator.inbox().deliver(message, now);
    }
    acted.answer
}

/// The answer the call would have got. It is worked out on a copy, so nothing changes and nothing
/// is sent.
fn imagine(simulator: &Simulator, world: &World, call: &Call, now: i64) -> Answer {
    let settings = &simulator.settings().twilio;
    act::act(
        settings,
        &mut world.twilio.clone(),
        call,
        now,
        &mut rand::rng(),
    )
    .answer
}

fn arrival(operation: &'static str, method: &Method, path: &str, now: i64) -> Entry {
    Entry {
        at: rfc3339_millis(now),
        method: method.to_string(),
        path: path.to_owned(),
        operation,
        params: Value::Object(serde_json::Map::new()),
        status: None,
        error_code: None,
        provider: PROVIDER,
        verification: None,
        fault: None,
    }
}
