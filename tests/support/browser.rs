//! A browser for tests: cookies, browser headers, and the actions of a user.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use domain::proof_of_work;
use domain::{Problem, Purpose, Step};

use super::app::RunningApp;
use super::call::{self, FormPost};
use super::page;
use super::reply::FormResponse;
use super::user::User;
use super::wire::{Request, Response};

/// How pages of the browser call the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// With scripts: the server responds with JSON.
    Script,
    /// Without scripts: the browser posts a form, and the server responds with a redirect.
    Form,
}

/// A browser with its cookies.
#[derive(Clone, Debug)]
pub struct Browser {
    pub address: SocketAddr,
    mode: Mode,
    pub cookies: BTreeMap<String, String>,
    user_agent: &'static str,
    /// The `Accept-Language` header. Empty to send none.
    accept_language: &'static str,
    /// The client address in `X-Forwarded-For`. Empty to send no such header.
    client_address: String,
    /// All `Set-Cookie` headers that the browser has received.
    pub set_cookie_lines: Vec<String>,
}

impl Browser {
    pub(super) const fn new(address: SocketAddr) -> Self {
        Self {
            address,
            mode: Mode::Script,
            cookies: BTreeMap::new(),
            user_agent: "A browser",
            accept_language: "",
            client_address: String::new(),
            set_cookie_lines: Vec::new(),
        }
    }

    /// Disables scripts: calls become form posts that redirect.
    #[must_use]
    pub const fn without_scripts(mut self) -> Self {
        self.mode = Mode::Form;
        self
    }

    /// Sends this `User-Agent` header.
    #[must_use]
    pub const fn with_user_agent(mut self, user_agent: &'static str) -> Self {
        self.user_agent = user_agent;
        self
    }

    /// Sends this `Accept-Language` header.
    #[must_use]
    pub const fn with_accept_language(mut self, languages: &'static str) -> Self {
        self.accept_language = languages;
        self
    }

    /// Sends this address in `X-Forwarded-For`, like a proxy. Needs `SALLYPORT_TRUSTED_PROXIES=127.0.0.1`.
    #[must_use]
    pub fn at_address(mut self, address: &str) -> Self {
        address.clone_into(&mut self.client_address);
        self
    }

    /// Builds the request for a form post, with cookies and browser headers.
    pub fn form_request(&self, call: &FormPost) -> Request {
        let fields: Vec<(&str, &str)> = call
            .fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let accept = match self.mode {
            Mode::Script => "application/json",
            Mode::Form => "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        };
        self.with_browser_headers(Request::new("POST", call.path))
            .with_header("Accept", accept)
            .with_header("Origin", &format!("http://{}", self.address))
            .with_form(&fields)
    }

    /// Adds cookies and browser headers to a request.
    fn with_browser_headers(&self, request: Request) -> Request {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request
            .with_header("Sec-Fetch-Site", "same-origin")
            .with_header("User-Agent", self.user_agent);
        let request = match self.accept_language {
            "" => request,
            languages => request.with_header("Accept-Language", languages),
        };
        let request = match self.client_address.as_str() {
            "" => request,
            address => request.with_header("X-Forwarded-For", address),
        };
        if cookies.is_empty() {
            request
        } else {
            request.with_header("Cookie", &cookies.join("; "))
        }
    }

    /// Submits a form, stores the cookies of the response, and returns the response.
    pub async fn submit_form(&mut self, call: &FormPost) -> FormResponse {
        let response = self.form_request(call).send(self.address).await;
        self.store_cookies(&response);
        FormResponse::new(response)
    }

    /// Loads a page and stores its cookies. Does not follow redirects.
    pub async fn load_page(&mut self, path: &str) -> Response {
        let response = self.page_request("GET", path).send(self.address).await;
        self.store_cookies(&response);
        response
    }

    /// Builds a request for a page, with cookies and browser headers.
    pub fn page_request(&self, method: &str, path: &str) -> Request {
        self.with_browser_headers(Request::new(method, path))
            .with_header("Accept", "text/html")
            .with_header("Sec-Fetch-Mode", "navigate")
            .with_header("Sec-Fetch-Dest", "document")
    }

    /// Stores the cookies of a response, and removes those that it deletes.
    pub fn store_cookies(&mut self, response: &Response) {
        for line in response.header_values("set-cookie") {
            self.set_cookie_lines.push(line.to_owned());
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').expect("Set-Cookie header has a value");
            if attributes.contains("Max-Age=0") || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Returns the flow token for a purpose from its cookie.
    pub fn flow_token(&self, purpose: Purpose) -> Option<String> {
        self.cookies.get(call::flow_token_cookie(purpose)).cloned()
    }

    /// Returns the session token from its cookie.
    pub fn session_token(&self) -> Option<String> {
        self.cookies.get(call::SESSION_COOKIE).cloned()
    }

    /// Solves the CAPTCHA of a form. Returns an empty text if the form needs none.
    pub async fn solve_captcha(&mut self, purpose: Purpose) -> String {
        let challenge = self
            .submit_form(&call::request_captcha_challenge(purpose))
            .await
            .response;
        let challenge: Option<String> =
            serde_json::from_slice(&challenge.body).expect("response is a challenge or null");
        let Some(challenge) = challenge else {
            return String::new();
        };
        let parsed = serde_json::from_str(&challenge).expect("challenge is JSON");
        let mut solver = proof_of_work::Solver::new(&parsed).expect("challenge is supported");
        let solution = solver
            .search_next_counters(u32::MAX)
            .expect("challenge has a solution");
        proof_of_work::encode_payload(&challenge, &solution)
    }

    /// Submits the first page of a registration with a solved CAPTCHA.
    pub async fn submit_registration_details(&mut self, user: &User) -> FormResponse {
        let mut scripted = self.clone();
        scripted.mode = Mode::Script;
        let captcha = scripted.solve_captcha(Purpose::Registration).await;
        self.submit_form(&call::submit_registration_details(user, &captcha))
            .await
    }

    /// Submits password and phone number of a registration.
    pub async fn submit_registration_credentials(&mut self, user: &User) -> FormResponse {
        self.submit_form(&call::submit_registration_credentials(
            &user.password,
            &user.phone,
        ))
        .await
    }

    /// Presses "Send OTP" or "Resend".
    pub async fn send_code(&mut self, purpose: Purpose) -> FormResponse {
        self.submit_form(&call::request_code(purpose)).await
    }

    /// Enters a code.
    pub async fn enter_code(&mut self, purpose: Purpose, code: &str) -> FormResponse {
        self.submit_form(&call::submit_code(purpose, code)).await
    }

    /// Enters username or e-mail address, and password, with a solved CAPTCHA.
    pub async fn enter_password(&mut self, identifier: &str, password: &str) -> FormResponse {
        let mut scripted = self.clone();
        scripted.mode = Mode::Script;
        let captcha = scripted.solve_captcha(Purpose::SignIn).await;
        self.submit_form(&call::submit_password(identifier, password, &captcha))
            .await
    }

    /// Returns whether a sign-in accepts the password, regardless of the next step.
    ///
    /// Panics if the sign-in is refused for another reason, such as a limit.
    pub async fn is_password_accepted(&mut self, identifier: &str, password: &str) -> bool {
        let reply = self.enter_password(identifier, password).await;
        if reply.is_refused() {
            assert_eq!(reply.expect_problem(), Problem::Credentials);
            return false;
        }
        true
    }

    /// Chooses the text message as the second factor of a sign-in.
    pub async fn choose_sms_method(&mut self) -> FormResponse {
        self.submit_form(&call::choose_method("sms")).await
    }

    /// Returns to the choice of the second factor.
    pub async fn choose_another_method(&mut self) -> FormResponse {
        self.submit_form(&call::choose_another_method()).await
    }

    /// Cancels the verification in progress for a purpose.
    pub async fn cancel_flow(&mut self, purpose: Purpose) -> FormResponse {
        self.submit_form(&call::cancel_flow(purpose)).await
    }

    /// Signs out of the session.
    pub async fn sign_out(&mut self) -> FormResponse {
        self.submit_form(&call::sign_out()).await
    }

    /// Creates recovery codes that replace existing ones. Returns the codes that the page shows.
    pub async fn create_recovery_codes(&mut self) -> Vec<String> {
        let form = self.load_recovery_codes_form().await;
        let shown = self.submit_form(&form).await.response.text();
        page::list_items(&shown, "recovery-codes")
    }

    /// Loads the page that replaces the recovery codes, and returns its form.
    pub async fn load_recovery_codes_form(&mut self) -> FormPost {
        let page = self
            .load_page("/profile/recovery-codes?replace")
            .await
            .text();
        let replacing = page::hidden_input_values(&page, "replacing");
        call::create_recovery_codes(
            replacing
                .first()
                .expect("page has a form for recovery codes"),
        )
    }

    /// Submits the details and credentials of a registration. Next, the user requests a code.
    pub async fn begin_registration(&mut self, user: &User) {
        self.submit_registration_details(user).await.expect_step();
        self.submit_registration_credentials(user)
            .await
            .expect_step();
    }

    /// Enters username and password. Returns the next step.
    pub async fn begin_sign_in(&mut self, user: &User) -> Step {
        self.enter_password(&user.username, &user.password)
            .await
            .expect_step()
    }

    /// Chooses the text message as the second factor. Returns the code from the text message.
    pub async fn request_sms_code(
        &mut self,
        app: &RunningApp,
        purpose: Purpose,
        user: &User,
    ) -> String {
        let mut phone = app.simulator.phone_with_number(&user.phone);
        phone.skip_received_messages().await;
        let chosen = call::choose_method_for(purpose, "sms");
        self.submit_form(&chosen).await.expect_code_entry();
        phone.next_code().await
    }

    /// Enters the next code that the phone of the user has received. Returns the next step.
    pub async fn enter_next_code(
        &mut self,
        app: &RunningApp,
        purpose: Purpose,
        user: &User,
    ) -> Step {
        let mut phone = app.simulator.phone_with_number(&user.phone);
        let code = phone.next_code().await;
        self.enter_code(purpose, &code).await.expect_step()
    }

    /// Begins a registration. Returns the code from the text message.
    pub async fn register_until_code(&mut self, app: &RunningApp, user: &User) -> String {
        self.begin_registration(user).await;
        let mut phone = app.simulator.phone_with_number(&user.phone);
        phone.skip_received_messages().await;
        self.send_code(Purpose::Registration).await.expect_step();
        phone.next_code().await
    }

    /// Begins a sign-in. Returns the code from the text message.
    pub async fn sign_in_until_code(&mut self, app: &RunningApp, user: &User) -> String {
        self.begin_sign_in(user).await;
        let mut phone = app.simulator.phone_with_number(&user.phone);
        phone.skip_received_messages().await;
        self.choose_sms_method().await.expect_step();
        phone.next_code().await
    }

    /// Registers a user, and marks the e-mail address as verified.
    pub async fn register(&mut self, app: &RunningApp, user: &User) {
        self.register_without_email_proof(app, user).await;
        app.mark_email_as_verified(user).await;
    }

    /// Registers a user whose e-mail address stays unverified.
    pub async fn register_without_email_proof(&mut self, app: &RunningApp, user: &User) {
        let code = self.register_until_code(app, user).await;
        let step = self
            .enter_code(Purpose::Registration, &code)
            .await
            .expect_step();
        assert_eq!(step, Step::Registered);
    }

    /// Signs in with password and text message.
    pub async fn sign_in(&mut self, app: &RunningApp, user: &User) {
        let code = self.sign_in_until_code(app, user).await;
        let step = self.enter_code(Purpose::SignIn, &code).await.expect_step();
        assert_eq!(step, Step::Dashboard);
    }

    /// Returns whether the dashboard opens without a redirect.
    pub async fn is_signed_in(&mut self) -> bool {
        let page = self.load_page("/dashboard").await;
        match page.status {
            200 => true,
            303 => false,
            other => panic!("dashboard responded with status {other}: {}", page.text()),
        }
    }
}
