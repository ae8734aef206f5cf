//! Another program at the JSON API. Every answer it gets is held against what the API says of
//! itself.

use std::net::SocketAddr;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::app::Running;
use super::payment::MUCH;
use super::user::User;
use super::wire::{Request, Response};

pub const INITIATE: &str = "/v1/payments/initiate";
pub const CONFIRM: &str = "/v1/payments/confirm";

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let text = sallyport::json_api::openapi::document_json();
    serde_json::from_str(&text).expect("the document is JSON")
});

#[derive(Clone, Debug)]
pub struct ApiClient {
    pub address: SocketAddr,
    authorization: Option<String>,
}

/// An answer, read.
#[derive(Clone, Debug)]
pub struct Answer {
    pub response: Response,
    /// Null where there is none.
    pub body: Value,
}

impl ApiClient {
    /// A client that `SALLYPORT_API_CLIENTS` may name, and how it says so (HTTP Basic).
    pub const CLIENT: &'static str = "shop:0123456789abcdef0123456789abcdef";
    pub const AS_BASIC: &'static str = "Basic c2hvcDowMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==";

    pub(super) const fn new(address: SocketAddr) -> Self {
        Self {
            address,
            authorization: None,
        }
    }

    /// Sends this as `Authorization` with every call.
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
        holds(&request, &response, &body);
        Answer { response, body }
    }

    /// Everything a registration asks for, but for a CAPTCHA.
    pub fn registration(user: &User) -> Value {
        json!({
            "name": user.full_name,
            "username": user.username,
            "email": user.email,
            "phone_number": user.phone,
            "password": user.password,
        })
    }

    pub async fn register_up_to_the_code(&self, app: &Running, user: &User) -> (String, String) {
        let mut phone = app.simulator.phone(&user.phone);
        phone.skip_received_messages().await;
        let begun = self
            .post("/v1/register/start", &Self::registration(user))
            .await;
        (begun.flow(200), phone.next_code().await)
    }

    /// The flow and the code of a sign-in.
    pub async fn sign_in_up_to_the_code(&self, app: &Running, user: &User) -> (String, String) {
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

    /// Signs in; the token.
    pub async fn sign_in(&self, app: &Running, user: &User) -> String {
        let (flow, code) = self.sign_in_up_to_the_code(app, user).await;
        self.verify(&flow, &code).await.token(200)
    }
}

impl Answer {
    pub fn status(&self) -> u16 {
        self.response.status
    }

    /// The body of an answer of this status.
    #[track_caller]
    pub fn ok(&self, status: u16) -> &Value {
        assert_eq!(self.response.status, status, "{}", self.body);
        &self.body
    }

    #[track_caller]
    pub fn flow(&self, status: u16) -> String {
        self.text(status, "flow")
    }

    #[track_caller]
    pub fn token(&self, status: u16) -> String {
        self.text(status, "token")
    }

    #[track_caller]
    pub fn text(&self, status: u16, member: &str) -> String {
        let text = self.ok(status)[member].as_str();
        text.unwrap_or_else(|| panic!("no {member}: {}", self.body))
            .to_owned()
    }

    /// A refusal of this status and code.
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

impl Running {
    /// Somebody signed in through a program, whose phone can get another code right away.
    pub async fn paying_api_client(&self) -> (User, ApiClient) {
        let user = self.member().await;
        let program = self.api_client();
        let token = program.sign_in(self, &user).await;
        self.skip_resend_cooldown().await;
        (user, program.with_token(&token))
    }
}

/// Paying.
impl ApiClient {
    /// So many dollars to a shop.
    pub fn payment(amount: &Value) -> Value {
        json!({ "amount": amount, "currency": "USD", "recipient": "Acme Inc." })
    }

    pub async fn pay(&self, amount: &str) -> Answer {
        self.post(INITIATE, &Self::payment(&json!(amount))).await
    }

    /// The same with an `Idempotency-Key`, and by this method.
    pub async fn pay_by(&self, method: &str, amount: &str, key: &str) -> Answer {
        let mut payment = Self::payment(&json!(amount));
        payment["method"] = json!(method);
        self.send(self.with_idempotency_key(&payment, &[key])).await
    }

    /// A payment with these keys, one a line.
    pub fn with_idempotency_key(&self, payment: &Value, keys: &[&str]) -> Request {
        let request = self.request("POST", INITIATE);
        let request = request.with_body("application/json", payment.to_string());
        keys.iter()
            .fold(request, |request, key| request.with("Idempotency-Key", key))
    }

    /// Pays enough to be asked for a code; the payment's id and the code.
    pub async fn pay_up_to_the_code(&self, app: &Running, user: &User) -> (String, String) {
        let mut phone = app.simulator.phone(&user.phone);
        phone.skip_received_messages().await;
        let begun = self.pay(MUCH).await;
        assert_eq!(begun.ok(201)["status"], "pending");
        (begun.text(201, "payment_id"), phone.next_code().await)
    }

    pub async fn confirm(&self, payment: &str, code: &str) -> Answer {
        let body = json!({ "payment_id": payment, "code": code });
        self.post(CONFIRM, &body).await
    }
}

/// Whether this answer is one that the API says this call may have.
fn holds(request: &Request, response: &Response, body: &Value) {
    let (method, path) = (request.method.to_lowercase(), &request.path);
    let Some(call) = documented(path).and_then(|calls| calls.get(&method)) else {
        let known = matches!(response.status, 400 | 403 | 404 | 405 | 421 | 431);
        assert!(known, "{method} {path}: {}", response.status);
        return;
    };
    let answer = &call["responses"][response.status.to_string()];
    assert!(
        answer.is_object(),
        "{method} {path}: {} is not told of",
        response.status
    );
    let Some(content) = answer.get("content") else {
        assert!(
            body.is_null(),
            "{method} {path}: a body was not told of: {body}"
        );
        return;
    };
    let kind = response.header("content-type").unwrap_or_default();
    let schema = &content[kind]["schema"];
    assert!(schema.is_object(), "{method} {path}: {kind} is not told of");
    let errors: Vec<String> = validator(schema)
        .iter_errors(body)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{method} {path}: {body}: {errors:?}");
}

/// The calls of the path this one is of.
fn documented(path: &str) -> Option<&'static Value> {
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
    // References are to the document's root, so that its schemas go along.
    let whole = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
    jsonschema::draft202012::new(&whole).expect("a schema")
}
