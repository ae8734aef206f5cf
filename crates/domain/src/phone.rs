use core::fmt;

use serde::{Deserialize, Serialize};

/// A phone number in E.164: `+` and 7 to 15 digits (ITU-T E.164).
///
/// This type checks the shape only. The server, which has the numbering plans, checks whether such a number
/// exists and may receive codes. `Debug` prints the masked number.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// The maximum length in characters of a number as typed, with spaces and brackets.
    pub const MAX_TYPED: usize = 40;
    /// The `maxlength` of an input field: more than [`Self::MAX_TYPED`], because a pasted number may have a label and
    /// invisible characters, which do not count.
    pub const MAX_PASTED: u16 = 128;

    /// `None` unless `text` is already in canonical form.
    pub fn from_e164(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let right = (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit());
        right.then(|| Self(text.to_owned()))
    }

    /// The canonical form, for the provider and the store.
    pub fn as_e164(&self) -> &str {
        &self.0
    }

    /// The masked number, which pages may show.
    pub fn hint(&self) -> PhoneHint {
        PhoneHint(format!("(***) ***-{}", &self.0[self.0.len() - 4..]))
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.hint())
    }
}

/// A masked phone number: the last four digits, in the same width for every country. Safe to show and to send to
/// the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhoneHint(String);

impl fmt::Display for PhoneHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hint_shows_four_digits_and_hides_the_country() {
        let us = PhoneNumber::from_e164("+14155556053").expect("E.164");
        let uk = PhoneNumber::from_e164("+447700906053").expect("E.164");
        assert_eq!(us.hint().to_string(), "(***) ***-6053");
        assert_eq!(us.hint(), uk.hint());
        assert_eq!(format!("{us:?}"), "PhoneNumber((***) ***-6053)");
    }

    #[test]
    fn only_canonical_e164_is_a_phone_number() {
        for text in [
            "14155556053",
            "+1 415 555 6053",
            "+0123456789",
            "+12",
            "+1234567890123456",
            "+١٤١٥٥٥٥٦٠٥٣",
            "",
        ] {
            assert!(PhoneNumber::from_e164(text).is_none(), "{text}");
        }
    }
}
