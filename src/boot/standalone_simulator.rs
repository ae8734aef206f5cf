//! The command `sallyport simulator`, which runs the simulator of phone provider and mail server without the app.

use std::ffi::OsString;
use std::path::Path;

use simulator::{ListenError, SimulatorArguments, StandaloneConfig};
use tokio_util::sync::CancellationToken;

use super::embedded_simulator::build_simulator_settings;
use crate::config::{Config, ConfigErrors};

/// Loads the configuration of a standalone simulator from arguments, environment variables and `sallyport.toml`, in
/// descending priority.
///
/// Ignores settings that only the app needs.
pub fn load_standalone_simulator_config(
    arguments: &SimulatorArguments,
    env: impl Iterator<Item = (impl Into<OsString>, impl Into<OsString>)>,
    cwd: &Path,
) -> Result<Config, ConfigErrors> {
    // Base URLs of real providers are ignored too, so that the simulator also starts in a shell with variables for
    // the app.
    let fixed = [
        ("SALLYPORT_PROVIDER", "simulator"),
        ("SALLYPORT_SIMULATOR_EMBEDDED", "true"),
        ("SALLYPORT_LISTEN", "127.0.0.1:0"),
    ];
    let overrides = arguments.list_environment_overrides().chain(fixed);
    let overrides = overrides.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    // If a name occurs twice, the later value is used.
    let env = env
        .map(|(name, value)| -> (OsString, OsString) { (name.into(), value.into()) })
        .filter(|(name, _)| !name.to_string_lossy().ends_with("_BASE_URL"))
        .chain(overrides);
    Config::load_config_without_key_file(env, cwd)
}

/// Runs a standalone simulator of phone provider and mail server until `stop` is cancelled.
pub async fn run_standalone_simulator(
    arguments: &SimulatorArguments,
    config: &Config,
    stop: CancellationToken,
) -> Result<(), ListenError> {
    simulator::serve_standalone_simulator(build_standalone_config(arguments, config), stop).await
}

/// Builds the configuration of a standalone simulator, in which command-line arguments override `config`.
fn build_standalone_config(arguments: &SimulatorArguments, config: &Config) -> StandaloneConfig {
    let (simulator_config, code_length) = (&config.provider.simulator, config.provider.code_length);
    StandaloneConfig {
        listen: simulator_config.listen,
        smtp_listen: simulator_config.smtp_listen,
        settings: arguments
            .apply_arguments_to_settings(build_simulator_settings(config, None), code_length),
    }
}

#[cfg(test)]
mod tests {
    use simulator::Settings;

    use super::*;

    /// Returns the simulator settings for these command-line arguments and environment variables.
    fn read_simulator_settings(arguments: &SimulatorArguments, env: &[(&str, &str)]) -> Settings {
        let env = env.iter();
        let env = env.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let directory = tempfile::tempdir().expect("temporary directory is created");
        let config = load_standalone_simulator_config(arguments, env, directory.path());
        build_standalone_config(arguments, &config.expect("valid configuration")).settings
    }

    #[test]
    fn code_length_argument_overrides_the_variable_and_the_default_of_each_provider() {
        let eight = SimulatorArguments {
            code_length: Some("8".to_owned()),
            ..SimulatorArguments::default()
        };
        let none = SimulatorArguments::default();
        for (arguments, env, twilio, telnyx) in [
            (&none, &[][..], 6, 5),
            (&none, &[("SALLYPORT_CODE_LENGTH", "7")], 7, 7),
            (&eight, &[("SALLYPORT_CODE_LENGTH", "7")], 8, 8),
        ] {
            let settings = read_simulator_settings(arguments, env);
            assert_eq!(settings.twilio.services[0].code_length, twilio);
            assert_eq!(settings.telnyx.profiles[0].code_length, telnyx);
        }
    }

    #[test]
    fn api_key_is_read_from_the_environment() {
        let sid = "SK0123456789abcdef0123456789abcdef";
        let secret = "abcdef0123456789abcdef0123456789";
        let env = [
            ("TWILIO_API_KEY_SID", sid),
            ("TWILIO_API_KEY_SECRET", secret),
        ];
        let settings = read_simulator_settings(&SimulatorArguments::default(), &env);
        let key = settings.twilio.api_key.expect("a key");
        assert_eq!((key.sid.as_str(), key.secret.as_str()), (sid, secret));
    }
}
