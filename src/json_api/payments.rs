//! Handlers that create a payment, confirm it with a code, and read its status.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::api_error::{ApiError, ErrorCode};
use super::authentication::AuthenticatedRequest;
use super::methods::MethodName;
use super::openapi::payment_schemas::{
    amount_schema, payment_failure_schema, payment_method_schema, payment_status_schema,
};
use super::openapi::responses::{AccessTokenErrors, CommonErrors, DeletionErrors, PaymentErrors};
use super::request_body::{JsonBody, null_as_absent};
use super::state::Api;
use crate::auth::entry::payment::{self, AmountText, InitiatedPayment, PaymentRequest};
use crate::auth::error::FlowError;
use crate::store::flows::Flow;
use crate::store::payments::{Payment, PaymentState};
use crate::verification::State as Stage;
use domain::{Method, PaymentId, PaymentStatus};

/// The header that makes a request safe to repeat
/// (<https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>).
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Request body of `POST /v1/payments/initiate`.
#[derive(Deserialize, ToSchema)]
#[schema(as = Initiate)]
pub struct InitiateRequest {
    #[serde(default)]
    #[schema(required = true, schema_with = amount_schema)]
    amount: Option<Box<RawValue>>,
    /// A currency code of ISO 4217. Default: the currency that the operator has configured.
    #[serde(default)]
    #[schema(example = "USD")]
    currency: Option<String>,
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(required = true, example = "Acme Inc.")]
    recipient: String,
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(nullable = true, example = "Invoice 4711")]
    description: String,
    /// The method of the code, if one is needed: `sms` (the default), `call` or `totp`.
    #[serde(default)]
    #[schema(schema_with = payment_method_schema)]
    method: Option<String>,
}

/// Response body of the payment operations: the current state of a payment.
#[derive(Serialize, ToSchema)]
#[schema(as = Paid)]
pub struct PaymentResponse {
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015")]
    payment_id: String,
    #[schema(schema_with = payment_status_schema)]
    status: PaymentStatus,
    /// Whether the payment needs a code. Call `/v1/payments/confirm` next.
    requires_verification: bool,
    /// Seconds until the payment expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 300, nullable = false)]
    timeout_secs: Option<u64>,
    /// No message with a code can be sent yet. While the payment is `pending`, repeat the call with the
    /// same `Idempotency-Key` after this many seconds; if they exceed `timeout_secs`, repeat it with
    /// `totp`. After `not_sent`, begin a new payment with a new key after this many seconds. Only in
    /// answers of `initiate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 30, nullable = false)]
    resend_after: Option<u64>,
    #[schema(example = "150.00")]
    amount: String,
    #[schema(example = "USD")]
    currency: &'static str,
    #[schema(example = "Acme Inc.")]
    recipient: String,
    /// Empty without one.
    #[schema(example = "Invoice 4711")]
    description: String,
    /// The id of the transaction, after execution.
    #[schema(required = true, example = "0cc175b9c0f1b6a831c399e269772661")]
    transaction_id: Option<String>,
    /// The reason, if the payment has failed.
    #[schema(required = true, schema_with = payment_failure_schema)]
    reason: Option<&'static str>,
}

impl PaymentResponse {
    /// Creates the response body for a payment.
    fn new(api: &Api, payment: &Payment) -> Self {
        let pending = payment.state == PaymentState::Pending;
        let left = payment.expires_at.secs_since(api.app.now());
        let (transaction, failure) = match &payment.state {
            PaymentState::Completed { transaction } => (Some(transaction), None),
            PaymentState::Failed { failure } => (None, Some(failure)),
            PaymentState::Pending | PaymentState::Processing | PaymentState::Expired => {
                (None, None)
            }
        };
        Self {
            payment_id: payment.id.as_str().to_owned(),
            status: payment.state.payment_status(),
            requires_verification: pending,
            timeout_secs: pending.then_some(left),
            resend_after: None,
            amount: payment.amount.to_decimal(),
            currency: payment.amount.currency().code(),
            recipient: payment.recipient.as_str().to_owned(),
            description: payment.description.as_str().to_owned(),
            transaction_id: transaction.map(|id| id.as_str().to_owned()),
            reason: failure.map(|failure| failure.as_str()),
        }
    }
}

/// Begin a payment. An amount below the threshold of the operator is executed at once. Otherwise the payment
/// needs a code, which is valid for this payment only and for five minutes. A repeated call with the same
/// `Idempotency-Key` and the same details returns the same payment, also a settled one. If an error contains
/// a `payment_id`, only its code failed, and the payment exists.
#[utoipa::path(
    post, path = "/v1/payments/initiate", operation_id = "initiate", tag = "payments", request_body = InitiateRequest,
    security(("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "A random key, the same in each repetition. With another amount, currency, recipient or description, the same key begins another payment.")),
    responses(
        (status = 200, description = "The payment, which needs no code. `status` is `completed`, or `failed` with a `reason`, or `processing` until the processor has answered.", body = PaymentResponse),
        (status = 201, description = "The payment, which needs a code. `status` is `pending` at first. It is `failed` if the code could not be sent. A repeated call returns the current status.", body = PaymentResponse),
        CommonErrors, PaymentErrors
    )
)]
pub async fn initiate_payment(
    State(api): State<Api>,
    headers: HeaderMap,
    request: AuthenticatedRequest,
    JsonBody(input): JsonBody<InitiateRequest>,
) -> Result<Response, ApiError> {
    let (method, channel) =
        MethodName::parse_verification_method_for_payment(input.method.as_deref())?
            .method_and_channel();
    let payment_request = PaymentRequest {
        recipient: &input.recipient,
        amount: AmountText::Decimal(&read_amount_text(input.amount.as_deref())),
        currency: resolve_currency(&api, input.currency.as_deref()),
        description: &input.description,
        key: read_idempotency_key(&headers)?,
    };
    let InitiatedPayment {
        mut payment,
        verification,
    } = payment::initiate_payment(&api.app, &request.context, &payment_request).await?;
    let flow = verification.map(|(flow, _)| flow);
    let mut resend_after = flow
        .as_ref()
        .filter(|_| method == Method::Sms)
        .and_then(|flow| secs_until_resend_after_provider_call(&api, flow));
    if resend_after.is_none()
        && flow.is_some_and(|flow| !is_flow_awaiting_code_of_method(&flow, method))
    {
        match payment::request_payment_code(
            &api.app,
            &request.context,
            &payment.id,
            method,
            channel,
        )
        .await
        {
            Ok(current) => payment = current,
            Err(error) => {
                resend_after = error.seconds_until_next_code();
                if resend_after.is_none() {
                    let error = to_payment_error(&api, &request, &payment.id, error).await;
                    return Err(error.with_payment_id(payment.id));
                }
            }
        }
    }
    if resend_after.is_none() {
        resend_after = payment::find_wait_after_unsent_code(&api.app, &payment).await?;
    }
    let status = match payment.flow {
        Some(_) => StatusCode::CREATED,
        None => StatusCode::OK,
    };
    let body = PaymentResponse {
        resend_after,
        ..PaymentResponse::new(&api, &payment)
    };
    Ok((status, Json(body)).into_response())
}

/// Returns the currency of the request, or the configured currency if the request has none.
fn resolve_currency<'a>(api: &Api, requested: Option<&'a str>) -> &'a str {
    match requested {
        Some(currency) if !currency.trim().is_empty() => currency,
        _ => api.app.payments.threshold.currency().code(),
    }
}

/// Reads the `Idempotency-Key` header of a request; empty if it is absent. Fails if the header is malformed or
/// repeated.
fn read_idempotency_key(headers: &HeaderMap) -> Result<&str, ErrorCode> {
    // Ignoring a malformed key would let a retry pay twice.
    let mut lines = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (lines.next(), lines.next()) {
        (None, _) => Ok(""),
        (Some(line), None) => line
            .to_str()
            .ok()
            .filter(|key| !key.trim().is_empty())
            .ok_or(ErrorCode::InvalidIdempotencyKey),
        (Some(_), Some(_)) => Err(ErrorCode::InvalidIdempotencyKey),
    }
}

/// Returns the seconds until a code can be resent, if a call to the phone provider is running. Returns `None` if no
/// call is running.
fn secs_until_resend_after_provider_call(api: &Api, flow: &Flow) -> Option<u64> {
    let rules = api.app.verification_rules(flow.purpose);
    let until = flow
        .verification
        .earliest_resend_time_after_provider_call(&rules)?;
    Some(until.secs_since(api.app.now()))
}

/// Returns whether the flow of a payment waits for a code of `expected_method`, a method that sends no message.
fn is_flow_awaiting_code_of_method(flow: &Flow, expected_method: Method) -> bool {
    matches!(flow.verification.state, Stage::AwaitingFactor { method, .. } if method == expected_method)
}

/// Returns the amount exactly as written in the request, from a JSON string or number.
fn read_amount_text(amount: Option<&RawValue>) -> String {
    let Some(raw) = amount.map(RawValue::get) else {
        return String::new();
    };
    serde_json::from_str(raw).unwrap_or_else(|_| raw.to_owned())
}

/// Request body of `POST /v1/payments/confirm`.
#[derive(Deserialize, ToSchema)]
#[schema(as = Confirm)]
pub struct ConfirmRequest {
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(required = true, example = "9f86d081884c7d659a2feaa0c55ad015")]
    payment_id: String,
    #[serde(default, deserialize_with = "null_as_absent")]
    #[schema(required = true, example = "123456")]
    code: String,
}

/// Confirm a payment with its code. The payment is executed exactly once. Its status is `processing` until
/// the processor has answered.
#[utoipa::path(
    post, path = "/v1/payments/confirm", operation_id = "confirm", tag = "payments", request_body = ConfirmRequest,
    security(("token" = [])),
    responses(
        (status = 200, description = "The payment is executed or being executed.", body = PaymentResponse),
        (status = 404, description = "The account has no such payment.", body = crate::http::problem::ProblemDetails, content_type = "application/problem+json"),
        CommonErrors, PaymentErrors
    )
)]
pub async fn confirm_payment(
    State(api): State<Api>,
    request: AuthenticatedRequest,
    JsonBody(input): JsonBody<ConfirmRequest>,
) -> Result<Json<PaymentResponse>, ApiError> {
    let id = parse_payment_id(&input.payment_id)?;
    match payment::confirm_payment(&api.app, &request.context, &id, &input.code).await {
        Ok(payment) => Ok(Json(PaymentResponse::new(&api, &payment))),
        Err(error) => Err(to_payment_error(&api, &request, &id, error).await),
    }
}

/// Converts the error of a pending payment to an API error, which says if another session began the payment.
async fn to_payment_error(
    api: &Api,
    request: &AuthenticatedRequest,
    id: &PaymentId,
    error: FlowError,
) -> ApiError {
    let error = ApiError::from(error);
    if error.code != ErrorCode::NoPending {
        return error;
    }
    let signed_in = &request.signed_in;
    match payment::was_pending_payment_begun_by_other_session(&api.app, signed_in, id).await {
        Ok(true) => ErrorCode::OtherSession.into(),
        Ok(false) => error,
        Err(error) => error.into(),
    }
}

/// Get the current state of a payment.
#[utoipa::path(
    get, path = "/v1/payments/{id}", operation_id = "find", tag = "payments", security(("token" = [])),
    params(("id" = String, Path, description = "The `payment_id` of the payment.")),
    responses(
        (status = 200, description = "The payment.", body = PaymentResponse),
        (status = 404, description = "The account has no such payment.", body = crate::http::problem::ProblemDetails, content_type = "application/problem+json"),
        CommonErrors, AccessTokenErrors, DeletionErrors
    )
)]
pub async fn get_payment(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: AuthenticatedRequest,
) -> Result<Json<PaymentResponse>, ApiError> {
    let id = parse_payment_id(&id)?;
    let payment = payment::find_payment(&api.app, &request.signed_in, &id).await?;
    let payment = payment.ok_or(ErrorCode::PaymentUnknown)?;
    Ok(Json(PaymentResponse::new(&api, &payment)))
}

/// Parses a payment ID. A malformed ID gives the same error as an unknown payment.
fn parse_payment_id(id: &str) -> Result<PaymentId, ApiError> {
    PaymentId::parse(id).ok_or_else(|| ErrorCode::PaymentUnknown.into())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use domain::PaymentFailure;

    /// Reads the member `amount` from a JSON text.
    fn read_amount_text_from_json(json: &str) -> String {
        let input: InitiateRequest = serde_json::from_str(json).expect("valid JSON");
        read_amount_text(input.amount.as_deref())
    }

    #[test]
    fn api_guide_lists_every_status_and_failure_reason_of_a_payment() {
        let guide = include_str!("../../docs/api.md");
        let statuses = PaymentStatus::ALL.map(PaymentStatus::as_str);
        let reasons = PaymentFailure::ALL.map(PaymentFailure::as_str);
        for name in statuses.iter().chain(&reasons) {
            assert!(guide.contains(&format!("\n| `{name}` | ")), "{name}");
        }
    }

    #[test]
    fn malformed_idempotency_key_is_rejected() {
        let read = |lines: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(
                    IDEMPOTENCY_KEY,
                    HeaderValue::from_bytes(line).expect("valid header value"),
                );
            }
            read_idempotency_key(&headers).map(str::to_owned)
        };
        assert_eq!(read(&[]).as_deref(), Ok(""));
        assert_eq!(read(&[b"one of a kind"]).as_deref(), Ok("one of a kind"));
        for lines in [
            &[&b""[..]][..],
            &[b" "],
            &["\u{e9}".as_bytes()],
            &[b"\xff"],
            &[b"one", b"one"],
            &[b"", b"one"],
        ] {
            assert_eq!(
                read(lines),
                Err(ErrorCode::InvalidIdempotencyKey),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn payment_amount_is_read_exactly_from_a_string_or_a_number() {
        for (json, digits) in [
            (r#"{"amount": "150.00"}"#, "150.00"),
            (r#"{"amount": 150.00}"#, "150.00"),
            (r#"{"amount": 0.1}"#, "0.1"),
            (r#"{"amount": 9999999999.99}"#, "9999999999.99"),
            (r#"{"amount": 1e3}"#, "1e3"),
            (r#"{"amount": -5}"#, "-5"),
            (r#"{"amount": null}"#, ""),
            (r#"{"amount": [5]}"#, "[5]"),
            ("{}", ""),
        ] {
            assert_eq!(read_amount_text_from_json(json), digits, "{json}");
        }
    }
}
