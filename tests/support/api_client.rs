//! A client of the JSON API. It checks every response against the OpenAPI document.

use std::net::SocketAddr;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::app::RunningApp;
use super::payment::ABOVE_THRESHOLD;
use super::user::User;
use super::wire::{Request, Response};

pub const INITIATE: &str = "/v1/payments/initiate";
pub const CONFIRM: &str = "/v1/payments/confirm";

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let text = sallyport::json_api::openapi::document_json("Sallyport");
    serde_json::from_str(&text).expect("the document is JSON")
});

/// A client of the JSON API.
#[derive(Clone, Debug)]
pub struct ApiClient {
    pub address: SocketAddr,
    authorization: Option<String>,
}

/// A response with its parsed body.
#[derive(Clone, Debug)]
pub struct Answer {
    pub response: Response,
    /// JSON `null` for an empty body.
    pub body: Value,
}

impl ApiClient {
    /// A value of `SALLYPORT_API_CLIENTS`, and the same client as HTTP Basic credentials.
    pub const CLIENT: &'static str = "shop:0123456789abcdef0123456789abcdef";
    pub const AS_BASIC: &'static str = "Basic c2hvcDowMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==";

    pub(super) const fn new(address: SocketAddr) -> Self {
        Self {
            address,
            authorization: None,
        }
    }

    /// Sends this `Authorization` header with every call.
    #[must_use]
    pub fn with(mut self, authorization: &str) -> Self {
        self.authorization = Some(authorization.to_owned());
        self
    }

    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        self.with(&format!("Bearer {token}"))
    }

    pub fn request(&self, method: &str, path: &str) -> Request {
        let request = Request::new(method, path);
        match &self.authorization {
            Some(authorization) => request.with("Authorization", authorization),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.request("POST", path);
        self.send(request.with_body("application/json", body.to_string()))
            .await
    }

    pub async fn send(&self, request: Request) -> Answer {
        let response = request.send(self.address).await;
        let body = if response.body.is_empty() {
            Value::Null
        } else {
            response.json()
        };
        assert_documented(&request, &response, &body);
        Answer { response, body }
    }

    /// The body of a registration without a CAPTCHA.
    pub fn registration(user: &User) -> Value {
        json!({
            "name": user.full_name,
            "username": user.username,
            "email": user.email,
            "phone_number": user.phone,
            "password": user.password,
        })
    }

    /// Begins a registration. Returns its flow token and code.
    pub async fn register_up_to_the_code(&self, app: &RunningApp, user: &User) -> (String, String) {
        let mut phone = app.simulator.phone(&user.phone);
        phone.skip_received_messages().await;
        let begun = self
            .post("/v1/register/start", &Self::registration(user))
            .await;
        (begun.flow(200), phone.next_code().await)
    }

    /// Begins a sign-in. Returns its flow token and code.
    pub async fn sign_in_up_to_the_code(&self, app: &RunningApp, user: &User) -> (String, String) {
        let mut phone = app.simulator.phone(&user.phone);
        phone.skip_received_messages().await;
        let begun = self.log_in(user).await;
        (begun.flow(200), phone.next_code().await)
    }

    pub async fn log_in(&self, user: &User) -> Answer {
        let login = json!({ "identifier": user.username, "password": user.password });
        self.post("/v1/login", &login).await
    }

    pub async fn verify(&self, flow: &str, code: &str) -> Answer {
        let body = json!({ "flow": flow, "code": code });
        self.post("/v1/login/verify", &body).await
    }

    /// Signs in. Returns the access token.
    pub async fn sign_in(&self, app: &RunningApp, user: &User) -> String {
        let (flow, code) = self.sign_in_up_to_the_code(app, user).await;
        self.verify(&flow, &code).await.token(200)
    }
}

impl Answer {
    pub fn status(&self) -> u16 {
        self.response.status
    }

    /// The body. Panics if the status differs.
    #[track_caller]
    pub fn ok(&self, status: u16) -> &Value {
        assert_eq!(self.response.status, status, "{}", self.body);
        &self.body
    }

    /// The flow token in the body. Panics if the status differs.
    #[track_caller]
    pub fn flow(&self, status: u16) -> String {
        self.text(status, "flow")
    }

    /// The access token in the body. Panics if the status differs.
    #[track_caller]
    pub fn token(&self, status: u16) -> String {
        self.text(status, "token")
    }

    /// A text member of the body. Panics if the status differs.
    #[track_caller]
    pub fn text(&self, status: u16, member: &str) -> String {
        let text = self.ok(status)[member].as_str();
        text.unwrap_or_else(|| panic!("no {member}: {}", self.body))
            .to_owned()
    }

    /// The body of an error. Panics if status or code differ.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> &Value {
        assert_eq!(self.response.status, status, "{}", self.body);
        assert_eq!(self.body["code"], code, "{}", self.body);
        assert_eq!(
            self.response.header("content-type"),
            Some("application/problem+json")
        );
        let wait = self.body["retry_after"]
            .as_u64()
            .map(|secs| secs.to_string());
        assert_eq!(self.response.header("retry-after"), wait.as_deref());
        &self.body
    }
}

impl RunningApp {
    /// A new user and a client with an access token. The resend cooldown is over.
    pub async fn paying_api_client(&self) -> (User, ApiClient) {
        let user = self.member().await;
        let program = self.api_client();
        let token = program.sign_in(self, &user).await;
        self.skip_resend_cooldown().await;
        (user, program.with_token(&token))
    }
}

/// Payments.
impl ApiClient {
    /// The body of a payment in US dollars.
    pub fn payment(amount: &Value) -> Value {
        json!({ "amount": amount, "currency": "USD", "recipient": "Acme Inc." })
    }

    pub async fn pay(&self, amount: &str) -> Answer {
        self.post(INITIATE, &Self::payment(&json!(amount))).await
    }

    /// Begins a payment by this method, with this `Idempotency-Key`.
    pub async fn pay_by(&self, method: &str, amount: &str, key: &str) -> Answer {
        let mut payment = Self::payment(&json!(amount));
        payment["method"] = json!(method);
        self.send(self.with_idempotency_key(&payment, &[key])).await
    }

    /// A payment request with one `Idempotency-Key` header for each key.
    pub fn with_idempotency_key(&self, payment: &Value, keys: &[&str]) -> Request {
        let request = self.request("POST", INITIATE);
        let request = request.with_body("application/json", payment.to_string());
        keys.iter()
            .fold(request, |request, key| request.with("Idempotency-Key", key))
    }

    /// Begins a payment that needs a code. Returns the payment id and the code.
    pub async fn pay_up_to_the_code(&self, app: &RunningApp, user: &User) -> (String, String) {
        let mut phone = app.simulator.phone(&user.phone);
        phone.skip_received_messages().await;
        let begun = self.pay(ABOVE_THRESHOLD).await;
        assert_eq!(begun.ok(201)["status"], "pending");
        (begun.text(201, "payment_id"), phone.next_code().await)
    }

    pub async fn confirm(&self, payment: &str, code: &str) -> Answer {
        let body = json!({ "payment_id": payment, "code": code });
        self.post(CONFIRM, &body).await
    }
}

/// Panics if the OpenAPI document does not allow this response to the request.
fn assert_documented(request: &Request, response: &Response, body: &Value) {
    let (method, path) = (request.method.to_lowercase(), &request.path);
    let Some(call) = documented_operations(path).and_then(|calls| calls.get(&method)) else {
        let known = matches!(response.status, 400 | 403 | 404 | 405 | 421 | 431);
        assert!(known, "{method} {path}: {}", response.status);
        return;
    };
    let answer = &call["responses"][response.status.to_string()];
    assert!(
        answer.is_object(),
        "{method} {path}: status {} is not documented",
        response.status
    );
    let Some(content) = answer.get("content") else {
        assert!(
            body.is_null(),
            "{method} {path}: the body is not documented: {body}"
        );
        return;
    };
    let kind = response.header("content-type").unwrap_or_default();
    let schema = &content[kind]["schema"];
    assert!(
        schema.is_object(),
        "{method} {path}: content type {kind} is not documented"
    );
    let errors: Vec<String> = validator(schema)
        .iter_errors(body)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{method} {path}: {body}: {errors:?}");
}

/// The documented operations of this path.
fn documented_operations(path: &str) -> Option<&'static Value> {
    let path = path.split('?').next().unwrap_or_default();
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let fits = |pattern: &str| {
        let (wanted, given): (Vec<&str>, Vec<&str>) =
            (pattern.split('/').collect(), path.split('/').collect());
        wanted.len() == given.len()
            && wanted
                .iter()
                .zip(&given)
                .all(|(wanted, given)| wanted == given || wanted.starts_with('{'))
    };
    paths
        .iter()
        .find(|(pattern, _)| fits(pattern))
        .map(|(_, calls)| calls)
}

fn validator(schema: &Value) -> Validator {
    // References start at the root of the document, so the components are part of the schema.
    let whole = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
    jsonschema::draft202012::new(&whole).expect("a schema")
}
