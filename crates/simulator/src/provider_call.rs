//! Processes one provider call: records it in the ledger, applies a fault if one matches, and executes it.
//!
//! The steps are the same for both providers.

use std::time::Duration;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::Method;
use http::header::AUTHORIZATION;
use rand::rngs::ThreadRng;
use serde_json::{Map, Value};

use crate::clock::format_rfc3339_millis;
use crate::fault_injection::{self, WireFormat};
use crate::faults::{Fault, FaultKind, Operation};
use crate::inbox::OutgoingMessage;
use crate::ledger::{CallResult, LedgerEntry};
use crate::provider::{Provider, WebhookEvent};
use crate::response::ProviderResponse;
use crate::settings::Settings;
use crate::simulator::{Simulator, Verifications};

/// Time for which a `stall` fault holds a provider call, unless the client closes the connection earlier.
const STALL: Duration = Duration::from_mins(10);

/// Head of the HTTP request of a provider call: method, path, credentials and requested operation.
#[derive(Debug)]
pub(crate) struct RequestHead {
    pub(crate) operation: Operation,
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The `Authorization` header; `None` if it is missing or not ASCII.
    pub(crate) authorization: Option<String>,
}

impl RequestHead {
    /// Reads operation, method, path and credentials of a provider call from an HTTP request.
    pub(crate) fn from_request(operation: Operation, request: &Request) -> Self {
        let authorization = request.headers().get(AUTHORIZATION);
        Self {
            operation,
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            authorization: authorization
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
        }
    }
}

/// Parsed call to a simulated provider API.
pub(crate) trait ProviderCall {
    const WIRE_FORMAT: WireFormat;

    /// Returns the method, path, credentials and operation of the call.
    fn request_head(&self) -> &RequestHead;

    /// Returns the request parameters as JSON, which the simulator records with the call.
    fn request_parameters_as_json(&self) -> Value;

    /// Executes the provider call at `now_millis` (Unix milliseconds).
    fn execute_provider_call(
        &self,
        settings: &Settings,
        verifications: &mut Verifications,
        now_millis: i64,
        rng: &mut ThreadRng,
    ) -> CallOutcome;
}

/// Outcome of an executed provider call: its response, the message it sends and its webhook events.
pub(crate) struct CallOutcome {
    pub(crate) response: ProviderResponse,
    /// Text message or voice call that the call sends.
    pub(crate) message: Option<OutgoingMessage>,
    /// Webhook events that the call causes, in order.
    pub(crate) events: Vec<WebhookEvent>,
}

impl From<ProviderResponse> for CallOutcome {
    fn from(response: ProviderResponse) -> Self {
        Self {
            response,
            message: None,
            events: Vec::new(),
        }
    }
}

impl CallOutcome {
    /// Sets the webhook events that the call causes.
    pub(crate) fn with_webhook_events(mut self, events: Vec<WebhookEvent>) -> Self {
        self.events = events;
        self
    }
}

/// Executes a provider call and returns its response, after the delay of a `delay` or `stall` fault.
pub(crate) async fn respond_to_call<C: ProviderCall>(simulator: &Simulator, call: &C) -> Response {
    let (response, fault) = process_call(simulator, call);
    match fault {
        Some(Fault {
            kind: FaultKind::Delay,
            delay_ms: Some(millis),
            ..
        }) => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
        Some(Fault {
            kind: FaultKind::Stall,
            ..
        }) => tokio::time::sleep(STALL).await,
        _ => {}
    }
    response
}

/// Applies faults to a provider call, executes it and records it in the ledger, all under one lock.
fn process_call<C: ProviderCall>(simulator: &Simulator, call: &C) -> (Response, Option<Fault>) {
    let now_millis = simulator.now_millis();
    let head = call.request_head();
    let provider = C::WIRE_FORMAT.provider;
    let mut state = simulator.lock_provider_state();
    let fault = state.faults.take_fault_for_call(head.operation);
    let operation = head.operation.as_str();
    let mut entry = create_ledger_entry_without_result(
        provider,
        operation,
        &head.method,
        &head.path,
        now_millis,
    );
    entry.params = call.request_parameters_as_json();
    entry.fault = fault
        .as_ref()
        .and_then(|fault| serde_json::to_value(fault.kind).ok());
    let number = state.ledger.record_call(entry);

    let executes_call = fault.as_ref().is_none_or(Fault::executes_call);
    let response = if executes_call {
        execute_and_deliver(simulator, &mut state.verifications, call, now_millis)
    } else {
        simulate_without_effect(simulator, &state.verifications, call, now_millis)
    };
    let verification = response.verification.clone().filter(|_| executes_call);
    let sent = fault_injection::build_response_with_fault(
        &C::WIRE_FORMAT,
        head.operation,
        fault.as_ref(),
        response,
    );
    state.ledger.record_call_result(
        number,
        CallResult {
            status: sent.status,
            error_code: sent.error_code,
            verification,
        },
    );
    tracing::debug!(
        %provider,
        operation,
        status = sent.status,
        error_code = sent.error_code,
        "the simulator processed a provider call"
    );
    (sent.response, fault)
}

/// Executes a provider call, puts the resulting message into the inbox, and sends the resulting webhooks.
fn execute_and_deliver<C: ProviderCall>(
    simulator: &Simulator,
    verifications: &mut Verifications,
    call: &C,
    now_millis: i64,
) -> ProviderResponse {
    let outcome = call.execute_provider_call(
        simulator.settings(),
        verifications,
        now_millis,
        &mut rand::rng(),
    );
    if let Some(message) = outcome.message {
        simulator.inbox().deliver_message(message, now_millis);
    }
    simulator
        .webhooks()
        .send_events_in_background(outcome.events);
    outcome.response
}

/// Computes the response to a provider call on a copy of the state. Changes no state and sends no message or webhook.
fn simulate_without_effect<C: ProviderCall>(
    simulator: &Simulator,
    verifications: &Verifications,
    call: &C,
    now_millis: i64,
) -> ProviderResponse {
    let mut copy = verifications.clone();
    call.execute_provider_call(
        simulator.settings(),
        &mut copy,
        now_millis,
        &mut rand::rng(),
    )
    .response
}

/// Rejects a call with a path or method that the provider does not have, and records it in the ledger.
pub(crate) fn reject_unknown_provider_call(
    simulator: &Simulator,
    provider: Provider,
    request: &Request,
    response: ProviderResponse,
) -> Response {
    let (method, path) = (request.method(), request.uri().path());
    let mut entry = create_ledger_entry_without_result(
        provider,
        "unknown",
        method,
        path,
        simulator.now_millis(),
    );
    entry.status = Some(response.status.as_u16());
    entry.error_code = response.provider_error_code();
    simulator.lock_provider_state().ledger.record_call(entry);
    response.into_response()
}

/// Creates the record of a provider call for the ledger of received calls. The record has no result yet.
fn create_ledger_entry_without_result(
    provider: Provider,
    operation: &'static str,
    method: &Method,
    path: &str,
    now_millis: i64,
) -> LedgerEntry {
    LedgerEntry {
        at: format_rfc3339_millis(now_millis),
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
