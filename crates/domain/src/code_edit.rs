use core::ops::Range;

use crate::code::{CodeLength, OneTimeCode, is_digit_separator};
use crate::typed_text::to_ascii_forms;

/// Result of an edit in the input field for a one-time code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeEdit {
    /// The field holds these ASCII digits, at most as many as the code has.
    Digits(String),
    /// The inserted text contains no code, or more than one. The field keeps its previous digits.
    Unclear,
}

impl CodeEdit {
    /// Determines the digits that the code field holds after an edit.
    ///
    /// `previous_digits` are the digits before the edit, and `new_content` is the text after it. Drops surplus digits
    /// and all characters that are not digits. Searches for the code if several characters were inserted at once.
    pub fn from_field_content(
        previous_digits: &str,
        new_content: &str,
        length: CodeLength,
    ) -> Self {
        let inserted = inserted_text(previous_digits, new_content);
        let plain = to_ascii_forms(new_content);
        let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
        let fits = digits.len() <= length.digit_count();
        if inserted.chars().count() <= 1 {
            return Self::Digits(if fits {
                digits
            } else {
                previous_digits.to_owned()
            });
        }
        if let Some(code) = OneTimeCode::parse(inserted, length) {
            return Self::Digits(code.expose().to_owned());
        }
        let is_number = plain
            .chars()
            .all(|c| c.is_ascii_digit() || is_digit_separator(c));
        if is_number && fits {
            Self::Digits(digits)
        } else {
            Self::Unclear
        }
    }

    /// Determines the digits that the code field holds after a text was pasted, or came from a text message.
    ///
    /// A code in the text replaces all digits. Other digits replace the `selected` ones of `previous_digits`, or go in
    /// at the caret if `selected` is empty. A text without digits, or with more of them than fit, is unclear.
    pub fn from_inserted_text(
        previous_digits: &str,
        selected: Range<usize>,
        text: &str,
        length: CodeLength,
    ) -> Self {
        if let Some(code) = OneTimeCode::parse(text, length) {
            return Self::Digits(code.expose().to_owned());
        }
        let plain = to_ascii_forms(text.trim());
        let is_number = plain
            .chars()
            .all(|c| c.is_ascii_digit() || is_digit_separator(c));
        let inserted: String = plain.chars().filter(char::is_ascii_digit).collect();
        let before = previous_digits
            .get(..selected.start)
            .unwrap_or(previous_digits);
        let after = previous_digits.get(selected.end..).unwrap_or_default();
        let digits = [before, &inserted, after].concat();
        if is_number && !inserted.is_empty() && digits.len() <= length.digit_count() {
            Self::Digits(digits)
        } else {
            Self::Unclear
        }
    }
}

/// Returns the inserted part of the field content `new_content`.
///
/// Returns all of `new_content` if several characters changed within the previous digits.
fn inserted_text<'a>(previous_digits: &str, new_content: &'a str) -> &'a str {
    if let Some(rest) = new_content.strip_prefix(previous_digits) {
        return rest;
    }
    // The user typed or deleted a character between other digits.
    let common = previous_digits
        .bytes()
        .zip(new_content.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let (start, end) = new_content
        .split_at_checked(common)
        .unwrap_or(("", new_content));
    let after = previous_digits.get(start.len()..).unwrap_or_default();
    let mut suffixes = (0..=after.len()).filter_map(|at| after.get(at..));
    let kept = suffixes
        .find(|suffix| end.ends_with(suffix))
        .unwrap_or_default();
    let changed = end.strip_suffix(kept).unwrap_or(end);
    if changed.chars().count() <= 1 {
        changed
    } else {
        new_content
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns how a field for a six-digit code reacts when its content changes from `previous_digits` to
    /// `new_content`.
    fn edit_six_digit_field(previous_digits: &str, new_content: &str) -> CodeEdit {
        CodeEdit::from_field_content(previous_digits, new_content, CodeLength::SIX)
    }

    /// Creates the [`CodeEdit`] of a code field that contains `digits` after an edit.
    fn create_edit_result_with_digits(digits: &str) -> CodeEdit {
        CodeEdit::Digits(digits.to_owned())
    }

    #[test]
    fn typed_digits_of_every_script_are_kept_and_other_characters_dropped() {
        assert_eq!(
            edit_six_digit_field("", "1"),
            create_edit_result_with_digits("1")
        );
        assert_eq!(
            edit_six_digit_field("12", "12٣"),
            create_edit_result_with_digits("123")
        );
        assert_eq!(
            edit_six_digit_field("12", "12３"),
            create_edit_result_with_digits("123")
        );
        assert_eq!(
            edit_six_digit_field("12", "12a"),
            create_edit_result_with_digits("12")
        );
        assert_eq!(
            edit_six_digit_field("12", "12 "),
            create_edit_result_with_digits("12")
        );
        assert_eq!(
            edit_six_digit_field("123", "12"),
            create_edit_result_with_digits("12")
        );
        assert_eq!(
            edit_six_digit_field("123456", "1234567"),
            create_edit_result_with_digits("123456")
        );
        assert_eq!(
            edit_six_digit_field("123456", "123456 "),
            create_edit_result_with_digits("123456")
        );
        assert_eq!(
            edit_six_digit_field("1346", "12346"),
            create_edit_result_with_digits("12346")
        );
        assert_eq!(
            edit_six_digit_field("12346", "1346"),
            create_edit_result_with_digits("1346")
        );
        assert_eq!(
            edit_six_digit_field("123456", "1237456"),
            create_edit_result_with_digits("123456")
        );
        assert_eq!(
            edit_six_digit_field("123456", "7"),
            create_edit_result_with_digits("7")
        );
        assert_eq!(
            edit_six_digit_field("123456", ""),
            create_edit_result_with_digits("")
        );
    }

    #[test]
    fn code_is_found_in_text_pasted_into_the_code_field() {
        for text in [
            "161 872",
            "161-872",
            "161872",
            "١٦١٨٧٢",
            "１６１８７２",
            "Code: 161 872.",
        ] {
            assert_eq!(
                edit_six_digit_field("", text),
                create_edit_result_with_digits("161872"),
                "{text}"
            );
        }
        assert_eq!(
            edit_six_digit_field("", "Code: 161872 to pay 150000 JPY"),
            create_edit_result_with_digits("161872")
        );
        let message = "Sallyport (1/2): use 568185 to sign in";
        assert_eq!(
            edit_six_digit_field("", message),
            create_edit_result_with_digits("568185")
        );
        assert_eq!(
            edit_six_digit_field("12", &format!("12{message}")),
            create_edit_result_with_digits("568185")
        );
        assert_eq!(
            edit_six_digit_field("12", "12 3456"),
            create_edit_result_with_digits("123456")
        );
        assert_eq!(
            edit_six_digit_field("123456", "161 872"),
            create_edit_result_with_digits("161872")
        );
        assert_eq!(
            edit_six_digit_field("568185", message),
            create_edit_result_with_digits("568185")
        );
        assert_eq!(
            edit_six_digit_field("", "161 8"),
            create_edit_result_with_digits("1618")
        );
    }

    #[test]
    fn pasted_text_without_exactly_one_code_is_ambiguous() {
        for text in [
            "hello",
            "use 123456 or 654321",
            "1234567",
            "12 or 34",
            "№ 12345a6",
            "150000 JPY",
            "123456 EUR 150000",
        ] {
            assert_eq!(edit_six_digit_field("", text), CodeEdit::Unclear, "{text}");
        }
        assert_eq!(edit_six_digit_field("12", "12 or 34"), CodeEdit::Unclear);
        assert_eq!(
            edit_six_digit_field("12", "12123456 or 654321"),
            CodeEdit::Unclear
        );
        assert_eq!(edit_six_digit_field("12", "12no code"), CodeEdit::Unclear);
    }
    #[test]
    fn pasted_code_replaces_the_digits_and_a_pasted_part_goes_in_at_the_caret() {
        let paste = |previous, selected, text| {
            CodeEdit::from_inserted_text(previous, selected, text, CodeLength::SIX)
        };
        for (previous, selected, text, digits) in [
            ("123", 3..3, "987", "123987"),
            ("123", 1..1, "98", "19823"),
            ("123", 0..3, "987", "987"),
            ("1234", 1..3, "9 8\n", "1984"),
            ("", 0..0, "١٢", "12"),
            ("123", 1..1, "Code: 568 185.", "568185"),
            ("123456", 6..6, "568185", "568185"),
        ] {
            let expected = create_edit_result_with_digits(digits);
            assert_eq!(paste(previous, selected, text), expected, "{text:?}");
        }
        for text in ["", " ", "-", "\n", "hello", "9876", "12 or 34"] {
            assert_eq!(paste("123", 3..3, text), CodeEdit::Unclear, "{text:?}");
        }
    }
}
