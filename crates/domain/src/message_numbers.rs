//! Hides the digits of amounts and dates in a message, so that they do not count as its one-time code.

use core::ops::{Range, RangeInclusive};

use crate::money::Currency;

/// Stands for a digit of an amount or date. Messages do not contain this control character.
pub(crate) const HIDDEN_DIGIT: char = '\u{1a}';

/// Names of currencies that stand before or after an amount, in addition to the codes of ISO 4217.
const CURRENCY_NAMES: &str = "eur euro usd gbp jpy krw chf pln kr rs rmb";

/// Names of currencies that stand only after an amount.
const CURRENCY_NAMES_AFTER_AMOUNTS: &str = "euros dollar dollars dólares dolarów pounds libras yen yens yenes ienes \
                                            jenów yuan won franken francs pesos reais rupees złotych zł kč ft";

/// Codes of ISO 4217 that are also words. They are no currency in a line without small letters.
const CURRENCY_CODES_THAT_ARE_WORDS: &str =
    "ALL BAM BOB COP CUP GEL HUF MAD MOP MUR NAD PEN RON SOS TOP TRY";

/// Names of the months in the six languages of the user interface, in full and short (CLDR).
const MONTH_NAMES: &str = "january february march april may june july august september october november december \
                           jan feb mar apr jun jul aug sep sept oct nov dec \
                           januar jänner februar märz mai juni juli oktober dezember mär mrz okt dez \
                           janvier février mars avril juin juillet août septembre octobre novembre décembre \
                           janv févr avr juil déc \
                           enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre \
                           diciembre ene abr ago dic \
                           janeiro fevereiro março maio junho julho setembro outubro novembro dezembro fev set out \
                           stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października \
                           listopada grudnia styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień \
                           październik listopad grudzień sty lut kwi cze lip sie wrz paź lis gru";

/// Words between the numbers and the month of a date, such as in "30 de noviembre de 2026" and "30th of November".
const WORDS_WITHIN_DATES: &str = "de del of the th st nd rd er º";

/// Replaces the digits of amounts, and of dates with the name of a month, by [`HIDDEN_DIGIT`].
///
/// `line` is a line of a message in ASCII forms. An amount is a number beside a currency. A currency between two
/// numbers makes neither of them an amount, unless it has a space on one side only. A number that begins with a zero
/// is never hidden.
pub(crate) fn hide_digits_of_amounts_and_dates(line: &str) -> String {
    let line = Line::from_text(line);
    let dates = line.find_numbers_of_dates().into_iter();
    let numbers = dates.map(|number| number..=number);
    let hidden: Vec<Range<usize>> = line
        .find_amounts()
        .into_iter()
        .chain(numbers)
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
        // Chinese, Japanese and Korean have no space after the currency.
        word.starts_with(|c: char| is_currency_sign(c) || "円元圓圆원".contains(c))
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

    /// Finds the days and years of the dates with the name of a month, and the years before "年" or "년".
    fn find_numbers_of_dates(&self) -> Vec<usize> {
        let mut numbers = Vec::new();
        for at in 0..self.tokens.len() {
            let Some(word) = self.word(at) else {
                continue;
            };
            if contains_word(MONTH_NAMES, word) {
                numbers.extend(self.find_day_and_year(at).into_iter().flatten());
            }
            if word.starts_with(['年', '년']) {
                let year = at.checked_sub(1).filter(|year| {
                    self.count_digits(*year) == 4 && self.gap_after(*year).trim().is_empty()
                });
                numbers.extend(year);
            }
        }
        numbers
    }

    /// Finds the day and the year of a date by the index of its month.
    fn find_day_and_year(&self, month: usize) -> [Option<usize>; 2] {
        let before = self.find_number_before(month);
        let after = self.find_number_after(month);
        let day_after = after.filter(|number| self.is_day(*number));
        let last = day_after
            .and_then(|day| self.find_number_after(day))
            .filter(|number| self.is_year(*number));
        if last.is_some() {
            // "Nov 30, 2026"
            return [day_after, last];
        }
        let day_before = before.filter(|number| self.is_day(*number));
        if day_before.is_some() {
            // "30. November 2026"
            return [day_before, after.filter(|number| self.is_year(*number))];
        }
        // "2026 Nov 30", "2026-Nov-30"
        let first =
            before.filter(|number| self.is_year(*number) && !self.gap_after(*number).contains(','));
        [day_after, first.filter(|_| day_after.is_some())]
    }

    /// Returns whether a number can be the day of a date: 1 to 31.
    fn is_day(&self, number: usize) -> bool {
        let digits = self.digits(number).unwrap_or_default();
        let day: u8 = digits.parse().unwrap_or_default();
        digits.len() <= 2 && (1..=31).contains(&day)
    }

    /// Returns whether a number can be the year of a date: 1900 to 2099.
    fn is_year(&self, number: usize) -> bool {
        let digits = self.digits(number).unwrap_or_default();
        digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"))
    }

    /// Finds the next number of a date after a token.
    fn find_number_after(&self, token: usize) -> Option<usize> {
        let mut at = token;
        while self.is_gap_within_date(at) {
            at += 1;
            if !self.is_word_within_date(at) {
                return self.digits(at).and(Some(at));
            }
        }
        None
    }

    /// Finds the previous number of a date before a token.
    fn find_number_before(&self, token: usize) -> Option<usize> {
        let mut at = token;
        loop {
            at = at
                .checked_sub(1)
                .filter(|previous| self.is_gap_within_date(*previous))?;
            if !self.is_word_within_date(at) {
                return self.digits(at).and(Some(at));
            }
        }
    }

    /// Returns whether a token and the next one can belong to one date.
    fn is_gap_within_date(&self, index: usize) -> bool {
        matches!(
            self.gap_after(index).trim(),
            "" | "." | "," | ".," | "-" | "/"
        )
    }

    /// Returns whether the token at an index is a word between the numbers and the month of a date.
    fn is_word_within_date(&self, index: usize) -> bool {
        self.word(index)
            .is_some_and(|word| contains_word(WORDS_WITHIN_DATES, word))
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
