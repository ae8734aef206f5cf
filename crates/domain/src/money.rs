use core::fmt;
use core::str::FromStr;

use super::Problem;

/// The currencies in use: ISO 4217, list one, as published on 1 January 2026, by how many decimals
/// their amounts have. Funds, metals, units of account and codes for testing are no money anybody
/// pays with and left out. A table of three lines is all of a library that would be needed here.
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

/// Codes that were withdrawn lately (ISO 4217, list three). Nobody pays with them any more; what was
/// paid in them stays readable, so a code that leaves the list above goes here.
const WITHDRAWN: [(u8, &str); 1] = [(2, "ANG BGN CUC HRK SLL ZWL")];

/// A currency in use, by its code of three letters (ISO 4217).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency {
    code: &'static str,
    decimals: u8,
}

/// A text that is no currency's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the code of a currency in use (ISO 4217)")]
pub struct UnknownCurrency;

impl Currency {
    pub const USD: Self = Self {
        code: "USD",
        decimals: 2,
    };

    /// Every one of them, in the order of their codes.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = Self::of(&IN_USE).collect();
        all.sort_unstable();
        all
    }

    fn of(table: &'static [(u8, &'static str)]) -> impl Iterator<Item = Self> {
        table.iter().flat_map(|&(decimals, codes)| {
            codes
                .split_ascii_whitespace()
                .map(move |code| Self { code, decimals })
        })
    }

    /// The currency of an amount that was stored while it was in use.
    pub fn from_stored(code: &str) -> Option<Self> {
        Self::of(&IN_USE)
            .chain(Self::of(&WITHDRAWN))
            .find(|currency| currency.code == code)
    }

    pub const fn code(self) -> &'static str {
        self.code
    }

    /// How many digits an amount has after the point: 0, 2 or 3.
    pub const fn decimals(self) -> u8 {
        self.decimals
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    /// Takes a code in either case.
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

/// An amount somebody can pay: more than nothing, in whole units of the currency's smallest coin,
/// so that nothing is ever rounded (PAY-08).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Amount {
    minor: i64,
    currency: Currency,
}

impl Amount {
    /// The largest amount, in units of the smallest coin: twelve digits, which every place they
    /// come to takes, JavaScript's numbers included.
    pub const MAX_MINOR: i64 = 999_999_999_999;
    /// The most characters of an amount as it is typed, for the `maxlength` of a field.
    pub const MAX_TYPED: u16 = 20;

    /// Reads ASCII digits, at most one point, and no more decimals than the currency has: `1234.5`.
    ///
    /// Signs, exponents and separators between thousands are refused: what `1,234` means depends
    /// on where one comes from. A JSON number's own text is read the same way.
    pub fn parse(typed: &str, currency: Currency) -> Result<Self, Problem> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(Problem::Missing);
        }
        if let Some(below) = typed.strip_prefix('-') {
            return Err(match units(below, currency) {
                Err(Problem::AmountInvalid) => Problem::AmountInvalid,
                _ => Problem::AmountNotPositive,
            });
        }
        let minor = units(typed, currency)?;
        if minor == 0 {
            return Err(Problem::AmountNotPositive);
        }
        Self::from_minor(minor, currency).ok_or(Problem::AmountTooLarge)
    }

    /// `None` for nothing, for less than nothing, and beyond [`Amount::MAX_MINOR`].
    pub const fn from_minor(minor: i64, currency: Currency) -> Option<Self> {
        if minor > 0 && minor <= Self::MAX_MINOR {
            Some(Self { minor, currency })
        } else {
            None
        }
    }

    /// The least there is to pay.
    pub const fn smallest(currency: Currency) -> Self {
        Self { minor: 1, currency }
    }

    /// In units of the currency's smallest coin.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The number alone, with all the decimals the currency has: `1234.50`, in every language.
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

/// The units of the smallest coin in an unsigned decimal number; more than fit are too many.
fn units(typed: &str, currency: Currency) -> Result<i64, Problem> {
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

/// The one way an amount is written, wherever it is shown: `1234.50 USD` (PAY-08).
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
    fn every_currency_is_three_capitals_and_listed_once() {
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
    fn what_was_stored_is_read_back_even_when_its_currency_is_gone() {
        for currency in Currency::all() {
            assert_eq!(Currency::from_stored(currency.code()), Some(currency));
        }
        for gone in Currency::of(&WITHDRAWN) {
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
    fn the_dollar_is_the_one_in_the_table() {
        assert_eq!("USD".parse(), Ok(Currency::USD));
    }

    #[test]
    fn what_nobody_pays_with_is_no_currency() {
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
    fn an_amount_has_the_decimals_of_its_currency() {
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

    /// PAY-01
    #[test]
    fn nothing_and_less_than_nothing_cannot_be_paid() {
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

    /// PAY-01
    #[test]
    fn what_could_be_read_in_two_ways_is_not_read_at_all() {
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

    /// PAY-08
    #[test]
    fn nothing_is_rounded_away() {
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
    fn there_is_a_largest_amount() {
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
        /// PAY-08: over every currency there is.
        #[test]
        fn an_amount_is_read_as_it_is_written(minor in 1..=Amount::MAX_MINOR, pick in any::<prop::sample::Index>()) {
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
        fn whatever_is_typed_becomes_an_amount_within_bounds_or_a_problem(typed in ".{0,40}", pick in any::<prop::sample::Index>()) {
            let all = Currency::all();
            if let Ok(amount) = Amount::parse(&typed, all[pick.index(all.len())]) {
                prop_assert!((1..=Amount::MAX_MINOR).contains(&amount.minor()));
            }
        }

        #[test]
        fn more_money_is_never_read_as_less(a in 1..=Amount::MAX_MINOR, b in 1..=Amount::MAX_MINOR) {
            let usd = currency("USD");
            let read = |minor| {
                let amount = Amount::from_minor(minor, usd).expect("in range");
                Amount::parse(&amount.decimal(), usd).expect("as written").minor()
            };
            prop_assert_eq!(a.cmp(&b), read(a).cmp(&read(b)));
        }
    }
}
