//! Codes of authenticator apps (RFC 6238) with SHA-1, six digits and steps of 30 seconds, the only parameters that
//! all apps support.

use std::fmt;
use std::time::Duration;

use totp_rs::{Builder, Secret, Totp};

use super::token::generate_random_bytes;
use domain::{CodeLength, OneTimeCode, Timestamp};

/// The number of digits of an authenticator code. The provider's codes may have another length.
pub const CODE_LENGTH: CodeLength = CodeLength::SIX;

/// The length of a secret: 160 bits as RFC 4226, section 4, recommends. It requires at least 128.
const SECRET_BYTES: usize = 20;
const STEP_SECONDS: u64 = 30;
/// The length of a time step.
pub const STEP: Duration = Duration::from_secs(STEP_SECONDS);
/// The maximum number of time steps between a code and the server's clock at which the code is recognised: 10 minutes.
const RECOGNISED_STEPS: u64 = 20;
/// The time during which a recognised code could be accepted: 10 minutes, and the step after them.
pub const RECOGNISED_TIME: Duration = Duration::from_secs((RECOGNISED_STEPS + 2) * STEP_SECONDS);

/// Secret key of an authenticator app (RFC 6238).
///
/// `Debug` hides the key, and its memory is overwritten when it is dropped.
#[derive(Clone)]
pub struct TotpSecret(Secret);

/// Time step of RFC 6238: the number of 30-second periods since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeStep(i64);

impl TimeStep {
    /// Creates a TOTP time step from its number in the database.
    pub const fn from_stored(number: i64) -> Self {
        Self(number)
    }

    /// Returns the TOTP time step that contains `time`.
    pub fn from_time(time: Timestamp) -> Self {
        Self(i64::try_from(unix_seconds(time) / STEP_SECONDS).unwrap_or(i64::MAX))
    }

    /// Returns the latest TOTP time step whose code is accepted at `time`: the one after the step of `time`.
    pub fn latest_accepted_at(time: Timestamp) -> Self {
        Self(Self::from_time(time).0.saturating_add(1))
    }

    /// Returns the number of this TOTP time step, as stored in the database.
    pub const fn step_number(self) -> i64 {
        self.0
    }
}

impl TotpSecret {
    /// Generates a random secret key for a new authenticator app.
    pub fn generate() -> Self {
        Self(Secret::new_stack(generate_random_bytes()))
    }

    /// Creates the secret key of an authenticator app from its bytes. Returns `None` if the number of bytes is wrong.
    pub fn from_bytes(secret_bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; SECRET_BYTES] = secret_bytes.try_into().ok()?;
        Some(Self(Secret::new_stack(bytes)))
    }

    /// Returns the bytes of the authenticator app's secret key, to encrypt them.
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Returns the time step in which the authenticator app code `code` is correct.
    ///
    /// That is the previous, current or next one (RFC 6238, section 6). Returns `None` if the code is wrong.
    pub fn find_matching_time_step(&self, code: &OneTimeCode, now: Timestamp) -> Option<TimeStep> {
        // The adjacent steps accept a code that changes while the user types it, and one from an app whose clock is
        // up to 30 seconds fast. If several steps have the same code, the latest is returned, because marking it as
        // used also blocks the earlier ones. All codes are always computed, and each is compared in constant time.
        let totp = self.build_code_generator("", "");
        let now = unix_seconds(now);
        let later = totp.check(code.expose(), now.saturating_add(STEP_SECONDS));
        let current = totp.check(code.expose(), now);
        let earlier = totp.check(code.expose(), now.saturating_sub(STEP_SECONDS));
        let step = later.or(current).or(earlier)?;
        i64::try_from(step).ok().map(TimeStep)
    }

    /// Returns whether `code` would be correct now, but belongs to the last used time step `used` or an earlier one.
    ///
    /// The server never accepts such a code again.
    pub fn is_totp_code_of_used_time_step(
        &self,
        code: &OneTimeCode,
        used: TimeStep,
        now: Timestamp,
    ) -> bool {
        self.find_matching_time_step(code, now)
            .is_some_and(|step| step <= used)
    }

    /// Returns whether the authenticator app code `code` comes from a phone with a wrong clock.
    ///
    /// It is then correct for a time up to 10 minutes before or after `now`. Ignores time steps up to `used`. The
    /// caller must invalidate the code, because the result helps an attacker to guess codes (docs/security.md#totp-02).
    pub fn is_totp_code_of_device_with_wrong_clock(
        &self,
        code: &OneTimeCode,
        used: TimeStep,
        now: Timestamp,
    ) -> bool {
        if self.find_matching_time_step(code, now).is_some() {
            return false;
        }
        let totp = self.build_code_generator("", "");
        let present = unix_seconds(now) / STEP_SECONDS;
        let first = present.saturating_sub(RECOGNISED_STEPS);
        (first..=present.saturating_add(RECOGNISED_STEPS))
            .filter(|step| i64::try_from(*step).is_ok_and(|step| TimeStep(step) > used))
            .any(|step| totp.check(code.expose(), step * STEP_SECONDS).is_some())
    }

    /// Formats the secret key in base32 groups of four letters, for users who cannot scan the QR code.
    pub fn format_key_for_manual_entry(&self) -> String {
        let text = self.0.to_base32();
        let groups: Vec<&str> = (0..text.len())
            .step_by(4)
            .filter_map(|at| text.get(at..(at + 4).min(text.len())))
            .collect();
        groups.join(" ")
    }

    /// Returns the `otpauth:` URI in the QR code that adds this secret to an authenticator app ([Key URI
    /// Format](https://github.com/google/google-authenticator/wiki/Key-Uri-Format)). `issuer` is the name of the
    /// service.
    #[expect(
        clippy::expect_used,
        reason = "username and issuer are not empty and have no colon, and totp-rs reports no other error"
    )]
    pub fn provisioning_uri(&self, username: &str, issuer: &str) -> String {
        // `totp-rs` leaves out parameters that have their default values.
        let uri = self.build_code_generator(username, issuer).to_url();
        let uri = uri.expect("a valid username and issuer");
        let digits = CODE_LENGTH.digit_count();
        format!("{uri}&algorithm=SHA1&digits={digits}&period={STEP_SECONDS}")
    }

    /// Creates the code generator of `totp-rs`, without tolerance for clock differences.
    fn build_code_generator(&self, username: &str, issuer: &str) -> Totp {
        // `find_matching_time_step` decides which time steps are accepted.
        Builder::new()
            .with_secret(self.0.clone())
            .with_step_duration(STEP_SECONDS)
            .with_skew(0)
            .with_issuer(Some(issuer))
            .with_account_name(username)
            .build_noncompliant()
    }
}

/// Converts a time to seconds since the Unix epoch, at least 0.
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

    /// Returns the secret key of the test vectors in RFC 6238, appendix B.
    fn rfc_6238_secret() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").expect("secret has 20 bytes")
    }

    /// Parses a code that the test expects to be well formed.
    fn parse_code(digits: &str) -> OneTimeCode {
        OneTimeCode::parse(digits, CODE_LENGTH).expect("six digits")
    }

    /// Generates the code of an authenticator app for a time step.
    fn generate_code_at(secret: &TotpSecret, step: TimeStep) -> OneTimeCode {
        let secs = u64::try_from(step.0).expect("after the epoch") * STEP_SECONDS;
        parse_code(
            &secret
                .build_code_generator("", "")
                .generate(secs)
                .to_string(),
        )
    }

    /// Returns the time this number of seconds after the Unix epoch.
    const fn timestamp_at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    /// Uses the test vectors of RFC 6238, appendix B, with the last six of their eight digits.
    #[test]
    fn authenticator_codes_equal_the_test_vectors_of_rfc_6238() {
        for (secs, digits) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step =
                rfc_6238_secret().find_matching_time_step(&parse_code(digits), timestamp_at(secs));
            assert_eq!(step, Some(TimeStep(secs / 30)), "{digits} at {secs}");
        }
    }

    #[test]
    fn authenticator_code_is_accepted_in_its_step_and_the_two_adjacent_steps_only() {
        const SHOWN: i64 = 1_767_225_600;
        let secret = rfc_6238_secret();
        let step = TimeStep(SHOWN / 30);
        let code = generate_code_at(&secret, step);
        for second in -120..=120 {
            let matched = secret.find_matching_time_step(&code, timestamp_at(SHOWN + second));
            let accepted = (-30..60).contains(&second);
            assert_eq!(
                matched,
                accepted.then_some(step),
                "{second} s after it was first shown"
            );
        }
    }

    #[test]
    fn no_code_of_a_step_after_the_latest_accepted_one_is_accepted() {
        const NOW: i64 = 1_767_225_617;
        let secret = rfc_6238_secret();
        let latest = TimeStep::latest_accepted_at(timestamp_at(NOW));
        let is_accepted = |step| {
            let code = generate_code_at(&secret, step);
            secret.find_matching_time_step(&code, timestamp_at(NOW)) == Some(step)
        };
        assert!(is_accepted(latest));
        assert!(!is_accepted(TimeStep(latest.0 + 1)));
    }

    #[test]
    fn totp_code_from_a_clock_wrong_by_up_to_ten_minutes_is_recognised_as_such() {
        const NOW: i64 = 1_767_225_600;
        let secret = rfc_6238_secret();
        let present = TimeStep(NOW / 30);
        for offset in -25..=25 {
            let code = generate_code_at(&secret, TimeStep(present.0 + offset));
            let expected = (2..=20).contains(&offset.abs());
            let never = TimeStep(0);
            let found =
                secret.is_totp_code_of_device_with_wrong_clock(&code, never, timestamp_at(NOW));
            assert_eq!(found, expected, "{offset} steps");
            // Used steps and earlier ones do not show whether the clock is wrong.
            let used = TimeStep(present.0 + offset);
            assert!(!secret.is_totp_code_of_device_with_wrong_clock(
                &code,
                used,
                timestamp_at(NOW)
            ));
        }
    }

    #[test]
    fn code_of_a_used_time_step_is_recognised_while_an_unused_code_would_be_accepted() {
        const NOW: i64 = 1_767_225_600;
        let secret = rfc_6238_secret();
        let used = TimeStep(NOW / 30);
        for offset in -3..=3 {
            let code = generate_code_at(&secret, TimeStep(used.0 + offset));
            let found = secret.is_totp_code_of_used_time_step(&code, used, timestamp_at(NOW));
            assert_eq!(found, [-1, 0].contains(&offset), "{offset} steps");
            let never = TimeStep(0);
            let found = secret.is_totp_code_of_used_time_step(&code, never, timestamp_at(NOW));
            assert!(!found, "{offset} steps, no code was used");
        }
    }

    #[test]
    fn authenticator_code_shared_by_two_steps_matches_the_later_step() {
        // The first two steps in a row with the same code for the reference seed in 2026. The chance is
        // one in a million.
        let first_step = TimeStep(59_061_240);
        let secret = rfc_6238_secret();
        let shown = generate_code_at(&secret, first_step);
        assert_eq!(shown, generate_code_at(&secret, TimeStep(first_step.0 + 1)));
        let at_step = |number| timestamp_at(number * 30);
        let before = secret.find_matching_time_step(&shown, at_step(first_step.0 - 1));
        assert_eq!(before, Some(first_step));
        let next = Some(TimeStep(first_step.0 + 1));
        assert_eq!(
            secret.find_matching_time_step(&shown, at_step(first_step.0)),
            next
        );
        assert_eq!(
            secret.find_matching_time_step(&shown, at_step(first_step.0 + 1)),
            next
        );
        assert_eq!(
            secret.find_matching_time_step(&shown, at_step(first_step.0 + 2)),
            next
        );
    }

    #[test]
    fn totp_secret_has_160_random_bits_and_is_not_in_debug_output() {
        let (one, two) = (TotpSecret::generate(), TotpSecret::generate());
        assert_eq!(one.expose().len() * 8, 160);
        assert_ne!(one.expose(), two.expose());
        assert_eq!(format!("{one:?}"), "TotpSecret");
        assert!(TotpSecret::from_bytes(&[0; 15]).is_none());
    }

    #[test]
    fn provisioning_uri_and_manual_key_contain_the_secret() {
        assert_eq!(
            rfc_6238_secret().provisioning_uri("ann.lee", "Sallyport"),
            "otpauth://totp/Sallyport:ann.lee?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Sallyport&algorithm=SHA1&digits=6&period=30"
        );
        let branded = rfc_6238_secret().provisioning_uri("ann.lee", "Acme Bank & S\u{f6}hne");
        assert!(
            branded.starts_with("otpauth://totp/Acme%20Bank%20%26%20S%C3%B6hne:ann.lee?"),
            "{branded}"
        );
        assert!(!branded.contains("Sallyport"));
        assert_eq!(
            rfc_6238_secret().format_key_for_manual_entry(),
            "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
        );
    }
}
