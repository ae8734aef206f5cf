//! A client of the JSON API that checks every response against the OpenAPI document.

use std::net::SocketAddr;
use std::sync::LazyLock;

use domain::proof_of_work;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::app::RunningApp;
use super::payment::AMOUNT_ABOVE_THRESHOLD;
use super::user::User;
use super::wire::{Request, Response};

pub const INITIATE_PATH: &str = "/v1/payments/initiate";
pub const CONFIRM_PATH: &str = "/v1/payments/confirm";

/// The OpenAPI document that the app serves.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let text = sallyport::json_api::openapi::render_openapi_document("Sallyport");
    serde_json::from_str(&text).expect("OpenAPI document is JSON")
});

/// A client of the JSON API.
#[derive(Clone, Debug)]
pub struct ApiClient {
    pub address: SocketAddr,
    authorization: Option<String>,
}

/// A response of the JSON API with its parsed body.
#[derive(Clone, Debug)]
pub struct ApiResponse {
    pub response: Response,
    /// The parsed JSON body. `null` for an empty body.
    pub body: Value,
}

impl ApiClient {
    /// A value of `SALLYPORT_API_CLIENTS` that registers one API client.
    pub const CLIENT_SETTING: &'static str = "shop:0123456789abcdef0123456789abcdef";
    /// The `Authorization` header of the client in [`Self::CLIENT_SETTING`].
    pub const BASIC_CREDENTIALS: &'static str =
        "Basic c2hvcDowMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==";

    pub(super) const fn new(address: SocketAddr) -> Self {
        Self {
            address,
            authorization: None,
        }
    }

    /// Sends this `Authorization` header with every request.
    #[must_use]
    pub fn with_authorization(mut self, authorization: &str) -> Self {
        self.authorization = Some(authorization.to_owned());
        self
    }

    /// Sends this access token with every request.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        self.with_authorization(&format!("Bearer {token}"))
    }

    /// Builds a request with the credentials of the client.
    pub fn request(&self, method: &str, path: &str) -> Request {
        let request = Request::new(method, path);
        match &self.authorization {
            Some(authorization) => request.with_header("Authorization", authorization),
            None => request,
        }
    }

    /// Sends a GET request.
    pub async fn get(&self, path: &str) -> ApiResponse {
        self.send(self.request("GET", path)).await
    }

    /// Posts a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> ApiResponse {
        self.send(self.post_request(path, body)).await
    }

    /// Builds a request that posts a JSON body.
    pub fn post_request(&self, path: &str, body: &Value) -> Request {
        let request = self.request("POST", path);
        request.with_body("application/json", body.to_string())
    }

    /// Sends a request, and checks the response against the OpenAPI document.
    pub async fn send(&self, request: Request) -> ApiResponse {
        let response = request.send(self.address).await;
        let body = if response.body.is_empty() {
            Value::Null
        } else {
            response.json()
        };
        assert_documented(&request, &response, &body);
        ApiResponse { response, body }
    }

    /// Solves the proof of work of a form: `login`, `register` or `password`.
    pub async fn solve_captcha(&self, form: &str) -> String {
        let path = format!("/v1/captcha/{form}");
        let challenge = self.get(&path).await.response.text();
        let parsed = serde_json::from_str(&challenge).expect("response is a challenge");
        let solution = proof_of_work::Solver::new(&parsed)
            .expect("challenge is supported")
            .search_next_counters(u32::MAX)
            .expect("challenge has a solution");
        proof_of_work::encode_payload(&challenge, &solution)
    }

    /// Builds the JSON body of a registration without a CAPTCHA.
    pub fn registration_body(user: &User) -> Value {
        json!({
            "name": user.full_name,
            "username": user.username,
            "email": user.email,
            "phone_number": user.phone,
            "password": user.password,
        })
    }

    /// Begins a registration. Returns its flow token and the code from the text message.
    pub async fn register_until_code(&self, app: &RunningApp, user: &User) -> (String, String) {
        let mut phone = app.simulator.phone_with_number(&user.phone);
        phone.skip_received_messages().await;
        let begun = self
            .post("/v1/register/start", &Self::registration_body(user))
            .await;
        (begun.flow_token(200), phone.next_code().await)
    }

    /// Submits the code of a registration.
    pub async fn submit_registration_code(&self, flow: &str, code: &str) -> ApiResponse {
        let body = json!({ "flow": flow, "code": code });
        self.post("/v1/register/verify", &body).await
    }

    /// Registers a user. Returns the access token.
    pub async fn register(&self, app: &RunningApp, user: &User) -> String {
        let (flow, code) = self.register_until_code(app, user).await;
        self.submit_registration_code(&flow, &code)
            .await
            .access_token(201)
    }

    /// Begins a sign-in. Returns its flow token and the code from the text message.
    pub async fn sign_in_until_code(&self, app: &RunningApp, user: &User) -> (String, String) {
        let mut phone = app.simulator.phone_with_number(&user.phone);
        phone.skip_received_messages().await;
        let begun = self.submit_password(user).await;
        (begun.flow_token(200), phone.next_code().await)
    }

    /// Begins a sign-in with username and password.
    pub async fn submit_password(&self, user: &User) -> ApiResponse {
        let login = json!({ "identifier": user.username, "password": user.password });
        self.post("/v1/login", &login).await
    }

    /// Submits the code of a sign-in.
    pub async fn submit_sign_in_code(&self, flow: &str, code: &str) -> ApiResponse {
        let body = json!({ "flow": flow, "code": code });
        self.post("/v1/login/verify", &body).await
    }

    /// Signs in and returns the access token.
    pub async fn sign_in(&self, app: &RunningApp, user: &User) -> String {
        let (flow, code) = self.sign_in_until_code(app, user).await;
        self.submit_sign_in_code(&flow, &code)
            .await
            .access_token(200)
    }
}

impl ApiResponse {
    /// Returns the HTTP status.
    pub fn status(&self) -> u16 {
        self.response.status
    }

    /// Returns the body. Panics if the HTTP status differs.
    #[track_caller]
    pub fn expect_status(&self, status: u16) -> &Value {
        assert_eq!(self.response.status, status, "{}", self.body);
        &self.body
    }

    /// Returns the flow token in the body. Panics if the HTTP status differs.
    #[track_caller]
    pub fn flow_token(&self, status: u16) -> String {
        self.text_member(status, "flow")
    }

    /// Returns the access token in the body. Panics if the HTTP status differs.
    #[track_caller]
    pub fn access_token(&self, status: u16) -> String {
        self.text_member(status, "token")
    }

    /// Returns a text member of the body. Panics if the HTTP status differs.
    #[track_caller]
    pub fn text_member(&self, status: u16, member: &str) -> String {
        let text = self.expect_status(status)[member].as_str();
        text.unwrap_or_else(|| panic!("response has no text member {member}: {}", self.body))
            .to_owned()
    }

    /// Returns the body of an error response. Panics if HTTP status or error code differ.
    #[track_caller]
    pub fn expect_error(&self, status: u16, code: &str) -> &Value {
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
    /// Registers a user and signs in. Returns the user and a client with the access token, after the resend cooldown.
    pub async fn sign_in_new_api_user(&self) -> (User, ApiClient) {
        let user = self.register_user().await;
        let program = self.new_api_client();
        let token = program.sign_in(self, &user).await;
        self.skip_resend_cooldown().await;
        (user, program.with_token(&token))
    }
}

impl ApiClient {
    /// Builds the JSON body of a payment in US dollars.
    pub fn payment_body(amount: &Value) -> Value {
        json!({ "amount": amount, "currency": "USD", "recipient": "Acme Inc." })
    }

    /// Begins a payment in US dollars.
    pub async fn begin_payment(&self, amount: &str) -> ApiResponse {
        self.post(INITIATE_PATH, &Self::payment_body(&json!(amount)))
            .await
    }

    /// Begins a payment with this verification method and `Idempotency-Key`.
    pub async fn begin_payment_by_method(
        &self,
        method: &str,
        amount: &str,
        key: &str,
    ) -> ApiResponse {
        let mut payment = Self::payment_body(&json!(amount));
        payment["method"] = json!(method);
        self.send(self.payment_request_with_keys(&payment, &[key]))
            .await
    }

    /// Builds a payment request with one `Idempotency-Key` header for each key.
    pub fn payment_request_with_keys(&self, payment: &Value, keys: &[&str]) -> Request {
        let request = self.request("POST", INITIATE_PATH);
        let request = request.with_body("application/json", payment.to_string());
        keys.iter().fold(request, |request, key| {
            request.with_header("Idempotency-Key", key)
        })
    }

    /// Begins a payment that needs a code. Returns the payment id and the code.
    pub async fn begin_payment_until_code(
        &self,
        app: &RunningApp,
        user: &User,
    ) -> (String, String) {
        let mut phone = app.simulator.phone_with_number(&user.phone);
        phone.skip_received_messages().await;
        let begun = self.begin_payment(AMOUNT_ABOVE_THRESHOLD).await;
        assert_eq!(begun.expect_status(201)["status"], "pending");
        (
            begun.text_member(201, "payment_id"),
            phone.next_code().await,
        )
    }

    /// Submits the code of a payment.
    pub async fn confirm_payment(&self, payment: &str, code: &str) -> ApiResponse {
        let body = json!({ "payment_id": payment, "code": code });
        self.post(CONFIRM_PATH, &body).await
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
    if response.header("sallyport-device").is_some() {
        let header = &answer["headers"]["Sallyport-Device"];
        assert!(
            header.is_object(),
            "{method} {path}: the device header is not documented"
        );
    }
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
    let errors: Vec<String> = schema_validator(schema)
        .iter_errors(body)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{method} {path}: {body}: {errors:?}");
}

/// Returns the operations that the OpenAPI document describes for a path, by HTTP method.
fn documented_operations(path: &str) -> Option<&'static Value> {
    let path = path.split('?').next().unwrap_or_default();
    let paths = DOCUMENT["paths"]
        .as_object()
        .expect("OpenAPI document has paths");
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

/// Builds a JSON Schema validator for a schema of the OpenAPI document.
fn schema_validator(schema: &Value) -> Validator {
    // References start at the root of the document, so the components are part of the schema.
    let whole = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
    jsonschema::draft202012::new(&whole).expect("schema is valid")
}

/// Asserts that a response member in seconds counts down from `full`. The server has rendered it less than 20 seconds
/// after the start.
#[track_caller]
pub fn assert_countdown(left: &Value, full: u64) {
    let secs = left.as_u64();
    let is_near = secs.is_some_and(|secs| (full - 19..=full).contains(&secs));
    assert!(is_near, "{left} is not near {full}");
}

/// Returns the token with another first character, in the same alphabet: well formed, but unknown to the server.
pub fn alter_token(token: &str) -> String {
    let first = if token.starts_with('A') { 'B' } else { 'A' };
    token
        .chars()
        .enumerate()
        .map(|(at, c)| if at == 0 { first } else { c })
        .collect()
}
