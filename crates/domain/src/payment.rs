use core::fmt;

use serde::{Deserialize, Serialize};

use crate::name::is_line_break_or_control;
use crate::problem::Problem;
use crate::typed_text::trim_invisible_characters;

/// Payment ID: 128 random bits in hexadecimal. The ID grants no access, because only the payer can read the payment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaymentId(String);

/// Error for a text that is not a payment ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("payment ID must be 32 lower-case hexadecimal digits")]
pub struct InvalidPaymentId;

impl PaymentId {
    /// Creates a payment ID from 128 random bits.
    pub fn from_bits(bits: u128) -> Self {
        Self(format!("{bits:032x}"))
    }

    /// Parses a payment ID. Returns `None` unless `text` is 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_well_formed =
            text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        is_well_formed.then(|| Self(text.to_owned()))
    }

    /// Returns the payment ID in hexadecimal.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PaymentId {
    type Error = InvalidPaymentId;

    fn try_from(text: String) -> Result<Self, InvalidPaymentId> {
        Self::parse(&text).ok_or(InvalidPaymentId)
    }
}

impl From<PaymentId> for String {
    fn from(id: PaymentId) -> Self {
        id.0
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Recipient of a payment as the payer typed it: one line of any script.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(String);

impl Recipient {
    /// Maximum length of a payment's recipient in characters (ISO 20022, `Max70Text` in SEPA).
    pub const MAX_CHARS: usize = 70;
    /// Maximum length of the field in UTF-16 code units. It exceeds [`Self::MAX_CHARS`], so that the form can say that a
    /// pasted text is too long.
    pub const MAX_PASTED: u16 = 1_024;

    /// Parses the typed recipient of a payment, which must not be empty.
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        match parse_single_line_input(typed, Self::MAX_CHARS)? {
            "" => Err(Problem::Missing),
            text => Ok(Self(text.to_owned())),
        }
    }

    /// Returns the recipient of the payment as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Prints only the name of the type: recipients are personal data and must not reach the log.
impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipient")
    }
}

/// Purpose of a payment as the payer typed it; may be empty.
#[derive(Clone, PartialEq, Eq)]
pub struct Description(String);

impl Description {
    /// Maximum length of a payment's description in characters (ISO 20022, `Max140Text`).
    pub const MAX_CHARS: usize = 140;
    /// Maximum length of the field in UTF-16 code units. It exceeds [`Self::MAX_CHARS`], so that the form can say that a
    /// pasted text is too long.
    pub const MAX_PASTED: u16 = 1_024;

    /// Parses the typed description of a payment, which may be empty.
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        parse_single_line_input(typed, Self::MAX_CHARS).map(|text| Self(text.to_owned()))
    }

    /// Returns the description of the payment as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Description")
    }
}

/// Trims and validates a single line of text.
///
/// Refuses line breaks and more than `max_chars` characters. Returns an empty text if `typed` has only invisible
/// characters.
fn parse_single_line_input(typed: &str, max_chars: usize) -> Result<&str, Problem> {
    let typed = trim_invisible_characters(typed);
    if typed.len() > max_chars * 4 || typed.chars().count() > max_chars {
        return Err(Problem::TooLong);
    }
    if typed.chars().any(is_line_break_or_control) {
        return Err(Problem::LineInvalid);
    }
    Ok(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipient_name_is_one_line_in_any_script() {
        for typed in ["Acme Inc.", " 株式会社 ", "Müller & Söhne <GmbH>", "آریا"] {
            let read = Recipient::parse(typed).expect(typed);
            assert_eq!(read.as_str(), typed.trim());
        }
        for typed in ["  ", "\u{200b}", "\u{2800}", "\u{2066}\u{2069}"] {
            assert_eq!(Recipient::parse(typed), Err(Problem::Missing), "{typed:?}");
        }
        let pasted = Recipient::parse("\u{2068}Acme Inc.\u{2069}").expect("a recipient");
        assert_eq!(pasted.as_str(), "Acme Inc.");
        assert_eq!(Recipient::parse(&"ä".repeat(71)), Err(Problem::TooLong));
        for typed in ["Acme\nInc.", "Acme\u{202e}cnI", "Acme\0"] {
            assert_eq!(
                Recipient::parse(typed),
                Err(Problem::LineInvalid),
                "{typed:?}"
            );
        }
    }

    #[test]
    fn description_may_be_empty_but_not_span_lines() {
        assert_eq!(
            Description::parse(" ")
                .expect("empty description is valid")
                .as_str(),
            ""
        );
        assert_eq!(Description::parse("a\r\nb"), Err(Problem::LineInvalid));
        assert_eq!(Description::parse(&"a".repeat(141)), Err(Problem::TooLong));
    }

    #[test]
    fn payment_id_is_32_lower_case_hexadecimal_digits() {
        let id = "0123456789abcdef0123456789abcdef";
        assert_eq!(PaymentId::parse(id).map(String::from).as_deref(), Some(id));
        let small = PaymentId::from_bits(1);
        assert_eq!(PaymentId::parse(small.as_str()), Some(small));
        for text in [
            "",
            "0123456789ABCDEF0123456789abcdef",
            "../0123456789abcdef0123456789abcd",
        ] {
            assert_eq!(PaymentId::parse(text), None, "{text}");
        }
    }
}
