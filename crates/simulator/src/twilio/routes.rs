//! The routes of Twilio.

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
use crate::provider_call::{CallHead, CallOutcome, ProviderCall, reject_unknown, respond_to_call};
use crate::settings::Settings;
use crate::simulator::{Simulator, Verifications};

/// Returns the routes of Verify (<https://www.twilio.com/docs/verify/api>) and of message creation
/// (<https://www.twilio.com/docs/messaging/api/message-resource>).
pub(crate) fn routes() -> Router<Simulator> {
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

/// Whether an unknown path belongs to Twilio.
pub(crate) fn owns(path: &str) -> bool {
    path.starts_with("/v2/Services") || path.starts_with("/2010-04-01/")
}

/// Rejects an unknown path. `path_exists`: the path has another method.
pub(crate) fn reject(simulator: &Simulator, request: &Request, path_exists: bool) -> Response {
    let error = if path_exists {
        TwilioError::method_not_allowed()
    } else {
        TwilioError::not_found(request.uri().path())
    };
    reject_unknown(simulator, Provider::Twilio, request, error.into())
}

async fn create(
    State(simulator): State<Simulator>,
    Path(service): Path<String>,
    request: Request,
) -> Response {
    let call = TwilioCall::read(Operation::Create, service, String::new(), request).await;
    respond_to_call(&simulator, &call).await
}

async fn message(
    State(simulator): State<Simulator>,
    Path(account): Path<String>,
    request: Request,
) -> Response {
    let call = TwilioCall::read(Operation::Message, account, String::new(), request).await;
    respond_to_call(&simulator, &call).await
}

async fn check(
    State(simulator): State<Simulator>,
    Path(service): Path<String>,
    request: Request,
) -> Response {
    let call = TwilioCall::read(Operation::Check, service, String::new(), request).await;
    respond_to_call(&simulator, &call).await
}

async fn update(
    State(simulator): State<Simulator>,
    Path((service, target)): Path<(String, String)>,
    request: Request,
) -> Response {
    let call = TwilioCall::read(Operation::Update, service, target, request).await;
    respond_to_call(&simulator, &call).await
}

async fn fetch(
    State(simulator): State<Simulator>,
    Path((service, target)): Path<(String, String)>,
    request: Request,
) -> Response {
    let call = TwilioCall::read(Operation::Fetch, service, target, request).await;
    respond_to_call(&simulator, &call).await
}

impl ProviderCall for TwilioCall {
    const WIRE_FORMAT: WireFormat = WIRE_FORMAT;

    fn head(&self) -> &CallHead {
        &self.head
    }

    fn params(&self) -> Value {
        self.form.as_json()
    }

    fn execute(
        &self,
        settings: &Settings,
        verifications: &mut Verifications,
        now: i64,
        rng: &mut ThreadRng,
    ) -> CallOutcome {
        actions::execute(&settings.twilio, &mut verifications.twilio, self, now, rng)
    }
}
