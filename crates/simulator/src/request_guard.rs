//! Request checks that keep pages of other sites away from the simulator.
//!
//! A page on the internet can make a browser on the same machine send requests to the simulator. With DNS rebinding the
//! page can even read the responses, because the browser treats the simulator as a server of the page's own origin. The
//! `Host` header of such a request is the page's host. Other cross-site requests have a `Sec-Fetch-Site` or `Origin`
//! header. They cannot have a JSON body without a CORS preflight, which the simulator always refuses.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, ORIGIN, TRANSFER_ENCODING};
use http::{HeaderMap, Method, StatusCode};

use crate::captcha;
use crate::control::ControlError;
use crate::telnyx::routes as telnyx;
use crate::twilio::routes as twilio;

/// Allowlist of the host names in requests: loopback, the listening address and configured names.
///
/// Each may have any port.
#[derive(Clone, Debug)]
pub(crate) struct AllowedHosts {
    listen: Option<IpAddr>,
    /// The permitted host names in lower case.
    names: Vec<String>,
}

impl AllowedHosts {
    /// Creates the list of hosts that the `Host` header of a request may name.
    ///
    /// `configured_names` are the additional host names from the settings.
    pub(crate) fn new(listening_address: Option<SocketAddr>, configured_names: &[String]) -> Self {
        Self {
            listen: listening_address.map(|address| address.ip()),
            names: configured_names
                .iter()
                .map(|name| name.to_ascii_lowercase())
                .collect(),
        }
    }

    /// Returns whether the control API accepts a request with this `Host` header.
    fn allows_host_for_control_api(&self, host: &str) -> bool {
        let Some(name) = host_name_without_port(host) else {
            return false;
        };
        if let Ok(address) = name.trim_matches(['[', ']']).parse::<IpAddr>() {
            // DNS rebinding needs a host name, so any IP address is safe for a listener on all interfaces.
            let is_listener = self
                .listen
                .is_some_and(|listen| listen == address || listen.is_unspecified());
            return address.to_canonical().is_loopback() || is_listener;
        }
        name == "localhost" || name.ends_with(".localhost") || self.names.contains(&name)
    }

    /// Returns whether the provider APIs accept a request with this `Host` header.
    ///
    /// In addition to the hosts of the control API, they accept host names without a dot, such as container names. No
    /// host on the internet has a name without a dot.
    fn allows_host_for_provider_call(&self, host: &str) -> bool {
        let is_local = host_name_without_port(host)
            .is_some_and(|name| !name.is_empty() && !name.contains(['.', ':']));
        is_local || self.allows_host_for_control_api(host)
    }
}

/// Returns the lower-case name in a `Host` header, without port and final dot. `None` if the port is malformed.
fn host_name_without_port(host: &str) -> Option<String> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (host, ""),
    };
    let is_port = port.bytes().all(|b| b.is_ascii_digit());
    let name = name.strip_suffix('.').unwrap_or(name);
    is_port.then(|| name.to_ascii_lowercase())
}

/// Protects all routes with a middleware that rejects DNS rebinding and cross-site requests.
pub(crate) fn add_cross_site_request_guard(router: Router, hosts: AllowedHosts) -> Router {
    router.layer(from_fn_with_state(
        Arc::new(hosts),
        reject_cross_site_request,
    ))
}

/// Middleware that rejects a request that a web page of another site could have sent.
async fn reject_cross_site_request(
    State(hosts): State<Arc<AllowedHosts>>,
    request: Request,
    next: Next,
) -> Response {
    match check_host_and_origin(&hosts, &request) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Checks the `Host` header and the origin of a request.
fn check_host_and_origin(hosts: &AllowedHosts, request: &Request) -> Result<(), ControlError> {
    let path = request.uri().path();
    if path == "/healthz" {
        return Ok(());
    }
    let is_provider_call = twilio::is_twilio_path(path)
        || telnyx::is_telnyx_path(path)
        || captcha::is_captcha_service_path(path);
    check_host_header(hosts, request, is_provider_call)?;
    if is_provider_call {
        return Ok(());
    }
    let headers = request.headers();
    let changes_state = !matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_request_origin_allowed(headers, changes_state) {
        return Err(ControlError(
            StatusCode::FORBIDDEN,
            "a page of another site made this call".to_owned(),
        ));
    }
    if changes_state && has_request_body(headers) && !has_json_content_type(headers) {
        return Err(ControlError(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send the body as application/json".to_owned(),
        ));
    }
    Ok(())
}

/// Checks that the `Host` header of a request is allowed for its path.
fn check_host_header(
    hosts: &AllowedHosts,
    request: &Request,
    is_provider_call: bool,
) -> Result<(), ControlError> {
    let target = request
        .uri()
        .authority()
        .map(|authority| authority.as_str().as_bytes());
    let headers = request
        .headers()
        .get_all(HOST)
        .iter()
        .map(http::HeaderValue::as_bytes);
    for host in target.into_iter().chain(headers) {
        let host = str::from_utf8(host).unwrap_or_default();
        let is_allowed = if is_provider_call {
            hosts.allows_host_for_provider_call(host)
        } else {
            hosts.allows_host_for_control_api(host)
        };
        if !is_allowed {
            return Err(ControlError(
                StatusCode::MISDIRECTED_REQUEST,
                format!(
                    "the host {host:?} is not allowed; allow its name with --host or SALLYPORT_SIMULATOR_HOSTS"
                ),
            ));
        }
    }
    Ok(())
}

/// Returns whether the origin of a request is allowed.
///
/// Pages of other sites may only link to a page of the simulator; clients without a browser and the simulator's page
/// may send every request.
fn is_request_origin_allowed(headers: &HeaderMap, changes_state: bool) -> bool {
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("invalid"))
    };
    let origin = text(ORIGIN.as_str());
    let is_own_origin = origin.is_none_or(|origin| {
        let host = origin.split_once("://").map(|(_, host)| host);
        host.is_some() && host == text(HOST.as_str())
    });
    match text("sec-fetch-site") {
        None | Some("same-origin" | "none") => is_own_origin,
        Some(_) => !changes_state && text("sec-fetch-mode") == Some("navigate"),
    }
}

/// Returns whether the request headers announce a body.
fn has_request_body(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH);
    headers.contains_key(TRANSFER_ENCODING)
        || headers.contains_key(CONTENT_TYPE)
        || length.is_some_and(|length| length.as_bytes() != b"0")
}

/// Returns whether the `Content-Type` header is `application/json`.
fn has_json_content_type(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = media_type.and_then(|media_type| media_type.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Creates the allowed hosts of a server that listens on `listen`, with one configured host name.
    fn create_allowed_hosts(listen: &str) -> AllowedHosts {
        let listen = listen.parse().expect("valid address");
        AllowedHosts::new(Some(listen), &["Simulator.Test".to_owned()])
    }

    #[test]
    fn loopback_listener_and_configured_names_are_allowed() {
        let hosts = create_allowed_hosts("192.168.7.7:4010");
        for host in [
            "localhost",
            "localhost:4010",
            "LOCALHOST.:4010",
            "app.localhost:1",
            "127.0.0.1",
            "127.0.0.1:4010",
            "127.9.9.9:80",
            "[::1]",
            "[::1]:4010",
            "[::ffff:127.0.0.1]:4010",
            "192.168.7.7:4010",
            "simulator.test:4010",
            "SIMULATOR.TEST",
        ] {
            assert!(hosts.allows_host_for_control_api(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:4010",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "evil.example:localhost",
            "192.168.7.8:4010",
            "simulator.test.evil.example",
            "simulator",
            "0x7f000001.evil.example",
        ] {
            assert!(!hosts.allows_host_for_control_api(host), "{host}");
        }
        assert!(!hosts.allows_host_for_provider_call("evil.example"));
        assert!(!hosts.allows_host_for_provider_call(""));
        assert!(hosts.allows_host_for_provider_call("simulator:4010"));
    }

    #[test]
    fn listener_on_all_interfaces_accepts_every_ip_address_as_host() {
        let hosts = create_allowed_hosts("0.0.0.0:4010");
        assert!(hosts.allows_host_for_control_api("172.17.0.2:4010"));
        assert!(!hosts.allows_host_for_control_api("evil.example:4010"));
    }
}
