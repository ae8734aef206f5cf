//! Recognises phone numbers in a message, so that their digits do not count as its one-time code. `code_digits` is the
//! number of digits of a code.

use crate::message_numbers::HIDDEN_DIGIT;

/// The maximum number of digits of an international phone number (ITU-T E.164).
const MAX_PHONE_DIGITS: usize = 15;

/// Stands for the end of a line between two words of a message.
pub(crate) const LINE_BREAK: &str = " \n ";

/// Replaces the brackets around an area code, so that the number begins with `+`: `(030) 123456` becomes `+030 123456`.
///
/// Also replaces slashes and middle dots by a single dash.
pub(crate) fn mark_area_codes_in_brackets(text: &str, code_digits: usize) -> String {
    let text = text.replace(['/', '\u{b7}'], " - ");
    let mut parts = text.split('(');
    let mut marked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let number = part
            .split_once(')')
            .map(|(area, rest)| (area, rest.trim_start_matches([' ', '-'])));
        match number {
            Some((area, rest)) if is_area_code(area, rest, code_digits) => {
                marked.push_str(" +");
                marked.push_str(area.trim_matches([' ', '+']));
                marked.push(' ');
                marked.push_str(rest);
            }
            _ => {
                marked.push('(');
                marked.push_str(part);
            }
        }
    }
    marked
}

/// Returns whether a text in brackets is an area code of the number that begins after it.
///
/// It has two to five digits or is the `0` of `+49 (0) 30`. A year is none. A text as long as a code is one only before
/// a group of three or more digits.
fn is_area_code(text: &str, rest: &str, code_digits: usize) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let has_only_digits = text
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '+'));
    let mut groups = rest.split(|c: char| !c.is_ascii_digit());
    let next = groups.next().unwrap_or_default();
    let is_before_number = if digits == code_digits {
        next.len() >= 3 && !is_year(next)
    } else {
        !next.is_empty()
    };
    has_only_digits
        && is_before_number
        && (matches!(digits, 2..=5) || text == "0")
        && !is_year(text)
}

/// Returns whether a digit group is a year of this century.
fn is_year(group: &str) -> bool {
    group.len() == 4 && group.starts_with("20")
}

/// Splits a text into numbers, each as a list of its digit groups.
///
/// The text has letters, digits, hidden digits, spaces, line breaks, dashes and plus signs. `12 34-56 a7 8` becomes
/// `[12, 34, 56]` and `[8]`. Skips digits next to a letter, dates such as `28-11-2026`, and phone numbers such as
/// `800-123456`. The first group of a number can begin with `+`. A single dash continues a number after an area code.
/// A group that makes a phone number longer than any begins another number: `+49 170 1234567 568185`.
pub(crate) fn list_digit_groups_of_each_number(text: &str, code_digits: usize) -> Vec<Vec<&str>> {
    let mut numbers: Vec<Vec<&str>> = vec![Vec::new()];
    for word in text.split(' ') {
        let is_gap = matches!(word, "" | "-" | "\n");
        if is_gap && numbers.last().is_some_and(|last| is_area_prefix(last)) {
            continue;
        }
        if is_date_with_dashes(word) || is_phone_number_with_dashes(word, code_digits) {
            numbers.push(Vec::new());
            continue;
        }
        for group in word.split('-') {
            let digits = group.strip_prefix('+').unwrap_or(group);
            let is_digit = |c: char| c.is_ascii_digit() || c == HIDDEN_DIGIT;
            let is_number = !digits.is_empty() && digits.chars().all(is_digit);
            match numbers.last_mut() {
                Some(number)
                    if is_number
                        && digits == group
                        && !is_phone_number_complete(number.as_slice(), group, code_digits) =>
                {
                    number.push(group);
                }
                _ if is_number => numbers.push(vec![group]),
                _ => numbers.push(Vec::new()),
            }
        }
    }
    numbers
}

/// Returns whether digit groups begin like a phone number, and the next group does not belong to it.
///
/// With the next group it would be too long, or the next group is the area code of another number: `030` after ten
/// digits or more.
fn is_phone_number_complete(groups: &[&str], next: &str, code_digits: usize) -> bool {
    let digits = groups.concat();
    let digits = digits.trim_start_matches(['+', '0']);
    let is_next_an_area_code =
        digits.len() >= 10 && next.starts_with('0') && next.len() < code_digits;
    (is_next_an_area_code || digits.len() + next.len() > MAX_PHONE_DIGITS)
        && groups
            .first()
            .is_some_and(|first| begins_like_phone_number(first, code_digits))
}

/// Returns whether the first digit group of several begins a phone number: with `+`, or shorter than a code with 0.
fn begins_like_phone_number(first: &str, code_digits: usize) -> bool {
    first.starts_with('+') || (first.starts_with('0') && first.len() < code_digits)
}

/// Returns whether digit groups can be the country code and area code of a phone number: `+49`, `030`, `+49 30`.
fn is_area_prefix(groups: &[&str]) -> bool {
    let length: usize = groups.iter().map(|group| group.len()).sum();
    match groups.first() {
        Some(first) if first.starts_with('+') => length <= 7,
        Some(first) if first.starts_with('0') => matches!(length, 3..=5),
        _ => false,
    }
}

/// Returns whether a word has digit groups with dashes that are a phone number, such as `800-123456`.
///
/// One group is as long as a code, and the others have two digits or more before it, or three or more after it.
fn is_phone_number_with_dashes(word: &str, code_digits: usize) -> bool {
    let has_only_digits = word.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let mut groups = word.split('-');
    let code = groups.position(|group| group.len() == code_digits);
    let others = digits.saturating_sub(code_digits);
    let has_others = match code {
        Some(0) => others >= 3,
        Some(_) => others >= 2,
        None => false,
    };
    has_only_digits && has_others
}

/// Returns whether a number of several digit groups is a phone number.
///
/// It is one in these cases:
///
/// - It begins with `+`, or with a 0 in a group that is shorter than a code.
/// - It has two different groups as long as a code.
/// - A group as long as a code stands beside several others, or after one of three or four digits.
///
/// In the last two cases, a number with a year or an amount is none.
pub(crate) fn is_phone_number(groups: &[&str], code_digits: usize) -> bool {
    let [first, _, ..] = groups else {
        return false;
    };
    if begins_like_phone_number(first, code_digits) {
        return true;
    }
    let has_amount = groups.iter().any(|group| group.contains(HIDDEN_DIGIT));
    let code = groups.iter().find(|group| group.len() == code_digits);
    let Some(code) = code.filter(|_| !has_amount) else {
        return false;
    };
    let others: Vec<&str> = groups
        .iter()
        .copied()
        .filter(|group| group != code)
        .collect();
    match others.as_slice() {
        [] => false,
        _ if others.iter().any(|group| is_year(group)) => false,
        [other] => other.len() == code_digits || (other == first && matches!(other.len(), 3 | 4)),
        _ => true,
    }
}

/// Returns whether a word is a date with dashes, such as `2026-11-28`, `28-11-26` or `2026-11-28T11`.
fn is_date_with_dashes(word: &str) -> bool {
    let groups: Vec<&str> = word.split('-').collect();
    let &[first, second, third] = groups.as_slice() else {
        return false;
    };
    let third = third.split(['T', 't']).next().unwrap_or(third);
    // Returns a number of one or two digits, or 0.
    let short_number = |group: &str| -> u8 {
        let is_short = group.len() <= 2 && group.bytes().all(|b| b.is_ascii_digit());
        group.parse().ok().filter(|_| is_short).unwrap_or(0)
    };
    let is_year =
        |group: &str| matches!(group.len(), 2 | 4) && group.bytes().all(|b| b.is_ascii_digit());
    let is_day_and_month = |one: &str, other: &str| {
        let (one, other) = (short_number(one), short_number(other));
        (1..=31).contains(&one.max(other)) && (1..=12).contains(&one.min(other))
    };
    (is_year(third) && is_day_and_month(first, second))
        || (is_year(first) && is_day_and_month(second, third))
}
