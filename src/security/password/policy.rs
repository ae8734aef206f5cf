//! Password policy: rejects common passwords and passwords that equal the user's data (docs/security.md#reg-05; NIST
//! SP 800-63B-4, section 3.1.1.2).
//!
//! `Password` checks the length. There are no composition rules. The whole password is compared: a password that only
//! contains a common word is accepted.

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use domain::typed_text::is_invisible;
use domain::{EmailAddress, FullName, Password, PhoneNumber, Problem, Username};

/// The common passwords of at least eight characters, in lower case, one in each line of the file.
static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common.txt").lines().collect());

/// The product name, rejected as a password on every site.
const PRODUCT_NAME: &str = "sallyport";

/// The maximum number of trailing digits or symbols that are ignored.
const MAX_IGNORED_TRAILING_CHARACTERS: usize = 4;

/// The user's personal data and the names of the site, which a password must not equal.
#[derive(Clone, Copy, Default)]
pub struct PasswordContext<'a> {
    /// The names of the site. The product name is always rejected.
    pub site_names: &'a [&'a str],
    pub username: Option<&'a Username>,
    pub email: Option<&'a EmailAddress>,
    pub full_name: Option<&'a FullName>,
    pub phone: Option<&'a PhoneNumber>,
}

/// Rejects common passwords. A password without visible characters, or of one repeated character, counts as common.
///
/// Also rejects a password that equals a name of the site, or the user's username, e-mail address, name or phone
/// number. Ignores up to four digits or symbols at the end of the password.
pub fn check_password(password: &Password, context: &PasswordContext<'_>) -> Result<(), Problem> {
    let password = normalize_for_comparison(password.expose());
    if COMMON.contains(password.as_str()) || is_blank_or_repeated_character(&password) {
        return Err(Problem::PasswordCommon);
    }
    let words = context.list_words_forbidden_as_password();
    let resembles = |stem: &str| {
        let joined = remove_separators(stem);
        words.contains(stem) || words.contains(&joined) || context.is_phone_number_of_user(&joined)
    };
    if strip_trailing_digits_and_symbols(&password).any(resembles) {
        return Err(Problem::PasswordResembles);
    }
    Ok(())
}

/// Returns whether a password has no visible character, or consists of one repeated character.
fn is_blank_or_repeated_character(password: &str) -> bool {
    let is_blank = |c: char| c.is_whitespace() || is_invisible(c);
    password.chars().all(is_blank) || password.chars().all(|c| password.starts_with(c))
}

/// Returns whether a password consists of digits that may be a phone number.
///
/// The server must compare such a password with the user's phone number before it saves the password.
pub fn may_password_be_phone_number(password: &Password) -> bool {
    let password = normalize_for_comparison(password.expose());
    strip_trailing_digits_and_symbols(&password)
        .any(|stem| extract_phone_digits(&remove_separators(stem)).is_some())
}

/// Returns the digits of a text that may be a phone number, without the dialling prefix.
fn extract_phone_digits(text_without_separators: &str) -> Option<&str> {
    let digits = text_without_separators.trim_start_matches(['+', '0']);
    let enough = digits.len() >= 7 && digits.bytes().all(|b| b.is_ascii_digit());
    enough.then_some(digits)
}

impl PasswordContext<'_> {
    /// Returns the normalised words that a password must not equal. Each word is listed with and without separators.
    fn list_words_forbidden_as_password(&self) -> HashSet<String> {
        let username = self.username.map(Username::as_str);
        let email = self.email.map(EmailAddress::as_str);
        let local = email
            .and_then(|email| email.rsplit_once('@'))
            .map(|(local, _)| local);
        let name = self.full_name.map(FullName::as_str);
        let parts = name
            .into_iter()
            .flat_map(|name| name.split([' ', '-', '.', ',']));
        let forbidden_texts = [Some(PRODUCT_NAME), username, email, local, name];
        let mut words = HashSet::new();
        for word in forbidden_texts
            .into_iter()
            .flatten()
            .chain(parts)
            .chain(self.site_names.iter().copied())
        {
            let word = normalize_for_comparison(word);
            words.insert(remove_separators(&word));
            words.insert(word);
        }
        // A name with two separators in a row has an empty part.
        words.remove("");
        words
    }

    /// Returns whether the digits are the user's phone number, with or without country code and dialling prefix.
    fn is_phone_number_of_user(&self, text_without_separators: &str) -> bool {
        extract_phone_digits(text_without_separators)
            .zip(self.phone)
            .is_some_and(|(digits, phone)| phone.as_e164().ends_with(digits))
    }
}

/// Normalises a text for comparison: Unicode NFKC and lower case.
fn normalize_for_comparison(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).nfc().collect()
}

/// Removes whitespace and the separators `. - _ ' ( ) /` from a text.
fn remove_separators(text: &str) -> String {
    let between =
        |c: char| c.is_whitespace() || matches!(c, '.' | '-' | '_' | '\'' | '(' | ')' | '/');
    text.chars().filter(|c| !between(*c)).collect()
}

/// Iterates over the password and its variants without the last one, two, three or four characters.
///
/// Only digits and symbols are removed.
fn strip_trailing_digits_and_symbols(password: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(password), |stem| strip_last_digit_or_symbol(stem))
        .take(MAX_IGNORED_TRAILING_CHARACTERS + 1)
}

/// Removes the last character if it is a digit or symbol. Returns `None` if it is a letter.
fn strip_last_digit_or_symbol(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    let last = chars.next_back()?;
    (!last.is_alphabetic()).then_some(chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMON: Result<(), Problem> = Err(Problem::PasswordCommon);
    const RESEMBLES: Result<(), Problem> = Err(Problem::PasswordResembles);

    /// Checks a password of the test user Ann.
    fn check_password_of_sample_user(password: &str) -> Result<(), Problem> {
        let username = Username::parse("Queen.Ann").expect("valid");
        let email = EmailAddress::parse("ann.lee+x@Example.com").expect("valid");
        let full_name = FullName::parse("Ann-Sophie Müller-O'Hara").expect("valid");
        let phone = PhoneNumber::from_e164("+447700900123").expect("valid");
        let context = PasswordContext {
            site_names: &["Acme Portal"],
            username: Some(&username),
            email: Some(&email),
            full_name: Some(&full_name),
            phone: Some(&phone),
        };
        check_password(
            &Password::parse_as_new_password(password.to_owned())?,
            &context,
        )
    }

    #[test]
    fn sixty_sample_passwords_are_accepted_or_refused_with_the_expected_problem() {
        let keys = "🔑🔒".repeat(32);
        let longest = "xy".repeat(512);
        let too_long = "x".repeat(1025);
        let table = [
            // Length: the minimum counts characters, the maximum counts bytes.
            ("1234567", Err(Problem::PasswordTooShort)),
            ("", Err(Problem::Missing)),
            ("sunrise", Err(Problem::PasswordTooShort)),
            ("🔑🔑🔑🔑🔑🔑🔑", Err(Problem::PasswordTooShort)),
            (too_long.as_str(), Err(Problem::PasswordTooLong)),
            (longest.as_str(), Ok(())),
            (keys.as_str(), Ok(())),
            ("kx7#Qm2v", Ok(())),
            // Common passwords, in any letter case and character width.
            ("password", COMMON),
            ("password1", COMMON),
            ("PASSWORD1", COMMON),
            ("PaSsWoRd123", COMMON),
            ("ｐａｓｓｗｏｒｄ", COMMON),
            ("passw0rd", COMMON),
            ("p@ssw0rd", COMMON),
            ("12345678", COMMON),
            ("123456789", COMMON),
            ("1234567890", COMMON),
            ("11111111", COMMON),
            ("qwertyuiop", COMMON),
            ("1q2w3e4r5t", COMMON),
            ("iloveyou", COMMON),
            ("baseball", COMMON),
            ("trustno1", COMMON),
            ("letmein1", COMMON),
            ("football1", COMMON),
            ("superman123", COMMON),
            ("abcd1234", COMMON),
            ("aaaaaaaa", COMMON),
            ("changeme", COMMON),
            ("asdfghjkl", COMMON),
            // The whole password is compared, and nothing is trimmed.
            ("password of a kind", Ok(())),
            ("my password1", Ok(())),
            ("  password", Ok(())),
            ("correct horse battery staple", Ok(())),
            ("trustno1trustno2", Ok(())),
            // The names of the service, and the personal data of the user.
            ("sallyport", RESEMBLES),
            ("SallyPort!", RESEMBLES),
            ("sallyport2024", RESEMBLES),
            ("sally-port", RESEMBLES),
            ("sallyport20245", Ok(())),
            ("sallyporter", Ok(())),
            ("AcmePortal", RESEMBLES),
            ("acme portal 99", RESEMBLES),
            ("queen.ann", RESEMBLES),
            ("queenann", RESEMBLES),
            ("QUEEN.ANN!?", RESEMBLES),
            ("queen.ann12345", Ok(())),
            ("ann.lee+x@example.com", RESEMBLES),
            ("ann.lee+x", RESEMBLES),
            ("AnnLee+x123", RESEMBLES),
            ("Ann-Sophie Müller-O'Hara", RESEMBLES),
            ("annsophiemüllerohara", RESEMBLES),
            ("Mu\u{308}ller12", RESEMBLES),
            ("Sophie!?12", RESEMBLES),
            ("sophie and the whale", Ok(())),
            // The phone number in international and national format.
            ("+447700900123", RESEMBLES),
            ("07700 900123", RESEMBLES),
            ("7700-900-123!", RESEMBLES),
            ("07700 900124", Ok(())),
        ];
        assert_eq!(table.len(), 60);
        for (password, expected) in table {
            assert_eq!(
                check_password_of_sample_user(password),
                expected,
                "{password}"
            );
        }
    }

    #[test]
    fn blank_password_or_one_repeated_character_counts_as_common() {
        for text in [
            "        ",
            "\u{3000}".repeat(8).as_str(),
            "\u{200b}".repeat(8).as_str(),
            " \u{200b} \u{200b} \u{3000} \u{a0}",
            "........",
            "AaAaAaAaA",
            "\u{1f511}".repeat(64).as_str(),
        ] {
            assert_eq!(check_password_of_sample_user(text), COMMON, "{text:?}");
        }
        for text in ["        x", ".......,", "aaaaaaaab"] {
            assert_eq!(check_password_of_sample_user(text), Ok(()), "{text:?}");
        }
    }

    #[test]
    fn separators_in_the_full_name_do_not_restrict_the_password() {
        let full_name = FullName::parse("Ann - Lee, Jr.").expect("valid");
        let context = PasswordContext {
            full_name: Some(&full_name),
            ..PasswordContext::default()
        };
        for text in [" .  .  . ", ".-.-.-.-", "-_-_-_-_4"] {
            let password =
                Password::parse_as_new_password(text.into()).expect("password is long enough");
            assert_eq!(check_password(&password, &context), Ok(()), "{text}");
        }
    }

    #[test]
    fn password_check_without_user_data_refuses_only_common_passwords_and_the_product_name() {
        let check = |text: &str| {
            check_password(
                &Password::parse_as_new_password(text.into())?,
                &PasswordContext::default(),
            )
        };
        assert_eq!(check("queen.ann"), Ok(()));
        assert_eq!(check("password1"), COMMON);
        assert_eq!(check("sallyport1"), RESEMBLES);
        assert_eq!(check("83017264"), Ok(()));
    }

    #[test]
    fn common_password_list_is_sorted_unique_lower_case_and_has_no_short_entry() {
        let lines: Vec<&str> = include_str!("common.txt").lines().collect();
        assert!(lines.len() >= 3_000, "{}", lines.len());
        assert!(
            lines.is_sorted_by(|a, b| a < b),
            "not sorted, or not unique"
        );
        for line in lines {
            assert!(line.chars().count() >= domain::MIN_PASSWORD_CHARS, "{line}");
            assert_eq!(normalize_for_comparison(line), line);
        }
    }

    #[test]
    fn only_a_password_of_digits_and_symbols_is_taken_for_a_possible_phone_number() {
        for (password, expected) in [
            ("07700 900123", true),
            ("+44 (7700) 900-123", true),
            ("4155550142!!", true),
            (
                "\u{ff14}\u{ff11}\u{ff15}\u{ff15}\u{ff15}\u{ff15}\u{ff10}\u{ff11}",
                true,
            ),
            ("correct horse 5550142", false),
            ("a4155550142", false),
            ("555014 ????", false),
        ] {
            let password = Password::parse_as_new_password(password.to_owned())
                .expect("password is long enough");
            assert_eq!(
                may_password_be_phone_number(&password),
                expected,
                "{}",
                password.expose()
            );
        }
    }
}
