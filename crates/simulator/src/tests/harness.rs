//! HTTP client of the tests, and the imports that all tests share.

pub(super) use axum::Router;
pub(super) use axum::body::Body;
pub(super) use base64::Engine as _;
pub(super) use base64::engine::general_purpose::STANDARD;
pub(super) use http::header::{AUTHORIZATION, CONTENT_TYPE};
pub(super) use http::{HeaderMap, Method, Request, StatusCode};
pub(super) use http_body_util::BodyExt as _;
pub(super) use serde_json::{Value, json};
pub(super) use tower::ServiceExt as _;

pub(super) use super::reply::Reply;
use super::schemas::assert_twilio_schema;
use crate::router::create_simulator_router;
pub(super) use crate::settings::{
    DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN, DEFAULT_PROFILE_ID, DEFAULT_SERVICE_SID,
    DEFAULT_SIGNING_SEED, DEFAULT_TELNYX_KEY, Settings,
};
use crate::simulator::Simulator;

/// Phone number to which most tests send codes.
pub(super) const TO: &str = "+14155550142";
/// The content type of Twilio's requests.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// HTTP client of tests, with its own simulator.
pub(super) struct TestClient {
    pub(super) router: Router,
    pub(super) simulator: Simulator,
    /// Whether responses must match the schema of the provider. `false` in tests of faults.
    pub(super) check_schemas: bool,
}

impl TestClient {
    /// Creates a client and a simulator with default settings.
    pub(super) fn new() -> Self {
        Self::with_settings(Settings::default())
    }

    /// Creates a client and a simulator with these settings.
    pub(super) fn with_settings(settings: Settings) -> Self {
        let simulator = Simulator::new(settings);
        Self {
            router: create_simulator_router(simulator.clone()),
            simulator,
            check_schemas: true,
        }
    }

    /// Sends a request to the simulator's router and reads the whole response.
    pub(super) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("router never fails");
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.expect("a whole body").to_bytes();
        let text = String::from_utf8(bytes.to_vec()).expect("valid UTF-8");
        Reply {
            status: head.status,
            headers: head.headers,
            text,
        }
    }

    /// Sends a Twilio call with valid credentials and asserts that the response matches Twilio's schema.
    pub(super) async fn call_twilio(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(
                AUTHORIZATION,
                basic_auth_header(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN),
            )
            .header(CONTENT_TYPE, FORM)
            .body(Body::from(encode_form(fields)))
            .expect("valid request");
        let reply = self.send(request).await;
        if self.check_schemas {
            assert_twilio_schema(path, &reply);
        }
        reply
    }

    /// Sends the Twilio call that creates a verification.
    pub(super) async fn create_twilio_verification(&self, fields: &[(&str, &str)]) -> Reply {
        self.call_twilio(Method::POST, &service_path("Verifications"), fields)
            .await
    }

    /// Sends the Twilio call that checks a code.
    pub(super) async fn check_twilio_code(&self, fields: &[(&str, &str)]) -> Reply {
        self.call_twilio(Method::POST, &service_path("VerificationCheck"), fields)
            .await
    }

    /// Sends the Twilio call that sets the status of a verification.
    pub(super) async fn set_twilio_status(&self, sid: &str, status: &str) -> Reply {
        let path = service_path(&format!("Verifications/{sid}"));
        self.call_twilio(Method::POST, &path, &[("Status", status)])
            .await
    }

    /// Sends the Twilio call that reads a verification.
    pub(super) async fn fetch_twilio_verification(&self, sid: &str) -> Reply {
        self.call_twilio(
            Method::GET,
            &service_path(&format!("Verifications/{sid}")),
            &[],
        )
        .await
    }

    /// Creates a Twilio verification by SMS and returns its SID and code.
    pub(super) async fn create_sms(&self) -> (String, String) {
        let reply = self
            .create_twilio_verification(&[("To", TO), ("Channel", "sms")])
            .await;
        assert_eq!(reply.status, StatusCode::CREATED);
        (
            verification_sid_in(&reply),
            self.newest_code_in_inbox().await,
        )
    }

    /// Returns the code of the newest message in the inbox.
    pub(super) async fn newest_code_in_inbox(&self) -> String {
        let messages = self
            .call_control_api(Method::GET, "/_simulator/messages", "")
            .await
            .json();
        let last = messages
            .as_array()
            .and_then(|all| all.last())
            .expect("a message");
        last["code"].as_str().expect("value is text").to_owned()
    }

    /// Sends a request to the simulator's control API.
    pub(super) async fn call_control_api(&self, method: Method, path: &str, body: &str) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_owned()))
            .expect("valid request");
        self.send(request).await
    }

    /// Advances the simulated clock by `secs` seconds.
    pub(super) async fn advance_clock(&self, secs: u64) {
        let body = json!({ "advance_secs": secs }).to_string();
        let reply = self
            .call_control_api(Method::POST, "/_simulator/clock", &body)
            .await;
        assert_eq!(reply.status, StatusCode::OK);
    }

    /// Returns the recorded provider calls of the simulator's ledger.
    pub(super) async fn ledger_entries(&self) -> Vec<Value> {
        let reply = self
            .call_control_api(Method::GET, "/_simulator/ledger", "")
            .await;
        reply.json().as_array().expect("value is a list").clone()
    }
}

/// Returns the URL path below the default Twilio Verify service that ends with `tail`.
pub(super) fn service_path(tail: &str) -> String {
    format!("/v2/Services/{DEFAULT_SERVICE_SID}/{tail}")
}

/// Returns the verification SID in a Twilio response.
pub(super) fn verification_sid_in(reply: &Reply) -> String {
    reply.json()["sid"]
        .as_str()
        .expect("value is text")
        .to_owned()
}

/// Returns a six-digit code that differs from `code`.
pub(super) fn wrong_code_for(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

/// Returns whether `text` contains the code as a whole word.
pub(super) fn contains_code(text: &str, code: &str) -> bool {
    // The digits of an identifier, phone number or time can contain a random code.
    text.match_indices(code).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + code.len()..].chars().next();
        let in_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        !in_word(before) && !in_word(after)
    })
}

/// Returns a Basic `Authorization` header.
pub(super) fn basic_auth_header(username: &str, password: &str) -> String {
    format!(
        "Basic {}",
        STANDARD.encode(format!("{username}:{password}"))
    )
}

/// URL-encodes form fields. Escapes everything except letters and digits.
pub(super) fn encode_form(fields: &[(&str, &str)]) -> String {
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
