//! Changes the response to a provider call according to a fault.
//!
//! A dropped connection is a response whose body fails before its first byte. hyper then closes an
//! HTTP/1.1 connection while the response head is still in its buffer, so that the client receives
//! nothing. A proxy may forward the head. `Connection: close` and a `Content-Length` larger than the
//! body then show it that the message is incomplete. An HTTP/2 client receives a stream reset.

use std::io;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value};

use crate::faults::{Fault, FaultKind, Operation};
use crate::provider::Provider;
use crate::response::{ProviderResponse, ResponseBody};

const JSON: &str = "application/json";
/// Size of each chunk in the response of a `huge_body` fault, in bytes.
const HUGE_CHUNK: usize = 64 * 1024;
/// Number of chunks in the response of a `huge_body` fault: 2 MiB in total.
const HUGE_CHUNKS: usize = 32;

/// Response format of a provider, with functions that simulate faults.
///
/// The functions build error bodies and falsify members of successful bodies.
pub(crate) struct WireFormat {
    pub(crate) provider: Provider,
    /// HTTP status of a successful create call.
    pub(crate) created_status: StatusCode,
    /// Returns the error body of a `status` fault.
    pub(crate) error_body: fn(StatusCode, &Fault) -> Value,
    /// Falsifies one member in the body of a successful response.
    pub(crate) tamper: fn(FaultKind, &mut Map<String, Value>),
}

/// HTTP response to a provider call after fault injection, with the result for the call ledger.
pub(crate) struct SentResponse {
    pub(crate) response: Response,
    /// `None` for a dropped or stalled call.
    pub(crate) status: Option<u16>,
    pub(crate) error_code: Option<u32>,
}

/// Builds the HTTP response to a provider call and applies the fault, if there is one.
pub(crate) fn build_response_with_fault(
    format: &WireFormat,
    operation: Operation,
    fault: Option<&Fault>,
    response: ProviderResponse,
) -> SentResponse {
    let Some(fault) = fault else {
        return convert_to_http_response(response);
    };
    let success = match operation {
        _ if response.status.is_success() => response.status,
        Operation::Create | Operation::Message => format.created_status,
        _ => StatusCode::OK,
    };
    match fault.kind {
        FaultKind::Delay => convert_to_http_response(response),
        // The client has closed the connection by the end of a stall.
        FaultKind::DropBefore | FaultKind::DropAfter | FaultKind::Stall => {
            build_response_that_drops_connection()
        }
        FaultKind::Status => build_response_with_fault_status(format, fault),
        FaultKind::BadJson => {
            let text = provider_response_body_as_text(&response);
            let half: String = text.chars().take(text.chars().count() / 2).collect();
            build_raw_http_response(success, JSON, half)
        }
        FaultKind::Html => build_raw_http_response(
            success,
            "text/html; charset=utf-8",
            "<!doctype html><title>Welcome</title><p>Please sign in to the network.</p>\n",
        ),
        FaultKind::WrongContentType => build_raw_http_response(
            response.status,
            "text/plain",
            provider_response_body_as_text(&response),
        ),
        FaultKind::HugeBody => {
            build_raw_http_response(success, JSON, build_oversized_json_body(&response))
        }
        FaultKind::FalseApproval
        | FaultKind::WrongSid
        | FaultKind::WrongTo
        | FaultKind::WrongService
        | FaultKind::UnknownStatus
        | FaultKind::NullFields => {
            convert_to_http_response(falsify_response_for_fault(format, fault.kind, response))
        }
    }
}

/// Converts a provider response to an HTTP response with the same status and body.
fn convert_to_http_response(response: ProviderResponse) -> SentResponse {
    SentResponse {
        status: Some(response.status.as_u16()),
        error_code: response.provider_error_code(),
        response: response.into_response(),
    }
}

/// Builds an HTTP response with this status, content type and body.
fn build_raw_http_response(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> SentResponse {
    SentResponse {
        response: (status, [(CONTENT_TYPE, content_type)], body.into()).into_response(),
        status: Some(status.as_u16()),
        error_code: None,
    }
}

/// Builds a response whose body fails before the first byte, so that hyper closes the connection.
fn build_response_that_drops_connection() -> SentResponse {
    let error = io::Error::new(io::ErrorKind::ConnectionAborted, "dropped by a fault");
    let mut response =
        Body::from_stream(tokio_stream::once(Err::<Bytes, _>(error))).into_response();
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("1024"));
    SentResponse {
        response,
        status: None,
        error_code: None,
    }
}

/// Builds the response for a fault of kind `status`.
///
/// The fault specifies the HTTP status and the error body.
fn build_response_with_fault_status(format: &WireFormat, fault: &Fault) -> SentResponse {
    let status = fault
        .status
        .and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut sent = match &fault.body {
        Some(Value::String(text)) => {
            build_raw_http_response(status, "text/plain; charset=utf-8", text.clone())
        }
        Some(body) => {
            convert_to_http_response(ProviderResponse::json_response(status, body.clone()))
        }
        None => convert_to_http_response(ProviderResponse::json_response(
            status,
            (format.error_body)(status, fault),
        )),
    };
    let is_429 = status == StatusCode::TOO_MANY_REQUESTS;
    if let Some(secs) = fault.retry_after.or(is_429.then_some(1)) {
        let headers = sent.response.headers_mut();
        headers.insert(RETRY_AFTER, HeaderValue::from(secs));
    }
    sent
}

/// Returns the body of a provider response as text.
fn provider_response_body_as_text(response: &ProviderResponse) -> String {
    match &response.body {
        ResponseBody::Json(body) => body.to_string(),
        ResponseBody::Html(page) => (*page).to_owned(),
    }
}

/// Returns the response body of a `huge_body` fault: valid JSON of 2 MiB.
///
/// Only a size limit of the client can reject it.
fn build_oversized_json_body(response: &ProviderResponse) -> Body {
    let text = provider_response_body_as_text(response);
    let start = text
        .strip_suffix('}')
        .unwrap_or("{\"html\":true")
        .to_owned();
    let filler = Bytes::from(vec![b'x'; HUGE_CHUNK]);
    let chunks = std::iter::once(Bytes::from(start + ",\"padding\":\""))
        .chain(std::iter::repeat_n(filler, HUGE_CHUNKS))
        .chain(std::iter::once(Bytes::from_static(b"\"}")))
        .map(Ok::<_, io::Error>);
    Body::from_stream(tokio_stream::iter(chunks))
}

/// Applies a fault that falsifies one JSON member of a successful response. Error responses stay unchanged.
fn falsify_response_for_fault(
    format: &WireFormat,
    kind: FaultKind,
    mut response: ProviderResponse,
) -> ProviderResponse {
    if response.status.is_success()
        && let ResponseBody::Json(body) = &mut response.body
        && let Some(members) = body.as_object_mut()
    {
        (format.tamper)(kind, members);
    }
    response
}
