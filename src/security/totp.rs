//! Codes of authenticator apps (RFC 6238): SHA-1, six digits and steps of 30 seconds, the only parameters that every
//! app supports.

use std::fmt;
use std::time::Duration;

use totp_rs::{Builder, Secret, Totp};

use super::token::random;
use domain::{CodeLength, OneTimeCode, Timestamp};

/// The number of digits that the apps show. It does not depend on the length of the provider's codes.
pub const CODE_LENGTH: CodeLength = CodeLength::SIX;

/// 160 bits, as RFC 4226 recommends in section 4. It requires at least 128.
const SECRET_BYTES: usize = 20;
const STEP_SECS: u64 = 30;
/// The length of a time step.
pub const STEP: Duration = Duration::from_secs(STEP_SECS);
/// How far from the server's clock a code is recognised, in time steps: 10 minutes.
const RECOGNISED_STEPS: u64 = 20;
/// For how long a recognised code could be accepted: 10 minutes until its step, and the step after it.
pub const RECOGNISED_TIME: Duration = Duration::from_secs((RECOGNISED_STEPS + 2) * STEP_SECS);

/// The secret that an authenticator app shares with this server.
///
/// Prints as its type name. The memory is overwritten when it is dropped.
#[derive(Clone)]
pub struct TotpSecret(Secret);

/// A time step of RFC 6238: the number of whole 30-second periods since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeStep(i64);

impl TimeStep {
    /// A step that was read from the database.
    pub const fn from_stored(number: i64) -> Self {
        Self(number)
    }

    /// The time step of a time.
    pub fn at(time: Timestamp) -> Self {
        Self(i64::try_from(unix_seconds(time) / STEP_SECS).unwrap_or(i64::MAX))
    }

    pub const fn number(self) -> i64 {
        self.0
    }
}

impl TotpSecret {
    /// Generates a secret for one enrolment.
    pub fn generate() -> Self {
        Self(Secret::new_stack(random()))
    }

    /// `None` unless `bytes` has the length of a secret.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; SECRET_BYTES] = bytes.try_into().ok()?;
        Some(Self(Secret::new_stack(bytes)))
    }

    /// The bytes of the secret. They may only be encrypted.
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The step that `code` belongs to: the current one, the one before or the one after (RFC 6238, section 6). So a code
    /// is accepted if it changes while the user types it, and if the clock of the app is up to 30 seconds fast.
    ///
    /// If steps have the same code, returns the latest one: marking it as used also blocks the earlier ones. All codes
    /// are always computed, and each is compared in constant time.
    pub fn matching_step(&self, code: &OneTimeCode, now: Timestamp) -> Option<TimeStep> {
        let totp = self.totp("", "");
        let now = unix_seconds(now);
        let later = totp.check(code.expose(), now.saturating_add(STEP_SECS));
        let current = totp.check(code.expose(), now);
        let earlier = totp.check(code.expose(), now.saturating_sub(STEP_SECS));
        let step = later.or(current).or(earlier)?;
        i64::try_from(step).ok().map(TimeStep)
    }

    /// Whether `code` belongs to a step after `used` that is at most 10 minutes away from `now` and that
    /// [`TotpSecret::matching_step`] does not accept. The clock of such an app is wrong.
    ///
    /// The answer helps a guesser unless the caller makes the code invalid (docs/security.md#totp-02).
    pub fn is_code_of_another_time(
        &self,
        code: &OneTimeCode,
        used: TimeStep,
        now: Timestamp,
    ) -> bool {
        if self.matching_step(code, now).is_some() {
            return false;
        }
        let totp = self.totp("", "");
        let present = unix_seconds(now) / STEP_SECS;
        let first = present.saturating_sub(RECOGNISED_STEPS);
        (first..=present.saturating_add(RECOGNISED_STEPS))
            .filter(|step| i64::try_from(*step).is_ok_and(|step| TimeStep(step) > used))
            .any(|step| totp.check(code.expose(), step * STEP_SECS).is_some())
    }

    /// The secret in groups of four base32 letters, for users who cannot scan the QR code.
    pub fn manual_key(&self) -> String {
        let text = self.0.to_base32();
        let groups: Vec<&str> = (0..text.len())
            .step_by(4)
            .map(|at| &text[at..(at + 4).min(text.len())])
            .collect();
        groups.join(" ")
    }

    /// The content of the QR code for this user of the service `issuer`: a URI of the
    /// [Key URI Format](https://github.com/google/google-authenticator/wiki/Key-Uri-Format).
    ///
    /// It also names the parameters that have their default values, which `totp-rs` leaves out.
    #[expect(
        clippy::expect_used,
        reason = "username and issuer are not empty and have no colon, and totp-rs reports no other error"
    )]
    pub fn uri(&self, username: &str, issuer: &str) -> String {
        let uri = self.totp(username, issuer).to_url();
        let uri = uri.expect("a valid username and issuer");
        let digits = CODE_LENGTH.digits();
        format!("{uri}&algorithm=SHA1&digits={digits}&period={STEP_SECS}")
    }

    /// Tolerates no clock skew: `matching_step` decides itself which steps it accepts.
    fn totp(&self, username: &str, issuer: &str) -> Totp {
        Builder::new()
            .with_secret(self.0.clone())
            .with_step_duration(STEP_SECS)
            .with_skew(0)
            .with_issuer(Some(issuer))
            .with_account_name(username)
            .build_noncompliant()
    }
}

/// RFC 6238 counts from the Unix epoch. An earlier time counts as the epoch.
fn unix_seconds(time: Timestamp) -> u64 {
    u64::try_from(time.as_millis() / 1000).unwrap_or(0)
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
        let secs = u64::try_from(step.0).expect("after the epoch") * STEP_SECS;
        code(&secret.totp("", "").generate(secs).to_string())
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
    fn code_is_accepted_in_its_own_step_and_in_the_two_adjacent_ones_only() {
        const SHOWN: i64 = 1_767_225_600;
        let secret = reference();
        let step = TimeStep(SHOWN / 30);
        let code = code_at(&secret, step);
        for second in -120..=120 {
            let matched = secret.matching_step(&code, at(SHOWN + second));
            let accepted = (-30..60).contains(&second);
            assert_eq!(
                matched,
                accepted.then_some(step),
                "{second} s after it was first shown"
            );
        }
    }

    #[test]
    fn code_of_an_app_whose_clock_is_up_to_ten_minutes_off_is_recognised() {
        const NOW: i64 = 1_767_225_600;
        let secret = reference();
        let present = TimeStep(NOW / 30);
        for offset in -25..=25 {
            let code = code_at(&secret, TimeStep(present.0 + offset));
            let expected = (2..=20).contains(&offset.abs());
            let never = TimeStep(0);
            let found = secret.is_code_of_another_time(&code, never, at(NOW));
            assert_eq!(found, expected, "{offset} steps");
            // A step that was used, and those before it, say nothing about the clock.
            let used = TimeStep(present.0 + offset);
            assert!(!secret.is_code_of_another_time(&code, used, at(NOW)));
        }
    }

    #[test]
    fn code_that_two_adjacent_steps_share_matches_the_later_step() {
        // The first two steps in a row with the same code for the reference seed in 2026. The chance is
        // one in a million.
        let twin = TimeStep(59_061_240);
        let secret = reference();
        let shown = code_at(&secret, twin);
        assert_eq!(shown, code_at(&secret, TimeStep(twin.0 + 1)));
        let at_step = |number| at(number * 30);
        let before = secret.matching_step(&shown, at_step(twin.0 - 1));
        assert_eq!(before, Some(twin));
        let next = Some(TimeStep(twin.0 + 1));
        assert_eq!(secret.matching_step(&shown, at_step(twin.0)), next);
        assert_eq!(secret.matching_step(&shown, at_step(twin.0 + 1)), next);
        assert_eq!(secret.matching_step(&shown, at_step(twin.0 + 2)), next);
    }

    #[test]
    fn secret_has_160_random_bits_and_is_never_printed() {
        let (one, two) = (TotpSecret::generate(), TotpSecret::generate());
        assert_eq!(one.expose().len() * 8, 160);
        assert_ne!(one.expose(), two.expose());
        assert_eq!(format!("{one:?}"), "TotpSecret");
        assert!(TotpSecret::from_bytes(&[0; 15]).is_none());
    }

    #[test]
    fn uri_and_manual_key_describe_the_secret_to_an_app() {
        assert_eq!(
            reference().uri("ann.lee", "Sallyport"),
            "otpauth://totp/Sallyport:ann.lee?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Sallyport&algorithm=SHA1&digits=6&period=30"
        );
        let branded = reference().uri("ann.lee", "Acme Bank & S\u{f6}hne");
        assert!(
            branded.starts_with("otpauth://totp/Acme%20Bank%20%26%20S%C3%B6hne:ann.lee?"),
            "{branded}"
        );
        assert!(!branded.contains("Sallyport"));
        assert_eq!(
            reference().manual_key(),
            "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
        );
    }
}
