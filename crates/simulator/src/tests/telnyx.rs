//! Telnyx through the router: contract section 3, and the defaults of section 5.

mod requests;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, StatusCode};

use super::super::TelnyxSettings;
use super::super::settings::{DEFAULT_PROFILE_ID, DEFAULT_TELNYX_KEY};
use super::*;

impl Lab {
    /// A call to Telnyx with the right key; its answer fits Telnyx's schema.
    async fn telnyx(&self, method: Method, path: &str, body: &Value) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(format!("/v2/verifications{path}"))
            .header(AUTHORIZATION, format!("Bearer {DEFAULT_TELNYX_KEY}"))
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .expect("a request");
        let reply = self.send(request).await;
        if self.check_schemas {
            assert_telnyx_schema(path, &reply);
        }
        reply
    }

    async fn post(&self, path: &str, body: &Value) -> Reply {
        self.telnyx(Method::POST, path, body).await
    }

    /// Sends a code by SMS and returns the verification's id and the code.
    async fn begin_telnyx(&self) -> (String, String) {
        let reply = self.post("/sms", &sms()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        let id = reply.json()["data"]["id"].as_str().map(str::to_owned);
        (id.expect("an id"), self.last_code().await)
    }

    async fn verify(&self, id: &str, code: &str) -> Reply {
        let path = format!("/{id}/actions/verify");
        self.post(&path, &json!({ "code": code })).await
    }

    async fn look(&self, path: &str) -> Reply {
        self.telnyx(Method::GET, path, &Value::Null).await
    }
}

impl Reply {
    fn response_code(&self) -> String {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        let code = self.json()["data"]["response_code"].clone();
        code.as_str().expect("a code").to_owned()
    }

    /// Status, code and pointer of a refusal.
    fn complaint(&self) -> (u16, String, Option<String>) {
        let error = self.json()["errors"][0].clone();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        (
            self.status.as_u16(),
            text(&error["code"]).unwrap_or_default(),
            text(&error["source"]["pointer"]),
        )
    }
}

fn sms() -> Value {
    json!({ "phone_number": TO, "verify_profile_id": DEFAULT_PROFILE_ID })
}

fn sms_but(name: &str, value: impl Into<Value>) -> Value {
    let mut body = sms();
    body[name] = value.into();
    body
}

fn refused(status: u16, code: &str, pointer: Option<&str>) -> (u16, String, Option<String>) {
    (status, code.to_owned(), pointer.map(str::to_owned))
}

fn five(code: &str) -> &'static str {
    if code == "00000" { "00001" } else { "00000" }
}

struct TelnyxSchemas {
    verification: Validator,
    list: Validator,
    judged: Validator,
    errors: Validator,
}

static TELNYX: LazyLock<TelnyxSchemas> = LazyLock::new(|| {
    let spec = include_str!("../../../../tests/specs/telnyx_verify_v2.subset.json");
    let mut spec: Value = serde_json::from_str(spec).expect("the specification is JSON");
    // One that came after this revision (contract section 7).
    let kinds = &mut spec["components"]["schemas"]["Verification"]["properties"]["type"];
    *kinds = json!({ "type": "string", "enum": ["sms", "call", "flashcall", "whatsapp"] });
    let schemas = &mut spec["components"]["schemas"];
    let verification = schemas["Verification"].clone();
    schemas["Verification"] = strict(verification);
    let response = &mut schemas["VerifyVerificationCodeResponse"]["properties"]["data"];
    response["additionalProperties"] = false.into();
    // Two more that only the guides name (contract section 3.3).
    let codes = &mut response["properties"]["response_code"]["enum"];
    *codes = json!(["accepted", "rejected", "expired", "max_attempts_exceeded"]);
    let errors = schemas["Errors"].clone();
    schemas["Errors"] = strict(errors);
    let compiled = |name: &str| {
        let mut schema = schemas[name].clone();
        schema["components"] = json!({ "schemas": schemas });
        jsonschema::draft7::options()
            .should_validate_formats(true)
            .build(&json_schema(&schema))
            .expect("a schema")
    };
    TelnyxSchemas {
        verification: compiled("RetrieveVerificationResponse"),
        list: compiled("ListVerificationsResponse"),
        judged: compiled("VerifyVerificationCodeResponse"),
        errors: compiled("Errors"),
    }
});

/// Every documented property is there, and no other.
fn strict(mut schema: Value) -> Value {
    let names = schema["properties"].as_object().expect("an object schema");
    let names: Vec<Value> = names.keys().map(|name| name.as_str().into()).collect();
    schema["required"] = names.into();
    schema["additionalProperties"] = false.into();
    schema
}

fn assert_telnyx_schema(path: &str, reply: &Reply) {
    if reply.header("content-type") != Some("application/json") {
        return;
    }
    let validator = match reply.status {
        status if !status.is_success() => &TELNYX.errors,
        _ if path.ends_with("/actions/verify") => &TELNYX.judged,
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

#[tokio::test]
async fn a_send_answers_everything_but_the_code() {
    let lab = Lab::new();
    for kind in ["sms", "call", "flashcall", "whatsapp"] {
        let reply = lab.post(&format!("/{kind}"), &sms()).await;
        assert_eq!(reply.status, StatusCode::OK);
        let data = &reply.json()["data"];
        assert_eq!(data["type"], kind);
        assert_eq!(
            (&data["status"], &data["timeout_secs"]),
            (&"pending".into(), &300.into())
        );
        let created = data["created_at"].as_str().expect("a time");
        assert_eq!(created.len(), 26, "microseconds and no zone: {created}");
        let code = lab.last_code().await;
        assert!(!reply.text.contains(&code));
        let messages = lab
            .control(Method::GET, "/_simulator/messages", "")
            .await
            .json();
        let last = messages.as_array().and_then(|all| all.last());
        let last = last.expect("a message");
        assert_eq!(last["provider"], "telnyx");
        assert_eq!(last["channel"], kind);
        assert_eq!(last["service"], DEFAULT_PROFILE_ID);
        assert_eq!(last["verification"], data["id"]);
        if matches!(kind, "sms" | "whatsapp") {
            let text = format!("Your Sallyport verification code is: {code}.");
            assert_eq!(last["body"], text);
        }
    }
}

#[tokio::test]
async fn a_code_is_accepted_once_and_the_verification_stays_readable() {
    let lab = Lab::new();
    let (id, code) = lab.begin_telnyx().await;
    assert_eq!(
        lab.verify(&id, five(&code)).await.response_code(),
        "rejected"
    );
    assert_eq!(lab.verify(&id, &code).await.response_code(), "accepted");
    assert_eq!(lab.verify(&id, &code).await.response_code(), "rejected");
    let found = lab.look(&format!("/{id}")).await.json();
    assert_eq!(found["data"]["status"], "accepted");
}

#[tokio::test]
async fn five_wrong_codes_are_all() {
    let lab = Lab::new();
    let (id, code) = lab.begin_telnyx().await;
    for _ in 0..5 {
        assert_eq!(
            lab.verify(&id, five(&code)).await.response_code(),
            "rejected"
        );
    }
    let right = lab.verify(&id, &code).await.response_code();
    assert_eq!(right, "max_attempts_exceeded");
    let found = lab.look(&format!("/{id}")).await.json();
    assert_eq!(found["data"]["status"], "invalid");
}

#[tokio::test]
async fn fewer_wrong_codes_are_all_by_the_switch() {
    let lab = Lab::with(Settings {
        telnyx: TelnyxSettings {
            max_wrong_checks: 1,
            ..TelnyxSettings::default()
        },
        ..Settings::default()
    });
    let (id, code) = lab.begin_telnyx().await;
    let wrong = lab.verify(&id, five(&code)).await.response_code();
    assert_eq!(wrong, "rejected");
    let right = lab.verify(&id, &code).await.response_code();
    assert_eq!(right, "max_attempts_exceeded");
}

#[tokio::test]
async fn a_late_code_is_expired_or_by_the_switch_rejected() {
    for (expired_is_rejected, said) in [(false, "expired"), (true, "rejected")] {
        let telnyx = TelnyxSettings {
            expired_is_rejected,
            ..TelnyxSettings::default()
        };
        let lab = Lab::with(Settings {
            telnyx,
            ..Settings::default()
        });
        let reply = lab.post("/sms", &sms_but("timeout_secs", 60)).await;
        let id = reply.json()["data"]["id"].clone();
        let id = id.as_str().expect("an id");
        let code = lab.last_code().await;
        lab.advance(60).await;
        assert_eq!(lab.verify(id, &code).await.response_code(), said);
        let found = lab.look(&format!("/{id}")).await.json();
        assert_eq!(found["data"]["status"], "expired");
    }
}

#[tokio::test]
async fn a_second_send_makes_another_code_and_a_number_means_the_newest() {
    let lab = Lab::new();
    let by_number = format!("/by_phone_number/{TO}/actions/verify");
    let check = |code: &str| json!({ "code": code, "verify_profile_id": DEFAULT_PROFILE_ID });
    let nothing = lab.post(&by_number, &check("12345")).await;
    assert_eq!(nothing.complaint(), refused(404, "10005", None));
    let (first, first_code) = lab.begin_telnyx().await;
    let (second, second_code) = lab.begin_telnyx().await;
    assert_ne!(first, second);
    let encoded = by_number.replace('+', "%2B");
    let reply = lab.post(&encoded, &check(&second_code)).await;
    assert_eq!(reply.response_code(), "accepted");
    assert_eq!(
        lab.verify(&first, &first_code).await.response_code(),
        "accepted"
    );
    let all = lab.look(&format!("/by_phone_number/{TO}")).await.json();
    let listed = all["data"].as_array().expect("a list").iter();
    let ids: Vec<_> = listed.map(|one| one["id"].clone()).collect();
    assert_eq!(ids, [json!(second), json!(first)]);
    assert_eq!(all["meta"]["total_results"], 2);
}

#[tokio::test]
async fn an_own_code_is_echoed_and_judged_by_its_owner() {
    let lab = Lab::new();
    let reply = lab.post("/sms", &sms_but("custom_code", "43612")).await;
    assert_eq!(reply.json()["data"]["custom_code"], "43612");
    assert_eq!(lab.last_code().await, "43612");
    let id = reply.json()["data"]["id"].clone();
    let path = format!("/{}/actions/verify", id.as_str().expect("an id"));
    let odd = lab.post(&path, &json!({ "status": "maybe" })).await;
    assert_eq!(odd.complaint(), refused(400, "10015", Some("/status")));
    let reply = lab.post(&path, &json!({ "status": "accepted" })).await;
    assert_eq!(reply.response_code(), "accepted");
    let (id, _) = lab.begin_telnyx().await;
    let path = format!("/{id}/actions/verify");
    let not_ours = lab.post(&path, &json!({ "status": "accepted" })).await;
    assert_eq!(not_ours.complaint(), refused(400, "10015", Some("/status")));
}
