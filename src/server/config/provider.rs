//! Who sends the codes and checks them.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

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
}

#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// `SALLYPORT_PROVIDER`: `simulator` or `twilio`. Default: `twilio` when Twilio credentials are set that are not
    /// the simulator's, else `simulator`. Production refuses `simulator`.
    pub kind: ProviderKind,
    /// `SALLYPORT_CODE_LENGTH`: digits of a code. 4 to 10, default 6.
    pub code_length: u8,
    /// `SALLYPORT_PROVIDER_CONNECT_TIMEOUT_MS`: 1 to 3,000 ms, default 3,000.
    pub connect_timeout: Duration,
    /// `SALLYPORT_PROVIDER_TIMEOUT_MS`: a whole call, connecting included. 1 to 10,000 ms, default 8,000.
    pub timeout: Duration,
    /// With the simulator, its own credentials stand in for those that are not set.
    pub twilio: TwilioConfig,
    /// Set when either of its variables is, and with the simulator.
    pub telnyx: Option<TelnyxConfig>,
    pub simulator: SimulatorConfig,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    Simulator,
    Twilio,
}

#[derive(Debug, Clone)]
pub struct TwilioConfig {
    /// `TWILIO_BASE_URL`: where the Verify API answers. Default `https://verify.twilio.com`, or the simulator's address.
    /// Production: https at verify.twilio.com or another name under twilio.com.
    pub base_url: Address,
    /// `TWILIO_ACCOUNT_SID`: `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// `TWILIO_AUTH_TOKEN`: at least 32 characters.
    pub auth_token: Secret<String>,
    /// Used for calls in place of the auth token when set, since it can be withdrawn on its own.
    pub api_key: Option<TwilioApiKey>,
    pub services: VerifyServices,
}

#[derive(Debug, Clone)]
pub struct TwilioApiKey {
    /// `TWILIO_API_KEY_SID`: `SK` and 32 hexadecimal digits.
    pub sid: String,
    /// `TWILIO_API_KEY_SECRET`: at least 32 characters.
    pub secret: Secret<String>,
}

/// One Verify service for each purpose: `TWILIO_VERIFY_SERVICE_SID_…`, each `VA` and 32 hexadecimal digits.
/// Default for each: `TWILIO_VERIFY_SERVICE_SID`.
#[derive(Debug, Clone)]
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
    /// `TELNYX_VERIFY_PROFILE_ID`: a UUID.
    pub verify_profile_id: String,
}

#[derive(Debug, Clone)]
pub struct SimulatorConfig {
    /// `SALLYPORT_SIMULATOR_LISTEN`: address and port; port 0 takes a free one. Default `127.0.0.1:4010`.
    pub listen: SocketAddr,
    /// `SALLYPORT_SIMULATOR_SMTP_LISTEN`: where its mailbox takes mail; port 0 takes a free one.
    /// Default `127.0.0.1:4025`.
    pub smtp_listen: SocketAddr,
    /// `SALLYPORT_SIMULATOR_EMBEDDED`: whether the app's process runs it. Default: when it is the provider.
    /// `false` for one that runs elsewhere, at `TWILIO_BASE_URL`.
    pub embedded: bool,
}

impl ProviderConfig {
    pub(super) fn read(read: &mut Reader) -> Self {
        let kind = ProviderKind::read(read);
        let simulator = SimulatorConfig::read(read, kind);
        let connect_timeout =
            read.number("SALLYPORT_PROVIDER_CONNECT_TIMEOUT_MS", 3_000, 1..=3_000);
        let timeout = read.number("SALLYPORT_PROVIDER_TIMEOUT_MS", 8_000, 1..=10_000);
        Self {
            kind,
            code_length: read.number("SALLYPORT_CODE_LENGTH", 6, 4..=10),
            connect_timeout: Duration::from_millis(connect_timeout),
            timeout: Duration::from_millis(timeout),
            twilio: TwilioConfig::read(read, kind, &simulator),
            telnyx: TelnyxConfig::read(read, kind),
            simulator,
        }
    }

    /// Where calls go. `simulator` is the address of the one in this process, if it runs.
    pub fn twilio_origin(&self, simulator: Option<SocketAddr>) -> Origin {
        let listener = simulator.unwrap_or(self.simulator.listen);
        self.twilio.base_url.resolve(listener)
    }
}

impl ProviderKind {
    fn read(read: &mut Reader) -> Self {
        let kinds = [("simulator", Self::Simulator), ("twilio", Self::Twilio)];
        let any_real = [
            ("TWILIO_ACCOUNT_SID", simulator_defaults::ACCOUNT_SID),
            ("TWILIO_AUTH_TOKEN", simulator_defaults::AUTH_TOKEN),
            (
                "TWILIO_VERIFY_SERVICE_SID",
                simulator_defaults::VERIFY_SERVICE_SID,
            ),
        ]
        .into_iter()
        .any(|(name, simulators)| read.text(name).is_some_and(|given| given != simulators));
        let fallback = if any_real {
            Self::Twilio
        } else {
            Self::Simulator
        };
        read.choice("SALLYPORT_PROVIDER", &kinds)
            .unwrap_or(fallback)
    }
}

impl SimulatorConfig {
    fn read(read: &mut Reader, kind: ProviderKind) -> Self {
        let listen = read.parse("SALLYPORT_SIMULATOR_LISTEN", ADDRESS_HINT);
        let smtp_listen = read.parse("SALLYPORT_SIMULATOR_SMTP_LISTEN", ADDRESS_HINT);
        let embedded = read.flag("SALLYPORT_SIMULATOR_EMBEDDED");
        Self {
            listen: listen.unwrap_or((Ipv4Addr::LOCALHOST, 4010).into()),
            smtp_listen: smtp_listen.unwrap_or((Ipv4Addr::LOCALHOST, 4025).into()),
            embedded: embedded.unwrap_or(kind == ProviderKind::Simulator),
        }
    }
}
