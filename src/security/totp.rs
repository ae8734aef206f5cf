//! Codes of an authenticator app: RFC 6238 with SHA-1, six digits and 30 seconds, the one set of
//! parameters that every app knows.
//!
//! Written out rather than taken from a crate: what decides here is which time step a code
//! belongs to, so that it can be burned (TOTP-01), and the crates answer yes or no.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};
use zeroize::Zeroizing;

use super::token::random;
use domain::{CodeLength, OneTimeCode, Timestamp};

/// What the apps show, whatever the length of the provider's codes is.
pub const CODE_LENGTH: CodeLength = CodeLength::SIX;

/// 160 bits, as RFC 4226 section 4 recommends; 128 are its least.
const SECRET_BYTES: usize = 20;
const STEP_MILLIS: i64 = 30_000;
const ISSUER: &str = "Sallyport";

/// The secret an app and this server share. Prints as its name, and is overwritten when it goes.
#[derive(Clone)]
pub struct TotpSecret(Zeroizing<[u8; SECRET_BYTES]>);

/// A time step of RFC 6238: the number of whole 30 seconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeStep(i64);

impl TimeStep {
    /// The step this moment is in.
    pub const fn at(now: Timestamp) -> Self {
        Self(now.as_millis().div_euclid(STEP_MILLIS))
    }

    /// A step as the store gave it back.
    pub const fn from_stored(number: i64) -> Self {
        Self(number)
    }

    pub const fn number(self) -> i64 {
        self.0
    }

    const fn before(self) -> Self {
        Self(self.0 - 1)
    }
}

impl TotpSecret {
    /// A new one, for one enrolment (TOTP-05).
    pub fn generate() -> Self {
        Self(Zeroizing::new(random()))
    }

    /// `None` unless there are exactly as many bytes as ours have.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.try_into().ok()?;
        Some(Self(Zeroizing::new(bytes)))
    }

    /// For sealing and nothing else.
    pub fn expose(&self) -> &[u8] {
        &*self.0
    }

    /// The step in which `code` is right: the current one or the one before, so that a code
    /// typed just before it changes still counts (TOTP-02).
    ///
    /// Equal codes in both count as the later one's: whoever burns it burns both (TOTP-09). Both
    /// are always worked out and compared in constant time.
    pub fn matching_step(&self, code: &OneTimeCode, now: Timestamp) -> Option<TimeStep> {
        let current = TimeStep::at(now);
        let earlier = current.before();
        let is_current = self.shows(code, current);
        let is_earlier = self.shows(code, earlier);
        let step = i64::conditional_select(&earlier.0, &current.0, is_current);
        bool::from(is_current | is_earlier).then_some(TimeStep(step))
    }

    fn shows(&self, code: &OneTimeCode, step: TimeStep) -> Choice {
        let shown = Zeroizing::new(format!("{:06}", self.number_at(step)));
        shown.as_bytes().ct_eq(code.expose().as_bytes())
    }

    /// RFC 4226, section 5.3, with the step as the counter.
    fn number_at(&self, step: TimeStep) -> u32 {
        // HMAC takes keys of any length; this cannot fail.
        let digest: [u8; 20] = Hmac::<Sha1>::new_from_slice(self.expose())
            .map(|mac| {
                mac.chain_update(step.0.to_be_bytes())
                    .finalize()
                    .into_bytes()
            })
            .unwrap_or_default()
            .into();
        let offset = usize::from(digest[19] & 15);
        let bytes = [0, 1, 2, 3].map(|at| digest[offset + at]);
        (u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000
    }

    /// The secret as a person types it into an app that cannot take the picture: base32, which
    /// has no 0, 1 or 8 to confuse, in groups of four.
    pub fn manual_key(&self) -> String {
        let text = self.base32();
        let groups: Vec<&str> = (0..text.len())
            .step_by(4)
            .map(|at| &text[at..(at + 4).min(text.len())])
            .collect();
        groups.join(" ")
    }

    /// What the QR code says: the "Key URI Format" that every app reads. Usernames hold only
    /// letters, digits, dots, dashes and underscores, so there is nothing to escape in them.
    pub fn uri(&self, username: &str) -> String {
        let secret = self.base32();
        format!(
            "otpauth://totp/{ISSUER}:{username}?secret={}&issuer={ISSUER}&algorithm=SHA1&digits=6&period=30",
            *secret
        )
    }

    /// RFC 4648, section 6. Twenty bytes are thirty-two letters: nothing to pad.
    fn base32(&self) -> Zeroizing<String> {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let letters = self.0.chunks_exact(5).flat_map(|five| {
            let bits = five
                .iter()
                .fold(0, |bits, byte| bits << 8 | usize::from(*byte));
            (0..8)
                .rev()
                .map(move |at| char::from(ALPHABET[bits >> (at * 5) & 31]))
        });
        Zeroizing::new(letters.collect())
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed of RFC 6238, appendix B.
    fn reference() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").expect("twenty bytes")
    }

    fn code(digits: &str) -> OneTimeCode {
        OneTimeCode::parse(digits, CODE_LENGTH).expect("six digits")
    }

    fn code_at(secret: &TotpSecret, step: TimeStep) -> OneTimeCode {
        code(&format!("{:06}", secret.number_at(step)))
    }

    const fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    /// RFC 6238, appendix B: the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        for (secs, digits) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = reference().matching_step(&code(digits), at(secs));
            assert_eq!(step, Some(TimeStep(secs / 30)), "{digits} at {secs}");
        }
    }

    /// TOTP-02
    #[test]
    fn a_code_counts_in_its_own_step_and_in_the_next_and_never_else() {
        const SHOWN: i64 = 1_767_225_600;
        let secret = reference();
        let step = TimeStep::at(at(SHOWN));
        let code = code_at(&secret, step);
        for second in -120..=120 {
            let matched = secret.matching_step(&code, at(SHOWN + second));
            let counts = (0..60).contains(&second);
            assert_eq!(
                matched,
                counts.then_some(step),
                "{second} s after it was first shown"
            );
        }
    }

    /// TOTP-09
    #[test]
    fn equal_codes_in_two_steps_count_as_the_later_one() {
        // A chance of one in a million: the reference seed's first in 2026.
        let twin = TimeStep(59_061_240);
        let secret = reference();
        assert_eq!(
            secret.number_at(twin),
            secret.number_at(TimeStep(twin.0 + 1))
        );
        let shown = code_at(&secret, twin);
        let at_step = |number| Timestamp::from_millis(number * STEP_MILLIS);
        assert_eq!(secret.matching_step(&shown, at_step(twin.0)), Some(twin));
        let next = Some(TimeStep(twin.0 + 1));
        assert_eq!(secret.matching_step(&shown, at_step(twin.0 + 1)), next);
        assert_eq!(secret.matching_step(&shown, at_step(twin.0 + 2)), next);
    }

    /// TOTP-05
    #[test]
    fn secrets_are_long_random_and_never_printed() {
        let (one, two) = (TotpSecret::generate(), TotpSecret::generate());
        assert_eq!(one.expose().len() * 8, 160);
        assert_ne!(one.expose(), two.expose());
        assert_eq!(format!("{one:?}"), "TotpSecret");
        assert!(TotpSecret::from_bytes(&[0; 15]).is_none());
    }

    #[test]
    fn an_app_is_told_everything_it_needs() {
        assert_eq!(
            reference().uri("ann.lee"),
            "otpauth://totp/Sallyport:ann.lee?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Sallyport&algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(
            reference().manual_key(),
            "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
        );
    }
}
