//! Public test keys of the CAPTCHA services. The pages that `crates/simulator/src/captcha.rs` names document them.

use domain::Problem;

use super::captcha_services::{SECRET, app_with_captcha_service, sign_in};
use crate::support::{Database, on_both_databases};

on_both_databases![
    test_secret_of_a_captcha_service_passes_and_fails_as_documented,
    test_token_of_a_captcha_service_is_refused_with_the_secret_of_an_operator,
];

const HCAPTCHA_SECRET: &str = "0x0000000000000000000000000000000000000000";
const HCAPTCHA_TOKENS: [&str; 3] = [
    "10000000-aaaa-bbbb-cccc-000000000001",
    "20000000-aaaa-bbbb-cccc-000000000002",
    "30000000-aaaa-bbbb-cccc-000000000003",
];
const TURNSTILE_TOKEN: &str = "XXXX.DUMMY.TOKEN.XXXX";

/// The widget of a test site key creates the same token each time, so a test token is accepted more than once.
async fn test_secret_of_a_captcha_service_passes_and_fails_as_documented(database: Database) {
    let google = "6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe";
    let turnstile = |digit| format!("{digit}x0000000000000000000000000000000AA");
    for (service, secret, tokens, expected) in [
        ("recaptcha_v2", google, &["any"][..], Problem::Credentials),
        ("recaptcha_v3", google, &["any"], Problem::Credentials),
        (
            "hcaptcha",
            HCAPTCHA_SECRET,
            &HCAPTCHA_TOKENS,
            Problem::Credentials,
        ),
        (
            "hcaptcha",
            HCAPTCHA_SECRET,
            &["any"],
            Problem::CaptchaFailed,
        ),
        (
            "turnstile",
            &turnstile(1),
            &[TURNSTILE_TOKEN],
            Problem::Credentials,
        ),
        (
            "turnstile",
            &turnstile(2),
            &[TURNSTILE_TOKEN],
            Problem::CaptchaFailed,
        ),
        (
            "turnstile",
            &turnstile(3),
            &[TURNSTILE_TOKEN],
            Problem::CaptchaFailed,
        ),
    ] {
        let app = app_with_captcha_service(database, service, secret)
            .start()
            .await;
        let mut browser = app.new_browser();
        for token in tokens.iter().chain(tokens) {
            let problem = sign_in(&mut browser, token).await;
            assert_eq!(problem, expected, "{service} {secret} {token}");
        }
    }
}

/// Tests docs/security.md#reg-09.
async fn test_token_of_a_captcha_service_is_refused_with_the_secret_of_an_operator(
    database: Database,
) {
    for (service, tokens) in [
        ("hcaptcha", &HCAPTCHA_TOKENS[..]),
        ("turnstile", &[TURNSTILE_TOKEN]),
    ] {
        let app = app_with_captcha_service(database, service, SECRET)
            .start()
            .await;
        for token in tokens {
            let problem = sign_in(&mut app.new_browser(), token).await;
            assert_eq!(problem, Problem::CaptchaFailed, "{service} {token}");
        }
    }
}
