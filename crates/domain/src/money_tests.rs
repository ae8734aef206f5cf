use proptest::prelude::*;

use super::*;

/// Parses the code of a currency in use.
fn parse_currency(code: &str) -> Currency {
    code.parse().expect("a currency")
}

/// Parses an amount in this currency and formats it again.
fn parse_and_format_amount(typed: &str, currency_code: &str) -> Result<String, Problem> {
    Amount::parse(typed, parse_currency(currency_code)).map(|amount| amount.to_string())
}

#[test]
fn every_currency_code_has_three_capital_letters_and_is_listed_once() {
    let all = Currency::list_currencies_in_use();
    let mut codes: Vec<&str> = all.iter().map(|currency| currency.code()).collect();
    codes.dedup();
    assert_eq!(codes.len(), 155);
    for currency in all {
        let code = currency.code();
        assert!(code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()));
        assert_eq!(code.parse(), Ok(currency));
        assert_eq!(code.to_ascii_lowercase().parse(), Ok(currency));
    }
}

#[test]
fn stored_amounts_in_withdrawn_currencies_are_read_back() {
    for currency in Currency::list_currencies_in_use() {
        assert_eq!(Currency::from_stored(currency.code()), Some(currency));
    }
    for gone in Currency::convert_codes_to_currencies(&WITHDRAWN_CURRENCIES) {
        assert_eq!(Currency::from_stored(gone.code()), Some(gone));
        assert_eq!(gone.code().parse::<Currency>(), Err(UnknownCurrency));
    }
    assert_eq!(
        Currency::from_stored("usd"),
        None,
        "stored as it is spelled"
    );
    assert_eq!(Currency::from_stored("QQQ"), None);
}

#[test]
fn usd_constant_equals_its_entry_in_the_currency_table() {
    assert_eq!("USD".parse(), Ok(Currency::USD));
}

#[test]
fn currency_codes_that_are_not_in_use_are_refused() {
    for code in [
        "",
        "US",
        "USDD",
        "XAU",
        "XXX",
        "XTS",
        "CLF",
        "DEM",
        "ＵＳＤ",
        "U$D",
    ] {
        assert_eq!(code.parse::<Currency>(), Err(UnknownCurrency), "{code}");
    }
}

#[test]
fn amounts_have_the_decimals_of_their_currency() {
    for (typed, code, shown) in [
        ("100", "USD", "100.00 USD"),
        (" 100.5 ", "USD", "100.50 USD"),
        ("0.01", "USD", "0.01 USD"),
        ("0100.05", "EUR", "100.05 EUR"),
        ("100", "JPY", "100 JPY"),
        ("7", "JPY", "7 JPY"),
        ("1.5", "KWD", "1.500 KWD"),
        ("0.001", "KWD", "0.001 KWD"),
        ("9999999999.99", "USD", "9999999999.99 USD"),
        ("999999999999", "JPY", "999999999999 JPY"),
    ] {
        assert_eq!(
            parse_and_format_amount(typed, code).as_deref(),
            Ok(shown),
            "{typed} {code}"
        );
    }
}

#[test]
fn zero_and_negative_amounts_are_refused() {
    for typed in [
        "0",
        "0.00",
        "000",
        "-0",
        "-1",
        "-0.01",
        "-99999999999999999999",
    ] {
        assert_eq!(
            parse_and_format_amount(typed, "USD"),
            Err(Problem::AmountNotPositive),
            "{typed}"
        );
    }
}

#[test]
fn ambiguous_and_malformed_amounts_are_refused() {
    for typed in [
        "1,000",
        "1,000.00",
        "1.000,00",
        "100,50",
        "1 000",
        "1'000",
        "+1",
        "--1",
        "1e3",
        "1E3",
        "1e308",
        "0x10",
        "NaN",
        "inf",
        ".5",
        "5.",
        "1.2.3",
        "١٠٠",
        "１００",
        "½",
        "$100",
        "100 USD",
        "-",
        ".",
        "1_000",
        "1\u{a0}000",
        "\u{2212}5",
    ] {
        assert_eq!(
            parse_and_format_amount(typed, "USD"),
            Err(Problem::AmountInvalid),
            "{typed}"
        );
    }
    assert_eq!(parse_and_format_amount("", "USD"), Err(Problem::Missing));
    assert_eq!(parse_and_format_amount("  ", "USD"), Err(Problem::Missing));
}

#[test]
fn amounts_with_too_many_decimals_are_refused_not_rounded() {
    for (typed, code, decimals) in [
        ("0.001", "USD", 2),
        ("1.000", "USD", 2),
        ("1.0", "JPY", 0),
        ("1.0005", "KWD", 3),
    ] {
        let refused = Problem::AmountTooFine { decimals };
        assert_eq!(
            parse_and_format_amount(typed, code),
            Err(refused),
            "{typed} {code}"
        );
    }
}

#[test]
fn amounts_above_the_maximum_are_refused() {
    for (typed, code) in [
        ("10000000000", "USD"),
        ("1000000000000", "JPY"),
        ("1000000000", "KWD"),
        ("9223372036854775807", "JPY"),
        ("9223372036854775808", "JPY"),
        ("99999999999999999999999999999999999999999999", "USD"),
    ] {
        assert_eq!(
            parse_and_format_amount(typed, code),
            Err(Problem::AmountTooLarge),
            "{typed}"
        );
    }
}

proptest! {
    #[test]
    fn formatted_amount_parses_to_the_same_amount(minor in 1..=Amount::MAX_MINOR, pick in any::<prop::sample::Index>()) {
        let all = Currency::list_currencies_in_use();
        let amount = Amount::from_minor_units(minor, all[pick.index(all.len())]).expect("valid amount");
        let (number, code) = (amount.to_decimal(), amount.currency().code());
        prop_assert_eq!(Amount::parse(&number, parse_currency(code)), Ok(amount));
        prop_assert_eq!(amount.to_string(), format!("{number} {code}"));
        let fraction = number.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        prop_assert_eq!(fraction, usize::from(amount.currency().decimals()));
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        prop_assert_eq!(digits.parse::<i64>().ok(), Some(minor));
    }

    #[test]
    fn any_input_parses_to_an_amount_in_range_or_a_problem(typed in ".{0,40}", pick in any::<prop::sample::Index>()) {
        let all = Currency::list_currencies_in_use();
        if let Ok(amount) = Amount::parse(&typed, all[pick.index(all.len())]) {
            prop_assert!((1..=Amount::MAX_MINOR).contains(&amount.minor_units()));
        }
    }

    #[test]
    fn parsing_preserves_the_order_of_amounts(a in 1..=Amount::MAX_MINOR, b in 1..=Amount::MAX_MINOR) {
        let usd = parse_currency("USD");
        let read = |minor| {
            let amount = Amount::from_minor_units(minor, usd).expect("valid amount");
            Amount::parse(&amount.to_decimal(), usd).expect("formatted amount is valid").minor_units()
        };
        prop_assert_eq!(a.cmp(&b), read(a).cmp(&read(b)));
    }
}
