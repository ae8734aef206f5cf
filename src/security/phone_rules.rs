//! Reads a phone number as a person types it, and refuses those that cannot or must not be sent
//! codes, before any provider is asked (docs/security.md#reg-11).
//!
//! The numbering plans are libphonenumber's. Its parser is generous: it takes letters for digits
//! and cuts extensions off. A number that is to receive codes should be exactly what was typed,
//! so only ASCII digits and the usual separators get as far as the parser. And it is told of the
//! default country for national numbers alone, since the crate would apply that country's trunk
//! prefix to foreign numbers too (+49 170… would lose its 1 where the default is US).

use phonenumber::country::Id;
use phonenumber::metadata::{DATABASE, Descriptor, Metadata};

use crate::config::{Country, PhoneConfig};
use domain::{PhoneNumber, Problem};

/// Which numbers are taken.
#[derive(Clone, Debug)]
pub struct PhoneRules {
    default_country: Id,
    allowed_countries: Option<Vec<Id>>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no country with phone numbers of its own")]
pub struct UnknownCountry(String);

impl PhoneRules {
    /// Countries by their ISO 3166-1 codes of two capital letters: that of numbers typed without
    /// a country code, and those taken (`None`: all).
    pub fn new(default_country: &str, allowed: Option<&[&str]>) -> Result<Self, UnknownCountry> {
        let allowed = allowed.map(|codes| codes.iter().copied().map(country).collect());
        Ok(Self {
            default_country: country(default_country)?,
            allowed_countries: allowed.transpose()?,
        })
    }

    /// The rules the operator configured.
    pub fn configured(config: &PhoneConfig) -> Result<Self, UnknownCountry> {
        let allowed = config.allowed_countries.as_ref();
        let allowed: Option<Vec<&str>> =
            allowed.map(|all| all.iter().map(Country::as_str).collect());
        Self::new(config.default_country.as_str(), allowed.as_deref())
    }

    fn allows(&self, country: Id) -> bool {
        let allowed = self.allowed_countries.as_ref();
        allowed.is_none_or(|allowed| allowed.contains(&country))
    }
}

fn country(code: &str) -> Result<Id, UnknownCountry> {
    // The parser panics for a country it has no plan of.
    let id = code.parse().ok().filter(|_| DATABASE.by_id(code).is_some());
    id.ok_or_else(|| UnknownCountry(code.to_owned()))
}

/// The number that was meant, in its canonical form.
///
/// `PhoneInvalid`: there is no such number. `PhoneUnsupported`: there is, but not one we send
/// codes to, for its type or its country.
pub fn parse(typed: &str, rules: &PhoneRules) -> Result<PhoneNumber, Problem> {
    let digits = dialled(squeeze(typed)?, rules.default_country);
    let default = (!digits.starts_with('+')).then_some(rules.default_country);
    let number = phonenumber::parse(default, &digits).map_err(|_| Problem::PhoneInvalid)?;
    let national = number.national().to_string();
    let e164 = format!("+{}{national}", number.code().value());
    if digits.starts_with('+') && !is_as_typed(&digits, &e164, &national) {
        return Err(Problem::PhoneInvalid);
    }
    let canonical = PhoneNumber::from_e164(&e164).ok_or(Problem::PhoneInvalid)?;
    if is_for_drama(&e164) {
        return rules
            .allows(Id::GB)
            .then_some(canonical)
            .ok_or(Problem::PhoneUnsupported);
    }
    if !number.is_valid() {
        return Err(Problem::PhoneInvalid);
    }
    // Satellite phones, +979 and the other codes that belong to no country end here.
    let country = number.country().id().ok_or(Problem::PhoneUnsupported)?;
    let plan = number
        .metadata(&DATABASE)
        .ok_or(Problem::PhoneUnsupported)?;
    let supported = rules.allows(country) && takes_messages(plan, &national);
    supported
        .then_some(canonical)
        .ok_or(Problem::PhoneUnsupported)
}

/// A number masked for a program: its country code, six stars whatever its length, and the last
/// four digits, `+1******3456`. The pages hide the country too ([`PhoneNumber::hint`]).
pub fn international_hint(number: &PhoneNumber) -> String {
    let e164 = number.as_e164();
    let code = phonenumber::parse(None, e164).map_or(0, |parsed| parsed.code().value());
    let last = e164.get(e164.len().saturating_sub(4)..).unwrap_or_default();
    if code == 0 {
        return format!("+******{last}");
    }
    format!("+{code}******{last}")
}

/// `typed` without its separators: perhaps a `+`, then ASCII digits only.
///
/// Letters, extensions ("x12", ";ext=12") and the digits of other scripts are refused, not read.
fn squeeze(typed: &str) -> Result<String, Problem> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(Problem::Missing);
    }
    if typed.len() > 4 * PhoneNumber::MAX_TYPED || typed.chars().count() > PhoneNumber::MAX_TYPED {
        return Err(Problem::TooLong);
    }
    let separator = |c: char| {
        matches!(
            c,
            ' ' | '\u{a0}' | '\u{202f}' | '-' | '\u{2010}'..='\u{2015}' | '.' | '(' | ')' | '/'
        )
    };
    // "+44 (0)7700…" is read as it is meant: the 0 is for callers within the country.
    let typed = if typed.starts_with('+') {
        typed.replacen("(0)", "", 1)
    } else {
        typed.to_owned()
    };
    let squeezed: String = typed.chars().filter(|c| !separator(*c)).collect();
    let international = squeezed.strip_prefix('+');
    let digits = international.unwrap_or(&squeezed);
    let sound = digits.len() >= 3
        && digits.bytes().all(|b| b.is_ascii_digit())
        // No country code begins with 0; the parser would take an exit code here.
        && !(international.is_some() && digits.starts_with('0'));
    sound.then_some(squeezed).ok_or(Problem::PhoneInvalid)
}

/// `digits` with the code for leaving the country ("00", "011") made the `+` it stands for.
fn dialled(digits: String, from: Id) -> String {
    let plan = DATABASE.by_id(from.as_ref());
    let exit = plan
        .and_then(Metadata::international_prefix)
        .and_then(|code| code.find(&digits));
    let abroad = exit
        .filter(|code| code.start() == 0)
        .map(|code| &digits[code.end()..]);
    match abroad {
        Some(rest) if !rest.starts_with('0') => format!("+{rest}"),
        _ => digits,
    }
}

/// Whether the parser changed nothing about an international number, but for a trunk 0 that does
/// not belong there. It takes other digits for trunk prefixes too, and must not lead to a
/// stranger's phone.
fn is_as_typed(digits: &str, e164: &str, national: &str) -> bool {
    let code = e164.strip_suffix(national).unwrap_or_default();
    let abroad = digits.strip_prefix(code).unwrap_or_default();
    digits == e164 || abroad.strip_prefix('0') == Some(national)
}

/// Whether a number of this plan is of a type that codes are sent to: mobile, perhaps mobile (as
/// all of North America), over the Internet, or personal. Not for someone's gain or at someone
/// else's cost, and no plain fixed line, which takes no SMS.
///
/// The crate's own `number_type` drops leading zeros, which belong to the number in Ivory Coast
/// and Congo, among others.
fn takes_messages(plan: &Metadata, national: &str) -> bool {
    let types = plan.descriptors();
    let any = |of: &[Option<&Descriptor>]| of.iter().flatten().any(|d| d.is_match(national));
    let refused = any(&[
        types.premium_rate(),
        types.toll_free(),
        types.shared_cost(),
        types.pager(),
        types.uan(),
        types.voicemail(),
    ]);
    let taken = any(&[types.mobile(), types.voip(), types.personal_number()]);
    taken && !refused
}

/// Ofcom keeps +44 7700 900000 to 900999 for use in drama. They are never assigned, so the
/// plan does not list them. Demonstrations and tests use it.
fn is_for_drama(e164: &str) -> bool {
    e164.len() == 13 && e164.starts_with("+447700900")
}

#[cfg(test)]
#[path = "phone_rules_tests.rs"]
mod tests;
