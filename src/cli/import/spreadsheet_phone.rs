//! Recognises phone numbers that a spreadsheet program has changed, because it stores them as numbers.

use domain::typed_text::{remove_surrounding_punctuation, to_ascii_forms};

/// The minimum number of digits of a text that is recognised.
const MIN_DIGITS: usize = 7;

/// Returns whether a phone number has a decimal or an exponent, such as `4155550142.0` or `1.41556E+10`.
///
/// Without the separator, the digits of such a text can be those of another phone number.
pub(super) fn has_decimal_or_exponent(phone: &str) -> bool {
    let plain = to_ascii_forms(phone);
    let text = remove_surrounding_punctuation(plain.trim());
    let text = text.strip_prefix('+').unwrap_or(text);
    if let Some((mantissa, exponent)) = text.split_once(['E', 'e']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        return is_digits(&mantissa.replacen(['.', ','], "", 1)) && is_digits(exponent);
    }
    text.rsplit_once(['.', ','])
        .is_some_and(|(whole, decimals)| {
            whole.len() >= MIN_DIGITS && is_digits(whole) && matches!(decimals, "0" | "00")
        })
}

/// Returns whether a text may be a phone number with country code that has lost its `+`.
///
/// Such a text has only digits and separators, and does not begin with 0.
pub(super) fn may_lack_plus(phone: &str) -> bool {
    let plain = to_ascii_forms(phone);
    let is_separator = |c: char| matches!(c, ' ' | '-' | '.' | '/' | '(' | ')');
    let digits: String = plain.chars().filter(|c| !is_separator(*c)).collect();
    digits.len() >= MIN_DIGITS && is_digits(&digits) && !digits.starts_with('0')
}

/// Returns whether a text consists of ASCII digits, at least one.
fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_and_exponential_formats_of_spreadsheets_are_recognised() {
        for phone in [
            "1.41556E+10",
            "4,91511234567E+11",
            "1E+10",
            "1.41556e10",
            "+1.41556E+10",
            "4155550142.0",
            "4155550142.00",
            "4155550142,0",
            " 1511234567.0 ",
        ] {
            assert!(has_decimal_or_exponent(phone), "{phone}");
        }
        for phone in [
            "",
            "4155550142",
            "+14155550142",
            "415.555.0142",
            "415.555.00",
            "(415) 555-0100",
            "4155550142 ext 5",
            "E5",
        ] {
            assert!(!has_decimal_or_exponent(phone), "{phone}");
        }
    }

    #[test]
    fn number_without_plus_is_recognised() {
        for phone in ["491511234567", " 49 151-1234567 "] {
            assert!(may_lack_plus(phone), "{phone}");
        }
        for phone in [
            "+491511234567",
            "0049 151 1234567",
            "0151 1234567",
            "12",
            "",
        ] {
            assert!(!may_lack_plus(phone), "{phone}");
        }
    }
}
