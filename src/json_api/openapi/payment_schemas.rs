//! Schemas of payment members in the OpenAPI document.

use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};

use domain::{PaymentFailure, PaymentStatus};

/// Returns the schema of the request member `amount`.
pub fn amount_schema() -> RefOr<Schema> {
    OneOfBuilder::new()
        .item(ObjectBuilder::new().schema_type(Type::String))
        .item(ObjectBuilder::new().schema_type(Type::Number))
        .description(Some(
            "A decimal string, or a number, whose digits are used exactly.",
        ))
        .examples(["150.00"])
        .into()
}

/// Returns the schema of the request member `method`: a method that can confirm a payment, or null.
pub fn payment_method_schema() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some(
            "The method of the code, if one is needed: `sms` (the default), `call` or `totp`.",
        ))
        .enum_values(Some(
            ["sms", "call", "totp"]
                .map(Value::from)
                .into_iter()
                .chain([Value::Null]),
        ))
        .examples(["sms"])
        .into()
}

/// Returns the schema of the response member `status`: one of the payment statuses.
pub fn payment_status_schema() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(PaymentStatus::ALL.map(PaymentStatus::as_str)))
        .examples(["pending"])
        .into()
}

/// Returns the schema of the response member `reason`: one of the failure reasons, or null.
pub fn payment_failure_schema() -> RefOr<Schema> {
    let reasons = PaymentFailure::ALL.map(|failure| Value::from(failure.as_str()));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some(
            "The reason, if the payment has failed; null otherwise.",
        ))
        .enum_values(Some(reasons.into_iter().chain([Value::Null])))
        .examples(["not_sent"])
        .into()
}
