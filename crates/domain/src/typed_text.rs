//! Normalises text that people type or paste, before a phone number, code, identifier or e-mail address is parsed.
//!
//! Contact lists, messages and input methods add characters that are invisible or only look like ASCII:
//! directional marks, zero-width spaces, full-width forms, dashes and digits of other scripts. The tables here are
//! ranges, because the module is compiled into the browser too. The tests compare them with the Unicode character
//! database.

use std::borrow::Cow;

use crate::unicode_punctuation::to_ascii_punctuation;

/// Code point of the zero of each script's decimal digits (Unicode general category Nd), in ascending order.
#[rustfmt::skip]
const ZERO_DIGITS: [u32; 77] = [
    0x0030, 0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6,
    0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40,
    0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x10d40, 0x11066,
    0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0,
    0x11950, 0x11bf0, 0x11c50, 0x11d50, 0x11da0, 0x11de0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70,
    0x1ccf0, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0,
];

/// Returns a text without a byte order mark at its start, which some editors and shells write before UTF-8.
pub fn without_byte_order_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Returns the value (0 to 9) of a decimal digit of any script; `None` for other characters.
pub fn decimal_digit_value(c: char) -> Option<u8> {
    let code = u32::from(c);
    let block = ZERO_DIGITS
        .partition_point(|zero| *zero <= code)
        .checked_sub(1)?;
    let value = code - ZERO_DIGITS.get(block)?;
    u8::try_from(value).ok().filter(|value| *value < 10)
}

/// Returns whether `c` shows no text.
///
/// These characters show no text:
///
/// - characters with the property `Default_Ignorable_Code_Point`, such as a variation selector or a filler
/// - format characters (general category Cf)
/// - enclosing marks (Me), such as the frame of a keycap emoji
/// - the blank Braille pattern, and the placeholder of an embedded object
pub const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{488}'..='\u{489}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{890}'..='\u{891}'
            | '\u{8e2}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{1abe}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{20dd}'..='\u{20e0}'
            | '\u{20e2}'..='\u{20e4}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{a670}'..='\u{a672}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffc}'
            | '\u{110bd}'
            | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Returns whether `c` is a dash, or a character that input methods insert in place of one.
///
/// Dashes have the Unicode property `Dash`, which includes the minus signs. The other characters are a prolonged sound
/// mark, a box drawing line and the Hangul letter eu.
pub const fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2d7}'
            | '\u{58a}'
            | '\u{5be}'
            | '\u{1400}'
            | '\u{1806}'
            | '\u{2010}'..='\u{2015}'
            | '\u{2043}'
            | '\u{2053}'
            | '\u{207b}'
            | '\u{208b}'
            | '\u{2212}'
            | '\u{2500}'..='\u{2501}'
            | '\u{2e17}'
            | '\u{2e1a}'
            | '\u{2e3a}'..='\u{2e3b}'
            | '\u{2e40}'
            | '\u{2e5d}'
            | '\u{301c}'
            | '\u{3030}'
            | '\u{30a0}'
            | '\u{30fc}'
            | '\u{3161}'
            | '\u{fe31}'..='\u{fe32}'
            | '\u{fe58}'
            | '\u{fe63}'
            | '\u{ff0d}'
            | '\u{ff70}'
            | '\u{10d6e}'
            | '\u{10ead}'
    )
}

/// Removes all invisible characters, and white space at both ends.
pub fn remove_invisible_characters(typed: &str) -> String {
    let visible: String = typed.chars().filter(|c| !is_invisible(*c)).collect();
    visible.trim().to_owned()
}

/// Removes white space, directional and zero-width characters from both ends of a line such as a name.
///
/// Returns an empty text if nothing is visible. Keeps characters that override the direction, because the caller
/// refuses them.
pub(crate) fn trim_invisible_characters(typed: &str) -> &str {
    let is_visible = |c: char| !(c.is_whitespace() || is_invisible(c));
    if !typed.contains(is_visible) {
        return "";
    }
    typed.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '\u{ad}'
                    | '\u{61c}'
                    | '\u{200b}'..='\u{200f}'
                    | '\u{202a}'..='\u{202c}'
                    | '\u{2060}'
                    | '\u{2066}'..='\u{2069}'
                    | '\u{feff}'
            )
    })
}

/// Converts a typed text to ASCII as far as possible.
///
/// Drops invisible characters. Converts white space, dashes, digits and full-width characters of every script. The
/// server also converts quotation marks, brackets and punctuation of every script. Keeps other characters.
pub fn to_ascii_forms(typed: &str) -> String {
    let visible = typed.chars().filter(|c| !is_invisible(*c));
    visible.map(to_ascii_form).collect()
}

/// Returns the ASCII form of a character, such as "1" for a full-width digit one. Returns other characters unchanged.
pub(crate) fn to_ascii_form(c: char) -> char {
    if c.is_whitespace() {
        return ' ';
    }
    if c.is_ascii() {
        return c;
    }
    if let Some(value) = decimal_digit_value(c) {
        return char::from(b'0' + value);
    }
    if is_dash(c) {
        return '-';
    }
    match c {
        '\u{2018}'..='\u{201b}' | '\u{2039}' | '\u{203a}' | '\u{b4}' | '\u{2032}' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{300c}'..='\u{300f}' | '\u{2033}' => '"',
        '\u{3001}' | '\u{fe50}' | '\u{fe51}' | '\u{ff64}' => ',',
        '\u{3002}' | '\u{fe52}' | '\u{ff61}' => '.',
        '\u{3008}' => '<',
        '\u{3009}' => '>',
        '\u{3010}' => '[',
        '\u{3011}' => ']',
        '\u{fe54}' => ';',
        '\u{fe55}' => ':',
        '\u{fe59}' => '(',
        '\u{fe5a}' => ')',
        '\u{fe62}' => '+',
        '\u{fe6b}' => '@',
        // The full-width forms of "!" to "~", in the order of ASCII.
        '\u{ff01}'..='\u{ff5e}' => u8::try_from(u32::from(c) - 0xfee0).map_or(c, char::from),
        other => to_ascii_punctuation(other).unwrap_or(other),
    }
}

/// Returns whether `c` is a symbol without an ASCII form, such as an envelope, or a number in a circle or brackets.
pub fn is_symbol_or_circled_number(c: char) -> bool {
    let form = to_ascii_form(c);
    let is_circled_number = matches!(
        c,
        '\u{2460}'..='\u{249b}' | '\u{24ea}'..='\u{24ff}' | '\u{2776}'..='\u{2793}'
    );
    !form.is_ascii() && (is_circled_number || !form.is_alphanumeric())
}

/// Removes white space and quotation marks around a text.
pub(crate) fn remove_surrounding_quotation_marks(text: &str) -> &str {
    text.trim_matches(|c| matches!(to_ascii_form(c), ' ' | '"' | '\'' | '`'))
}

/// Replaces one or two keycap digits at the start of a text by a list number: `1️⃣ ann` becomes `1. ann`.
///
/// Keeps a text that has more keycaps, because a phone number can consist of them.
pub fn replace_leading_keycaps(text: &str) -> Cow<'_, str> {
    const KEYCAP: char = '\u{20e3}';
    let Some((start, rest)) = text.rsplit_once(KEYCAP) else {
        return Cow::Borrowed(text);
    };
    let number = remove_invisible_characters(start);
    let is_list_number = matches!(number.len(), 1 | 2)
        && number.bytes().all(|b| b.is_ascii_digit())
        && text.matches(KEYCAP).count() == number.len();
    if is_list_number {
        Cow::Owned(format!("{number}. {rest}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Removes Markdown around a text: `*ann*`, `**ann**`, `_ann_`, and the bullet of `* ann`.
pub fn remove_markdown(text: &str) -> &str {
    let mut text = text.trim();
    loop {
        let mut inner = text.strip_prefix("* ").unwrap_or(text).trim();
        for mark in ['*', '_'] {
            let rest = inner.strip_prefix(mark);
            let unwrapped = rest.and_then(|rest| rest.strip_suffix(mark));
            inner = unwrapped.unwrap_or(inner).trim();
        }
        if inner.len() == text.len() {
            return text;
        }
        text = inner;
    }
}

/// Removes a label such as "E-mail:" or "mailto:" from the start of a text.
///
/// The label ends at the last colon of the text.
pub fn remove_leading_label(text: &str) -> &str {
    match text.rsplit_once(|c| to_ascii_form(c) == ':') {
        Some((label, value)) if !label.contains(|c| to_ascii_form(c) == '@') => value,
        _ => text,
    }
}

/// Removes quotation marks, brackets and white space around a text, and trailing punctuation.
///
/// Also recognises the forms of these characters in other scripts.
pub fn remove_surrounding_punctuation(text: &str) -> &str {
    let before = |c: char| matches!(to_ascii_form(c), ' ' | '"' | '<' | '[' | '{' | '\u{2022}');
    let after = |c: char| {
        matches!(
            to_ascii_form(c),
            ' ' | '"' | '>' | ']' | '}' | ',' | ';' | '.' | ':' | '!' | '?'
        )
    };
    let mut text = text;
    loop {
        let mut inner = text.trim_start_matches(before).trim_end_matches(after);
        // An apostrophe may begin a name, so it is removed in pairs only. The same holds for round
        // brackets in a number.
        for (open, close) in [('\'', '\''), ('`', '`'), ('`', '\''), ('(', ')')] {
            let unwrapped = inner
                .strip_prefix(|c| to_ascii_form(c) == open)
                .and_then(|rest| rest.strip_suffix(|c| to_ascii_form(c) == close));
            inner = unwrapped
                .filter(|rest| !rest.contains(|c| to_ascii_form(c) == open))
                .unwrap_or(inner);
        }
        if inner.len() == text.len() {
            return text;
        }
        text = inner;
    }
}

#[cfg(test)]
#[path = "typed_text_tests.rs"]
mod tests;
