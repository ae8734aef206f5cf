//! The configuration, read and validated once at start.
//!
//! Sources in ascending precedence: defaults, `sallyport.toml`, environment. The defaults are a development server on
//! loopback with the simulator as the provider. All errors are reported together, and the server does not start with
//! any of them.

mod api;
mod captcha;
mod captcha_vendor;
mod credential_values;
mod credentials;
mod error;
mod keys;
mod limits;
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
mod verify_services;
mod warnings;

#[cfg(test)]
mod tests;

use std::path::Path;

pub use api::{AccountsConfig, ApiClient, ApiConfig, MfaPolicy};
pub use captcha::{CaptchaConfig, CaptchaKind, Score, VendorConfig};
pub use captcha_vendor::{Vendor, VendorFacts};
pub use credentials::{TelnyxConfig, TwilioApiKey, TwilioConfig};
pub use error::{ConfigError, ConfigErrors};
pub use keys::KeysConfig;
pub use limits::{LimitsConfig, PasswordConfig, SessionConfig};
pub use network::Network;
pub use notifications::{MailConfig, MailServer, NotificationsConfig, SmsSender};
pub use origin::{Address, Origin};
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
pub use verify_services::VerifyServices;

use keys::ConfiguredKeys;
use reader::Reader;

/// The whole configuration. Secrets print as `[redacted]`.
#[derive(Debug, Clone)]
pub struct Config {
    pub mode: Mode,
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
    /// Reads and validates all sources. `env` is the environment; `cwd` is where relative paths start.
    pub fn load(
        env: impl Iterator<Item = (String, String)>,
        cwd: &Path,
    ) -> Result<Self, ConfigErrors> {
        Self::read(env, cwd, ConfiguredKeys::or_key_file)
    }

    /// Reads and validates all sources for a program that stores nothing: a missing secret key lasts as long as the
    /// process, and no key file is created.
    pub fn load_without_key_file(
        env: impl Iterator<Item = (String, String)>,
        cwd: &Path,
    ) -> Result<Self, ConfigErrors> {
        Self::read(env, cwd, ConfiguredKeys::or_temporary_key)
    }

    fn read(
        env: impl Iterator<Item = (String, String)>,
        cwd: &Path,
        add_missing_key: fn(ConfiguredKeys, &Path) -> Result<KeysConfig, ConfigErrors>,
    ) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::new(env, cwd);
        let read = &mut reader;
        let modes = [
            ("development", Mode::Development),
            ("production", Mode::Production),
        ];
        let mode = read.choice("SALLYPORT_MODE", &modes);
        let mode = mode.unwrap_or(Mode::Development);
        let server = ServerConfig::read(read);
        let store = StoreConfig::read(read, cwd);
        let provider = ProviderConfig::read(read);
        let notifications = NotificationsConfig::read(read, mode, &provider);
        let phone = PhoneConfig::read(read);
        let payments = PaymentsConfig::read(read);
        let captcha = CaptchaConfig::read(read, mode, &provider);
        let keys = ConfiguredKeys::read(read);
        let password = PasswordConfig::read(read, mode);
        let session = SessionConfig::read(read);
        let limits = LimitsConfig::read(read, mode);
        let accounts = AccountsConfig::read(read);
        let api = ApiConfig::read(read);
        let http = HttpConfig::read(read);
        let log = LogConfig::read(read, mode);

        let simulator = &provider.simulator;
        if simulator.embedded && simulator.listen == server.listen && server.listen.port() != 0 {
            let wrong = "is the same address as SALLYPORT_LISTEN";
            read.fault("SALLYPORT_SIMULATOR_LISTEN", wrong, "set another port");
        }
        if mode == Mode::Production {
            production::refuse_unsafe_values(read, &server, &provider, &captcha, &keys);
            production::require_notifications(read, &notifications);
            production::require_countries(read, &phone);
        }
        reader.finish()?;

        // Last, so that a refused configuration creates no key file.
        let keys = add_missing_key(keys, &store.data_dir)?;
        Ok(Self {
            mode,
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
