//! HTTP routes of the simulated Twilio APIs.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::post;
use rand::rngs::ThreadRng;
use serde_json::Value;

use super::actions;
use super::call::TwilioCall;
use super::errors::TwilioError;
use super::wire_format::WIRE_FORMAT;
use crate::fault_injection::WireFormat;
use crate::faults::Operation;
use crate::provider::Provider;
use crate::provider_call::{
    CallOutcome, ProviderCall, RequestHead, reject_unknown_provider_call, respond_to_call,
};
use crate::settings::Settings;
use crate::simulator::{Simulator, Verifications};

/// Returns the HTTP routes of the simulated Twilio APIs: Verify (<https://www.twilio.com/docs/verify/api>) and message
/// creation (<https://www.twilio.com/docs/messaging/api/message-resource>).
pub(crate) fn create_twilio_api_routes() -> Router<Simulator> {
    Router::new()
        .route(
            "/v2/Services/{service}/Verifications",
            post(handle_twilio_verification_creation),
        )
        .route(
            "/v2/Services/{service}/Verifications/{sid}",
            post(handle_twilio_verification_update).get(handle_twilio_verification_fetch),
        )
        .route(
            "/v2/Services/{service}/VerificationCheck",
            post(handle_twilio_code_check),
        )
        .route(
            "/2010-04-01/Accounts/{account}/Messages.json",
            post(handle_twilio_message_creation),
        )
}

/// Returns whether a URL path belongs to the Twilio API.
pub(crate) fn is_twilio_path(path: &str) -> bool {
    path.starts_with("/v2/Services") || path.starts_with("/2010-04-01/")
}

/// Rejects a Twilio call with an unknown path or an unsupported method in Twilio's error format.
pub(crate) fn reject_unknown_twilio_request(
    simulator: &Simulator,
    request: &Request,
    is_known_path: bool,
) -> Response {
    let error = if is_known_path {
        TwilioError::method_not_allowed_error()
    } else {
        TwilioError::resource_not_found(request.uri().path())
    };
    reject_unknown_provider_call(simulator, Provider::Twilio, request, error.into())
}

/// Handles a Twilio API request that creates a verification.
async fn handle_twilio_verification_creation(
    State(simulator): State<Simulator>,
    Path(service): Path<String>,
    request: Request,
) -> Response {
    let call =
        TwilioCall::from_twilio_request(Operation::Create, service, String::new(), request).await;
    respond_to_call(&simulator, &call).await
}

/// Handles a Twilio API request that creates a text message.
async fn handle_twilio_message_creation(
    State(simulator): State<Simulator>,
    Path(account): Path<String>,
    request: Request,
) -> Response {
    let call =
        TwilioCall::from_twilio_request(Operation::Message, account, String::new(), request).await;
    respond_to_call(&simulator, &call).await
}

/// Handles a Twilio API request that checks a code.
async fn handle_twilio_code_check(
    State(simulator): State<Simulator>,
    Path(service): Path<String>,
    request: Request,
) -> Response {
    let call =
        TwilioCall::from_twilio_request(Operation::Check, service, String::new(), request).await;
    respond_to_call(&simulator, &call).await
}

/// Handles a Twilio API request that sets the status of a verification.
async fn handle_twilio_verification_update(
    State(simulator): State<Simulator>,
    Path((service, target)): Path<(String, String)>,
    request: Request,
) -> Response {
    let call = TwilioCall::from_twilio_request(Operation::Update, service, target, request).await;
    respond_to_call(&simulator, &call).await
}

/// Handles a Twilio API request that reads the current state of a verification.
async fn handle_twilio_verification_fetch(
    State(simulator): State<Simulator>,
    Path((service, target)): Path<(String, String)>,
    request: Request,
) -> Response {
    let call = TwilioCall::from_twilio_request(Operation::Fetch, service, target, request).await;
    respond_to_call(&simulator, &call).await
}

impl ProviderCall for TwilioCall {
    const WIRE_FORMAT: WireFormat = WIRE_FORMAT;

    fn request_head(&self) -> &RequestHead {
        &self.head
    }

    fn request_parameters_as_json(&self) -> Value {
        self.form.to_json_for_ledger()
    }

    fn execute_provider_call(
        &self,
        settings: &Settings,
        verifications: &mut Verifications,
        now_millis: i64,
        rng: &mut ThreadRng,
    ) -> CallOutcome {
        actions::execute_twilio_call(
            &settings.twilio,
            &mut verifications.twilio,
            self,
            now_millis,
            rng,
        )
    }
}
