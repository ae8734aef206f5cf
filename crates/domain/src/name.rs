use core::fmt;

use super::Problem;

/// The name a person signs in with, as typed and checked.
///
/// Letters, digits, dot, dash and underscore of ASCII, beginning and ending with a letter or
/// digit. With that alphabet Unicode normalisation has nothing left to do, look-alike letters
/// cannot exist, and no username can be mistaken for an e-mail address (REG-03, REG-04).
#[derive(Clone, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    pub const MIN_CHARS: usize = 3;
    pub const MAX_CHARS: usize = 64;

    pub fn parse(typed: &str) -> Result<Self, Problem> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(Problem::Missing);
        }
        if typed.len() > Self::MAX_CHARS * 4 || typed.chars().count() > Self::MAX_CHARS {
            return Err(Problem::TooLong);
        }
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let fits = typed.len() >= Self::MIN_CHARS
            && edge(typed.chars().next())
            && edge(typed.chars().last())
            && typed
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        fits.then(|| Self(typed.to_owned()))
            .ok_or(Problem::UsernameInvalid)
    }

    /// What is compared and unique: lower case.
    pub fn canonical(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Username")
    }
}

/// A person's name as they write it: any script, no control characters, trimmed.
#[derive(Clone, PartialEq, Eq)]
pub struct FullName(String);

impl FullName {
    pub const MAX_CHARS: usize = 100;

    pub fn parse(typed: &str) -> Result<Self, Problem> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(Problem::Missing);
        }
        if typed.len() > Self::MAX_CHARS * 4 || typed.chars().count() > Self::MAX_CHARS {
            return Err(Problem::TooLong);
        }
        if typed.chars().any(forges_a_line) {
            return Err(Problem::NameInvalid);
        }
        Ok(Self(typed.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Line breaks and bidirectional overrides could forge what a log or a page shows.
pub(super) fn forges_a_line(c: char) -> bool {
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
    fn usernames_differing_in_case_are_one_and_the_same() {
        let one = Username::parse(" Ann.Lee ").expect("valid");
        let two = Username::parse("ann.lee").expect("valid");
        assert_eq!(one.canonical(), two.canonical());
        assert_eq!(one.as_str(), "Ann.Lee");
    }

    #[test]
    fn look_alikes_and_email_shapes_are_no_usernames() {
        for typed in [
            "ＡＤＭＩＮ",
            "admin\u{200b}",
            "аdmin",
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
        assert!(Username::parse(&"a".repeat(64)).is_ok());
    }

    #[test]
    fn a_full_name_may_be_of_any_script_but_not_forge_a_line() {
        for typed in ["Ann Lee", "李 安", "O'Brien-Ünal"] {
            assert_eq!(FullName::parse(typed).expect(typed).as_str(), typed);
        }
        assert_eq!(FullName::parse("Ann\r\nLee"), Err(Problem::NameInvalid));
        assert_eq!(FullName::parse("Ann\u{202e}Lee"), Err(Problem::NameInvalid));
        assert_eq!(FullName::parse("  "), Err(Problem::Missing));
    }
}
