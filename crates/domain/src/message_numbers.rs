//! Hides the digits of amounts in a message, so that they do not count as its one-time code.

use core::ops::{Range, RangeInclusive};

use crate::money::Currency;

/// Stands for a digit of an amount. Messages do not contain this control character.
pub(crate) const HIDDEN_DIGIT: char = '\u{1a}';

/// Names of currencies that stand before or after an amount, in addition to the codes of ISO 4217.
const CURRENCY_NAMES: &str = "eur euro usd gbp jpy krw chf pln kr rs rmb rp tl rm";

/// Names of currencies that stand only after an amount.
const CURRENCY_NAMES_AFTER_AMOUNTS: &str = "euros dollar dollars dólares dolarów pounds libras yen yens yenes ienes \
                                            jenów yuan franken francs pesos reais rupees złotych zł kč ft \
                                            lei đ đồng руб рублей р грн лв ر د ريال";

/// Codes of ISO 4217 that are also words. They do not count as currencies in a line without lowercase letters.
const CURRENCY_CODES_THAT_ARE_WORDS: &str =
    "ALL BAM BOB COP CUP GEL HUF MAD MOP MUR NAD PEN RON SOS TOP TRY";

/// Replaces the digits of amounts by [`HIDDEN_DIGIT`].
///
/// `line` is a line of a message in ASCII forms. An amount is a number beside a currency. A currency between two
/// numbers makes neither of them an amount, unless it has a space on one side only. A number that begins with a zero
/// is never hidden.
pub(crate) fn hide_digits_of_amounts(line: &str) -> String {
    let line = Line::from_text(line);
    let hidden: Vec<Range<usize>> = line
        .find_amounts()
        .into_iter()
        .filter_map(|numbers| line.find_bytes_without_leading_zero(&numbers))
        .collect();
    line.text
        .char_indices()
        .map(|(at, c)| {
            let is_hidden = c.is_ascii_digit() && hidden.iter().any(|bytes| bytes.contains(&at));
            if is_hidden { HIDDEN_DIGIT } else { c }
        })
        .collect()
}

/// Line of a message, split into words and numbers.
struct Line<'a> {
    text: &'a str,
    tokens: Vec<Token>,
}

/// Position of a word or number in a line, in bytes.
struct Token {
    start: usize,
    end: usize,
    is_number: bool,
}

impl<'a> Line<'a> {
    /// Splits a text into words of letters and currency signs, and numbers. Numbers with dashes between their digits
    /// are one number.
    fn from_text(text: &'a str) -> Self {
        let mut tokens: Vec<Token> = Vec::new();
        for (start, c) in text.char_indices() {
            let is_number = c.is_ascii_digit();
            // Signs and letters of other scripts are not ASCII.
            let is_letter = c.is_ascii_alphabetic() || c == '$' || !c.is_ascii();
            if !is_number && !is_letter {
                continue;
            }
            let end = start + c.len_utf8();
            match tokens.last_mut() {
                Some(token)
                    if token.is_number == is_number
                        && (token.end == start
                            || (is_number && text.get(token.end..start) == Some("-"))) =>
                {
                    token.end = end;
                }
                _ => tokens.push(Token {
                    start,
                    end,
                    is_number,
                }),
            }
        }
        Self { text, tokens }
    }

    /// Returns the word at an index of the tokens. Returns `None` for a number.
    fn word(&self, index: usize) -> Option<&'a str> {
        let token = self.tokens.get(index).filter(|token| !token.is_number)?;
        self.text.get(token.start..token.end)
    }

    /// Returns the digits of the number at an index of the tokens. Returns `None` for a word or a number with dashes.
    fn digits(&self, index: usize) -> Option<&'a str> {
        let token = self.tokens.get(index).filter(|token| token.is_number)?;
        let digits = self.text.get(token.start..token.end)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then_some(digits)
    }

    /// Returns the characters between a token and the next one, such as a space or a comma.
    fn gap_after(&self, index: usize) -> &'a str {
        let (Some(token), Some(next)) = (self.tokens.get(index), self.tokens.get(index + 1)) else {
            return "";
        };
        self.text.get(token.end..next.start).unwrap_or_default()
    }

    /// Returns the position in bytes of successive numbers. Returns `None` if the first one begins with a zero.
    fn find_bytes_without_leading_zero(
        &self,
        numbers: &RangeInclusive<usize>,
    ) -> Option<Range<usize>> {
        if self.digits(*numbers.start())?.starts_with('0') {
            return None;
        }
        let first = self.tokens.get(*numbers.start())?;
        let last = self.tokens.get(*numbers.end())?;
        Some(first.start..last.end)
    }

    /// Finds the amounts of the line. Each is a range of tokens: the groups of its digits.
    fn find_amounts(&self) -> Vec<RangeInclusive<usize>> {
        let mut amounts = Vec::new();
        // The numbers on both sides of a currency that can belong to either of them.
        let mut unclear = Vec::new();
        for currency in 0..self.tokens.len() {
            let before = currency
                .checked_sub(1)
                .filter(|number| self.is_amount_before_currency(*number));
            let after = self
                .is_amount_after_currency(currency)
                .then_some(currency + 1);
            match (before, after) {
                (Some(before), Some(after)) => {
                    let touches_before = self.gap_after(before).is_empty();
                    let touches_after = self.gap_after(currency).is_empty();
                    if touches_before == touches_after {
                        unclear.extend([before, after]);
                    } else if touches_before {
                        amounts.push(self.digit_groups_up_to(before));
                    } else {
                        amounts.push(self.digit_groups_from(after));
                    }
                }
                (Some(before), None) => amounts.push(self.digit_groups_up_to(before)),
                (None, Some(after)) => amounts.push(self.digit_groups_from(after)),
                (None, None) => {}
            }
        }
        amounts.retain(|amount| !unclear.iter().any(|number| amount.contains(number)));
        amounts
    }

    /// Returns whether the token at an index is a number, and the next one a currency: `500 EUR`, `500,- EUR`, `500円`.
    fn is_amount_before_currency(&self, number: usize) -> bool {
        let gap = self.gap_after(number).trim();
        self.digits(number).is_some()
            && matches!(gap, "" | ",-" | ".-" | ",--" | ".--")
            && self
                .word(number + 1)
                .is_some_and(|word| self.is_currency_after_amount(word))
    }

    /// Returns whether the token at an index is a currency, and the next one a number: `EUR 500`, `$500`, `kr. 500`.
    fn is_amount_after_currency(&self, currency: usize) -> bool {
        let Some(word) = self.word(currency) else {
            return false;
        };
        let gap = self.gap_after(currency).trim();
        // After a longer word, the dot ends a sentence.
        let is_beside = gap.is_empty() || (gap == "." && word.len() <= 2);
        is_beside
            && self.digits(currency + 1).is_some()
            && (word.ends_with(is_currency_sign) || self.is_currency_name(word))
    }

    /// Returns whether a word after a number is a currency, or begins with one.
    fn is_currency_after_amount(&self, word: &str) -> bool {
        // Chinese, Japanese, Korean and Thai have no space after the currency.
        word.starts_with(|c: char| is_currency_sign(c) || "円元圓圆원".contains(c))
            || word.starts_with("บาท")
            // "US$", "R$"
            || (word.len() <= 4 && word.is_ascii() && word.ends_with('$'))
            || self.is_currency_name(word)
            || contains_word(CURRENCY_NAMES_AFTER_AMOUNTS, word)
    }

    /// Returns whether a word is the code or name of a currency that can stand before or after an amount.
    fn is_currency_name(&self, word: &str) -> bool {
        let has_small_letters = self.text.bytes().any(|b| b.is_ascii_lowercase());
        let is_word = contains_word(CURRENCY_CODES_THAT_ARE_WORDS, word) && !has_small_letters;
        (Currency::from_stored(word).is_some() && !is_word) || contains_word(CURRENCY_NAMES, word)
    }

    /// Returns the digit groups of the amount that ends with the number at an index: `250 000`.
    fn digit_groups_up_to(&self, last: usize) -> RangeInclusive<usize> {
        let mut first = last;
        while let Some(previous) = first.checked_sub(1)
            && self.count_digits(first) == 3
            && matches!(self.count_digits(previous), 1..=3)
            && self.is_gap_between_digit_groups(previous)
        {
            first = previous;
        }
        first..=last
    }

    /// Returns the digit groups of the amount that begins with the number at an index: `250 000`.
    fn digit_groups_from(&self, first: usize) -> RangeInclusive<usize> {
        let mut last = first;
        while self.count_digits(first) <= 3
            && self.is_gap_between_digit_groups(last)
            && self.count_digits(last + 1) == 3
        {
            last += 1;
        }
        first..=last
    }

    /// Returns whether a space or an apostrophe separates a token from the next one.
    fn is_gap_between_digit_groups(&self, index: usize) -> bool {
        matches!(self.gap_after(index), " " | "'")
    }

    /// Returns the number of digits of a number; 0 for a word or a number with dashes.
    fn count_digits(&self, index: usize) -> usize {
        self.digits(index).map_or(0, str::len)
    }
}

/// Returns whether a list of words contains `word`. Ignores the case of ASCII letters.
fn contains_word(words: &str, word: &str) -> bool {
    words
        .split(' ')
        .any(|listed| listed.eq_ignore_ascii_case(word))
}

/// Returns whether `c` is a currency sign (Unicode general category Sc).
const fn is_currency_sign(c: char) -> bool {
    matches!(
        c,
        '$' | '\u{a2}'..='\u{a5}'
            | '\u{58f}'
            | '\u{60b}'
            | '\u{9f2}'..='\u{9f3}'
            | '\u{e3f}'
            | '\u{17db}'
            | '\u{20a0}'..='\u{20cf}'
            | '\u{fdfc}'
            | '\u{fe69}'
            | '\u{ffe0}'..='\u{ffe1}'
            | '\u{ffe5}'..='\u{ffe6}'
    )
}
