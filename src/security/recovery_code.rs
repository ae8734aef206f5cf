//! Recovery codes for users who have lost their phone: ten codes, each valid once (docs/security.md#ops-09).
//!
//! NIST SP 800-63B-4 (section 4.2) asks for 64 random bits a code. These have 120, because from
//! 112 on ASVS 6.5.2 lets a plain hash keep them: there is no list of likely codes to try, and
//! 2^120 computations of SHA-256 are infeasible, so a slow hash and a salt would add cost without security.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::security::token::random;
use domain::typed_text::{to_ascii_forms, without_surroundings};

/// How many codes a set has.
pub const CODES: usize = 10;

/// A recovery code. The letters appear in no output but [`RecoveryCode::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode([u8; Self::LENGTH]);

impl RecoveryCode {
    /// Letters of a code, 5 bits each.
    const LENGTH: usize = 24;
    /// Letters between two dashes.
    const GROUP: usize = 4;
    /// Crockford's base32 (crockford.com/base32.html): neither I, L, O nor U.
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    /// The longest text that is searched for a code, in bytes. A whole set has fewer.
    const MAX_TYPED: usize = 1024;

    pub fn generate() -> Self {
        // 32 divides 256: the lower five bits of a random byte favour no letter.
        Self(random().map(|byte: u8| Self::ALPHABET[usize::from(byte & 31)]))
    }

    /// A whole set, no two alike but by a chance of 2^-114.
    pub fn generate_set() -> [Self; CODES] {
        std::array::from_fn(|_| Self::generate())
    }

    /// The code in a typed or pasted text, in either case, with or without spaces and dashes, O for 0 and I or L for 1.
    ///
    /// A list number, a label, quotation marks and punctuation around it are ignored. `None` if the text has no code, or
    /// more than one.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > Self::MAX_TYPED {
            return None;
        }
        let plain = to_ascii_forms(typed);
        let bare = without_surroundings(without_label(&plain));
        Self::exact(&plain)
            .or_else(|| Self::exact(bare))
            .or_else(|| {
                let mut found = plain
                    .split(' ')
                    .filter_map(|word| Self::exact(without_surroundings(word)));
                let first = found.next()?;
                found.all(|other| other == first).then_some(first)
            })
    }

    /// A text that consists of the letters of one code, with spaces and dashes.
    fn exact(plain: &str) -> Option<Self> {
        let letters: Option<Vec<u8>> = plain
            .chars()
            .filter(|c| !matches!(c, ' ' | '-'))
            .map(Self::letter)
            .collect();
        letters?.try_into().ok().map(Self)
    }

    fn letter(typed: char) -> Option<u8> {
        let meant = match typed.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let byte = u8::try_from(meant).ok()?;
        Self::ALPHABET.contains(&byte).then_some(byte)
    }

    /// `XXXX-XXXX-…`, for the one page that shows it.
    pub fn expose(&self) -> String {
        let groups: Vec<String> = self
            .0
            .chunks(Self::GROUP)
            .map(|group| group.iter().copied().map(char::from).collect())
            .collect();
        groups.join("-")
    }

    /// What the store keeps.
    pub fn hash(&self) -> CodeHash {
        CodeHash(hex::encode(Sha256::digest(self.0)))
    }
}

/// `plain` without a number or label before the code: `1.`, `10)`, `Code 3:`.
fn without_label(plain: &str) -> &str {
    let text = plain.trim_start_matches([' ', '(', '[']);
    let label = text.find([':', '.', ')', ']']).filter(|end| *end <= 24);
    label.and_then(|end| text.get(end + 1..)).unwrap_or(text)
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode")
    }
}

/// SHA-256 of a [`RecoveryCode`], in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeHash(String);

impl CodeHash {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_groups_of_four_without_letters_that_look_alike() {
        for code in RecoveryCode::generate_set() {
            let shown = code.expose();
            assert_eq!(shown.len(), 29, "{shown}");
            for group in shown.split('-') {
                assert_eq!(group.len(), 4, "{shown}");
                let fits = |c: char| c.is_ascii_alphanumeric() && !"ILOU".contains(c);
                assert!(group.chars().all(fits), "{shown}");
                assert_eq!(group, group.to_ascii_uppercase());
            }
            assert_eq!(RecoveryCode::parse(&shown), Some(code));
        }
    }

    #[test]
    fn all_of_the_alphabet_is_used_and_no_two_codes_are_alike() {
        let codes: Vec<RecoveryCode> = (0..20).flat_map(|_| RecoveryCode::generate_set()).collect();
        for letter in RecoveryCode::ALPHABET {
            assert!(codes.iter().any(|code| code.0.contains(letter)));
        }
        for (at, code) in codes.iter().enumerate() {
            assert!(!codes[..at].contains(code));
        }
    }

    #[test]
    fn code_is_read_in_the_forms_in_which_it_is_typed_and_pasted() {
        let code = RecoveryCode::parse("0123-4567-89AB-CDEF-GHJK-MNPQ").expect("a code");
        for typed in [
            "0123456789abcdefghjkmnpq",
            " o i 2 3 4567 89ab cdef ghjk mnpq\n",
            "OL23\u{2013}4567\u{2013}89AB\u{2013}CDEF\u{2013}GHJK\u{2013}MNPQ",
            "01-23456-789ABCD-EFGHJ-KMNPQ",
            "1. 0123-4567-89AB-CDEF-GHJK-MNPQ",
            "10) 0123 4567 89AB CDEF GHJK MNPQ",
            "(3) 0123-4567-89AB-CDEF-GHJK-MNPQ",
            "\"0123-4567-89AB-CDEF-GHJK-MNPQ\",",
            "“0123-4567-89AB-CDEF-GHJK-MNPQ”",
            "0123-4567-89AB-CDEF-GHJK-MNPQ.",
            "• 0123-4567-89AB-CDEF-GHJK-MNPQ;",
            "Code: 0123-4567-89AB-CDEF-GHJK-MNPQ",
            "code 0123-4567-89AB-CDEF-GHJK-MNPQ",
            "\u{202a}0123-4567-\u{200b}89AB\u{2212}CDEF-GHJK-MNPQ\u{202c}",
            "０１２３－４５６７－８９ａｂ－ｃｄｅｆ－ｇｈｊｋ－ｍｎｐｑ",
            "٠١٢٣-٤٥٦٧-٨٩AB-CDEF-GHJK-MNPQ",
        ] {
            assert_eq!(RecoveryCode::parse(typed).as_ref(), Some(&code), "{typed}");
        }
    }

    #[test]
    fn text_without_exactly_one_code_is_none() {
        for typed in [
            "",
            "123456",
            "0123-4567-89AB-CDEF-GHJK-MNP",
            "0123-4567-89AB-CDEF-GHJK-MNPQR",
            "0123-4567-89AB-CDEF-GHJK-MNPU",
            "1. 123456",
            "0123-4567-89AB-CDEF-GHJK-MNPQ 1123-4567-89AB-CDEF-GHJK-MNPQ",
            "0123-4567-89AB-CDEF-GHJK-MNP\u{110}",
            "' OR 1=1 --",
        ] {
            assert_eq!(RecoveryCode::parse(typed), None, "{typed}");
        }
        assert_eq!(RecoveryCode::parse(&" ".repeat(1 << 20)), None);
    }

    #[test]
    fn a_code_is_never_printed_and_its_hash_does_not_show_it() {
        let code = RecoveryCode::generate();
        assert_eq!(format!("{code:?}"), "RecoveryCode");
        assert_eq!(code.hash().as_str().len(), 64);
        assert_eq!(code.hash(), code.clone().hash());
        assert_ne!(code.hash(), RecoveryCode::generate().hash());
    }
}
