//! A panic ends its request and nothing else (LEAK-07, fact 6).

use std::any::Any;

use axum::response::{IntoResponse as _, Response};

use super::refusal::ErrorResponse;

/// The message goes to the log; the person reads that something went wrong.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the layer hands the payload over"
)]
pub(super) fn answer(payload: Box<dyn Any + Send>) -> Response {
    let message = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(message, "a request handler panicked");
    ErrorResponse::INTERNAL.into_response()
}
