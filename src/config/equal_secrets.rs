//! Refuses two secrets with the same value.

use super::reader::SettingsReader;
use super::url_credentials::find_url_password;

/// One secret. A setting can contain several.
struct ConfiguredSecret {
    setting: &'static str,
    /// Where the secret stands in its setting. `None` if it is the whole value.
    part: Option<String>,
    value: String,
}

/// Reports an error for each setting with a secret that equals another one, in the same setting or in another.
///
/// Compares whole values, the items of lists and the passwords in URLs. The errors contain no secret.
pub(super) fn refuse_equal_secrets(reader: &mut SettingsReader) {
    let values = reader.list_secret_values();
    let secrets: Vec<ConfiguredSecret> = values
        .into_iter()
        .flat_map(|(setting, text)| split_setting_into_secrets(setting, &text))
        .collect();
    for (at, secret) in secrets.iter().enumerate() {
        let equal = secrets
            .iter()
            .take(at)
            .find(|earlier| earlier.value == secret.value);
        if let Some(equal) = equal {
            let problem = format!("has the same value as {}", equal.describe());
            let problem = match &secret.part {
                None => problem,
                Some(part) => format!("{part} {problem}"),
            };
            reader.report_setting_error(secret.setting, problem, "set two different values");
        }
    }
}

impl ConfiguredSecret {
    /// Returns a text that names the secret without its value.
    fn describe(&self) -> String {
        match &self.part {
            None => self.setting.to_owned(),
            Some(part) => format!("{part} in {}", self.setting),
        }
    }
}

/// Returns the secrets in the value of one setting.
fn split_setting_into_secrets(setting: &'static str, text: &str) -> Vec<ConfiguredSecret> {
    let secret = |part: Option<String>, value: &str| ConfiguredSecret {
        setting,
        part,
        value: value.to_owned(),
    };
    let secrets: Vec<ConfiguredSecret> = match setting {
        "DATABASE_URL" | "SALLYPORT_SMTP_URL" => find_url_password(text)
            .map(|password| secret(Some("the password".to_owned()), &password))
            .into_iter()
            .collect(),
        "SALLYPORT_API_CLIENTS" => (1..)
            .zip(text.split(','))
            .map(|(number, client)| {
                let value = client.split_once(':').map_or(client, |(_, value)| value);
                secret(Some(format!("the secret of client {number}")), value)
            })
            .collect(),
        "SALLYPORT_PREVIOUS_SECRET_KEYS" => (1..)
            .zip(text.split(','))
            .map(|(number, key)| secret(Some(format!("key {number}")), key))
            .collect(),
        _ => vec![secret(None, text)],
    };
    secrets
        .into_iter()
        .filter(|secret| !secret.value.is_empty())
        .collect()
}
