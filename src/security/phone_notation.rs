//! Converts phone numbers from an outdated or domestic notation to the current international notation.

use std::collections::BTreeSet;

use phonenumber::metadata::{DATABASE, Metadata};

use domain::PhoneNumber;

/// Trunk prefixes that people write after the country code, in addition to those in the metadata.
///
/// Lithuania had an 8 until 2023.
const FORMER_TRUNK_PREFIXES: [(&str, &str); 1] = [("+370", "8")];

/// Lists the phone numbers in current notation that an international number in outdated or domestic notation can mean.
///
/// `digits` is `+` with country code and number.
pub(super) fn list_numbers_in_current_notation(digits: &str) -> Vec<String> {
    if let Some(rest) = digits.strip_prefix("+52") {
        return list_mexican_numbers(rest);
    }
    if let Some(rest) = digits.strip_prefix("+54") {
        return list_argentine_mobile_numbers(rest);
    }
    if let Some(rest) = digits.strip_prefix("+55") {
        return list_brazilian_mobile_numbers(rest);
    }
    list_numbers_without_trunk_prefix(digits)
}

/// Lists the current forms of a Mexican number.
///
/// Mexico had a 1 before mobile numbers until 2019, and 01, 044 or 045 for calls within the country.
fn list_mexican_numbers(digits: &str) -> Vec<String> {
    let prefixes = ["1", "01", "044", "045"].iter();
    let numbers = prefixes.filter_map(|old| digits.strip_prefix(old));
    numbers
        .filter(|number| number.len() == 10)
        .map(|number| format!("+52{number}"))
        .collect()
}

/// Lists the current forms of an Argentine mobile number.
///
/// Within the country it has a 15 after the area code, and in international form a 9 before it.
fn list_argentine_mobile_numbers(digits: &str) -> Vec<String> {
    let rest = digits.trim_start_matches('0');
    let mobile = rest.strip_prefix('9');
    let rest = mobile.unwrap_or(rest).trim_start_matches('0');
    // "+54 9 011 …" has the trunk prefix between the 9 and the area code.
    let without_15 = mobile
        .filter(|_| rest.len() == 10)
        .map(|_| format!("+549{rest}"));
    // Area codes have two to four digits; area code and number together have ten.
    let with_15 = (2..=4).filter_map(|area| {
        let (area, number) = rest.split_at_checked(area)?;
        let number = number.strip_prefix("15")?;
        (area.len() + number.len() == 10).then(|| format!("+549{area}{number}"))
    });
    with_15.chain(without_15).collect()
}

/// Returns whether digits are an Argentine mobile number as it is dialled in Argentina: `2246 15-476189` for
/// `+54 9 2246 476189`.
pub(super) fn is_argentine_domestic_notation(digits: &str, parsed: &PhoneNumber) -> bool {
    let Some(number) = parsed.as_e164().strip_prefix("+549") else {
        return false;
    };
    // Area codes have two to four digits.
    (2..=4).any(|length| {
        let rest = number
            .get(..length)
            .and_then(|area| digits.strip_prefix(area));
        rest.and_then(|rest| rest.strip_prefix("15")) == number.get(length..)
    })
}

/// Lists the current forms of a Brazilian mobile number.
///
/// Until 2016 it had eight digits after the area code, and began with 6 to 9. Now it has a 9 before these digits.
fn list_brazilian_mobile_numbers(digits: &str) -> Vec<String> {
    let rest = digits.strip_prefix('0').unwrap_or(digits);
    let number = rest.split_at_checked(2).filter(|(_, number)| {
        number.len() == 8 && number.starts_with(|first: char| ('6'..='9').contains(&first))
    });
    number
        .map(|(area, number)| format!("+55{area}9{number}"))
        .into_iter()
        .collect()
}

/// Lists the forms of a number without the trunk prefix of its country.
///
/// An example is the 8 in `+7 8 912 …`.
fn list_numbers_without_trunk_prefix(digits: &str) -> Vec<String> {
    let Some(code) = find_calling_code(digits) else {
        return Vec::new();
    };
    let plans = list_plans_of_calling_code(code).unwrap_or_default();
    let former = FORMER_TRUNK_PREFIXES
        .iter()
        .filter(|(of, _)| *of == code)
        .map(|(_, prefix)| *prefix);
    // The parser of phone numbers removes a trunk prefix 0 itself.
    let prefixes: BTreeSet<&str> = plans
        .into_iter()
        .filter_map(Metadata::national_prefix)
        .filter(|prefix| *prefix != "0")
        .chain(former)
        .collect();
    let rest = digits.get(code.len()..).unwrap_or_default();
    prefixes
        .into_iter()
        .filter_map(|prefix| rest.strip_prefix(prefix))
        .map(|number| format!("{code}{number}"))
        .collect()
}

/// Returns the calling code at the beginning of an international number, with its `+`.
pub(super) fn find_calling_code(digits: &str) -> Option<&str> {
    let mut codes = (2..=4).filter_map(|end| digits.get(..end));
    codes.find(|code| list_plans_of_calling_code(code).is_some())
}

/// Lists the numbering plans of a calling code, which is given with its `+`.
fn list_plans_of_calling_code(code: &str) -> Option<Vec<&'static Metadata>> {
    let calling_code: u16 = code.strip_prefix('+')?.parse().ok()?;
    DATABASE.by_code(&calling_code)
}
