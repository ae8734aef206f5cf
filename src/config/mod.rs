//! The configuration, read once at the start and checked as a whole.
//!
//! Defaults, then `sallyport.toml`, then the environment; without any of them it is a development set-up on loopback
//! with the simulator for a provider. Whatever is wrong is reported together, and nothing starts until it is mended.

mod api;
mod captcha;
mod credentials;
mod error;
mod keys;
mod limits;
mod network;
mod notices;
mod origin;
mod payments;
mod phone;
mod production;
mod provider;
mod reader;
mod secret;
mod server;
mod settings;
mod sources;
mod store;
mod warnings;

#[cfg(test)]
mod tests;

use std::path::Path;

pub use api::{AccountsConfig, ApiClient, ApiConfig, MfaPolicy};
pub use captcha::{CaptchaConfig, CaptchaKind};
pub use error::{ConfigError, ConfigErrors};
pub use keys::KeysConfig;
pub use limits::{LimitsConfig, PasswordConfig, SessionConfig};
pub use network::Network;
pub use notices::{MailConfig, MailServer, NoticesConfig, SmsSender};
pub use origin::{Address, Origin};
pub use payments::PaymentsConfig;
pub use phone::{Country, PhoneConfig};
pub use provider::{
    Api, ProviderConfig, ProviderKind, SimulatorConfig, TelnyxConfig, TwilioApiKey, TwilioConfig,
    VerifyServices, WebhookTarget, simulator_defaults,
};
pub use secret::{Secret, SecretBytes};
pub use server::{HttpConfig, LogConfig, LogFormat, ServerConfig};
pub use settings::{SETTINGS, Setting};
pub use store::{DatabaseKind, StoreConfig};

use keys::ConfiguredKeys;
use reader::Reader;

/// Secrets inside print as `[redacted]`.
#[derive(Debug, Clone)]
pub struct Config {
    /// `SALLYPORT_MODE`: `development` or `production`. Default `development`.
    pub mode: Mode,
    pub server: ServerConfig,
    pub store: StoreConfig,
    pub provider: ProviderConfig,
    pub notices: NoticesConfig,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Development,
    Production,
}

impl Mode {
    fn pick<T>(self, development: T, production: T) -> T {
        match self {
            Self::Development => development,
            Self::Production => production,
        }
    }
}

impl Config {
    /// Reads and checks everything. Touches files, never the process's own environment.
    pub fn load(
        env: impl Iterator<Item = (String, String)>,
        cwd: &Path,
    ) -> Result<Self, ConfigErrors> {
        Self::read(env, cwd, ConfiguredKeys::complete)
    }

    /// The same for a program that keeps nothing, and is to leave no key of its own behind.
    pub fn load_passing(
        env: impl Iterator<Item = (String, String)>,
        cwd: &Path,
    ) -> Result<Self, ConfigErrors> {
        Self::read(env, cwd, ConfiguredKeys::passing)
    }

    fn read(
        env: impl Iterator<Item = (String, String)>,
        cwd: &Path,
        complete: fn(ConfiguredKeys, &Path) -> Result<KeysConfig, ConfigErrors>,
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
        let notices = NoticesConfig::read(read, mode, &provider);
        let phone = PhoneConfig::read(read);
        let payments = PaymentsConfig::read(read);
        let captcha = CaptchaConfig::read(read, mode);
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
            production::refuse(read, &server, &provider, &captcha, &keys);
            production::refuse_silence(read, &notices);
        }
        reader.finish()?;

        // Last, so that a refused configuration leaves no file behind.
        let keys = complete(keys, &store.data_dir)?;
        Ok(Self {
            mode,
            server,
            store,
            provider,
            notices,
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
