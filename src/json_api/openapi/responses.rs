//! The error responses that operations share in the OpenAPI document.

use std::collections::BTreeMap;

use axum::http::header::RETRY_AFTER;
use utoipa::IntoResponses;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::{Content, Header, ObjectBuilder, Ref, RefOr, Response, Type};

use crate::http::problem::ProblemDetails;

/// Errors of every operation. Some of them occur before the handler runs.
pub struct CommonErrors;

impl IntoResponses for CommonErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        error_responses(&[
            (
                400,
                "Something about the request is wrong, `errors` says what.",
            ),
            (403, "A page of another site made the call."),
            (408, "The body took too long."),
            (413, "The body is larger than 16 KiB."),
            (415, "The body is not `application/json`."),
            (421, "The request is for another host."),
            (431, "There are too many headers."),
            (500, "Our own fault."),
            (
                503,
                "Overloaded, or the phone provider cannot be reached: come back later.",
            ),
        ])
    }
}

/// Additional errors of operations on a flow.
pub struct FlowErrors;

impl IntoResponses for FlowErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        error_responses(&[
            (
                401,
                "Wrong credentials, or a wrong code: `attempts_remaining`.",
            ),
            (409, "Taken, or still at work on the call before."),
            (410, "The code, or the flow, has expired."),
            (
                429,
                "Too early, or too often: `retry_after`. Without it waiting does not help: start \
                 again.",
            ),
        ])
    }
}

/// Additional errors of operations with an access token.
pub struct AccessTokenErrors;

impl IntoResponses for AccessTokenErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        error_responses(&[(401, "There is no token, or it is not good any more.")])
    }
}

/// Additional errors of payment operations.
pub struct PaymentErrors;

impl IntoResponses for PaymentErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        error_responses(&[
            (
                400,
                "Something about the request is wrong, `errors` says what; or the payment is past \
                 its confirmation: `payment_completed`, `payment_failed`.",
            ),
            (
                401,
                "There is no token, it is not good any more, or the code is wrong: \
                 `attempts_remaining`.",
            ),
            (
                403,
                "The token is of a password alone: `second_factor_required`. The account's number \
                 changed too recently: `cooling`, with `retry_after`. Or a page of another site \
                 made the call.",
            ),
            (
                409,
                "Confirmed already, and not carried out yet: `payment_processing`; or still at \
                 work on the call before: `busy`.",
            ),
            (
                410,
                "The code has expired, or the payment: `payment_expired`.",
            ),
            (
                429,
                "Too early, or too often: `retry_after`. Without it waiting does not help: the \
                 payment has failed.",
            ),
        ])
    }
}

/// The `Retry-After` header of errors that a later retry can avoid.
fn retry_after_header() -> Header {
    let seconds = ObjectBuilder::new().schema_type(Type::Integer);
    HeaderBuilder::new()
        .schema(Some(seconds))
        .description(Some("Seconds after which the call may be tried again."))
        .build()
}

fn error_responses(errors: &[(u16, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let problem = || Content::new(Some(Ref::from_schema_name("ProblemDetails")));
    let response = |(status, description): &(u16, &str)| {
        let mut response = ResponseBuilder::new()
            .description(*description)
            .content(ProblemDetails::MEDIA_TYPE, problem());
        if description.contains("`retry_after`") || *status == 503 {
            response = response.header(RETRY_AFTER.as_str(), retry_after_header());
        }
        (status.to_string(), RefOr::T(response.build()))
    };
    errors.iter().map(response).collect()
}
