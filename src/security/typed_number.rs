//! A phone number as a form sends it: the typed text, and the country that the user chose beside it.

use std::borrow::Cow;

use super::phone_rules::{PhoneRules, find_country_code_of_number, parse_phone_number};
use domain::{PhoneNumber, Problem};

/// Phone number that the user has typed in a form, with the country selected next to it.
#[derive(Clone, Copy, Debug)]
pub struct TypedNumber<'a> {
    pub number: &'a str,
    /// The ISO 3166-1 code of the country of a number without `+`. The default country replaces an unknown one, one
    /// that is not allowed, and an empty text.
    pub country: &'a str,
}

impl<'a> TypedNumber<'a> {
    /// Creates a typed phone number without selected country, as API clients send it.
    pub const fn from_number_without_country(number: &'a str) -> Self {
        Self {
            number,
            country: "",
        }
    }

    /// Parses the typed phone number with [`parse_phone_number`]. The selected country is the default country.
    pub fn parse(self, rules: &PhoneRules) -> Result<PhoneNumber, Problem> {
        let rules = rules
            .with_default_country(self.country)
            .map_or(Cow::Borrowed(rules), Cow::Owned);
        parse_phone_number(self.number, &rules)
    }

    /// Returns the code of the country that the country list preselects: the submitted country, else the country of the
    /// typed number, else the default country.
    pub fn choose_country_to_preselect(self, rules: &PhoneRules) -> String {
        let country_of_number = || {
            let number = parse_phone_number(self.number, rules).ok()?;
            rules.with_default_country(&find_country_code_of_number(&number))
        };
        let with_country = rules
            .with_default_country(self.country)
            .or_else(country_of_number);
        let rules = with_country.as_ref().unwrap_or(rules);
        rules.default_country().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_typed_number(number: &str, country: &str) -> Option<String> {
        let rules = PhoneRules::new("US", Some(&["DE", "FR", "US"])).expect("valid countries");
        let parsed = TypedNumber { number, country }.parse(&rules);
        parsed.ok().map(|number| number.as_e164().to_owned())
    }

    #[test]
    fn number_without_plus_belongs_to_the_chosen_country() {
        let parsed = parse_typed_number("(0151) 2345 6789", "DE");
        assert_eq!(parsed.as_deref(), Some("+4915123456789"));
        let parsed = parse_typed_number("06 12 34 56 78", "FR");
        assert_eq!(parsed.as_deref(), Some("+33612345678"));
    }

    #[test]
    fn default_country_replaces_unknown_and_not_allowed_countries() {
        for country in ["", "US", "GB", "XX", "de", "DE ", "+49", "<b>"] {
            let parsed = parse_typed_number("(415) 555-0132", country);
            assert_eq!(parsed.as_deref(), Some("+14155550132"), "{country}");
        }
    }

    #[test]
    fn number_with_plus_or_exit_code_ignores_the_chosen_country() {
        for number in [
            "+49 1512 3456789",
            "0049 1512 3456789",
            "tel:+4915123456789",
        ] {
            for country in ["DE", "FR", "US"] {
                let parsed = parse_typed_number(number, country);
                assert_eq!(parsed.as_deref(), Some("+4915123456789"), "{number}");
            }
        }
    }

    #[test]
    fn preselected_country_falls_back_to_the_number_and_the_default() {
        let rules = PhoneRules::new("US", Some(&["DE", "FR", "US"])).expect("valid countries");
        for (number, country, selected) in [
            ("+49 1512 3456789", "FR", "FR"),
            ("+49 1512 3456789", "", "DE"),
            ("+49 1512 3456789", "XX", "DE"),
            ("+44 7400 123456", "GB", "US"),
            ("no number", "", "US"),
            ("", "", "US"),
        ] {
            let typed = TypedNumber { number, country };
            assert_eq!(
                typed.choose_country_to_preselect(&rules),
                selected,
                "{number} {country}"
            );
        }
    }
}
