//! HTTP routes of the simulator.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;

use crate::request_guard::{AllowedHosts, add_cross_site_request_guard};
use crate::simulator::Simulator;
use crate::telnyx::routes as telnyx;
use crate::twilio::routes as twilio;
use crate::{captcha, control, phone};

/// Returns all HTTP routes of the simulator.
///
/// The `Host` header of requests may name a loopback host or a host from the settings. The paths are those of both
/// providers and of the CAPTCHA services, `/_simulator/*`, the phone page at `/`, and `/healthz`.
pub fn create_simulator_router(simulator: Simulator) -> Router {
    build_simulator_router_for_address(None, simulator)
}

/// Returns all HTTP routes of a simulator. The `Host` header of requests may also name the listening address.
pub(crate) fn build_simulator_router_for_address(
    listen: Option<SocketAddr>,
    simulator: Simulator,
) -> Router {
    let hosts = AllowedHosts::new(listen, &simulator.settings().hosts);
    let router = Router::new()
        .route("/healthz", get(async || "ok"))
        .merge(twilio::create_twilio_api_routes())
        .merge(telnyx::create_telnyx_api_routes())
        .merge(captcha::create_captcha_service_routes())
        .merge(control::create_control_api_routes())
        .merge(phone::create_phone_page_routes())
        .method_not_allowed_fallback(respond_to_unsupported_method)
        .fallback(respond_to_unknown_path)
        .with_state(simulator);
    add_cross_site_request_guard(router, hosts)
}

/// Responds to a request with an unknown path, in the error format of the API below that path.
async fn respond_to_unknown_path(State(simulator): State<Simulator>, request: Request) -> Response {
    reject_unknown_path_or_method(&simulator, &request, false)
}

/// Responds to a request with an unsupported HTTP method, in the error format of the API.
async fn respond_to_unsupported_method(
    State(simulator): State<Simulator>,
    request: Request,
) -> Response {
    reject_unknown_path_or_method(&simulator, &request, true)
}

/// Rejects a request to an unknown path or method, in the error format of the API below that path.
fn reject_unknown_path_or_method(
    simulator: &Simulator,
    request: &Request,
    is_known_path: bool,
) -> Response {
    let path = request.uri().path();
    if twilio::is_twilio_path(path) {
        return twilio::reject_unknown_twilio_request(simulator, request, is_known_path);
    }
    if telnyx::is_telnyx_path(path) {
        return telnyx::reject_unknown_telnyx_request(simulator, request);
    }
    control::reject_unknown_control_api_request(is_known_path)
}
