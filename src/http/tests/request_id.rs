//! Every response has a request ID, and the pages of server errors show it.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use axum::routing::get as on_get;

use super::super::client_ip::TrustedProxies;
use super::super::middleware::add_middleware_to_router;
use super::every_response::{create_app_with_all_responses, requests_with_status};
use super::support::{
    create_middleware_settings, get_request, only_header_value, read_body_text, send_request,
    with_header,
};

const HEADER: &str = "x-request-id";

#[tokio::test]
async fn every_response_has_another_request_id_which_pages_of_server_errors_show() {
    let app = create_app_with_all_responses();
    let mut ids = BTreeSet::new();
    for (status, request) in requests_with_status() {
        let what = format!("{} {}", request.method(), request.uri());
        let response = send_request(&app, request).await;
        let id = only_header_value(response.headers(), HEADER).to_owned();
        assert_eq!(id.len(), 16, "{what}: {id}");
        let page = read_body_text(response).await;
        let shown = page.contains(&format!("name this ID: <code>{id}</code></p>"));
        assert_eq!(shown, status >= 500, "{what}: {page}");
        assert_eq!(page.contains(&id), shown, "{what}: {page}");
        assert!(ids.insert(id), "{what}");
    }
}

#[tokio::test]
async fn only_the_request_id_of_a_trusted_proxy_is_kept() {
    let mut settings = create_middleware_settings();
    settings.trusted_proxies = TrustedProxies::new(|ip| ip.is_loopback());
    let failing = || async { StatusCode::INTERNAL_SERVER_ERROR };
    let app = add_middleware_to_router(Router::new().route("/", on_get(failing)), settings);
    for (peer, is_kept) in [
        (Some("127.0.0.1:4711"), true),
        (Some("[::ffff:127.0.0.1]:4711"), true),
        (Some("192.0.2.1:4711"), false),
        (None, false),
    ] {
        let mut request = with_header(get_request("/"), HEADER, "id-of-the-proxy");
        // The address in this header is not that of the peer.
        request = with_header(request, "x-forwarded-for", "127.0.0.1");
        if let Some(peer) = peer {
            add_peer_to_request(&mut request, peer);
        }
        let response = send_request(&app, request).await;
        let id = only_header_value(response.headers(), HEADER).to_owned();
        assert_eq!(id == "id-of-the-proxy", is_kept, "{peer:?}: {id}");
        let page = read_body_text(response).await;
        assert!(page.contains(&id), "{peer:?}: {page}");
    }
}

/// Adds the address of the connected peer, as the accept loop does.
fn add_peer_to_request<B>(request: &mut Request<B>, peer: &str) {
    let peer: SocketAddr = peer.parse().expect("valid address");
    request.extensions_mut().insert(ConnectInfo(peer));
}
