//! What a fault makes of an answer.
//!
//! A dropped connection is a response whose body fails before its first byte. hyper then gives up
//! an HTTP/1.1 connection with the head still in its buffer, so the client sees it closed without
//! an answer; `Connection: close` and a `Content-Length` that is never met make any proxy that did
//! forward the head report a broken message. Over HTTP/2 the client sees its stream reset.

use std::io;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::Value;

use super::answer::{Answer, Content};
use super::faults::{Fault, Kind, Operation};
use super::provider::Dialect;

const JSON: &str = "application/json";
const HUGE_CHUNK: usize = 64 * 1024;
/// Chunks of a huge body: 2 MiB in all.
const HUGE_CHUNKS: usize = 32;

/// The response, and what the ledger says of it: status (none for a dropped or stalled call) and
/// error code.
pub(super) type Forged = (Response, Option<u16>, Option<u32>);

/// Turns an answer into a response as the fault, if any, has it.
pub(super) fn respond(
    dialect: &Dialect,
    operation: Operation,
    fault: Option<&Fault>,
    answer: Answer,
) -> Forged {
    let Some(fault) = fault else {
        return honest(answer);
    };
    let success = match operation {
        _ if answer.status.is_success() => answer.status,
        Operation::Create | Operation::Message => dialect.created,
        _ => StatusCode::OK,
    };
    match fault.kind {
        Kind::Delay => honest(answer),
        // By the time a stall is over the client is gone, so any end will do.
        Kind::DropBefore | Kind::DropAfter | Kind::Stall => (dropped(), None, None),
        Kind::Status => scripted(dialect, fault),
        Kind::BadJson => {
            let text = text_of(&answer);
            let half: String = text.chars().take(text.chars().count() / 2).collect();
            raw(success, JSON, half)
        }
        Kind::Html => raw(
            success,
            "text/html; charset=utf-8",
            "<!doctype html><title>Welcome</title><p>Please sign in to the network.</p>\n",
        ),
        Kind::WrongContentType => raw(answer.status, "text/plain", text_of(&answer)),
        Kind::HugeBody => raw(success, JSON, huge(&answer)),
        Kind::ApproveLie
        | Kind::WrongSid
        | Kind::WrongTo
        | Kind::WrongService
        | Kind::UnknownStatus
        | Kind::NullFields => honest(tampered(dialect, fault.kind, answer)),
    }
}

fn honest(answer: Answer) -> Forged {
    let (status, error_code) = (answer.status.as_u16(), answer.error_code());
    (answer.into_response(), Some(status), error_code)
}

fn raw(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Forged {
    let response = (status, [(CONTENT_TYPE, content_type)], body.into()).into_response();
    (response, Some(status.as_u16()), None)
}

fn dropped() -> Response {
    let broken = io::Error::new(io::ErrorKind::ConnectionAborted, "dropped by a fault");
    let mut response =
        Body::from_stream(tokio_stream::once(Err::<Bytes, _>(broken))).into_response();
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("1024"));
    response
}

fn scripted(dialect: &Dialect, fault: &Fault) -> Forged {
    let status = fault
        .status
        .and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (mut response, _, error_code) = match &fault.body {
        Some(Value::String(text)) => raw(status, "text/plain; charset=utf-8", text.clone()),
        Some(body) => honest(Answer::json(status, body.clone())),
        None => honest(Answer::json(status, (dialect.envelope)(status, fault))),
    };
    let is_429 = status == StatusCode::TOO_MANY_REQUESTS;
    if let Some(secs) = fault.retry_after.or(is_429.then_some(1)) {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(secs));
    }
    (response, Some(status.as_u16()), error_code)
}

fn text_of(answer: &Answer) -> String {
    match &answer.content {
        Content::Json(body) => body.to_string(),
        Content::Html(page) => (*page).to_owned(),
    }
}

/// Valid JSON to the end, so that only a limit on size protects a client.
fn huge(answer: &Answer) -> Body {
    let text = text_of(answer);
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

/// Changes one thing in a success. A refusal has nothing to forge and stays as it is.
fn tampered(dialect: &Dialect, kind: Kind, mut answer: Answer) -> Answer {
    if answer.status.is_success()
        && let Content::Json(body) = &mut answer.content
        && let Some(members) = body.as_object_mut()
    {
        (dialect.tamper)(kind, members);
    }
    answer
}
