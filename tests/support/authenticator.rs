//! An authenticator app for tests. It implements RFC 6238 independently of the server.

use domain::{ProtectedArea, Purpose, Step};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use super::app::RunningApp;
use super::browser::Browser;
use super::reply::FormResponse;
use super::simulator::Simulator;
use super::user::User;
use super::{call, page, wrong_code};

/// The path of the page that sets up an authenticator app.
pub const PAGE: &str = "/profile/authenticator";

/// The number of seconds for which a code is valid.
const STEP_SECS: u64 = 30;

/// The number of time steps before and after the current one whose codes [`Authenticator::wrong_code`] avoids. The
/// server recognises the codes of 20 steps.
const AVOIDED_STEPS: u64 = 40;

/// An authenticator app that holds one secret.
#[derive(Clone, Debug)]
pub struct Authenticator {
    /// The base32 key for manual entry, without spaces.
    pub key: String,
    pub secret: Vec<u8>,
    simulator: Simulator,
}

impl Authenticator {
    /// Reads the key from the HTML of the set-up page. `None` if the page shows no key.
    pub fn read_from_page(page: &str, simulator: Simulator) -> Option<Self> {
        let shown = page::texts_between(page, "class=\"key\">", "<").pop()?;
        let key = shown.replace(' ', "");
        Some(Self {
            secret: decode_base32(&key),
            key,
            simulator,
        })
    }

    /// Reads the time from another simulator, for example after a restart.
    #[must_use]
    pub fn with_clock_from(self, simulator: Simulator) -> Self {
        Self { simulator, ..self }
    }

    /// Returns the code that is valid now.
    pub async fn current_code(&self) -> String {
        self.code_at(self.simulator.now_secs().await)
    }

    /// Returns the code that will be valid in `secs` seconds.
    pub async fn code_after_secs(&self, secs: u64) -> String {
        self.code_at(self.simulator.now_secs().await + secs)
    }

    /// Returns the code that was valid `secs` seconds ago.
    pub async fn code_before_secs(&self, secs: u64) -> String {
        self.code_at(self.simulator.now_secs().await - secs)
    }

    /// Returns a code that is wrong now, and at every time of the last and the next 20 minutes. Each call returns a
    /// different one.
    ///
    /// The server accepts the codes of the adjacent time steps too, and its error for a code of another time differs.
    pub async fn wrong_code(&self) -> String {
        let first = self.simulator.now_secs().await - AVOIDED_STEPS * STEP_SECS;
        let avoided: Vec<String> = (0..=2 * AVOIDED_STEPS)
            .map(|steps| self.code_at(first + steps * STEP_SECS))
            .collect();
        // The candidates are all different, so one of them is not among the avoided codes.
        (0..=avoided.len())
            .map(|_| wrong_code("000000"))
            .find(|code| !avoided.contains(code))
            .expect("one candidate is wrong")
    }

    /// Computes the code for a Unix time in seconds (RFC 6238 section 4.2).
    fn code_at(&self, secs: u64) -> String {
        let mac = Hmac::<Sha1>::new_from_slice(&self.secret).expect("HMAC accepts any key length");
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
    /// Loads the set-up page and reads its key. `None` if the page shows no key.
    pub async fn read_authenticator_key(&mut self, app: &RunningApp) -> Option<Authenticator> {
        let page = self.load_page(PAGE).await;
        assert_eq!(page.status, 200, "{}", page.text());
        Authenticator::read_from_page(&page.text(), app.simulator)
    }

    /// Requests a key for an authenticator app. The first code is not confirmed yet.
    pub async fn begin_authenticator_set_up(&mut self, app: &RunningApp) -> Authenticator {
        let step = self
            .submit_form(&call::begin_authenticator())
            .await
            .expect_step();
        let area = ProtectedArea::Authenticator;
        assert_eq!(step, Step::ProtectedAreaOpened { area });
        let key = self.read_authenticator_key(app).await;
        key.expect("set-up page shows a key")
    }

    /// Enters the first code of a new authenticator app.
    pub async fn confirm_authenticator(&mut self, code: &str) -> FormResponse {
        self.submit_form(&call::confirm_authenticator(code)).await
    }

    /// Completes a step-up with password and text message.
    pub async fn complete_step_up(&mut self, app: &RunningApp, user: &User) {
        self.submit_form(&call::begin_step_up(&user.password))
            .await
            .expect_step();
        let code = self.request_sms_code(app, Purpose::StepUp, user).await;
        self.enter_code(Purpose::StepUp, &code).await.expect_step();
    }
}

impl RunningApp {
    /// Registers a user, signs in and adds an authenticator app. Returns after the start of a time step, so that its
    /// code is unused.
    pub async fn register_user_with_authenticator(&self) -> (User, Browser, Authenticator) {
        let user = self.register_user().await;
        let mut browser = self.new_browser();
        browser.sign_in(self, &user).await;
        let authenticator = browser.begin_authenticator_set_up(self).await;
        let code = authenticator.current_code().await;
        let step = browser.confirm_authenticator(&code).await.expect_step();
        assert_eq!(step, Step::AuthenticatorAdded);
        // Codes up to the present step may have been used.
        self.simulator.advance_clock(30).await;
        self.simulator.advance_to_next_totp_step().await;
        (user, browser, authenticator)
    }

    /// Begins a sign-in that waits for a code of the authenticator app.
    pub async fn sign_in_until_totp_code(&self, user: &User) -> Browser {
        let mut browser = self.new_browser();
        browser.begin_sign_in(user).await;
        let entry = browser
            .submit_form(&call::choose_method("totp"))
            .await
            .expect_code_entry();
        assert_eq!(entry.sent, None, "nothing is sent");
        browser
    }

    /// Begins a sign-in that waits for a recovery code.
    pub async fn sign_in_until_recovery_code(&self, user: &User) -> Browser {
        let mut browser = self.new_browser();
        browser.begin_sign_in(user).await;
        let chosen = call::choose_method("recovery");
        let step = browser.submit_form(&chosen).await.expect_step();
        let Step::EnterRecoveryCode { purpose, .. } = step else {
            panic!("{step:?}")
        };
        assert_eq!(purpose, Purpose::SignIn);
        browser
    }

    /// Signs in with the password and this code of the authenticator app.
    pub async fn sign_in_with_totp_code(&self, user: &User, code: &str) -> FormResponse {
        let mut browser = self.sign_in_until_totp_code(user).await;
        browser.enter_code(Purpose::SignIn, code).await
    }
}

impl Simulator {
    /// Returns the Unix time of the simulator in seconds. An app in the same process has the same time.
    pub async fn now_secs(&self) -> u64 {
        let clock = self.get_json("clock").await.json();
        let now = clock["now"].as_str().expect("clock has a time");
        let now: jiff::Timestamp = now.parse().expect("time is in RFC 3339 format");
        now.as_second().try_into().expect("time is after 1970")
    }

    /// Advances the clock to the start of the next 30-second time step, when authenticator apps change their codes.
    pub async fn advance_to_next_totp_step(&self) {
        let into = self.now_secs().await % STEP_SECS;
        self.advance_clock(STEP_SECS - into).await;
    }
}

/// Decodes unpadded base32 text (RFC 4648).
fn decode_base32(text: &str) -> Vec<u8> {
    let bits = text.bytes().flat_map(|letter| {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            other => panic!("character {:?} is not base32", char::from(other)),
        };
        (0..5).rev().map(move |at| value >> at & 1)
    });
    let bits: Vec<u8> = bits.collect();
    bits.chunks_exact(8)
        .map(|eight| eight.iter().fold(0, |byte, bit| byte << 1 | bit))
        .collect()
}
