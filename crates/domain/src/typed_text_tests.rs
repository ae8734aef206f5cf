//! Tests of the normalisation of typed text, against the Unicode character database.

use icu_properties::CodePointSetData;
use icu_properties::props::{Dash, DefaultIgnorableCodePoint, QuotationMark, TerminalPunctuation};
use proptest::prelude::*;
use unicode_general_category::{GeneralCategory, get_general_category};

use super::*;

/// Returns every Unicode character.
fn every_unicode_character() -> impl Iterator<Item = char> {
    '\0'..=char::MAX
}

#[test]
fn one_byte_order_mark_is_removed_and_only_at_the_start() {
    for (text, expected) in [
        ("\u{feff}secret", "secret"),
        ("secret", "secret"),
        ("\u{feff}\u{feff}secret", "\u{feff}secret"),
        (" \u{feff}secret\u{feff}", " \u{feff}secret\u{feff}"),
        ("", ""),
    ] {
        assert_eq!(without_byte_order_mark(text), expected);
    }
}

#[test]
fn every_unicode_decimal_digit_is_converted_to_its_value() {
    assert!(ZERO_DIGITS.is_sorted());
    let mut values = Vec::new();
    for c in every_unicode_character() {
        let is_digit = get_general_category(c) == GeneralCategory::DecimalNumber;
        match decimal_digit_value(c) {
            Some(value) => values.push(value),
            None => assert!(!is_digit, "{:04x}", u32::from(c)),
        }
    }
    let expected: Vec<u8> = (0..10).cycle().take(values.len()).collect();
    assert_eq!(values, expected, "each block counts from 0 to 9");
}

#[test]
fn every_character_of_unicode_that_shows_no_text_is_dropped() {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    for c in every_unicode_character() {
        let category = get_general_category(c);
        if ignorable.contains(c)
            || category == GeneralCategory::Format
            || category == GeneralCategory::EnclosingMark
        {
            assert!(is_invisible(c), "{:04x}", u32::from(c));
        }
        assert!(!(is_invisible(c) && c.is_ascii()));
    }
    // The placeholder in dictated text, and a keycap emoji.
    assert_eq!(to_ascii_forms("\u{fffc}+4\u{fe0f}\u{20e3}9"), "+49");
}

#[test]
fn unicode_dashes_and_spaces_are_converted_to_ascii() {
    let dashes = CodePointSetData::new::<Dash>();
    for c in every_unicode_character() {
        let form = to_ascii_forms(&c.to_string());
        let category = get_general_category(c);
        if dashes.contains(c) || category == GeneralCategory::DashPunctuation {
            assert_eq!(form, "-", "{:04x}", u32::from(c));
        }
        if category == GeneralCategory::SpaceSeparator {
            assert_eq!(form, " ", "{:04x}", u32::from(c));
        }
    }
    assert_eq!(to_ascii_forms("─━ㅡー"), "----");
    assert_eq!(to_ascii_forms("\t\n\u{2028}"), "   ");
}

#[test]
fn unicode_punctuation_around_a_text_is_removed() {
    let quotation_marks = CodePointSetData::new::<QuotationMark>();
    let final_punctuation = CodePointSetData::new::<TerminalPunctuation>();
    for c in every_unicode_character().filter(|c| !c.is_ascii()) {
        let opens = quotation_marks.contains(c)
            || matches!(
                get_general_category(c),
                GeneralCategory::OpenPunctuation
                    | GeneralCategory::InitialPunctuation
                    | GeneralCategory::FinalPunctuation
            );
        let text = if opens {
            format!("{c}a b{}", find_closing_character(c))
        } else if final_punctuation.contains(c) {
            format!("a b{c}")
        } else {
            continue;
        };
        let ascii = to_ascii_forms(&text);
        for text in [&text, &ascii] {
            let bare = remove_surrounding_punctuation(text);
            assert_eq!(bare, "a b", "{:04x}", u32::from(c));
        }
    }
}

/// Returns the character that closes a text after the quotation mark or bracket `opening`.
///
/// That is the closing bracket next to it in Unicode, or else the same character.
fn find_closing_character(opening: char) -> char {
    if get_general_category(opening) != GeneralCategory::OpenPunctuation {
        return opening;
    }
    [1, 2, -1]
        .into_iter()
        .filter_map(|distance| char::from_u32(u32::from(opening).checked_add_signed(distance)?))
        .find(|c| get_general_category(*c) == GeneralCategory::ClosePunctuation)
        .unwrap_or(opening)
}

#[test]
fn full_width_and_small_form_variants_become_ascii() {
    assert_eq!(to_ascii_forms("＋８１（９０）－１：＠"), "+81(90)-1:@");
    assert_eq!(to_ascii_forms("﹢１﹣٢。"), "+1-2.");
    assert_eq!(to_ascii_forms("“a” ‘b’ «c»"), "\"a\" 'b' \"c\"");
    assert_eq!(to_ascii_forms("Ünïcode 汉字"), "Ünïcode 汉字");
}

#[test]
fn invisible_characters_around_a_line_are_removed() {
    for (typed, line) in [
        ("\u{202a}Ann Lee\u{202c}", "Ann Lee"),
        ("\u{2068}Ann\u{200b} Lee\u{2069}\t", "Ann\u{200b} Lee"),
        ("\u{feff} نا\u{200c}مه\u{200f}", "نا\u{200c}مه"),
        ("❤\u{fe0f}", "❤\u{fe0f}"),
        ("\u{202e}Ann", "\u{202e}Ann"),
        ("\u{200b}\u{3000}\u{2060}", ""),
        ("\u{3164}", ""),
        ("\u{2800} \u{2800}", ""),
        ("\u{e0041}\u{e007f}", ""),
        ("\u{202e}", ""),
    ] {
        assert_eq!(trim_invisible_characters(typed), line, "{typed:?}");
    }
}

#[test]
fn quotation_marks_and_punctuation_around_a_text_are_removed() {
    for text in [
        "a b",
        "\"a b\"",
        " 'a b', ",
        "<a b>.",
        "(a b)",
        "\"'a b'\";",
        "• a b",
        "a b،",
        "a b؟",
        "a b।",
        "a b…",
        "｢a b｣",
        "《a b》",
        "〝a b〞",
        "〔a b〕",
        "❝a b❞",
        "❛a b❜",
        "❮a b❯",
        "⟨a b⟩",
        "‵a b‵",
        "״a b״",
        "ʼa bʼ",
    ] {
        assert_eq!(remove_surrounding_punctuation(text), "a b", "{text}");
    }
    for text in ["'ann", "(1) 2 (3)", "a'b", ".a", ""] {
        assert_eq!(remove_surrounding_punctuation(text), text);
    }
}

#[test]
fn keycap_before_a_text_is_a_list_number() {
    for (text, replaced) in [
        ("1\u{fe0f}\u{20e3} ann", "1.  ann"),
        ("2\u{20e3}ann", "2. ann"),
        ("1\u{fe0f}\u{20e3}0\u{fe0f}\u{20e3} ann", "10.  ann"),
        ("1\u{20e3}2\u{20e3}3\u{20e3}", "1\u{20e3}2\u{20e3}3\u{20e3}"),
        ("41\u{20e3} 555", "41\u{20e3} 555"),
        ("+1\u{20e3} 415", "+1\u{20e3} 415"),
        ("ann", "ann"),
    ] {
        assert_eq!(replace_leading_keycaps(text), replaced, "{text}");
    }
}

#[test]
fn markdown_around_a_text_is_removed() {
    for text in [
        "a b",
        "*a b*",
        "**a b**",
        "***a b***",
        "_a b_",
        "__a b__",
        "**_a b_**",
        "* a b",
        "* **a b**",
    ] {
        assert_eq!(remove_markdown(text), "a b", "{text}");
    }
    for text in ["*a", "a*", "*67 1", "_a", "a*b", "*31#1", ""] {
        assert_eq!(remove_markdown(text), text);
    }
}

proptest! {
    #[test]
    fn normalising_twice_changes_nothing(typed in ".{0,60}") {
        let once = to_ascii_forms(&typed);
        prop_assert_eq!(&to_ascii_forms(&once), &once);
        let bare = remove_surrounding_punctuation(&once);
        prop_assert_eq!(remove_surrounding_punctuation(bare), bare);
    }
}
