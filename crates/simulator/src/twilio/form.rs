//! Parses and validates the form bodies of Twilio's operations.

use std::collections::HashSet;
use std::net::IpAddr;

use serde_json::{Map, Value};

use super::errors::TwilioError;
use super::verification::{Channel, SendOptions, Transaction};
use crate::codes::is_e164;
use crate::identifiers::is_sid;

/// The fields of a form body in order. They are empty if the body is not a form, so that a JSON body
/// fails like a form without fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct FormFields {
    pub(crate) fields: Vec<(String, String)>,
    /// `false` if the content type is another one, or the body is invalid.
    pub(crate) is_form: bool,
}

impl FormFields {
    /// Returns the value of a field. An empty value counts as absent, as with Twilio.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Rejects a form that contains a field twice.
    pub(crate) fn reject_duplicates(&self) -> Result<(), TwilioError> {
        let mut seen = HashSet::new();
        match self.fields.iter().find(|(name, _)| !seen.insert(name)) {
            Some((name, value)) if name == "To" => Err(TwilioError::invalid_to(value)),
            Some((name, _)) => Err(TwilioError::invalid(name)),
            None => Ok(()),
        }
    }

    /// Returns the destination, which is required and must be E.164.
    pub(crate) fn phone_number(&self) -> Result<&str, TwilioError> {
        let to = self.get("To").unwrap_or_default();
        if is_e164(to) {
            Ok(to)
        } else {
            Err(TwilioError::invalid_to(to))
        }
    }

    /// Returns amount and payee, which a PSD2 service requires.
    pub(crate) fn transaction(&self) -> Result<Transaction, TwilioError> {
        match (self.get("Amount"), self.get("Payee")) {
            (Some(amount), Some(payee)) => Ok(Transaction {
                amount: amount.to_owned(),
                payee: payee.to_owned(),
            }),
            _ => Err(TwilioError::of(60206)),
        }
    }

    /// Returns the fields as a JSON object, for the ledger. Of duplicates it contains the last.
    pub(crate) fn as_json(&self) -> Value {
        let members = self
            .fields
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().into()));
        Value::Object(members.collect::<Map<_, _>>())
    }

    fn reject_unless(&self, name: &str, fits: impl Fn(&str) -> bool) -> Result<(), TwilioError> {
        match self.get(name) {
            Some(value) if !fits(value) => Err(TwilioError::invalid(name)),
            _ => Ok(()),
        }
    }
}

/// The validated parameters of a create.
#[derive(Clone, Debug)]
pub(crate) struct TwilioCreate<'a> {
    pub(crate) to: &'a str,
    pub(crate) options: SendOptions,
    pub(crate) transaction: Option<Transaction>,
    pub(crate) app_hash: Option<&'a str>,
    pub(crate) risk_check: bool,
}

impl<'a> TwilioCreate<'a> {
    /// Validates the destination, then the channel, then features, then the other fields.
    pub(crate) fn read(form: &'a FormFields, psd2: bool) -> Result<Self, TwilioError> {
        if form.get("Channel") == Some("email") && form.get("To").is_some() {
            return Err(TwilioError::of(60217));
        }
        let to = form.phone_number()?;
        let channel = channel(form.get("Channel"))?;
        reject_unavailable_features(form, psd2)?;
        let transaction = psd2.then(|| form.transaction()).transpose()?;
        if psd2 && channel == Channel::Call {
            return Err(TwilioError::of(60214));
        }
        reject_malformed(form)?;
        Ok(Self {
            to,
            options: SendOptions {
                channel,
                locale: form.get("Locale").unwrap_or("en").to_owned(),
                tags: tags(form.get("Tags")),
            },
            transaction,
            app_hash: form.get("AppHash").filter(|_| channel == Channel::Sms),
            risk_check: form.get("RiskCheck") != Some("disable") || channel != Channel::Sms,
        })
    }
}

/// Parses the channel. The account has no channel enabled beyond SMS and voice calls.
fn channel(name: Option<&str>) -> Result<Channel, TwilioError> {
    match name {
        Some("sms") => Ok(Channel::Sms),
        Some("call") => Ok(Channel::Call),
        Some("whatsapp") => Err(TwilioError::of(60223)),
        Some("email") => Err(TwilioError::of(60217)),
        // Silent network authentication needs an approval, which the account does not have.
        Some("sna") => Err(TwilioError::of(60001)),
        // The account must have `auto` enabled. Otherwise it is an unknown channel.
        _ => Err(TwilioError::invalid("Channel")),
    }
}

/// Rejects features that are not enabled for the service.
fn reject_unavailable_features(form: &FormFields, psd2: bool) -> Result<(), TwilioError> {
    let custom = ["CustomCode", "CustomFriendlyName"];
    let payment = ["Amount", "Payee"];
    let asks_for = |names: &[&str]| names.iter().any(|name| form.get(name).is_some());
    if asks_for(&custom) || !psd2 && asks_for(&payment) {
        return Err(TwilioError::of(60204));
    }
    if form.get("CustomMessage").is_some() {
        return Err(TwilioError::of(60243));
    }
    Ok(())
}

/// Rejects malformed optional fields. Most of these fields have no effect.
fn reject_malformed(form: &FormFields) -> Result<(), TwilioError> {
    let is_object = |text: &str| serde_json::from_str::<Map<String, Value>>(text).is_ok();
    form.reject_unless("Locale", is_language_tag)?;
    form.reject_unless("RateLimits", is_object)?;
    form.reject_unless("Tags", are_tags)?;
    form.reject_unless("TemplateCustomSubstitutions", is_object)?;
    form.reject_unless("ChannelConfiguration", is_object)?;
    form.reject_unless("DeviceIp", |ip| ip.parse::<IpAddr>().is_ok())?;
    form.reject_unless("RiskCheck", |word| matches!(word, "enable" | "disable"))?;
    form.reject_unless("AppHash", |hash| hash.len() == 11 && hash.is_ascii())?;
    form.reject_unless("TemplateSid", |sid| is_sid(sid, "HJ"))?;
    form.reject_unless("EnableSnaClientToken", |word| {
        matches!(word, "true" | "false")
    })?;
    form.reject_unless("SendDigits", |keys| {
        keys.chars().all(|key| "0123456789#*wW".contains(key))
    })
}

fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|letter| letter.is_ascii_alphabetic())
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

/// Parses the tags, which events repeat; null if there are none.
fn tags(given: Option<&str>) -> Value {
    given
        .and_then(|tags| serde_json::from_str(tags).ok())
        .unwrap_or_default()
}

/// Whether `text` is a JSON object of at most ten strings. Keys and values have at most 128
/// characters.
fn are_tags(text: &str) -> bool {
    let short = |text: &str| text.chars().count() <= 128;
    serde_json::from_str::<Map<String, Value>>(text).is_ok_and(|tags| {
        tags.len() <= 10
            && tags
                .iter()
                .all(|(key, value)| short(key) && value.as_str().is_some_and(short))
    })
}
