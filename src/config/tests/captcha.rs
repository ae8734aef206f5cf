//! Settings of the CAPTCHA.

use super::{assert_contains_all, config_error_text, load_config, production_with};
use crate::config::CaptchaKind;

/// The rows of the table of test site keys in docs/simulator.md, each with the name of the service.
const SERVICES: [(&str, &[&str]); 3] = [
    ("| Google reCAPTCHA |", &["recaptcha_v2", "recaptcha_v3"]),
    ("| hCaptcha |", &["hcaptcha"]),
    ("| Cloudflare Turnstile |", &["turnstile"]),
];

/// Lists the test site keys of a service from docs/simulator.md.
fn list_documented_test_site_keys(row_start: &str) -> Vec<&'static str> {
    let guide = include_str!("../../../docs/simulator.md");
    let table = guide.split("| Test site key |").nth(1).unwrap_or_default();
    let table = table.split("\n\n").next().unwrap_or_default();
    let rows = table.lines().filter(|line| line.starts_with(row_start));
    let cells = rows.filter_map(|row| row.split('|').nth(2));
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect()
}

#[test]
fn production_refuses_every_public_site_key_for_tests() {
    const SECRET: &str = "0x4AAAAAAA-secret-of-the-operator-0123456789";
    for (row_start, services) in SERVICES {
        let keys = list_documented_test_site_keys(row_start);
        assert!(!keys.is_empty(), "{row_start}");
        for service in services {
            for key in &keys {
                let with_key = [
                    ("SALLYPORT_CAPTCHA", *service),
                    ("SALLYPORT_CAPTCHA_SITE_KEY", *key),
                    ("SALLYPORT_CAPTCHA_SECRET", SECRET),
                ];
                let report = config_error_text(&production_with(&with_key));
                assert_contains_all(
                    &report,
                    &[
                        "1 error",
                        "SALLYPORT_CAPTCHA_SITE_KEY: is a public site key for tests",
                    ],
                );
                let config = load_config(&with_key);
                assert!(matches!(config.captcha.kind, CaptchaKind::Vendor(_)));
            }
        }
    }
}
