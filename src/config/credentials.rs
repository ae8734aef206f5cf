//! Accounts and credentials of the phone providers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;

use super::credential_values::{
    TELNYX_HINT, TWILIO_HINT, read_twilio_sid, require_both_or_neither,
    use_default_or_report_missing_setting,
};
use super::origin::{Origin, ServiceOrigin};
use super::provider_kind::{Api, ProviderKind, simulator_defaults};
use super::reader::SettingsReader;
use super::secret::Secret;
use super::simulator::SimulatorConfig;
use super::verify_services::VerifyServices;

/// Credentials of the operator's Twilio account.
#[derive(Debug, Clone)]
pub struct TwilioConfig {
    /// `TWILIO_ACCOUNT_SID`.
    pub account_sid: String,
    /// `TWILIO_AUTH_TOKEN`. Twilio signs webhooks with it.
    pub auth_token: Secret<String>,
    /// `TWILIO_PREVIOUS_AUTH_TOKEN`: verifies webhooks that were signed before a rotation.
    pub previous_auth_token: Option<Secret<String>>,
    /// If set, API calls use it in place of the auth token, because a key can be revoked alone.
    pub api_key: Option<TwilioApiKey>,
}

/// Twilio API key: its SID and its secret.
#[derive(Debug, Clone)]
pub struct TwilioApiKey {
    /// `TWILIO_API_KEY_SID`.
    pub sid: String,
    /// `TWILIO_API_KEY_SECRET`.
    pub secret: Secret<String>,
}

/// Credentials of the operator's Telnyx account.
#[derive(Debug, Clone)]
pub struct TelnyxConfig {
    /// `TELNYX_API_KEY`.
    pub api_key: Secret<String>,
    pub profiles: VerifyServices,
    /// `TELNYX_PUBLIC_KEY` and `TELNYX_PREVIOUS_PUBLIC_KEY`. They verify webhooks; without them every webhook is
    /// refused.
    pub public_keys: Vec<VerifyingKey>,
}

/// Reads the base URLs of the Twilio and Telnyx APIs. With the simulator, one base URL applies to both.
pub(super) fn read_provider_base_urls(
    reader: &mut SettingsReader,
    kind: ProviderKind,
    simulator: &SimulatorConfig,
) -> (ServiceOrigin, ServiceOrigin) {
    const TWILIO: &str = "TWILIO_BASE_URL";
    const TELNYX: &str = "TELNYX_BASE_URL";
    let twilio: Option<Origin> = reader.read_parsed(
        TWILIO,
        "set https://verify.twilio.com, or http://address:port of a simulator",
    );
    let telnyx: Option<Origin> = reader.read_parsed(
        TELNYX,
        "set https://api.telnyx.com, or http://address:port of a simulator",
    );
    if !kind.is_simulator() {
        return (
            ServiceOrigin::Fixed(twilio.unwrap_or_else(Origin::twilio_verify_api_origin)),
            ServiceOrigin::Fixed(telnyx.unwrap_or_else(Origin::telnyx_api_origin)),
        );
    }
    if twilio.as_ref().is_some_and(Origin::is_twilio_origin) {
        let problem = "is an address of Twilio although the provider is the simulator";
        reader.report_setting_error(
            TWILIO,
            problem,
            "remove it, or set SALLYPORT_PROVIDER=twilio",
        );
    }
    if telnyx.as_ref().is_some_and(Origin::is_telnyx_origin) {
        let problem = "is an address of Telnyx although the provider is the simulator";
        reader.report_setting_error(
            TELNYX,
            problem,
            "remove it, or set SALLYPORT_PROVIDER=telnyx",
        );
    }
    let has_base_url = twilio.is_some() || telnyx.is_some();
    if !has_base_url && !simulator.embedded && simulator.listen.port() == 0 {
        let name = match kind.provider_api() {
            Api::Twilio => TWILIO,
            Api::Telnyx => TELNYX,
        };
        reader.report_setting_error(
            name,
            "is not set, and the simulator's port is not known",
            "set http://address:port of a separate simulator",
        );
    }
    (
        ServiceOrigin::configured_or_listener_origin(
            twilio.clone().or(telnyx.clone()),
            simulator.listen,
        ),
        ServiceOrigin::configured_or_listener_origin(telnyx.or(twilio), simulator.listen),
    )
}

impl TwilioConfig {
    /// Reads the Twilio credentials. Returns `None` if no Twilio account is set and the provider is Telnyx.
    pub(super) fn read_twilio_credentials(
        reader: &mut SettingsReader,
        kind: ProviderKind,
    ) -> Option<Self> {
        const SID: &str = "TWILIO_ACCOUNT_SID";
        const TOKEN: &str = "TWILIO_AUTH_TOKEN";
        let account_sid = read_twilio_sid(reader, SID, "AC");
        let auth_token = reader.read_issued_secret(TOKEN, 32, TWILIO_HINT);
        let previous_auth_token =
            reader.read_issued_secret("TWILIO_PREVIOUS_AUTH_TOKEN", 32, TWILIO_HINT);
        let api_key = TwilioApiKey::read_twilio_api_key(reader);
        let account = if kind.needs_twilio_credentials() {
            let account_sid = account_sid.unwrap_or_else(|| {
                use_default_or_report_missing_setting(
                    reader,
                    kind,
                    SID,
                    simulator_defaults::ACCOUNT_SID,
                    TWILIO_HINT,
                )
            });
            let auth_token = auth_token.unwrap_or_else(|| {
                let token = simulator_defaults::AUTH_TOKEN;
                Secret::new(use_default_or_report_missing_setting(
                    reader,
                    kind,
                    TOKEN,
                    token,
                    TWILIO_HINT,
                ))
            });
            Some((account_sid, auth_token))
        } else {
            require_both_or_neither(reader, SID, account_sid, TOKEN, auth_token)
        };
        account.map(|(account_sid, auth_token)| Self {
            account_sid,
            auth_token,
            previous_auth_token,
            api_key,
        })
    }
}

impl TwilioApiKey {
    /// Reads the Twilio API key. Returns `None` if it is not set.
    fn read_twilio_api_key(reader: &mut SettingsReader) -> Option<Self> {
        const SID: &str = "TWILIO_API_KEY_SID";
        const SECRET: &str = "TWILIO_API_KEY_SECRET";
        let sid = read_twilio_sid(reader, SID, "SK");
        let secret = reader.read_issued_secret(SECRET, 32, TWILIO_HINT);
        require_both_or_neither(reader, SID, sid, SECRET, secret)
            .map(|(sid, secret)| Self { sid, secret })
    }
}

impl TelnyxConfig {
    /// Reads the Telnyx credentials. Returns `None` if no Telnyx account is set and the provider is Twilio.
    pub(super) fn read_telnyx_credentials(
        reader: &mut SettingsReader,
        kind: ProviderKind,
    ) -> Option<Self> {
        const KEY: &str = "TELNYX_API_KEY";
        const PROFILE: &str = "TELNYX_VERIFY_PROFILE_ID";
        let needed = kind.needs_telnyx_credentials();
        let api_key = reader.read_issued_secret(KEY, 8, TELNYX_HINT).or_else(|| {
            let key = simulator_defaults::TELNYX_API_KEY;
            needed.then(|| {
                Secret::new(use_default_or_report_missing_setting(
                    reader,
                    kind,
                    KEY,
                    key,
                    TELNYX_HINT,
                ))
            })
        });
        let profiles = VerifyServices::read_telnyx_profiles(reader, kind, needed);
        let public_keys = read_telnyx_public_keys(reader, kind);
        require_both_or_neither(reader, KEY, api_key, PROFILE, profiles).map(
            |(api_key, profiles)| Self {
                api_key,
                profiles,
                public_keys,
            },
        )
    }
}

/// Reads the current and the previous Telnyx public key, which verify webhooks.
///
/// If the provider is the simulator, adds the simulator's public key.
fn read_telnyx_public_keys(reader: &mut SettingsReader, kind: ProviderKind) -> Vec<VerifyingKey> {
    let current = read_telnyx_public_key(reader, "TELNYX_PUBLIC_KEY");
    let previous = read_telnyx_public_key(reader, "TELNYX_PREVIOUS_PUBLIC_KEY");
    let simulators = kind
        .is_simulator()
        .then_some(simulator_defaults::TELNYX_PUBLIC_KEY);
    let simulators = simulators.and_then(parse_ed25519_public_key);
    [current, previous, simulators]
        .into_iter()
        .flatten()
        .collect()
}

/// Reads an Ed25519 public key from a setting.
fn read_telnyx_public_key(reader: &mut SettingsReader, name: &'static str) -> Option<VerifyingKey> {
    let text = reader.read_text(name)?;
    let key = parse_ed25519_public_key(&text);
    if key.is_none() {
        let problem = "is not an Ed25519 public key: 32 bytes in base64";
        reader.report_setting_error(name, problem, TELNYX_HINT);
    }
    key
}

/// Parses an Ed25519 public key from base64.
///
/// Returns `None` if it is malformed, or weak, so that signatures could be forged.
fn parse_ed25519_public_key(text: &str) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = STANDARD.decode(text).ok()?.try_into().ok()?;
    let key = VerifyingKey::from_bytes(&bytes).ok()?;
    (!key.is_weak()).then_some(key)
}
