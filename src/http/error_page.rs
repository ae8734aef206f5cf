//! Middleware that adds the body to error responses, in the format and language of the client.

use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, LAST_MODIFIED, TRANSFER_ENCODING,
};
use axum::http::{HeaderMap, HeaderValue, response::Parts};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::error_response::{ErrorPageBrand, ErrorResponse};
use super::problem::ProblemDetails;
use super::request_guard::RouteKind;
use super::request_id::RequestId;
use super::security_headers::ExtraCspSources;
use domain::Language;

/// Function that selects the language of a response from the request headers.
pub type LanguageOfRequest = Arc<dyn Fn(&HeaderMap) -> Language + Send + Sync>;

/// Settings of error pages: language, brand, and the format of errors by URL path.
///
/// Health probes have plain-text errors, and the JSON API has JSON errors.
#[derive(Clone)]
pub(super) struct ErrorPageSettings {
    /// Selects the language of an error page.
    pub(super) language: LanguageOfRequest,
    /// Name and style of error pages.
    pub(super) brand: Arc<ErrorPageBrand>,
    /// Whether a path is a health probe. Probes keep their plain-text body, which names the failed dependency.
    pub(super) is_probe: fn(&str) -> bool,
    /// Returns the kind of a path. Errors of the JSON API are problem details (RFC 9457).
    pub(super) route_kind: fn(&str) -> RouteKind,
}

/// Middleware that renders the body of every [`ErrorResponse`] as HTML, JSON or problem details.
///
/// It renders plain-text errors of libraries in the same way.
pub(super) async fn render_error_page(
    State(settings): State<ErrorPageSettings>,
    request: Request,
    next: Next,
) -> Response {
    let prefers_json = prefers_json(request.headers());
    let language = (settings.language)(request.headers());
    let request_id = request.extensions().get::<RequestId>().cloned();
    let is_probe = (settings.is_probe)(request.uri().path());
    let is_api = (settings.route_kind)(request.uri().path()) == RouteKind::JsonApi;
    let response = next.run(request).await;
    let error = response.extensions().get::<ErrorResponse>().copied();
    let library_error = || {
        (!is_probe && is_plain_text_or_untyped_error(&response))
            .then(|| ErrorResponse::from_status(response.status()))
    };
    let Some(error) = error.or_else(library_error) else {
        return add_missing_content_type(response);
    };
    let (mut parts, _) = response.into_parts();
    remove_headers_that_describe_body(&mut parts);
    let (content_type, body) = if is_api {
        (
            ProblemDetails::MEDIA_TYPE,
            error.to_problem_details().to_json(),
        )
    } else if prefers_json {
        ("application/json", error.to_json())
    } else {
        (
            "text/html; charset=utf-8",
            error.to_html(language, &settings.brand, request_id.as_ref()),
        )
    };
    if content_type.starts_with("text/html") {
        parts
            .extensions
            .insert(create_error_page_csp_sources(&settings.brand));
    }
    parts
        .headers
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    Response::from_parts(parts, Body::from(body))
}

/// Renders a sample error page with status 200, for the gallery of all pages.
pub fn render_sample_error_page(
    error: ErrorResponse,
    language: Language,
    brand: &ErrorPageBrand,
) -> Response {
    let html = error.to_html(language, brand, Some(&RequestId::sample()));
    let mut response = Html(html).into_response();
    response
        .extensions_mut()
        .insert(create_error_page_csp_sources(brand));
    response
}

/// Returns the content security policy source for the inline style of error pages.
///
/// The source is the hash of this style (CSP3, section 8.3).
fn create_error_page_csp_sources(brand: &ErrorPageBrand) -> ExtraCspSources {
    let hash = STANDARD.encode(Sha256::digest(&brand.style));
    ExtraCspSources {
        style: format!("'sha256-{hash}'"),
        ..ExtraCspSources::default()
    }
}

/// Returns whether the `Accept` header of a client names JSON but not HTML.
fn prefers_json(headers: &HeaderMap) -> bool {
    // Browsers accept HTML even where they also accept JSON.
    let accepts = |media_type: &str| {
        let mut values = headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok());
        values.any(|value| value.to_ascii_lowercase().contains(media_type))
    };
    (accepts("application/json") || accepts("application/problem+json")) && !accepts("text/html")
}

/// Returns whether a library, not a handler, has written an error response.
///
/// The body of such a response is plain text or has no media type.
fn is_plain_text_or_untyped_error(response: &Response) -> bool {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return false;
    }
    match response.headers().get(CONTENT_TYPE) {
        Some(value) => value.as_bytes().starts_with(b"text/plain"),
        None => !is_leptos_server_function_error(response),
    }
}

/// Returns whether a response is the error of a Leptos server function, whose body the browser code decodes.
fn is_leptos_server_function_error(response: &Response) -> bool {
    response.headers().contains_key("serverfnerror")
}

/// Adds the `Content-Type` header that Leptos omits from JSON errors of server functions.
fn add_missing_content_type(mut response: Response) -> Response {
    let untyped = !response.headers().contains_key(CONTENT_TYPE);
    if untyped && is_leptos_server_function_error(&response) && !response.body().is_end_stream() {
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
    }
    response
}

/// Removes the headers that describe a replaced body, such as `Content-Length`.
fn remove_headers_that_describe_body(parts: &mut Parts) {
    for name in [
        CONTENT_ENCODING,
        CONTENT_LENGTH,
        ETAG,
        LAST_MODIFIED,
        TRANSFER_ENCODING,
    ] {
        parts.headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns request headers with this `Accept` value.
    fn request_headers_with_accept(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(value))])
    }

    #[test]
    fn browser_gets_html_and_program_gets_json() {
        assert!(!prefers_json(&HeaderMap::new()));
        assert!(!prefers_json(&request_headers_with_accept(
            "text/html,application/xhtml+xml,*/*;q=0.8"
        )));
        assert!(!prefers_json(&request_headers_with_accept(
            "text/html, application/json"
        )));
        assert!(prefers_json(&request_headers_with_accept(
            "application/json"
        )));
        assert!(prefers_json(&request_headers_with_accept(
            "Application/Problem+JSON"
        )));
    }
}
