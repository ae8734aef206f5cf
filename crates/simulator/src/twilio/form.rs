//! Strict reading of the form bodies: contract sections 2.2 to 2.4 and the closing paragraph of
//! section 5.

use std::collections::HashSet;
use std::net::IpAddr;

use serde_json::{Map, Value};

use super::super::codes::is_e164;
use super::errors::Refusal;
use super::verification::{Channel, Sending, Transaction};

/// The fields of a form body in order; empty where the body was not a form at all, so that a JSON
/// body fails as if everything were missing.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    pub(super) fields: Vec<(String, String)>,
    /// False when the content type is another one, or the body cannot be read.
    pub(super) is_form: bool,
}

impl Form {
    /// The value of a field. Empty means absent, as in Twilio's own API.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// A field given twice has no one meaning, so it is refused.
    pub(super) fn refuse_repeats(&self) -> Result<(), Refusal> {
        let mut seen = HashSet::new();
        match self.fields.iter().find(|(name, _)| !seen.insert(name)) {
            Some((name, value)) if name == "To" => Err(Refusal::invalid_to(value)),
            Some((name, _)) => Err(Refusal::invalid(name)),
            None => Ok(()),
        }
    }

    /// The destination: required and E.164.
    pub(super) fn phone_number(&self) -> Result<&str, Refusal> {
        let to = self.get("To").unwrap_or_default();
        if is_e164(to) {
            Ok(to)
        } else {
            Err(Refusal::invalid_to(to))
        }
    }

    /// Amount and payee, both mandatory on a PSD2 service.
    pub(super) fn transaction(&self) -> Result<Transaction, Refusal> {
        match (self.get("Amount"), self.get("Payee")) {
            (Some(amount), Some(payee)) => Ok(Transaction {
                amount: amount.to_owned(),
                payee: payee.to_owned(),
            }),
            _ => Err(Refusal::of(60206)),
        }
    }

    /// The fields as one JSON object, for the ledger. The last of repeated fields wins.
    pub(super) fn as_json(&self) -> Value {
        let members = self
            .fields
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().into()));
        Value::Object(members.collect::<Map<_, _>>())
    }

    fn refuse_unless(&self, name: &str, fits: impl Fn(&str) -> bool) -> Result<(), Refusal> {
        match self.get(name) {
            Some(value) if !fits(value) => Err(Refusal::invalid(name)),
            _ => Ok(()),
        }
    }
}

/// A create as it may be acted on.
#[derive(Clone, Debug)]
pub(super) struct CreateForm<'a> {
    pub(super) to: &'a str,
    pub(super) sending: Sending,
    pub(super) transaction: Option<Transaction>,
    pub(super) app_hash: Option<&'a str>,
    pub(super) risk_check: bool,
}

impl<'a> CreateForm<'a> {
    /// Destination first, channel second, then what the service cannot do, then the rest.
    pub(super) fn read(form: &'a Form, psd2: bool) -> Result<Self, Refusal> {
        if form.get("Channel") == Some("email") && form.get("To").is_some() {
            return Err(Refusal::of(60217));
        }
        let to = form.phone_number()?;
        let channel = channel(form.get("Channel"))?;
        refuse_features(form, psd2)?;
        let transaction = psd2.then(|| form.transaction()).transpose()?;
        if psd2 && channel == Channel::Call {
            return Err(Refusal::of(60214));
        }
        refuse_malformed(form)?;
        Ok(Self {
            to,
            sending: Sending {
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

/// Channels of an account to which nothing has been added: contract sections 2.2 and 2.8.
fn channel(name: Option<&str>) -> Result<Channel, Refusal> {
    match name {
        Some("sms") => Ok(Channel::Sms),
        Some("call") => Ok(Channel::Call),
        Some("whatsapp") => Err(Refusal::of(60223)),
        Some("email") => Err(Refusal::of(60217)),
        // Silent network authentication needs approval; without it the downstream is not set up.
        Some("sna") => Err(Refusal::of(60001)),
        // `auto` needs account enablement and is refused like an unknown word.
        _ => Err(Refusal::invalid("Channel")),
    }
}

/// What a service has to be enabled for, and this one is not.
fn refuse_features(form: &Form, psd2: bool) -> Result<(), Refusal> {
    let custom = ["CustomCode", "CustomFriendlyName"];
    let payment = ["Amount", "Payee"];
    let asks_for = |names: &[&str]| names.iter().any(|name| form.get(name).is_some());
    if asks_for(&custom) || !psd2 && asks_for(&payment) {
        return Err(Refusal::of(60204));
    }
    if form.get("CustomMessage").is_some() {
        return Err(Refusal::of(60243));
    }
    Ok(())
}

/// Most optional fields have no effect here, but all must be well formed.
fn refuse_malformed(form: &Form) -> Result<(), Refusal> {
    let is_object = |text: &str| serde_json::from_str::<Map<String, Value>>(text).is_ok();
    form.refuse_unless("Locale", is_language_tag)?;
    form.refuse_unless("RateLimits", is_object)?;
    form.refuse_unless("Tags", are_tags)?;
    form.refuse_unless("TemplateCustomSubstitutions", is_object)?;
    form.refuse_unless("ChannelConfiguration", is_object)?;
    form.refuse_unless("DeviceIp", |ip| ip.parse::<IpAddr>().is_ok())?;
    form.refuse_unless("RiskCheck", |word| matches!(word, "enable" | "disable"))?;
    form.refuse_unless("AppHash", |hash| hash.len() == 11 && hash.is_ascii())?;
    form.refuse_unless("TemplateSid", |sid| is_sid(sid, "HJ"))?;
    form.refuse_unless("EnableSnaClientToken", |word| {
        matches!(word, "true" | "false")
    })?;
    form.refuse_unless("SendDigits", |keys| {
        keys.chars().all(|key| "0123456789#*wW".contains(key))
    })
}

/// Two letters and 32 hex digits of either case.
pub(in super::super) fn is_sid(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|hex| hex.len() == 32 && hex.bytes().all(|digit| digit.is_ascii_hexdigit()))
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

/// What events echo; null where nothing was given.
fn tags(given: Option<&str>) -> Value {
    given
        .and_then(|tags| serde_json::from_str(tags).ok())
        .unwrap_or_default()
}

/// At most ten pairs, keys and values of at most 128 characters.
fn are_tags(text: &str) -> bool {
    let short = |text: &str| text.chars().count() <= 128;
    serde_json::from_str::<Map<String, Value>>(text).is_ok_and(|tags| {
        tags.len() <= 10
            && tags
                .iter()
                .all(|(key, value)| short(key) && value.as_str().is_some_and(short))
    })
}
