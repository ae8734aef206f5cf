//! HTTP routes of the simulated Telnyx Verify API.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use rand::rngs::ThreadRng;
use serde_json::Value;

use super::actions;
use super::call::{CallTarget, TelnyxCall};
use super::errors::TelnyxError;
use super::verification::MessageType;
use super::wire_format::WIRE_FORMAT;
use crate::fault_injection::WireFormat;
use crate::faults::Operation;
use crate::provider::Provider;
use crate::provider_call::{
    CallOutcome, ProviderCall, RequestHead, reject_unknown_provider_call, respond_to_call,
};
use crate::settings::Settings;
use crate::simulator::{Simulator, Verifications};

/// Returns the HTTP routes of the simulated Telnyx Verify API.
pub(crate) fn create_telnyx_api_routes() -> Router<Simulator> {
    let create = |kind| {
        post(
            move |State(simulator): State<Simulator>, request: Request| async move {
                let target = CallTarget::New(kind);
                let call =
                    TelnyxCall::from_telnyx_request(Operation::Create, target, request).await;
                respond_to_call(&simulator, &call).await
            },
        )
    };
    Router::new()
        .route("/v2/verifications/sms", create(MessageType::Sms))
        .route("/v2/verifications/call", create(MessageType::Call))
        .route(
            "/v2/verifications/flashcall",
            create(MessageType::Flashcall),
        )
        .route("/v2/verifications/whatsapp", create(MessageType::Whatsapp))
        .route(
            "/v2/verifications/{id}",
            get(handle_telnyx_verification_fetch),
        )
        .route(
            "/v2/verifications/{id}/actions/verify",
            post(handle_telnyx_code_check_by_id),
        )
        .route(
            "/v2/verifications/by_phone_number/{number}",
            get(handle_telnyx_verification_list),
        )
        .route(
            "/v2/verifications/by_phone_number/{number}/actions/verify",
            post(handle_telnyx_code_check_by_number),
        )
}

/// Returns whether a URL path belongs to the Telnyx API.
pub(crate) fn is_telnyx_path(path: &str) -> bool {
    path.starts_with("/v2/verifications") || path.starts_with("/v2/verify_profiles")
}

/// Rejects a Telnyx call with an unknown path or an unknown method. Telnyx returns the same error for both.
pub(crate) fn reject_unknown_telnyx_request(simulator: &Simulator, request: &Request) -> Response {
    let error = TelnyxError::resource_not_found();
    reject_unknown_provider_call(simulator, Provider::Telnyx, request, error.into())
}

/// Handles a Telnyx API request that checks a code by verification id.
async fn handle_telnyx_code_check_by_id(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let call = TelnyxCall::from_telnyx_request(Operation::Check, CallTarget::Id(id), request).await;
    respond_to_call(&simulator, &call).await
}

/// Handles a Telnyx API request that checks a code by phone number.
async fn handle_telnyx_code_check_by_number(
    State(simulator): State<Simulator>,
    Path(number): Path<String>,
    request: Request,
) -> Response {
    let call =
        TelnyxCall::from_telnyx_request(Operation::Check, CallTarget::Number(number), request)
            .await;
    respond_to_call(&simulator, &call).await
}

/// Handles a Telnyx API request that reads the current state of a verification by its id.
async fn handle_telnyx_verification_fetch(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let call = TelnyxCall::from_telnyx_request(Operation::Fetch, CallTarget::Id(id), request).await;
    respond_to_call(&simulator, &call).await
}

/// Handles a Telnyx API request that lists the verifications of a phone number.
async fn handle_telnyx_verification_list(
    State(simulator): State<Simulator>,
    Path(number): Path<String>,
    request: Request,
) -> Response {
    let call =
        TelnyxCall::from_telnyx_request(Operation::Fetch, CallTarget::Number(number), request)
            .await;
    respond_to_call(&simulator, &call).await
}

impl ProviderCall for TelnyxCall {
    const WIRE_FORMAT: WireFormat = WIRE_FORMAT;

    fn request_head(&self) -> &RequestHead {
        &self.head
    }

    fn request_parameters_as_json(&self) -> Value {
        self.body.to_json_for_ledger()
    }

    fn execute_provider_call(
        &self,
        settings: &Settings,
        verifications: &mut Verifications,
        now_millis: i64,
        rng: &mut ThreadRng,
    ) -> CallOutcome {
        actions::execute_telnyx_call(
            &settings.telnyx,
            &mut verifications.telnyx,
            self,
            now_millis,
            rng,
        )
    }
}
