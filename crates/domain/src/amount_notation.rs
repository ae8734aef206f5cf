//! Parses the notation of amounts in a language: a decimal comma, groups of digits, and the code or sign of the
//! currency.

use crate::language::Language;
use crate::typed_text::{is_dash, is_invisible, to_ascii_forms};

/// Currency signs, and the currency codes that each sign can mean.
///
/// Sources: Unicode, block "Currency Symbols"; CLDR for signs with letters.
const CURRENCY_SIGNS: [(&str, &str); 24] = [
    // Longer signs come first: a sign precedes every sign that it contains.
    ("US$", "USD"),
    ("$US", "USD"),
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
    ("kr", "DKK ISK NOK SEK"),
    ("K\u{10d}", "CZK"),
    ("Ft", "HUF"),
];

/// Converts digits and separators of a typed amount to ASCII. Arabic separators become those of `language`.
///
/// In English, removes invisible characters and converts only white space and dashes, so that amounts with digits of
/// other scripts are refused.
pub(crate) fn to_ascii_amount(typed: &str, language: Language) -> String {
    if language == Language::English {
        let visible = typed.chars().filter(|c| !is_invisible(*c));
        return visible
            .map(|c| match c {
                space if space.is_whitespace() => ' ',
                dash if is_dash(dash) => '-',
                other => other,
            })
            .collect();
    }
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

/// Removes the code or sign of `currency` from either end of a typed amount. Keeps codes and signs of other currencies.
pub(crate) fn remove_currency<'a>(text: &'a str, currency: &str) -> &'a str {
    let text = text.trim();
    let mut signs = CURRENCY_SIGNS
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

/// Signs in displayed amounts: sign, currency, and the languages in which the sign means this currency (CLDR 48).
///
/// Amounts in all other languages have the currency code. In these languages, CLDR adds letters to the sign, such as
/// "$US" in French.
const DISPLAYED_SIGNS: [(&str, &str, &[Language]); 5] = [
    ("$", "USD", &[Language::English, Language::German]),
    ("\u{20ac}", "EUR", &Language::ALL),
    (
        "\u{a3}",
        "GBP",
        &[Language::English, Language::German, Language::Portuguese],
    ),
    ("\u{a5}", "JPY", &[Language::English, Language::German]),
    (
        "\u{20b9}",
        "INR",
        &[
            Language::English,
            Language::German,
            Language::French,
            Language::Portuguese,
        ],
    ),
];

/// Returns the sign of a currency for displayed amounts; `None` if the currency has no unambiguous sign in `language`.
pub(crate) fn displayed_sign(currency: &str, language: Language) -> Option<&'static str> {
    DISPLAYED_SIGNS
        .into_iter()
        .find(|(_, code, languages)| *code == currency && languages.contains(&language))
        .map(|(sign, _, _)| sign)
}

/// Joins a formatted number and a currency sign in the order of `language`. Spaces are non-breaking.
///
/// Examples: `$1,250.00` in English, `1.250,00 €` in German, `€ 1.250,00` in Portuguese.
pub(crate) fn join_number_and_sign(number: &str, sign: &str, language: Language) -> String {
    match language {
        Language::English => format!("{sign}{number}"),
        Language::Portuguese => format!("{sign}\u{a0}{number}"),
        Language::German | Language::French | Language::Spanish | Language::Polish => {
            format!("{number}\u{a0}{sign}")
        }
    }
}

/// Formats a plain decimal number such as `1234567.50` in the notation of `language`: `1.234.567,50` in German.
pub(crate) fn format_number_in_language(number: &str, language: Language) -> String {
    let (decimal, _) = language.decimal_and_group_separators();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let (separator, fewest_digits) = language.group_separator();
    let mut written = if whole.len() >= fewest_digits {
        insert_group_separators(whole, separator)
    } else {
        whole.to_owned()
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
/// `decimals` is the number of decimals of the currency. Returns `None` if the number is ambiguous or a group is
/// malformed.
///
/// - In a language with a decimal comma, a single point is a decimal point ("12.50") unless exactly three digits
///   follow.
/// - Before three digits, the point separates groups in a language that writes groups with points: "1.234" is 1234 in
///   German.
/// - In other languages, and in a currency with three decimals, "1.234" is ambiguous.
/// - The English "1,234" is ambiguous in a currency with three decimals.
pub(crate) fn parse_decimal_notation(
    number: &str,
    language: Language,
    decimals: u8,
) -> Option<String> {
    let (decimal, group) = language.decimal_and_group_separators();
    if let Some((whole, fraction)) = number.split_once(decimal) {
        let whole = remove_group_separators(whole, language)?;
        return Some(format!("{whole}.{fraction}"));
    }
    match number.split_once(group) {
        Some((whole, fraction)) if group == '.' && !fraction.contains(group) => {
            let is_written_with_points = language.group_separator().0 == group;
            if fraction.len() != 3 {
                // The whole part may have other group separators: "1 234.50", "1’234.50".
                let whole = remove_group_separators(whole, language)?;
                Some(format!("{whole}.{fraction}"))
            } else if is_written_with_points && decimals != 3 {
                remove_group_separators(number, language)
            } else {
                None
            }
        }
        // Ambiguous: in another language the comma is the decimal separator, and the three digits are decimals.
        Some((_, rest)) if group == ',' && rest.len() == 3 && decimals == 3 => None,
        _ => remove_group_separators(number, language),
    }
}

/// Removes the separators between groups of three digits.
///
/// Returns `None` if the groups are malformed, if their separators differ, or if a grouped number begins with a zero.
/// Accepts the group separator of `language`. Also accepts spaces and apostrophes in languages with a decimal comma.
fn remove_group_separators(whole_number: &str, language: Language) -> Option<String> {
    let (_, group) = language.decimal_and_group_separators();
    let is_separator =
        |c: char| c == group || (language != Language::English && matches!(c, ' ' | '\''));
    let Some(separator) = whole_number.chars().find(|c| is_separator(*c)) else {
        return Some(whole_number.to_owned());
    };
    let mut groups = whole_number.split(separator);
    let first = groups.next().unwrap_or_default();
    let are_full =
        groups.all(|group| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit()));
    let is_grouped = (1..=3).contains(&first.len()) && !first.starts_with('0') && are_full;
    is_grouped.then(|| whole_number.replace(separator, ""))
}
