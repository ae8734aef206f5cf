//! The routes of Telnyx.

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
use crate::provider_call::{CallHead, CallOutcome, ProviderCall, reject_unknown, respond_to_call};
use crate::settings::Settings;
use crate::simulator::{Simulator, Verifications};

/// Returns the routes of Verify.
pub(crate) fn routes() -> Router<Simulator> {
    let create = |kind| {
        post(
            move |State(simulator): State<Simulator>, request: Request| async move {
                let target = CallTarget::New(kind);
                let call = TelnyxCall::read(Operation::Create, target, request).await;
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
        .route("/v2/verifications/{id}", get(fetch))
        .route("/v2/verifications/{id}/actions/verify", post(check))
        .route("/v2/verifications/by_phone_number/{number}", get(list))
        .route(
            "/v2/verifications/by_phone_number/{number}/actions/verify",
            post(check_by_number),
        )
}

/// Whether an unknown path belongs to Telnyx.
pub(crate) fn owns(path: &str) -> bool {
    path.starts_with("/v2/verifications") || path.starts_with("/v2/verify_profiles")
}

/// Rejects an unknown path or method. Telnyx has the same response for both.
pub(crate) fn reject(simulator: &Simulator, request: &Request) -> Response {
    let error = TelnyxError::not_found();
    reject_unknown(simulator, Provider::Telnyx, request, error.into())
}

async fn check(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let call = TelnyxCall::read(Operation::Check, CallTarget::Id(id), request).await;
    respond_to_call(&simulator, &call).await
}

async fn check_by_number(
    State(simulator): State<Simulator>,
    Path(number): Path<String>,
    request: Request,
) -> Response {
    let call = TelnyxCall::read(Operation::Check, CallTarget::Number(number), request).await;
    respond_to_call(&simulator, &call).await
}

async fn fetch(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let call = TelnyxCall::read(Operation::Fetch, CallTarget::Id(id), request).await;
    respond_to_call(&simulator, &call).await
}

async fn list(
    State(simulator): State<Simulator>,
    Path(number): Path<String>,
    request: Request,
) -> Response {
    let call = TelnyxCall::read(Operation::Fetch, CallTarget::Number(number), request).await;
    respond_to_call(&simulator, &call).await
}

impl ProviderCall for TelnyxCall {
    const WIRE_FORMAT: WireFormat = WIRE_FORMAT;

    fn head(&self) -> &CallHead {
        &self.head
    }

    fn params(&self) -> Value {
        self.body.as_json()
    }

    fn execute(
        &self,
        settings: &Settings,
        verifications: &mut Verifications,
        now: i64,
        rng: &mut ThreadRng,
    ) -> CallOutcome {
        actions::execute(&settings.telnyx, &mut verifications.telnyx, self, now, rng)
    }
}
