use core::fmt;

use serde::{Deserialize, Serialize};

use super::Problem;
use super::name::forges_a_line;

/// A payment's id: 128 random bits in hexadecimal. It opens nothing to anybody but its owner.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaymentId(String);

/// A text that is no payment's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a payment")]
pub struct NoPaymentId;

impl PaymentId {
    /// The id of these random bits.
    pub fn from_bits(bits: u128) -> Self {
        Self(format!("{bits:032x}"))
    }

    /// `None` unless it has the shape of an id of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let shaped =
            text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        shaped.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PaymentId {
    type Error = NoPaymentId;

    fn try_from(text: String) -> Result<Self, NoPaymentId> {
        Self::parse(&text).ok_or(NoPaymentId)
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

/// Who gets the money, as the payer wrote it: one line of any script.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(String);

impl Recipient {
    /// As many as a bank's message has room for (ISO 20022, `Max70Text` in SEPA's use).
    pub const MAX_CHARS: usize = 70;
    /// The same, for the `maxlength` of a field.
    pub const MAX_CHARS_U16: u16 = 70;

    pub fn parse(typed: &str) -> Result<Self, Problem> {
        match line(typed, Self::MAX_CHARS)? {
            "" => Err(Problem::Missing),
            text => Ok(Self(text.to_owned())),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Hidden from logs: whom somebody pays is their own affair (LEAK-04).
impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipient")
    }
}

/// What a payment is for, as the payer wrote it; may be empty.
#[derive(Clone, PartialEq, Eq)]
pub struct Description(String);

impl Description {
    /// As many as a bank's message has room for (ISO 20022, `Max140Text`).
    pub const MAX_CHARS: usize = 140;
    /// The same, for the `maxlength` of a field.
    pub const MAX_CHARS_U16: u16 = 140;

    pub fn parse(typed: &str) -> Result<Self, Problem> {
        line(typed, Self::MAX_CHARS).map(|text| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Description")
    }
}

/// One line of at most `most` characters, trimmed.
fn line(typed: &str, most: usize) -> Result<&str, Problem> {
    let typed = typed.trim();
    if typed.len() > most * 4 || typed.chars().count() > most {
        return Err(Problem::TooLong);
    }
    if typed.chars().any(forges_a_line) {
        return Err(Problem::LineInvalid);
    }
    Ok(typed)
}

/// Where a payment stands (product.md, section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// It waits for its code.
    Pending,
    /// It is to be carried out, and nobody has said yet that it was.
    Processing,
    Completed,
    Failed,
    /// Nobody confirmed it in time.
    Expired,
}

impl PaymentStatus {
    const ALL: [Self; 5] = [
        Self::Pending,
        Self::Processing,
        Self::Completed,
        Self::Failed,
        Self::Expired,
    ];

    /// The stored name, and the one callers of the API see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    /// `None` for anything that is not a status's stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// Why a payment came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentFailure {
    /// Its code could not be sent.
    NotSent,
    /// Too many wrong codes.
    Exhausted,
    Cancelled,
    /// Another payment was begun in its place.
    Superseded,
    /// What it stood on changed: the number, the account.
    Voided,
    /// Whoever carries payments out would not.
    Declined,
}

impl PaymentFailure {
    const ALL: [Self; 6] = [
        Self::NotSent,
        Self::Exhausted,
        Self::Cancelled,
        Self::Superseded,
        Self::Voided,
        Self::Declined,
    ];

    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Exhausted => "exhausted",
            Self::Cancelled => "cancelled",
            Self::Superseded => "superseded",
            Self::Voided => "voided",
            Self::Declined => "declined",
        }
    }

    /// `None` for anything that is not a failure's stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|failure| failure.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_as_what_they_stand_for() {
        for status in PaymentStatus::ALL {
            assert_eq!(PaymentStatus::from_name(status.as_str()), Some(status));
        }
        for failure in PaymentFailure::ALL {
            assert_eq!(PaymentFailure::from_name(failure.as_str()), Some(failure));
        }
        assert_eq!(PaymentStatus::from_name("Completed"), None);
        assert_eq!(PaymentFailure::from_name(""), None);
    }

    #[test]
    fn a_recipient_is_one_line_of_any_script() {
        for typed in ["Acme Inc.", " 株式会社 ", "Müller & Söhne <GmbH>", "آریا"] {
            let read = Recipient::parse(typed).expect(typed);
            assert_eq!(read.as_str(), typed.trim());
        }
        assert_eq!(Recipient::parse("  "), Err(Problem::Missing));
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
    fn a_description_may_be_missing_but_not_span_lines() {
        assert_eq!(Description::parse(" ").expect("nothing").as_str(), "");
        assert_eq!(Description::parse("a\r\nb"), Err(Problem::LineInvalid));
        assert_eq!(Description::parse(&"a".repeat(141)), Err(Problem::TooLong));
    }

    #[test]
    fn only_ids_of_our_own_shape_are_ids() {
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
