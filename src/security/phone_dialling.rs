//! Lists the international phone numbers that digits with a dialling prefix can mean.
//!
//! The prefix is `00` everywhere, and the prefix of the country, such as `011`. In some countries a prefix ends with the
//! code of a carrier. There `0081 90…` can mean +81 90… after `00`, and +1 90… after `008`.

use phonenumber::country::Id;
use phonenumber::metadata::{DATABASE, Metadata};

use super::phone_notation::find_calling_code;
use super::phone_text::TypedDigits;

/// The dialling prefix that users of all countries know.
const COMMON_PREFIX: &str = "00";

/// The maximum number of digits of a dialling prefix. Australian prefixes with a carrier code have eight.
const MAX_PREFIX_DIGITS: usize = 8;

/// International phone number after a dialling prefix.
pub(super) struct DialledNumber {
    /// `+` with country code and number.
    pub number: String,
    /// Whether the first group of the typed digits is the prefix, or `00` with the country code.
    pub is_grouped: bool,
    /// Whether it is a number of the default country after `00`.
    is_domestic: bool,
}

/// Lists the numbers that typed digits with a dialling prefix can mean, the number after `00` first.
///
/// `from` is the country of the caller. Returns an empty list for digits without dialling prefix.
pub(super) fn list_numbers_after_dialling_prefix(
    typed: &TypedDigits,
    from: Id,
) -> Vec<DialledNumber> {
    let Some(plan) = DATABASE.by_id(from.as_ref()) else {
        return Vec::new();
    };
    let country_code = format!("+{}", plan.country_code());
    let read_after_prefix = |length: usize| {
        let (prefix, rest) = typed.digits.split_at_checked(length)?;
        // No country code begins with 0.
        if rest.is_empty() || rest.starts_with('0') || !is_dialling_prefix(prefix, plan) {
            return None;
        }
        let number = format!("+{rest}");
        let calling_code = find_calling_code(&number).unwrap_or_default();
        let is_common = prefix == COMMON_PREFIX;
        let digits_with_code = length + calling_code.trim_start_matches('+').len();
        Some(DialledNumber {
            is_grouped: typed.first_group == length
                || (is_common && typed.first_group == digits_with_code),
            is_domestic: is_common && calling_code == country_code,
            number,
        })
    };
    (1..=MAX_PREFIX_DIGITS)
        .filter_map(read_after_prefix)
        .collect()
}

/// Finds the number that the user means if digits with a dialling prefix can mean several.
///
/// The first group of the digits shows it: `008 1…` is `008` before +1, and `0081 …` is `00` before +81. If the group
/// fits several numbers or none, it is the number of the default country after `00`.
pub(super) fn find_meant_number(dialled: &[DialledNumber]) -> Option<&DialledNumber> {
    let mut grouped = dialled.iter().filter(|number| number.is_grouped);
    match (grouped.next(), grouped.next()) {
        (Some(only), None) => Some(only),
        _ => dialled.iter().find(|number| number.is_domestic),
    }
}

/// Returns whether digits are a complete dialling prefix: `00`, or a prefix of the country, with or without carrier.
fn is_dialling_prefix(digits: &str, plan: &Metadata) -> bool {
    let pattern = plan.international_prefix();
    let found = pattern.and_then(|pattern| pattern.find(digits));
    digits == COMMON_PREFIX
        || found.is_some_and(|found| found.start() == 0 && found.end() == digits.len())
}
