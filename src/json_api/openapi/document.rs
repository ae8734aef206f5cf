//! The OpenAPI 3.1 document, generated from the handlers and their types.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::responses::CommonErrors;
use crate::http::problem::ProblemDetails;
use crate::json_api::Api;
use crate::json_api::{
    account, deletion, email, events, export, login, lost_phone, password, payments, register,
    verification,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Sallyport",
        version = "1",
        description = "Registration and sign-in with a mandatory second factor, for other back ends \
                       and mobile apps. Bodies are JSON, up to 16 KiB. Unknown members are ignored. \
                       Every error is `application/problem+json` (RFC 9457) with a stable `code`. If a \
                       later retry can succeed, `retry_after` and `Retry-After` contain the delay in \
                       seconds.",
        license(name = "MIT", identifier = "MIT")
    ),
    paths(
        verification::get_captcha_challenge,
        register::start_registration,
        register::verify_registration,
        register::resend_registration_code,
        login::log_in,
        login::set_up_second_factor,
        login::verify_sign_in_code,
        login::resend_login_code,
        lost_phone::keep_phone_number,
        lost_phone::cancel_recovery,
        password::request_reset_link,
        password::reset_password,
        password::verify_reset_code,
        password::resend_reset_code,
        password::change_password,
        email::send_email_code,
        email::verify_email_code,
        email::cancel_email_change,
        verification::cancel_flow,
        events::stream_flow_status_events,
        payments::initiate_payment,
        payments::confirm_payment,
        payments::get_payment,
        account::get_account,
        export::export_account,
        deletion::request_account_deletion,
        deletion::withdraw_account_deletion,
        account::log_out,
        account::get_key_set,
        get_openapi_document
    ),
    components(schemas(ProblemDetails)),
    tags(
        (name = "registration", description = "Create an account in two calls."),
        (name = "sign-in", description = "Get an access token for a password and a second factor."),
        (name = "password", description = "Reset a forgotten password, or change it."),
        (name = "verification", description = "Operations that registration and sign-in share."),
        (name = "payments", description = "Make payments, with a code from a threshold on."),
        (name = "account", description = "The account, its e-mail address and the session of an access token.")
    ),
    modifiers(&SecuritySchemes)
)]
struct Document;

/// Returns the OpenAPI document of the JSON API, with the name of the service in its title.
pub fn render_openapi_document(service: &str) -> String {
    let mut document = Document::openapi();
    service.clone_into(&mut document.info.title);
    // A test serialises the document, and only its title varies, so this cannot fail.
    document.to_pretty_json().unwrap_or_default()
}

/// Get this OpenAPI document.
#[utoipa::path(
    get, path = "/v1/openapi.json", tag = "account", operation_id = "document",
    responses((status = 200, description = "OpenAPI 3.1.", body = Object), CommonErrors)
)]
pub async fn get_openapi_document(State(api): State<Api>) -> Response {
    let document = render_openapi_document(&api.app.brand.name);
    ([(CONTENT_TYPE, "application/json")], document).into_response()
}

/// Adds the authentication schemes (access token, API client) to the OpenAPI document.
struct SecuritySchemes;

impl Modify for SecuritySchemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("An access token from a registration or a sign-in."));
        let client = HttpBuilder::new()
            .scheme(HttpAuthScheme::Basic)
            .description(Some(
                "Name and secret of a configured API client. It needs no CAPTCHA, and its calls count \
                 by name instead of address.",
            ));
        let components = openapi.components.get_or_insert_default();
        for (name, scheme) in [("token", token.build()), ("client", client.build())] {
            components.add_security_scheme(name, SecurityScheme::Http(scheme));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use domain::routes;

    /// Parses the generated OpenAPI document.
    fn render_and_parse_openapi_document() -> Value {
        serde_json::from_str(&render_openapi_document("Sallyport")).expect("the document is JSON")
    }

    /// Asserts that the description of the response with this status contains each of these error codes.
    fn assert_description_contains_codes(responses: &Value, status: &str, codes: &[&str]) {
        let description = responses[status]["description"].as_str().expect("a text");
        for code in codes {
            assert!(
                description.contains(&format!("`{code}`")),
                "{code}: {description}"
            );
        }
    }

    #[test]
    fn every_api_operation_documents_its_success_and_its_errors() {
        let document = render_and_parse_openapi_document();
        assert!(
            document["openapi"]
                .as_str()
                .expect("value is text")
                .starts_with("3.1")
        );
        let paths = document["paths"].as_object().expect("value is an object");
        for (path, calls) in paths {
            assert!(
                path.starts_with(routes::V1) || path == routes::JWKS,
                "{path}"
            );
            for (method, call) in calls.as_object().expect("value is an object") {
                let responses = call["responses"].as_object().expect("value is an object");
                assert!(responses.contains_key("503"), "{method} {path}");
                let has_success = responses.keys().any(|status| status.starts_with('2'));
                assert!(has_success, "{method} {path}");
                assert!(call["summary"].is_string() || call["description"].is_string());
            }
        }
    }

    #[test]
    fn payment_operations_document_their_error_codes() {
        let document = render_and_parse_openapi_document();
        for path in ["/v1/payments/initiate", "/v1/payments/confirm"] {
            let responses = &document["paths"][path]["post"]["responses"];
            for (status, codes) in [
                (
                    "400",
                    &[
                        "malformed_code",
                        "method_unavailable",
                        "payment_completed",
                        "payment_failed",
                        "no_pending",
                    ][..],
                ),
                ("401", &["invalid_token", "invalid_code"]),
                (
                    "403",
                    &[
                        "second_factor_required",
                        "other_session",
                        "email_unproven",
                        "deletion_pending",
                        "cooling",
                    ],
                ),
                ("409", &["payment_processing", "busy"]),
                ("410", &["code_expired", "payment_expired"]),
                (
                    "429",
                    &["factor_held", "too_many_requests", "too_many_attempts"],
                ),
            ] {
                assert_description_contains_codes(responses, status, codes);
            }
        }
    }

    #[test]
    fn operations_with_a_required_recent_second_factor_document_their_error_codes() {
        let document = render_and_parse_openapi_document();
        for (method, path) in [
            ("post", "/v1/me/delete"),
            ("get", "/v1/me/export"),
            ("post", "/v1/password/change"),
        ] {
            let responses = &document["paths"][path][method]["responses"];
            let codes = [
                "second_factor_required",
                "email_unproven",
                "deletion_pending",
            ];
            assert_description_contains_codes(responses, "403", &codes);
        }
    }

    #[test]
    fn cancel_operation_documents_its_error_codes() {
        let document = render_and_parse_openapi_document();
        let responses = &document["paths"]["/v1/verify/cancel"]["post"]["responses"];
        for (status, codes) in [
            ("401", ["invalid_client", "invalid_token"]),
            ("403", ["second_factor_required", "deletion_pending"]),
        ] {
            assert_description_contains_codes(responses, status, &codes);
        }
    }

    #[test]
    fn operations_that_a_token_for_keeping_the_account_cannot_use_document_the_pending_deletion() {
        let document = render_and_parse_openapi_document();
        for (method, path) in [
            ("post", "/v1/email/send"),
            ("post", "/v1/email/verify"),
            ("post", "/v1/recovery/cancel"),
            ("post", "/v1/payments/initiate"),
            ("post", "/v1/payments/confirm"),
            ("get", "/v1/payments/{id}"),
            ("get", "/v1/events"),
            ("post", "/v1/verify/cancel"),
            ("post", "/v1/me/delete"),
            ("get", "/v1/me/export"),
            ("post", "/v1/password/change"),
        ] {
            let responses = &document["paths"][path][method]["responses"];
            assert_description_contains_codes(responses, "403", &["deletion_pending"]);
        }
    }

    #[test]
    fn email_and_deletion_operations_document_their_error_codes() {
        let document = render_and_parse_openapi_document();
        for (path, status, codes) in [
            (
                "/v1/email/send",
                "403",
                &["second_factor_required", "cooling"][..],
            ),
            (
                "/v1/email/verify",
                "401",
                &["invalid_token", "invalid_code"],
            ),
            ("/v1/me/keep", "409", &["deletion_not_requested"]),
        ] {
            let responses = &document["paths"][path]["post"]["responses"];
            assert_description_contains_codes(responses, status, codes);
        }
    }

    #[test]
    fn openapi_document_lists_the_fields_of_a_stream_event() {
        let document = render_and_parse_openapi_document();
        let response = &document["paths"]["/v1/events"]["get"]["responses"]["200"];
        let schema = &response["content"]["text/event-stream"]["schema"]["$ref"];
        assert_eq!(schema, "#/components/schemas/StatusEvent");
        let event = &document["components"]["schemas"]["StatusEvent"];
        assert_eq!(event["type"], "object");
        for (field, kind) in [
            ("event", "string"),
            ("data", "string"),
            ("retry", "integer"),
        ] {
            assert_eq!(event["properties"][field]["type"], kind, "{field}");
        }
    }

    #[test]
    fn payment_amount_is_documented_as_a_string_or_a_number() {
        let document = render_and_parse_openapi_document();
        let request = &document["components"]["schemas"]["Initiate"];
        let forms = request["properties"]["amount"]["oneOf"].as_array();
        let types: Vec<_> = forms
            .into_iter()
            .flatten()
            .map(|form| form["type"].as_str().unwrap_or_default())
            .collect();
        assert_eq!(types, ["string", "number"], "{request}");
        let required = request["required"].as_array().expect("value is a list");
        assert!(required.contains(&"amount".into()), "{request}");
    }

    #[test]
    fn payment_status_and_reason_are_documented_as_enums() {
        let document = render_and_parse_openapi_document();
        let paid = &document["components"]["schemas"]["Paid"];
        for (member, example) in [("status", "expired"), ("reason", "declined")] {
            let names = paid["properties"][member]["enum"].as_array();
            let names = names.expect("value is a list");
            assert!(names.contains(&example.into()), "{paid}");
            let is_nullable = names.contains(&Value::Null);
            assert_eq!(is_nullable, member == "reason", "{paid}");
        }
    }

    #[test]
    fn members_of_responses_that_may_be_null_are_required() {
        let document = render_and_parse_openapi_document();
        let calls = document["paths"].as_object().expect("value is an object");
        let calls = calls.values().filter_map(Value::as_object).flatten();
        let bodies: Vec<_> = calls
            .map(|(_, call)| call["requestBody"].to_string())
            .collect();
        let schemas = &document["components"]["schemas"];
        for (name, schema) in schemas.as_object().expect("value is an object") {
            let reference = format!("#/components/schemas/{name}\"");
            if bodies.iter().any(|body| body.contains(&reference)) {
                continue;
            }
            let parts = schema["allOf"].as_array().into_iter().flatten();
            for part in parts.chain([schema]) {
                for (member, kind) in part["properties"].as_object().into_iter().flatten() {
                    let may_be_null = kind.to_string().contains(r#""null""#);
                    let required = part["required"].as_array();
                    let is_required =
                        required.is_some_and(|names| names.contains(&member.as_str().into()));
                    assert!(is_required || !may_be_null, "{name}: {member}");
                }
            }
        }
    }

    #[test]
    fn operation_ids_are_unique() {
        let document = render_and_parse_openapi_document();
        let calls = document["paths"]
            .as_object()
            .expect("value is an object")
            .values();
        let calls = calls.flat_map(|calls| calls.as_object().expect("value is an object").values());
        let names: Vec<_> = calls.map(|call| call["operationId"].as_str()).collect();
        let unique: std::collections::BTreeSet<_> = names.iter().flatten().collect();
        assert_eq!(unique.len(), names.len(), "{names:?}");
    }

    #[test]
    fn openapi_document_lists_the_retry_after_header_of_429_and_503() {
        let document = render_and_parse_openapi_document();
        let responses = &document["paths"]["/v1/login/resend"]["post"]["responses"];
        for status in ["429", "503"] {
            let header = &responses[status]["headers"]["retry-after"];
            assert_eq!(header["schema"]["type"], "integer", "{status}");
        }
        assert!(responses["401"]["headers"].is_null());
    }

    #[test]
    fn referenced_openapi_schemas_are_defined() {
        let document = render_and_parse_openapi_document();
        let text = document.to_string();
        let schemas = &document["components"]["schemas"];
        for reference in text.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().expect("a name");
            assert!(schemas.get(name).is_some(), "{name}");
        }
    }
}
