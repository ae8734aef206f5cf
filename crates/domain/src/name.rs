use core::fmt;

use crate::problem::Problem;
use crate::typed_text::{
    remove_invisible_characters, remove_surrounding_quotation_marks, trim_invisible_characters,
};

/// Username for sign-in: ASCII letters, digits, dots, dashes and underscores, with a letter or digit at both ends.
///
/// The alphabet has no look-alike letters and excludes e-mail addresses.
#[derive(Clone, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    pub const MIN_CHARS: usize = 3;
    pub const MAX_CHARS: usize = 64;
    /// Attribute `maxlength` of a username field.
    ///
    /// It exceeds [`Self::MAX_CHARS`], because a pasted username may have invisible characters and quotation marks
    /// around it.
    pub const MAX_PASTED: u16 = 254;
    /// Maximum length in bytes of a typed text that is parsed as a username. Invisible characters take up to four.
    const MAX_TYPED_BYTES: usize = 1024;
    /// Length of an account ID, which consists of hexadecimal digits.
    const ACCOUNT_ID_CHARS: usize = 32;

    /// Parses a typed or pasted username.
    ///
    /// Removes invisible characters, and spaces and quotation marks around the username. Refuses look-alike letters,
    /// because another account may have the ASCII form. Refuses the form of an account ID, because commands of
    /// operators accept a username or an ID.
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        if typed.len() > Self::MAX_TYPED_BYTES {
            return Err(Problem::TooLong);
        }
        let visible = remove_invisible_characters(typed);
        let typed = remove_surrounding_quotation_marks(&visible);
        if typed.is_empty() {
            return Err(Problem::Missing);
        }
        if typed.chars().count() > Self::MAX_CHARS {
            return Err(Problem::TooLong);
        }
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let fits = typed.len() >= Self::MIN_CHARS
            && edge(typed.chars().next())
            && edge(typed.chars().last())
            && typed
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
            && !Self::has_form_of_account_id(typed);
        fits.then(|| Self(typed.to_owned()))
            .ok_or(Problem::UsernameInvalid)
    }

    /// Returns whether a text has the form of an account ID, in upper or lower case.
    fn has_form_of_account_id(text: &str) -> bool {
        text.len() == Self::ACCOUNT_ID_CHARS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    }

    /// Creates a username from its text in the database. Earlier versions permitted the form of an account ID.
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the lower-case form of the username, for comparison and uniqueness.
    pub fn canonical(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// Returns the username as displayed and stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Username")
    }
}

/// Full name of a user: one visible line of any script.
#[derive(Clone, PartialEq, Eq)]
pub struct FullName(String);

impl FullName {
    pub const MAX_CHARS: usize = 100;
    /// Maximum length of the field in UTF-16 code units. It exceeds [`Self::MAX_CHARS`], so that the form can say that a
    /// pasted text is too long.
    pub const MAX_PASTED: u16 = 1_024;

    /// Parses a typed full name. Removes surrounding spaces.
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        let typed = trim_invisible_characters(typed);
        if typed.is_empty() {
            return Err(Problem::Missing);
        }
        if typed.len() > Self::MAX_CHARS * 4 || typed.chars().count() > Self::MAX_CHARS {
            return Err(Problem::TooLong);
        }
        if typed.chars().any(is_line_break_or_control) {
            return Err(Problem::NameInvalid);
        }
        Ok(Self(typed.to_owned()))
    }

    /// Returns the full name as displayed and stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns whether `c` could forge a line in a log or on a page.
///
/// Such characters are control characters, line breaks and bidirectional overrides.
pub(crate) fn is_line_break_or_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Debug for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FullName")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_that_differ_in_case_are_equal() {
        let one = Username::parse(" Ann.Lee ").expect("valid");
        let two = Username::parse("ann.lee").expect("valid");
        assert_eq!(one.canonical(), two.canonical());
        assert_eq!(one.as_str(), "Ann.Lee");
    }

    #[test]
    fn look_alike_letters_and_email_addresses_are_refused_as_usernames() {
        for typed in [
            "ＡＤＭＩＮ",
            "а\u{200b}dmin",
            "аdmin",
            "“аdmin”",
            "ädmin",
            "ann@example.com",
            "ann lee",
            "-ann",
            "ann.",
            "an",
        ] {
            assert_eq!(
                Username::parse(typed),
                Err(Problem::UsernameInvalid),
                "{typed}"
            );
        }
        assert_eq!(Username::parse(&"a".repeat(65)), Err(Problem::TooLong));
        assert_eq!(Username::parse(&" ".repeat(1 << 20)), Err(Problem::TooLong));
        assert!(Username::parse(&"a".repeat(64)).is_ok());
    }

    #[test]
    fn form_of_an_account_id_is_refused_as_username() {
        let id = "0123456789abcdef0123456789abcdef";
        for typed in [id, &id.to_uppercase(), &format!("“{id}”")] {
            assert_eq!(
                Username::parse(typed),
                Err(Problem::UsernameInvalid),
                "{typed}"
            );
        }
        for typed in [&id[1..], &format!("{id}0"), &id.replace('f', "g")] {
            assert!(Username::parse(typed).is_ok(), "{typed}");
        }
    }

    #[test]
    fn pasted_username_loses_quotation_marks_and_invisible_characters() {
        for typed in [
            "\u{202a}Ann.Lee\u{202c}",
            "Ann.Lee\u{200b}",
            "\u{feff}Ann\u{ad}.Lee\u{a0}\u{3000}",
            "\u{fffc}Ann.Lee",
            "＂Ann.Lee＂",
            "“Ann.Lee”",
            "‘Ann.Lee’",
            "「Ann.Lee」",
            "\"Ann.Lee\" ",
        ] {
            assert_eq!(
                Username::parse(typed).expect(typed).as_str(),
                "Ann.Lee",
                "{typed:?}"
            );
        }
        for typed in ["", " ", "\u{200b}", "“”", "\u{3164}\u{2800}"] {
            assert_eq!(Username::parse(typed), Err(Problem::Missing), "{typed:?}");
        }
    }

    #[test]
    fn full_name_is_one_line_of_any_script() {
        for typed in ["Ann Lee", "李 安", "O'Brien-Ünal"] {
            assert_eq!(FullName::parse(typed).expect(typed).as_str(), typed);
        }
        assert_eq!(FullName::parse("Ann\r\nLee"), Err(Problem::NameInvalid));
        assert_eq!(FullName::parse("Ann\u{202e}Lee"), Err(Problem::NameInvalid));
        assert_eq!(FullName::parse("  "), Err(Problem::Missing));
    }

    #[test]
    fn full_name_needs_a_visible_character() {
        for typed in [
            "\u{202a}Ann Lee\u{202c}",
            "\u{2068}Ann Lee\u{2069}",
            "\u{feff}Ann Lee\u{200e}",
        ] {
            assert_eq!(FullName::parse(typed).expect(typed).as_str(), "Ann Lee");
        }
        for typed in [
            "\u{200b}\u{200b}",
            "\u{3164}",
            "\u{2800}",
            "\u{ad}\u{3000}",
            "\u{e0041}",
        ] {
            assert_eq!(FullName::parse(typed), Err(Problem::Missing), "{typed:?}");
        }
        for typed in ["\u{202e}Ann", "Ann\u{2066}Lee", "Ann\u{7}"] {
            assert_eq!(
                FullName::parse(typed),
                Err(Problem::NameInvalid),
                "{typed:?}"
            );
        }
        assert!(FullName::parse(&"😀".repeat(100)).is_ok());
        assert_eq!(
            FullName::parse(&format!("Z{}", "\u{301}".repeat(100))),
            Err(Problem::TooLong)
        );
    }
}
