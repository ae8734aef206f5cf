//! Values of secrets that a mistake of quoting or copying has changed.

use super::{
    assert_contains_all, config_error_text, config_error_text_in, create_directory_with_files,
    load_config, load_config_in, production_with, twilio_credentials,
};

/// A valid value for every secret that a provider issues.
const SECRET: &str = "fedcba98765432100123456789abcdef";

/// The secrets that a provider issues.
const ISSUED: [&str; 5] = [
    "SALLYPORT_CAPTCHA_SECRET",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_PREVIOUS_AUTH_TOKEN",
    "TWILIO_API_KEY_SECRET",
    "TELNYX_API_KEY",
];

/// Checks that the configuration is refused for this problem if any secret of a provider has this value.
fn assert_issued_secret_refused(value: &str, problem: &str) {
    for name in ISSUED {
        let report = config_error_text(&production_with(&[
            ("SALLYPORT_CAPTCHA", "turnstile"),
            ("SALLYPORT_CAPTCHA_SITE_KEY", "0x4AAAAAAA"),
            (name, value),
        ]));
        let reported = format!("{name}: {problem}");
        assert_contains_all(&report, &[&reported]);
        assert!(!report.contains(SECRET), "{report}");
    }
}

#[test]
fn issued_secret_in_quotation_marks_is_refused() {
    for value in [
        format!("\"{SECRET}\""),
        format!("'{SECRET}'"),
        format!("“{SECRET}”"),
    ] {
        assert_issued_secret_refused(&value, "is in quotation marks; remove them");
    }
}

#[test]
fn issued_secret_with_a_foreign_character_is_refused() {
    for value in [
        format!("{SECRET},"),
        format!("{SECRET};"),
        format!("\"{SECRET}"),
        format!("{SECRET}'"),
    ] {
        assert_issued_secret_refused(&value, "has a character that such a secret never has");
    }
    assert_issued_secret_refused(&format!("{SECRET}\0"), "contains a control character");
}

#[test]
fn every_secret_in_quotation_marks_is_refused() {
    let client = format!("shop:\"{SECRET}\"");
    for (name, value, problem) in [
        (
            "DATABASE_URL",
            "\"postgres://ann:pw@db/sallyport\"",
            "is in quotation marks",
        ),
        (
            "SALLYPORT_SMTP_URL",
            "'smtps://ann:pw@mail.example.com'",
            "is in quotation marks",
        ),
        (
            "SALLYPORT_API_CLIENTS",
            client.as_str(),
            "client 1 has a secret in quotation marks",
        ),
    ] {
        let report = config_error_text(&production_with(&[(name, value)]));
        assert_contains_all(&report, &[name, problem]);
        for hidden in ["pw", SECRET] {
            assert!(!report.contains(hidden), "{report}");
        }
    }
}

#[test]
fn secret_file_with_quotation_marks_nul_or_too_many_bytes_is_refused() {
    let directory = create_directory_with_files(&[
        ("quoted", &format!("\"{SECRET}\"\n")),
        ("nul", &format!("{SECRET}\0")),
        ("long", &"f".repeat(3_000_000)),
        ("longest", &"f".repeat(65_536)),
    ]);
    let report = |file| {
        let env = [("TWILIO_AUTH_TOKEN", ""), ("TWILIO_AUTH_TOKEN_FILE", file)];
        config_error_text_in(directory.path(), &production_with(&env))
    };
    for (file, problem) in [
        (
            "quoted",
            "TWILIO_AUTH_TOKEN_FILE (quoted): is in quotation marks",
        ),
        (
            "nul",
            "TWILIO_AUTH_TOKEN_FILE (nul): contains a control character",
        ),
        (
            "long",
            "TWILIO_AUTH_TOKEN_FILE: long cannot be read: it is longer than 65536 bytes",
        ),
    ] {
        assert_contains_all(&report(file), &["1 error ", problem]);
    }
    let env = [
        ("TWILIO_AUTH_TOKEN", ""),
        ("TWILIO_AUTH_TOKEN_FILE", "longest"),
    ];
    assert!(load_config_in(directory.path(), &production_with(&env)).is_ok());
}

#[test]
fn quotation_mark_inside_a_secret_of_the_operator_is_accepted() {
    let client = format!("shop:{SECRET}'x");
    let config = load_config(&[("SALLYPORT_API_CLIENTS", &client)]);
    let secret = config.api.clients[0].secret.expose();
    assert_eq!(*secret, format!("{SECRET}'x"));
}

#[test]
fn byte_order_mark_before_a_secret_or_the_settings_of_a_file_is_ignored() {
    let directory = create_directory_with_files(&[
        ("token", &format!("\u{feff}{SECRET}\r\n")),
        ("sallyport.toml", "\u{feff}[log]\nfilter = \"debug\""),
    ]);
    let env = [
        ("TWILIO_AUTH_TOKEN", ""),
        ("TWILIO_AUTH_TOKEN_FILE", "token"),
    ];
    let config = load_config_in(directory.path(), &production_with(&env));
    let config = config.expect("valid configuration");
    assert_eq!(twilio_credentials(&config).auth_token.expose(), SECRET);
    assert_eq!(config.log.filter, "debug");
}
