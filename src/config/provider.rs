//! Settings of the phone provider that sends and checks codes.

use std::net::SocketAddr;
use std::time::Duration;

use super::credentials::{self, TelnyxConfig, TwilioConfig};
use super::origin::{Origin, ServiceOrigin};
use super::provider_kind::ProviderKind;
use super::reader::SettingsReader;
use super::simulator::SimulatorConfig;
use super::verify_services::{self, VerifyServices};

const CODE_LENGTH: &str = "SALLYPORT_CODE_LENGTH";
/// The default number of digits of a code.
const DEFAULT_CODE_LENGTH: u8 = 6;

/// Settings of the phone provider: its kind, accounts, services and timeouts.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// `SALLYPORT_PROVIDER`.
    pub kind: ProviderKind,
    /// `SALLYPORT_CODE_LENGTH`: the number of digits of a code, if set.
    pub code_length: Option<u8>,
    /// `SALLYPORT_PROVIDER_CONNECT_TIMEOUT_MS`.
    pub connect_timeout: Duration,
    /// `SALLYPORT_PROVIDER_TIMEOUT_MS`: the time limit of a whole call, connecting included.
    pub timeout: Duration,
    /// `TWILIO_BASE_URL`: the origin of Twilio's Verify API.
    pub twilio_url: ServiceOrigin,
    /// `TELNYX_BASE_URL`: the origin of Telnyx's API.
    pub telnyx_url: ServiceOrigin,
    /// The Twilio account that sends notifications, and with Twilio as provider also codes. With the simulator, its
    /// credentials replace missing ones. With Telnyx it may be missing.
    pub twilio: Option<TwilioConfig>,
    /// The Verify service of each purpose at Twilio. `None` if only Telnyx is configured.
    pub services: Option<VerifyServices>,
    /// `TWILIO_VERIFY_PAYMENT_PSD2`: whether the service for payments receives amount and payee.
    pub payment_psd2: bool,
    /// `TWILIO_VERIFY_RATE_LIMITS`: whether Twilio receives the user's IP address, for fraud checks and for the
    /// rate limit `end_user_ip`.
    pub rate_limits: bool,
    /// The Telnyx account. Set if any of its variables is set, and with the simulator.
    pub telnyx: Option<TelnyxConfig>,
    /// The settings of the simulator.
    pub simulator: SimulatorConfig,
}

impl ProviderConfig {
    /// Reads the settings of the phone provider.
    pub(super) fn read_phone_provider_settings(reader: &mut SettingsReader) -> Self {
        let kind = ProviderKind::read_or_infer_provider_kind(reader);
        let simulator = SimulatorConfig::read_simulator_settings(reader, kind);
        let digits = reader.read_number(CODE_LENGTH, DEFAULT_CODE_LENGTH, 4..=10);
        let connect_timeout =
            reader.read_number("SALLYPORT_PROVIDER_CONNECT_TIMEOUT_MS", 3_000, 1..=3_000);
        let timeout = reader.read_number("SALLYPORT_PROVIDER_TIMEOUT_MS", 8_000, 1..=10_000);
        let (twilio_url, telnyx_url) =
            credentials::read_provider_base_urls(reader, kind, &simulator);
        let services = VerifyServices::read_twilio_services(reader, kind);
        Self {
            kind,
            code_length: reader.is_set(CODE_LENGTH).then_some(digits),
            connect_timeout: Duration::from_millis(connect_timeout),
            timeout: Duration::from_millis(timeout),
            twilio_url,
            telnyx_url,
            twilio: TwilioConfig::read_twilio_credentials(reader, kind),
            rate_limits: reader
                .read_bool("TWILIO_VERIFY_RATE_LIMITS")
                .unwrap_or(false),
            payment_psd2: verify_services::read_payment_psd2_setting(reader, services.as_ref()),
            services,
            telnyx: TelnyxConfig::read_telnyx_credentials(reader, kind),
            simulator,
        }
    }

    /// Returns the configured number of digits in a code.
    pub fn code_digits(&self) -> u8 {
        self.code_length.unwrap_or(DEFAULT_CODE_LENGTH)
    }

    /// Returns the origin of Twilio's API. `simulator_address` is the address of the embedded simulator, if it runs.
    pub fn twilio_origin(&self, simulator_address: Option<SocketAddr>) -> Origin {
        self.twilio_url
            .origin_for_listener(simulator_address.unwrap_or(self.simulator.listen))
    }

    /// Returns the origin of Telnyx's API. `simulator_address` is the address of the embedded simulator, if it runs.
    pub fn telnyx_origin(&self, simulator_address: Option<SocketAddr>) -> Origin {
        self.telnyx_url
            .origin_for_listener(simulator_address.unwrap_or(self.simulator.listen))
    }
}
