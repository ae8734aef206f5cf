//! What a person or a program is told when a request goes no further: short, neutral, in their format (LEAK-07).

use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode, response::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::guard::Caller;
use super::problem::ProblemDetails;
use domain::Language;
use domain::i18n::ErrorPageTexts;

/// How soon to come back when there was more work than hands.
const RETRY_SECS: u64 = 5;

/// A status and the machine-readable reason. As a response it is bare; [`dress`] gives it its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorResponse {
    pub status: StatusCode,
    pub reason: &'static str,
}

impl ErrorResponse {
    pub const MALFORMED: Self = Self::new(StatusCode::BAD_REQUEST, "malformed");
    pub const CROSS_SITE: Self = Self::new(StatusCode::FORBIDDEN, "cross_site");
    pub const NOT_SIGNED: Self = Self::new(StatusCode::FORBIDDEN, "not_signed");
    pub const NOT_FOUND: Self = Self::new(StatusCode::NOT_FOUND, "not_found");
    pub const METHOD: Self = Self::new(StatusCode::METHOD_NOT_ALLOWED, "method");
    pub const BODY_TOO_SLOW: Self = Self::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow");
    pub const BODY_TOO_LARGE: Self = Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large");
    pub const MEDIA_TYPE: Self = Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type");
    pub const WRONG_HOST: Self = Self::new(StatusCode::MISDIRECTED_REQUEST, "wrong_host");
    pub const TOO_MANY_HEADERS: Self = Self::new(
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        "too_many_headers",
    );
    pub const INTERNAL: Self = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal");
    pub const OVERLOADED: Self = Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded");
    pub const TOO_SLOW: Self = Self::new(StatusCode::SERVICE_UNAVAILABLE, "too_slow");

    const fn new(status: StatusCode, reason: &'static str) -> Self {
        Self { status, reason }
    }

    const fn of(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NOT_FOUND,
            StatusCode::METHOD_NOT_ALLOWED => Self::METHOD,
            _ => Self::new(status, "refused"),
        }
    }

    /// The words of the page.
    const fn text(self, words: &ErrorPageTexts) -> &'static str {
        match self.status {
            StatusCode::FORBIDDEN => words.cross_site,
            StatusCode::NOT_FOUND => words.not_found,
            StatusCode::REQUEST_TIMEOUT => words.too_slow,
            StatusCode::PAYLOAD_TOO_LARGE => words.too_large,
            StatusCode::TOO_MANY_REQUESTS => words.too_many,
            StatusCode::SERVICE_UNAVAILABLE => words.busy,
            status if status.as_u16() >= 500 => words.internal,
            _ => words.malformed,
        }
    }

    /// A page that needs nothing else to be served.
    fn page(self, language: Language) -> String {
        let (lang, words) = (language.tag(), &language.page_texts().error_page);
        let (title, home, text) = (words.title, words.home, self.text(words));
        format!(
            "<!doctype html><html lang=\"{lang}\"><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
             <h1>{title}</h1><p>{text}</p><p><a href=\"/\">{home}</a></p></html>"
        )
    }

    /// `code` is one of the codes the browser's half knows; `reason` is for whoever reads a test or a log.
    fn json(self) -> String {
        let Self { status, reason } = self;
        match status {
            StatusCode::SERVICE_UNAVAILABLE => {
                format!(r#"{{"code":"overloaded","secs":{RETRY_SECS},"reason":"{reason}"}}"#)
            }
            _ if status.is_server_error() => {
                format!(r#"{{"code":"internal","reason":"{reason}"}}"#)
            }
            _ => format!(r#"{{"code":"bad_request","reason":"{reason}"}}"#),
        }
    }
}

impl ErrorResponse {
    /// For a program, which is told everything in one form and in English.
    fn problem(self) -> ProblemDetails {
        let Self { status, reason } = self;
        let title = status.canonical_reason().unwrap_or("Error");
        let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_SECS);
        let words = &Language::English.page_texts().error_page;
        ProblemDetails {
            retry_after,
            ..ProblemDetails::new(status, reason, title, self.text(words))
        }
    }
}

impl IntoResponse for ErrorResponse {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if self == Self::METHOD {
            let ours = HeaderValue::from_static("GET, HEAD, POST");
            response.headers_mut().insert(ALLOW, ours);
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(RETRY_SECS));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Says from the headers of a request which language its sender reads.
pub type ReadsLanguage = Arc<dyn Fn(&HeaderMap) -> Language + Send + Sync>;

#[derive(Clone)]
pub(super) struct Dress {
    pub(super) language: ReadsLanguage,
    /// Paths whose own words are kept: health probes say in plain text what is wrong.
    pub(super) spoken: fn(&str) -> bool,
    /// Who calls a path: programs are answered as RFC 9457 has it.
    pub(super) caller: fn(&str) -> Caller,
}

/// Gives every bare refusal its body, and replaces what a framework wrote in its own words (fact 8).
pub(super) async fn dress(State(dress): State<Dress>, request: Request, next: Next) -> Response {
    let json = prefers_json(request.headers());
    let language = (dress.language)(request.headers());
    let spoken = (dress.spoken)(request.uri().path());
    let program = (dress.caller)(request.uri().path()) == Caller::Program;
    let response = next.run(request).await;
    let refusal = response.extensions().get::<ErrorResponse>().copied();
    let framework =
        || (!spoken && is_framework_text(&response)).then(|| ErrorResponse::of(response.status()));
    let Some(refusal) = refusal.or_else(framework) else {
        return typed(response);
    };
    let (mut parts, _) = response.into_parts();
    keep_what_still_holds(&mut parts);
    let (kind, body) = if program {
        (ProblemDetails::MEDIA_TYPE, refusal.problem().json())
    } else if json {
        ("application/json", refusal.json())
    } else {
        ("text/html; charset=utf-8", refusal.page(language))
    };
    parts
        .headers
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Response::from_parts(parts, Body::from(body))
}

/// Browsers ask for HTML first even where they also take JSON.
fn prefers_json(headers: &HeaderMap) -> bool {
    let accepts = |kind: &str| {
        let mut values = headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok());
        values.any(|value| value.to_ascii_lowercase().contains(kind))
    };
    (accepts("application/json") || accepts("application/problem+json")) && !accepts("text/html")
}

/// Our pages answer in HTML and our API in JSON; an error in plain text or of no type is a library speaking.
fn is_framework_text(response: &Response) -> bool {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return false;
    }
    match response.headers().get(CONTENT_TYPE) {
        Some(kind) => kind.as_bytes().starts_with(b"text/plain"),
        None => !is_server_function_error(response),
    }
}

/// The error of a server function, which its client decodes.
fn is_server_function_error(response: &Response) -> bool {
    response.headers().contains_key("serverfnerror")
}

/// A server function's error leaves the framework without a type; it is JSON (HDR-04).
fn typed(mut response: Response) -> Response {
    let untyped = !response.headers().contains_key(CONTENT_TYPE);
    if untyped && is_server_function_error(&response) && !response.body().is_end_stream() {
        let kind = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    response
}

/// Drops what described the body that is replaced.
fn keep_what_still_holds(parts: &mut Parts) {
    use axum::http::header::{
        CONTENT_ENCODING, CONTENT_LENGTH, ETAG, LAST_MODIFIED, TRANSFER_ENCODING,
    };
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

    fn accepting(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_browser_gets_a_page_and_a_program_gets_json() {
        assert!(!prefers_json(&HeaderMap::new()));
        assert!(!prefers_json(&accepting(
            "text/html,application/xhtml+xml,*/*;q=0.8"
        )));
        assert!(!prefers_json(&accepting("text/html, application/json")));
        assert!(prefers_json(&accepting("application/json")));
        assert!(prefers_json(&accepting("Application/Problem+JSON")));
    }

    #[test]
    fn a_busy_server_says_when_to_come_back() {
        let response = ErrorResponse::OVERLOADED.into_response();
        assert_eq!(response.headers()[RETRY_AFTER], "5");
        assert_eq!(
            ErrorResponse::OVERLOADED.json(),
            r#"{"code":"overloaded","secs":5,"reason":"overloaded"}"#
        );
    }

    #[test]
    fn no_page_names_a_version_or_a_library() {
        for refusal in [
            ErrorResponse::INTERNAL,
            ErrorResponse::NOT_FOUND,
            ErrorResponse::METHOD,
            ErrorResponse::MALFORMED,
        ] {
            let page = refusal.page(Language::English).to_ascii_lowercase();
            for word in [
                "axum",
                "hyper",
                "leptos",
                "rust",
                "panic",
                env!("CARGO_PKG_VERSION"),
            ] {
                assert!(!page.contains(word), "{word} in {page}");
            }
        }
    }
}
