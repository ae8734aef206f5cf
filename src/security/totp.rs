//! Codes of an authenticator app (RFC 6238): SHA-1, six digits, 30 seconds. Every app supports these parameters.
//!
//! `totp-rs` computes and checks the codes and describes the secret to the app. This module decides which time steps
//! count, so that the store can use up the step of an accepted code.

use std::fmt;

use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

use super::token::random;
use domain::{CodeLength, OneTimeCode, Timestamp};

/// The length of an authenticator code. It does not depend on the length of the provider's codes.
pub const CODE_LENGTH: CodeLength = CodeLength::SIX;

/// 160 bits, the length that RFC 4226 section 4 recommends. Its minimum is 128.
const SECRET_BYTES: usize = 20;
const STEP_SECS: i64 = 30;
const ISSUER: &str = "Sallyport";

/// The secret that an authenticator app and the server share. Prints as its type name, and is overwritten when dropped.
#[derive(Clone)]
pub struct TotpSecret(Zeroizing<[u8; SECRET_BYTES]>);

/// A time step of RFC 6238: the number of whole 30 seconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeStep(i64);

impl TimeStep {
    /// The step that contains this moment.
    pub const fn at(now: Timestamp) -> Self {
        Self(now.as_millis().div_euclid(STEP_SECS * 1000))
    }

    /// A step read from the database.
    pub const fn from_stored(number: i64) -> Self {
        Self(number)
    }

    /// The number of the step, as the database stores it.
    pub const fn number(self) -> i64 {
        self.0
    }

    const fn before(self) -> Self {
        Self(self.0 - 1)
    }

    /// The first second of the step. `None` before 1970.
    fn secs(self) -> Option<u64> {
        u64::try_from(self.0.checked_mul(STEP_SECS)?).ok()
    }
}

impl TotpSecret {
    /// A random secret for one enrolment.
    pub fn generate() -> Self {
        Self(Zeroizing::new(random()))
    }

    /// A secret read from the database. `None` if the length is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.try_into().ok()?;
        Some(Self(Zeroizing::new(bytes)))
    }

    /// The bytes, to be encrypted.
    pub fn expose(&self) -> &[u8] {
        &*self.0
    }

    /// The step in which `code` is correct: the current step or the one before, so that a code that is entered just
    /// before it changes still counts.
    ///
    /// If both steps have the same code, the result is the later one: using it up uses up both. Both codes are always
    /// computed, and compared in constant time.
    pub fn matching_step(&self, code: &OneTimeCode, now: Timestamp) -> Option<TimeStep> {
        let totp = self.totp("");
        let current = TimeStep::at(now);
        let earlier = current.before();
        let is_current = is_code_of(&totp, code, current);
        let is_earlier = is_code_of(&totp, code, earlier);
        match (is_current, is_earlier) {
            (true, _) => Some(current),
            (false, true) => Some(earlier),
            (false, false) => None,
        }
    }

    /// The secret for manual entry: base32 in groups of four.
    pub fn manual_key(&self) -> String {
        let text = Zeroizing::new(self.totp("").secret().to_base32());
        let groups: Vec<&str> = (0..text.len())
            .step_by(4)
            .map(|at| &text[at..(at + 4).min(text.len())])
            .collect();
        groups.join(" ")
    }

    /// The content of the QR code, in the key URI format that authenticator apps read:
    /// <https://github.com/google/google-authenticator/wiki/Key-Uri-Format>.
    ///
    /// Some apps misread a URI without the default parameters, so they are stated.
    pub fn uri(&self, username: &str) -> String {
        // Only a colon in the username is refused, and no username contains one.
        let uri = self.totp(username).to_url().unwrap_or_default();
        format!("{uri}&algorithm=SHA1&digits=6&period={STEP_SECS}")
    }

    /// Without skew: the caller decides which steps count.
    fn totp(&self, username: &str) -> Totp {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(0)
            .with_step_duration(STEP_SECS.unsigned_abs())
            .with_secret(Secret::new_stack(*self.0))
            .with_account_name(username)
            .with_issuer(Some(ISSUER))
            .build_noncompliant()
    }
}

fn is_code_of(totp: &Totp, code: &OneTimeCode, step: TimeStep) -> bool {
    step.secs()
        .is_some_and(|secs| totp.check(code.expose(), secs).is_some())
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

    /// What the app displays in this step.
    fn shown(secret: &TotpSecret, step: TimeStep) -> String {
        let secs = step.secs().expect("after 1970");
        secret.totp("").generate(secs).to_string()
    }

    fn code_at(secret: &TotpSecret, step: TimeStep) -> OneTimeCode {
        code(&shown(secret, step))
    }

    const fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    /// RFC 6238, appendix B: the last six of its eight digits.
    #[test]
    fn codes_equal_the_test_vectors_of_rfc_6238() {
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

    #[test]
    fn code_is_accepted_in_its_own_step_and_in_the_next_only() {
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

    #[test]
    fn equal_codes_in_two_steps_match_the_later_step() {
        // The first pair of equal consecutive codes of this seed in 2026.
        let twin = TimeStep(59_061_240);
        let secret = reference();
        assert_eq!(shown(&secret, twin), shown(&secret, TimeStep(twin.0 + 1)));
        let code = code_at(&secret, twin);
        let at_step = |number| Timestamp::from_millis(number * STEP_SECS * 1000);
        assert_eq!(secret.matching_step(&code, at_step(twin.0)), Some(twin));
        let next = Some(TimeStep(twin.0 + 1));
        assert_eq!(secret.matching_step(&code, at_step(twin.0 + 1)), next);
        assert_eq!(secret.matching_step(&code, at_step(twin.0 + 2)), next);
    }

    #[test]
    fn secrets_have_160_random_bits_and_are_never_printed() {
        let (one, two) = (TotpSecret::generate(), TotpSecret::generate());
        assert_eq!(one.expose().len() * 8, 160);
        assert_ne!(one.expose(), two.expose());
        assert_eq!(format!("{one:?}"), "TotpSecret");
        assert!(TotpSecret::from_bytes(&[0; 15]).is_none());
    }

    #[test]
    fn uri_and_manual_key_contain_everything_an_app_needs() {
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
