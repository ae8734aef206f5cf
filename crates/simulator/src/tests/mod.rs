//! The simulator through its router, as a client meets it.

mod controls;
mod faults;
mod magic;
mod mails;
mod messages;
mod requests;
mod telnyx;
mod twilio;
mod webhooks;
mod wire;

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use tower::ServiceExt;

use super::settings::{DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN, DEFAULT_SERVICE_SID};
use super::{Settings, Simulator, router};

const TO: &str = "+14155550142";
const FORM: &str = "application/x-www-form-urlencoded";

/// A simulator and somebody who calls it.
struct Lab {
    app: Router,
    simulator: Simulator,
    /// Faults forge answers that no schema allows.
    check_schemas: bool,
}

/// An answer, read to its end.
#[derive(Debug)]
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("the body is JSON")
    }

    /// HTTP status and error code of a refusal.
    fn refusal(&self) -> (u16, u64) {
        (
            self.status.as_u16(),
            self.json()["code"].as_u64().unwrap_or(0),
        )
    }

    fn message(&self) -> String {
        self.json()["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .map(|value| value.to_str().expect("a plain header"))
    }
}

impl Lab {
    fn new() -> Self {
        Self::with(Settings::default())
    }

    fn with(settings: Settings) -> Self {
        let simulator = Simulator::new(settings);
        Self {
            app: router(simulator.clone()),
            simulator,
            check_schemas: true,
        }
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let response = self
            .app
            .clone()
            .oneshot(request)
            .await
            .expect("routers do not fail");
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.expect("a whole body").to_bytes();
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        Reply {
            status: head.status,
            headers: head.headers,
            text,
        }
    }

    /// A provider call with the right credentials; its answer fits Twilio's schema.
    async fn call(&self, method: Method, path: &str, fields: &[(&str, &str)]) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(
                AUTHORIZATION,
                basic(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN),
            )
            .header(CONTENT_TYPE, FORM)
            .body(Body::from(encode(fields)))
            .expect("a request");
        let reply = self.send(request).await;
        if self.check_schemas {
            assert_schema(path, &reply);
        }
        reply
    }

    async fn create(&self, fields: &[(&str, &str)]) -> Reply {
        self.call(Method::POST, &service_path("Verifications"), fields)
            .await
    }

    async fn check(&self, fields: &[(&str, &str)]) -> Reply {
        self.call(Method::POST, &service_path("VerificationCheck"), fields)
            .await
    }

    async fn update(&self, sid: &str, status: &str) -> Reply {
        let path = service_path(&format!("Verifications/{sid}"));
        self.call(Method::POST, &path, &[("Status", status)]).await
    }

    async fn fetch(&self, sid: &str) -> Reply {
        self.call(
            Method::GET,
            &service_path(&format!("Verifications/{sid}")),
            &[],
        )
        .await
    }

    /// Sends a code by SMS and returns the verification's SID and the code.
    async fn begin(&self) -> (String, String) {
        let reply = self.create(&[("To", TO), ("Channel", "sms")]).await;
        assert_eq!(reply.status, StatusCode::CREATED);
        (sid_of(&reply), self.last_code().await)
    }

    async fn last_code(&self) -> String {
        let messages = self
            .control(Method::GET, "/_simulator/messages", "")
            .await
            .json();
        let last = messages
            .as_array()
            .and_then(|all| all.last())
            .expect("a message");
        last["code"].as_str().expect("a code").to_owned()
    }

    async fn control(&self, method: Method, path: &str, body: &str) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::from(body.to_owned()))
            .expect("a request");
        self.send(request).await
    }

    async fn advance(&self, secs: u64) {
        let body = json!({ "advance_secs": secs }).to_string();
        let reply = self.control(Method::POST, "/_simulator/clock", &body).await;
        assert_eq!(reply.status, StatusCode::OK);
    }

    async fn ledger(&self) -> Vec<Value> {
        let reply = self.control(Method::GET, "/_simulator/ledger", "").await;
        reply.json().as_array().expect("a list").clone()
    }
}

fn service_path(tail: &str) -> String {
    format!("/v2/Services/{DEFAULT_SERVICE_SID}/{tail}")
}

fn sid_of(reply: &Reply) -> String {
    reply.json()["sid"].as_str().expect("a SID").to_owned()
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

fn basic(username: &str, password: &str) -> String {
    format!(
        "Basic {}",
        STANDARD.encode(format!("{username}:{password}"))
    )
}

/// Percent-encodes everything that is not a letter or a digit.
fn encode(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| -> String {
        text.bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect()
    };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
        .collect();
    pairs.join("&")
}

struct Schemas {
    verification: Validator,
    check: Validator,
    error: Validator,
}

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| {
    let spec = include_str!("../../../../tests/specs/twilio_verify_v2.subset.json");
    let spec: Value = serde_json::from_str(spec).expect("the specification is JSON");
    let components = &spec["components"]["schemas"];
    let error = &spec["paths"]["/v2/Services/{ServiceSid}/Verifications"]["post"]["responses"]["429"]
        ["content"]["application/json"]["schema"];
    Schemas {
        verification: validator(&components["verify.v2.service.verification"], components),
        check: validator(
            &components["verify.v2.service.verification_check"],
            components,
        ),
        error: validator(error, components),
    }
});

/// The schema made stricter: every documented property is there, and no other.
fn validator(schema: &Value, components: &Value) -> Validator {
    let mut schema = schema.clone();
    let names: Vec<Value> = schema["properties"]
        .as_object()
        .expect("an object schema")
        .keys()
        .map(|name| name.as_str().into())
        .collect();
    schema["required"] = Value::Array(names);
    schema["additionalProperties"] = false.into();
    schema["components"] = json!({ "schemas": components });
    jsonschema::draft7::options()
        .should_validate_formats(true)
        .build(&json_schema(&schema))
        .expect("a schema")
}

/// From the dialect of `OpenAPI` 3.0 to JSON Schema: `nullable` becomes a type.
fn json_schema(node: &Value) -> Value {
    match node {
        Value::Array(items) => items.iter().map(json_schema).collect(),
        Value::Object(members) => {
            let mut made: Map<String, Value> = members
                .iter()
                .map(|(name, member)| (name.clone(), json_schema(member)))
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

fn assert_schema(path: &str, reply: &Reply) {
    if reply.header("content-type") != Some("application/json") {
        return;
    }
    let validator = if !reply.status.is_success() {
        &SCHEMAS.error
    } else if path.ends_with("VerificationCheck") {
        &SCHEMAS.check
    } else {
        &SCHEMAS.verification
    };
    let body = reply.json();
    let errors: Vec<String> = validator
        .iter_errors(&body)
        .map(|e| e.to_string())
        .collect();
    assert!(errors.is_empty(), "{path} answered {body}: {errors:?}");
}
