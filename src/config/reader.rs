//! Parses settings into types and collects the errors for one report.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::Path;
use std::str::FromStr;

use super::error::{ConfigError, ConfigErrors};
use super::secret::Secret;
use super::settings::{SETTINGS, by_env};
use super::sources::{Given, Sources};

/// Parses settings. An invalid value reads as `None` or as the default, and [`Reader::finish`] reports its error.
pub(super) struct Reader {
    sources: Sources,
    read: BTreeSet<&'static str>,
}

impl Reader {
    pub(super) fn new(env: impl Iterator<Item = (String, String)>, cwd: &Path) -> Self {
        Self {
            sources: Sources::gather(env, cwd),
            read: BTreeSet::new(),
        }
    }

    /// Returns the errors of all sources and sections.
    pub(super) fn finish(self) -> Result<(), ConfigErrors> {
        for setting in SETTINGS {
            debug_assert!(self.read.contains(setting.env), "{} unread", setting.env);
        }
        if self.sources.errors.is_empty() {
            Ok(())
        } else {
            Err(ConfigErrors(self.sources.errors))
        }
    }

    fn given(&mut self, name: &'static str) -> Option<&Given> {
        debug_assert!(by_env(name).is_some(), "{name} is missing in SETTINGS");
        self.read.insert(name);
        self.sources.given.get(name)
    }

    /// Whether a source sets it, to a valid value or not.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.sources.given.contains_key(name) || self.sources.faulty.contains(&name)
    }

    /// Records the first error of a setting. Later errors only follow from the first.
    pub(super) fn fault(
        &mut self,
        name: &'static str,
        wrong: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        if self.sources.faulty.contains(&name) {
            return;
        }
        self.sources.faulty.push(name);
        let given = self.sources.given.get(name);
        self.sources.errors.push(ConfigError {
            name: given.map_or_else(|| name.to_owned(), |given| given.name.clone()),
            wrong: wrong.into(),
            remedy: remedy.into(),
        });
    }

    /// The text of a setting, trimmed.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        self.given(name).map(|given| given.text.trim().to_owned())
    }

    /// A parsed value. `hint` tells the operator what to set.
    pub(super) fn parse<T>(&mut self, name: &'static str, hint: &str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        let text = self.text(name)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(name, format!("`{text}`: {error}"), hint);
                None
            }
        }
    }

    /// A list of parsed values, separated by commas.
    pub(super) fn list<T>(&mut self, name: &'static str, hint: &str) -> Option<Vec<T>>
    where
        T: FromStr<Err: Display>,
    {
        let text = self.text(name)?;
        let mut values = Vec::new();
        for item in text.split(',').map(str::trim) {
            match item.parse() {
                Ok(value) => values.push(value),
                Err(error) => self.fault(name, format!("`{item}`: {error}"), hint),
            }
        }
        Some(values)
    }

    /// One of several words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(name)?;
        let chosen = choices.iter().find(|(word, _)| *word == text);
        if chosen.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let wrong = format!("`{text}` is not a permitted value");
            self.fault(name, wrong, format!("set {}", words.join(" or ")));
        }
        chosen.map(|(_, value)| *value)
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.choice(name, &[("true", true), ("false", false)])
    }

    /// A whole number within `range`, in the unit that the variable's name states.
    pub(super) fn number<T>(
        &mut self,
        name: &'static str,
        default: T,
        range: RangeInclusive<T>,
    ) -> T
    where
        T: FromStr + Display + PartialOrd + Copy,
    {
        let Some(text) = self.text(name) else {
            return default;
        };
        if let Some(number) = text.parse().ok().filter(|number| range.contains(number)) {
            return number;
        }
        let (least, most) = range.into_inner();
        let wrong = format!("`{text}` is not a whole number from {least} to {most}");
        self.fault(name, wrong, format!("set one, or remove it for {default}"));
        default
    }

    /// A secret of at least `least` bytes, without whitespace, that differs from every other secret. `hint` tells the
    /// operator what to set.
    pub(super) fn secret(
        &mut self,
        name: &'static str,
        least: usize,
        hint: &str,
    ) -> Option<Secret<String>> {
        let text = self.given(name)?.text.clone();
        let twin = SETTINGS
            .iter()
            .filter(|setting| setting.secret && setting.env != name)
            .find(|other| {
                let given = self.sources.given.get(other.env);
                given.is_some_and(|given| given.text == text)
            });
        let wrong = if let Some(twin) = twin {
            Some(format!("has the same value as {}", twin.env))
        } else if text.contains(char::is_whitespace) {
            Some("contains whitespace".to_owned())
        } else if text.len() < least {
            Some(format!("is shorter than {least} characters"))
        } else {
            None
        };
        if let Some(wrong) = wrong {
            self.fault(name, wrong, hint);
            return None;
        }
        Some(Secret::new(text))
    }
}
