//! Tests of amounts in the notation of a language.

use proptest::prelude::*;

use super::*;
use crate::language::Language::{English, French, German, Polish, Portuguese, Spanish};

/// Parses the code of a currency in use.
fn parse_currency(code: &str) -> Currency {
    code.parse().expect("a currency")
}

/// Parses an amount in the notation of a language and formats it independently of the language.
fn parse_and_format_amount_in_language(
    language: Language,
    typed: &str,
    code: &str,
) -> Result<String, Problem> {
    Amount::parse_in_language(typed, parse_currency(code), language)
        .map(|amount| amount.to_string())
}

#[test]
fn amounts_are_parsed_in_the_notation_of_the_language() {
    for (language, typed, shown) in [
        (German, "12,50", "12.50 EUR"),
        (German, "1.234", "1234.00 EUR"),
        (German, "1.234 €", "1234.00 EUR"),
        (German, "1.234,50", "1234.50 EUR"),
        (German, "1 234,50", "1234.50 EUR"),
        (German, "1\u{202f}234,5", "1234.50 EUR"),
        (German, "1’234’567,50", "1234567.50 EUR"),
        (German, "1.234.567", "1234567.00 EUR"),
        (German, "12.50", "12.50 EUR"),
        (German, "1’234.50", "1234.50 EUR"),
        (German, "1'234'567.5 €", "1234567.50 EUR"),
        (German, "1234", "1234.00 EUR"),
        (German, "１２，５０", "12.50 EUR"),
        (German, "١٢٫٥٠", "12.50 EUR"),
        (German, "12,50 €", "12.50 EUR"),
        (German, "€\u{a0}1.234,50", "1234.50 EUR"),
        (German, "EUR 12,50", "12.50 EUR"),
        (German, "12,50\u{202f}eur", "12.50 EUR"),
        (German, "\u{200e}12,50\u{200f}", "12.50 EUR"),
        (English, "12.50", "12.50 EUR"),
        (English, "1,234", "1234.00 EUR"),
        (English, "12,345", "12345.00 EUR"),
        (English, "1,234.50", "1234.50 EUR"),
        (English, "1,234,567.5", "1234567.50 EUR"),
        (English, "€12.50", "12.50 EUR"),
        (English, "€\u{a0}1,234.50", "1234.50 EUR"),
        (English, "12 EUR", "12.00 EUR"),
        (English, "eur 1,234", "1234.00 EUR"),
        (English, "1,234.50\u{a0}EUR", "1234.50 EUR"),
        (English, "\u{200e}12.50\u{200f}", "12.50 EUR"),
        (French, "1 234,50", "1234.50 EUR"),
        (French, "1\u{202f}234,50 €", "1234.50 EUR"),
        (French, "1\u{a0}234,50\u{a0}€", "1234.50 EUR"),
        (French, "1 234", "1234.00 EUR"),
        (French, "12.50", "12.50 EUR"),
        (French, "1 234.50", "1234.50 EUR"),
        (French, "1\u{202f}234.5 €", "1234.50 EUR"),
        (Spanish, "1.234", "1234.00 EUR"),
        (Spanish, "1.234,50", "1234.50 EUR"),
        (Spanish, "1234,50", "1234.50 EUR"),
        (Spanish, "12,5 €", "12.50 EUR"),
        (Spanish, "12.50", "12.50 EUR"),
        (Portuguese, "1.234", "1234.00 EUR"),
        (Portuguese, "1.234,50", "1234.50 EUR"),
        (Portuguese, "€ 1.234,50", "1234.50 EUR"),
        (Portuguese, "EUR 12,5", "12.50 EUR"),
        (Polish, "1 234,50", "1234.50 EUR"),
        (Polish, "12\u{a0}345,50\u{a0}€", "12345.50 EUR"),
        (Polish, "12,5 EUR", "12.50 EUR"),
    ] {
        let read = parse_and_format_amount_in_language(language, typed, "EUR");
        assert_eq!(read.as_deref(), Ok(shown), "{language:?} {typed}");
    }
}

#[test]
fn ambiguous_and_misplaced_separators_in_amounts_are_refused() {
    for (language, typed) in [
        (German, "1,234.50"),
        (German, "12.34,50"),
        (German, "1.2345,50"),
        (German, "1.234 567,50"),
        (German, "0.123"),
        (German, "1234.567"),
        (German, "12,50,00"),
        (German, "12’34.50"),
        (German, "1’234 567.50"),
        (German, "1’234.567"),
        (German, "12,- €"),
        (German, "12,50 Euro"),
        (German, ",50"),
        (German, "12,"),
        (German, "1.2.3"),
        (German, "12,50 £"),
        (English, "1,23"),
        (English, "12,50"),
        (English, "12,34.5"),
        (English, "1234,567"),
        (English, "0,123"),
        (English, ",123"),
        (English, "1,,234"),
        (English, "1,234,"),
        (English, "1,234."),
        (English, "1.234,50"),
        (English, "1,234.567,8"),
        (English, "1,23,456.00"),
        (English, "1 234.50"),
        (English, "1\u{a0}234"),
        (English, "1'234"),
        (English, "12 50"),
        (English, "12 EUROS"),
        (English, "١٢.٥"),
        (English, "１２.５０"),
        (English, "1e3"),
        (English, "+5"),
        (English, "5-"),
        (English, "$12.50"),
        (English, "12.50 USD"),
        (English, "€€12"),
        (French, "1.234"),
        (French, "1,234.50"),
        (French, "1 23,50"),
        (Spanish, "1,234.50"),
        (Spanish, "12.34,5"),
        (Portuguese, "1,234.50"),
        (Portuguese, "12.34,5"),
        (Polish, "1.234"),
        (Polish, "1,234.50"),
        (Polish, "1 23"),
    ] {
        let refused = parse_and_format_amount_in_language(language, typed, "EUR");
        assert_eq!(refused, Err(Problem::AmountInvalid), "{language:?} {typed}");
    }
}

#[test]
fn ambiguous_digit_group_is_refused_in_currencies_with_three_decimals() {
    for (language, typed) in [(German, "1.234"), (English, "1,234")] {
        let refused = parse_and_format_amount_in_language(language, typed, "KWD");
        assert_eq!(refused, Err(Problem::AmountInvalid), "{language:?} {typed}");
    }
    for (language, typed, shown) in [
        (German, "1.234,5", "1234.500 KWD"),
        (German, "1,234", "1.234 KWD"),
        (English, "1,234.0", "1234.000 KWD"),
        (English, "1,234,567", "1234567.000 KWD"),
        (English, "1.234", "1.234 KWD"),
    ] {
        let read = parse_and_format_amount_in_language(language, typed, "KWD");
        assert_eq!(read.as_deref(), Ok(shown), "{language:?} {typed}");
    }
}

#[test]
fn negative_amounts_and_excess_decimals_have_their_own_error() {
    for (language, typed) in [
        (German, "−12,50"),
        (German, "-€12,50"),
        (German, "€ -12,50"),
        (German, "\u{2013}12,50 EUR"),
        (English, "-12.50"),
        (English, "-€1,234.50"),
        (English, "€-12.50"),
    ] {
        let refused = parse_and_format_amount_in_language(language, typed, "EUR");
        assert_eq!(refused, Err(Problem::AmountNotPositive), "{typed}");
    }
    for (language, typed) in [(German, "12,345"), (English, "12.345")] {
        let refused = parse_and_format_amount_in_language(language, typed, "EUR");
        assert_eq!(refused, Err(Problem::AmountTooFine { decimals: 2 }));
        assert_eq!(
            parse_and_format_amount_in_language(language, " ", "EUR"),
            Err(Problem::Missing)
        );
    }
}

#[test]
fn only_the_sign_of_the_chosen_currency_is_accepted() {
    for language in [German, English] {
        for (typed, code) in [
            ("$5", "USD"),
            ("￥500", "JPY"),
            ("₩500", "KRW"),
            ("₹ 500", "INR"),
            ("£5", "GBP"),
            ("R$ 500", "BRL"),
            ("500 zł", "PLN"),
            ("US$ 500", "USD"),
            ("500 US$", "USD"),
            ("500 $US", "USD"),
            ("500 kr", "SEK"),
            ("500 kr", "NOK"),
            ("500 Kč", "CZK"),
            ("500 Ft", "HUF"),
        ] {
            let read = parse_and_format_amount_in_language(language, typed, code);
            assert!(read.is_ok(), "{typed}: {read:?}");
        }
        for (typed, code) in [
            ("5 CA$", "CAD"),
            ("$5", "EUR"),
            ("€5", "USD"),
            ("5 USD", "CAD"),
            ("US$ 5", "CAD"),
            ("5 kr", "EUR"),
        ] {
            let refused = parse_and_format_amount_in_language(language, typed, code);
            assert_eq!(refused, Err(Problem::AmountInvalid), "{typed}");
        }
    }
}

#[test]
fn amounts_are_formatted_in_the_notation_of_the_language() {
    for (language, typed, code, with_code, with_sign) in [
        (English, "0.05", "USD", "0.05 USD", "$0.05"),
        (English, "150", "USD", "150.00 USD", "$150.00"),
        (English, "1234.5", "USD", "1,234.50 USD", "$1,234.50"),
        (English, "1234567", "JPY", "1,234,567 JPY", "¥1,234,567"),
        (English, "1250", "EUR", "1,250.00 EUR", "€1,250.00"),
        (English, "1250", "GBP", "1,250.00 GBP", "£1,250.00"),
        (English, "1250", "INR", "1,250.00 INR", "₹1,250.00"),
        (English, "1250", "CHF", "1,250.00 CHF", "1,250.00 CHF"),
        (English, "1250", "CAD", "1,250.00 CAD", "1,250.00 CAD"),
        (German, "0.05", "EUR", "0,05~EUR", "0,05~€"),
        (German, "123.4", "EUR", "123,40~EUR", "123,40~€"),
        (German, "1234.5", "USD", "1.234,50~USD", "1.234,50~$"),
        (German, "123456", "EUR", "123.456,00~EUR", "123.456,00~€"),
        (
            German,
            "1234567.891",
            "KWD",
            "1.234.567,891~KWD",
            "1.234.567,891~KWD",
        ),
        (German, "1234567", "JPY", "1.234.567~JPY", "1.234.567~¥"),
        (French, "0.05", "EUR", "0,05~EUR", "0,05~€"),
        (French, "1234.5", "EUR", "1^234,50~EUR", "1^234,50~€"),
        (French, "1234.5", "USD", "1^234,50~USD", "1^234,50~USD"),
        (French, "1234567", "JPY", "1^234^567~JPY", "1^234^567~JPY"),
        (Spanish, "1234.5", "EUR", "1234,50~EUR", "1234,50~€"),
        (Spanish, "12345.5", "EUR", "12.345,50~EUR", "12.345,50~€"),
        (Spanish, "12345.5", "USD", "12.345,50~USD", "12.345,50~USD"),
        (Portuguese, "1234.5", "BRL", "1.234,50~BRL", "1.234,50~BRL"),
        (Portuguese, "0.05", "GBP", "0,05~GBP", "£~0,05"),
        (Portuguese, "1234.5", "EUR", "1.234,50~EUR", "€~1.234,50"),
        (Polish, "1234.5", "PLN", "1234,50~PLN", "1234,50~PLN"),
        (Polish, "12345.5", "EUR", "12~345,50~EUR", "12~345,50~€"),
    ] {
        let amount = Amount::parse(typed, parse_currency(code)).expect(typed);
        // In the table, `~` is a non-breaking space and `^` a narrow one.
        let spaces = |text: &str| text.replace('~', "\u{a0}").replace('^', "\u{202f}");
        assert_eq!(amount.format_in_language(language), spaces(with_code));
        assert_eq!(
            amount.format_with_sign_in_language(language),
            spaces(with_sign)
        );
    }
}

proptest! {
    #[test]
    fn every_displayed_amount_is_accepted_and_has_the_same_value(minor in 1..=Amount::MAX_MINOR, pick in any::<prop::sample::Index>()) {
        let all = Currency::list_currencies_in_use();
        let amount = Amount::from_minor_units(minor, all[pick.index(all.len())]).expect("valid amount");
        for language in Language::ALL {
            for shown in [amount.format_in_language(language), amount.format_with_sign_in_language(language)] {
                prop_assert!(shown.chars().count() <= usize::from(Amount::MAX_PASTED), "{}", shown);
                let typed = shown.replace(['\u{a0}', '\u{202f}'], " ");
                for text in [shown, typed] {
                    prop_assert_eq!(Amount::parse_in_language(&text, amount.currency(), language), Ok(amount), "{}", text);
                }
            }
        }
    }

    #[test]
    fn every_amount_with_a_displayed_sign_is_accepted_in_each_language(minor in 1..=Amount::MAX_MINOR, pick in 0..5_usize) {
        let code = ["USD", "EUR", "GBP", "JPY", "INR"][pick];
        let amount = Amount::from_minor_units(minor, parse_currency(code)).expect("valid amount");
        for language in Language::ALL {
            let shown = amount.format_with_sign_in_language(language);
            prop_assert_eq!(Amount::parse_in_language(&shown, amount.currency(), language), Ok(amount), "{}", shown);
        }
    }

    #[test]
    fn any_text_in_a_language_is_an_amount_in_range_or_a_problem(typed in "[0-9.,' $€-]{0,20}", pick in 0..6_usize) {
        if let Ok(amount) = Amount::parse_in_language(&typed, parse_currency("EUR"), Language::ALL[pick]) {
            prop_assert!((1..=Amount::MAX_MINOR).contains(&amount.minor_units()));
        }
    }
}
