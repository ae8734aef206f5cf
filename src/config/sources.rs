//! Where values come from: `sallyport.toml`, then the environment over it.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::settings::{SETTINGS, Setting, by_env, nearest};

/// A value as text, and the name the operator gave it by.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) name: String,
    pub(super) text: String,
}

/// What the sources hold, by variable, before anything is parsed.
pub(super) struct Sources {
    pub(super) given: BTreeMap<&'static str, Given>,
    pub(super) errors: Vec<ConfigError>,
    /// Settings that have an error already: what follows from it is noise.
    pub(super) faulty: Vec<&'static str>,
    cwd: PathBuf,
}

const CONFIG_PATH: &str = "SALLYPORT_CONFIG";

impl Sources {
    pub(super) fn gather(env: impl Iterator<Item = (String, String)>, cwd: &Path) -> Self {
        let mut sources = Self {
            given: BTreeMap::new(),
            errors: Vec::new(),
            faulty: Vec::new(),
            cwd: cwd.to_owned(),
        };
        let env: BTreeMap<String, String> = env.collect();
        sources.read_toml(env.get(CONFIG_PATH).map(String::as_str));
        sources.read_env(&env);
        sources
    }

    fn read_toml(&mut self, named: Option<&str>) {
        if named.is_some_and(|path| path.trim().is_empty()) {
            return self.error(CONFIG_PATH, "is empty", "set a path, or remove it");
        }
        let file_name = named.unwrap_or("sallyport.toml");
        let path = self.cwd.join(file_name);
        let name = path.display().to_string();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => return,
            Err(error) => {
                let remedy = "set SALLYPORT_CONFIG to a file that can be read";
                return self.error(name, format!("cannot be read: {error}"), remedy);
            }
        };
        match text.parse::<toml::Table>() {
            Ok(table) => self.read_table(&table, file_name),
            // The error's own text quotes the line, which may hold a secret that was put there by mistake.
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let line = 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
                let wrong = format!("is not TOML, at line {line}: {}", error.message());
                self.error(name, wrong, "see https://toml.io");
            }
        }
    }

    fn read_table(&mut self, table: &toml::Table, file_name: &str) {
        for (section, value) in table {
            match value {
                toml::Value::Table(keys) => {
                    for (key, value) in keys {
                        self.read_key(&format!("{section}.{key}"), value, file_name);
                    }
                }
                value => self.read_key(section, value, file_name),
            }
        }
    }

    // All unknown keys are wanted at once; serde's deny_unknown_fields would stop at the first.
    fn read_key(&mut self, key: &str, value: &toml::Value, file_name: &str) {
        let name = format!("{key} in {file_name}");
        let named = |known: &str| SETTINGS.iter().find(|setting| setting.key == known);
        let from_file = key
            .strip_suffix("_file")
            .and_then(named)
            .filter(|setting| setting.secret);
        match (named(key), from_file) {
            (Some(setting), _) if setting.secret => {
                let remedy = format!("set {key}_file to a file's name, or {}", setting.env);
                self.fault(setting, name, "is a secret and has no place here", remedy);
            }
            (Some(setting), _) | (None, Some(setting)) => match plain_text(value) {
                Some(text) if from_file.is_some() => self.take_file(setting, name, &text),
                Some(text) => self.take(setting, name, text),
                None => self.fault(
                    setting,
                    name,
                    format!("is a {}", value.type_str()),
                    "set text, a whole number, true, false, or a list of texts",
                ),
            },
            (None, None) => {
                let remedy = nearest(key, SETTINGS.iter().map(|setting| setting.key)).map_or_else(
                    || "remove it".to_owned(),
                    |near| format!("did you mean {near}? Otherwise remove it"),
                );
                self.error(name, "is not a key Sallyport knows", remedy);
            }
        }
    }

    fn read_env(&mut self, env: &BTreeMap<String, String>) {
        for setting in SETTINGS {
            let file_name = format!("{}_FILE", setting.env);
            let file = env.get(&file_name).filter(|_| setting.secret);
            match (env.get(setting.env), file) {
                (Some(_), Some(_)) => {
                    let wrong = format!("{file_name} is set too");
                    self.fault(setting, setting.env, wrong, "set one of the two");
                }
                (Some(text), None) => self.take(setting, setting.env.to_owned(), text.clone()),
                (None, Some(path)) => self.take_file(setting, file_name, path),
                (None, None) => {}
            }
        }
        // Other variables with a vendor's prefix may be other tools'; this prefix is ours alone.
        for name in env.keys().filter(|name| name.starts_with("SALLYPORT_")) {
            let bare = name.strip_suffix("_FILE").unwrap_or(name);
            let of_secret = by_env(bare).is_some_and(|setting| setting.secret);
            if name == CONFIG_PATH || by_env(name).is_some() || of_secret {
                continue;
            }
            let known = SETTINGS.iter().map(|setting| setting.env);
            let remedy = nearest(bare, known.chain([CONFIG_PATH])).map_or_else(
                || "unset it".to_owned(),
                |near| format!("did you mean {near}? Otherwise unset it"),
            );
            self.error(name, "is not a variable Sallyport knows", remedy);
        }
    }

    fn take_file(&mut self, setting: &'static Setting, name: String, path: &str) {
        if path.trim().is_empty() {
            return self.fault(setting, name, "is empty", "set a file's name, or remove it");
        }
        match fs::read_to_string(self.cwd.join(path)) {
            Ok(text) => {
                let text = text.strip_suffix('\n').unwrap_or(&text);
                let text = text.strip_suffix('\r').unwrap_or(text).to_owned();
                self.take(setting, format!("{name} ({path})"), text);
            }
            Err(error) => {
                let wrong = format!("{path} cannot be read: {error}");
                self.fault(setting, name, wrong, "set a file that holds the secret");
            }
        }
    }

    /// The last source to speak wins.
    fn take(&mut self, setting: &'static Setting, name: String, text: String) {
        if text.trim().is_empty() {
            return self.fault(setting, name, "is empty", "set a value, or remove it");
        }
        self.given.insert(setting.env, Given { name, text });
    }

    fn fault(
        &mut self,
        setting: &'static Setting,
        name: impl Into<String>,
        wrong: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.faulty.push(setting.env);
        self.error(name, wrong, remedy);
    }

    fn error(
        &mut self,
        name: impl Into<String>,
        wrong: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.errors.push(ConfigError {
            name: name.into(),
            wrong: wrong.into(),
            remedy: remedy.into(),
        });
    }
}

/// The text an environment variable would have for this value.
fn plain_text(value: &toml::Value) -> Option<String> {
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
