//! Parses the notation of amounts in a language: a decimal comma, groups of digits, and the code or sign of the
//! currency.

use crate::language::Language;
use crate::typed_text::to_ascii_forms;

/// Currency signs, and the currency codes that each sign can mean (Unicode, block "Currency Symbols"; CLDR for signs
/// with letters).
const SIGNS: [(&str, &str); 19] = [
    (
        "$",
        "ARS AUD BBD BMD BND BSD BZD CAD CLP COP DOP FJD GYD HKD JMD KYD LRD MXN NAD NZD SBD SGD SRD TTD TWD USD UYU \
         XCD",
    ),
    ("\u{a3}", "EGP FKP GBP GIP LBP SDG SHP SSP SYP"),
    ("\u{a5}", "CNY JPY"),
    ("\u{ffe1}", "EGP FKP GBP GIP LBP SDG SHP SSP SYP"),
    ("\u{ffe5}", "CNY JPY"),
    ("\u{e3f}", "THB"),
    ("\u{20a6}", "NGN"),
    ("\u{20a9}", "KPW KRW"),
    ("\u{20aa}", "ILS"),
    ("\u{20ab}", "VND"),
    ("\u{20ac}", "EUR"),
    ("\u{20b1}", "PHP"),
    ("\u{20b4}", "UAH"),
    ("\u{20b8}", "KZT"),
    ("\u{20b9}", "INR"),
    ("\u{20ba}", "TRY"),
    ("\u{20bd}", "RUB"),
    ("R$", "BRL"),
    ("z\u{142}", "PLN"),
];

/// Converts digits and separators of a typed amount to ASCII. Arabic separators become those of `language`.
pub(crate) fn to_ascii_amount(typed: &str, language: Language) -> String {
    let (decimal, group) = language.decimal_and_group_separators();
    let typed: String = typed
        .chars()
        .map(|c| match c {
            '\u{66b}' => decimal,
            '\u{66c}' => group,
            other => other,
        })
        .collect();
    to_ascii_forms(&typed)
}

/// Removes the code or sign of `currency`, and of no other currency, at either end of a typed amount.
pub(crate) fn remove_currency<'a>(text: &'a str, currency: &str) -> &'a str {
    let text = text.trim();
    let mut signs = SIGNS
        .into_iter()
        .filter(|(_, codes)| codes.split(' ').any(|code| code == currency))
        .map(|(sign, _)| sign);
    let is_code = |part: &str| part.eq_ignore_ascii_case(currency);
    let code_before = text.split_at_checked(currency.len());
    let code_after = text
        .len()
        .checked_sub(currency.len())
        .and_then(|at| text.split_at_checked(at));
    let number = signs
        .find_map(|sign| text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)))
        .or_else(|| {
            code_before
                .filter(|(code, _)| is_code(code))
                .map(|(_, number)| number)
        })
        .or_else(|| {
            code_after
                .filter(|(_, code)| is_code(code))
                .map(|(number, _)| number)
        });
    number.unwrap_or(text).trim()
}

/// Formats a plain decimal number such as `1234567.50` in the notation of `language`: `1.234.567,50` in German.
///
/// English amounts have no group separators, because the English parser refuses them.
pub(crate) fn format_number_in_language(number: &str, language: Language) -> String {
    let (decimal, _) = language.decimal_and_group_separators();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut written = match language.group_separator() {
        Some((separator, fewest_digits)) if whole.len() >= fewest_digits => {
            insert_group_separators(whole, separator)
        }
        _ => whole.to_owned(),
    };
    if !fraction.is_empty() {
        written.push(decimal);
        written.push_str(fraction);
    }
    written
}

/// Inserts `separator` before each group of three digits, counted from the right.
fn insert_group_separators(digits: &str, separator: char) -> String {
    let mut written = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            written.push(separator);
        }
        written.push(digit);
    }
    written
}

/// Converts an unsigned number from the notation of `language` to a decimal point without group separators.
///
/// Returns `None` if the number is ambiguous, or if a group does not have three digits. One separator before exactly
/// three digits is ambiguous, unless it is the decimal separator of the language: "1.234" can be 1.234 or 1234.
pub(crate) fn parse_decimal_notation(number: &str, language: Language) -> Option<String> {
    let (decimal, group) = language.decimal_and_group_separators();
    if let Some((whole, fraction)) = number.split_once(decimal) {
        return Some(format!(
            "{}.{fraction}",
            remove_group_separators(whole, group)?
        ));
    }
    match number.split_once(group) {
        Some((_, rest)) if !rest.contains(group) => {
            // The point in "12.50" is a decimal point. In English the comma never is one.
            (group == '.' && rest.len() != 3).then(|| number.to_owned())
        }
        _ => remove_group_separators(number, group),
    }
}

/// Removes the separators between groups of three digits. The separator is `group_separator`, a space or an apostrophe,
/// the same between all groups. Returns `None` if the groups are malformed.
fn remove_group_separators(whole_number: &str, group_separator: char) -> Option<String> {
    let Some(separator) = whole_number
        .chars()
        .find(|c| [group_separator, ' ', '\''].contains(c))
    else {
        return Some(whole_number.to_owned());
    };
    let mut groups = whole_number.split(separator);
    let first = groups.next().unwrap_or_default();
    let are_full =
        groups.all(|group| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit()));
    let is_grouped = (1..=3).contains(&first.len()) && are_full;
    is_grouped.then(|| whole_number.replace(separator, ""))
}
