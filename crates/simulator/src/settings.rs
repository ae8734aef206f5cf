//! What the simulator is configured with. Plain data; the defaults are the documented ones, so
//! that an application and its tests need to agree on nothing but an address.

use std::fmt;
use std::net::SocketAddr;

use super::telnyx::{MAX_WRONG_CHECKS, is_uuid};
use super::twilio::is_sid;

/// Everything a simulator needs to start. `Default` is ready for use.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The simulated Twilio account.
    pub twilio: TwilioSettings,
    /// The simulated Telnyx account.
    pub telnyx: TelnyxSettings,
    /// Whom the providers tell of their messages; nobody unless told.
    pub webhooks: Webhooks,
}

/// Where an application takes webhooks, by the URLs it knows itself by: Twilio signs them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Webhooks {
    /// Where Twilio's events go; `None` where nobody wants them.
    pub twilio: Option<String>,
    /// Where Telnyx's go.
    pub telnyx: Option<String>,
    /// Where the application in the same process is reached, whatever the URLs say. It follows the
    /// simulator's clock; any other goes by the system's.
    pub connect: Option<SocketAddr>,
}

/// One Telnyx account with its Verify profiles.
#[derive(Clone)]
pub struct TelnyxSettings {
    /// The bearer token.
    pub api_key: String,
    /// The Verify profiles of the account. Any other id is answered with 404 / 10005.
    pub profiles: Vec<VerifyProfile>,
    /// The Ed25519 seed webhooks are signed with.
    pub signing_seed: [u8; 32],
    /// Answer a check that comes too late with `rejected` in place of `expired`: the specification
    /// knows no other word (contract section 5).
    pub expired_is_rejected: bool,
    /// Wrong codes a verification takes. Telnyx publishes no number (contract section 5).
    pub max_wrong_checks: u8,
}

/// One Verify profile: <https://developers.telnyx.com/api-reference/verify/create-a-verify-profile>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyProfile {
    /// A UUID in lower case.
    pub id: String,
    /// The name in the message: "Your {name} verification code is: 123456."
    pub app_name: String,
    /// Digits in a code, 4 to 10; values outside are moved to the nearest bound.
    pub code_length: u8,
    /// Seconds a code lives unless a request says otherwise.
    pub timeout_secs: u32,
}

/// One Twilio account with its Verify services.
#[derive(Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, for one row of contract section 5"
)]
pub struct TwilioSettings {
    /// Basic auth user name: `AC` and 32 hex digits.
    pub account_sid: String,
    /// Basic auth password.
    pub auth_token: String,
    /// Opens the account as well (contract section 2.1). Webhooks are signed with the token all the
    /// same.
    pub api_key: Option<ApiKey>,
    /// The Verify services of the account. Any other service SID is answered with 404 / 20404.
    pub services: Vec<VerifyService>,
    /// Answer a check with 201 in place of 200. Twilio's `OpenAPI` document declares both
    /// (contract section 5, first row).
    pub check_answers_201: bool,
    /// After five wrong codes, forget the verification (404 / 20404, also of a fetch; a create begins
    /// anew) in place of answering 429 / 60202 until its lifetime ends (contract section 5, second and
    /// third row).
    pub exhausted_is_gone: bool,
    /// Answer a check by number with 400 / 60200 in place of 404 / 20404 where nothing is pending.
    pub nothing_pending_is_400: bool,
    /// Spell the channel of each attempt `SMS` in place of `sms`.
    pub upper_case_channels: bool,
    /// Answer `lookup` with `{}` in place of `{"carrier": null}`.
    pub lookup_is_empty: bool,
    /// Leave out `sna` and `sna_attempts_error_codes`.
    pub sna_is_absent: bool,
}

/// An API key of a Twilio account.
#[derive(Clone)]
pub struct ApiKey {
    /// Basic auth user name: `SK` and 32 hex digits.
    pub sid: String,
    /// Basic auth password.
    pub secret: String,
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

/// The default Telnyx key.
pub const DEFAULT_TELNYX_KEY: &str = "KEY5A119007";
/// The default Verify profile.
pub const DEFAULT_PROFILE_ID: &str = "5a119007-0000-4000-8000-000000000004";
/// The default seed, that of the contract's test vector (section 3.8); its public key is
/// `A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=`.
pub const DEFAULT_SIGNING_SEED: [u8; 32] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    26, 27, 28, 29, 30, 31,
];

impl Default for TelnyxSettings {
    fn default() -> Self {
        Self {
            api_key: DEFAULT_TELNYX_KEY.to_owned(),
            profiles: vec![VerifyProfile::default()],
            signing_seed: DEFAULT_SIGNING_SEED,
            expired_is_rejected: false,
            max_wrong_checks: MAX_WRONG_CHECKS,
        }
    }
}

impl Default for VerifyProfile {
    /// Telnyx's own defaults.
    fn default() -> Self {
        Self {
            id: DEFAULT_PROFILE_ID.to_owned(),
            app_name: "Sallyport".to_owned(),
            code_length: 5,
            timeout_secs: 300,
        }
    }
}

impl TelnyxSettings {
    /// The configured profile of that id.
    pub(super) fn profile(&self, id: &str) -> Option<&VerifyProfile> {
        self.profiles.iter().find(|profile| profile.id == id)
    }
}

/// Key and seed are left out, as the token is above.
impl fmt::Debug for TelnyxSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelnyxSettings")
            .field("profiles", &self.profiles)
            .finish_non_exhaustive()
    }
}

impl Default for TwilioSettings {
    fn default() -> Self {
        Self {
            account_sid: DEFAULT_ACCOUNT_SID.to_owned(),
            auth_token: DEFAULT_AUTH_TOKEN.to_owned(),
            api_key: None,
            services: vec![VerifyService::default()],
            check_answers_201: false,
            exhausted_is_gone: false,
            nothing_pending_is_400: false,
            upper_case_channels: false,
            lookup_is_empty: false,
            sna_is_absent: false,
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

impl VerifyService {
    /// A service of this SID, with Twilio's own defaults. Fails unless it is `VA` and 32 hex digits.
    pub fn named(sid: &str) -> Result<Self, &'static str> {
        if !is_sid(sid, "VA") {
            return Err("it is not VA and 32 hexadecimal digits");
        }
        Ok(Self {
            sid: sid.to_owned(),
            ..Self::default()
        })
    }
}

impl VerifyProfile {
    /// A profile of this id, with Telnyx's own defaults. Fails unless it is a UUID.
    pub fn named(id: &str) -> Result<Self, &'static str> {
        let id = id.to_ascii_lowercase();
        if !is_uuid(&id) {
            return Err("it is not a UUID");
        }
        Ok(Self {
            id,
            ..Self::default()
        })
    }
}

impl TwilioSettings {
    /// The configured service of that SID.
    pub(super) fn service(&self, sid: &str) -> Option<&VerifyService> {
        self.services.iter().find(|service| service.sid == sid)
    }
}

/// Token and key are left out: an operator may have pointed the simulator at real credentials.
impl fmt::Debug for TwilioSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwilioSettings")
            .field("account_sid", &self.account_sid)
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}
