//! A provider call on its way through the simulator, the same for every provider: it is written into
//! the ledger, meets its fault, is acted on, and answered as the fault has it.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use rand::rngs::ThreadRng;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::clock::rfc3339_millis;
use super::faults::{Fault, Kind, Operation};
use super::ledger::{Entry, Outcome};
use super::messages::Draft;
use super::settings::Settings;
use super::webhooks::Event;
use super::{Accounts, Simulator, forge};

/// A stalled call ends then, should the client not have given up before.
const STALL: Duration = Duration::from_mins(10);

/// How one provider spells what faults forge.
pub(super) struct Dialect {
    /// In the ledger, and beside every message.
    pub(super) name: &'static str,
    /// The status of a create that worked.
    pub(super) created: StatusCode,
    /// The error envelope of a scripted status.
    pub(super) envelope: fn(StatusCode, &Fault) -> Value,
    /// Changes one thing in the body of a success.
    pub(super) tamper: fn(Kind, &mut Map<String, Value>),
}

/// One call off the wire.
pub(super) trait ProviderCall {
    const DIALECT: Dialect;

    fn operation(&self) -> Operation;
    fn method(&self) -> &Method;
    fn path(&self) -> &str;
    /// What was asked, for the ledger.
    fn params(&self) -> Value;

    /// What comes of it at `now` (Unix milliseconds): decided in one step, without waiting.
    fn act(
        &self,
        settings: &Settings,
        accounts: &mut Accounts,
        now: i64,
        rng: &mut ThreadRng,
    ) -> Acted;
}

/// What a call came to.
pub(super) struct Acted {
    pub(super) answer: Answer,
    /// The text message or spoken call it caused.
    pub(super) message: Option<Draft>,
    /// What the provider will tell of it, in this order.
    pub(super) events: Vec<Event>,
}

impl From<Answer> for Acted {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            message: None,
            events: Vec::new(),
        }
    }
}

impl Acted {
    pub(super) fn telling(mut self, events: Vec<Event>) -> Self {
        self.events = events;
        self
    }
}

/// Acts at once and only then lets a fault hold the answer back, so that a client that gives up
/// waiting changes nothing: the code is on its way all the same.
pub(super) async fn handle<C: ProviderCall>(simulator: &Simulator, call: &C) -> Response {
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
fn decide<C: ProviderCall>(simulator: &Simulator, call: &C) -> (Response, Option<Fault>) {
    let now = simulator.now();
    let operation = call.operation();
    let mut world = simulator.world();
    let fault = world.faults.take(operation);
    let mut entry = arrival(
        C::DIALECT.name,
        operation.name(),
        call.method(),
        call.path(),
        now,
    );
    entry.params = call.params();
    entry.fault = fault
        .as_ref()
        .and_then(|fault| serde_json::to_value(fault.kind).ok());
    let number = world.ledger.begin(entry);

    let acts = fault.as_ref().is_none_or(Fault::acts);
    let answer = if acts {
        act_for_real(simulator, &mut world.accounts, call, now)
    } else {
        imagine(simulator, &world.accounts, call, now)
    };
    let verification = answer.verification.clone().filter(|_| acts);
    let (response, status, error_code) =
        forge::respond(&C::DIALECT, operation, fault.as_ref(), answer);
    world.ledger.finish(
        number,
        Outcome {
            status,
            error_code,
            verification,
        },
    );
    tracing::debug!(
        provider = C::DIALECT.name,
        operation = operation.name(),
        status,
        error_code,
        "Answered a provider call"
    );
    (response, fault)
}

fn act_for_real<C: ProviderCall>(
    simulator: &Simulator,
    accounts: &mut Accounts,
    call: &C,
    now: i64,
) -> Answer {
    let acted = call.act(simulator.settings(), accounts, now, &mut rand::rng());
    if let Some(message) = acted.message {
        simulator.inbox().deliver(message, now);
    }
    simulator.webhooks().tell(simulator, acted.events);
    acted.answer
}

/// The answer the call would have got. It is worked out on a copy, so nothing changes and nothing
/// is sent.
fn imagine<C: ProviderCall>(
    simulator: &Simulator,
    accounts: &Accounts,
    call: &C,
    now: i64,
) -> Answer {
    let mut copy = accounts.clone();
    call.act(simulator.settings(), &mut copy, now, &mut rand::rng())
        .answer
}

/// Answers a call to a path that does not exist, and writes it into the ledger.
pub(super) fn refuse(
    simulator: &Simulator,
    provider: &'static str,
    method: &Method,
    path: &str,
    answer: Answer,
) -> Response {
    let mut entry = arrival(provider, "unknown", method, path, simulator.now());
    entry.status = Some(answer.status.as_u16());
    entry.error_code = answer.error_code();
    simulator.world().ledger.begin(entry);
    answer.into_response()
}

fn arrival(
    provider: &'static str,
    operation: &'static str,
    method: &Method,
    path: &str,
    now: i64,
) -> Entry {
    Entry {
        at: rfc3339_millis(now),
        method: method.to_string(),
        path: path.to_owned(),
        operation,
        params: Value::Object(Map::new()),
        status: None,
        error_code: None,
        provider,
        verification: None,
        fault: None,
    }
}
