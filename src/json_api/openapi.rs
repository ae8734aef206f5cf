//! What the API says of itself: OpenAPI 3.1, written from the handlers and the types they answer
//! with.

use std::collections::BTreeMap;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Header, ObjectBuilder, Ref, RefOr, Type};
use utoipa::{IntoResponses, Modify, OpenApi};

use super::{account, captcha, events, keys, login, payments, pending, register};
use crate::http::problem::ProblemDetails;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Sallyport",
        version = "1",
        description = "Registration and sign-in with a mandatory second factor, for other back ends \
                       and mobile apps. Bodies are JSON, up to 16 KiB. Members that are not known \
                       are ignored. Every refusal is `application/problem+json` (RFC 9457) with \
                       a stable `code`; where something has to be waited for, `retry_after` and \
                       `Retry-After` say how many seconds.",
        license(name = "MIT", identifier = "MIT")
    ),
    paths(
        captcha::challenge,
        register::start,
        register::verify,
        register::resend,
        login::start,
        login::set_up,
        login::verify,
        login::resend,
        pending::cancel,
        events::follow,
        payments::initiate,
        payments::confirm,
        payments::find,
        account::me,
        account::logout,
        keys::key_set,
        document
    ),
    components(schemas(ProblemDetails)),
    tags(
        (name = "registration", description = "A new account, in two calls."),
        (name = "sign-in", description = "A password and a second factor for a token."),
        (name = "verification", description = "What both have in common."),
        (name = "payments", description = "A payment, and its code where it is worth one."),
        (name = "account", description = "Whoever a token says.")
    ),
    modifiers(&Schemes)
)]
struct Document;

/// The document, as `GET /v1/openapi.json` and `sallyport openapi` give it.
pub fn json() -> String {
    // Written by the tests too: it cannot fail at run time.
    Document::openapi().to_pretty_json().unwrap_or_default()
}

/// This document.
#[utoipa::path(
    get, path = "/v1/openapi.json", tag = "account",
    responses((status = 200, description = "OpenAPI 3.1.", body = Object), Refusals)
)]
pub async fn document() -> Response {
    ([(CONTENT_TYPE, "application/json")], json()).into_response()
}

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("From a registration or a sign-in."));
        let client = HttpBuilder::new()
            .scheme(HttpAuthScheme::Basic)
            .description(Some(
                "A client the operator has named: needs no CAPTCHA, and its calls count by its \
                 name and not by its address.",
            ));
        let components = openapi.components.get_or_insert_default();
        for (name, scheme) in [("token", token.build()), ("client", client.build())] {
            components.add_security_scheme(name, SecurityScheme::Http(scheme));
        }
    }
}

/// What any call may be refused with, some of it before a handler sees the request.
pub struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        refusals(&[
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

/// What a call of a flow may be refused with beside that.
pub struct OfFlows;

impl IntoResponses for OfFlows {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        refusals(&[
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

/// What a call with a token may be refused with beside that.
pub struct OfTokens;

impl IntoResponses for OfTokens {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        refusals(&[(401, "There is no token, or it is not good any more.")])
    }
}

/// What a call of a payment may be refused with beside what any call may.
pub struct OfPayments;

impl IntoResponses for OfPayments {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        refusals(&[
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

/// `Retry-After`, where waiting helps.
fn seconds() -> Header {
    let seconds = ObjectBuilder::new().schema_type(Type::Integer);
    HeaderBuilder::new()
        .schema(Some(seconds))
        .description(Some("Seconds after which the call may be tried again."))
        .build()
}

fn refusals(known: &[(u16, &str)]) -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
    let problem = || Content::new(Some(Ref::from_schema_name("ProblemDetails")));
    let response = |(status, description): &(u16, &str)| {
        let mut response = ResponseBuilder::new()
            .description(*description)
            .content(ProblemDetails::MEDIA_TYPE, problem());
        if description.contains("`retry_after`") || *status == 503 {
            response = response.header(RETRY_AFTER.as_str(), seconds());
        }
        (status.to_string(), RefOr::T(response.build()))
    };
    known.iter().map(response).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use domain::routes;

    fn document() -> Value {
        serde_json::from_str(&json()).expect("the document is JSON")
    }

    #[test]
    fn every_call_is_told_with_its_refusals() {
        let document = document();
        assert!(
            document["openapi"]
                .as_str()
                .expect("a version")
                .starts_with("3.1")
        );
        let paths = document["paths"].as_object().expect("paths");
        for (path, calls) in paths {
            assert!(
                path.starts_with(routes::V1) || path == routes::JWKS,
                "{path}"
            );
            for (method, call) in calls.as_object().expect("calls") {
                let responses = call["responses"].as_object().expect("responses");
                assert!(responses.contains_key("503"), "{method} {path}");
                let good = responses.keys().any(|status| status.starts_with('2'));
                assert!(good, "{method} {path}");
                assert!(call["summary"].is_string() || call["description"].is_string());
            }
        }
    }

    /// SES-08, PHN-05
    #[test]
    fn whom_a_payment_is_refused_to_is_told() {
        let document = document();
        for path in ["/v1/payments/initiate", "/v1/payments/confirm"] {
            let responses = &document["paths"][path]["post"]["responses"];
            for (status, codes) in [
                ("400", ["payment_completed", "payment_failed"]),
                ("403", ["second_factor_required", "cooling"]),
                ("409", ["payment_processing", "busy"]),
            ] {
                let told = responses[status]["description"].as_str().expect(status);
                assert!(
                    codes.iter().all(|code| told.contains(code)),
                    "{path}: {told}"
                );
            }
        }
    }

    #[test]
    fn every_call_has_a_name_of_its_own() {
        let document = document();
        let calls = document["paths"].as_object().expect("paths").values();
        let calls = calls.flat_map(|calls| calls.as_object().expect("calls").values());
        let names: Vec<_> = calls.map(|call| call["operationId"].as_str()).collect();
        let different: std::collections::BTreeSet<_> = names.iter().flatten().collect();
        assert_eq!(different.len(), names.len(), "{names:?}");
    }

    #[test]
    fn how_long_to_wait_is_told_in_a_header() {
        let document = document();
        let responses = &document["paths"]["/v1/login/resend"]["post"]["responses"];
        for status in ["429", "503"] {
            let header = &responses[status]["headers"]["retry-after"];
            assert_eq!(header["schema"]["type"], "integer", "{status}");
        }
        assert!(responses["401"]["headers"].is_null());
    }

    #[test]
    fn every_schema_that_is_named_is_there() {
        let document = document();
        let text = document.to_string();
        let schemas = &document["components"]["schemas"];
        for reference in text.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().expect("a name");
            assert!(schemas.get(name).is_some(), "{name}");
        }
    }
}
