//! The sources of settings: `sallyport.toml`, and the environment, which takes precedence.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::settings::{SETTINGS, Setting, find_setting_by_variable, find_similar_name};
use domain::typed_text::without_byte_order_mark;

/// Unparsed value of a setting, with the environment variable, TOML key or file from which it was read.
#[derive(Debug)]
pub(super) struct RawValue {
    pub(super) name: String,
    pub(super) text: String,
}

/// Unparsed values of all settings, merged from the environment and `sallyport.toml`.
pub(super) struct Sources {
    pub(super) values: BTreeMap<&'static str, RawValue>,
    pub(super) errors: Vec<ConfigError>,
    /// The settings that have an error. Only the first error of a setting is reported.
    pub(super) with_errors: Vec<&'static str>,
    cwd: PathBuf,
}

const CONFIG_PATH: &str = "SALLYPORT_CONFIG";

/// The prefixes of variables that belong to Sallyport. Other variables with the prefix of a vendor may belong to other
/// tools.
const OWN_PREFIXES: [&str; 3] = [
    "SALLYPORT_",
    "TWILIO_VERIFY_SERVICE_SID_",
    "TELNYX_VERIFY_PROFILE_ID_",
];

/// The maximum length of a secret file in bytes. A longer file holds something else.
const MAX_SECRET_FILE_BYTES: u64 = 65_536;

impl Sources {
    /// Reads the values of all settings. Environment variables override the TOML file.
    pub(super) fn read_environment_and_settings_file(
        env: impl Iterator<Item = (impl Into<OsString>, impl Into<OsString>)>,
        cwd: &Path,
    ) -> Self {
        let mut sources = Self {
            values: BTreeMap::new(),
            errors: Vec::new(),
            with_errors: Vec::new(),
            cwd: cwd.to_owned(),
        };
        // If a name occurs twice, the later value is used.
        let env = env.map(|(name, value)| -> (OsString, OsString) { (name.into(), value.into()) });
        let env = sources.select_utf8_variables(env.collect());
        sources.read_toml_settings_file(env.get(CONFIG_PATH).map(String::as_str));
        sources.read_environment_variables(&env);
        sources
    }

    /// Returns the environment variables whose value is UTF-8.
    ///
    /// Records an error for each other variable that Sallyport reads, and for each that begins with one of
    /// [`OWN_PREFIXES`].
    fn select_utf8_variables(
        &mut self,
        env: BTreeMap<OsString, OsString>,
    ) -> BTreeMap<String, String> {
        let mut variables = BTreeMap::new();
        for (name, value) in env {
            let name = name.to_string_lossy().into_owned();
            if let Ok(value) = value.into_string() {
                variables.insert(name, value);
            } else {
                self.record_value_outside_utf8(name);
            }
        }
        variables
    }

    /// Records that the value of an environment variable is not UTF-8. Ignores a variable of another program.
    fn record_value_outside_utf8(&mut self, name: String) {
        let (problem, remedy) = ("is not UTF-8", "write the value in UTF-8");
        let of_secret = || {
            find_setting_by_variable(name.strip_suffix("_FILE")?).filter(|setting| setting.secret)
        };
        if let Some(setting) = find_setting_by_variable(&name).or_else(of_secret) {
            self.record_setting_error(setting, name, problem, remedy);
        } else if has_own_prefix(&name) {
            self.record_configuration_error(name, problem, remedy);
        }
    }

    /// Reads the TOML configuration file: the file `configured_path` from the environment, or `sallyport.toml`.
    fn read_toml_settings_file(&mut self, configured_path: Option<&str>) {
        if configured_path.is_some_and(|path| path.trim().is_empty()) {
            return self.record_configuration_error(
                CONFIG_PATH,
                "is empty",
                "set a path, or remove it",
            );
        }
        let file_name = configured_path.unwrap_or("sallyport.toml");
        let path = self.cwd.join(file_name);
        let name = path.display().to_string();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if configured_path.is_none() && error.kind() == ErrorKind::NotFound => {
                return;
            }
            Err(error) => {
                let remedy = "set SALLYPORT_CONFIG to a file that can be read";
                return self.record_configuration_error(
                    name,
                    format!("cannot be read: {error}"),
                    remedy,
                );
            }
        };
        let text = without_byte_order_mark(&text);
        match text.parse::<toml::Table>() {
            Ok(table) => self.store_settings_of_toml_table(&table, file_name),
            // The error of the parser quotes the line, which may contain a misplaced secret.
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let line = 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
                let problem = format!("is not TOML, at line {line}: {}", error.message());
                self.record_configuration_error(name, problem, "see https://toml.io");
            }
        }
    }

    /// Stores the values of all keys of a TOML table.
    fn store_settings_of_toml_table(&mut self, table: &toml::Table, file_name: &str) {
        for (section, value) in table {
            match value {
                toml::Value::Table(keys) => {
                    for (key, value) in keys {
                        self.store_toml_setting(&format!("{section}.{key}"), value, file_name);
                    }
                }
                value => self.store_toml_setting(section, value, file_name),
            }
        }
    }

    /// Stores the value of a TOML key. Records an error if the key is unknown.
    fn store_toml_setting(&mut self, key: &str, value: &toml::Value, file_name: &str) {
        // serde's `deny_unknown_fields` would stop at the first unknown key.
        let name = format!("{key} in {file_name}");
        let named = |known: &str| SETTINGS.iter().find(|setting| setting.key == known);
        let from_file = key
            .strip_suffix("_file")
            .and_then(named)
            .filter(|setting| setting.secret);
        match (named(key), from_file) {
            (Some(setting), _) if setting.secret => {
                let remedy = format!("set {key}_file to a file's name, or {}", setting.env);
                self.record_setting_error(
                    setting,
                    name,
                    "is a secret and must not be in this file",
                    remedy,
                );
            }
            (Some(setting), _) | (None, Some(setting)) => match convert_toml_value_to_text(value) {
                Some(text) if from_file.is_some() => {
                    self.store_secret_from_file(setting, name, &text);
                }
                Some(text) => self.store_setting_value(setting, name, text),
                None => self.record_setting_error(
                    setting,
                    name,
                    format!("is a {}", value.type_str()),
                    "set text, a whole number, true, false, or a list of texts",
                ),
            },
            (None, None) => {
                let remedy = find_similar_name(key, SETTINGS.iter().map(|setting| setting.key))
                    .map_or_else(
                        || "remove it".to_owned(),
                        |near| format!("did you mean {near}? Otherwise remove it"),
                    );
                self.record_configuration_error(name, "is not a key Sallyport knows", remedy);
            }
        }
    }

    /// Stores the values of the environment variables.
    ///
    /// Records an error for each unknown variable that begins with one of [`OWN_PREFIXES`].
    fn read_environment_variables(&mut self, env: &BTreeMap<String, String>) {
        for setting in SETTINGS {
            let file_name = format!("{}_FILE", setting.env);
            let file = env.get(&file_name).filter(|_| setting.secret);
            match (env.get(setting.env), file) {
                (Some(_), Some(_)) => {
                    let problem = format!("{file_name} is set too");
                    self.record_setting_error(setting, setting.env, problem, "set one of the two");
                }
                (Some(text), None) => {
                    self.store_setting_value(setting, setting.env.to_owned(), text.clone());
                }
                (None, Some(path)) => self.store_secret_from_file(setting, file_name, path),
                (None, None) => {}
            }
        }
        for name in env.keys().filter(|name| has_own_prefix(name)) {
            let bare = name.strip_suffix("_FILE").unwrap_or(name);
            let of_secret = find_setting_by_variable(bare).is_some_and(|setting| setting.secret);
            if name == CONFIG_PATH || find_setting_by_variable(name).is_some() || of_secret {
                continue;
            }
            let known = SETTINGS.iter().map(|setting| setting.env);
            let remedy = find_similar_name(bare, known.chain([CONFIG_PATH])).map_or_else(
                || "unset it".to_owned(),
                |near| format!("did you mean {near}? Otherwise unset it"),
            );
            self.record_configuration_error(name, "is not a variable Sallyport knows", remedy);
        }
    }

    /// Reads the file at `path`, and stores its content as the value of the secret `setting`.
    ///
    /// `name` is the variable or key that contains the path.
    fn store_secret_from_file(&mut self, setting: &'static Setting, name: String, path: &str) {
        if path.trim().is_empty() {
            return self.record_setting_error(
                setting,
                name,
                "is empty",
                "set a file's name, or remove it",
            );
        }
        match read_secret_file(&self.cwd.join(path)) {
            Ok(text) => {
                let text = without_byte_order_mark(&text);
                let text = text.strip_suffix('\n').unwrap_or(text);
                let text = text.strip_suffix('\r').unwrap_or(text).to_owned();
                self.store_setting_value(setting, format!("{name} ({path})"), text);
            }
            Err(error) => {
                let problem = format!("{path} cannot be read: {error}");
                self.record_setting_error(
                    setting,
                    name,
                    problem,
                    "set a file that holds the secret",
                );
            }
        }
    }

    /// Stores the unparsed value of a setting.
    ///
    /// The value of an environment variable replaces that of the TOML file, which is read first.
    fn store_setting_value(&mut self, setting: &'static Setting, name: String, text: String) {
        if text.trim().is_empty() {
            return self.record_setting_error(
                setting,
                name,
                "is empty",
                "set a value, or remove it",
            );
        }
        self.values.insert(setting.env, RawValue { name, text });
    }

    /// Records an error in a setting.
    fn record_setting_error(
        &mut self,
        setting: &'static Setting,
        name: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.with_errors.push(setting.env);
        self.record_configuration_error(name, problem, remedy);
    }

    /// Records an error about the environment variable, TOML key or file `name`.
    fn record_configuration_error(
        &mut self,
        name: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.errors.push(ConfigError {
            name: name.into(),
            problem: problem.into(),
            remedy: remedy.into(),
        });
    }
}

/// Returns whether the name of an environment variable begins with one of [`OWN_PREFIXES`].
fn has_own_prefix(name: &str) -> bool {
    OWN_PREFIXES.iter().any(|own| name.starts_with(own))
}

/// Reads the text of a secret file. Fails if the file is longer than [`MAX_SECRET_FILE_BYTES`].
fn read_secret_file(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?.take(MAX_SECRET_FILE_BYTES + 1);
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    if file.limit() == 0 {
        let problem = format!("it is longer than {MAX_SECRET_FILE_BYTES} bytes");
        return Err(io::Error::other(problem));
    }
    Ok(text)
}

/// Converts a TOML value to the text that the environment variable would have.
///
/// Returns `None` for tables and other unsupported types.
fn convert_toml_value_to_text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}
