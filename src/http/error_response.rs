//! Errors of the HTTP layer, rendered as a page, as JSON or as problem details. They are short and name no library.

use axum::http::header::{ALLOW, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::html::escape_html;
use super::problem::ProblemDetails;
use super::request_id::RequestId;
use crate::config::{BrandConfig, Palette};
use domain::i18n::ErrorPageTexts;
use domain::{Field, FormErrors, Language, Problem};

/// The seconds after which a client may retry when the server is overloaded (`Retry-After`).
const RETRY_AFTER_SECS: u64 = 5;

/// The style of error pages, with the colours of `style/main.css`.
///
/// [`ErrorPageBrand::from_brand_config`] adds the colours of the brand.
const ERROR_PAGE_STYLE: &str = "\
:root{color-scheme:light dark;--page:#eef1f4;--card:#fff;--text:#17202c;--line:#d7dde5;--link:#1d4f91;--on-link:#fff}\
@media(prefers-color-scheme:dark){\
:root{--page:#0e131a;--card:#171e28;--text:#e7ecf3;--line:#2c3645;--link:#90bbf5;--on-link:#0b1728}}\
body{margin:0;min-height:100vh;display:grid;align-content:center;justify-items:center;\
background:var(--page);color:var(--text);\
font:1rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif}\
header,main{box-sizing:border-box;width:min(26rem,100% - 2rem)}\
header{margin-top:1rem;font-size:1.0625rem;font-weight:650;overflow-wrap:anywhere}\
main{margin:.75rem 0 1rem;padding:1.5rem;background:var(--card);\
border:1px solid var(--line);border-radius:1rem;overflow-wrap:anywhere}\
h1{margin:0;font-size:1.5rem;line-height:1.25}p{margin:1.25rem 0 0}h1+p{margin-top:.5rem}\
a{display:block;padding:.75rem 1.25rem;border-radius:.625rem;background:var(--link);color:var(--on-link);\
font-weight:600;text-align:center;text-decoration:none}";

/// The service name and inline style that error pages show, taken from the operator's brand.
#[derive(Debug, Clone)]
pub struct ErrorPageBrand {
    /// The name of the brand, escaped for HTML.
    name: String,
    /// The inline style of the page. The content security policy allows it by its hash.
    pub(super) style: String,
}

impl ErrorPageBrand {
    /// Creates name and style of error pages from the brand configuration.
    pub fn from_brand_config(brand: &BrandConfig) -> Self {
        let colours = |palette: &Palette| {
            let Palette {
                accent, on_accent, ..
            } = palette;
            format!(":root{{--link:{accent};--on-link:{on_accent}}}")
        };
        let light = brand.light.as_ref().map(colours).unwrap_or_default();
        let dark = brand.dark.as_ref().map(colours);
        let dark = dark.map(|dark| format!("@media(prefers-color-scheme:dark){{{dark}}}"));
        let dark = dark.unwrap_or_default();
        let style = format!("{ERROR_PAGE_STYLE}{light}{dark}");
        Self {
            name: escape_html(&brand.name),
            style,
        }
    }
}

/// An HTTP error: status and machine-readable reason. The middleware `render_error_page` adds the response body.
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

    /// Creates an error with an HTTP status and a machine-readable reason.
    const fn new(status: StatusCode, reason: &'static str) -> Self {
        Self { status, reason }
    }

    /// Creates an error with the status of an error response from a library such as axum.
    ///
    /// The error replaces that response.
    pub(super) const fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NOT_FOUND,
            StatusCode::METHOD_NOT_ALLOWED => Self::METHOD,
            // For example a path whose percent-encoding is not UTF-8.
            StatusCode::BAD_REQUEST => Self::MALFORMED,
            StatusCode::PAYLOAD_TOO_LARGE => Self::BODY_TOO_LARGE,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::MEDIA_TYPE,
            StatusCode::INTERNAL_SERVER_ERROR => Self::INTERNAL,
            _ => Self::new(status, "refused"),
        }
    }

    /// Returns the error message for the user, in the language of `texts`.
    const fn user_message(self, texts: &ErrorPageTexts) -> &'static str {
        match self.status {
            StatusCode::FORBIDDEN => texts.cross_site,
            StatusCode::NOT_FOUND => texts.not_found,
            StatusCode::REQUEST_TIMEOUT => texts.too_slow,
            StatusCode::PAYLOAD_TOO_LARGE => texts.too_large,
            StatusCode::TOO_MANY_REQUESTS => texts.too_many,
            StatusCode::SERVICE_UNAVAILABLE => texts.busy,
            status if status.as_u16() >= 500 => texts.internal,
            _ => texts.malformed,
        }
    }

    /// Returns the English error message for API clients, which says what is wrong with the request.
    ///
    /// `texts` are the English texts of error pages.
    const fn client_message(self, texts: &ErrorPageTexts) -> &'static str {
        match self.status {
            StatusCode::BAD_REQUEST => "The path, the host or the length of the body is not valid.",
            StatusCode::METHOD_NOT_ALLOWED => "This path does not take this method.",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "The content type must be application/json.",
            StatusCode::MISDIRECTED_REQUEST => "This server does not serve this host.",
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "The request has too many headers.",
            _ => self.user_message(texts),
        }
    }

    /// Renders the error as a self-contained HTML page that loads no other file.
    ///
    /// If the server has failed, the page shows the ID of the request, by which an operator finds the log lines.
    pub(super) fn to_html(
        self,
        language: Language,
        brand: &ErrorPageBrand,
        request_id: Option<&RequestId>,
    ) -> String {
        let ErrorPageBrand { name, style } = brand;
        let (lang, dir) = (language.language_tag(), language.writing_direction());
        let words = &language.page_texts().error_page;
        let (title, home, text) = (words.title, words.home, self.user_message(words));
        let request_id = request_id
            .filter(|_| self.status.is_server_error())
            .map(|id| format!("<p>{} <code>{id}</code></p>", words.request_id))
            .unwrap_or_default();
        format!(
            "<!doctype html><html lang=\"{lang}\" dir=\"{dir}\"><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><title>{title} – {name}</title>\
             <style>{style}</style>\
             <header>{name}</header>\
             <main><h1>{title}</h1><p>{text}</p>{request_id}<p><a href=\"/\">{home}</a></p></main></html>"
        )
    }

    /// Renders the error as JSON for browser forms.
    ///
    /// They show a text for the member `code`; the member `reason` is for logs and tests.
    pub(super) fn to_json(self) -> String {
        let Self { status, reason } = self;
        match status {
            StatusCode::SERVICE_UNAVAILABLE => {
                format!(r#"{{"code":"overloaded","secs":{RETRY_AFTER_SECS},"reason":"{reason}"}}"#)
            }
            _ if status.is_server_error() => {
                format!(r#"{{"code":"internal","reason":"{reason}"}}"#)
            }
            _ => format!(r#"{{"code":"bad_request","reason":"{reason}"}}"#),
        }
    }

    /// Converts the error to problem details in English, for clients of the JSON API (RFC 9457).
    pub(super) fn to_problem_details(self) -> ProblemDetails {
        let Self { status, reason } = self;
        let title = status.canonical_reason().unwrap_or("Error");
        let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_SECS);
        let words = &Language::English.page_texts().error_page;
        ProblemDetails {
            retry_after,
            ..ProblemDetails::with_required_members(
                status,
                reason,
                title,
                self.client_message(words),
            )
        }
    }
}

impl IntoResponse for ErrorResponse {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if self == Self::METHOD {
            let methods = HeaderValue::from_static("GET, HEAD, POST");
            response.headers_mut().insert(ALLOW, methods);
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECS));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Returns the error status of a form whose user has reached a limit, or whose server is overloaded.
///
/// Also returns the seconds for the `Retry-After` header. Returns `None` for other form errors.
pub fn find_status_of_limit_or_overload(errors: &FormErrors) -> Option<(StatusCode, u64)> {
    match errors.first_problem_of(Field::Form)? {
        Problem::LimitReached { secs } => Some((StatusCode::TOO_MANY_REQUESTS, *secs)),
        Problem::Overloaded { secs } => Some((StatusCode::SERVICE_UNAVAILABLE, *secs)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overloaded_response_says_when_to_retry() {
        let response = ErrorResponse::OVERLOADED.into_response();
        assert_eq!(response.headers()[RETRY_AFTER], "5");
        assert_eq!(
            ErrorResponse::OVERLOADED.to_json(),
            r#"{"code":"overloaded","secs":5,"reason":"overloaded"}"#
        );
    }

    #[test]
    fn error_of_a_library_gets_the_documented_reason_of_its_status() {
        for error in [
            ErrorResponse::MALFORMED,
            ErrorResponse::NOT_FOUND,
            ErrorResponse::METHOD,
            ErrorResponse::BODY_TOO_LARGE,
            ErrorResponse::MEDIA_TYPE,
            ErrorResponse::INTERNAL,
        ] {
            assert_eq!(ErrorResponse::from_status(error.status), error);
        }
    }

    #[test]
    fn each_wrong_request_of_an_api_client_gets_a_separate_sentence() {
        let errors = [
            ErrorResponse::MALFORMED,
            ErrorResponse::CROSS_SITE,
            ErrorResponse::NOT_FOUND,
            ErrorResponse::METHOD,
            ErrorResponse::BODY_TOO_SLOW,
            ErrorResponse::BODY_TOO_LARGE,
            ErrorResponse::MEDIA_TYPE,
            ErrorResponse::WRONG_HOST,
            ErrorResponse::TOO_MANY_HEADERS,
        ];
        let sentences = errors.map(|error| error.to_problem_details().error);
        let different: std::collections::BTreeSet<_> = sentences.iter().collect();
        assert_eq!(different.len(), errors.len(), "{sentences:?}");
    }

    #[test]
    fn reached_limit_has_status_429_and_overload_503() {
        let status = |problem| find_status_of_limit_or_overload(&FormErrors::for_form(problem));
        let limit = status(Problem::LimitReached { secs: 72_000 });
        assert_eq!(limit, Some((StatusCode::TOO_MANY_REQUESTS, 72_000)));
        let overload = status(Problem::Overloaded { secs: 2 });
        assert_eq!(overload, Some((StatusCode::SERVICE_UNAVAILABLE, 2)));
        assert_eq!(status(Problem::Credentials), None);
    }

    #[test]
    fn error_pages_name_no_version_and_no_library() {
        let brand = ErrorPageBrand::from_brand_config(&BrandConfig::default());
        for error in [
            ErrorResponse::INTERNAL,
            ErrorResponse::NOT_FOUND,
            ErrorResponse::METHOD,
            ErrorResponse::MALFORMED,
        ] {
            let page = error
                .to_html(Language::English, &brand, Some(&RequestId::sample()))
                .to_ascii_lowercase();
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
