//! Finds the digits of a phone number in a typed or pasted text.

use domain::typed_text::{
    remove_markdown, remove_surrounding_punctuation, replace_leading_keycaps, to_ascii_forms,
};
use domain::{PhoneNumber, Problem};

/// The maximum length in bytes of a text that is searched for a number. Invisible characters take three or four.
const MAX_PASTED_BYTES: usize = 512;

/// Schemes of links that lead to a phone number.
const LINK_SCHEMES: [&str; 2] = ["tel:", "sms:"];

/// Beginnings of words that mean "extension" in several languages.
const EXTENSION_WORDS: [&str; 16] = [
    "anexo",
    "anknytning",
    "dahili",
    "durchwahl",
    "int",
    "linha",
    "nebenstelle",
    "poste",
    "ramal",
    "toestel",
    "wew",
    "вн",
    "доб",
    "内",
    "內",
    "分",
];

/// Digits of a typed phone number.
pub(super) struct TypedDigits {
    /// ASCII digits, with an optional `+` before them.
    pub digits: String,
    /// The number of characters of `digits` before the first separator.
    pub first_group: usize,
    /// Whether the `+` was the last character.
    pub has_final_plus: bool,
}

/// Removes labels and separators of a typed phone number. Rejects letters and extensions ("x12", ";ext=12").
pub(super) fn remove_phone_labels_and_separators(typed: &str) -> Result<TypedDigits, Problem> {
    if typed.len() > MAX_PASTED_BYTES {
        return Err(Problem::TooLong);
    }
    let plain = decode_separators_of_link(to_ascii_forms(&replace_leading_keycaps(typed)));
    let typed = remove_surrounding_punctuation(plain.trim());
    if typed.is_empty() {
        return Err(Problem::Missing);
    }
    let typed = remove_surrounding_punctuation(remove_markdown(typed));
    let typed = choose_number_or_its_link(typed).ok_or(Problem::PhoneInvalid)?;
    let typed =
        strip_tel_parameters(strip_phone_number_labels(typed)).ok_or(Problem::PhoneInvalid)?;
    if typed.len() > PhoneNumber::MAX_TYPED {
        return Err(Problem::TooLong);
    }
    let has_final_plus = typed.ends_with('+');
    let typed = move_final_plus_to_start(typed);
    // "+44 (0)7700…": the 0 is for callers within the country.
    let typed = if typed.starts_with('+') {
        typed.replacen("(0)", "", 1)
    } else {
        typed
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
            has_final_plus,
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

/// Moves a `+` after the digits before them. In a text from right to left it can be the last character.
fn move_final_plus_to_start(typed: &str) -> String {
    match typed.strip_suffix('+') {
        Some(number) if !number.contains('+') => format!("+{number}"),
        _ => typed.to_owned(),
    }
}

/// Decodes percent-encoded separators of a text with a link to a phone number, such as `tel:+1%20415%20555%200142`.
fn decode_separators_of_link(text: String) -> String {
    let lowercase = text.to_ascii_lowercase();
    let mut schemes = LINK_SCHEMES.iter();
    if !schemes.any(|scheme| lowercase.contains(scheme)) {
        return text;
    }
    let mut decoded = text;
    for (encoded, separator) in [
        ("%20", " "),
        ("%28", "("),
        ("%29", ")"),
        ("%2D", "-"),
        ("%2d", "-"),
        ("%2E", "."),
        ("%2e", "."),
    ] {
        decoded = decoded.replace(encoded, separator);
    }
    decoded
}

/// Chooses between a phone number and the link after it, such as `+1 415 555 0142<tel:+14155550142>`.
///
/// Mail programs and Markdown write both. Returns the text of a number without link unchanged, and `None` if the link
/// leads to another number.
fn choose_number_or_its_link(text: &str) -> Option<&str> {
    let lowercase = text.to_ascii_lowercase();
    let schemes = LINK_SCHEMES.iter();
    let start = schemes.filter_map(|scheme| lowercase.rfind(scheme)).max();
    let (before, link) = text.split_at(start.unwrap_or_default());
    let number = before.trim_end_matches(['<', '(', '[', ']', ' ']);
    // "+44 (0)7700…": the link has no 0.
    let shown = find_digits(&strip_phone_number_labels(number).replacen("(0)", "", 1));
    // Fewer digits belong to a label, as in "Phone 2 <tel:…>".
    if !before.ends_with(['<', '(', '[']) || shown.len() < 3 {
        return Some(text);
    }
    let link = link.trim_end_matches(['>', ')', ']']);
    let linked = find_digits(link.split(';').next().unwrap_or_default());
    let leads_to_number = match (number.contains('+'), link.contains('+')) {
        (true, true) => linked == shown,
        (true, false) => is_number_without_country_code(&linked, &shown),
        (false, _) => is_number_without_country_code(&shown, &linked),
    };
    leads_to_number.then_some(if link.contains('+') { link } else { number })
}

/// Returns whether digits are an international number without its country code. They may have a trunk prefix 0 or 8.
fn is_number_without_country_code(digits: &str, international: &str) -> bool {
    let without_8 = digits.strip_prefix('8');
    international.ends_with(digits.trim_start_matches('0'))
        || without_8.is_some_and(|rest| international.ends_with(rest))
}

/// Returns the ASCII digits of a text.
fn find_digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Removes a label before or after a phone number.
///
/// Examples: `tel:`, `Mobile `, `Business Phone 2:`, `Phone #:`, `☎` and `"Ann" <` before it; `(home)`, `[cell]`,
/// ` mobile` and `, Cell Phone` after it.
fn strip_phone_number_labels(text: &str) -> &str {
    let text = strip_numbered_label(strip_label_with_digits(text));
    let start = text.find(|c: char| c.is_ascii_digit() || c == '+');
    let (label, number) = text.split_at(start.unwrap_or_default());
    // Letters directly before a digit belong to the number, as in "CALL4155550142". A bracket that opens before the
    // number is a separator of it. In "Cell #2 415…", the 2 does not belong to the number.
    let first_digits = number.chars().take_while(char::is_ascii_digit).count();
    let is_numbered = label.ends_with('#') && matches!(first_digits, 1 | 2);
    let is_label = !label.ends_with(char::is_alphanumeric)
        && !is_numbered
        && !contains_dialling_character(label);
    let number = if is_label { number } else { text };
    strip_labels_after_phone_number(number)
}

/// Returns whether a text contains a character that changes which phone is called.
///
/// Also returns `true` for a character that does not occur in labels.
fn contains_dialling_character(text: &str) -> bool {
    // After a word, a single "#" means "number", as in "Phone #2:".
    let (label, digits) = text.split_once('#').unwrap_or((text, ""));
    let has_number_sign = text.contains('#');
    let is_after_word =
        label.contains(char::is_alphabetic) && !label.contains(|c: char| c.is_ascii_digit());
    text.contains(|c: char| c.is_control() || matches!(c, '*' | '%'))
        || (has_number_sign && (!is_after_word || digits.contains('#')))
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

/// Removes words, symbols and labels in brackets after a phone number.
///
/// Examples: ` mobile`, `, Cell Phone`, ` (Handy-Nr.)` and ` 📱`.
fn strip_labels_after_phone_number(number: &str) -> &str {
    let mut number = number;
    loop {
        let bare = number.trim_end_matches(|c: char| !c.is_ascii() && !c.is_alphanumeric());
        let bare = strip_bracketed_label_after_phone_number(bare.trim_end());
        let bare = strip_word_after_phone_number(bare);
        if bare.len() == number.len() {
            return number;
        }
        number = bare;
    }
}

/// Removes a label in brackets after a phone number, such as ` (mob.)`, ` [cell]` and ` (Home 2)`.
///
/// The closing bracket may be missing, because it counts as punctuation after the text.
fn strip_bracketed_label_after_phone_number(number: &str) -> &str {
    let inner = number.strip_suffix([')', ']']).unwrap_or(number);
    match inner.rsplit_once(['(', '[', '{', '<']) {
        Some((rest, label)) if is_label_in_brackets(label.trim()) => {
            rest.trim_end_matches([' ', ','])
        }
        _ => number,
    }
}

/// Returns whether the content of brackets after a phone number is a label, such as `WhatsApp, 9-17 Uhr`.
///
/// It may have one digit after a word, or opening hours. An extension is no label.
fn is_label_in_brackets(label: &str) -> bool {
    let without_hours = remove_opening_hours(label);
    let has_hours = without_hours.is_some();
    let label = without_hours.as_deref().unwrap_or(label);
    let lowercase = label.trim().to_lowercase();
    let mut words = lowercase
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty());
    let has_characters_of_a_label = lowercase.starts_with(char::is_alphabetic)
        && lowercase.chars().all(|c| {
            !c.is_ascii()
                || c.is_ascii_alphanumeric()
                || matches!(c, ' ' | '.' | ',' | '-' | '/' | '&' | '\'' | '!' | '?')
        });
    let digits = lowercase.bytes().filter(u8::is_ascii_digit).count();
    let is_extension = |word: &str| {
        let means_extension = EXTENSION_WORDS.iter().any(|of| word.starts_with(of));
        // A short word beside a digit can be an abbreviation of "extension".
        let is_short = word.is_ascii() && word.len() < 3;
        word.starts_with("ext")
            || (digits > 0 && (means_extension || is_short))
            || (has_hours && (means_extension || matches!(word, "x" | "dw")))
    };
    has_characters_of_a_label && digits <= 1 && !words.any(is_extension)
}

/// Removes the opening hours from a label, such as `9-17` and `9:00 - 17:30`. Returns `None` for a label without them.
fn remove_opening_hours(label: &str) -> Option<String> {
    let start = label.find(|c: char| c.is_ascii_digit())?;
    let (before, rest) = label.split_at(start);
    let is_part_of_hours = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | ':' | '.');
    let (hours, after) = rest.split_at(rest.find(|c| !is_part_of_hours(c)).unwrap_or(rest.len()));
    let (opening, closing) = hours.split_once('-')?;
    (is_time_of_day(opening) && is_time_of_day(closing)).then(|| format!("{before} {after}"))
}

/// Returns whether a text is an hour, such as `9`, or an hour with minutes, such as `17:30`.
fn is_time_of_day(text: &str) -> bool {
    let text = text.trim();
    let (hour, minute) = text.split_once([':', '.']).unwrap_or((text, "00"));
    let is_number_up_to = |digits: &str, max: u8| {
        digits.bytes().all(|b| b.is_ascii_digit())
            && digits.parse().is_ok_and(|number: u8| number <= max)
    };
    hour.len() <= 2 && is_number_up_to(hour, 24) && minute.len() == 2 && is_number_up_to(minute, 59)
}

/// Removes a word after a phone number, and a comma, colon or bar before the word.
///
/// The word must not be an extension or all in capitals, and must have at least three letters if all are ASCII.
fn strip_word_after_phone_number(number: &str) -> &str {
    // A word in capitals can be part of the number, and a short word an incomplete extension.
    let Some((rest, word)) = number.rsplit_once([' ', ':', '|']) else {
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
        rest.trim_end_matches([' ', ',', ':', '|'])
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
