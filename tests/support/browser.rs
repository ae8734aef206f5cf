//! A browser: cookies, the headers that a browser sends, and the actions of a user.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use domain::proof_of_work;
use domain::{Problem, Purpose, Step};

use super::app::RunningApp;
use super::call::{self, Call};
use super::page;
use super::reply::Reply;
use super::user::User;
use super::wire::{Request, Response};

/// How the pages of a browser call the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// With scripts: the response is JSON.
    Script,
    /// Without scripts: the browser posts a form, and the response is a redirect.
    Form,
}

/// A browser with its cookies.
#[derive(Clone, Debug)]
pub struct Browser {
    pub address: SocketAddr,
    mode: Mode,
    pub cookies: BTreeMap<String, String>,
    user_agent: &'static str,
    /// The `Accept-Language` header; empty for none.
    accept_language: &'static str,
    /// The client address that a trusted proxy reports; empty for the address of the connection.
    client_address: String,
    /// All `Set-Cookie` headers that the browser received.
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

    #[must_use]
    pub const fn without_scripts(mut self) -> Self {
        self.mode = Mode::Form;
        self
    }

    #[must_use]
    pub const fn with_user_agent(mut self, user_agent: &'static str) -> Self {
        self.user_agent = user_agent;
        self
    }

    #[must_use]
    pub const fn with_accept_language(mut self, languages: &'static str) -> Self {
        self.accept_language = languages;
        self
    }

    /// Sends all requests from this address, as a proxy reports it. Needs `SALLYPORT_TRUSTED_PROXIES=127.0.0.1`.
    #[must_use]
    pub fn at_address(mut self, address: &str) -> Self {
        address.clone_into(&mut self.client_address);
        self
    }

    /// The request of a call, with cookies.
    pub fn request(&self, call: &Call) -> Request {
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
            .with("Accept", accept)
            .with("Origin", &format!("http://{}", self.address))
            .with_form(&fields)
    }

    fn with_browser_headers(&self, request: Request) -> Request {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request
            .with("Sec-Fetch-Site", "same-origin")
            .with("User-Agent", self.user_agent);
        let request = match self.accept_language {
            "" => request,
            languages => request.with("Accept-Language", languages),
        };
        let request = match self.client_address.as_str() {
            "" => request,
            address => request.with("X-Forwarded-For", address),
        };
        if cookies.is_empty() {
            request
        } else {
            request.with("Cookie", &cookies.join("; "))
        }
    }

    pub async fn call(&mut self, call: &Call) -> Reply {
        let response = self.request(call).send(self.address).await;
        self.keep_cookies(&response);
        Reply::new(response)
    }

    /// Loads a page. Does not follow redirects.
    pub async fn page(&mut self, path: &str) -> Response {
        let response = self.page_request("GET", path).send(self.address).await;
        self.keep_cookies(&response);
        response
    }

    pub fn page_request(&self, method: &str, path: &str) -> Request {
        self.with_browser_headers(Request::new(method, path))
            .with("Accept", "text/html")
            .with("Sec-Fetch-Mode", "navigate")
            .with("Sec-Fetch-Dest", "document")
    }

    /// Stores the cookies of a response.
    pub fn keep_cookies(&mut self, response: &Response) {
        for line in response.all("set-cookie") {
            self.set_cookie_lines.push(line.to_owned());
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').expect("a cookie has a value");
            if attributes.contains("Max-Age=0") || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub fn flow_token(&self, purpose: Purpose) -> Option<String> {
        self.cookies.get(call::flow_token_cookie(purpose)).cloned()
    }

    pub fn session(&self) -> Option<String> {
        self.cookies.get(call::SESSION_COOKIE).cloned()
    }

    /// Solves the CAPTCHA of a form. Empty if no CAPTCHA is needed.
    pub async fn solve_captcha(&mut self, purpose: Purpose) -> String {
        let challenge = self.call(&call::challenge(purpose)).await.response;
        let challenge: Option<String> =
            serde_json::from_slice(&challenge.body).expect("a challenge or none");
        let Some(challenge) = challenge else {
            return String::new();
        };
        let parsed = serde_json::from_str(&challenge).expect("a challenge");
        let mut solver = proof_of_work::Solver::new(&parsed).expect("a supported challenge");
        let solution = solver.search(u32::MAX).expect("a solution");
        proof_of_work::encode_payload(&challenge, &solution)
    }

    pub async fn register_details(&mut self, user: &User) -> Reply {
        let mut scripted = self.clone();
        scripted.mode = Mode::Script;
        let captcha = scripted.solve_captcha(Purpose::Registration).await;
        self.call(&call::details(user, &captcha)).await
    }

    pub async fn credentials(&mut self, user: &User) -> Reply {
        self.call(&call::credentials(&user.password, &user.phone))
            .await
    }

    /// Presses "Send OTP" or "Resend".
    pub async fn send_code(&mut self, purpose: Purpose) -> Reply {
        self.call(&call::send(purpose)).await
    }

    pub async fn enter_code(&mut self, purpose: Purpose, code: &str) -> Reply {
        self.call(&call::check(purpose, code)).await
    }

    pub async fn enter_password(&mut self, identifier: &str, password: &str) -> Reply {
        let mut scripted = self.clone();
        scripted.mode = Mode::Script;
        let captcha = scripted.solve_captcha(Purpose::SignIn).await;
        self.call(&call::password(identifier, password, &captcha))
            .await
    }

    /// Whether a sign-in accepts the password, regardless of the next step.
    pub async fn password_is_accepted(&mut self, identifier: &str, password: &str) -> bool {
        let reply = self.enter_password(identifier, password).await;
        !reply.is_refused() || reply.problem() != Problem::Credentials
    }

    pub async fn choose_sms(&mut self) -> Reply {
        self.call(&call::method("sms")).await
    }

    pub async fn another_method(&mut self) -> Reply {
        self.call(&call::another_method()).await
    }

    pub async fn cancel(&mut self, purpose: Purpose) -> Reply {
        self.call(&call::cancel(purpose)).await
    }

    pub async fn sign_out(&mut self) -> Reply {
        self.call(&call::sign_out()).await
    }

    /// Creates recovery codes in place of existing ones, and reads them from the page.
    pub async fn make_recovery_codes(&mut self) -> Vec<String> {
        let page = self.page("/profile/recovery-codes?replace").await.text();
        let replacing = page::values(&page, "replacing");
        let call = call::create_recovery_codes(replacing.first().expect("a form"));
        let shown = self.call(&call).await.response.text();
        page::items(&shown, "recovery-codes")
    }

    /// Begins a registration. Returns its code.
    pub async fn register_up_to_the_code(&mut self, app: &RunningApp, user: &User) -> String {
        self.register_details(user).await.step();
        self.credentials(user).await.step();
        let mut phone = app.simulator.phone(&user.phone);
        phone.skip_received_messages().await;
        self.send_code(Purpose::Registration).await.step();
        phone.next_code().await
    }

    /// Begins a sign-in. Returns its code.
    pub async fn sign_in_up_to_the_code(&mut self, app: &RunningApp, user: &User) -> String {
        self.enter_password(&user.username, &user.password)
            .await
            .step();
        let mut phone = app.simulator.phone(&user.phone);
        phone.skip_received_messages().await;
        self.choose_sms().await.step();
        phone.next_code().await
    }

    /// Registers, and counts the e-mail address as proven.
    pub async fn register(&mut self, app: &RunningApp, user: &User) {
        self.register_without_email_proof(app, user).await;
        app.count_email_as_proven(user).await;
    }

    pub async fn register_without_email_proof(&mut self, app: &RunningApp, user: &User) {
        let code = self.register_up_to_the_code(app, user).await;
        let step = self.enter_code(Purpose::Registration, &code).await.step();
        assert_eq!(step, Step::Registered);
    }

    pub async fn sign_in(&mut self, app: &RunningApp, user: &User) {
        let code = self.sign_in_up_to_the_code(app, user).await;
        let step = self.enter_code(Purpose::SignIn, &code).await.step();
        assert_eq!(step, Step::Dashboard);
    }

    /// Whether the dashboard is shown.
    pub async fn is_signed_in(&mut self) -> bool {
        let page = self.page("/dashboard").await;
        match page.status {
            200 => true,
            303 => false,
            other => panic!("the dashboard answered {other}: {}", page.text()),
        }
    }
}
