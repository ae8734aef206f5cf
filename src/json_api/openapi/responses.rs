//! Error responses that operations share in the OpenAPI document.

use std::collections::BTreeMap;

use axum::http::header::RETRY_AFTER;
use utoipa::IntoResponses;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::{Content, Header, ObjectBuilder, Ref, RefOr, Response, Type};

use crate::http::problem::ProblemDetails;

/// OpenAPI description of the error responses that every operation has.
pub struct CommonErrors;

impl IntoResponses for CommonErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        describe_error_responses(&[
            (
                400,
                "The request is invalid. `errors` names the invalid members.",
            ),
            (403, "A page of another site made the call."),
            (408, "The body arrived too slowly."),
            (413, "The body is larger than 16 KiB."),
            (415, "The body is not `application/json`."),
            (421, "The request is for another host."),
            (431, "The request has too many headers."),
            (500, "The server failed."),
            (
                503,
                "The server is overloaded or the phone provider is unreachable. Retry later.",
            ),
        ])
    }
}

/// OpenAPI description of the error responses that flow operations have in addition to [`CommonErrors`].
pub struct FlowErrors;

impl IntoResponses for FlowErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        describe_error_responses(&[
            (
                401,
                "The credentials are wrong, or the code is wrong: `attempts_remaining`.",
            ),
            (
                409,
                "The value is taken, an earlier call is still running, or another browser replaces the \
                 lost phone.",
            ),
            (410, "The code or the flow has expired."),
            (
                429,
                "The call came too early or too often: `retry_after`. Without it, waiting does not \
                 help, and the flow must start again.",
            ),
        ])
    }
}

/// OpenAPI description of the error responses that operations with an access token have in addition to
/// [`CommonErrors`].
pub struct AccessTokenErrors;

impl IntoResponses for AccessTokenErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        describe_error_responses(&[(401, "The token is missing or invalid.")])
    }
}

/// OpenAPI description of the error responses of operations that refuse a token which can only withdraw the deletion.
///
/// They have these in addition to [`AccessTokenErrors`].
pub struct DeletionErrors;

impl IntoResponses for DeletionErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        describe_error_responses(&[(
            403,
            "The account will be deleted: `deletion_pending`. Or a page of another site made the call.",
        )])
    }
}

/// OpenAPI description of the error responses of the request for a code by mail, in addition to [`AccessTokenErrors`].
pub struct EmailSendErrors;

impl IntoResponses for EmailSendErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        describe_error_responses(&[(
            403,
            "For a new address, the second factor is missing or more than five minutes old: \
             `second_factor_required`. Or the phone number changed too recently to change the address: \
             `cooling`, with `retry_after`. Or the account will be deleted: `deletion_pending`. Or a \
             page of another site made the call.",
        )])
    }
}

/// OpenAPI description of the error responses of the check of a code by mail, in addition to [`DeletionErrors`].
pub struct EmailVerifyErrors;

impl IntoResponses for EmailVerifyErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        describe_error_responses(&[(
            401,
            "The token is missing or invalid: `invalid_token`. Or the code is wrong: `invalid_code`, \
             with `attempts_remaining`.",
        )])
    }
}

/// OpenAPI description of the error responses that operations with a required recent second factor have in addition to
/// [`AccessTokenErrors`].
pub struct StepUpErrors;

impl IntoResponses for StepUpErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        describe_error_responses(&[(
            403,
            "The second factor is missing or more than five minutes old: `second_factor_required`. Or \
             the e-mail address must be verified first: `email_unproven`. Or the account will be \
             deleted: `deletion_pending`. Or a page of another site made the call.",
        )])
    }
}

/// OpenAPI description of the error responses that payment operations have in addition to [`CommonErrors`].
pub struct PaymentErrors;

impl IntoResponses for PaymentErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        describe_error_responses(&[
            (
                400,
                "The request is invalid: `errors`, `invalid_idempotency_key`, `malformed_code`. Or the \
                 method cannot be used: `method_unavailable`, `phone_unreachable`. Or the payment \
                 can no longer be confirmed: `payment_completed`, `payment_failed`, `no_pending`.",
            ),
            (
                401,
                "The token is missing or invalid: `invalid_token`. Or the code is wrong: \
                 `invalid_code`, with `attempts_remaining`.",
            ),
            (
                403,
                "The session has no second factor: `second_factor_required`. Or another session \
                 began the payment: `other_session`. Or the e-mail address must be verified first: \
                 `email_unproven`. Or the account will be deleted: `deletion_pending`. Or the phone \
                 number changed too recently: `cooling`, with `retry_after`. Or a page of another \
                 site made the call.",
            ),
            (
                409,
                "The payment is confirmed but not executed yet: `payment_processing`. Or an earlier \
                 call is still running: `busy`.",
            ),
            (
                410,
                "The code has expired: `code_expired`. Or the payment has expired: \
                 `payment_expired`.",
            ),
            (
                429,
                "The call came too early or too often: `resend_wait`, `factor_held`, \
                 `too_many_requests`, with `retry_after`. Or all attempts are used and the payment \
                 has failed: `too_many_attempts`.",
            ),
        ])
    }
}

/// Returns the OpenAPI description of the `Retry-After` response header.
fn describe_retry_after_header() -> Header {
    let seconds = ObjectBuilder::new().schema_type(Type::Integer);
    HeaderBuilder::new()
        .schema(Some(seconds))
        .description(Some("Seconds after which a retry can succeed."))
        .build()
}

/// Returns the OpenAPI description of error responses, from pairs of HTTP status and description.
fn describe_error_responses(errors: &[(u16, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let problem = || Content::new(Some(Ref::from_schema_name("ProblemDetails")));
    let response = |(status, description): &(u16, &str)| {
        let mut response = ResponseBuilder::new()
            .description(*description)
            .content(ProblemDetails::MEDIA_TYPE, problem());
        if description.contains("`retry_after`") || *status == 503 {
            response = response.header(RETRY_AFTER.as_str(), describe_retry_after_header());
        }
        (status.to_string(), RefOr::T(response.build()))
    };
    errors.iter().map(response).collect()
}
