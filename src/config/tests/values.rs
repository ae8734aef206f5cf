use super::super::*;
use super::{
    SECRET_KEY, assert_contains_all, config_error_text, load_config, production_with,
    twilio_credentials,
};

const PREVIOUS: &str = "SALLYPORT_PREVIOUS_SECRET_KEYS";

#[test]
fn all_errors_are_reported_together() {
    let report = config_error_text(&[
        ("SALLYPORT_MODE", "staging"),
        ("SALLYPORT_LISTEN", "localhost"),
        ("SALLYPORT_PUBLIC_URL", "id.example.com"),
        ("SALLYPORT_CAPTCHA", "turnstyle"),
        ("SALLYPORT_LOG", "inof"),
        ("SALLYPORT_LOG_FORMAT", "xml"),
        ("SALLYPORT_CODE_LENGTH", "eleven"),
        ("SALLYPORT_SECURE_COOKIES", "no"),
        ("SALLYPORT_DEFAULT_COUNTRY", "UK"),
        ("SALLYPORT_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("DATABASE_URL", "mysql://db/sallyport"),
    ]);
    assert_contains_all(
        &report,
        &[
            "11 errors in the configuration",
            "SALLYPORT_MODE: `staging` is not a permitted value; set development or production",
            "SALLYPORT_LISTEN: `localhost`: invalid socket address syntax; set address:port",
            "SALLYPORT_PUBLIC_URL: `id.example.com`: the origin must begin with `https://` or `http://`",
            "SALLYPORT_CAPTCHA: `turnstyle` is not a permitted value; set proof_of_work or recaptcha_v2 or recaptcha_v3 or hcaptcha or turnstile or none",
            "SALLYPORT_LOG: `inof` is neither a level nor target=level; set a level (error, warn, info, debug, trace or off)",
            "SALLYPORT_LOG_FORMAT: `xml` is not a permitted value; set text or json",
            "SALLYPORT_CODE_LENGTH: `eleven` is not a whole number from 4 to 10; set one, or remove it for 6",
            "SALLYPORT_SECURE_COOKIES: `no` is not a permitted value; set true or false",
            "SALLYPORT_DEFAULT_COUNTRY: `UK`: the text is not an ISO 3166-1 country code; set ISO 3166 codes",
            "SALLYPORT_TRUSTED_PROXIES: `10.0.0.1/8`: the address has bits set after the prefix length",
            "DATABASE_URL: is the URL of neither SQLite nor PostgreSQL; set sqlite:<path> or postgres://",
        ],
    );
}

#[test]
fn one_wrong_value_causes_one_error() {
    let report = config_error_text(&production_with(&[("SALLYPORT_PUBLIC_URL", "ftp://x")]));
    assert_contains_all(&report, &["1 error "]);
    let report = config_error_text(&production_with(&[("TWILIO_VERIFY_SERVICE_SID", "VA1")]));
    assert_contains_all(
        &report,
        &["1 error ", "is not VA and 32 hexadecimal digits"],
    );
    let report = config_error_text(&production_with(&[("SALLYPORT_SECRET_KEY", "AAAA")]));
    assert_contains_all(&report, &["1 error ", "holds 3 bytes, not 64"]);
}

#[test]
fn twilio_credentials_select_twilio() {
    let report = config_error_text(&[("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef")]);
    assert_contains_all(
        &report,
        &[
            "2 errors",
            "TWILIO_AUTH_TOKEN: is not set",
            "TWILIO_VERIFY_SERVICE_SID: is not set",
        ],
    );
    let report = config_error_text(&[("SALLYPORT_PROVIDER", "twilio")]);
    assert_contains_all(&report, &["3 errors", "TWILIO_ACCOUNT_SID: is not set"]);
}

#[test]
fn credentials_of_the_simulator_select_the_simulator() {
    let config = load_config(&[
        ("TWILIO_ACCOUNT_SID", simulator_defaults::ACCOUNT_SID),
        ("TWILIO_AUTH_TOKEN", simulator_defaults::AUTH_TOKEN),
        (
            "TWILIO_VERIFY_SERVICE_SID",
            simulator_defaults::VERIFY_SERVICE_SID,
        ),
    ]);
    assert_eq!(config.provider.kind, ProviderKind::Simulator(Api::Twilio));
}

#[test]
fn simulator_accepts_other_credentials() {
    let config = load_config(&[
        ("SALLYPORT_PROVIDER", "simulator"),
        ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"),
    ]);
    assert_eq!(config.provider.kind, ProviderKind::Simulator(Api::Twilio));
    assert_eq!(
        twilio_credentials(&config).account_sid,
        "AC0123456789abcdef0123456789abcdef"
    );
    assert_eq!(
        twilio_credentials(&config).auth_token.expose(),
        simulator_defaults::AUTH_TOKEN
    );
}

#[test]
fn each_purpose_may_have_its_own_service() {
    let payment = "VAffffffffffffffffffffffffffffffff";
    let config = load_config(&production_with(&[(
        "TWILIO_VERIFY_SERVICE_SID_PAYMENT",
        payment,
    )]));
    let services = config.provider.services.expect("services are configured");
    assert_eq!(services.payment, payment);
    assert_eq!(services.sign_in, "VA0123456789abcdef0123456789abcdef");
    assert_eq!(services.registration, "VAfedcba9876543210fedcba9876543210");
}

#[test]
fn set_up_without_a_verify_service_uses_the_sign_in_service() {
    let (sign_in, set_up) = (
        "VA0123456789abcdef0123456789aaaaaa",
        "VA0123456789abcdef0123456789bbbbbb",
    );
    let services = |settings: &[(&str, &str)]| {
        let config = load_config(&production_with(settings));
        config.provider.services.expect("services are configured")
    };
    let own_sign_in = ("TWILIO_VERIFY_SERVICE_SID_SIGN_IN", sign_in);
    assert_eq!(services(&[own_sign_in]).set_up, sign_in);
    let own_set_up = ("TWILIO_VERIFY_SERVICE_SID_SET_UP", set_up);
    let both = services(&[own_sign_in, own_set_up]);
    assert_eq!(
        (both.sign_in.as_str(), both.set_up.as_str()),
        (sign_in, set_up)
    );
    assert_eq!(
        services(&[own_set_up]).sign_in,
        "VA0123456789abcdef0123456789abcdef"
    );
}

#[test]
fn fallback_service_is_optional_if_every_purpose_has_a_service() {
    let sid = "VAffffffffffffffffffffffffffffffff";
    let config = load_config(&production_with(&[
        ("TWILIO_VERIFY_SERVICE_SID", ""),
        ("TWILIO_VERIFY_SERVICE_SID_SIGN_IN", sid),
        ("TWILIO_VERIFY_SERVICE_SID_PHONE_CHANGE", sid),
        ("TWILIO_VERIFY_SERVICE_SID_PAYMENT", sid),
        ("TWILIO_VERIFY_SERVICE_SID_STEP_UP", sid),
    ]));
    let services = config.provider.services.expect("services are configured");
    assert_eq!(services.step_up, sid);
}

#[test]
fn api_key_needs_sid_and_secret() {
    let sid = ("TWILIO_API_KEY_SID", "SK0123456789abcdef0123456789abcdef");
    let secret = ("TWILIO_API_KEY_SECRET", "ffffffffffffffffffffffffffffffff");
    let report = config_error_text(&production_with(&[sid]));
    assert_contains_all(
        &report,
        &[
            "1 error ",
            "TWILIO_API_KEY_SECRET: is not set although TWILIO_API_KEY_SID is",
        ],
    );
    let config = load_config(&production_with(&[sid, secret]));
    let key = twilio_credentials(&config).api_key.as_ref();
    let key = key.expect("API key is configured");
    assert_eq!(
        (key.sid.as_str(), key.secret.expose().as_str()),
        (sid.1, secret.1)
    );
}

#[test]
fn insecure_cookies_are_accepted_only_with_plain_http() {
    let off = ("SALLYPORT_SECURE_COOKIES", "false");
    assert!(!load_config(&[off]).server.secure_cookies);
    let report = config_error_text(&[off, ("SALLYPORT_PUBLIC_URL", "https://dev.example.com")]);
    assert_contains_all(
        &report,
        &["SALLYPORT_SECURE_COOKIES: is false although SALLYPORT_PUBLIC_URL is https"],
    );
}

#[test]
fn default_country_must_be_an_allowed_country() {
    let config = load_config(&[
        ("SALLYPORT_ALLOWED_COUNTRIES", "gb, IE"),
        ("SALLYPORT_DEFAULT_COUNTRY", "IE"),
    ]);
    let allowed = config.phone.allowed_countries.iter().flatten();
    let allowed: Vec<&str> = allowed.map(Country::as_str).collect();
    assert_eq!(allowed, ["GB", "IE"]);
    assert_eq!(config.phone.default_country.as_str(), "IE");
    let report = config_error_text(&[("SALLYPORT_ALLOWED_COUNTRIES", "GB,IE")]);
    assert_contains_all(
        &report,
        &["SALLYPORT_DEFAULT_COUNTRY: US is not in SALLYPORT_ALLOWED_COUNTRIES"],
    );
}

#[test]
fn error_names_the_wrong_item_of_a_list() {
    let report = config_error_text(&[("SALLYPORT_ALLOWED_COUNTRIES", "US,,GB")]);
    assert_contains_all(
        &report,
        &["SALLYPORT_ALLOWED_COUNTRIES: ``: the text is not an ISO 3166-1 country code"],
    );
}

#[test]
fn secret_key_that_is_not_random_is_refused() {
    let zeros = format!("{}==", "A".repeat(86));
    let report = config_error_text(&[("SALLYPORT_SECRET_KEY", &zeros)]);
    assert_contains_all(
        &report,
        &[
            "1 error ",
            "SALLYPORT_SECRET_KEY: is not random",
            "openssl rand",
        ],
    );
}

#[test]
fn previous_keys_must_be_random_and_differ_from_the_current_key() {
    let other = |byte: &str| SECRET_KEY.replacen("AAEC", byte, 1);
    let (one, two) = (other("BAEC"), other("CAEC"));
    let config = load_config(&production_with(&[(PREVIOUS, &format!("{one},{two}"))]));
    let firsts: Vec<u8> = config
        .keys
        .previous_secret_keys
        .iter()
        .map(|key| key.expose()[0])
        .collect();
    assert_eq!(firsts, [4, 8]);
    assert!(!format!("{config:?}").contains("4, 1, 2"));

    let itself = format!("{one},{SECRET_KEY}");
    for (previous, wrong) in [
        (
            itself.as_str(),
            "key 2 has the same value as SALLYPORT_SECRET_KEY",
        ),
        (
            SECRET_KEY,
            "key 1 has the same value as SALLYPORT_SECRET_KEY",
        ),
        ("AAAA", "holds a key that holds 3 bytes, not 64"),
        (",", "holds a key that holds 0 bytes, not 64"),
        ("changeme!", "holds a key that is not base64"),
    ] {
        let report = config_error_text(&production_with(&[(PREVIOUS, previous)]));
        assert_contains_all(&report, &[&format!("{PREVIOUS}: {wrong}")]);
        assert!(!report.contains("changeme"), "{report}");
    }
}

#[test]
fn development_accepts_cheap_hashes_within_the_limits_of_argon2() {
    let cheap = [
        ("SALLYPORT_ARGON2_MEMORY_KIB", "8"),
        ("SALLYPORT_ARGON2_ITERATIONS", "1"),
    ];
    assert_eq!(load_config(&cheap).password.argon2_memory_kib, 8);
    let report = config_error_text(&[cheap[0], ("SALLYPORT_ARGON2_PARALLELISM", "2")]);
    assert_contains_all(
        &report,
        &["SALLYPORT_ARGON2_MEMORY_KIB: is less than 8 KiB for each of 2 lanes; set 16"],
    );
}

#[test]
fn first_password_delay_above_the_longest_is_refused() {
    let report = config_error_text(&[
        ("SALLYPORT_LIMIT_PASSWORD_DELAY_SECS", "60"),
        ("SALLYPORT_LIMIT_PASSWORD_DELAY_MAX_SECS", "30"),
    ]);
    assert_contains_all(
        &report,
        &["SALLYPORT_LIMIT_PASSWORD_DELAY_SECS: is longer than"],
    );
}

#[test]
fn credentials_sent_without_encryption_cause_a_warning() {
    let sid = ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef");
    let token = ("TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef");
    let service = (
        "TWILIO_VERIFY_SERVICE_SID",
        "VA0123456789abcdef0123456789abcdef",
    );
    let warnings =
        |url| load_config(&[sid, token, service, ("TWILIO_BASE_URL", url)]).list_setting_warnings();
    assert_contains_all(
        &warnings("http://twilio.example").join("\n"),
        &["TWILIO_BASE_URL=http://twilio.example"],
    );
    let local = warnings("http://127.0.0.1:5999").join("\n");
    assert!(!local.contains("TWILIO_BASE_URL"), "{local}");
    // Neither mail nor SMS is configured.
    assert_contains_all(&local, &["no security notification is sent"]);
}

#[test]
fn mail_server_needs_a_sender_and_errors_do_not_show_its_url() {
    let url = |url| ("SALLYPORT_SMTP_URL", url);
    let report = config_error_text(&[url("smtps://ann:secret-word@mail.example.com")]);
    assert_contains_all(
        &report,
        &[
            "1 error",
            "SALLYPORT_MAIL_FROM: is not set although SALLYPORT_SMTP_URL is",
        ],
    );
    assert!(!report.contains("secret-word"), "{report}");
    let from = ("SALLYPORT_MAIL_FROM", "Sallyport <no-reply@example.com>");
    let report = config_error_text(&[
        url("smtp://ann:secret-word@mail.example.com?tls=none"),
        from,
    ]);
    assert_contains_all(
        &report,
        &["1 error", "SALLYPORT_SMTP_URL: has more than", "smtps://"],
    );
    assert!(!report.contains("secret-word"), "{report}");
    let report = config_error_text(&[
        url("smtps://mail.example.com"),
        ("SALLYPORT_MAIL_FROM", "no-address"),
    ]);
    let error = "SALLYPORT_MAIL_FROM: `no-address`: is not an address; set an address";
    assert_contains_all(&report, &["1 error", error]);
    let config = load_config(&[url("smtps://ann:secret-word@mail.example.com"), from]);
    assert!(!format!("{config:?}").contains("secret-word"));
}

#[test]
fn error_of_a_simulator_host_states_the_permitted_characters() {
    let report = config_error_text(&[("SALLYPORT_SIMULATOR_HOSTS", "my host!")]);
    assert_contains_all(&report, &["1 error", "`my host!`", "only letters, digits"]);
}

#[test]
fn sender_of_mails_in_quotation_marks_is_refused_with_the_reason() {
    for from in [
        "\"Example <no-reply@example.com>\"",
        "'no-reply@example.com'",
    ] {
        let report = config_error_text(&[("SALLYPORT_MAIL_FROM", from)]);
        let error = "SALLYPORT_MAIL_FROM: has quotation marks around it; remove them";
        assert_contains_all(&report, &["1 error", error]);
    }
}

#[test]
fn sms_number_and_messaging_service_together_are_refused() {
    let service = (
        "TWILIO_MESSAGING_SERVICE_SID",
        "MG0123456789abcdef0123456789abcdef",
    );
    let report = config_error_text(&[service, ("TWILIO_MESSAGING_FROM", "+14155550142")]);
    assert_contains_all(
        &report,
        &["1 error", "TWILIO_MESSAGING_FROM: is set beside"],
    );
    let report = config_error_text(&[("TWILIO_MESSAGING_FROM", "415 555 0142 01")]);
    assert_contains_all(
        &report,
        &["1 error", "TWILIO_MESSAGING_FROM: is not a number"],
    );
    let report = config_error_text(&[("TWILIO_MESSAGING_SERVICE_SID", "MG1")]);
    assert_contains_all(&report, &["1 error", "is not MG and 32 hexadecimal digits"]);
    let sender = load_config(&[service]).notifications.sms;
    assert_eq!(sender, Some(SmsSender::Service(service.1.to_owned())));
}

#[test]
fn mail_of_a_simulator_in_another_process_needs_a_known_port() {
    let other_origin = [
        ("SALLYPORT_SIMULATOR_EMBEDDED", "false"),
        ("TWILIO_BASE_URL", "http://127.0.0.1:5999"),
    ];
    let with = |listen| {
        let mut env = other_origin.to_vec();
        env.push(("SALLYPORT_SIMULATOR_SMTP_LISTEN", listen));
        load_config(&env).notifications.mail.is_some()
    };
    assert!(with("127.0.0.1:5025"));
    assert!(!with("127.0.0.1:0"), "the port is unknown");
}
