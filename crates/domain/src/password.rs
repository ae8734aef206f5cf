use core::fmt;

use crate::problem::Problem;

/// Minimum length of a password in characters, for accounts with a second factor (NIST SP 800-63B-4).
pub const MIN_PASSWORD_CHARS: usize = 8;
/// Maximum length of a password in bytes. Longer passwords are refused, never truncated.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// Password that a user has typed. The type is not `Serialize`, and `Debug` prints only the name of the type.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Parses a new password and checks its minimum and maximum length. Spaces count.
    pub fn parse_as_new_password(typed: String) -> Result<Self, Problem> {
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

    /// Parses a password for comparison with a stored hash.
    ///
    /// The minimum length does not apply, so that older passwords stay usable.
    pub fn parse_as_existing_password(typed: String) -> Result<Self, Problem> {
        if typed.is_empty() {
            return Err(Problem::Missing);
        }
        if typed.len() > MAX_PASSWORD_BYTES {
            return Err(Problem::PasswordTooLong);
        }
        Ok(Self(typed))
    }

    /// Returns the password text, only for hashing and for comparison with the password blocklist.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

/// Estimated strength of a password, shown as a hint while the user types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    TooShort,
    Weak,
    Fair,
    Good,
    Strong,
}

impl Strength {
    /// Estimates the strength of a password from its length and variety of characters.
    pub fn estimate_password_strength(typed: &str) -> Self {
        let chars = typed.chars().count();
        if chars < MIN_PASSWORD_CHARS {
            return Self::TooShort;
        }
        let mut seen: Vec<char> = typed.chars().collect();
        seen.sort_unstable();
        seen.dedup();
        // Repeated characters add little: "aaaaaaaaaaaa" is weak.
        match seen.len() + chars / 4 {
            ..=7 => Self::Weak,
            8..=11 => Self::Fair,
            12..=15 => Self::Good,
            _ => Self::Strong,
        }
    }

    /// Returns the strength as a number from 0 (too short) to 4 (strong).
    pub const fn score_from_0_to_4(self) -> u8 {
        self as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_minimum_counts_characters_and_maximum_counts_bytes() {
        assert_eq!(
            Password::parse_as_new_password("1234567".into()),
            Err(Problem::PasswordTooShort)
        );
        assert!(Password::parse_as_new_password("12345678".into()).is_ok());
        assert!(Password::parse_as_new_password("🔑".repeat(64)).is_ok());
        assert!(Password::parse_as_new_password("a".repeat(1024)).is_ok());
        assert_eq!(
            Password::parse_as_new_password("a".repeat(1025)),
            Err(Problem::PasswordTooLong)
        );
    }

    #[test]
    fn spaces_are_part_of_the_password() {
        let password =
            Password::parse_as_new_password("  spaced  ".into()).expect("password is long enough");
        assert_eq!(password.expose(), "  spaced  ");
    }

    #[test]
    fn password_strength_grows_with_length_and_variety() {
        assert_eq!(
            Strength::estimate_password_strength("short"),
            Strength::TooShort
        );
        assert_eq!(
            Strength::estimate_password_strength("aaaaaaaaaaaa"),
            Strength::Weak
        );
        assert_eq!(
            Strength::estimate_password_strength("correct horse battery staple"),
            Strength::Strong
        );
        assert!(Strength::estimate_password_strength("Tr0ub4dor") >= Strength::Fair);
    }
}
