//! Simulator as a separate program: reads settings from the environment, binds sockets and prints addresses.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::arguments::{SimulatorArguments, parse_host_name};
use crate::identifiers::{has_twilio_sid_format, is_uuid};
use crate::server::{Listeners, serve_simulator};
use crate::settings::{
    ApiKey, DEFAULT_PROFILE_ID, DEFAULT_REGISTRATION_PROFILE_ID, DEFAULT_REGISTRATION_SERVICE_SID,
    DEFAULT_SERVICE_SID, Settings, VerifyProfile, VerifyService,
};
use crate::simulator::Simulator;

/// Minimum length of a Twilio auth token or API key secret in characters.
const MIN_TWILIO_SECRET: usize = 32;
/// The beginnings of the names of all environment variables that the simulator reads.
const PREFIXES: [&str; 8] = [
    "SALLYPORT_",
    "TELNYX_API_KEY",
    "TELNYX_VERIFY_PROFILE_ID",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_API_KEY_SECRET",
    "TWILIO_API_KEY_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_VERIFY_",
];
/// Suffixes of the environment variables for purposes with a separate Twilio service or Telnyx profile.
///
/// Each suffix follows `TWILIO_VERIFY_SERVICE_SID` or `TELNYX_VERIFY_PROFILE_ID`.
const PURPOSES: [&str; 5] = [
    "_REGISTRATION",
    "_SIGN_IN",
    "_PHONE_CHANGE",
    "_PAYMENT",
    "_STEP_UP",
];
/// Index of registration in [`PURPOSES`].
const REGISTRATION: usize = 0;
/// Index of payments in [`PURPOSES`].
const PAYMENT: usize = 3;

/// Ids of Twilio services or Telnyx profiles that are used if no environment variable sets them.
struct DefaultIds {
    registration: &'static str,
    others: &'static str,
}

/// Configuration of a simulator that runs as its own program.
#[derive(Clone, Debug)]
pub struct StandaloneConfig {
    /// Address on which the simulator serves HTTP.
    pub listen: SocketAddr,
    /// Address on which the simulator receives mail by SMTP.
    pub smtp_listen: SocketAddr,
    pub settings: Settings,
}

/// Error for an environment variable with an invalid value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid simulator setting: `{name}` {reason}")]
pub struct InvalidSetting {
    pub name: String,
    /// What is wrong with the value. Never contains a secret.
    pub reason: String,
}

/// The error for an address that the simulator cannot bind.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot listen on {address}: {source}; stop the program that uses it, or set another address in {setting}"
)]
pub struct ListenError {
    /// Name of the setting that contains the address.
    pub setting: &'static str,
    pub address: SocketAddr,
    pub source: std::io::Error,
}

impl StandaloneConfig {
    /// Reads the configuration from command line arguments and environment variables. Arguments take precedence.
    pub fn load_arguments_and_environment(
        arguments: &SimulatorArguments,
        environment: impl Iterator<Item = (impl Into<OsString>, impl Into<OsString>)>,
    ) -> Result<Self, InvalidSetting> {
        let overrides = arguments.list_environment_overrides();
        let overrides =
            overrides.map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let environment = environment
            .map(|(name, value)| -> (OsString, OsString) { (name.into(), value.into()) });
        let variables =
            EnvironmentVariables::from_system_strings(environment.chain(overrides).collect())?;
        let code_length = variables.read_one_time_code_length()?;
        Ok(Self {
            listen: variables.read_listen_address("SALLYPORT_SIMULATOR_LISTEN", 4010)?,
            smtp_listen: variables.read_listen_address("SALLYPORT_SIMULATOR_SMTP_LISTEN", 4025)?,
            settings: arguments.apply_arguments_to_settings(
                variables.read_provider_account_settings()?,
                code_length,
            ),
        })
    }
}

/// Environment variables of the process by name.
struct EnvironmentVariables(BTreeMap<String, String>);

impl EnvironmentVariables {
    /// Converts environment variables to UTF-8. Fails if the value of a variable with one of [`PREFIXES`] is not UTF-8.
    fn from_system_strings(
        environment: BTreeMap<OsString, OsString>,
    ) -> Result<Self, InvalidSetting> {
        let mut variables = BTreeMap::new();
        for (name, value) in environment {
            let name = name.to_string_lossy().into_owned();
            if let Ok(value) = value.into_string() {
                variables.insert(name, value);
            } else if PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
                let reason = "is not UTF-8; write the value in UTF-8";
                return Err(create_invalid_setting_error(&name, reason));
            }
        }
        Ok(Self(variables))
    }

    /// Returns the value of an environment variable without whitespace at its ends. `None` if the variable is not set.
    fn trimmed_variable_value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim())
    }

    /// Reads a secret from the variable `name`, or from the file that the variable `{name}_FILE` names.
    ///
    /// The secret must have at least `min_length` characters.
    fn read_secret_variable(
        &self,
        name: &str,
        min_length: usize,
    ) -> Result<Option<String>, InvalidSetting> {
        let file_name = format!("{name}_FILE");
        let value = match (
            self.trimmed_variable_value(name),
            self.trimmed_variable_value(&file_name),
        ) {
            (Some(_), Some(_)) => {
                return Err(create_invalid_setting_error(
                    name,
                    "and its _FILE variable are both set; set one of them",
                ));
            }
            (Some(value), None) => value.to_owned(),
            (None, Some(path)) => match std::fs::read_to_string(path) {
                Ok(text) => secret_in_file_text(&text).to_owned(),
                Err(error) => {
                    return Err(create_invalid_setting_error(
                        &file_name,
                        format!("names an unreadable file: {error}"),
                    ));
                }
            },
            (None, None) => return Ok(None),
        };
        if value.len() < min_length {
            return Err(create_invalid_setting_error(
                name,
                format!("is shorter than {min_length} characters"),
            ));
        }
        Ok(Some(value))
    }

    /// Reads an environment variable whose value must satisfy `is_valid`. `reason` describes the rule in the error.
    fn read_and_validate_variable(
        &self,
        name: &str,
        is_valid: impl Fn(&str) -> bool,
        reason: &str,
    ) -> Result<Option<String>, InvalidSetting> {
        match self.trimmed_variable_value(name) {
            Some(value) if !is_valid(value) => Err(create_invalid_setting_error(name, reason)),
            value => Ok(value.map(str::to_owned)),
        }
    }

    /// Reads the listening address from an environment variable. The default is the loopback address with this port.
    fn read_listen_address(&self, name: &str, port: u16) -> Result<SocketAddr, InvalidSetting> {
        let Some(value) = self.trimmed_variable_value(name) else {
            return Ok((Ipv4Addr::LOCALHOST, port).into());
        };
        let reason = "must be an address and a port, such as 127.0.0.1:4010";
        value
            .parse()
            .map_err(|_| create_invalid_setting_error(name, reason))
    }

    /// Reads a boolean environment variable. A missing variable counts as `false`.
    fn read_boolean_variable(&self, name: &str) -> Result<bool, InvalidSetting> {
        match self.trimmed_variable_value(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(create_invalid_setting_error(name, "must be true or false")),
        }
    }

    /// Reads the environment variable for the number of digits of a one-time code.
    fn read_one_time_code_length(&self) -> Result<Option<u8>, InvalidSetting> {
        const NAME: &str = "SALLYPORT_CODE_LENGTH";
        let Some(value) = self.trimmed_variable_value(NAME) else {
            return Ok(None);
        };
        let length = value
            .parse()
            .ok()
            .filter(|length| (4..=10).contains(length));
        let reason = "must be a whole number from 4 to 10";
        length
            .map(Some)
            .ok_or_else(|| create_invalid_setting_error(NAME, reason))
    }

    /// Reads the settings of the simulated Twilio and Telnyx accounts.
    fn read_provider_account_settings(&self) -> Result<Settings, InvalidSetting> {
        let mut settings = Settings::default();
        let (twilio, telnyx) = (&mut settings.twilio, &mut settings.telnyx);
        let sid = |name: &str, prefix: &str| {
            let reason = format!("must be {prefix} and 32 hexadecimal digits");
            self.read_and_validate_variable(
                name,
                |value| has_twilio_sid_format(value, prefix),
                &reason,
            )
        };
        if let Some(account_sid) = sid("TWILIO_ACCOUNT_SID", "AC")? {
            twilio.account_sid = account_sid;
        }
        if let Some(token) = self.read_secret_variable("TWILIO_AUTH_TOKEN", MIN_TWILIO_SECRET)? {
            twilio.auth_token = token;
        }
        let key_sid = sid("TWILIO_API_KEY_SID", "SK")?;
        let key_secret = self.read_secret_variable("TWILIO_API_KEY_SECRET", MIN_TWILIO_SECRET)?;
        twilio.api_key = match (key_sid, key_secret) {
            (Some(sid), Some(secret)) => Some(ApiKey { sid, secret }),
            (None, None) => None,
            (Some(_), None) => {
                return Err(create_invalid_setting_error(
                    "TWILIO_API_KEY_SECRET",
                    "is not set",
                ));
            }
            (None, Some(_)) => {
                return Err(create_invalid_setting_error(
                    "TWILIO_API_KEY_SID",
                    "is not set",
                ));
            }
        };
        let defaults = DefaultIds {
            registration: DEFAULT_REGISTRATION_SERVICE_SID,
            others: DEFAULT_SERVICE_SID,
        };
        let services =
            read_service_or_profile_ids("TWILIO_VERIFY_SERVICE_SID", &defaults, |name| {
                sid(name, "VA")
            })?;
        let psd2 = self.read_boolean_variable("TWILIO_VERIFY_PAYMENT_PSD2")?;
        let payment = services[PAYMENT].clone();
        twilio.services = remove_duplicate_ids(services)
            .map(|sid| VerifyService {
                psd2: psd2 && sid == payment,
                sid,
                ..VerifyService::default()
            })
            .collect();
        if let Some(key) = self.read_secret_variable("TELNYX_API_KEY", 1)? {
            telnyx.api_key = key;
        }
        let defaults = DefaultIds {
            registration: DEFAULT_REGISTRATION_PROFILE_ID,
            others: DEFAULT_PROFILE_ID,
        };
        let profiles =
            read_service_or_profile_ids("TELNYX_VERIFY_PROFILE_ID", &defaults, |name| {
                let id = self.read_and_validate_variable(name, is_uuid, "must be a UUID")?;
                Ok(id.map(|id| id.to_ascii_lowercase()))
            })?;
        telnyx.profiles = remove_duplicate_ids(profiles)
            .map(|id| VerifyProfile {
                id,
                ..VerifyProfile::default()
            })
            .collect();
        settings.hosts = self.read_allowed_host_names()?;
        Ok(settings)
    }

    /// Reads the additional host names that requests may have in their `Host` header.
    fn read_allowed_host_names(&self) -> Result<Vec<String>, InvalidSetting> {
        const NAME: &str = "SALLYPORT_SIMULATOR_HOSTS";
        let names = self
            .trimmed_variable_value(NAME)
            .unwrap_or_default()
            .split(',');
        let names = names.map(str::trim).filter(|name| !name.is_empty());
        let host = |name| {
            parse_host_name(name).map_err(|_| {
                create_invalid_setting_error(NAME, "must be host names, such as simulator,dev.test")
            })
        };
        names.map(host).collect()
    }
}

/// Reads the id of the Twilio service or Telnyx profile for each of [`PURPOSES`].
///
/// `name` is the environment variable for all purposes that have no separate variable.
fn read_service_or_profile_ids(
    name: &str,
    defaults: &DefaultIds,
    read: impl Fn(&str) -> Result<Option<String>, InvalidSetting>,
) -> Result<Vec<String>, InvalidSetting> {
    let shared = read(name)?;
    let of_purpose = |(position, suffix): (usize, &&str)| {
        let default = match position {
            REGISTRATION => defaults.registration,
            _ => defaults.others,
        };
        let own = read(&format!("{name}{suffix}"))?;
        Ok(own
            .or_else(|| shared.clone())
            .unwrap_or_else(|| default.to_owned()))
    };
    PURPOSES.iter().enumerate().map(of_purpose).collect()
}

/// Sorts ids of Twilio Verify services or Telnyx Verify profiles, and removes duplicates.
fn remove_duplicate_ids(mut ids: Vec<String>) -> impl Iterator<Item = String> {
    ids.sort();
    ids.dedup();
    ids.into_iter()
}

/// Returns the secret in the text of a file, without a byte order mark before it and line endings after it.
fn secret_in_file_text(text: &str) -> &str {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.trim_end_matches(['\r', '\n'])
}

/// Creates the error for an environment variable with an invalid value.
fn create_invalid_setting_error(name: &str, reason: impl Into<String>) -> InvalidSetting {
    InvalidSetting {
        name: name.to_owned(),
        reason: reason.into(),
    }
}

/// Binds the HTTP and SMTP sockets, prints their addresses, and serves the simulator until `stop` is cancelled.
pub async fn serve_standalone_simulator(
    config: StandaloneConfig,
    stop: CancellationToken,
) -> Result<(), ListenError> {
    let (http, address) = bind_tcp_listener("SALLYPORT_SIMULATOR_LISTEN", config.listen).await?;
    print_line(&format!("Phone simulator is listening on http://{address}"));
    let (smtp, address) =
        bind_tcp_listener("SALLYPORT_SIMULATOR_SMTP_LISTEN", config.smtp_listen).await?;
    print_line(&format!("Mail simulator is listening on smtp://{address}"));
    let simulator = Simulator::new(config.settings);
    serve_simulator(simulator, Listeners { http, smtp }, stop).await;
    Ok(())
}

/// Prints a line to standard output. If standard output is closed, the simulator runs without it.
fn print_line(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Binds a TCP listener. Returns it with its actual address, which differs for port 0.
async fn bind_tcp_listener(
    setting: &'static str,
    address: SocketAddr,
) -> Result<(TcpListener, SocketAddr), ListenError> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| ListenError {
            setting,
            address,
            source,
        })?;
    let bound = listener.local_addr().unwrap_or(address);
    Ok((listener, bound))
}

#[cfg(test)]
#[path = "standalone_tests.rs"]
mod tests;
