//! What the simulator is configured with. Plain data; the defaults are the documented ones, so
//! that an application and its tests need to agree on nothing but an address.

use std::fmt;

/// Everything a simulator needs to start. `Default` is ready for use.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The simulated Twilio account.
    pub twilio: TwilioSettings,
}

/// One Twilio account with its Verify services.
#[derive(Clone)]
pub struct TwilioSettings {
    /// Basic auth user name: `AC` and 32 hex digits.
    pub account_sid: String,
    /// Basic auth password.
    pub auth_token: String,
    /// The Verify services of the account. Any other service SID is answered with 404 / 20404.
    pub services: Vec<VerifyService>,
    /// Answer a check with 201 in place of 200. Twilio's `OpenAPI` document declares both
    /// (contract section 5, first row).
    pub check_answers_201: bool,
    /// After five wrong codes, forget the verification (404 / 20404) in place of answering
    /// 429 / 60202 until its lifetime ends (contract section 5, second row).
    pub exhausted_is_gone: bool,
}

/// One Verify service: <https://www.twilio.com/docs/verify/api/service>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyService {
    /// `VA` and 32 hex digits.
    pub sid: String,
    /// The name in the message: "Your {name} verification code is: 123456". Twilio allows 30
    /// characters.
    pub friendly_name: String,
    /// Digits in a code, 4 to 10; values outside are moved to the nearest bound.
    pub code_length: u8,
    /// Seconds from the creation of a verification to its end. Twilio: 600, or 120 to 86,400 by
    /// arrangement. Not enforced here.
    pub lifetime_secs: u32,
    /// Codes are bound to an amount and a payee, which are then mandatory.
    pub psd2: bool,
}

/// The default account SID.
pub const DEFAULT_ACCOUNT_SID: &str = "AC5a119007000000000000000000000001";
/// The default auth token.
pub const DEFAULT_AUTH_TOKEN: &str = "5a119007000000000000000000000002";
/// The default Verify service.
pub const DEFAULT_SERVICE_SID: &str = "VA5a119007000000000000000000000003";

impl Default for TwilioSettings {
    fn default() -> Self {
        Self {
            account_sid: DEFAULT_ACCOUNT_SID.to_owned(),
            auth_token: DEFAULT_AUTH_TOKEN.to_owned(),
            services: vec![VerifyService::default()],
            check_answers_201: false,
            exhausted_is_gone: false,
        }
    }
}

impl Default for VerifyService {
    fn default() -> Self {
        Self {
            sid: DEFAULT_SERVICE_SID.to_owned(),
            friendly_name: "Sallyport".to_owned(),
            code_length: 6,
            lifetime_secs: 600,
            psd2: false,
        }
    }
}

impl TwilioSettings {
    /// The configured service of that SID.
    pub(super) fn service(&self, sid: &str) -> Option<&VerifyService> {
        self.services.iter().find(|service| service.sid == sid)
    }
}

/// The token is left out: an operator may have pointed the simulator at real credentials.
impl fmt::Debug for TwilioSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwilioSettings")
            .field("account_sid", &self.account_sid)
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}
