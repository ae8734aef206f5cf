//! CAPTCHAs, verified before a password is hashed, a row is written or a message is sent (docs/security.md#reg-09).
//!
//! A [`Captcha`] checks that a response is genuine, unexpired and made for this action. The store checks that it is
//! used once: it inserts [`AcceptedResponse::single_use_id`] under a unique index, and a second insert fails. The row
//! can be deleted after [`AcceptedResponse::expires_at`], because the response is refused from then on.

mod disabled;
mod proof_of_work;
mod service_calls;
mod siteverify;
mod vendor;

use async_trait::async_trait;
use reqwest::StatusCode;

pub use disabled::NoCaptcha;
pub use proof_of_work::{Difficulty, InvalidDifficulty, ProofOfWork};
pub use service_calls::{ServiceCall, ServiceCalls};
pub use vendor::{MAX_TOKEN_BYTES, VendorCaptcha, VendorSettings};

use domain::Timestamp;

/// Kind of form that a CAPTCHA protects, for example sign-in. A CAPTCHA response is valid for only one kind of form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Registration,
    SignIn,
    PasswordReset,
}

impl Action {
    /// Returns the name that identifies the form in CAPTCHA challenges.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::SignIn => "sign_in",
            Self::PasswordReset => "password_reset",
        }
    }
}

/// Amount of work that a proof-of-work challenge demands from the browser: normal or hard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// The configured work.
    Normal,
    /// Four times the configured work. It allows a sign-in to an account that is slowed down. Tokens of CAPTCHA
    /// services never count as this.
    Hard,
}

/// CAPTCHA that a form shows to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Widget {
    /// The browser solves this challenge (`domain::proof_of_work`) and sends the result with the form.
    ProofOfWork { challenge_json: String },
    /// The browser loads the widget of a CAPTCHA service and sends its token with the form. The challenge names the
    /// service (`vendor`), the site key, the URL of the widget script and the action.
    Vendor { challenge_json: String },
    /// The form shows no CAPTCHA.
    None,
}

/// Hosts that the content security policy must allow on pages with a CAPTCHA.
///
/// Each directive of the policy has one source list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageSources {
    pub script: String,
    pub style: String,
    pub connect: String,
    pub frame: String,
}

/// A verified and accepted CAPTCHA response, which the caller records as used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedResponse {
    /// The id to record as used; `None` if the CAPTCHA is disabled, or if the configured secret is a public test secret.
    pub single_use_id: Option<String>,
    /// The time from which the response would be refused anyway.
    pub expires_at: Timestamp,
    /// The amount of work that the response proves.
    pub work: Work,
}

/// Reason for the log why a CAPTCHA response was refused. The user always sees `Problem::CaptchaFailed`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaptchaFailure {
    #[error("the form contains no CAPTCHA response")]
    Missing,
    #[error("the CAPTCHA response is too long")]
    TooLong,
    #[error("the CAPTCHA response is malformed")]
    Malformed,
    #[error("the parameters of the CAPTCHA challenge differ from those of this server")]
    ForeignChallenge,
    #[error("the CAPTCHA challenge was issued for another form")]
    WrongAction,
    #[error("the CAPTCHA challenge has expired")]
    Expired,
    #[error("the CAPTCHA challenge was not signed by this installation")]
    BadSignature,
    #[error("the CAPTCHA solution is wrong")]
    WrongSolution,
    #[error("the CAPTCHA response was used before")]
    Used,
    #[error("the network has reached its limit of rejected CAPTCHA tokens or of concurrent calls")]
    LimitReached,
    #[error(
        "the CAPTCHA token was issued for another host: {stated:?}; the host of SALLYPORT_PUBLIC_URL is {expected:?}"
    )]
    WrongHostname { stated: String, expected: String },
    #[error("the score of the CAPTCHA token is below SALLYPORT_CAPTCHA_MIN_SCORE")]
    LowScore,
    #[error("the CAPTCHA token was issued for a site key that does not belong to the secret")]
    WrongSiteKey,
    #[error("the CAPTCHA service refused the request with status {0}")]
    RequestRefused(StatusCode),
    /// Contains the error codes of the service.
    #[error("the CAPTCHA service refuses the configured keys: {0:?}")]
    KeysRefused(Vec<String>),
    #[error("the CAPTCHA service did not verify the token: {0}")]
    ServiceFailed(ServiceFault),
}

/// Reason why a CAPTCHA service counts as unavailable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceFault {
    #[error("no response")]
    NoResponse,
    #[error("status {0} without a result")]
    Status(StatusCode),
    #[error("internal error of the service")]
    InternalError,
}

/// Creates and verifies CAPTCHA challenges.
#[async_trait]
pub trait Captcha: Send + Sync {
    /// Creates a new CAPTCHA challenge for a form.
    fn create_challenge(&self, action: Action, work: Work, now: Timestamp) -> Widget;

    /// Creates a new challenge that needs no CAPTCHA service.
    ///
    /// It is for a network that may send no more tokens to the service. Returns `None` if the configuration permits no
    /// such challenge.
    fn create_challenge_without_service(&self, _: Action, _: Work, _: Timestamp) -> Option<Widget> {
        None
    }

    /// Returns the counters of CAPTCHA service calls, if the verification of this response calls a service.
    ///
    /// The caller must begin a [`ServiceCall`] first.
    fn service_calls_for_response(&self, _: &str) -> Option<&ServiceCalls> {
        None
    }

    /// Returns the counts of the calls of the CAPTCHA service; `None` if no service is configured.
    fn service_calls(&self) -> Option<&ServiceCalls> {
        None
    }

    /// Verifies the CAPTCHA response in a submitted form.
    ///
    /// A response that cannot be verified is refused (docs/security.md#reg-09, docs/security.md#prv-08).
    async fn verify_response(
        &self,
        action: Action,
        response: &str,
        now: Timestamp,
    ) -> Result<AcceptedResponse, CaptchaFailure>;

    /// Returns the hosts that the content security policy must allow on pages with this CAPTCHA.
    fn page_sources(&self) -> PageSources {
        PageSources::default()
    }
}
