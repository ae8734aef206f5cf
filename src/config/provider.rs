//! Who sends the codes and checks them.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use ed25519_dalek::VerifyingKey;

use super::credentials;
use super::origin::{Address, Origin};
use super::reader::Reader;
use super::secret::Secret;
use super::server::ADDRESS_HINT;

/// What the simulator accepts unless told otherwise. Public knowledge, hence refused in production.
pub mod simulator_defaults {
    pub const ACCOUNT_SID: &str = "AC5a119007000000000000000000000001";
    pub const AUTH_TOKEN: &str = "5a119007000000000000000000000002";
    pub const VERIFY_SERVICE_SID: &str = "VA5a119007000000000000000000000003";
    pub const TELNYX_API_KEY: &str = "KEY5A119007";
    pub const TELNYX_VERIFY_PROFILE_ID: &str = "5a119007-0000-4000-8000-000000000004";
    pub const TELNYX_PUBLIC_KEY: &str = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";
}

const CODE_LENGTH: &str = "SALLYPORT_CODE_LENGTH";
/// Digits of a code unless told otherwise.
const SIX: u8 = 6;

#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// `SALLYPORT_PROVIDER`: `twilio`, `telnyx`, `simulator` (called as Twilio is) or `simulator_telnyx` (called as
    /// Telnyx is). Default: the provider whose credentials are set and not the simulator's, else `simulator`; with
    /// those of both it must be set. Production refuses the simulator.
    pub kind: ProviderKind,
    /// `SALLYPORT_CODE_LENGTH`: digits of a code. 4 to 10, default 6; of a simulator on its own, 5 with Telnyx, as
    /// there.
    pub code_length: Option<u8>,
    /// `SALLYPORT_PROVIDER_CONNECT_TIMEOUT_MS`: 1 to 3,000 ms, default 3,000.
    pub connect_timeout: Duration,
    /// `SALLYPORT_PROVIDER_TIMEOUT_MS`: a whole call, connecting included. 1 to 10,000 ms, default 8,000.
    pub timeout: Duration,
    /// `TWILIO_BASE_URL`: where the Verify API answers. Default `https://verify.twilio.com`, or the simulator's address.
    /// Production: https at verify.twilio.com or another name under twilio.com.
    pub twilio_url: Address,
    /// `TELNYX_BASE_URL`: where the API answers. Default `https://api.telnyx.com`, or the simulator's address.
    /// Production: https at api.telnyx.com or another name under telnyx.com.
    pub telnyx_url: Address,
    /// The account that sends notices, and with Twilio the codes. With the simulator, its own credentials stand in for
    /// those that are not set; with Telnyx it may be missing.
    pub twilio: Option<TwilioConfig>,
    /// Twilio's Verify services; not with Telnyx alone.
    pub services: Option<VerifyServices>,
    /// `TWILIO_VERIFY_PAYMENT_PSD2`: whether Twilio has turned PSD2 on for its service for payments, which then is told
    /// amount and payee and can be no other's. Default `false`.
    pub payment_psd2: bool,
    /// `TWILIO_VERIFY_RATE_LIMITS`: whether Twilio is told the browser's address, for its fraud checks and for a rate
    /// limit called `end_user_ip`, which then has to be set up on each service (RES-09). Default `false`.
    pub rate_limits: bool,
    /// Set when any of its variables is, and with the simulator.
    pub telnyx: Option<TelnyxConfig>,
    pub simulator: SimulatorConfig,
}

/// Whose HTTP is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    Twilio,
    Telnyx,
}

/// Who sends the codes and checks them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// The simulator, called as this provider is.
    Simulator(Api),
    Real(Api),
}

#[derive(Debug, Clone)]
pub struct TwilioConfig {
    /// `TWILIO_ACCOUNT_SID`: `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// `TWILIO_AUTH_TOKEN`: at least 32 characters. Webhooks are signed with it.
    pub auth_token: Secret<String>,
    /// `TWILIO_PREVIOUS_AUTH_TOKEN`: the token it replaced, good for webhooks that were signed before (HOOK-01).
    pub previous_auth_token: Option<Secret<String>>,
    /// Used for calls in place of the auth token when set, since it can be withdrawn on its own.
    pub api_key: Option<TwilioApiKey>,
}

#[derive(Debug, Clone)]
pub struct TwilioApiKey {
    /// `TWILIO_API_KEY_SID`: `SK` and 32 hexadecimal digits.
    pub sid: String,
    /// `TWILIO_API_KEY_SECRET`: at least 32 characters.
    pub secret: Secret<String>,
}

/// One Verify service, or Verify profile, for each purpose.
///
/// At Twilio `TWILIO_VERIFY_SERVICE_SID_…`, each `VA` and 32 hexadecimal digits, default for each
/// `TWILIO_VERIFY_SERVICE_SID`; at Telnyx `TELNYX_VERIFY_PROFILE_ID_…`, each a UUID, default for each
/// `TELNYX_VERIFY_PROFILE_ID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyServices {
    pub registration: String,
    pub sign_in: String,
    pub phone_change: String,
    pub payment: String,
    pub step_up: String,
}

#[derive(Debug, Clone)]
pub struct TelnyxConfig {
    /// `TELNYX_API_KEY`.
    pub api_key: Secret<String>,
    pub profiles: VerifyServices,
    /// `TELNYX_PUBLIC_KEY` and `TELNYX_PREVIOUS_PUBLIC_KEY`: what webhooks are verified with, the second one while the
    /// first takes its place (HOOK-01). Each 32 bytes in base64. Without them every webhook is refused.
    pub public_keys: Vec<VerifyingKey>,
}

#[derive(Debug, Clone)]
pub struct SimulatorConfig {
    /// `SALLYPORT_SIMULATOR_LISTEN`: address and port; port 0 takes a free one. Default `127.0.0.1:4010`.
    pub listen: SocketAddr,
    /// `SALLYPORT_SIMULATOR_SMTP_LISTEN`: where its mailbox takes mail; port 0 takes a free one.
    /// Default `127.0.0.1:4025`.
    pub smtp_listen: SocketAddr,
    /// `SALLYPORT_SIMULATOR_EMBEDDED`: whether the app's process runs it. Default: when it is the provider.
    /// `false` for one that runs elsewhere, at `TWILIO_BASE_URL` or `TELNYX_BASE_URL`.
    pub embedded: bool,
    /// `SALLYPORT_SIMULATOR_WEBHOOKS`: whom it tells of its messages: an application's origin, such as
    /// `http://127.0.0.1:3000`, `app` for the one in whose process it runs, or `none`. Default: `app` where there is
    /// one, else `none`.
    pub webhooks: WebhookTarget,
}

/// Whom the simulator tells of its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookTarget {
    Nobody,
    /// The app in whose process it runs.
    Beside,
    Elsewhere(Origin),
}

impl ProviderConfig {
    pub(super) fn read(read: &mut Reader) -> Self {
        let kind = ProviderKind::read(read);
        let simulator = SimulatorConfig::read(read, kind);
        let digits = read.number(CODE_LENGTH, SIX, 4..=10);
        let connect_timeout =
            read.number("SALLYPORT_PROVIDER_CONNECT_TIMEOUT_MS", 3_000, 1..=3_000);
        let timeout = read.number("SALLYPORT_PROVIDER_TIMEOUT_MS", 8_000, 1..=10_000);
        let (twilio_url, telnyx_url) = credentials::base_urls(read, kind, &simulator);
        let services = VerifyServices::of_twilio(read, kind);
        Self {
            kind,
            code_length: read.is_set(CODE_LENGTH).then_some(digits),
            connect_timeout: Duration::from_millis(connect_timeout),
            timeout: Duration::from_millis(timeout),
            twilio_url,
            telnyx_url,
            twilio: TwilioConfig::read(read, kind),
            rate_limits: read.flag("TWILIO_VERIFY_RATE_LIMITS").unwrap_or(false),
            payment_psd2: credentials::payment_psd2(read, services.as_ref()),
            services,
            telnyx: TelnyxConfig::read(read, kind),
            simulator,
        }
    }

    /// How long codes are that come to the app.
    pub fn digits(&self) -> u8 {
        self.code_length.unwrap_or(SIX)
    }

    /// Where Twilio's calls go. `simulator` is the address of the one in this process, if it runs.
    pub fn twilio_origin(&self, simulator: Option<SocketAddr>) -> Origin {
        self.twilio_url
            .resolve(simulator.unwrap_or(self.simulator.listen))
    }

    /// Where Telnyx's calls go.
    pub fn telnyx_origin(&self, simulator: Option<SocketAddr>) -> Origin {
        self.telnyx_url
            .resolve(simulator.unwrap_or(self.simulator.listen))
    }
}

impl ProviderKind {
    pub const fn api(self) -> Api {
        match self {
            Self::Simulator(api) | Self::Real(api) => api,
        }
    }

    pub const fn is_simulator(self) -> bool {
        matches!(self, Self::Simulator(_))
    }

    fn read(read: &mut Reader) -> Self {
        const NAME: &str = "SALLYPORT_PROVIDER";
        let kinds = [
            ("twilio", Self::Real(Api::Twilio)),
            ("telnyx", Self::Real(Api::Telnyx)),
            ("simulator", Self::Simulator(Api::Twilio)),
            ("simulator_telnyx", Self::Simulator(Api::Telnyx)),
        ];
        let mut any_real = |settings: &[(&'static str, &str)]| {
            settings
                .iter()
                .any(|(name, simulators)| read.text(name).is_some_and(|given| given != *simulators))
        };
        let twilio = any_real(&[
            ("TWILIO_ACCOUNT_SID", simulator_defaults::ACCOUNT_SID),
            ("TWILIO_AUTH_TOKEN", simulator_defaults::AUTH_TOKEN),
            (
                "TWILIO_VERIFY_SERVICE_SID",
                simulator_defaults::VERIFY_SERVICE_SID,
            ),
        ]);
        let telnyx = any_real(&[
            ("TELNYX_API_KEY", simulator_defaults::TELNYX_API_KEY),
            (
                "TELNYX_VERIFY_PROFILE_ID",
                simulator_defaults::TELNYX_VERIFY_PROFILE_ID,
            ),
        ]);
        if twilio && telnyx && !read.is_set(NAME) {
            let wrong = "is not set, and both Twilio's credentials and Telnyx's are";
            read.fault(NAME, wrong, "set twilio or telnyx");
        }
        read.choice(NAME, &kinds).unwrap_or(match (twilio, telnyx) {
            (true, false) => Self::Real(Api::Twilio),
            // With both, Twilio's may be there for messages alone.
            (_, true) => Self::Real(Api::Telnyx),
            (false, false) => Self::Simulator(Api::Twilio),
        })
    }
}

impl SimulatorConfig {
    fn read(read: &mut Reader, kind: ProviderKind) -> Self {
        let listen = read.parse("SALLYPORT_SIMULATOR_LISTEN", ADDRESS_HINT);
        let smtp_listen = read.parse("SALLYPORT_SIMULATOR_SMTP_LISTEN", ADDRESS_HINT);
        let embedded = read.flag("SALLYPORT_SIMULATOR_EMBEDDED");
        let embedded = embedded.unwrap_or(kind.is_simulator());
        Self {
            listen: listen.unwrap_or((Ipv4Addr::LOCALHOST, 4010).into()),
            smtp_listen: smtp_listen.unwrap_or((Ipv4Addr::LOCALHOST, 4025).into()),
            embedded,
            webhooks: WebhookTarget::read(read, embedded),
        }
    }
}

impl WebhookTarget {
    fn read(read: &mut Reader, embedded: bool) -> Self {
        const NAME: &str = "SALLYPORT_SIMULATOR_WEBHOOKS";
        match read.text(NAME).as_deref() {
            Some("none") => return Self::Nobody,
            Some("app") => return Self::Beside,
            _ => {}
        }
        let hint = "set an application's origin, such as http://127.0.0.1:3000, or app or none";
        match read.parse(NAME, hint) {
            Some(origin) => Self::Elsewhere(origin),
            None if embedded => Self::Beside,
            None => Self::Nobody,
        }
    }
}
