use core::fmt;

use serde::{Deserialize, Serialize};

/// Phone number in the E.164 format: `+` and 7 to 15 digits (ITU-T E.164). `Debug` prints the masked number.
///
/// Guarantees the format only: whether the number exists and may receive codes is checked elsewhere.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Maximum length of a typed phone number in characters, with spaces and brackets.
    pub const MAX_TYPED: usize = 40;
    /// Attribute `maxlength` of a phone number field.
    ///
    /// It exceeds [`Self::MAX_TYPED`], because a pasted number may have a label and invisible characters.
    pub const MAX_PASTED: u16 = 128;

    /// Parses a phone number in the E.164 format. Returns `None` for any other format.
    pub fn from_e164(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let is_valid = (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit());
        is_valid.then(|| Self(text.to_owned()))
    }

    /// Returns the phone number in the E.164 format, for the provider and the database.
    pub fn as_e164(&self) -> &str {
        &self.0
    }

    /// Returns the masked phone number for display, such as `+49 ***-2042`.
    ///
    /// Numbers with country code 1 have the form `(***) ***-0142`.
    pub fn masked_hint(&self) -> PhoneHint {
        let last = self
            .0
            .get(self.0.len().saturating_sub(4)..)
            .unwrap_or_default();
        PhoneHint(match self.calling_code() {
            "1" => format!("(***) ***-{last}"),
            code => format!("+{code} ***-{last}"),
        })
    }

    /// Returns the country calling code without `+`: one to three digits (ITU-T E.164, list of assigned codes).
    fn calling_code(&self) -> &str {
        const TWO_DIGITS: [&str; 44] = [
            "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45",
            "46", "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61",
            "62", "63", "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94",
            "95", "98",
        ];
        let digits = self.0.trim_start_matches('+');
        let length = match digits.get(..2).unwrap_or_default() {
            one if one.starts_with(['1', '7']) => 1,
            two if TWO_DIGITS.contains(&two) => 2,
            _ => 3,
        };
        digits.get(..length).unwrap_or_default()
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.masked_hint())
    }
}

/// Masked phone number for the browser: the country code and the last four digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhoneHint(String);

impl PhoneHint {
    /// Returns the masked number as text.
    pub fn into_text(self) -> String {
        self.0
    }

    /// Returns the last four digits of the phone number.
    pub fn last_four_digits(&self) -> &str {
        self.0
            .rsplit(|c: char| !c.is_ascii_digit())
            .next()
            .unwrap_or_default()
    }
}

impl fmt::Display for PhoneHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_phone_number_shows_the_country_code_and_four_digits() {
        for (number, hint) in [
            ("+14155556053", "(***) ***-6053"),
            ("+18765556053", "(***) ***-6053"),
            ("+79161236053", "+7 ***-6053"),
            ("+447700906053", "+44 ***-6053"),
            ("+4915123456053", "+49 ***-6053"),
            ("+989121236053", "+98 ***-6053"),
            ("+3584012346053", "+358 ***-6053"),
            ("+9715012346053", "+971 ***-6053"),
            // The shortest number has only the country code and the last four digits.
            ("+2906053", "+290 ***-6053"),
        ] {
            let number = PhoneNumber::from_e164(number).expect("valid E.164 number");
            assert_eq!(number.masked_hint().to_string(), hint);
            assert_eq!(number.masked_hint().last_four_digits(), "6053");
            assert_eq!(format!("{number:?}"), format!("PhoneNumber({hint})"));
        }
    }

    #[test]
    fn only_text_in_e164_format_is_a_phone_number() {
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
