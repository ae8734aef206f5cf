use core::fmt;
use core::str::FromStr;

use crate::amount_notation::{
    displayed_sign, format_number_in_language, join_number_and_sign, parse_decimal_notation,
    remove_currency, to_ascii_amount,
};
use crate::language::Language;
use crate::problem::Problem;

/// Codes of the currencies in use, grouped by number of decimals (ISO 4217, list one).
///
/// The list is of 1 January 2026. Funds, metals, units of account and test codes are left out.
const CURRENCIES_IN_USE: [(u8, &str); 3] = [
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

/// Codes of recently withdrawn currencies (ISO 4217, list three).
///
/// New payments cannot use them; stored payments stay readable. A code that leaves the list of currencies in use moves
/// here.
const WITHDRAWN_CURRENCIES: [(u8, &str); 1] = [(2, "ANG BGN CUC HRK SLL ZWL")];

/// Currency, identified by its ISO 4217 code of three letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency {
    code: &'static str,
    decimals: u8,
}

/// Error for a text that is not the ISO 4217 code of a currency in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the code of a currency in use (ISO 4217)")]
pub struct UnknownCurrency;

impl Currency {
    pub const USD: Self = Self {
        code: "USD",
        decimals: 2,
    };

    /// Codes of the currencies that a user interface lists first.
    pub const COMMON: [&'static str; 3] = ["USD", "EUR", "GBP"];

    /// Returns all currencies in use, sorted by code.
    pub fn list_currencies_in_use() -> Vec<Self> {
        let mut all: Vec<Self> = Self::convert_codes_to_currencies(&CURRENCIES_IN_USE).collect();
        all.sort_unstable();
        all
    }

    /// Converts a table of ISO 4217 codes, grouped by number of decimals, to currencies.
    fn convert_codes_to_currencies(
        codes_by_decimals: &'static [(u8, &'static str)],
    ) -> impl Iterator<Item = Self> {
        codes_by_decimals.iter().flat_map(|&(decimals, codes)| {
            codes
                .split_ascii_whitespace()
                .map(move |code| Self { code, decimals })
        })
    }

    /// Parses the currency code of a stored amount. Also accepts codes of withdrawn currencies.
    pub fn from_stored(code: &str) -> Option<Self> {
        Self::convert_codes_to_currencies(&CURRENCIES_IN_USE)
            .chain(Self::convert_codes_to_currencies(&WITHDRAWN_CURRENCIES))
            .find(|currency| currency.code == code)
    }

    /// Returns the ISO 4217 code of three letters.
    pub const fn code(self) -> &'static str {
        self.code
    }

    /// Returns the number of decimals of amounts in this currency: 0, 2 or 3.
    pub const fn decimals(self) -> u8 {
        self.decimals
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    /// Parses the ISO 4217 code of a currency in use, in upper or lower case.
    fn from_str(typed: &str) -> Result<Self, UnknownCurrency> {
        let typed = typed.trim();
        Self::list_currencies_in_use()
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

/// Amount of money greater than zero, stored as a whole number of minor units such as cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Amount {
    minor: i64,
    currency: Currency,
}

impl Amount {
    /// Maximum amount in minor units: twelve digits, which JavaScript numbers represent exactly.
    pub const MAX_MINOR: i64 = 999_999_999_999;
    /// Maximum length of an amount text for [`Amount::parse_in_language`], in bytes.
    ///
    /// Invisible characters take up to four.
    const MAX_PASTED_BYTES: usize = 512;
    /// Attribute `maxlength` of an amount field.
    ///
    /// A pasted amount may have spaces and invisible characters around it. A smaller limit would cut digits off.
    pub const MAX_PASTED: u16 = 128;

    /// Parses an amount such as `1234.5`, as API clients send it.
    ///
    /// The text has ASCII digits with at most one point, and at most the decimals of the currency. JSON numbers are
    /// parsed too. Refuses signs, exponents and thousands separators, because the meaning of `1,234` depends on the
    /// language.
    pub fn parse(typed: &str, currency: Currency) -> Result<Self, Problem> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(Problem::Missing);
        }
        if let Some(below) = typed.strip_prefix('-') {
            return Err(match parse_minor_units(below, currency) {
                Err(Problem::AmountInvalid) => Problem::AmountInvalid,
                _ => Problem::AmountNotPositive,
            });
        }
        let minor = parse_minor_units(typed, currency)?;
        if minor == 0 {
            return Err(Problem::AmountNotPositive);
        }
        Self::from_minor_units(minor, currency).ok_or(Problem::AmountTooLarge)
    }

    /// Parses an amount in the notation of `language`, such as `1,234.50` in English and `1.234,50 €` in German.
    ///
    /// Code or sign of the currency can stand at either end. Languages with a decimal comma also accept a decimal
    /// point, groups with spaces or apostrophes before it, and digits of every script. Refuses malformed groups, and
    /// numbers that can mean two amounts.
    pub fn parse_in_language(
        typed: &str,
        currency: Currency,
        language: Language,
    ) -> Result<Self, Problem> {
        if typed.len() > Self::MAX_PASTED_BYTES {
            return Err(Problem::AmountInvalid);
        }
        let plain = to_ascii_amount(typed, language);
        let unsigned = remove_currency(&plain, currency.code);
        let (sign, number) = match unsigned.strip_prefix('-') {
            Some(number) => ("-", remove_currency(number, currency.code)),
            None => ("", unsigned),
        };
        let number = parse_decimal_notation(number, language, currency.decimals)
            .ok_or(Problem::AmountInvalid)?;
        Self::parse(&format!("{sign}{number}"), currency)
    }

    /// Creates an amount from minor units, such as cents.
    ///
    /// Returns `None` for zero, negative numbers, and more than [`Amount::MAX_MINOR`].
    pub const fn from_minor_units(minor: i64, currency: Currency) -> Option<Self> {
        if minor > 0 && minor <= Self::MAX_MINOR {
            Some(Self { minor, currency })
        } else {
            None
        }
    }

    /// Returns the smallest amount of a currency: one minor unit, such as one cent.
    pub const fn smallest_amount(currency: Currency) -> Self {
        Self { minor: 1, currency }
    }

    /// Returns the amount in minor units, such as cents.
    pub const fn minor_units(self) -> i64 {
        self.minor
    }

    /// Returns the currency of the amount.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Formats the amount with its currency code in the notation of `language`.
    ///
    /// Examples: `1,234.50 USD` in English, `1.234,50 EUR` in German. The space before the code is non-breaking, except
    /// in English.
    pub fn format_in_language(self, language: Language) -> String {
        let number = format_number_in_language(&self.to_decimal(), language);
        let space = if language == Language::English {
            ' '
        } else {
            '\u{a0}'
        };
        format!("{number}{space}{}", self.currency)
    }

    /// Formats the amount with its currency sign in the notation of `language`.
    ///
    /// Examples: `$1,234.50` in English, `1.234,50 €` in German. Uses the currency code, as in `1,234.50 CHF`, if the
    /// currency has no unambiguous sign in the language.
    pub fn format_with_sign_in_language(self, language: Language) -> String {
        match displayed_sign(self.currency.code, language) {
            Some(sign) => {
                let number = format_number_in_language(&self.to_decimal(), language);
                join_number_and_sign(&number, sign, language)
            }
            None => self.format_in_language(language),
        }
    }

    /// Formats the number with all decimals and without the currency: `1234.50`. Independent of the language.
    pub fn to_decimal(self) -> String {
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

/// Parses an unsigned decimal number into minor units of `currency`.
fn parse_minor_units(typed: &str, currency: Currency) -> Result<i64, Problem> {
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

/// Formats number and currency code: `1234.50 USD`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal(), self.currency)
    }
}

#[cfg(test)]
#[path = "money_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "money_language_tests.rs"]
mod language_tests;
