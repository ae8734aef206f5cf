//! CAPTCHAs, checked before any password is hashed, row written or message sent (docs/security.md#reg-09).
//!
//! A [`Captcha`] checks that a response is genuine, fresh and meant for this action. The store checks that it was
//! not used before: it inserts [`Passed::single_use_id`] under a unique index, and a second insert fails. The row can be
//! deleted after [`Passed::expires_at`], because the response is refused from then on.

mod disabled;
mod proof_of_work;
mod siteverify;
mod vendor;

use async_trait::async_trait;

pub use disabled::NoCaptcha;
pub use proof_of_work::{Difficulty, InvalidDifficulty, ProofOfWork};
pub use vendor::{VendorCaptcha, VendorSettings};

use domain::Timestamp;

/// What a response is good for, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Registration,
    SignIn,
    PasswordReset,
}

impl Action {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::SignIn => "sign_in",
            Self::PasswordReset => "password_reset",
        }
    }
}

/// How much work a challenge demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// The configured work.
    Normal,
    /// Four times the configured work; never by a token of a CAPTCHA service. It permits a sign-in to an account that is slowed down.
    Hard,
}

/// What the form shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Widget {
    /// The browser solves this challenge (`domain::proof_of_work`) and sends the result along.
    ProofOfWork { challenge_json: String },
    /// The browser loads the widget of a CAPTCHA service, and sends its token along. The challenge names the service
    /// (`vendor`), the site key, the URL of the widget script and the action.
    Vendor { challenge_json: String },
    /// Nothing: no CAPTCHA is asked for.
    None,
}

/// The hosts that pages with a CAPTCHA load from, as lists of sources of the content security policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageSources {
    pub script: String,
    pub style: String,
    pub connect: String,
    pub frame: String,
}

/// A response that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// To be recorded as spent; `None` when nothing was asked for.
    pub single_use_id: Option<String>,
    /// From when on the response would be refused anyway.
    pub expires_at: Timestamp,
    /// The work that was done.
    pub work: Work,
}

/// Why a response was refused: for the log. The user always sees `Problem::CaptchaFailed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaptchaFailure {
    #[error("there is no response")]
    Missing,
    #[error("the response is too long")]
    TooLong,
    #[error("the response cannot be read")]
    Malformed,
    #[error("the challenge is not of the kind issued here")]
    ForeignChallenge,
    #[error("the challenge was issued for another action")]
    WrongAction,
    #[error("the challenge has expired")]
    Expired,
    #[error("the challenge was not signed here")]
    BadSignature,
    #[error("the solution is wrong")]
    WrongSolution,
    #[error("the token was made for another host")]
    WrongHostname,
    #[error("the score of the token is too low")]
    LowScore,
    #[error("the CAPTCHA service refuses the configured keys")]
    KeysRefused,
    #[error("the CAPTCHA service does not answer")]
    ServiceFailed,
}

#[async_trait]
pub trait Captcha: Send + Sync {
    /// What a form for `action` shows, created for every page.
    fn challenge(&self, action: Action, work: Work, now: Timestamp) -> Widget;

    /// Checks what the form sent. Whatever cannot be checked is refused (docs/security.md#reg-09, docs/security.md#prv-08).
    async fn verify(
        &self,
        action: Action,
        response: &str,
        now: Timestamp,
    ) -> Result<Passed, CaptchaFailure>;

    /// What the policy of a page with this CAPTCHA allows beside the site itself.
    fn page_sources(&self) -> PageSources {
        PageSources::default()
    }
}
