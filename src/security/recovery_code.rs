//! Recovery codes for users who have lost their phone: ten single-use codes (docs/security.md#ops-09).
//!
//! A new code has 13 letters with 65 random bits: more than the 64 bits that NIST SP 800-63B-4 (section 4.2)
//! requires, and still short to type. The database stores a keyed hash, so that a copy of the database allows no
//! guessing. Earlier releases created codes of 24 letters with 120 bits, which are valid until they are replaced.
//! Their unkeyed hash allows no guessing either.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::security::token::{AccountId, BucketKey, generate_random_bytes};
use domain::typed_text::{remove_surrounding_punctuation, to_ascii_forms};

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
        let plain = to_ascii_forms(typed_code);
        let bare = remove_surrounding_punctuation(strip_list_number_or_label(&plain));
        // A label and a code may have as many letters as a longer code, so the printed form comes first.
        Self::find_single_code_in_words(&plain, Self::parse_code_in_punctuated_groups)
            .or_else(|| Self::parse_letters_of_recovery_code(&plain))
            .or_else(|| Self::parse_letters_of_recovery_code(bare))
            .or_else(|| {
                Self::find_single_code_in_words(&plain, Self::parse_letters_of_recovery_code)
            })
    }

    /// Returns the recovery code that `parse_word` finds in the words of a text. Returns `None` if it finds none, or
    /// several different codes.
    fn find_single_code_in_words(text: &str, parse_word: fn(&str) -> Option<Self>) -> Option<Self> {
        let words = text.split(' ').map(remove_surrounding_punctuation);
        let mut found = words.filter_map(parse_word);
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    }

    /// Parses a word that is a recovery code in the displayed form: groups of letters with punctuation between the
    /// groups.
    fn parse_code_in_punctuated_groups(word: &str) -> Option<Self> {
        let groups = word.split(|c: char| c.is_ascii_punctuation());
        let lengths: Vec<usize> = groups.map(|group| group.chars().count()).collect();
        let is_shown = lengths == Self::GROUPS || lengths == [Self::GROUP; 6];
        is_shown.then(|| Self::parse_letters_of_recovery_code(word))?
    }

    /// Parses a text with the letters of one recovery code. All other characters of the text must be punctuation or
    /// spaces.
    fn parse_letters_of_recovery_code(text: &str) -> Option<Self> {
        let letters: Option<Vec<u8>> = text
            .chars()
            .filter(|c| *c != ' ' && !c.is_ascii_punctuation())
            .map(Self::parse_recovery_code_letter)
            .collect();
        let letters = letters?;
        let new = letters.as_slice().try_into().map(Letters::New);
        let letters = new.or_else(|_| letters.as_slice().try_into().map(Letters::Earlier));
        letters.ok().map(Self)
    }

    /// Returns the letter of the recovery code alphabet for a typed character. Returns `None` if the alphabet has no
    /// such letter.
    fn parse_recovery_code_letter(typed: char) -> Option<u8> {
        let meant = match typed.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let byte = u8::try_from(meant).ok()?;
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
    let label = text.find([':', '.', ')', ']']).filter(|end| *end <= 24);
    label.and_then(|end| text.get(end + 1..)).unwrap_or(text)
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
mod tests {
    use super::*;

    #[test]
    fn recovery_code_has_13_letters_in_three_groups_without_similar_letters() {
        for code in RecoveryCode::generate_code_set() {
            let shown = code.expose();
            let groups: Vec<&str> = shown.split('-').collect();
            assert_eq!(
                groups.iter().map(|group| group.len()).collect::<Vec<_>>(),
                [4, 4, 5]
            );
            for group in groups {
                let fits = |c: char| c.is_ascii_alphanumeric() && !"ILOU".contains(c);
                assert!(group.chars().all(fits), "{shown}");
                assert_eq!(group, group.to_ascii_uppercase());
            }
            assert_eq!(RecoveryCode::parse(&shown), Some(code));
        }
        // 13 letters of 5 bits: at least the 64 bits of NIST SP 800-63B-4.
        assert_eq!(RecoveryCode::GROUPS.iter().sum::<usize>() * 5, 65);
    }

    #[test]
    fn recovery_code_created_by_an_earlier_release_is_displayed_in_six_groups_of_four() {
        let shown = "0123-4567-89AB-CDEF-GHJK-MNPQ";
        let code = RecoveryCode::parse(shown).expect("a code");
        assert_eq!(code.expose(), shown);
    }

    #[test]
    fn recovery_codes_differ_and_use_the_whole_alphabet() {
        let codes: Vec<RecoveryCode> = (0..20)
            .flat_map(|_| RecoveryCode::generate_code_set())
            .collect();
        for letter in RecoveryCode::ALPHABET {
            let letter = char::from(*letter);
            assert!(codes.iter().any(|code| code.expose().contains(letter)));
        }
        for (at, code) in codes.iter().enumerate() {
            assert!(!codes[..at].contains(code));
        }
    }

    #[test]
    fn typed_and_pasted_forms_of_a_recovery_code_are_parsed() {
        let code = RecoveryCode::parse("0123-4567-89ABC").expect("a code");
        for typed in [
            "0123456789abc",
            " o i 2 3 4567 89abc\n",
            "OL23\u{2013}4567\u{2013}89ABC",
            "01-23456-789ABC",
            "1. 0123-4567-89ABC",
            "10) 0123 4567 89ABC",
            "(3) 0123-4567-89ABC",
            "\"0123-4567-89ABC\",",
            "“0123-4567-89ABC”",
            "0123-4567-89ABC.",
            "• 0123-4567-89ABC;",
            "Code: 0123-4567-89ABC",
            "code 0123-4567-89ABC",
            "0123.4567.89ABC",
            "0123_4567_89abc",
            "0123/4567/89ABC",
            "0123-4567-\n89ABC",
            "Recovery key 0123-4567-89ABC",
            "RECOVERY-KEY 0123-4567-89ABC",
            "my recovery code: 0123-4567-89ABC",
            "Recovery code 3: 0123-4567-89ABC.",
            "3\t0123-4567-89ABC",
            "`0123-4567-89ABC`",
            "['0123-4567-89ABC']",
            "0123\u{30fc}4567ー\u{2060}89ABC",
            "0123\u{2e3a}4567\u{fe58}89ABC",
            "𝟎𝟏𝟐𝟑-𝟒𝟓𝟔𝟕-𝟖𝟗ABC",
            "\u{202a}0123-4567\u{2212}\u{200b}89ABC\u{202c}",
            "０１２３－４５６７－８９ａｂｃ",
            "٠١٢٣-٤٥٦٧-٨٩ABC",
        ] {
            assert_eq!(RecoveryCode::parse(typed).as_ref(), Some(&code), "{typed}");
        }
    }

    #[test]
    fn recovery_code_of_an_earlier_release_is_parsed_when_typed_or_pasted() {
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
            "0123.4567.89AB.CDEF.GHJK.MNPQ",
            "0123_4567_89ab_cdef_ghjk_mnpq",
            "0123/4567/89AB/CDEF/GHJK/MNPQ",
            "0123-4567-89AB-\nCDEF-GHJK-MNPQ",
            "Recovery code 3: 0123-4567-89AB-CDEF-GHJK-MNPQ.",
            "3\t0123-4567-89AB-CDEF-GHJK-MNPQ",
            "`0123-4567-89AB-CDEF-GHJK-MNPQ`",
            "['0123-4567-89AB-CDEF-GHJK-MNPQ']",
            "0123\u{30fc}4567ー89ABー\u{2060}CDEF\u{2e3a}GHJK\u{fe58}MNPQ",
            "𝟎𝟏𝟐𝟑-𝟒𝟓𝟔𝟕-𝟖𝟗AB-CDEF-GHJK-MNPQ",
            "\u{202a}0123-4567-\u{200b}89AB\u{2212}CDEF-GHJK-MNPQ\u{202c}",
            "０１２３－４５６７－８９ａｂ－ｃｄｅｆ－ｇｈｊｋ－ｍｎｐｑ",
            "٠١٢٣-٤٥٦٧-٨٩AB-CDEF-GHJK-MNPQ",
        ] {
            assert_eq!(RecoveryCode::parse(typed).as_ref(), Some(&code), "{typed}");
        }
    }

    #[test]
    fn text_without_exactly_one_recovery_code_is_rejected() {
        for typed in [
            "",
            "123456",
            "0123-4567-89AB-CDEF-GHJK-MNP",
            "0123-4567-89AB-CDEF-GHJK-MNPQR",
            "0123-4567-89AB-CDEF-GHJK-MNPU",
            "1. 123456",
            "0123-4567-89AB",
            "0123-4567-89ABCD",
            "0123-4567-89ABU",
            "0123-4567-89ABC 1123-4567-89ABC",
            "0123-4567-89ABC 0123-4567-89AB-CDEF-GHJK-MNPQ",
            "0123-4567-89AB-CDEF-GHJK-MNPQ 1123-4567-89AB-CDEF-GHJK-MNPQ",
            "0123-4567-89AB-CDEF-GHJK-MNP\u{110}",
            "' OR 1=1 --",
        ] {
            assert_eq!(RecoveryCode::parse(typed), None, "{typed}");
        }
        assert_eq!(RecoveryCode::parse(&" ".repeat(1 << 20)), None);
    }

    #[test]
    fn debug_output_and_hash_do_not_contain_the_recovery_code() {
        let account = |id: &str| AccountId::from_stored(id.to_owned());
        let code = RecoveryCode::generate();
        assert_eq!(format!("{code:?}"), "RecoveryCode");
        let hash = code.hash(&account("1"), b"key");
        assert_eq!(hash, code.clone().hash(&account("1"), b"key"));
        assert!(!hash.as_str().contains(&code.expose()));
        for other in [
            RecoveryCode::generate().hash(&account("1"), b"key"),
            code.hash(&account("2"), b"key"),
            code.hash(&account("1"), b"other"),
        ] {
            assert_ne!(hash, other);
        }
    }

    /// Databases of earlier releases contain this hash, so it must not change.
    #[test]
    fn recovery_code_of_an_earlier_release_has_the_same_hash_as_in_that_release() {
        let code = RecoveryCode::parse("0123-4567-89AB-CDEF-GHJK-MNPQ").expect("a code");
        let hash = code.hash(&AccountId::from_stored("1".to_owned()), b"key");
        let plain = Sha256::digest("0123456789ABCDEFGHJKMNPQ");
        assert_eq!(hash.as_str(), hex::encode(plain));
    }
}
