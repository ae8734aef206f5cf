//! Derives usernames for registrations over the API that contain none.

use domain::{EmailAddress, FullName, Username};
use unicode_normalization::UnicodeNormalization as _;

use super::token::generate_username_suffix;

/// The maximum length of the part that comes from the name. A random suffix follows it.
const MAX_STEM_CHARS: usize = 40;
/// The first part of a username if neither name nor e-mail address contains a usable letter.
const FALLBACK_USERNAME: &str = "user";

/// Derives a username from a full name, or from the e-mail address if the name has no ASCII letters.
///
/// The username ends in six random characters (30 bits). Returns `None` if the username is invalid, which the tests
/// exclude.
pub fn derive_username(full_name: &FullName, email: &EmailAddress) -> Option<Username> {
    // Two concurrent registrations get different usernames, and the response does not reveal which usernames are
    // taken.
    let local = email.as_str().rsplit_once('@').map(|(local, _)| local);
    let stem = [Some(full_name.as_str()), local]
        .into_iter()
        .flatten()
        .map(to_username_without_suffix)
        .find(|stem| !stem.is_empty());
    let stem = stem.unwrap_or_else(|| FALLBACK_USERNAME.to_owned());
    Username::parse(&format!("{stem}-{}", generate_username_suffix())).ok()
}

/// Converts a text to ASCII letters and digits in lower case, without accents.
///
/// A dot stands in place of other characters.
fn to_username_without_suffix(text: &str) -> String {
    let mut stem = String::new();
    for c in text.nfd().filter(|c| !is_combining_accent(*c)) {
        if stem.len() >= MAX_STEM_CHARS {
            break;
        }
        if c.is_ascii_alphanumeric() {
            stem.push(c.to_ascii_lowercase());
        } else if !stem.is_empty() && !stem.ends_with('.') {
            stem.push('.');
        }
    }
    stem.trim_end_matches('.').to_owned()
}

/// Returns whether a character is a combining accent, which Unicode decomposition separates from a Latin letter.
const fn is_combining_accent(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Derives a username from full name and e-mail address, and returns it without the random suffix.
    fn derive_username_without_random_suffix(full_name: &str, email: &str) -> String {
        let full_name = FullName::parse(full_name).expect("a name");
        let email = EmailAddress::parse(email).expect("valid e-mail address");
        let username = derive_username(&full_name, &email).expect("a valid username");
        let (stem, suffix) = username.as_str().rsplit_once('-').expect("a suffix");
        assert_eq!(suffix.len(), 6, "{suffix}");
        stem.to_owned()
    }

    #[test]
    fn derived_username_is_valid_for_every_name() {
        for (name, stem) in [
            ("Ann Lee", "ann.lee"),
            ("Jörg  Müller-Łuk", "jorg.muller.uk"),
            ("  O'Brien, Seán ", "o.brien.sean"),
            ("山田 太郎", "b.smith"),
            ("…", "b.smith"),
            ("7", "7"),
            (&"x".repeat(100), &"x".repeat(40)),
        ] {
            assert_eq!(
                derive_username_without_random_suffix(name, "b.smith@example.com"),
                stem,
                "{name}"
            );
        }
        assert_eq!(
            derive_username_without_random_suffix("山田", "_@example.com"),
            "user"
        );
    }

    #[test]
    fn same_name_and_email_give_a_different_username_each_time() {
        let full_name = FullName::parse("Ann Lee").expect("a name");
        let email = EmailAddress::parse("ann@example.com").expect("valid e-mail address");
        let one = derive_username(&full_name, &email);
        assert_ne!(one, derive_username(&full_name, &email));
    }
}
