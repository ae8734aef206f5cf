use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use super::super::*;
use super::{
    SECRET_KEY, assert_contains_all, config_error_text, config_error_text_in,
    create_directory_with_files, create_empty_directory, load_config_in, production_with,
    twilio_credentials,
};

#[test]
fn environment_overrides_the_file_and_the_file_overrides_the_defaults() {
    let directory = create_directory_with_files(&[(
        "sallyport.toml",
        r#"
        [server]
        listen = "127.0.0.1:4001"
        trusted_proxies = ["10.0.0.0/8", "::1"]
        [session]
        idle_minutes = 10
        [provider]
        code_length = 8
        [simulator]
        embedded = true
        "#,
    )]);
    let env = [("SALLYPORT_LISTEN", "127.0.0.1:4002")];
    let config = load_config_in(directory.path(), &env).expect("valid configuration");
    assert_eq!(config.server.listen.port(), 4002);
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert_eq!(config.session.idle.as_secs(), 600);
    assert_eq!(config.provider.code_digits(), 8);
}

#[test]
fn configuration_file_named_in_the_environment_must_exist() {
    let directory = create_directory_with_files(&[(
        "other.toml",
        "mode = \"development\"\n[log]\nfilter = \"debug\"",
    )]);
    let config = load_config_in(directory.path(), &[("SALLYPORT_CONFIG", "other.toml")]);
    assert_eq!(config.expect("valid configuration").log.filter, "debug");
    let report = config_error_text_in(directory.path(), &[("SALLYPORT_CONFIG", "absent.toml")]);
    assert_contains_all(
        &report,
        &["absent.toml: cannot be read", "set SALLYPORT_CONFIG"],
    );
}

#[test]
fn error_names_every_unknown_key_of_the_file() {
    let text = "lissten = 1\n[server]\nlisen = \"127.0.0.1:1\"\n[nonsense]\nwhatever = 1\n[http]\nbody_limit_bytes = 1.5";
    let directory = create_directory_with_files(&[("sallyport.toml", text)]);
    let report = config_error_text_in(directory.path(), &[]);
    assert_contains_all(
        &report,
        &[
            "4 errors",
            "lissten in sallyport.toml: is not a key",
            "server.lisen in sallyport.toml: is not a key Sallyport knows; did you mean server.listen?",
            "nonsense.whatever in sallyport.toml: is not a key Sallyport knows; remove it",
            "http.body_limit_bytes in sallyport.toml: is a float; set",
        ],
    );
}

#[test]
fn error_about_a_value_in_the_file_names_its_key() {
    let directory =
        create_directory_with_files(&[("sallyport.toml", "[provider]\ncode_length = 3")]);
    let report = config_error_text_in(directory.path(), &[]);
    assert_contains_all(
        &report,
        &["provider.code_length in sallyport.toml: `3` is not a whole number from 4 to 10"],
    );
}

#[test]
fn error_names_the_configured_file() {
    let directory = create_directory_with_files(&[("other.toml", "[nonsense]\nkey = 1")]);
    let report = config_error_text_in(directory.path(), &[("SALLYPORT_CONFIG", "other.toml")]);
    assert_contains_all(&report, &["nonsense.key in other.toml: is not a key"]);
}

#[test]
fn syntax_error_names_the_line_and_does_not_quote_it() {
    let directory = create_directory_with_files(&[(
        "sallyport.toml",
        "mode = \"development\"\ntoken = s3cr3t",
    )]);
    let report = config_error_text_in(directory.path(), &[]);
    assert_contains_all(&report, &["sallyport.toml: is not TOML, at line 2"]);
    assert!(!report.contains("s3cr3t"), "{report}");
}

#[test]
fn unknown_sallyport_variable_is_refused_with_the_closest_name() {
    let report = config_error_text(&[
        ("SALLYPORT_LISTN", "127.0.0.1:1"),
        ("SALLYPORT_LOG_FILE", "log.txt"),
        ("SALLYPORT_FREEZE_THE_CLOCK", "1"),
        ("TWILIO_VERIFY_SERVICE_SID_SETUP", "VA1"),
        ("TELNYX_VERIFY_PROFILE_ID_LOGIN", "a profile"),
        ("TELNYX_VERIFY_PROFILE_ID_FILE", "/run/secrets/profile"),
        ("TWILIO_SOMETHING_ELSE", "another tool's"),
    ]);
    assert_contains_all(
        &report,
        &[
            "6 errors",
            "TWILIO_VERIFY_SERVICE_SID_SETUP: is not a variable Sallyport knows; did you mean \
             TWILIO_VERIFY_SERVICE_SID_SET_UP?",
            "TELNYX_VERIFY_PROFILE_ID_LOGIN: is not a variable Sallyport knows; did you mean \
             TELNYX_VERIFY_PROFILE_ID",
            "TELNYX_VERIFY_PROFILE_ID_FILE: is not a variable Sallyport knows; did you mean \
             TELNYX_VERIFY_PROFILE_ID?",
            "SALLYPORT_LISTN: is not a variable Sallyport knows; did you mean SALLYPORT_LISTEN?",
            "SALLYPORT_LOG_FILE: is not a variable Sallyport knows; did you mean SALLYPORT_LOG?",
            "SALLYPORT_FREEZE_THE_CLOCK: is not a variable Sallyport knows; unset it",
        ],
    );
}

#[test]
fn value_that_is_not_utf8_is_refused_with_the_name_of_its_variable() {
    let own = [
        "SALLYPORT_MODE",
        "SALLYPORT_CONFIG",
        "SALLYPORT_NO_SETTING",
        "DATABASE_URL",
        "TWILIO_AUTH_TOKEN_FILE",
    ];
    let of_other_programs = ["LESSOPEN", "TWILIO_SOMETHING_ELSE"];
    let env = own.iter().chain(&of_other_programs);
    let env = env.map(|name| (*name, OsString::from_vec(b"production\xa0".to_vec())));
    let directory = create_empty_directory();
    let loaded = Config::load_and_validate_config(env, directory.path());
    let report = loaded
        .expect_err("the configuration is refused")
        .to_string();
    for name in own {
        let error = format!("{name}: is not UTF-8; write the value in UTF-8");
        assert_contains_all(&report, &[&error]);
    }
    for name in of_other_programs {
        assert!(!report.contains(name), "{report}");
    }
}

#[test]
fn empty_value_of_any_setting_is_refused() {
    for setting in SETTINGS {
        let report = config_error_text(&[(setting.env, " ")]);
        assert_contains_all(
            &report,
            &["1 error ", &format!("{}: is empty; set", setting.env)],
        );
    }
    let report = config_error_text(&[("SALLYPORT_CONFIG", "")]);
    assert_contains_all(&report, &["SALLYPORT_CONFIG: is empty"]);
}

#[test]
fn secret_from_a_file_loses_its_last_line_break() {
    let token = "fedcba9876543210fedcba9876543210";
    let directory = create_directory_with_files(&[
        ("token", &format!("{token}\n")),
        ("key", &format!("{SECRET_KEY}\r\n")),
        ("sallyport.toml", "[keys]\nsecret_key_file = \"key\""),
    ]);
    let env = production_with(&[
        ("TWILIO_AUTH_TOKEN", ""),
        ("TWILIO_AUTH_TOKEN_FILE", "token"),
        ("SALLYPORT_SECRET_KEY", ""),
    ]);
    let config =
        load_config_in(directory.path(), &env).expect("valid configuration with secret files");
    assert_eq!(twilio_credentials(&config).auth_token.expose(), token);
    assert_eq!(config.keys.secret_key.expose()[..3], [0, 1, 2]);
}

#[test]
fn secret_and_its_file_together_are_refused() {
    let directory = create_directory_with_files(&[("token", "fedcba9876543210fedcba9876543210")]);
    let env = production_with(&[("TWILIO_AUTH_TOKEN_FILE", "token")]);
    let report = config_error_text_in(directory.path(), &env);
    assert_contains_all(
        &report,
        &[
            "1 error ",
            "TWILIO_AUTH_TOKEN: TWILIO_AUTH_TOKEN_FILE is set too; set one of the two",
        ],
    );
}

#[test]
fn secret_file_must_contain_exactly_one_line() {
    let directory = create_directory_with_files(&[
        ("empty", "\n"),
        ("two_lines", "fedcba9876543210\nfedcba9876543210\n"),
    ]);
    for (file, said) in [
        ("absent", "TWILIO_AUTH_TOKEN_FILE: absent cannot be read"),
        ("empty", "TWILIO_AUTH_TOKEN_FILE (empty): is empty"),
        (
            "two_lines",
            "TWILIO_AUTH_TOKEN_FILE (two_lines): contains whitespace",
        ),
    ] {
        let env = production_with(&[("TWILIO_AUTH_TOKEN", ""), ("TWILIO_AUTH_TOKEN_FILE", file)]);
        assert_contains_all(
            &config_error_text_in(directory.path(), &env),
            &["1 error ", said],
        );
    }
}

#[test]
fn secret_in_the_configuration_file_is_refused() {
    let directory =
        create_directory_with_files(&[("sallyport.toml", "[twilio]\nauth_token = \"s3cr3t\"")]);
    let report = config_error_text_in(directory.path(), &[]);
    assert_contains_all(
        &report,
        &[
            "twilio.auth_token in sallyport.toml: is a secret",
            "set twilio.auth_token_file",
        ],
    );
    assert!(!report.contains("s3cr3t"), "{report}");
}

/// A valid value of each secret with a marker. No output may contain the marker.
const MARKED: &[(&str, &str)] = &[
    (
        "DATABASE_URL",
        "postgres://sallyport:MARKER1@db.example.com/sallyport",
    ),
    ("TWILIO_AUTH_TOKEN", "MARKER2MARKER2MARKER2MARKER2MARKER2"),
    (
        "TWILIO_API_KEY_SECRET",
        "MARKER3MARKER3MARKER3MARKER3MARKER3",
    ),
    (
        "TWILIO_PREVIOUS_AUTH_TOKEN",
        "MARKER8MARKER8MARKER8MARKER8MARKER8",
    ),
    ("TELNYX_API_KEY", "KEYMARKER4"),
    (
        "SALLYPORT_SMTP_URL",
        "smtps://MARKER6:MARKER7@mail.example.com",
    ),
    (
        "SALLYPORT_SECRET_KEY",
        "MARKER5wBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==",
    ),
    (
        "SALLYPORT_PREVIOUS_SECRET_KEYS",
        "MARKER6wBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==",
    ),
    (
        "SALLYPORT_API_CLIENTS",
        "shop:MARKERAMARKERAMARKERAMARKERAMARKERA",
    ),
    (
        "SALLYPORT_CAPTCHA_SECRET",
        "MARKER9MARKER9MARKER9MARKER9MARKER9",
    ),
];

#[test]
fn configuration_prints_no_secret() {
    let marked: Vec<_> = MARKED.iter().map(|(name, _)| *name).collect();
    for setting in SETTINGS.iter().filter(|setting| setting.secret) {
        assert!(
            marked.contains(&setting.env),
            "{} has no marker",
            setting.env
        );
    }
    let others = [
        ("SALLYPORT_PROVIDER", "twilio"),
        ("TWILIO_API_KEY_SID", "SK0123456789abcdef0123456789abcdef"),
        (
            "TELNYX_VERIFY_PROFILE_ID",
            "01234567-89ab-cdef-0123-456789abcdef",
        ),
        ("SALLYPORT_CAPTCHA", "turnstile"),
        ("SALLYPORT_CAPTCHA_SITE_KEY", "0x4AAAAAAA"),
    ];
    let changes: Vec<_> = MARKED.iter().copied().chain(others).collect();
    let env = production_with(&changes);
    let config =
        load_config_in(create_empty_directory().path(), &env).expect("valid configuration");
    let printed = format!(
        "{config:?} {config:#?} {:?}",
        config.list_setting_warnings()
    );
    assert!(!printed.contains("MARKER"), "{printed}");
    let keys = &config.keys;
    for key in keys.previous_secret_keys.iter().chain([&keys.secret_key]) {
        let key_bytes = format!("{:?}", &key.expose()[..4]);
        assert!(
            !printed.contains(key_bytes.trim_matches(['[', ']'])),
            "{printed}"
        );
    }
    assert!(printed.contains("[redacted]"));
}

#[test]
fn errors_contain_no_secret() {
    // Each secret causes a different error, and one secret is in a setting that is not secret.
    let wrong = [
        ("DATABASE_URL", "mysql://MARKER@db"),
        ("TWILIO_AUTH_TOKEN", "MARKER"),
        (
            "TWILIO_API_KEY_SECRET",
            "MARKER with blanks in it, and long enough",
        ),
        ("TELNYX_API_KEY", "MARKER"),
        ("SALLYPORT_SMTP_URL", "smtp://ann:MARKER@mail.example.com?x"),
        ("SALLYPORT_SECRET_KEY", "MARKER!"),
        ("SALLYPORT_PREVIOUS_SECRET_KEYS", "MARKER?,MARKER"),
        ("TWILIO_ACCOUNT_SID", "MARKER"),
    ];
    let errors = load_config_in(create_empty_directory().path(), &production_with(&wrong))
        .expect_err("all are wrong");
    for (name, _) in wrong {
        assert_contains_all(&errors.to_string(), &[name]);
    }
    assert!(
        !format!("{errors} {errors:?}").contains("MARKER"),
        "{errors}"
    );
}

#[test]
fn only_secrets_may_come_from_a_file() {
    let directory =
        create_directory_with_files(&[("sallyport.toml", "[log]\nfilter_file = \"filter\"")]);
    let report = config_error_text_in(directory.path(), &[]);
    assert_contains_all(
        &report,
        &["log.filter_file in sallyport.toml: is not a key"],
    );
}

#[test]
fn secret_shorter_than_its_minimum_is_refused() {
    let report = config_error_text(&production_with(&[("TWILIO_AUTH_TOKEN", &"f".repeat(31))]));
    assert_contains_all(
        &report,
        &[
            "1 error ",
            "TWILIO_AUTH_TOKEN: is shorter than 32 characters",
        ],
    );
}
