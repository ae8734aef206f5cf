//! Verifies CAPTCHA tokens at the service that issued them. All supported services use the same request format.

use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde::{Deserialize, Deserializer};

use super::{Action, CaptchaFailure, ServiceFault};
use crate::config::{Score, Secret, VendorFacts};
use domain::Timestamp;

/// The maximum age of a solved challenge. Older ones are refused (docs/security.md#reg-09).
const MAX_TOKEN_AGE: Duration = Duration::from_mins(5);
/// The maximum time by which the clock of the service may be ahead of the server's clock.
const MAX_CLOCK_SKEW: Duration = Duration::from_mins(1);
/// The maximum length of a response that is read, in bytes.
const MAX_RESPONSE_BYTES: usize = 16 * 1024;

/// Client of the token verification API of a CAPTCHA service.
pub(super) struct SiteVerify {
    http: Client,
    url: String,
    secret: Secret<String>,
}

/// Requirements on the result of a CAPTCHA service for a token: host name, action and minimum score.
pub(super) struct ExpectedVerification<'a> {
    pub(super) facts: &'a VendorFacts,
    pub(super) hostname: &'a str,
    pub(super) action: Action,
    pub(super) min_score: Score,
    /// Whether the secret is a public test secret, which production refuses.
    pub(super) is_test: bool,
}

/// Verification result of a token, in the format of the CAPTCHA service.
#[derive(Deserialize)]
struct Verification {
    success: bool,
    /// When the challenge was solved, in RFC 3339.
    challenge_ts: Option<String>,
    hostname: Option<String>,
    action: Option<String>,
    score: Option<f64>,
    #[serde(
        default,
        rename = "error-codes",
        deserialize_with = "deserialize_error_codes"
    )]
    error_codes: Vec<String>,
}

/// Deserializes a list of error codes that may be null.
fn deserialize_error_codes<'de, D: Deserializer<'de>>(codes: D) -> Result<Vec<String>, D::Error> {
    Option::deserialize(codes).map(Option::unwrap_or_default)
}

impl SiteVerify {
    /// Creates a client that verifies CAPTCHA tokens at the `url` of a CAPTCHA service.
    ///
    /// `secret` is the operator's secret key.
    pub(super) const fn new(http: Client, url: String, secret: Secret<String>) -> Self {
        Self { http, url, secret }
    }

    /// Verifies a token at the CAPTCHA service. Returns the time at which the token expires.
    pub(super) async fn verify_captcha_token(
        &self,
        token: &str,
        expected: &ExpectedVerification<'_>,
        now: Timestamp,
    ) -> Result<Timestamp, CaptchaFailure> {
        let verification = self.request_captcha_verification(token).await?;
        if !verification.success {
            let codes = &verification.error_codes;
            return Err(captcha_failure_from_error_codes(codes, expected.is_test));
        }
        check_captcha_verification_result(&verification, expected, now)
    }

    /// Sends secret key and token to the CAPTCHA service, without the user's IP address, and returns the verification
    /// result.
    async fn request_captcha_verification(
        &self,
        token: &str,
    ) -> Result<Verification, CaptchaFailure> {
        let form = [
            ("secret", self.secret.expose().as_str()),
            ("response", token),
        ];
        let unanswered = |error: reqwest::Error| {
            tracing::debug!(error = %error.without_url(), "the request to verify a CAPTCHA token failed");
            CaptchaFailure::ServiceFailed(ServiceFault::NoResponse)
        };
        let sent = self.http.post(&self.url).form(&form).send().await;
        let mut response = sent.map_err(unanswered)?;
        let status = response.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(CaptchaFailure::ServiceFailed(ServiceFault::Status(status)));
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(unanswered)? {
            if body.len() + part.len() > MAX_RESPONSE_BYTES {
                return Err(CaptchaFailure::ServiceFailed(ServiceFault::Status(status)));
            }
            body.extend_from_slice(&part);
        }
        serde_json::from_slice(&body)
            .map_err(|_| captcha_failure_from_response_without_result(status))
    }
}

/// Returns the reason why a token was refused whose response has this status and no verification result.
fn captcha_failure_from_response_without_result(status: StatusCode) -> CaptchaFailure {
    // The contents of a token cannot cause these statuses. A firewall, a proxy or a moved API can.
    let is_independent_of_token = matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::PROXY_AUTHENTICATION_REQUIRED
            | StatusCode::REQUEST_TIMEOUT
            | StatusCode::GONE
            | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS
    );
    if status.is_client_error() && !is_independent_of_token {
        // The token of an attacker must not make the service count as unavailable. A firewall of the service can refuse
        // a token with 403.
        CaptchaFailure::RequestRefused(status)
    } else {
        CaptchaFailure::ServiceFailed(ServiceFault::Status(status))
    }
}

/// Converts the error codes of a CAPTCHA service to the reason why the token was refused.
///
/// `is_test` is whether the configured secret is a public test secret.
fn captcha_failure_from_error_codes(codes: &[String], is_test: bool) -> CaptchaFailure {
    let one_of = |known: &[&str]| codes.iter().any(|code| known.contains(&code.as_str()));
    if one_of(&[
        "missing-input-secret",
        "invalid-input-secret",
        "invalid-parsed-secret",
        "invalid-widget-id",
    ]) || (is_test && one_of(&["not-using-dummy-passcode"]))
    {
        return CaptchaFailure::KeysRefused(codes.to_vec());
    }
    // An attacker can cause these with a token of another account, or with the public test token.
    if one_of(&[
        "sitekey-secret-mismatch",
        "invalid-sitekey",
        "not-using-dummy-passcode",
        "not-using-dummy-secret",
    ]) {
        return CaptchaFailure::WrongSiteKey;
    }
    if one_of(&["internal-error"]) {
        return CaptchaFailure::ServiceFailed(ServiceFault::InternalError);
    }
    if one_of(&[
        "timeout-or-duplicate",
        "expired-input-response",
        "already-seen-response",
        "invalid-or-already-seen-response",
    ]) {
        return CaptchaFailure::Expired;
    }
    // missing-input-response, invalid-input-response, bad-request, and codes that are added later.
    tracing::debug!(?codes, "the CAPTCHA service refused a token");
    CaptchaFailure::WrongSolution
}

/// Compares a verification result with the expected values. A missing value counts as a wrong value.
fn check_captcha_verification_result(
    verification: &Verification,
    expected: &ExpectedVerification<'_>,
    now: Timestamp,
) -> Result<Timestamp, CaptchaFailure> {
    let hostname = verification.hostname.as_deref().unwrap_or_default();
    // A browser may open the site at `id.example.com.`, which is the same host.
    let bare_hostname = hostname.strip_suffix('.').unwrap_or(hostname);
    let is_test_host = expected.is_test && hostname == expected.facts.test_hostname;
    if !is_test_host && !bare_hostname.eq_ignore_ascii_case(expected.hostname) {
        return Err(CaptchaFailure::WrongHostname {
            stated: hostname.to_owned(),
            expected: expected.hostname.to_owned(),
        });
    }
    let action = verification.action.as_deref();
    if expected.facts.names_action && !expected.is_test && action != Some(expected.action.as_str())
    {
        return Err(CaptchaFailure::WrongAction);
    }
    let is_likely_person = |score| expected.min_score.accepts_score(score);
    if expected.facts.has_score
        && !expected.is_test
        && !verification.score.is_some_and(is_likely_person)
    {
        return Err(CaptchaFailure::LowScore);
    }
    let solved_at = verification.challenge_ts.as_deref();
    let solved_at = solved_at
        .and_then(|text| text.parse::<jiff::Timestamp>().ok())
        .map(|at| Timestamp::from_millis(at.as_millisecond()))
        .ok_or(CaptchaFailure::Malformed)?;
    let expires_at = solved_at + MAX_TOKEN_AGE;
    if expires_at <= now || now + MAX_CLOCK_SKEW < solved_at {
        return Err(CaptchaFailure::Expired);
    }
    Ok(expires_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Vendor;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    /// Applies `change` to the result of a successful verification for a sign-in at `id.example.com`, and then checks
    /// that result.
    fn check_captcha_result_changed_by(
        vendor: Vendor,
        change: impl Fn(&mut Verification),
    ) -> Result<Timestamp, CaptchaFailure> {
        let mut verification = Verification {
            success: true,
            challenge_ts: Some("2023-11-14T22:13:20Z".to_owned()),
            hostname: Some("id.example.com".to_owned()),
            action: Some("sign_in".to_owned()),
            score: Some(0.5),
            error_codes: Vec::new(),
        };
        change(&mut verification);
        let expected = ExpectedVerification {
            facts: vendor.vendor_facts(),
            hostname: "id.example.com",
            action: Action::SignIn,
            min_score: "0.5".parse().expect("a score"),
            is_test: false,
        };
        check_captcha_verification_result(&verification, &expected, NOW)
    }

    /// Returns the failure for this error code, with a secret of the operator.
    fn failure_from_code(code: &str) -> CaptchaFailure {
        captcha_failure_from_error_codes(&[code.to_owned()], false)
    }

    #[test]
    fn documented_error_codes_of_captcha_services_map_to_captcha_failures() {
        use CaptchaFailure::{Expired, KeysRefused, ServiceFailed, WrongSiteKey, WrongSolution};
        for code in [
            "missing-input-secret",
            "invalid-input-secret",
            "invalid-parsed-secret",
            "invalid-widget-id",
        ] {
            assert_eq!(failure_from_code(code), KeysRefused(vec![code.to_owned()]));
        }
        for (code, expected) in [
            ("sitekey-secret-mismatch", WrongSiteKey),
            ("invalid-sitekey", WrongSiteKey),
            ("not-using-dummy-passcode", WrongSiteKey),
            ("not-using-dummy-secret", WrongSiteKey),
            ("missing-input-response", WrongSolution),
            ("invalid-input-response", WrongSolution),
            ("bad-request", WrongSolution),
            ("missing-remoteip", WrongSolution),
            ("invalid-remoteip", WrongSolution),
            ("timeout-or-duplicate", Expired),
            ("expired-input-response", Expired),
            ("already-seen-response", Expired),
            ("invalid-or-already-seen-response", Expired),
            ("internal-error", ServiceFailed(ServiceFault::InternalError)),
            ("a-code-of-next-year", WrongSolution),
        ] {
            assert_eq!(failure_from_code(code), expected, "{code}");
        }
        assert_eq!(captcha_failure_from_error_codes(&[], false), WrongSolution);
    }

    #[test]
    fn token_of_another_site_key_means_wrong_keys_only_with_a_test_secret() {
        let codes = ["not-using-dummy-passcode".to_owned()];
        assert_eq!(
            captcha_failure_from_error_codes(&codes, true),
            CaptchaFailure::KeysRefused(codes.to_vec())
        );
        let codes = ["sitekey-secret-mismatch".to_owned()];
        assert_eq!(
            captcha_failure_from_error_codes(&codes, true),
            CaptchaFailure::WrongSiteKey
        );
    }

    #[test]
    fn status_without_a_result_is_an_outage_unless_a_token_can_cause_it() {
        for status in [200, 302, 401, 404, 405, 407, 408, 410, 451] {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(
                captcha_failure_from_response_without_result(status),
                CaptchaFailure::ServiceFailed(ServiceFault::Status(status))
            );
        }
        for status in [400, 403, 413, 414, 422] {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(
                captcha_failure_from_response_without_result(status),
                CaptchaFailure::RequestRefused(status)
            );
        }
    }

    #[test]
    fn verification_result_without_error_codes_is_read() {
        for text in [
            r#"{"success":false}"#,
            r#"{"success":false,"error-codes":null}"#,
            r#"{"success":false,"error-codes":[]}"#,
        ] {
            let verification: Verification = serde_json::from_str(text).expect("a result");
            assert!(!verification.success, "{text}");
            assert!(verification.error_codes.is_empty(), "{text}");
        }
    }

    #[test]
    fn captcha_token_is_accepted_for_five_minutes_after_its_solution() {
        let solved = |at: &'static str| {
            check_captcha_result_changed_by(Vendor::Turnstile, move |found| {
                found.challenge_ts = Some(at.to_owned());
            })
        };
        assert_eq!(solved("2023-11-14T22:13:20Z"), Ok(NOW + MAX_TOKEN_AGE));
        assert!(solved("2023-11-14T22:08:20.001Z").is_ok());
        assert_eq!(solved("2023-11-14T22:08:20Z"), Err(CaptchaFailure::Expired));
        assert!(solved("2023-11-14T22:14:20.000+00:00").is_ok());
        assert_eq!(solved("2023-11-14T22:14:21Z"), Err(CaptchaFailure::Expired));
        assert_eq!(solved("yesterday"), Err(CaptchaFailure::Malformed));
    }

    #[test]
    fn captcha_token_is_accepted_for_a_host_with_a_final_dot() {
        let found = check_captcha_result_changed_by(Vendor::Turnstile, |found| {
            found.hostname = Some("ID.example.com.".to_owned());
        });
        assert!(found.is_ok());
    }

    #[test]
    fn captcha_token_with_wrong_host_or_wrong_action_or_low_score_is_refused() {
        use CaptchaFailure::{LowScore, WrongAction, WrongHostname};
        for host in [
            None,
            Some("evil.example"),
            Some("testkey.google.com"),
            Some("id.example.com.."),
            Some(""),
        ] {
            let found = check_captcha_result_changed_by(Vendor::RecaptchaV2, |found| {
                found.hostname = host.map(str::to_owned);
            });
            let expected = WrongHostname {
                stated: host.unwrap_or_default().to_owned(),
                expected: "id.example.com".to_owned(),
            };
            assert_eq!(found, Err(expected), "{host:?}");
        }
        for action in [None, Some("registration"), Some("")] {
            let change = |found: &mut Verification| found.action = action.map(str::to_owned);
            assert_eq!(
                check_captcha_result_changed_by(Vendor::Turnstile, change),
                Err(WrongAction)
            );
            assert_eq!(
                check_captcha_result_changed_by(Vendor::RecaptchaV3, change),
                Err(WrongAction)
            );
            assert!(check_captcha_result_changed_by(Vendor::RecaptchaV2, change).is_ok());
            assert!(check_captcha_result_changed_by(Vendor::Hcaptcha, change).is_ok());
        }
        for score in [None, Some(0.49), Some(1.5), Some(f64::NAN)] {
            let found = check_captcha_result_changed_by(Vendor::RecaptchaV3, |found| {
                found.score = score;
            });
            assert_eq!(found, Err(LowScore), "{score:?}");
            assert!(
                check_captcha_result_changed_by(Vendor::Hcaptcha, |found| found.score = score)
                    .is_ok()
            );
        }
    }
}
