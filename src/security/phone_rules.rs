//! Parses phone numbers as users type them, and rejects numbers that cannot or must not receive codes, before any
//! provider is called (docs/security.md#reg-11).
//!
//! The numbering plans are those of libphonenumber. Its parser reads letters as digits and removes extensions, so
//! only digits and separators are passed to it. It gets the default country for national numbers only: otherwise it
//! would remove that country's trunk prefix from foreign numbers (+49 170… would lose its 1 with the default US).

use std::iter;
use std::sync::{Arc, OnceLock};

use phonenumber::Mode;
use phonenumber::country::Id;
use phonenumber::metadata::{DATABASE, Descriptor, Metadata};

use super::phone_countries::{PhoneCountry, list_phone_countries};
use super::phone_dialling::{DialledNumber, find_meant_number, list_numbers_after_dialling_prefix};
use super::phone_notation::{is_argentine_domestic_notation, list_numbers_in_current_notation};
use super::phone_text::remove_phone_labels_and_separators;
use crate::config::{Country, PhoneConfig};
use domain::{PhoneNumber, Problem};

/// Rules for typed phone numbers: the default country and the allowed countries.
#[derive(Clone, Debug)]
pub struct PhoneRules {
    default_country: Id,
    allowed_countries: Option<Vec<Id>>,
    /// The allowed countries, listed at the first use.
    countries: Arc<OnceLock<Vec<PhoneCountry>>>,
}

/// Error for a text that is not the ISO 3166-1 code of a country with phone numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the ISO 3166-1 code of a country with phone numbers")]
pub struct UnknownCountry(String);

impl PhoneRules {
    /// Creates the rules from ISO 3166-1 country codes.
    ///
    /// `default_country` is the country of numbers without country code. `allowed` are the allowed countries; `None`
    /// allows all.
    pub fn new(default_country: &str, allowed: Option<&[&str]>) -> Result<Self, UnknownCountry> {
        let allowed = allowed.map(|codes| codes.iter().copied().map(parse_country).collect());
        Ok(Self {
            default_country: parse_country(default_country)?,
            allowed_countries: allowed.transpose()?,
            countries: Arc::default(),
        })
    }

    /// Creates the rules from the operator's configuration.
    pub fn from_config(config: &PhoneConfig) -> Result<Self, UnknownCountry> {
        let allowed = config.allowed_countries.as_ref();
        let allowed: Option<Vec<&str>> =
            allowed.map(|all| all.iter().map(Country::as_str).collect());
        Self::new(config.default_country.as_str(), allowed.as_deref())
    }

    /// Returns whether phone numbers of a country are allowed.
    fn allows_country(&self, country: Id) -> bool {
        let allowed = self.allowed_countries.as_ref();
        allowed.is_none_or(|allowed| allowed.contains(&country))
    }

    /// Returns the allowed countries, sorted by their codes.
    pub fn list_countries(&self) -> &[PhoneCountry] {
        let allowed = self.allowed_countries.as_deref();
        self.countries.get_or_init(|| list_phone_countries(allowed))
    }

    /// Returns these phone number rules with another default country; `None` if the country is unknown or not allowed.
    pub(super) fn with_default_country(&self, code: &str) -> Option<Self> {
        let country = parse_country(code).ok();
        let default_country = country.filter(|country| self.allows_country(*country))?;
        Some(Self {
            default_country,
            ..self.clone()
        })
    }

    /// Returns the ISO 3166-1 code of the default country.
    pub(super) fn default_country(&self) -> &str {
        self.default_country.as_ref()
    }
}

/// Formats a phone number for the user in international form with spaces, such as "+49 1512 3456789".
pub fn format_phone_number_in_groups(number: &PhoneNumber) -> String {
    let e164 = number.as_e164();
    phonenumber::parse(None, e164).map_or_else(
        |_| e164.to_owned(),
        |number| number.format().mode(Mode::International).to_string(),
    )
}

/// Parses an ISO 3166-1 country code.
fn parse_country(country_code: &str) -> Result<Id, UnknownCountry> {
    // The parser panics for a country without a numbering plan.
    let id = country_code
        .parse()
        .ok()
        .filter(|_| DATABASE.by_id(country_code).is_some());
    id.ok_or_else(|| UnknownCountry(country_code.to_owned()))
}

/// Parses a typed or pasted phone number.
///
/// Fails with `PhoneInvalid` if the number cannot exist or can be that of another person, with
/// `PhoneCountryUnsupported` if its country is not allowed, and with `PhoneUnsupported` if a number of its type
/// receives no codes.
pub fn parse_phone_number(typed_number: &str, rules: &PhoneRules) -> Result<PhoneNumber, Problem> {
    let typed = remove_phone_labels_and_separators(typed_number)?;
    let dialled = list_numbers_after_dialling_prefix(&typed, rules.default_country);
    let parsed = if dialled.is_empty() {
        parse_number_in_any_notation(&typed.digits, rules)
    } else {
        parse_number_after_dialling_prefix(&dialled, rules)
    };
    if typed.has_final_plus {
        // The number of another country must not replace a national one with an accidental `+`.
        let without_plus = typed.digits.trim_start_matches('+');
        let national = parse_number_in_any_notation(without_plus, rules);
        if national.is_ok() && national != parsed {
            return Err(Problem::PhoneInvalid);
        }
    }
    let number = parsed?;
    if is_number_of_another_country_without_plus(&typed.digits, &number, rules) {
        return Err(Problem::PhoneInvalid);
    }
    Ok(number)
}

/// Returns whether digits without `+` can be another number than the parsed one, with a country code at their start.
///
/// If the parsed number ends with all digits, they are a current number of the default country, and that number is
/// meant. Otherwise a prefix was removed or a digit inserted. An example is `1 415 555 0142` with Mexico as default
/// country: it is the American number +1 415 555 0142, and an outdated form of +52 415 555 0142.
fn is_number_of_another_country_without_plus(
    digits: &str,
    parsed: &PhoneNumber,
    rules: &PhoneRules,
) -> bool {
    // No country code begins with 0.
    if digits.starts_with(['+', '0'])
        || parsed.as_e164().ends_with(digits)
        || is_argentine_domestic_notation(digits, parsed)
    {
        return false;
    }
    // A number of a country that is not allowed can be meant too.
    let rules_for_all_countries = PhoneRules {
        default_country: rules.default_country,
        allowed_countries: None,
        countries: Arc::default(),
    };
    let international = format!("+{digits}");
    parse_number_in_any_notation(&international, &rules_for_all_countries)
        .is_ok_and(|other| other != *parsed)
}

/// Parses a phone number in current, outdated or domestic notation.
fn parse_number_in_any_notation(digits: &str, rules: &PhoneRules) -> Result<PhoneNumber, Problem> {
    match parse_number_in_current_notation(digits, rules) {
        Err(Problem::PhoneInvalid) => parse_number_in_outdated_or_domestic_notation(digits, rules),
        parsed => parsed,
    }
}

/// Parses the phone number that is meant by digits with a dialling prefix.
///
/// `dialled` are the numbers that the digits can mean. Fails with `PhoneInvalid` if several of them exist and none is
/// preferred, because a code must not go to another person.
fn parse_number_after_dialling_prefix(
    dialled: &[DialledNumber],
    rules: &PhoneRules,
) -> Result<PhoneNumber, Problem> {
    if let Some(meant) = find_meant_number(dialled) {
        let parsed = parse_number_in_any_notation(&meant.number, rules);
        // Groups exclude every other meaning, also if the number does not exist: a digit may be missing.
        if meant.is_grouped || parsed != Err(Problem::PhoneInvalid) {
            return parsed;
        }
    }
    for parse in [
        parse_number_in_current_notation,
        parse_number_in_outdated_or_domestic_notation,
    ] {
        let mut existing = dialled
            .iter()
            .map(|dialled| parse(&dialled.number, rules))
            .filter(|parsed| *parsed != Err(Problem::PhoneInvalid));
        let Some(first) = existing.next() else {
            continue;
        };
        // A landline after a carrier code does not exclude a mobile number after `00`.
        let is_only_one =
            existing.all(|other| other == first || other == Err(Problem::PhoneUnsupported));
        return if is_only_one {
            first
        } else {
            Err(Problem::PhoneInvalid)
        };
    }
    Err(Problem::PhoneInvalid)
}

/// Parses a phone number in international notation, or in the national notation of the default country.
///
/// International notation begins with `+` and the country code.
fn parse_number_in_current_notation(
    digits: &str,
    rules: &PhoneRules,
) -> Result<PhoneNumber, Problem> {
    let fictitious = remove_trunk_prefix_of_fictitious_number(digits);
    let digits = fictitious.as_deref().unwrap_or(digits);
    let default = (!digits.starts_with('+')).then_some(rules.default_country);
    let number = phonenumber::parse(default, digits).map_err(|_| Problem::PhoneInvalid)?;
    let national = number.national().to_string();
    let e164 = format!("+{}{national}", number.code().value());
    if digits.starts_with('+') && !does_parser_keep_all_digits(digits, &e164, &national) {
        return Err(Problem::PhoneInvalid);
    }
    let canonical = PhoneNumber::from_e164(&e164).ok_or(Problem::PhoneInvalid)?;
    if is_fictitious_number(&e164) {
        return rules
            .allows_country(Id::GB)
            .then_some(canonical)
            .ok_or(Problem::PhoneCountryUnsupported);
    }
    if !number.is_valid() {
        return Err(Problem::PhoneInvalid);
    }
    // Satellite phones, +979 and other codes without a country end here.
    let country = number.country().id().ok_or(Problem::PhoneUnsupported)?;
    let plan = number
        .metadata(&DATABASE)
        .ok_or(Problem::PhoneUnsupported)?;
    if !rules.allows_country(country) {
        return Err(Problem::PhoneCountryUnsupported);
    }
    let supported = may_be_mobile_number(plan, &national)
        && !is_premium_rate_number(number.code().value(), &national);
    supported
        .then_some(canonical)
        .ok_or(Problem::PhoneUnsupported)
}

/// Parses a phone number in an outdated or domestic notation, and converts it to the current notation.
///
/// Fails unless exactly one current number is possible.
fn parse_number_in_outdated_or_domestic_notation(
    digits: &str,
    rules: &PhoneRules,
) -> Result<PhoneNumber, Problem> {
    let plan = DATABASE.by_id(rules.default_country.as_ref());
    let international: Vec<String> = match plan.map(|plan| plan.country_code().to_string()) {
        Some(code) if !digits.starts_with('+') => {
            // The country code can stand before the number without `+`.
            let with_code = digits.starts_with(&code).then(|| format!("+{digits}"));
            let without_code = format!("+{code}{digits}");
            iter::once(without_code).chain(with_code).collect()
        }
        _ => vec![digits.to_owned()],
    };
    let parsed: Vec<Result<PhoneNumber, Problem>> = international
        .iter()
        .flat_map(|number| list_numbers_in_current_notation(number))
        .map(|form| parse_number_in_current_notation(&form, rules))
        .collect();
    let mut numbers = parsed.iter().filter_map(|number| number.as_ref().ok());
    let Some(number) = numbers.next() else {
        let is_of_other_country = parsed.contains(&Err(Problem::PhoneCountryUnsupported));
        return Err(if is_of_other_country {
            Problem::PhoneCountryUnsupported
        } else {
            Problem::PhoneInvalid
        });
    };
    numbers
        .all(|other| other == number)
        .then(|| number.clone())
        .ok_or(Problem::PhoneInvalid)
}

/// Returns the ISO 3166-1 code of a phone number's country, or the calling code of a number without country.
pub fn find_country_code_of_number(number: &PhoneNumber) -> String {
    // It distinguishes countries that share a calling code, such as the United States and Jamaica.
    let e164 = number.as_e164();
    if is_fictitious_number(e164) {
        return Id::GB.as_ref().to_owned();
    }
    match phonenumber::parse(None, e164) {
        Ok(parsed) => parsed.country().id().map_or_else(
            || format!("+{}", parsed.code().value()),
            |id| id.as_ref().to_owned(),
        ),
        Err(_) => String::new(),
    }
}

/// Returns the ISO 3166-1 code of a phone number's country as a constant of the numbering plan, for metrics.
///
/// Returns `other` for a number without country.
pub fn find_country_label_of_number(number: &PhoneNumber) -> &'static str {
    let code = find_country_code_of_number(number);
    DATABASE.by_id(code.as_str()).map_or("other", Metadata::id)
}

/// Masks a phone number for API clients, such as `+1******3456`.
///
/// The result is the country code, six stars and the last four digits.
pub fn mask_phone_number(number: &PhoneNumber) -> String {
    // Pages use another mask: `PhoneNumber::masked_hint`.
    let e164 = number.as_e164();
    let code = phonenumber::parse(None, e164).map_or(0, |parsed| parsed.code().value());
    let last = e164.get(e164.len().saturating_sub(4)..).unwrap_or_default();
    if code == 0 {
        return format!("+******{last}");
    }
    format!("+{code}******{last}")
}

/// Returns whether the parsed number has all digits of the typed international number.
///
/// `e164` is the parsed number, and `digits` are the typed digits. A trunk prefix 0 may be missing.
fn does_parser_keep_all_digits(digits: &str, e164: &str, national: &str) -> bool {
    // If the parser removes any other digit, the result may be the number of another person.
    let code = e164.strip_suffix(national).unwrap_or_default();
    let number_after_country_code = digits.strip_prefix(code).unwrap_or_default();
    digits == e164 || number_after_country_code.strip_prefix('0') == Some(national)
}

/// Returns whether a phone number may be a mobile number.
///
/// In North America, a mobile number looks like a landline number, so both may be.
fn may_be_mobile_number(plan: &Metadata, national_number: &str) -> bool {
    // Premium, shared-cost and toll-free numbers cost the sender or the owner money. Personal numbers (+44 70, +49
    // 700, +1 500) and Internet numbers (+27 87, +44 56) are often charged like premium numbers. Fixed lines receive
    // no SMS. The crate's own `number_type` drops leading zeros, which are part of the number in Ivory Coast and
    // Congo, among others.
    let types = plan.descriptors();
    let any = |of: &[Option<&Descriptor>]| of.iter().flatten().any(|d| d.is_match(national_number));
    let refused = any(&[
        types.premium_rate(),
        types.toll_free(),
        types.shared_cost(),
        types.pager(),
        types.uan(),
        types.voicemail(),
        types.personal_number(),
        types.voip(),
    ]);
    any(&[types.mobile()]) && !refused
}

/// Returns whether a North American number is a premium-rate number (exchange 976). libphonenumber lists it as an
/// ordinary number.
fn is_premium_rate_number(calling_code: u16, national_number: &str) -> bool {
    calling_code == 1 && national_number.len() == 10 && national_number.get(3..6) == Some("976")
}

/// Returns whether a number is one of +44 7700 900000 to 900999, which Ofcom reserves for fiction.
///
/// Demonstrations and tests use them.
fn is_fictitious_number(e164: &str) -> bool {
    e164.len() == 13 && e164.starts_with("+447700900")
}

/// Returns an international number of fiction without its trunk prefix 0; `None` for other numbers.
///
/// The parser removes this prefix only from numbers of its numbering plans.
fn remove_trunk_prefix_of_fictitious_number(digits: &str) -> Option<String> {
    let national = digits.strip_prefix("+440")?;
    Some(format!("+44{national}")).filter(|e164| is_fictitious_number(e164))
}

#[cfg(test)]
#[path = "phone_rules_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "phone_forms_tests.rs"]
mod forms_tests;

#[cfg(test)]
#[path = "phone_dialling_tests.rs"]
mod dialling_tests;

#[cfg(test)]
#[path = "phone_country_code_tests.rs"]
mod country_code_tests;
