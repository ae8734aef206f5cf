//! Parses settings into typed values and collects all errors for one report.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::Path;
use std::str::FromStr;

use super::error::{ConfigError, ConfigErrors};
use super::secret::Secret;
use super::settings::{SETTINGS, find_setting_by_variable};
use super::sources::{RawValue, Sources};

/// Parser of settings that collects all errors.
///
/// For an invalid value, its methods return `None` or the default of the setting.
/// [`SettingsReader::into_result_with_all_errors`] returns the collected errors.
pub(super) struct SettingsReader {
    sources: Sources,
    names_read: BTreeSet<&'static str>,
}

impl SettingsReader {
    /// Creates a reader of environment variables and of `sallyport.toml` in the directory `cwd`.
    pub(super) fn from_environment_and_settings_file(
        env: impl Iterator<Item = (impl Into<OsString>, impl Into<OsString>)>,
        cwd: &Path,
    ) -> Self {
        Self {
            sources: Sources::read_environment_and_settings_file(env, cwd),
            names_read: BTreeSet::new(),
        }
    }

    /// Returns all collected errors, or `Ok` if there are none.
    pub(super) fn into_result_with_all_errors(self) -> Result<(), ConfigErrors> {
        for setting in SETTINGS {
            debug_assert!(
                self.names_read.contains(setting.env),
                "{} unread",
                setting.env
            );
        }
        if self.sources.errors.is_empty() {
            Ok(())
        } else {
            Err(ConfigErrors(self.sources.errors))
        }
    }

    /// Finds the unparsed value of a setting; `None` if it is not set.
    fn find_raw_value(&mut self, name: &'static str) -> Option<&RawValue> {
        debug_assert!(
            find_setting_by_variable(name).is_some(),
            "{name} is missing in SETTINGS"
        );
        self.names_read.insert(name);
        self.sources.values.get(name)
    }

    /// Returns whether a setting is set, to a valid or invalid value.
    pub(super) fn is_set(&self, setting_name: &str) -> bool {
        self.sources.values.contains_key(setting_name)
            || self.sources.with_errors.contains(&setting_name)
    }

    /// Records an error of a setting. Later errors of the same setting are ignored.
    pub(super) fn report_setting_error(
        &mut self,
        name: &'static str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        if self.sources.with_errors.contains(&name) {
            return;
        }
        self.sources.with_errors.push(name);
        let value = self.sources.values.get(name);
        self.sources.errors.push(ConfigError {
            name: value.map_or_else(|| name.to_owned(), |value| value.name.clone()),
            problem: problem.into(),
            remedy: remedy.into(),
        });
    }

    /// Reads a setting as text without surrounding whitespace; `None` if it is not set.
    pub(super) fn read_text(&mut self, name: &'static str) -> Option<String> {
        self.find_raw_value(name)
            .map(|value| value.text.trim().to_owned())
    }

    /// Reads and parses a setting. For an invalid value, records an error with the remedy `hint` and returns `None`.
    pub(super) fn read_parsed<T>(&mut self, name: &'static str, hint: &str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        let text = self.read_text(name)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.report_setting_error(name, format!("`{text}`: {error}"), hint);
                None
            }
        }
    }

    /// Reads and parses a comma-separated list. Records an error for each invalid item and omits it.
    pub(super) fn read_list<T>(&mut self, name: &'static str, hint: &str) -> Option<Vec<T>>
    where
        T: FromStr<Err: Display>,
    {
        let text = self.read_text(name)?;
        let mut values = Vec::new();
        for item in text.split(',').map(str::trim) {
            match item.parse() {
                Ok(value) => values.push(value),
                Err(error) => self.report_setting_error(name, format!("`{item}`: {error}"), hint),
            }
        }
        Some(values)
    }

    /// Reads a setting that is one of the words in `choices`, and returns the value paired with that word.
    ///
    /// Records an error for any other word.
    pub(super) fn read_choice<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let text = self.read_text(name)?;
        let chosen = choices.iter().find(|(word, _)| *word == text);
        if chosen.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let problem = format!("`{text}` is not a permitted value");
            self.report_setting_error(name, problem, format!("set {}", words.join(" or ")));
        }
        chosen.map(|(_, value)| *value)
    }

    /// Reads a setting that is `true` or `false`.
    pub(super) fn read_bool(&mut self, name: &'static str) -> Option<bool> {
        self.read_choice(name, &[("true", true), ("false", false)])
    }

    /// Reads a setting that is a whole number, or returns `default` if it is not set.
    ///
    /// For a value that is not a whole number in `range`, records an error and returns `default`.
    pub(super) fn read_number<T>(
        &mut self,
        name: &'static str,
        default: T,
        range: RangeInclusive<T>,
    ) -> T
    where
        T: FromStr + Display + PartialOrd + Copy,
    {
        let Some(text) = self.read_text(name) else {
            return default;
        };
        if let Some(number) = text.parse().ok().filter(|number| range.contains(number)) {
            return number;
        }
        let (min, max) = range.into_inner();
        let problem = format!("`{text}` is not a whole number from {min} to {max}");
        self.report_setting_error(
            name,
            problem,
            format!("set one, or remove it for {default}"),
        );
        default
    }

    /// Returns the unparsed values of all secret settings that are set, in the order of [`SETTINGS`].
    pub(super) fn list_secret_values(&self) -> Vec<(&'static str, String)> {
        let secrets = SETTINGS.iter().filter(|setting| setting.secret);
        secrets
            .filter_map(|setting| {
                let value = self.sources.values.get(setting.env)?;
                Some((setting.env, value.text.clone()))
            })
            .collect()
    }

    /// Reads a secret of at least `min_bytes` bytes. Records an error for a shorter value, whitespace, control characters,
    /// and quotation marks around the value.
    pub(super) fn read_secret(
        &mut self,
        name: &'static str,
        min_bytes: usize,
        hint: &str,
    ) -> Option<Secret<String>> {
        let text = self.find_raw_value(name)?.text.clone();
        let problem = if text.contains(char::is_whitespace) {
            Some("contains whitespace".to_owned())
        } else if text.contains(char::is_control) {
            Some("contains a control character".to_owned())
        } else if is_in_quotation_marks(&text) {
            self.report_setting_error(name, "is in quotation marks", "remove them");
            return None;
        } else if text.len() < min_bytes {
            Some(format!("is shorter than {min_bytes} characters"))
        } else {
            None
        };
        if let Some(problem) = problem {
            self.report_setting_error(name, problem, hint);
            return None;
        }
        Some(Secret::new(text))
    }

    /// Reads a secret that a provider has issued, as [`Self::read_secret`] does.
    ///
    /// Records an error also for a character that occurs in no such secret, such as a comma.
    pub(super) fn read_issued_secret(
        &mut self,
        name: &'static str,
        min_bytes: usize,
        hint: &str,
    ) -> Option<Secret<String>> {
        let secret = self.read_secret(name, min_bytes, hint)?;
        // Letters, digits, and the other characters of base64, of URLs and of tokens.
        let is_issued = |c: char| c.is_ascii_alphanumeric() || "-_.~+/=:".contains(c);
        if !secret.expose().chars().all(is_issued) {
            let problem = "has a character that such a secret never has, such as a comma";
            self.report_setting_error(name, problem, hint);
            return None;
        }
        Some(secret)
    }
}

/// Returns whether a text begins and ends with a quotation mark.
pub(super) fn is_in_quotation_marks(text: &str) -> bool {
    const MARKS: &[char] = &['"', '\'', '`', '“', '”', '„', '‘', '’', '«', '»'];
    text.starts_with(MARKS) && text.ends_with(MARKS)
}
