//! The amount of a payment before its currency is known.

use domain::{Amount, Currency, Language, Problem};

/// The amount of a payment as text, in the number format of its source.
#[derive(Clone, Copy, Debug)]
pub enum AmountText<'a> {
    /// With a decimal point, from an API client. A JSON number is passed as its text, because a float would round it.
    Decimal(&'a str),
    /// In the number format of this language, from a page.
    Written(&'a str, Language),
}

impl AmountText<'_> {
    /// Parses the amount text in this currency.
    pub(super) fn parse_amount(self, currency: Currency) -> Result<Amount, Problem> {
        match self {
            Self::Decimal(text) => Amount::parse(text, currency),
            Self::Written(text, language) => Amount::parse_in_language(text, currency, language),
        }
    }

    /// Returns the problem of an amount text that is an amount in no currency, for a request without a valid currency.
    ///
    /// Returns `None` if the currency decides, for example because the number of decimals depends on it.
    pub(super) fn find_problem_in_every_currency(self) -> Option<Problem> {
        let mut problems = Vec::new();
        for currency in Currency::list_currencies_in_use() {
            problems.push(self.parse_amount(currency).err()?);
        }
        problems
            .into_iter()
            .find(|problem| !matches!(problem, Problem::AmountTooFine { .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amount_that_is_wrong_in_every_currency_has_a_problem_without_a_currency() {
        for (text, problem) in [
            ("", Problem::Missing),
            ("  ", Problem::Missing),
            ("abc", Problem::AmountInvalid),
            ("0", Problem::AmountNotPositive),
            ("-5", Problem::AmountNotPositive),
            ("99999999999999", Problem::AmountTooLarge),
        ] {
            let decimal = AmountText::Decimal(text).find_problem_in_every_currency();
            assert_eq!(decimal, Some(problem.clone()), "{text}");
            let written = AmountText::Written(text, Language::English);
            assert_eq!(
                written.find_problem_in_every_currency(),
                Some(problem),
                "{text}"
            );
        }
    }

    #[test]
    fn amount_that_is_right_in_some_currency_has_no_problem_without_a_currency() {
        for text in ["5", "5.123", "12.50"] {
            let decimal = AmountText::Decimal(text).find_problem_in_every_currency();
            assert_eq!(decimal, None, "{text}");
        }
        let with_sign = AmountText::Written("5 EUR", Language::English);
        assert_eq!(with_sign.find_problem_in_every_currency(), None);
    }
}
