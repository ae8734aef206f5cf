//! Reads the request context from headers and cookies, and writes cookies into a response.
//!
//! The pages and the JSON API share these functions.

use axum::body::Body;
use axum::response::Response;
use cookie::Cookie;
use http::header::{ACCEPT_LANGUAGE, SET_COOKIE, USER_AGENT};
use http::{Extensions, HeaderMap, HeaderValue};

use super::request_context::{Caller, RequestContext};
use crate::http::client_ip::{ClientIp, SourceKey};
use crate::http::cookies::Cookies;
use crate::http::request_id::RequestId;
use crate::security::form_account::FormAccountId;
use domain::{Language, Purpose};

/// Reads the context of a browser request from the headers: session, flow tokens, language and device marks.
///
/// Device marks prove earlier sign-ins with this browser. `extensions` has the network address of the client, the ID of
/// the request and the account of the submitted form, which middleware adds.
pub fn read_request_context(
    cookies: &Cookies,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> RequestContext {
    let text = |name| {
        headers
            .get(name)
            .and_then(|v: &HeaderValue| v.to_str().ok())
            .unwrap_or_default()
    };
    let address = extensions.get::<ClientIp>();
    RequestContext {
        id: extensions.get::<RequestId>().cloned(),
        caller: Caller::Browser,
        source: address.map_or_else(String::new, |ip| SourceKey::from(*ip).to_string()),
        ip: address.map(|ip| ip.0),
        user_agent: text(USER_AGENT).chars().take(256).collect(),
        language: preferred_language(cookies, headers),
        session: cookies.read_session_token(headers),
        recovery: cookies.read_recovery_token(headers),
        devices: cookies.read_device_cookie(headers),
        flow_tokens: Purpose::ALL
            .into_iter()
            .filter_map(|purpose| {
                cookies
                    .read_flow_token(headers, purpose)
                    .map(|token| (purpose, token))
            })
            .collect(),
        page_flow: None,
        form_account: extensions.get::<FormAccountId>().cloned(),
    }
}

/// Returns the language that the user has chosen in this browser; otherwise the best match for the `Accept-Language`
/// header.
pub fn preferred_language(cookies: &Cookies, headers: &HeaderMap) -> Language {
    let accepted = || Language::negotiate_from_header(headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?);
    cookies
        .read_language_cookie(headers)
        .or_else(accepted)
        .unwrap_or_default()
}

/// Adds a `Set-Cookie` header with this cookie to the response.
pub fn set_cookie(response: &mut Response<Body>, cookie: &Cookie<'_>) {
    if let Ok(line) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(SET_COOKIE, line);
    }
}
