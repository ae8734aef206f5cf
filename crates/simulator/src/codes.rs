//! What is the same at both providers: numbers, codes, and how a call tells one.

use rand::{Rng, RngExt};

/// `+`, no leading zero, 7 to 15 digits (ITU-T E.164).
pub(super) fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && digits.bytes().all(|digit| digit.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

/// Uniform over all strings of that many digits; a leading zero is as likely as any other digit.
pub(super) fn random_code(length: u8, rng: &mut impl Rng) -> String {
    (0..length.clamp(4, 10))
        .map(|_| char::from(rng.random_range(b'0'..=b'9')))
        .collect()
}

/// What a call says: the digits one by one, and all of them twice.
pub(super) fn spoken(name: &str, code: &str) -> String {
    let digits: Vec<String> = code.chars().map(String::from).collect();
    let spoken = digits.join(", ");
    format!("Your {name} verification code is: {spoken}. Once again: {spoken}.")
}
