//! All routes of the simulator.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;

use crate::request_guard::{AllowedHosts, guarded};
use crate::simulator::Simulator;
use crate::telnyx::routes as telnyx;
use crate::twilio::routes as twilio;
use crate::{captcha, control, phone};

/// Returns the routes of the simulator: the paths of both providers and of the CAPTCHA services, `/_simulator/*`, the phone page
/// at `/`, and `/healthz`. Requests may name loopback hosts and the configured ones.
pub fn router(simulator: Simulator) -> Router {
    router_at(None, simulator)
}

/// Returns the routes of a simulator that listens on `address`. Requests may also name this address as their host.
pub(crate) fn router_at(listen: Option<SocketAddr>, simulator: Simulator) -> Router {
    let hosts = AllowedHosts::new(listen, &simulator.settings().hosts);
    let router = Router::new()
        .route("/healthz", get(async || "ok"))
        .merge(twilio::routes())
        .merge(telnyx::routes())
        .merge(captcha::routes())
        .merge(control::routes())
        .merge(phone::routes())
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .with_state(simulator);
    guarded(router, hosts)
}

async fn not_found(State(simulator): State<Simulator>, request: Request) -> Response {
    reject(&simulator, &request, false)
}

async fn method_not_allowed(State(simulator): State<Simulator>, request: Request) -> Response {
    reject(&simulator, &request, true)
}

/// Rejects a request in the error format of the API that its path belongs to. `path_exists`: the
/// path has another method.
fn reject(simulator: &Simulator, request: &Request, path_exists: bool) -> Response {
    let path = request.uri().path();
    if twilio::owns(path) {
        return twilio::reject(simulator, request, path_exists);
    }
    if telnyx::owns(path) {
        return telnyx::reject(simulator, request);
    }
    control::reject(path_exists)
}
