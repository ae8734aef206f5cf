//! Tests of the configuration as a whole. They pass variables as arguments and never read the environment of the
//! process.

mod brand;
mod captcha;
mod development;
mod equal_secrets;
mod production;
mod programs;
mod reference;
mod secrets;
mod sources;
mod telnyx;
mod theming;
mod values;

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::{Config, ConfigErrors, TwilioConfig};

/// 64 different bytes in base64.
const SECRET_KEY: &str =
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

/// The minimal production configuration.
const PRODUCTION: &[(&str, &str)] = &[
    ("SALLYPORT_MODE", "production"),
    ("SALLYPORT_PUBLIC_URL", "https://id.example.com"),
    ("SALLYPORT_SECRET_KEY", SECRET_KEY),
    ("SALLYPORT_TRUSTED_PROXIES", "10.0.0.0/8"),
    ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"),
    ("TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef"),
    (
        "TWILIO_VERIFY_SERVICE_SID",
        "VA0123456789abcdef0123456789abcdef",
    ),
    (
        "TWILIO_VERIFY_SERVICE_SID_REGISTRATION",
        "VAfedcba9876543210fedcba9876543210",
    ),
    ("SALLYPORT_ALLOWED_COUNTRIES", "US,GB"),
    (
        "TWILIO_MESSAGING_SERVICE_SID",
        "MG0123456789abcdef0123456789abcdef",
    ),
    (
        "SALLYPORT_SMTP_URL",
        "smtps://ann:mail-password@mail.example.com",
    ),
    ("SALLYPORT_MAIL_FROM", "no-reply@example.com"),
];

type Variable<'a> = (&'a str, &'a str);

/// Loads a configuration from these environment variables, with `cwd` as working directory.
fn load_config_in(cwd: &Path, env: &[Variable]) -> Result<Config, ConfigErrors> {
    let env = env
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load_and_validate_config(env, cwd)
}

/// Loads a valid configuration from these environment variables.
fn load_config(env: &[Variable]) -> Config {
    load_config_in(create_empty_directory().path(), env).expect("valid configuration")
}

/// Returns the Twilio credentials of a configuration.
fn twilio_credentials(config: &Config) -> &TwilioConfig {
    config
        .provider
        .twilio
        .as_ref()
        .expect("account is configured")
}

/// Returns the error text of an invalid configuration.
fn config_error_text(env: &[Variable]) -> String {
    config_error_text_in(create_empty_directory().path(), env)
}

/// Returns the error text of an invalid configuration in the directory `cwd`.
fn config_error_text_in(cwd: &Path, env: &[Variable]) -> String {
    let errors = load_config_in(cwd, env).expect_err("the configuration is refused");
    errors.to_string()
}

/// Returns the environment variables of a minimal production configuration, with these changes.
///
/// An empty value removes a variable.
fn production_with<'a>(changes: &[Variable<'a>]) -> Vec<Variable<'a>> {
    let kept = PRODUCTION.iter().copied();
    kept.filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name))
        .chain(
            changes
                .iter()
                .copied()
                .filter(|(_, value)| !value.is_empty()),
        )
        .collect()
}

/// Creates an empty temporary directory.
fn create_empty_directory() -> TempDir {
    tempfile::tempdir().expect("temporary directory is created")
}

/// Creates a temporary directory with these files, given by name and content.
fn create_directory_with_files(files: &[(&str, &str)]) -> TempDir {
    let directory = create_empty_directory();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).expect("file is written");
    }
    directory
}

/// Checks that the error text contains all these parts.
#[track_caller]
fn assert_contains_all(report: &str, parts: &[&str]) {
    for part in parts {
        assert!(report.contains(part), "`{part}` is not in:\n{report}");
    }
}
