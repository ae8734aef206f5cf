//! The countries of the numbering plan, for the list beside a phone field.

use phonenumber::Mode;
use phonenumber::country::Id;
use phonenumber::metadata::{DATABASE, Metadata};

/// A country in the list next to a phone number field, with its calling code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneCountry {
    /// The ISO 3166-1 code of the country.
    pub code: &'static str,
    pub calling_code: u16,
    /// Whether it is the main country of a calling code that several countries share, such as the United States of +1.
    pub is_main: bool,
    /// How a mobile number is written within the country: the trunk prefix, and `#` for each other digit, such as
    /// `0#### #######`. `None` if the digits are not grouped, or if a number within the country has other digits than
    /// from abroad.
    pub pattern: Option<String>,
}

/// Lists the allowed countries with their calling codes, sorted by country code.
///
/// If `allowed` is `None`, lists all countries.
pub fn list_phone_countries(allowed: Option<&[Id]>) -> Vec<PhoneCountry> {
    let describe = |plan: &'static Metadata| {
        let country: Id = plan.id().parse().ok()?;
        let is_allowed = allowed.is_none_or(|allowed| allowed.contains(&country));
        is_allowed.then(|| PhoneCountry {
            code: plan.id(),
            calling_code: plan.country_code(),
            is_main: plan.is_main_country_for_code(),
            pattern: derive_mobile_number_pattern(country, plan),
        })
    };
    let mut countries: Vec<_> = DATABASE.iter().filter_map(describe).collect();
    countries.sort_unstable_by_key(|country| country.code);
    countries
}

/// Derives the pattern of a country's mobile numbers from the example number in the numbering plan of the country.
fn derive_mobile_number_pattern(country: Id, plan: &Metadata) -> Option<String> {
    let example = plan.descriptors().mobile()?.example()?;
    let number = phonenumber::parse(Some(country), example).ok()?;
    let written = number.format().mode(Mode::National).to_string();
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    let trunk_prefix = digits.strip_suffix(&number.national().to_string())?;
    let mut position = 0;
    let mut pattern = String::new();
    for c in written.chars() {
        if c.is_ascii_digit() {
            let is_trunk = position < trunk_prefix.len();
            pattern.push(if is_trunk { c } else { '#' });
            position += 1;
        } else {
            pattern.push(c);
        }
    }
    let is_grouped = pattern.len() > digits.len();
    is_grouped.then_some(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find_phone_country(code: &str) -> PhoneCountry {
        let mut countries = list_phone_countries(None);
        countries.retain(|country| country.code == code);
        countries.pop().expect("a country")
    }

    #[test]
    fn phone_input_pattern_is_the_national_format_of_a_mobile_number() {
        for (code, pattern) in [
            ("US", "(###) ###-####"),
            ("GB", "0#### ######"),
            ("DE", "0#### #######"),
            ("FR", "0# ## ## ## ##"),
            ("IT", "### ### ####"),
            ("JP", "0##-####-####"),
            ("BR", "(##) #####-####"),
            ("RU", "8 (###) ###-##-##"),
        ] {
            assert_eq!(
                find_phone_country(code).pattern.as_deref(),
                Some(pattern),
                "{code}"
            );
        }
    }

    #[test]
    fn phone_input_pattern_is_missing_if_domestic_and_international_digits_differ() {
        // 011 15-2345-6789 is +54 9 11 2345 6789.
        assert_eq!(find_phone_country("AR").pattern, None);
    }

    #[test]
    fn phone_input_pattern_has_digits_only_in_the_leading_trunk_prefix() {
        for country in list_phone_countries(None) {
            let Some(pattern) = country.pattern else {
                continue;
            };
            let places = pattern.trim_start_matches(|c: char| c != '#');
            assert!(!places.contains(|c: char| c.is_ascii_digit()), "{pattern}");
            let separators = |c: char| matches!(c, '#' | '(' | ')' | '-' | ' ' | '.');
            let known = |c: char| c.is_ascii_digit() || separators(c);
            assert!(pattern.chars().all(known), "{}: {pattern}", country.code);
        }
    }

    #[test]
    fn only_allowed_countries_are_listed() {
        let codes: Vec<_> = list_phone_countries(Some(&[Id::US, Id::DE]))
            .into_iter()
            .map(|country| (country.code, country.calling_code))
            .collect();
        assert_eq!(codes, [("DE", 49), ("US", 1)]);
        assert!(list_phone_countries(None).len() > 200);
    }

    #[test]
    fn one_country_of_each_shared_calling_code_is_the_main_one() {
        for (code, is_main) in [("US", true), ("CA", false), ("RU", true), ("KZ", false)] {
            assert_eq!(find_phone_country(code).is_main, is_main, "{code}");
        }
    }
}
