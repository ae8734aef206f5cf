//! Converts the punctuation of every script to ASCII, by the properties of the Unicode character database.
//!
//! Only the server has the database. In the browser, the code field alone reads typed text, and it needs digits only.

#[cfg(not(target_family = "wasm"))]
use icu_properties::props::{GeneralCategory, QuotationMark, TerminalPunctuation};
#[cfg(not(target_family = "wasm"))]
use icu_properties::{CodePointMapData, CodePointSetData};

/// Converts a punctuation character of any script to ASCII: a quotation mark, bracket, dot or final mark.
///
/// Returns `None` for other characters. Quotation marks of any shape become `"` or `'`. Brackets become `[` and `]`, or
/// `<` and `>`.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn to_ascii_punctuation(c: char) -> Option<char> {
    let form = match c {
        '\u{2bb}'..='\u{2bd}' | '\u{5f3}' | '\u{2035}' | '\u{275b}'..='\u{275c}' | '\u{275f}' => {
            '\''
        }
        '\u{2ba}'
        | '\u{2ee}'
        | '\u{5f4}'
        | '\u{2034}'
        | '\u{2036}'..='\u{2037}'
        | '\u{2057}'
        | '\u{275d}'..='\u{275e}'
        | '\u{2760}'
        | '\u{1f676}'..='\u{1f678}' => '"',
        '\u{2329}' | '\u{276c}' | '\u{276e}' | '\u{2770}' | '\u{27e8}' | '\u{27ea}'
        | '\u{29fc}' | '\u{300a}' | '\u{fe3d}' | '\u{fe3f}' | '\u{fe64}' => '<',
        '\u{232a}' | '\u{276d}' | '\u{276f}' | '\u{2771}' | '\u{27e9}' | '\u{27eb}'
        | '\u{29fd}' | '\u{300b}' | '\u{fe3e}' | '\u{fe40}' | '\u{fe65}' => '>',
        // Dots that stand between groups of digits become a middle dot.
        '\u{2027}' | '\u{2219}' | '\u{22c5}' | '\u{ff65}' => '\u{b7}',
        '\u{2044}' | '\u{2215}' => '/',
        '\u{55d}'
        | '\u{60c}'
        | '\u{7f8}'
        | '\u{1363}'
        | '\u{1802}'
        | '\u{1808}'
        | '\u{a4fe}'
        | '\u{a60d}'
        | '\u{a6f5}'
        | '\u{fe10}'..='\u{fe11}' => ',',
        '\u{37e}' | '\u{61b}' | '\u{1364}' | '\u{a6f6}' | '\u{fe14}' => ';',
        '\u{1365}'..='\u{1366}' | '\u{1804}' | '\u{a6f4}' | '\u{fe13}' => ':',
        '\u{61f}' | '\u{1367}' | '\u{2047}'..='\u{2048}' | '\u{a6f7}' | '\u{fe16}' | '\u{fe56}' => {
            '?'
        }
        '\u{203c}' | '\u{2049}' | '\u{fe15}' | '\u{fe57}' => '!',
        '\u{2024}'..='\u{2026}' | '\u{fe12}' | '\u{fe19}' => '.',
        _ if CodePointSetData::new::<QuotationMark>().contains(c) => '"',
        _ => match CodePointMapData::<GeneralCategory>::new().get(c) {
            GeneralCategory::InitialPunctuation | GeneralCategory::FinalPunctuation => '"',
            GeneralCategory::OpenPunctuation => '[',
            GeneralCategory::ClosePunctuation => ']',
            _ if CodePointSetData::new::<TerminalPunctuation>().contains(c) => '.',
            _ => return None,
        },
    };
    Some(form)
}

/// Converts no punctuation. The WASM build uses this version, because only the server has the Unicode database.
#[cfg(target_family = "wasm")]
pub(crate) const fn to_ascii_punctuation(_: char) -> Option<char> {
    None
}
