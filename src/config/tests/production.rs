use std::time::Duration;

use super::super::*;
use super::{
    PRODUCTION, assert_contains_all, config_error_text, config_error_text_in,
    create_empty_directory, load_config, production_with,
};

#[test]
fn minimal_production_configuration_is_accepted_without_warnings() {
    let config = load_config(PRODUCTION);
    assert_eq!(config.mode, Mode::Production);
    assert_eq!(config.provider.kind, ProviderKind::Real(Api::Twilio));
    assert!(!config.provider.simulator.embedded);
    assert_eq!(
        config.provider.twilio_origin(None).to_string(),
        "https://verify.twilio.com"
    );
    let services = config
        .provider
        .services
        .as_ref()
        .expect("services are configured");
    assert_eq!(services.sign_in, "VA0123456789abcdef0123456789abcdef");
    assert!(config.provider.telnyx.is_none());
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.limits.sends_per_source_per_hour, 10);
    assert_eq!(config.limits.cooldown, Duration::from_hours(24));
    assert_eq!(config.list_setting_warnings(), Vec::<String>::new());
}

#[test]
fn empty_production_configuration_reports_all_missing_settings_together() {
    let directory = create_empty_directory();
    let report = config_error_text_in(directory.path(), &[("SALLYPORT_MODE", "production")]);
    assert_contains_all(
        &report,
        &[
            "SALLYPORT_PUBLIC_URL: is not set; set the https origin",
            "SALLYPORT_PROVIDER: is the simulator",
            "TWILIO_ACCOUNT_SID: is not set; set",
            "TWILIO_AUTH_TOKEN: is not set; set",
            "TWILIO_VERIFY_SERVICE_SID: is not set; set",
            "SALLYPORT_SECRET_KEY: is not set",
            "openssl rand -base64 64",
            "SALLYPORT_SMTP_URL: is not set",
            "SALLYPORT_ALLOWED_COUNTRIES: is not set",
            "9 errors",
        ],
    );
    assert!(
        !directory.path().join("data").exists(),
        "no key file is created"
    );
}

#[test]
fn production_refuses_the_simulator_and_names_the_remedy() {
    let report = config_error_text(&production_with(&[("SALLYPORT_PROVIDER", "simulator")]));
    assert_contains_all(
        &report,
        &[
            "1 error",
            "SALLYPORT_PROVIDER: is the simulator",
            "set twilio",
        ],
    );
    let report = config_error_text(&production_with(&[(
        "SALLYPORT_SIMULATOR_EMBEDDED",
        "true",
    )]));
    assert_contains_all(
        &report,
        &[
            "1 error",
            "SALLYPORT_SIMULATOR_EMBEDDED: is true",
            "remove it",
        ],
    );
}

#[test]
fn production_refuses_base_urls_outside_twilio() {
    for elsewhere in [
        "http://127.0.0.1:4010",
        "https://127.0.0.1:4010",
        "http://verify.twilio.com",
        "https://verify.twilio.com:8443",
        "https://verify.twilio.com.evil.example",
        "https://eviltwilio.com",
        "https://evil.example",
    ] {
        let report = config_error_text(&production_with(&[("TWILIO_BASE_URL", elsewhere)]));
        assert_contains_all(
            &report,
            &[
                "1 error",
                "TWILIO_BASE_URL: is not https at",
                "https://verify",
            ],
        );
    }
    let env = production_with(&[("TWILIO_BASE_URL", "https://verify.dublin.ie1.twilio.com")]);
    let origin = load_config(&env).provider.twilio_origin(None);
    assert_eq!(origin.to_string(), "https://verify.dublin.ie1.twilio.com");
}

#[test]
fn production_refuses_the_credentials_of_the_simulator() {
    for (name, value) in [
        ("TWILIO_ACCOUNT_SID", simulator_defaults::ACCOUNT_SID),
        ("TWILIO_AUTH_TOKEN", simulator_defaults::AUTH_TOKEN),
        (
            "TWILIO_VERIFY_SERVICE_SID",
            simulator_defaults::VERIFY_SERVICE_SID,
        ),
        (
            "TWILIO_VERIFY_SERVICE_SID_REGISTRATION",
            simulator_defaults::VERIFY_SERVICE_SID_REGISTRATION,
        ),
        ("TWILIO_PREVIOUS_AUTH_TOKEN", simulator_defaults::AUTH_TOKEN),
    ] {
        let report = config_error_text(&production_with(&[(name, value)]));
        assert_contains_all(
            &report,
            &[
                "1 error",
                name,
                "is the public value of the simulator",
                "the value of your own account",
            ],
        );
    }
}

#[test]
fn shared_service_for_registration_causes_a_warning_in_production() {
    let shared = "VA0123456789abcdef0123456789abcdef";
    for service in ["", shared] {
        let config = load_config(&production_with(&[(
            "TWILIO_VERIFY_SERVICE_SID_REGISTRATION",
            service,
        )]));
        assert_contains_all(
            &config.list_setting_warnings().join("\n"),
            &["TWILIO_VERIFY_SERVICE_SID_REGISTRATION is not a separate service"],
        );
    }
}

#[test]
fn production_requires_a_list_of_countries() {
    let report = config_error_text(&production_with(&[("SALLYPORT_ALLOWED_COUNTRIES", "")]));
    assert_contains_all(
        &report,
        &[
            "1 error",
            "SALLYPORT_ALLOWED_COUNTRIES: is not set",
            "set the ISO 3166 codes",
            "US,GB",
        ],
    );
}

#[test]
fn production_refuses_weak_values() {
    for (name, value, said) in [
        (
            "SALLYPORT_PUBLIC_URL",
            "http://id.example.com",
            "is not https",
        ),
        (
            "SALLYPORT_CAPTCHA",
            "none",
            "is none; remove it or set proof_of_work",
        ),
        ("SALLYPORT_CAPTCHA_COST", "10", "from 100"),
        (
            "SALLYPORT_CAPTCHA_BASE_URL",
            "https://www.google.com",
            "replaces the CAPTCHA service",
        ),
        ("SALLYPORT_ARGON2_MEMORY_KIB", "19455", "from 19456"),
        (
            "SALLYPORT_ARGON2_ITERATIONS",
            "1",
            "set 2, or SALLYPORT_ARGON2_MEMORY_KIB to 47104",
        ),
        ("SALLYPORT_LIMIT_RESEND_GAP_SECS", "29", "from 30"),
        (
            "SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR",
            "6",
            "from 1 to 5",
        ),
        (
            "SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_DAY",
            "101",
            "from 1 to 100",
        ),
        ("SALLYPORT_LIMIT_TRIES_PER_CODE", "6", "from 1 to 5"),
        (
            "SALLYPORT_LIMIT_FACTOR_FAILURES_PER_DAY",
            "101",
            "from 1 to 100",
        ),
        ("SALLYPORT_SESSION_IDLE_MINUTES", "61", "from 1 to 60"),
        ("SALLYPORT_SESSION_ABSOLUTE_HOURS", "25", "from 1 to 24"),
        ("SALLYPORT_PROVIDER_TIMEOUT_MS", "10001", "from 1 to 10000"),
        ("SALLYPORT_HTTP_HEADER_TIMEOUT_SECS", "11", "from 1 to 10"),
        ("SALLYPORT_HTTP_BODY_LIMIT_BYTES", "16385", "to 16384"),
    ] {
        let report = config_error_text(&production_with(&[(name, value)]));
        assert_contains_all(&report, &["1 error", &format!("{name}: "), said]);
    }
}

#[test]
fn production_refuses_insecure_cookies() {
    let report = config_error_text(&production_with(&[("SALLYPORT_SECURE_COOKIES", "false")]));
    assert_contains_all(
        &report,
        &["1 error", "SALLYPORT_SECURE_COOKIES: is false", "set true"],
    );
    let report = config_error_text(&production_with(&[
        ("SALLYPORT_SECURE_COOKIES", "false"),
        ("SALLYPORT_PUBLIC_URL", "http://id.example.com"),
    ]));
    assert_contains_all(
        &report,
        &["2 errors", "SALLYPORT_SECURE_COOKIES: is false;"],
    );
}

#[test]
fn one_pass_of_argon2_is_accepted_with_enough_memory() {
    let config = load_config(&production_with(&[
        ("SALLYPORT_ARGON2_ITERATIONS", "1"),
        ("SALLYPORT_ARGON2_MEMORY_KIB", "47104"),
    ]));
    assert_eq!(config.password.argon2_iterations, 1);
}

#[test]
fn production_needs_mail_or_sms_for_notifications_and_warns_if_one_is_missing() {
    const SENDER: &str = "TWILIO_MESSAGING_SERVICE_SID";
    let without_mail = [("SALLYPORT_SMTP_URL", ""), ("SALLYPORT_MAIL_FROM", "")];
    let config = load_config(&production_with(&without_mail));
    assert!(config.notifications.mail.is_none() && config.notifications.sms.is_some());
    assert_contains_all(
        &config.list_setting_warnings().join("\n"),
        &[
            "SALLYPORT_SMTP_URL is not set",
            "by SMS only",
            "neither reset a forgotten password nor replace a lost phone",
        ],
    );
    let config = load_config(&production_with(&[(SENDER, "")]));
    assert!(config.notifications.mail.is_some() && config.notifications.sms.is_none());
    assert_contains_all(
        &config.list_setting_warnings().join("\n"),
        &[
            "TWILIO_MESSAGING_FROM",
            "by mail only",
            "cannot replace a lost phone",
        ],
    );
    let mut neither = without_mail.to_vec();
    neither.push((SENDER, ""));
    assert_contains_all(
        &config_error_text(&production_with(&neither)),
        &[
            "1 error",
            "SALLYPORT_SMTP_URL: is not set, and neither is a messaging sender",
            "SALLYPORT_MAIL_FROM",
            "TWILIO_MESSAGING_FROM",
        ],
    );
}

#[test]
fn notifications_by_sms_use_the_messaging_api_of_twilio() {
    let config = load_config(PRODUCTION);
    let origin = config
        .provider
        .twilio_origin(None)
        .twilio_messaging_api_origin();
    assert_eq!(origin.to_string(), "https://api.twilio.com");
}

#[test]
fn production_without_trusted_proxies_causes_a_warning() {
    let config = load_config(&production_with(&[("SALLYPORT_TRUSTED_PROXIES", "")]));
    assert_contains_all(
        &config.list_setting_warnings().join("\n"),
        &["SALLYPORT_TRUSTED_PROXIES is not set"],
    );
}

#[test]
fn production_accepts_a_captcha_service_with_separate_keys_only() {
    const SECRET: &str = "0x4AAAAAAA-secret-of-the-operator-0123456789";
    let with = |vendor: &'static str, secret: &'static str| {
        production_with(&[
            ("SALLYPORT_CAPTCHA", vendor),
            ("SALLYPORT_CAPTCHA_SITE_KEY", "0x4AAAAAAA-site_key"),
            ("SALLYPORT_CAPTCHA_SECRET", secret),
        ])
    };
    for vendor in ["recaptcha_v2", "recaptcha_v3", "hcaptcha", "turnstile"] {
        let config = load_config(&with(vendor, SECRET));
        let CaptchaKind::Vendor(vendor) = config.captcha.kind else {
            panic!("{vendor} is a service");
        };
        assert!(vendor.falls_back);
        let listen = config.provider.simulator.listen;
        assert!(vendor.simulator_origin(listen).is_none());
        assert!(!format!("{vendor:?}").contains(SECRET));
    }
    for (vendor, secret) in [
        ("recaptcha_v2", "6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe"),
        ("hcaptcha", "0x0000000000000000000000000000000000000000"),
        ("turnstile", "1x0000000000000000000000000000000AA"),
        ("turnstile", "3x0000000000000000000000000000000AA"),
    ] {
        let report = config_error_text(&with(vendor, secret));
        assert_contains_all(&report, &["1 error", "is a public secret for tests"]);
    }
    let report = config_error_text(&production_with(&[("SALLYPORT_CAPTCHA", "hcaptcha")]));
    assert_contains_all(
        &report,
        &[
            "2 errors",
            "SALLYPORT_CAPTCHA_SITE_KEY: is not a site key",
            "SALLYPORT_CAPTCHA_SECRET: is not set",
        ],
    );
    for score in ["0", "1.01", "half", "NaN", "-1"] {
        let report = config_error_text(&production_with(&[("SALLYPORT_CAPTCHA_MIN_SCORE", score)]));
        assert_contains_all(&report, &["1 error", "is not a number from 0.1 to 1.0"]);
    }
}

#[test]
fn recovery_without_a_waiting_time_is_refused_in_production_and_accepted_in_development() {
    const DELAY: &str = "SALLYPORT_RECOVERY_DELAY_HOURS";
    let report = config_error_text(&production_with(&[(DELAY, "0")]));
    let wrong = "SALLYPORT_RECOVERY_DELAY_HOURS: `0` is not a whole number from 1 to 720";
    assert_contains_all(&report, &["1 error", wrong]);
    let hours = |config: Config| config.accounts.recovery_delay.as_secs() / 3600;
    assert_eq!(hours(load_config(PRODUCTION)), 72);
    assert_eq!(hours(load_config(&[(DELAY, "0")])), 0);
}

#[test]
fn recovery_needs_a_mail_server_and_a_sender_of_text_messages() {
    const NAME: &str = "SALLYPORT_RECOVERY";
    const WITHOUT_SMS: &[super::Variable] = &[("TWILIO_MESSAGING_SERVICE_SID", "")];
    const WITHOUT_MAIL: &[super::Variable] =
        &[("SALLYPORT_SMTP_URL", ""), ("SALLYPORT_MAIL_FROM", "")];
    let is_on = |env: &[super::Variable]| load_config(env).accounts.recovery;
    assert!(is_on(PRODUCTION) && is_on(&[]));
    assert!(is_on(&production_with(&[(NAME, "true")])));
    assert!(!is_on(&production_with(&[(NAME, "false")])));
    for (missing, wrong, remedy) in [
        (
            WITHOUT_SMS,
            "no SMS sender is configured",
            "set TWILIO_MESSAGING_FROM",
        ),
        (
            WITHOUT_MAIL,
            "no mail server is configured",
            "set SALLYPORT_SMTP_URL",
        ),
    ] {
        assert!(!is_on(&production_with(missing)));
        let chosen = |value| production_with(&[missing, &[(NAME, value)]].concat());
        assert!(!is_on(&chosen("false")));
        let report = config_error_text(&chosen("true"));
        assert_contains_all(&report, &["1 error", NAME, wrong, remedy]);
    }
}
