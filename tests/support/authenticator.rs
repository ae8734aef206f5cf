//! An authenticator app on somebody's phone, written from RFC 6238 and not from the server's code.

use domain::{ProtectedArea, Purpose, Step};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use super::app::Running;
use super::browser::Browser;
use super::reply::Reply;
use super::simulator::Simulator;
use super::user::User;
use super::{call, page};

/// Where it is set up.
pub const PAGE: &str = "/profile/authenticator";

const STEP_SECS: u64 = 30;

#[derive(Clone, Debug)]
pub struct Authenticator {
    /// As the page showed it, without its blanks.
    pub key: String,
    pub secret: Vec<u8>,
    simulator: Simulator,
}

impl Authenticator {
    /// Types in the key a page shows; `None` if it shows none.
    pub fn read(page: &str, simulator: Simulator) -> Option<Self> {
        let shown = page::between(page, "class=\"key\">", "<").pop()?;
        let key = shown.replace(' ', "");
        Some(Self {
            secret: unbase32(&key),
            key,
            simulator,
        })
    }

    /// The same app, by the clock of a server that was started again.
    #[must_use]
    pub fn at(self, simulator: Simulator) -> Self {
        Self { simulator, ..self }
    }

    /// What it shows now.
    pub async fn code(&self) -> String {
        self.code_at(self.simulator.now_secs().await)
    }

    /// What it shows `secs` later.
    pub async fn code_after_secs(&self, secs: u64) -> String {
        self.code_at(self.simulator.now_secs().await + secs)
    }

    fn code_at(&self, secs: u64) -> String {
        let mac = Hmac::<Sha1>::new_from_slice(&self.secret).expect("any length will do");
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
    /// Types in the key that its page shows, if it shows one.
    pub async fn authenticator_key(&mut self, app: &Running) -> Option<Authenticator> {
        let page = self.page(PAGE).await;
        assert_eq!(page.status, 200, "{}", page.text());
        Authenticator::read(&page.text(), app.simulator)
    }

    /// Asks for a key and types it in; nothing is confirmed yet.
    pub async fn begin_authenticator(&mut self, app: &Running) -> Authenticator {
        let step = self.call(&call::begin_authenticator()).await.step();
        let area = ProtectedArea::Authenticator;
        assert_eq!(step, Step::Opened { area });
        let key = self.authenticator_key(app).await;
        key.expect("the page shows a key")
    }

    /// Enters the first code of a key.
    pub async fn confirm_authenticator(&mut self, code: &str) -> Reply {
        self.call(&call::confirm_authenticator(code)).await
    }

    /// Password and a code by text message once more.
    pub async fn step_up(&mut self, app: &Running, user: &User) {
        self.call(&call::step_up(&user.password)).await.step();
        let mut phone = app.simulator.phone(&user.phone);
        phone.skip_received_messages().await;
        let chosen = call::method_of(Purpose::StepUp, "sms");
        self.call(&chosen).await.step();
        let code = phone.next_code().await;
        self.enter_code(Purpose::StepUp, &code).await.step();
    }
}

impl Running {
    /// Somebody signed in whose app is set up, at a moment when its code has just changed.
    pub async fn member_with_authenticator(&self) -> (User, Browser, Authenticator) {
        let user = self.member().await;
        let mut browser = self.browser();
        browser.sign_in(self, &user).await;
        let authenticator = browser.begin_authenticator(self).await;
        let code = authenticator.code().await;
        let step = browser.confirm_authenticator(&code).await.step();
        assert_eq!(step, Step::AuthenticatorAdded);
        // Past every code that may be burned by now.
        self.simulator.advance(30).await;
        self.simulator.advance_to_next_totp_step().await;
        (user, browser, authenticator)
    }

    /// A browser in which the password was given and the app was chosen.
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
    /// Its time, and that of an app in the same process.
    pub async fn now_secs(&self) -> u64 {
        let clock = self.get("clock").await.json();
        let now = clock["now"].as_str().expect("a time");
        let now: jiff::Timestamp = now.parse().expect("RFC 3339");
        now.as_second().try_into().expect("after 1970")
    }

    /// Moves time to where every authenticator app has just changed its code.
    pub async fn advance_to_next_totp_step(&self) {
        let into = self.now_secs().await % STEP_SECS;
        self.advance(STEP_SECS - into).await;
    }
}

fn unbase32(text: &str) -> Vec<u8> {
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
