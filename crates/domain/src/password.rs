use core::fmt;

use super::Problem;

/// The fewest characters of a password that is one factor of two (NIST SP 800-63B-4).
pub const MIN_PASSWORD_CHARS: usize = 8;
/// The most bytes of a password; longer ones are refused, never cut (REG-05).
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// A password somebody typed. It is not `Serialize`, and printing it prints the type's name.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// A password to be set: length rules apply. Spaces count; nothing is trimmed.
    pub fn parse_new(typed: String) -> Result<Self, Problem> {
        if typed.is_empty() {
            return Err(Problem::Missing);
        }
        if typed.len() > MAX_PASSWORD_BYTES {
            return Err(Problem::PasswordTooLong);
        }
        if typed.chars().count() < MIN_PASSWORD_CHARS {
            return Err(Problem::PasswordTooShort);
        }
        Ok(Self(typed))
    }

    /// A password to be compared: only the upper bound applies, so that nothing about the rules
    /// of today locks out a password of yesterday.
    pub fn parse_existing(typed: String) -> Result<Self, Problem> {
        if typed.is_empty() {
            return Err(Problem::Missing);
        }
        if typed.len() > MAX_PASSWORD_BYTES {
            return Err(Problem::PasswordTooLong);
        }
        Ok(Self(typed))
    }

    /// The text itself, for hashing and for the blocklist.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

/// A rough hint shown while typing. The server's rules decide; this only guides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    TooShort,
    Weak,
    Fair,
    Good,
    Strong,
}

impl Strength {
    /// Judged by length and variety alone: no dictionary travels to the browser.
    pub fn of(typed: &str) -> Self {
        let chars = typed.chars().count();
        if chars < MIN_PASSWORD_CHARS {
            return Self::TooShort;
        }
        let mut seen: Vec<char> = typed.chars().collect();
        seen.sort_unstable();
        seen.dedup();
        // "aaaaaaaaaaaa" is twelve characters of one: only distinct ones carry weight.
        match seen.len() + chars / 4 {
            ..=7 => Self::Weak,
            8..=11 => Self::Fair,
            12..=15 => Self::Good,
            _ => Self::Strong,
        }
    }

    /// 0 (too short) to 4 (strong).
    pub const fn score(self) -> u8 {
        self as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_characters_below_and_bytes_above() {
        assert_eq!(
            Password::parse_new("1234567".into()),
            Err(Problem::PasswordTooShort)
        );
        assert!(Password::parse_new("12345678".into()).is_ok());
        assert!(Password::parse_new("🔑".repeat(64)).is_ok());
        assert!(Password::parse_new("a".repeat(1024)).is_ok());
        assert_eq!(
            Password::parse_new("a".repeat(1025)),
            Err(Problem::PasswordTooLong)
        );
    }

    #[test]
    fn spaces_belong_to_the_password() {
        let password = Password::parse_new("  spaced  ".into()).expect("ten characters");
        assert_eq!(password.expose(), "  spaced  ");
    }

    #[test]
    fn strength_grows_with_length_and_variety() {
        assert_eq!(Strength::of("short"), Strength::TooShort);
        assert_eq!(Strength::of("aaaaaaaaaaaa"), Strength::Weak);
        assert_eq!(
            Strength::of("correct horse battery staple"),
            Strength::Strong
        );
        assert!(Strength::of("Tr0ub4dor") >= Strength::Fair);
    }
}
