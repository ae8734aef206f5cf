//! Parses and validates the form bodies of Twilio requests.

use std::collections::HashSet;
use std::net::IpAddr;

use serde_json::{Map, Value};

use super::errors::TwilioError;
use super::verification::{Channel, SendOptions, Transaction};
use crate::codes::is_e164_phone_number;
use crate::identifiers::has_twilio_sid_format;

/// Form fields of a Twilio request in order.
///
/// Empty if the body is not a form, so that a JSON body fails like an empty form.
#[derive(Clone, Debug, Default)]
pub(crate) struct FormFields {
    pub(crate) fields: Vec<(String, String)>,
    /// Whether the content type is a form and the body is valid.
    pub(crate) is_form: bool,
}

impl FormFields {
    /// Returns the value of a form field. Like Twilio, treats an empty value as absent.
    pub(crate) fn find_non_empty_field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Fails with a Twilio error if the form contains a field twice.
    pub(crate) fn reject_duplicate_fields(&self) -> Result<(), TwilioError> {
        let mut seen = HashSet::new();
        match self.fields.iter().find(|(name, _)| !seen.insert(name)) {
            Some((name, value)) if name == "To" => {
                Err(TwilioError::invalid_phone_number_error(value))
            }
            Some((name, _)) => Err(TwilioError::invalid_parameter_error(name)),
            None => Ok(()),
        }
    }

    /// Parses the required phone number in `To`, which must have the E.164 format.
    pub(crate) fn parse_destination_phone_number(&self) -> Result<&str, TwilioError> {
        let to = self.find_non_empty_field("To").unwrap_or_default();
        if is_e164_phone_number(to) {
            Ok(to)
        } else {
            Err(TwilioError::invalid_phone_number_error(to))
        }
    }

    /// Parses the amount and payee that a PSD2 service requires.
    pub(crate) fn parse_payment_amount_and_payee(&self) -> Result<Transaction, TwilioError> {
        match (
            self.find_non_empty_field("Amount"),
            self.find_non_empty_field("Payee"),
        ) {
            (Some(amount), Some(payee)) => Ok(Transaction {
                amount: amount.to_owned(),
                payee: payee.to_owned(),
            }),
            _ => Err(TwilioError::from_error_code(60206)),
        }
    }

    /// Returns the form fields as a JSON object, which the simulator records with the call.
    ///
    /// The last of duplicate fields wins.
    pub(crate) fn to_json_for_ledger(&self) -> Value {
        let members = self
            .fields
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().into()));
        Value::Object(members.collect::<Map<_, _>>())
    }

    /// Fails with a Twilio error if the field is present and `is_valid` returns `false` for the value.
    fn reject_field_if_invalid(
        &self,
        name: &str,
        is_valid: impl Fn(&str) -> bool,
    ) -> Result<(), TwilioError> {
        match self.find_non_empty_field(name) {
            Some(value) if !is_valid(value) => Err(TwilioError::invalid_parameter_error(name)),
            _ => Ok(()),
        }
    }
}

/// Validated parameters of a Twilio request that creates a verification.
#[derive(Clone, Debug)]
pub(crate) struct TwilioCreate<'a> {
    pub(crate) to: &'a str,
    pub(crate) options: SendOptions,
    pub(crate) transaction: Option<Transaction>,
    pub(crate) app_hash: Option<&'a str>,
    pub(crate) risk_check: bool,
}

impl<'a> TwilioCreate<'a> {
    /// Validates a form that creates a verification: destination, then channel, then features, then other fields.
    pub(crate) fn validate_creation_form(
        form: &'a FormFields,
        is_psd2_enabled: bool,
    ) -> Result<Self, TwilioError> {
        if form.find_non_empty_field("Channel") == Some("email")
            && form.find_non_empty_field("To").is_some()
        {
            return Err(TwilioError::from_error_code(60217));
        }
        let to = form.parse_destination_phone_number()?;
        let channel = parse_message_channel(form.find_non_empty_field("Channel"))?;
        reject_unavailable_features(form, is_psd2_enabled)?;
        let transaction = is_psd2_enabled
            .then(|| form.parse_payment_amount_and_payee())
            .transpose()?;
        if is_psd2_enabled && channel == Channel::Call {
            return Err(TwilioError::from_error_code(60214));
        }
        reject_malformed_optional_fields(form)?;
        Ok(Self {
            to,
            options: SendOptions {
                channel,
                locale: form
                    .find_non_empty_field("Locale")
                    .unwrap_or("en")
                    .to_owned(),
                tags: parse_verification_tags(form.find_non_empty_field("Tags")),
            },
            transaction,
            app_hash: form
                .find_non_empty_field("AppHash")
                .filter(|_| channel == Channel::Sms),
            risk_check: form.find_non_empty_field("RiskCheck") != Some("disable")
                || channel != Channel::Sms,
        })
    }
}

/// Parses the message channel. Only SMS and voice calls are enabled.
fn parse_message_channel(channel_name: Option<&str>) -> Result<Channel, TwilioError> {
    match channel_name {
        Some("sms") => Ok(Channel::Sms),
        Some("call") => Ok(Channel::Call),
        Some("whatsapp") => Err(TwilioError::from_error_code(60223)),
        Some("email") => Err(TwilioError::from_error_code(60217)),
        // Silent network authentication needs an approval, which the account does not have.
        Some("sna") => Err(TwilioError::from_error_code(60001)),
        // The account must have `auto` enabled. Otherwise it is an unknown channel.
        _ => Err(TwilioError::invalid_parameter_error("Channel")),
    }
}

/// Fails with a Twilio error if the form uses a feature that is not enabled for the service.
///
/// If PSD2 is enabled, the form may contain amount and payee.
fn reject_unavailable_features(
    form: &FormFields,
    is_psd2_enabled: bool,
) -> Result<(), TwilioError> {
    let custom = ["CustomCode", "CustomFriendlyName"];
    let payment = ["Amount", "Payee"];
    let asks_for = |names: &[&str]| {
        names
            .iter()
            .any(|name| form.find_non_empty_field(name).is_some())
    };
    if asks_for(&custom) || !is_psd2_enabled && asks_for(&payment) {
        return Err(TwilioError::from_error_code(60204));
    }
    if form.find_non_empty_field("CustomMessage").is_some() {
        return Err(TwilioError::from_error_code(60243));
    }
    Ok(())
}

/// Fails with a Twilio error if an optional field is malformed. Most of these fields have no effect.
fn reject_malformed_optional_fields(form: &FormFields) -> Result<(), TwilioError> {
    let is_object = |text: &str| serde_json::from_str::<Map<String, Value>>(text).is_ok();
    form.reject_field_if_invalid("Locale", is_language_tag)?;
    form.reject_field_if_invalid("RateLimits", is_object)?;
    form.reject_field_if_invalid("Tags", is_valid_tags_json)?;
    form.reject_field_if_invalid("TemplateCustomSubstitutions", is_object)?;
    form.reject_field_if_invalid("ChannelConfiguration", is_object)?;
    form.reject_field_if_invalid("DeviceIp", |ip| ip.parse::<IpAddr>().is_ok())?;
    form.reject_field_if_invalid("RiskCheck", |word| matches!(word, "enable" | "disable"))?;
    form.reject_field_if_invalid("AppHash", |hash| hash.len() == 11 && hash.is_ascii())?;
    form.reject_field_if_invalid("TemplateSid", |sid| has_twilio_sid_format(sid, "HJ"))?;
    form.reject_field_if_invalid("EnableSnaClientToken", |word| {
        matches!(word, "true" | "false")
    })?;
    form.reject_field_if_invalid("SendDigits", |keys| {
        keys.chars().all(|key| "0123456789#*wW".contains(key))
    })
}

/// Returns whether `text` has the format of a language tag, for example `en-GB`.
fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|letter| letter.is_ascii_alphabetic())
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

/// Parses the `Tags` JSON of a request that creates a verification.
///
/// Webhook events repeat the tags. Returns JSON null if there are no tags.
fn parse_verification_tags(tags_json: Option<&str>) -> Value {
    tags_json
        .and_then(|tags| serde_json::from_str(tags).ok())
        .unwrap_or_default()
}

/// Returns whether `text` is a JSON object of tags that Twilio accepts.
///
/// It may have at most ten strings, with keys and values of at most 128 characters.
fn is_valid_tags_json(text: &str) -> bool {
    let short = |text: &str| text.chars().count() <= 128;
    serde_json::from_str::<Map<String, Value>>(text).is_ok_and(|tags| {
        tags.len() <= 10
            && tags
                .iter()
                .all(|(key, value)| short(key) && value.as_str().is_some_and(short))
    })
}
