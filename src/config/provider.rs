//! The provider that sends and checks codes.

use std::net::SocketAddr;
use std::time::Duration;

use super::credentials::{self, TelnyxConfig, TwilioConfig};
use super::origin::{Address, Origin};
use super::provider_kind::ProviderKind;
use super::reader::Reader;
use super::simulator::SimulatorConfig;
use super::verify_services::{self, VerifyServices};

const CODE_LENGTH: &str = "SALLYPORT_CODE_LENGTH";
/// The default number of digits of a code.
const DEFAULT_CODE_LENGTH: u8 = 6;

/// The provider, its accounts, and how it is called.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// `SALLYPORT_PROVIDER`.
    pub kind: ProviderKind,
    /// `SALLYPORT_CODE_LENGTH`, if set.
    pub code_length: Option<u8>,
    /// `SALLYPORT_PROVIDER_CONNECT_TIMEOUT_MS`.
    pub connect_timeout: Duration,
    /// `SALLYPORT_PROVIDER_TIMEOUT_MS`: for a whole call, connecting included.
    pub timeout: Duration,
    /// `TWILIO_BASE_URL`: the origin of the Verify API.
    pub twilio_url: Address,
    /// `TELNYX_BASE_URL`.
    pub telnyx_url: Address,
    /// The account that sends notifications, and with Twilio the codes. With the simulator, its default credentials
    /// replace missing ones. With Telnyx it may be missing.
    pub twilio: Option<TwilioConfig>,
    /// The Verify services of Twilio. Missing if only Telnyx is configured.
    pub services: Option<VerifyServices>,
    /// `TWILIO_VERIFY_PAYMENT_PSD2`: whether the service for payments receives amount and payee.
    pub payment_psd2: bool,
    /// `TWILIO_VERIFY_RATE_LIMITS`: whether Twilio receives the user's IP address, for fraud checks and for the
    /// rate limit `end_user_ip`.
    pub rate_limits: bool,
    /// Set if any of its variables is set, and with the simulator.
    pub telnyx: Option<TelnyxConfig>,
    /// The simulator.
    pub simulator: SimulatorConfig,
}

impl ProviderConfig {
    pub(super) fn read(read: &mut Reader) -> Self {
        let kind = ProviderKind::read(read);
        let simulator = SimulatorConfig::read(read, kind);
        let digits = read.number(CODE_LENGTH, DEFAULT_CODE_LENGTH, 4..=10);
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
            payment_psd2: verify_services::payment_psd2(read, services.as_ref()),
            services,
            telnyx: TelnyxConfig::read(read, kind),
            simulator,
        }
    }

    /// The number of digits of a code.
    pub fn digits(&self) -> u8 {
        self.code_length.unwrap_or(DEFAULT_CODE_LENGTH)
    }

    /// The origin of Twilio's API. `simulator` is the address of the embedded simulator, if it runs.
    pub fn twilio_origin(&self, simulator: Option<SocketAddr>) -> Origin {
        self.twilio_url
            .resolve(simulator.unwrap_or(self.simulator.listen))
    }

    /// The origin of Telnyx's API. `simulator` is the address of the embedded simulator, if it runs.
    pub fn telnyx_origin(&self, simulator: Option<SocketAddr>) -> Origin {
        self.telnyx_url
            .resolve(simulator.unwrap_or(self.simulator.listen))
    }
}
