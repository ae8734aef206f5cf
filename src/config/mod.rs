//! The configuration, read and validated once at start.
//!
//! Sources in ascending precedence: defaults, `sallyport.toml`, environment. The defaults are a development server on
//! loopback with the simulator as the provider. All errors are reported together, and the server does not start with
//! any of them.

mod api;
mod brand;
mod brand_colours;
mod brand_files;
mod captcha;
mod captcha_vendor;
mod credential_values;
mod credentials;
mod equal_secrets;
mod error;
mod keys;
mod limits;
mod log_filter;
mod network;
mod notifications;
mod origin;
mod payments;
mod phone;
mod production;
mod provider;
mod provider_kind;
mod reader;
pub mod reference;
mod secret;
mod server;
mod settings;
mod simulator;
mod sources;
mod store;
mod url_credentials;
mod verify_services;
mod warnings;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::Path;

pub use api::{AccountsConfig, ApiClient, ApiConfig, EmailVerification, MfaPolicy};
pub use brand::{BrandConfig, BrandLinks, BrandText};
pub use brand_colours::{Colour, DARK, LIGHT, Palette, Theme};
pub use brand_files::BrandFile;
pub use captcha::{CaptchaConfig, CaptchaKind, Score, VendorConfig};
pub use captcha_vendor::{Vendor, VendorFacts};
pub use credentials::{TelnyxConfig, TwilioApiKey, TwilioConfig};
pub use error::{ConfigError, ConfigErrors};
pub use keys::KeysConfig;
pub use limits::{LimitsConfig, PasswordConfig, SessionConfig};
pub use network::Network;
pub use notifications::{MailConfig, MailServer, NotificationsConfig, SmsSender};
pub use origin::{Origin, ServiceOrigin};
pub use payments::PaymentsConfig;
pub use phone::{Country, PhoneConfig};
pub use provider::ProviderConfig;
pub use provider_kind::{Api, ProviderKind, simulator_defaults};
pub use secret::{Secret, SecretBytes};
pub use server::{HttpConfig, LogConfig, LogFormat, ServerConfig};
pub use settings::Mode;
pub use settings::{SETTINGS, Setting};
pub use simulator::{HostName, SimulatorConfig, WebhookTarget};
pub use store::{DatabaseKind, StoreConfig};
pub use url_credentials::decode_url_credentials;
pub use verify_services::VerifyServices;

use keys::ConfiguredKeys;
use reader::SettingsReader;

/// Complete configuration of the server. Its `Debug` output shows secrets as `[redacted]`.
#[derive(Debug, Clone)]
pub struct Config {
    pub mode: Mode,
    pub brand: BrandConfig,
    pub server: ServerConfig,
    pub store: StoreConfig,
    pub provider: ProviderConfig,
    pub notifications: NotificationsConfig,
    pub phone: PhoneConfig,
    pub payments: PaymentsConfig,
    pub captcha: CaptchaConfig,
    pub keys: KeysConfig,
    pub password: PasswordConfig,
    pub session: SessionConfig,
    pub limits: LimitsConfig,
    pub accounts: AccountsConfig,
    pub api: ApiConfig,
    pub http: HttpConfig,
    pub log: LogConfig,
}

impl Config {
    /// Reads and validates all settings. `env` contains the environment variables; relative paths start at `cwd`.
    pub fn load_and_validate_config(
        env: impl Iterator<Item = (impl Into<OsString>, impl Into<OsString>)>,
        cwd: &Path,
    ) -> Result<Self, ConfigErrors> {
        Self::read_and_validate_settings(env, cwd, ConfiguredKeys::with_secret_key_from_file)
    }

    /// Reads and validates all settings for a command that stores nothing.
    ///
    /// Uses a random secret key in memory if none is set.
    pub fn load_config_without_key_file(
        env: impl Iterator<Item = (impl Into<OsString>, impl Into<OsString>)>,
        cwd: &Path,
    ) -> Result<Self, ConfigErrors> {
        Self::read_and_validate_settings(env, cwd, ConfiguredKeys::with_temporary_secret_key)
    }

    /// Reads and validates all settings. `add_missing_key` provides the secret key if the operator has set none.
    fn read_and_validate_settings(
        env: impl Iterator<Item = (impl Into<OsString>, impl Into<OsString>)>,
        cwd: &Path,
        add_missing_key: fn(ConfiguredKeys, &Path) -> Result<KeysConfig, ConfigErrors>,
    ) -> Result<Self, ConfigErrors> {
        let mut owned_reader = SettingsReader::from_environment_and_settings_file(env, cwd);
        let reader = &mut owned_reader;
        let modes = [
            ("development", Mode::Development),
            ("production", Mode::Production),
        ];
        let mode = reader.read_choice("SALLYPORT_MODE", &modes);
        let mode = mode.unwrap_or(Mode::Development);
        let server = ServerConfig::read_network_settings(reader);
        let brand = BrandConfig::read_brand_settings(reader, mode, cwd);
        let store = StoreConfig::read_storage_settings(reader, cwd);
        let provider = ProviderConfig::read_phone_provider_settings(reader);
        let notifications =
            NotificationsConfig::read_notification_channels(reader, mode, &provider, &brand);
        let phone = PhoneConfig::read_phone_number_settings(reader);
        let payments = PaymentsConfig::read_payment_settings(reader);
        let captcha = CaptchaConfig::read_captcha_settings(reader, mode, &provider);
        let keys = ConfiguredKeys::read_secret_keys(reader);
        let password = PasswordConfig::read_password_hash_settings(reader, mode);
        let session = SessionConfig::read_session_lifetimes(reader);
        let limits = LimitsConfig::read_rate_limits(reader, mode);
        let accounts = AccountsConfig::read_account_policy(reader, mode, &notifications);
        let api = ApiConfig::read_json_api_settings(reader);
        let http = HttpConfig::read_http_server_settings(reader);
        let log = LogConfig::read_log_settings(reader, mode);

        let simulator = &provider.simulator;
        if simulator.embedded && simulator.listen == server.listen && server.listen.port() != 0 {
            let problem = "is the same address as SALLYPORT_LISTEN";
            reader.report_setting_error("SALLYPORT_SIMULATOR_LISTEN", problem, "set another port");
        }
        if mode == Mode::Production {
            production::refuse_settings_unsafe_in_production(
                reader, &server, &provider, &captcha, &keys,
            );
            production::require_notification_channel(reader, &notifications);
            production::require_allowed_countries(reader, &phone);
        }
        // Comes after the other checks, so that a malformed secret has the error about its form.
        equal_secrets::refuse_equal_secrets(reader);
        owned_reader.into_result_with_all_errors()?;

        // Comes last, so that an invalid configuration creates no key file.
        let keys = add_missing_key(keys, &store.data_dir)?;
        Ok(Self {
            mode,
            brand,
            server,
            store,
            provider,
            notifications,
            phone,
            payments,
            captcha,
            keys,
            password,
            session,
            limits,
            accounts,
            api,
            http,
            log,
        })
    }
}
