//! Recovery codes for users who have lost their phone: ten single-use codes (docs/security.md#ops-09).
//!
//! A new code has 13 letters with 65 random bits: more than the 64 bits that NIST SP 800-63B-4 (section 4.2)
//! requires, and still short to type. The database stores a keyed hash, so that a copy of the database allows no
//! guessing. Earlier releases created codes of 24 letters with 120 bits, which are valid until they are replaced.
//! Their unkeyed hash allows no guessing either.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::security::token::{AccountId, BucketKey, generate_random_bytes};
use domain::typed_text::{
    is_symbol_or_circled_number, remove_surrounding_punctuation, to_ascii_forms,
};

/// The number of codes in a set.
pub const CODES: usize = 10;

/// Recovery code, with which a user signs in without the phone. `Debug` hides the code.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(Letters);

/// Characters of one recovery code: ASCII capitals and digits. Each character encodes 5 bits.
#[derive(Clone, PartialEq, Eq)]
enum Letters {
    New([u8; 13]),
    /// The letters of a code that an earlier release created.
    Earlier([u8; 24]),
}

impl RecoveryCode {
    /// The length of each of the six groups of a code of an earlier release.
    const GROUP: usize = 4;
    /// The lengths of the groups of a new code.
    const GROUPS: [usize; 3] = [4, 4, 5];
    /// Crockford's base32 (crockford.com/base32.html): neither I, L, O nor U.
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    /// The maximum length in bytes of a text that is searched for a code. A pasted set of codes is shorter.
    const MAX_TEXT_BYTES: usize = 1024;

    /// Generates a random recovery code.
    pub fn generate() -> Self {
        // 32 divides 256: the lower five bits of a random byte favour no letter.
        let letter = |byte: u8| Self::ALPHABET[usize::from(byte & 31)];
        Self(Letters::New(generate_random_bytes().map(letter)))
    }

    /// Generates the recovery codes of an account. The probability that two of them are equal is 2^-59.
    pub fn generate_code_set() -> [Self; CODES] {
        std::array::from_fn(|_| Self::generate())
    }

    /// Parses a typed or pasted recovery code. Returns `None` unless the text contains exactly one code.
    ///
    /// Ignores letter case, separators, labels and punctuation, and accepts O for 0, and I or L for 1.
    pub fn parse(typed_code: &str) -> Option<Self> {
        if typed_code.len() > Self::MAX_TEXT_BYTES {
            return None;
        }
        // The frame of a keycap, such as `1️⃣`, ends a list number. An equals sign ends a label: `recovery_code=…`.
        let plain = to_ascii_forms(&typed_code.replace('\u{20e3}', " ")).replace('=', " ");
        let bare = remove_surrounding_punctuation(strip_list_number_or_label(&plain));
        let bare = strip_symbols_and_adjoining_list_number(bare);
        // Tries the printed form first, because a label and a code together can have as many letters as a longer code.
        Self::find_single_code_in_words(&plain, Self::parse_code_in_punctuated_groups)
            .or_else(|| Self::parse_code_in_spaced_groups_after_label(&plain))
            .or_else(|| Self::parse_letters_of_recovery_code(&plain))
            .or_else(|| Self::parse_letters_of_recovery_code(bare))
            .or_else(|| {
                Self::find_single_code_in_words(&plain, Self::parse_letters_of_recovery_code)
            })
    }

    /// Returns the recovery code that `parse_word` finds in the words of a text.
    ///
    /// Returns `None` if it finds none, or several different codes.
    fn find_single_code_in_words(text: &str, parse_word: fn(&str) -> Option<Self>) -> Option<Self> {
        let words = text.split(' ').map(remove_surrounding_punctuation);
        let mut found = words.filter_map(parse_word);
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    }

    /// Parses a recovery code in the displayed form: groups of letters with punctuation between them.
    fn parse_code_in_punctuated_groups(word: &str) -> Option<Self> {
        let word = strip_symbols_and_adjoining_list_number(word);
        let groups = word.split(Self::is_separator);
        let lengths: Vec<usize> = groups.map(|group| group.chars().count()).collect();
        let is_shown = lengths == Self::GROUPS || lengths == [Self::GROUP; 6];
        is_shown.then(|| Self::parse_letters_of_recovery_code(word))?
    }

    /// Parses a recovery code in the displayed groups with spaces between them, after a label.
    ///
    /// An example is `Code 3 XXXX XXXX XXXXX`. The label consists of words, and a number with one or two digits.
    fn parse_code_in_spaced_groups_after_label(text: &str) -> Option<Self> {
        let words: Vec<&str> = text
            .split(|c| c == ' ' || is_symbol_or_circled_number(c))
            .map(|word| word.trim_matches(Self::is_separator))
            .filter(|word| !word.is_empty())
            .collect();
        let (label, code) = split_displayed_groups(&words)?;
        let names = match label.split_last() {
            Some((number, names)) if is_list_number(number) => names,
            _ => label,
        };
        let is_name = |word: &&str| {
            word.chars()
                .all(|c| c.is_alphabetic() || Self::is_separator(c))
        };
        // A second code can consist of letters only.
        let is_label = !names.is_empty()
            && names.iter().all(is_name)
            && split_displayed_groups(names).is_none();
        is_label.then(|| Self::parse_letters_of_recovery_code(&code.concat()))?
    }

    /// Parses a text with the letters of one recovery code.
    ///
    /// All other characters of the text must be punctuation or spaces.
    fn parse_letters_of_recovery_code(text: &str) -> Option<Self> {
        let letters: Option<Vec<u8>> = text
            .chars()
            .filter(|c| !Self::is_separator(*c))
            .map(Self::parse_recovery_code_letter)
            .collect();
        let letters = letters?;
        let new = letters.as_slice().try_into().map(Letters::New);
        let letters = new.or_else(|_| letters.as_slice().try_into().map(Letters::Earlier));
        letters.ok().map(Self)
    }

    /// Returns whether `c` may separate the letters of a recovery code: a space, ASCII punctuation, a dot or a bullet.
    fn is_separator(c: char) -> bool {
        c == ' ' || c.is_ascii_punctuation() || matches!(c, '\u{b7}' | '\u{2022}' | '\u{30fb}')
    }

    /// Returns the letter of the recovery code alphabet for a typed character.
    ///
    /// Returns `None` if the alphabet has no such letter.
    fn parse_recovery_code_letter(typed: char) -> Option<u8> {
        let letter = match typed.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let byte = u8::try_from(letter).ok()?;
        Self::ALPHABET.contains(&byte).then_some(byte)
    }

    /// Formats the recovery code as `XXXX-XXXX-XXXXX`, to show it to the user.
    pub fn expose(&self) -> String {
        let text = |letters: &[u8]| -> String { letters.iter().copied().map(char::from).collect() };
        let groups: Vec<String> = match &self.0 {
            Letters::New(letters) => {
                let (first, rest) = letters.split_at(Self::GROUPS[0]);
                let (second, last) = rest.split_at(Self::GROUPS[1]);
                [first, second, last].map(text).to_vec()
            }
            Letters::Earlier(letters) => letters.chunks(Self::GROUP).map(text).collect(),
        };
        groups.join("-")
    }

    /// Computes the keyed hash of the recovery code for an account, which is stored instead of the code.
    pub fn hash(&self, account: &AccountId, hash_key: &[u8]) -> CodeHash {
        // `hash_key` is the key of the rate limits, which the database contains only encrypted.
        CodeHash(match &self.0 {
            Letters::New(_) => {
                let subject = format!("{}\n{}", account.as_str(), self.expose());
                BucketKey::new("recovery-code", &subject, hash_key)
                    .as_str()
                    .to_owned()
            }
            Letters::Earlier(letters) => hex::encode(Sha256::digest(letters)),
        })
    }
}

/// Removes a list number or label before a recovery code: `1.`, `10)`, `Code 3:`.
fn strip_list_number_or_label(typed_text: &str) -> &str {
    let text = typed_text.trim_start_matches([' ', '(', '[']);
    let label = text.find([':', '.', ')', ']']).filter(|end| {
        text.get(..*end)
            .is_some_and(|label| label.chars().count() <= 40)
    });
    label.and_then(|end| text.get(end + 1..)).unwrap_or(text)
}

/// Removes symbols around a recovery code, and a list number that only a separator divides from it.
///
/// Examples are `1-XXXX-XXXX-XXXXX`, `①XXXX-XXXX-XXXXX` and `XXXX-XXXX-XXXXX✓`.
fn strip_symbols_and_adjoining_list_number(text: &str) -> &str {
    let text = text
        .trim_start_matches(|c| is_symbol_or_circled_number(c) || RecoveryCode::is_separator(c))
        .trim_end_matches(|c| is_symbol_or_circled_number(c) || RecoveryCode::is_separator(c));
    match text.split_once(RecoveryCode::is_separator) {
        Some((number, code)) if is_list_number(number) => code,
        _ => text,
    }
}

/// Returns whether a text is a number with one or two digits.
fn is_list_number(text: &str) -> bool {
    matches!(text.len(), 1..=2) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Splits the last words of a text from it if they have the lengths of the groups of a displayed recovery code.
fn split_displayed_groups<'a, 'b>(words: &'a [&'b str]) -> Option<(&'a [&'b str], &'a [&'b str])> {
    let displayed: [&[usize]; 2] = [&[RecoveryCode::GROUP; 6], &RecoveryCode::GROUPS];
    displayed.into_iter().find_map(|lengths| {
        let (before, groups) = words.split_at_checked(words.len().checked_sub(lengths.len())?)?;
        let group_lengths = groups.iter().map(|group| group.chars().count());
        group_lengths
            .eq(lengths.iter().copied())
            .then_some((before, groups))
    })
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode")
    }
}

/// Stored keyed hash of a [`RecoveryCode`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeHash(String);

impl CodeHash {
    /// Returns the hash of a recovery code as text for the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
#[path = "recovery_code_tests.rs"]
mod tests;
