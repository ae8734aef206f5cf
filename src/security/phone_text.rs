//! Finds the digits of a phone number in a typed or pasted text.

use domain::typed_text::{remove_surrounding_punctuation, to_ascii_forms};
use domain::{PhoneNumber, Problem};

/// The maximum length in bytes of a text that is searched for a number. Invisible characters take three or four.
const MAX_PASTED_BYTES: usize = 512;

/// Digits of a typed phone number.
pub(super) struct TypedDigits {
    /// ASCII digits, with an optional `+` before them.
    pub digits: String,
    /// The number of characters of `digits` before the first separator.
    pub first_group: usize,
}

/// Removes labels and separators of a typed phone number. Rejects letters and extensions ("x12", ";ext=12").
pub(super) fn remove_phone_labels_and_separators(typed: &str) -> Result<TypedDigits, Problem> {
    if typed.len() > MAX_PASTED_BYTES {
        return Err(Problem::TooLong);
    }
    let plain = to_ascii_forms(typed);
    let typed = remove_surrounding_punctuation(plain.trim());
    if typed.is_empty() {
        return Err(Problem::Missing);
    }
    let typed =
        strip_tel_parameters(strip_phone_number_labels(typed)).ok_or(Problem::PhoneInvalid)?;
    if typed.len() > PhoneNumber::MAX_TYPED {
        return Err(Problem::TooLong);
    }
    // "+44 (0)7700…": the 0 is for callers within the country.
    let typed = if typed.starts_with('+') {
        typed.replacen("(0)", "", 1)
    } else {
        typed.to_owned()
    };
    let mut groups = typed.split(is_separator).filter(|group| !group.is_empty());
    let first_group = groups.next().map_or(0, str::len);
    let without_separators: String = typed.chars().filter(|c| !is_separator(*c)).collect();
    let international = without_separators.strip_prefix('+');
    let digits = international.unwrap_or(&without_separators);
    let may_be_phone_number = digits.len() >= 3
        && digits.bytes().all(|b| b.is_ascii_digit())
        // No country code begins with 0. The parser would accept an exit code here.
        && !(international.is_some() && digits.starts_with('0'));
    may_be_phone_number
        .then_some(TypedDigits {
            digits: without_separators,
            first_group,
        })
        .ok_or(Problem::PhoneInvalid)
}

/// Returns whether `c` separates digits of a phone number.
const fn is_separator(c: char) -> bool {
    matches!(
        c,
        ' ' | '-'
            | '.'
            | '('
            | ')'
            | '['
            | ']'
            | '/'
            | '~'
            | '_'
            | '\u{b7}'
            | '\u{2022}'
            | '\u{30fb}'
    )
}

/// Removes a label before or after a phone number.
///
/// Examples: `tel:`, `Mobile `, `Business Phone 2:`, `☎` and `"Ann" <` before it; `(home)`, ` mobile` and `, Cell
/// Phone` after it.
fn strip_phone_number_labels(text: &str) -> &str {
    let text = strip_numbered_label(strip_label_with_digits(text));
    let start = text.find(|c: char| c.is_ascii_digit() || c == '+');
    let (label, number) = text.split_at(start.unwrap_or_default());
    // Letters directly before a digit belong to the number, as in "CALL4155550142". A bracket that opens before the
    // number is a separator of it.
    let is_label = !label.ends_with(char::is_alphanumeric) && !contains_dialling_character(label);
    let number = if is_label { number } else { text };
    let number = strip_labels_after_phone_number(number);
    match number
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('))
    {
        Some((number, label)) if label.chars().all(|c| c.is_alphabetic() || c == ' ') => {
            number.trim_end()
        }
        _ => number,
    }
}

/// Returns whether a text contains a character that changes which phone is called.
///
/// Also returns `true` for a character that does not occur in labels.
fn contains_dialling_character(text: &str) -> bool {
    text.contains(|c: char| c.is_control() || matches!(c, '*' | '#' | '%'))
}

/// Removes a label with at most two digits before an international phone number.
///
/// That is a label with a colon, such as `Phone 2:`, or a list number, such as `1.`.
fn strip_label_with_digits(text: &str) -> &str {
    let (label, number) = text.split_at(text.find('+').unwrap_or_default());
    let label = label.trim_end();
    let is_list_number = |end: char| {
        let number = label.strip_suffix(end).map(str::trim);
        number
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    };
    let has_end = label.ends_with(':') || is_list_number('.') || is_list_number(')');
    let digits = label.bytes().filter(u8::is_ascii_digit).count();
    if has_end && digits <= 2 && !contains_dialling_character(label) {
        number
    } else {
        text
    }
}

/// Removes a label with one digit and a colon, such as `Phone 2:` or `Handy (2):`, also before a national phone number.
///
/// The label begins with a letter. A list number, and two digits that can be a country code, may belong to the phone
/// number.
fn strip_numbered_label(text: &str) -> &str {
    let Some((label, number)) = text.split_once(':') else {
        return text;
    };
    let first = label.chars().find(|c| c.is_alphanumeric());
    let digits = label.bytes().filter(u8::is_ascii_digit).count();
    let is_label = first.is_some_and(char::is_alphabetic)
        && digits == 1
        && !label.contains('+')
        && !contains_dialling_character(label);
    if is_label { number } else { text }
}

/// Removes words and symbols after a phone number, such as " mobile", ", Cell Phone" and " 📱".
fn strip_labels_after_phone_number(number: &str) -> &str {
    let mut number = number;
    loop {
        let bare = number.trim_end_matches(|c: char| !c.is_ascii() && !c.is_alphanumeric());
        let bare = strip_word_after_phone_number(bare.trim_end());
        if bare.len() == number.len() {
            return number;
        }
        number = bare;
    }
}

/// Removes a word after a phone number, and a comma before the word.
///
/// The word must not be an extension or all in capitals, and must have at least three letters if all are ASCII.
fn strip_word_after_phone_number(number: &str) -> &str {
    // A word in capitals can be part of the number, and a short word an incomplete extension.
    let Some((rest, word)) = number.rsplit_once(' ') else {
        return number;
    };
    let has_letters_of_a_label = if word.is_ascii() {
        word.len() >= 3 && word.chars().skip(1).any(|c| !c.is_uppercase())
    } else {
        !word.chars().all(char::is_uppercase)
    };
    let is_label = has_letters_of_a_label
        && word.chars().all(char::is_alphabetic)
        && !word.to_ascii_lowercase().starts_with("ext");
    if is_label {
        rest.trim_end().trim_end_matches(',').trim_end()
    } else {
        number
    }
}

/// Removes the parameters of a `tel:` URI (RFC 3966).
///
/// Returns `None` if one changes which phone is called: an extension, a subaddress or the context of a local number.
fn strip_tel_parameters(text: &str) -> Option<&str> {
    let mut parts = text.split(';');
    let number = parts.next()?;
    let is_harmless = |parameter: &str| {
        number.starts_with('+')
            && parameter
                .trim()
                .split('=')
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case("phone-context"))
    };
    parts.all(is_harmless).then_some(number)
}
