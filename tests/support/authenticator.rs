//! An authenticator app, implemented from RFC 6238 and independent of the server.

use domain::{ProtectedArea, Purpose, Step};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use super::app::RunningApp;
use super::browser::Browser;
use super::reply::Reply;
use super::simulator::Simulator;
use super::user::User;
use super::{call, page};

/// The page that sets up an authenticator app.
pub const PAGE: &str = "/profile/authenticator";

const STEP_SECS: u64 = 30;

/// An authenticator app with one secret.
#[derive(Clone, Debug)]
pub struct Authenticator {
    /// The key for manual entry, without blanks.
    pub key: String,
    pub secret: Vec<u8>,
    simulator: Simulator,
}

impl Authenticator {
    /// Reads the key from a page. `None` if the page shows no key.
    pub fn read(page: &str, simulator: Simulator) -> Option<Self> {
        let shown = page::between(page, "class=\"key\">", "<").pop()?;
        let key = shown.replace(' ', "");
        Some(Self {
            secret: decode_base32(&key),
            key,
            simulator,
        })
    }

    /// Uses the clock of another simulator, for example after a restart.
    #[must_use]
    pub fn with_clock_of(self, simulator: Simulator) -> Self {
        Self { simulator, ..self }
    }

    /// The current code.
    pub async fn code(&self) -> String {
        self.code_at(self.simulator.now_secs().await)
    }

    /// The code in `secs` seconds.
    pub async fn code_after_secs(&self, secs: u64) -> String {
        self.code_at(self.simulator.now_secs().await + secs)
    }

    /// The code of `secs` seconds ago.
    pub async fn code_before_secs(&self, secs: u64) -> String {
        self.code_at(self.simulator.now_secs().await - secs)
    }

    fn code_at(&self, secs: u64) -> String {
        let mac = Hmac::<Sha1>::new_from_slice(&self.secret).expect("HMAC keys have any length");
        let digest = mac
            .chain_update((secs / STEP_SECS).to_be_bytes())
            .finalize();
        let digest = digest.into_bytes();
        let offset = usize::from(digest[19] & 0x0f);
        let four = [0, 1, 2, 3].map(|at| digest[offset + at]);
        let number = u32::from_be_bytes(four) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

impl Browser {
    /// The app with the key that the page shows. `None` if the page shows no key.
    pub async fn authenticator_key(&mut self, app: &RunningApp) -> Option<Authenticator> {
        let page = self.page(PAGE).await;
        assert_eq!(page.status, 200, "{}", page.text());
        Authenticator::read(&page.text(), app.simulator)
    }

    /// Requests a key. The app is not confirmed yet.
    pub async fn begin_authenticator(&mut self, app: &RunningApp) -> Authenticator {
        let step = self.call(&call::begin_authenticator()).await.step();
        let area = ProtectedArea::Authenticator;
        assert_eq!(step, Step::Opened { area });
        let key = self.authenticator_key(app).await;
        key.expect("the page shows a key")
    }

    /// Enters the first code of the app.
    pub async fn confirm_authenticator(&mut self, code: &str) -> Reply {
        self.call(&call::confirm_authenticator(code)).await
    }

    /// Completes a step-up with password and text message.
    pub async fn step_up(&mut self, app: &RunningApp, user: &User) {
        self.call(&call::step_up(&user.password)).await.step();
        let mut phone = app.simulator.phone(&user.phone);
        phone.skip_received_messages().await;
        let chosen = call::method_of(Purpose::StepUp, "sms");
        self.call(&chosen).await.step();
        let code = phone.next_code().await;
        self.enter_code(Purpose::StepUp, &code).await.step();
    }
}

impl RunningApp {
    /// A new user who is signed in and has an authenticator app. Its code has just changed.
    pub async fn member_with_authenticator(&self) -> (User, Browser, Authenticator) {
        let user = self.member().await;
        let mut browser = self.browser();
        browser.sign_in(self, &user).await;
        let authenticator = browser.begin_authenticator(self).await;
        let code = authenticator.code().await;
        let step = browser.confirm_authenticator(&code).await.step();
        assert_eq!(step, Step::AuthenticatorAdded);
        // Codes up to the present step may have been used.
        self.simulator.advance(30).await;
        self.simulator.advance_to_next_totp_step().await;
        (user, browser, authenticator)
    }

    /// A browser whose sign-in waits for a code of the authenticator app.
    pub async fn up_to_the_authenticator(&self, user: &User) -> Browser {
        let mut browser = self.browser();
        let reply = browser.enter_password(&user.username, &user.password);
        reply.await.step();
        let entry = browser.call(&call::method("totp")).await.entry();
        assert_eq!(entry.sent, None, "nothing is sent");
        browser
    }

    pub async fn sign_in_by_authenticator(&self, user: &User, code: &str) -> Reply {
        let mut browser = self.up_to_the_authenticator(user).await;
        browser.enter_code(Purpose::SignIn, code).await
    }
}

impl Simulator {
    /// The time of the simulator in seconds. An app in the same process has the same time.
    pub async fn now_secs(&self) -> u64 {
        let clock = self.get("clock").await.json();
        let now = clock["now"].as_str().expect("a time");
        let now: jiff::Timestamp = now.parse().expect("RFC 3339");
        now.as_second().try_into().expect("after 1970")
    }

    /// Advances the clock to the start of the next time step, when all authenticator apps change their codes.
    pub async fn advance_to_next_totp_step(&self) {
        let into = self.now_secs().await % STEP_SECS;
        self.advance(STEP_SECS - into).await;
    }
}

fn decode_base32(text: &str) -> Vec<u8> {
    let bits = text.bytes().flat_map(|letter| {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            other => panic!("{:?} is not base32", char::from(other)),
        };
        (0..5).rev().map(move |at| value >> at & 1)
    });
    let bits: Vec<u8> = bits.collect();
    bits.chunks_exact(8)
        .map(|eight| eight.iter().fold(0, |byte, bit| byte << 1 | bit))
        .collect()
}
