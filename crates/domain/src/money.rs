use core::fmt;
use core::str::FromStr;

use crate::language::Language;
use crate::problem::Problem;
use crate::typed_text::to_ascii_forms;

/// The currencies in use (ISO 4217, list one, published on 1 January 2026), by the number of decimals. Funds,
/// metals, units of account and test codes are left out.
const IN_USE: [(u8, &str); 3] = [
    (
        0,
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    ),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD \
         CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD \
         GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL \
         MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN \
         PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP \
         SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
];

/// Codes that were withdrawn recently (ISO 4217, list three). New payments cannot use them; stored payments stay
/// readable. A code that leaves the list above moves here.
const WITHDRAWN: [(u8, &str); 1] = [(2, "ANG BGN CUC HRK SLL ZWL")];

/// A currency, by its code of three letters (ISO 4217).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency {
    code: &'static str,
    decimals: u8,
}

/// The error for a text that is not the code of a currency in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the code of a currency in use (ISO 4217)")]
pub struct UnknownCurrency;

impl Currency {
    pub const USD: Self = Self {
        code: "USD",
        decimals: 2,
    };

    /// All currencies in use, sorted by code.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = Self::in_table(&IN_USE).collect();
        all.sort_unstable();
        all
    }

    fn in_table(table: &'static [(u8, &'static str)]) -> impl Iterator<Item = Self> {
        table.iter().flat_map(|&(decimals, codes)| {
            codes
                .split_ascii_whitespace()
                .map(move |code| Self { code, decimals })
        })
    }

    /// The currency of a stored amount, which may have been withdrawn since.
    pub fn from_stored(code: &str) -> Option<Self> {
        Self::in_table(&IN_USE)
            .chain(Self::in_table(&WITHDRAWN))
            .find(|currency| currency.code == code)
    }

    pub const fn code(self) -> &'static str {
        self.code
    }

    /// The number of digits after the decimal point: 0, 2 or 3.
    pub const fn decimals(self) -> u8 {
        self.decimals
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    /// Accepts upper and lower case.
    fn from_str(typed: &str) -> Result<Self, UnknownCurrency> {
        let typed = typed.trim();
        Self::all()
            .into_iter()
            .find(|currency| currency.code.eq_ignore_ascii_case(typed))
            .ok_or(UnknownCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

/// An amount of money greater than zero. It is a whole number of minor units (cents), so nothing is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Amount {
    minor: i64,
    currency: Currency,
}

impl Amount {
    /// The largest amount in minor units: twelve digits, which JavaScript numbers represent exactly.
    pub const MAX_MINOR: i64 = 999_999_999_999;
    /// The limit of [`Amount::parse_in`] before normalisation, in bytes.
    const MAX_PASTED: usize = 128;
    /// The maximum length of a typed amount, for the `maxlength` of an input field.
    pub const MAX_TYPED: u16 = 20;

    /// Parses ASCII digits with at most one point and no more decimals than the currency has: `1234.5`.
    ///
    /// Signs, exponents and thousands separators are refused: the meaning of `1,234` depends on the country. The
    /// text of a JSON number is parsed the same way.
    pub fn parse(typed: &str, currency: Currency) -> Result<Self, Problem> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(Problem::Missing);
        }
        if let Some(below) = typed.strip_prefix('-') {
            return Err(match minor_units(below, currency) {
                Err(Problem::AmountInvalid) => Problem::AmountInvalid,
                _ => Problem::AmountNotPositive,
            });
        }
        let minor = minor_units(typed, currency)?;
        if minor == 0 {
            return Err(Problem::AmountNotPositive);
        }
        Self::from_minor(minor, currency).ok_or(Problem::AmountTooLarge)
    }

    /// Parses an amount as people write it in `language`: `1.234,50` in German. A point before the decimals is
    /// understood in every language, and the only separator in English.
    ///
    /// A number that means different amounts in different languages is refused: one separator before exactly three
    /// digits, as in `1.234`.
    pub fn parse_in(typed: &str, currency: Currency, language: Language) -> Result<Self, Problem> {
        if typed.len() > Self::MAX_PASTED {
            return Err(Problem::AmountInvalid);
        }
        if language == Language::English {
            return Self::parse(typed, currency);
        }
        let plain = to_ascii_forms(typed);
        let (sign, number) = match plain.trim().strip_prefix('-') {
            Some(number) => ("-", number),
            None => ("", plain.trim()),
        };
        let number = decimal_number(number, language).ok_or(Problem::AmountInvalid)?;
        Self::parse(&format!("{sign}{number}"), currency)
    }

    /// `None` for zero, negative numbers, and more than [`Amount::MAX_MINOR`].
    pub const fn from_minor(minor: i64, currency: Currency) -> Option<Self> {
        if minor > 0 && minor <= Self::MAX_MINOR {
            Some(Self { minor, currency })
        } else {
            None
        }
    }

    /// The smallest amount of a currency.
    pub const fn smallest(currency: Currency) -> Self {
        Self { minor: 1, currency }
    }

    /// The amount in minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The number without the currency, with all decimals: `1234.50`. The format is the same in every language.
    pub fn decimal(self) -> String {
        let decimals = usize::from(self.currency.decimals);
        let digits = format!("{:0>1$}", self.minor, decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        if fraction.is_empty() {
            whole.to_owned()
        } else {
            format!("{whole}.{fraction}")
        }
    }
}

/// An unsigned number in the notation of `language` with a decimal point and without group separators. `None` if it is
/// ambiguous, or if its groups do not have three digits.
fn decimal_number(number: &str, language: Language) -> Option<String> {
    let (decimal, group) = language.number_separators();
    if let Some((whole, fraction)) = number.split_once(decimal)
        && (decimal != '.' || whole.contains([group, ' ', '\'']))
    {
        return Some(format!("{}.{fraction}", ungrouped(whole, group)?));
    }
    match number.split_once('.') {
        // "12.50" in a language with a decimal comma. "1.234" could be a group or decimals.
        Some((_, rest)) if decimal != '.' && !rest.contains('.') => {
            (rest.len() != 3).then(|| number.to_owned())
        }
        Some(_) if decimal == '.' => Some(number.to_owned()),
        _ if number.matches(group).count() == 1 => None,
        _ => ungrouped(number, group),
    }
}

/// `whole` without the separators between groups of three digits: `group`, a space or an apostrophe, always the same.
fn ungrouped(whole: &str, group: char) -> Option<String> {
    let Some(separator) = whole.chars().find(|c| [group, ' ', '\''].contains(c)) else {
        return Some(whole.to_owned());
    };
    let mut groups = whole.split(separator);
    let first = groups.next().unwrap_or_default();
    let are_full =
        groups.all(|group| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit()));
    let is_grouped = (1..=3).contains(&first.len()) && are_full;
    is_grouped.then(|| whole.replace(separator, ""))
}

/// The minor units of an unsigned decimal number.
fn minor_units(typed: &str, currency: Currency) -> Result<i64, Problem> {
    let (whole, fraction) = match typed.split_once('.') {
        Some((_, "")) => return Err(Problem::AmountInvalid),
        Some((whole, fraction)) => (whole, fraction),
        None => (typed, ""),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(Problem::AmountInvalid);
    }
    let decimals = usize::from(currency.decimals);
    if fraction.len() > decimals {
        return Err(Problem::AmountTooFine {
            decimals: currency.decimals,
        });
    }
    format!("{whole}{fraction:0<decimals$}")
        .parse()
        .map_err(|_| Problem::AmountTooLarge)
}

/// Prints number and currency code: `1234.50 USD`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().expect("a currency")
    }

    fn read(typed: &str, code: &str) -> Result<String, Problem> {
        Amount::parse(typed, currency(code)).map(|amount| amount.to_string())
    }

    #[test]
    fn every_currency_has_three_capital_letters_and_is_listed_once() {
        let all = Currency::all();
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
        for currency in Currency::all() {
            assert_eq!(Currency::from_stored(currency.code()), Some(currency));
        }
        for gone in Currency::in_table(&WITHDRAWN) {
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
    fn usd_constant_equals_the_table_entry() {
        assert_eq!("USD".parse(), Ok(Currency::USD));
    }

    #[test]
    fn codes_that_are_not_in_use_are_refused() {
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
            assert_eq!(read(typed, code).as_deref(), Ok(shown), "{typed} {code}");
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
                read(typed, "USD"),
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
            assert_eq!(read(typed, "USD"), Err(Problem::AmountInvalid), "{typed}");
        }
        assert_eq!(read("", "USD"), Err(Problem::Missing));
        assert_eq!(read("  ", "USD"), Err(Problem::Missing));
    }

    #[test]
    fn amounts_are_read_in_the_notation_of_the_language() {
        use Language::{English, German};
        for (language, typed, shown) in [
            (German, "12,50", "12.50 EUR"),
            (German, "1.234,50", "1234.50 EUR"),
            (German, "1 234,50", "1234.50 EUR"),
            (German, "1\u{202f}234,5", "1234.50 EUR"),
            (German, "1’234’567,50", "1234567.50 EUR"),
            (German, "1.234.567", "1234567.00 EUR"),
            (German, "12.50", "12.50 EUR"),
            (German, "1234", "1234.00 EUR"),
            (German, "１２，５０", "12.50 EUR"),
            (English, "12.50", "12.50 EUR"),
        ] {
            let amount = Amount::parse_in(typed, currency("EUR"), language).expect(typed);
            assert_eq!(amount.to_string(), shown, "{typed}");
        }
        for (language, typed) in [
            (German, "1.234"),
            (German, "1,234.50"),
            (German, "12.34,50"),
            (German, "1.2345,50"),
            (German, "1.234 567,50"),
            (German, "12,50,00"),
            (German, ",50"),
            (German, "12,"),
            (German, "1.2.3"),
            (English, "12,50"),
            (English, "1,234"),
            (English, "1,234.50"),
            (English, "١٢.٥"),
            (English, "1.234,50"),
            (English, "1,23,456.00"),
            (English, "12 50"),
            (English, "12 EUR"),
        ] {
            let refused = Amount::parse_in(typed, currency("EUR"), language);
            assert_eq!(refused, Err(Problem::AmountInvalid), "{typed}");
        }
        let parse = |typed| Amount::parse_in(typed, currency("EUR"), German);
        assert_eq!(parse("12,345"), Err(Problem::AmountTooFine { decimals: 2 }));
        assert_eq!(parse("−12,50"), Err(Problem::AmountNotPositive));
        assert_eq!(parse(" "), Err(Problem::Missing));
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
            assert_eq!(read(typed, code), Err(refused), "{typed} {code}");
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
            assert_eq!(read(typed, code), Err(Problem::AmountTooLarge), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn a_printed_amount_parses_to_the_same_amount(minor in 1..=Amount::MAX_MINOR, pick in any::<prop::sample::Index>()) {
            let all = Currency::all();
            let amount = Amount::from_minor(minor, all[pick.index(all.len())]).expect("in range");
            let (number, code) = (amount.decimal(), amount.currency().code());
            prop_assert_eq!(Amount::parse(&number, currency(code)), Ok(amount));
            prop_assert_eq!(amount.to_string(), format!("{number} {code}"));
            let fraction = number.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            prop_assert_eq!(fraction, usize::from(amount.currency().decimals()));
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            prop_assert_eq!(digits.parse::<i64>().ok(), Some(minor));
        }

        #[test]
        fn any_input_parses_to_an_amount_in_range_or_a_problem(typed in ".{0,40}", pick in any::<prop::sample::Index>()) {
            let all = Currency::all();
            if let Ok(amount) = Amount::parse(&typed, all[pick.index(all.len())]) {
                prop_assert!((1..=Amount::MAX_MINOR).contains(&amount.minor()));
            }
        }

        #[test]
        fn parsing_preserves_the_order_of_amounts(a in 1..=Amount::MAX_MINOR, b in 1..=Amount::MAX_MINOR) {
            let usd = currency("USD");
            let read = |minor| {
                let amount = Amount::from_minor(minor, usd).expect("in range");
                Amount::parse(&amount.decimal(), usd).expect("as written").minor()
            };
            prop_assert_eq!(a.cmp(&b), read(a).cmp(&read(b)));
        }
    }
}
