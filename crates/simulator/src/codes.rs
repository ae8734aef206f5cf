//! Formats of phone numbers and one-time codes that both simulated providers share.

use rand::{Rng, RngExt};

/// Returns whether `text` is an E.164 phone number: `+`, then 7 to 15 digits without a leading zero.
pub(crate) fn is_e164_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && digits.bytes().all(|digit| digit.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

/// Creates a uniformly random one-time code of `length` digits, limited to 4 to 10. Leading zeros are possible.
pub(crate) fn generate_random_code(length: u8, rng: &mut impl Rng) -> String {
    (0..length.clamp(4, 10))
        .map(|_| char::from(rng.random_range(b'0'..=b'9')))
        .collect()
}

/// Returns the text of a voice call: the service name and the digits of the code, twice.
pub(crate) fn format_voice_call_text(service_name: &str, code: &str) -> String {
    let digits: Vec<String> = code.chars().map(String::from).collect();
    let spoken = digits.join(", ");
    format!("Your {service_name} verification code is: {spoken}. Once again: {spoken}.")
}
