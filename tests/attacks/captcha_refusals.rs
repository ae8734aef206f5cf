//! Refused tokens of CAPTCHA services: the effect of each error code, and the reason in the log.

use domain::{Field, Problem};

use super::captcha_services::{SECRET, app_with_captcha_service, sign_in, widget_token};
use crate::support::{Database, User, call, on_both_databases};

on_both_databases![
    form_is_refused_without_effect_for_every_documented_error_code_of_a_captcha_service,
    reason_of_a_refused_captcha_token_is_logged_without_token_and_secret,
];

/// The documented error codes of Google reCAPTCHA.
const RECAPTCHA_CODES: &[&str] = &[
    "missing-input-secret",
    "invalid-input-secret",
    "missing-input-response",
    "invalid-input-response",
    "bad-request",
    "timeout-or-duplicate",
];
/// The error codes of hCaptcha, documented or not.
const HCAPTCHA_CODES: &[&str] = &[
    "missing-input-secret",
    "invalid-input-secret",
    "missing-input-response",
    "invalid-input-response",
    "expired-input-response",
    "already-seen-response",
    "invalid-or-already-seen-response",
    "bad-request",
    "missing-remoteip",
    "invalid-remoteip",
    "not-using-dummy-passcode",
    "not-using-dummy-secret",
    "sitekey-secret-mismatch",
    "invalid-sitekey",
];
/// The documented error codes of Cloudflare Turnstile, without `internal-error`, which counts as an outage.
const TURNSTILE_CODES: &[&str] = &[
    "missing-input-secret",
    "invalid-input-secret",
    "missing-input-response",
    "invalid-input-response",
    "invalid-widget-id",
    "invalid-parsed-secret",
    "bad-request",
    "timeout-or-duplicate",
];

/// Tests docs/security.md#reg-09, docs/security.md#prv-08.
async fn form_is_refused_without_effect_for_every_documented_error_code_of_a_captcha_service(
    database: Database,
) {
    for (service, codes) in [
        ("recaptcha_v2", RECAPTCHA_CODES),
        ("recaptcha_v3", RECAPTCHA_CODES),
        ("hcaptcha", HCAPTCHA_CODES),
        ("turnstile", TURNSTILE_CODES),
    ] {
        let app = app_with_captcha_service(database, service, SECRET)
            .start()
            .await;
        let mut browser = app.new_browser();
        let probe = app.open_database().await;
        let before = probe.dump_rows().await;
        for code in codes.iter().chain(&["a-code-of-next-year"]) {
            let user = User::with_unique_details();
            let form = call::submit_registration_details(&user, &format!("error={code}"));
            let reply = browser.submit_form(&form).await;
            assert_eq!(
                reply.expect_errors().first_problem_of(Field::Captcha),
                Some(&Problem::CaptchaFailed),
                "{service} {code}"
            );
        }
        assert_eq!(before, probe.dump_rows().await, "{service}");
        assert!(!app.process.output().contains(SECRET), "{service}");
        // None of these responses counts as an outage: forms still ask for the token of the service.
        let answer = app.new_api_client().get("/v1/captcha/register").await;
        assert_eq!(answer.expect_status(200)["vendor"], service);
    }
}

async fn reason_of_a_refused_captcha_token_is_logged_without_token_and_secret(database: Database) {
    const TOKEN_ID: &str = "id-of-a-refused-token";
    let mut app = app_with_captcha_service(database, "recaptcha_v3", SECRET)
        .with_setting("SALLYPORT_CAPTCHA_MIN_SCORE", "0.7")
        .start()
        .await;
    for (changed, reason) in [
        (
            "hostname=evil.example",
            "issued for another host: \"evil.example\"; the host of SALLYPORT_PUBLIC_URL is \"127.0.0.1\"",
        ),
        ("action=registration", "issued for another form"),
        ("score=0.6", "below SALLYPORT_CAPTCHA_MIN_SCORE"),
        ("error=sitekey-secret-mismatch", "issued for a site key"),
        ("status=403", "refused the request with status 403"),
        ("status=404", "status 404 Not Found without a result"),
    ] {
        let token = widget_token(TOKEN_ID, changed);
        let problem = sign_in(&mut app.new_browser(), &token).await;
        assert_eq!(problem, Problem::CaptchaFailed, "{changed}");
        app.process.wait_for_output(reason).await;
    }
    let output = app.process.output();
    assert!(!output.contains(TOKEN_ID), "{output}");
    assert!(!output.contains(SECRET), "{output}");
}
