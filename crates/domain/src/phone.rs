use core::fmt;

use serde::{Deserialize, Serialize};

/// A phone number in E.164: `+` and 7 to 15 digits (ITU-T E.164).
///
/// Only its shape is checked here; whether such a number exists and may receive codes is for
/// the server, which carries the numbering plans. `Debug` prints the mask (LEAK-04).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// The most characters of a number as people write it, with spaces and brackets.
    pub const MAX_TYPED: usize = 40;
    /// The same, for the `maxlength` of a field.
    pub const MAX_TYPED_U16: u16 = 40;

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

    /// What a page may show.
    pub fn hint(&self) -> PhoneHint {
        PhoneHint(format!("(***) ***-{}", &self.0[self.0.len() - 4..]))
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.hint())
    }
}

/// A masked number: always the same width, whatever the country, and the last four digits
/// (LOG-10). Safe to show and to send to the browser.
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
    fn the_mask_shows_four_digits_and_hides_the_country() {
        let us = PhoneNumber::from_e164("+14155556053").expect("E.164");
        let uk = PhoneNumber::from_e164("+447700906053").expect("E.164");
        assert_eq!(us.hint().to_string(), "(***) ***-6053");
        assert_eq!(us.hint(), uk.hint());
        assert_eq!(format!("{us:?}"), "PhoneNumber((***) ***-6053)");
    }

    #[test]
    fn only_the_canonical_form_is_a_number() {
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
