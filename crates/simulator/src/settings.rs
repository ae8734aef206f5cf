//! Settings of the simulated accounts.
//!
//! The default credentials are documented, so that an application and its tests only need to know the address.

use std::fmt;
use std::net::SocketAddr;

use crate::identifiers::{has_twilio_sid_format, is_uuid};

/// Settings of a simulator. `Settings::default()` is a complete configuration.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The simulated Twilio account.
    pub twilio: TwilioSettings,
    /// The simulated Telnyx account.
    pub telnyx: TelnyxSettings,
    /// URLs to which the providers send webhooks. None by default.
    pub webhooks: WebhookTargets,
    /// Accepted `Host` names of the phone page and the control paths, besides loopback and the listening address. All
    /// other names are refused, which blocks pages that use DNS rebinding.
    pub hosts: Vec<String>,
}

/// URLs of the application to which the simulator sends webhooks.
///
/// The Twilio URL must begin with the application's public origin, because Twilio's signature covers the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookTargets {
    /// The URL for Twilio's events; `None` sends none.
    pub twilio: Option<String>,
    /// The URL for Telnyx's events; `None` sends none.
    pub telnyx: Option<String>,
    /// The address of an application in the same process, used instead of the host of the URLs. Such
    /// an application follows the simulated clock, any other follows the system clock.
    pub connect: Option<SocketAddr>,
}

/// Settings of the simulated Telnyx account with its Verify profiles.
#[derive(Clone)]
pub struct TelnyxSettings {
    /// The bearer token that authenticates API calls.
    pub api_key: String,
    /// The Verify profiles of the account. The response to any other id is 404 / 10005.
    pub profiles: Vec<VerifyProfile>,
    /// The seed of the Ed25519 key that signs webhooks.
    pub signing_seed: [u8; 32],
    /// Whether a check after the end of the lifetime gets `rejected` instead of `expired`. Telnyx
    /// documents `expired` in its quickstart guide, but not in its `OpenAPI` document.
    pub expired_is_rejected: bool,
    /// Number of wrong codes after which a verification becomes invalid. Telnyx does not publish the number.
    pub max_wrong_checks: u8,
}

/// Settings of a Telnyx Verify profile: <https://developers.telnyx.com/api-reference/verify/create-a-verify-profile>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyProfile {
    /// A UUID in lower case.
    pub id: String,
    /// The name in the message: "Your {name} verification code is: 123456."
    pub app_name: String,
    /// Digits of a code, 4 to 10. Other values count as the nearest of these.
    pub code_length: u8,
    /// Seconds until a code expires, unless the request sets another number.
    pub timeout_secs: u32,
}

/// One Twilio account with its Verify services.
#[derive(Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each switch is independent of the others"
)]
pub struct TwilioSettings {
    /// Basic auth user name: `AC` and 32 hex digits.
    pub account_sid: String,
    /// Basic auth password.
    pub auth_token: String,
    /// An API key that is accepted besides the auth token. Webhooks are always signed with the token.
    pub api_key: Option<ApiKey>,
    /// The Verify services of the account. The response to any other service SID is 404 / 20404.
    pub services: Vec<VerifyService>,
    /// Answers 201 instead of 200 to a check. Twilio's `OpenAPI` document declares both.
    pub check_answers_201: bool,
    /// Deletes a verification after five wrong codes: checks and fetches get 404 / 20404, a create
    /// starts a new verification. Otherwise checks get 429 / 60202 until the lifetime ends. Twilio
    /// documents both.
    pub exhausted_is_gone: bool,
    /// Answers 400 / 60200 instead of 404 / 20404 to a check by number with nothing pending.
    pub nothing_pending_is_400: bool,
    /// Writes the channel of each attempt as `SMS` instead of `sms`.
    pub upper_case_channels: bool,
    /// Writes `lookup` as `{}` instead of `{"carrier": null}`.
    pub lookup_is_empty: bool,
    /// Omits `sna` and `sna_attempts_error_codes`.
    pub sna_is_absent: bool,
}

/// API key of the simulated Twilio account.
#[derive(Clone)]
pub struct ApiKey {
    /// Basic auth user name: `SK` and 32 hex digits.
    pub sid: String,
    /// Basic auth password.
    pub secret: String,
}

/// Settings of a Twilio Verify service: <https://www.twilio.com/docs/verify/api/service>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyService {
    /// `VA` and 32 hex digits.
    pub sid: String,
    /// The name in the message: "Your {name} verification code is: 123456". Twilio allows 30
    /// characters.
    pub friendly_name: String,
    /// Digits of a code, 4 to 10. Other values count as the nearest of these.
    pub code_length: u8,
    /// Seconds from the creation of a verification to its end. Twilio uses 600, and allows 120 to
    /// 86,400 on request. The range is not enforced here.
    pub lifetime_secs: u32,
    /// Binds each code to an amount and a payee (PSD2). Requests must then contain both.
    pub psd2: bool,
}

/// Default account SID of the simulated Twilio account.
pub const DEFAULT_ACCOUNT_SID: &str = "AC5a119007000000000000000000000001";
/// Default auth token of the simulated Twilio account.
pub const DEFAULT_AUTH_TOKEN: &str = "5a119007000000000000000000000002";
/// SID of the default Twilio Verify service.
pub const DEFAULT_SERVICE_SID: &str = "VA5a119007000000000000000000000003";
/// SID of the default Twilio Verify service for registration.
pub const DEFAULT_REGISTRATION_SERVICE_SID: &str = "VA5a119007000000000000000000000005";

/// Default API key of the simulated Telnyx account.
pub const DEFAULT_TELNYX_KEY: &str = "KEY5A119007";
/// ID of the default Telnyx Verify profile.
pub const DEFAULT_PROFILE_ID: &str = "5a119007-0000-4000-8000-000000000004";
/// ID of the default Telnyx Verify profile for registration.
pub const DEFAULT_REGISTRATION_PROFILE_ID: &str = "5a119007-0000-4000-8000-000000000006";
/// Default seed of the Ed25519 key that signs Telnyx webhooks, for tests only.
///
/// Its public key is `A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=`.
pub const DEFAULT_SIGNING_SEED: [u8; 32] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    26, 27, 28, 29, 30, 31,
];

/// Number of wrong codes after which a Telnyx verification becomes invalid.
pub(crate) const DEFAULT_MAX_WRONG_CHECKS: u8 = 5;

impl Default for TelnyxSettings {
    fn default() -> Self {
        Self {
            api_key: DEFAULT_TELNYX_KEY.to_owned(),
            profiles: vec![
                VerifyProfile::default(),
                VerifyProfile {
                    id: DEFAULT_REGISTRATION_PROFILE_ID.to_owned(),
                    ..VerifyProfile::default()
                },
            ],
            signing_seed: DEFAULT_SIGNING_SEED,
            expired_is_rejected: false,
            max_wrong_checks: DEFAULT_MAX_WRONG_CHECKS,
        }
    }
}

impl Default for VerifyProfile {
    /// Returns a Verify profile with the code length and lifetime that Telnyx documents as defaults.
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
    /// Finds the Telnyx Verify profile with this id.
    pub(crate) fn find_verify_profile(&self, id: &str) -> Option<&VerifyProfile> {
        self.profiles.iter().find(|profile| profile.id == id)
    }
}

/// Omits key and seed, which may be real credentials.
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
            services: vec![
                VerifyService::default(),
                VerifyService {
                    sid: DEFAULT_REGISTRATION_SERVICE_SID.to_owned(),
                    ..VerifyService::default()
                },
            ],
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
    /// Creates a Verify service with Twilio's defaults. Fails unless `sid` is `VA` and 32 hexadecimal digits.
    pub fn from_service_sid(sid: &str) -> Result<Self, &'static str> {
        if !has_twilio_sid_format(sid, "VA") {
            return Err("a service SID must be `VA` followed by 32 hexadecimal digits");
        }
        Ok(Self {
            sid: sid.to_owned(),
            ..Self::default()
        })
    }
}

impl VerifyProfile {
    /// Creates a Verify profile with Telnyx's defaults. Fails unless `id` is a UUID.
    pub fn from_profile_id(id: &str) -> Result<Self, &'static str> {
        let id = id.to_ascii_lowercase();
        if !is_uuid(&id) {
            return Err("a profile id must be a UUID");
        }
        Ok(Self {
            id,
            ..Self::default()
        })
    }
}

impl TwilioSettings {
    /// Finds the Twilio Verify service with this SID.
    pub(crate) fn find_verify_service(&self, sid: &str) -> Option<&VerifyService> {
        self.services.iter().find(|service| service.sid == sid)
    }
}

/// Omits token and key, which may be real credentials.
impl fmt::Debug for TwilioSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwilioSettings")
            .field("account_sid", &self.account_sid)
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}
