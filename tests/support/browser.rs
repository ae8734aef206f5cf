//! A browser: cookies of its own, the headers a browser sends, and verbs as a user does them.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use domain::proof_of_work;
use domain::{Problem, Purpose, Step};

use super::app::Running;
use super::call::{self, Call};
use super::page;
use super::reply::Reply;
use super::user::User;
use super::wire::{Request, Response};

/// How the pages of a browser make their calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Islands are awake: JSON comes back.
    Script,
    /// A form, posted as HTML has it: a redirect comes back.
    Form,
}

#[derive(Clone, Debug)]
pub struct Browser {
    pub address: SocketAddr,
    mode: Mode,
    pub cookies: BTreeMap<String, String>,
    user_agent: &'static str,
    /// What its owner reads, as `Accept-Language` says it; empty says nothing.
    reads: &'static str,
    /// Every `Set-Cookie` line ever received, as it came.
    pub set_cookie_lines: Vec<String>,
}

impl Browser {
    pub(super) const fn new(address: SocketAddr) -> Self {
        Self {
            address,
            mode: Mode::Script,
            cookies: BTreeMap::new(),
            user_agent: "A browser",
            reads: "",
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
    pub const fn reading(mut self, languages: &'static str) -> Self {
        self.reads = languages;
        self
    }

    /// The request a call would be, cookies included.
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
        self.dressed(Request::new("POST", call.path))
            .with("Accept", accept)
            .with("Origin", &format!("http://{}", self.address))
            .with_form(&fields)
    }

    fn dressed(&self, request: Request) -> Request {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request
            .with("Sec-Fetch-Site", "same-origin")
            .with("User-Agent", self.user_agent);
        let request = match self.reads {
            "" => request,
            languages => request.with("Accept-Language", languages),
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

    /// Loads a page; follows nothing.
    pub async fn page(&mut self, path: &str) -> Response {
        let response = self.page_request("GET", path).send(self.address).await;
        self.keep_cookies(&response);
        response
    }

    pub fn page_request(&self, method: &str, path: &str) -> Request {
        self.dressed(Request::new(method, path))
            .with("Accept", "text/html")
            .with("Sec-Fetch-Mode", "navigate")
            .with("Sec-Fetch-Dest", "document")
    }

    /// Takes the cookies of an answer as a browser does.
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

    pub fn handle(&self, purpose: Purpose) -> Option<String> {
        self.cookies.get(call::handle_cookie(purpose)).cloned()
    }

    pub fn session(&self) -> Option<String> {
        self.cookies.get(call::SESSION_COOKIE).cloned()
    }

    /// A solved CAPTCHA, as the form would send it; empty where none is asked for.
    pub async fn solve_captcha(&mut self, purpose: Purpose) -> String {
        let challenge = self.call(&call::challenge(purpose)).await.response;
        let challenge: Option<String> =
            serde_json::from_slice(&challenge.body).expect("a challenge or none");
        let Some(challenge) = challenge else {
            return String::new();
        };
        let parsed = serde_json::from_str(&challenge).expect("a challenge");
        let mut solver = proof_of_work::Solver::new(&parsed).expect("a challenge of our kind");
        let solution = solver.step(u32::MAX).expect("a solution");
        proof_of_work::payload(&challenge, &solution)
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

    /// "Send OTP" and "Resend".
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

    /// Whether sign-in takes the password, whatever it asks for next.
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

    /// Makes a set of recovery codes in place of whatever there is, and reads them off the page.
    pub async fn make_recovery_codes(&mut self) -> Vec<String> {
        let page = self.page("/profile/recovery-codes?replace").await.text();
        let replacing = page::values(&page, "replacing");
        let call = call::create_recovery_codes(replacing.first().expect("a form"));
        let shown = self.call(&call).await.response.text();
        page::items(&shown, "recovery-codes")
    }

    /// Goes through a registration up to the code, and reads it.
    pub async fn register_up_to_the_code(&mut self, app: &Running, user: &User) -> String {
        self.register_details(user).await.step();
        self.credentials(user).await.step();
        let mut phone = app.simulator.phone(&user.phone);
        phone.skip_received_messages().await;
        self.send_code(Purpose::Registration).await.step();
        phone.next_code().await
    }

    /// Goes through a sign-in up to the code, and reads it.
    pub async fn sign_in_up_to_the_code(&mut self, app: &Running, user: &User) -> String {
        self.enter_password(&user.username, &user.password)
            .await
            .step();
        let mut phone = app.simulator.phone(&user.phone);
        phone.skip_received_messages().await;
        self.choose_sms().await.step();
        phone.next_code().await
    }

    pub async fn register(&mut self, app: &Running, user: &User) {
        let code = self.register_up_to_the_code(app, user).await;
        let step = self.enter_code(Purpose::Registration, &code).await.step();
        assert_eq!(step, Step::Registered);
    }

    pub async fn sign_in(&mut self, app: &Running, user: &User) {
        let code = self.sign_in_up_to_the_code(app, user).await;
        let step = self.enter_code(Purpose::SignIn, &code).await.step();
        assert_eq!(step, Step::Dashboard);
    }

    /// Whether the dashboard opens.
    pub async fn is_signed_in(&mut self) -> bool {
        let page = self.page("/dashboard").await;
        match page.status {
            200 => true,
            303 => false,
            other => panic!("the dashboard answered {other}: {}", page.text()),
        }
    }
}
