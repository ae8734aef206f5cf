//! Validates responses against the OpenAPI documents of the providers.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::reply::Reply;

/// JSON schemas of Twilio's responses.
struct TwilioSchemas {
    verification: Validator,
    check: Validator,
    error: Validator,
}

static TWILIO: LazyLock<TwilioSchemas> = LazyLock::new(|| {
    let spec = include_str!("../../../../tests/specs/twilio_verify_v2.subset.json");
    let spec: Value = serde_json::from_str(spec).expect("the specification is JSON");
    let components = &spec["components"]["schemas"];
    let error = &spec["paths"]["/v2/Services/{ServiceSid}/Verifications"]["post"]["responses"]["429"]
        ["content"]["application/json"]["schema"];
    TwilioSchemas {
        verification: compile_strict_schema(
            &components["verify.v2.service.verification"],
            components,
        ),
        check: compile_strict_schema(
            &components["verify.v2.service.verification_check"],
            components,
        ),
        error: compile_strict_schema(error, components),
    }
});

/// Compiles a JSON schema that requires all documented properties and forbids others.
fn compile_strict_schema(schema: &Value, components: &Value) -> Validator {
    let mut schema = schema.clone();
    let names: Vec<Value> = schema["properties"]
        .as_object()
        .expect("value is an object")
        .keys()
        .map(|name| name.as_str().into())
        .collect();
    schema["required"] = Value::Array(names);
    schema["additionalProperties"] = false.into();
    schema["components"] = json!({ "schemas": components });
    jsonschema::draft7::options()
        .should_validate_formats(true)
        .build(&convert_openapi_to_json_schema(&schema))
        .expect("a schema")
}

/// Converts an `OpenAPI` 3.0 schema to JSON Schema: `nullable` becomes the type `null`.
fn convert_openapi_to_json_schema(node: &Value) -> Value {
    match node {
        Value::Array(items) => items.iter().map(convert_openapi_to_json_schema).collect(),
        Value::Object(members) => {
            let mut made: Map<String, Value> = members
                .iter()
                .map(|(name, member)| (name.clone(), convert_openapi_to_json_schema(member)))
                .collect();
            if made.remove("nullable") == Some(true.into())
                && let Some(Value::String(kind)) = made.get("type").cloned()
            {
                made.insert("type".to_owned(), json!([kind, "null"]));
            }
            Value::Object(made)
        }
        other => other.clone(),
    }
}

/// Asserts that the JSON response to a Twilio call at `path` matches Twilio's schema.
pub(super) fn assert_twilio_schema(path: &str, reply: &Reply) {
    if reply.header("content-type") != Some("application/json") {
        return;
    }
    let validator = if !reply.status.is_success() {
        &TWILIO.error
    } else if path.ends_with("VerificationCheck") {
        &TWILIO.check
    } else {
        &TWILIO.verification
    };
    let body = reply.json();
    let errors: Vec<String> = validator
        .iter_errors(&body)
        .map(|e| e.to_string())
        .collect();
    assert!(errors.is_empty(), "{path} answered {body}: {errors:?}");
}

/// JSON schemas of Telnyx's responses.
struct TelnyxSchemas {
    verification: Validator,
    list: Validator,
    check: Validator,
    errors: Validator,
}

static TELNYX: LazyLock<TelnyxSchemas> = LazyLock::new(|| {
    let spec = include_str!("../../../../tests/specs/telnyx_verify_v2.subset.json");
    let mut spec: Value = serde_json::from_str(spec).expect("the specification is JSON");
    // This revision of the document lacks `whatsapp`.
    let kinds = &mut spec["components"]["schemas"]["Verification"]["properties"]["type"];
    *kinds = json!({ "type": "string", "enum": ["sms", "call", "flashcall", "whatsapp"] });
    let schemas = &mut spec["components"]["schemas"];
    let verification = schemas["Verification"].clone();
    schemas["Verification"] = make_schema_strict(verification);
    let response = &mut schemas["VerifyVerificationCodeResponse"]["properties"]["data"];
    response["additionalProperties"] = false.into();
    // The last two codes are in the guides only.
    let codes = &mut response["properties"]["response_code"]["enum"];
    *codes = json!(["accepted", "rejected", "expired", "max_attempts_exceeded"]);
    let errors = schemas["Errors"].clone();
    schemas["Errors"] = make_schema_strict(errors);
    let compiled = |name: &str| {
        let mut schema = schemas[name].clone();
        schema["components"] = json!({ "schemas": schemas });
        jsonschema::draft7::options()
            .should_validate_formats(true)
            .build(&convert_openapi_to_json_schema(&schema))
            .expect("a schema")
    };
    TelnyxSchemas {
        verification: compiled("RetrieveVerificationResponse"),
        list: compiled("ListVerificationsResponse"),
        check: compiled("VerifyVerificationCodeResponse"),
        errors: compiled("Errors"),
    }
});

/// Changes a JSON schema to require all documented properties and forbid others.
fn make_schema_strict(mut schema: Value) -> Value {
    let names = schema["properties"]
        .as_object()
        .expect("value is an object");
    let names: Vec<Value> = names.keys().map(|name| name.as_str().into()).collect();
    schema["required"] = names.into();
    schema["additionalProperties"] = false.into();
    schema
}

/// Asserts that the JSON response to a Telnyx call at `path` matches Telnyx's schema.
pub(super) fn assert_telnyx_schema(path: &str, reply: &Reply) {
    if reply.header("content-type") != Some("application/json") {
        return;
    }
    let validator = match reply.status {
        status if !status.is_success() => &TELNYX.errors,
        _ if path.ends_with("/actions/verify") => &TELNYX.check,
        _ if path.starts_with("/by_phone_number") => &TELNYX.list,
        _ => &TELNYX.verification,
    };
    let body = reply.json();
    let errors: Vec<String> = validator
        .iter_errors(&body)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{path} answered {body}: {errors:?}");
}
