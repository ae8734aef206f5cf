use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use super::super::*;
use super::{
    SECRET_KEY, assert_contains_all, config_error_text, config_error_text_in,
    create_empty_directory, load_config, load_config_in, twilio_credentials,
};

#[test]
fn defaults_are_a_development_server_on_loopback() {
    let directory = create_empty_directory();
    let config =
        load_config_in(directory.path(), &[]).expect("valid configuration without settings");

    assert_eq!(config.mode, Mode::Development);
    assert_eq!(config.limits.cooldown, Duration::ZERO);
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:3000");
    let origin = config.server.public_origin(config.server.listen);
    assert_eq!(origin.to_string(), "http://127.0.0.1:3000");
    assert!(config.server.secure_cookies);
    assert!(config.server.trusted_proxies.is_empty());

    let data_dir = directory.path().join("data");
    assert_eq!(config.store.data_dir, data_dir);
    assert_eq!(config.store.database, DatabaseKind::Sqlite);
    assert_eq!(
        *config.store.url.expose(),
        format!("sqlite://{}/sallyport.db?mode=rwc", data_dir.display())
    );

    let provider = &config.provider;
    assert_eq!(provider.kind, ProviderKind::Simulator(Api::Twilio));
    assert!(provider.simulator.embedded);
    assert_eq!(
        provider.twilio_origin(None).to_string(),
        "http://127.0.0.1:4010"
    );
    assert_eq!(
        twilio_credentials(&config).account_sid,
        simulator_defaults::ACCOUNT_SID
    );
    assert_eq!(
        twilio_credentials(&config).auth_token.expose(),
        simulator_defaults::AUTH_TOKEN
    );
    let services = provider.services.as_ref().expect("services are configured");
    assert_eq!(services.payment, simulator_defaults::VERIFY_SERVICE_SID);
    let telnyx = provider.telnyx.as_ref().expect("Telnyx is configured");
    assert_eq!(telnyx.api_key.expose(), simulator_defaults::TELNYX_API_KEY);
    assert_eq!(
        telnyx.profiles.payment,
        simulator_defaults::TELNYX_VERIFY_PROFILE_ID
    );
    assert_eq!(telnyx.public_keys.len(), 1);
    assert_eq!(provider.simulator.webhooks, WebhookTarget::SameProcess);
    assert_eq!(provider.code_digits(), 6);
    assert_eq!(provider.connect_timeout, Duration::from_secs(3));
    assert_eq!(provider.timeout, Duration::from_secs(8));

    assert!(matches!(config.notifications.sms, Some(SmsSender::From(_))));
    let mail = config
        .notifications
        .mail
        .as_ref()
        .expect("mail sender is configured");
    assert!(matches!(mail.server, MailServer::Simulator));
    let mailbox = provider.simulator.smtp_listen;
    assert_eq!(
        *mail.server.resolve_mail_server_url(mailbox).expose(),
        "smtp://127.0.0.1:4025"
    );

    assert!(matches!(config.captcha.kind, CaptchaKind::ProofOfWork));
    assert_eq!(config.phone.default_country.as_str(), "US");
    assert_eq!(config.phone.allowed_countries, None);
    assert_eq!(config.password.argon2_memory_kib, 19_456);
    assert_eq!(config.session.idle, Duration::from_mins(30));
    assert_eq!(config.session.absolute, Duration::from_hours(12));
    assert_eq!(config.limits.resend_gap, Duration::from_secs(30));
    assert_eq!(config.limits.sends_per_source_per_hour, 1_000);
    assert_eq!(config.http.body_limit, 16 * 1024);
    assert_eq!(
        (config.log.filter.as_str(), config.log.format),
        ("info", LogFormat::Text)
    );
    assert_eq!(config.list_setting_warnings(), Vec::<String>::new());
}

#[test]
fn public_url_defaults_to_the_listen_address() {
    let config = load_config(&[("SALLYPORT_LISTEN", "127.0.0.1:8123")]);
    let origin = config.server.public_origin(config.server.listen);
    assert_eq!(origin.to_string(), "http://127.0.0.1:8123");
}

#[test]
fn origin_of_a_free_port_is_known_after_binding() {
    let config = load_config(&[
        ("SALLYPORT_LISTEN", "127.0.0.1:0"),
        ("SALLYPORT_SIMULATOR_LISTEN", "127.0.0.1:0"),
    ]);
    assert_eq!(config.server.public_url, ServiceOrigin::Listener);
    let bound = ([127, 0, 0, 1], 45_678).into();
    assert_eq!(
        config.server.public_origin(bound).to_string(),
        "http://127.0.0.1:45678"
    );
    assert_eq!(
        config.provider.twilio_origin(Some(bound)).to_string(),
        "http://127.0.0.1:45678"
    );
}

#[test]
fn simulator_may_run_in_another_process() {
    let config = load_config(&[
        ("SALLYPORT_SIMULATOR_EMBEDDED", "false"),
        ("TWILIO_BASE_URL", "http://127.0.0.1:5999"),
    ]);
    assert_eq!(config.provider.kind, ProviderKind::Simulator(Api::Twilio));
    assert!(!config.provider.simulator.embedded);
    assert_eq!(
        config.provider.twilio_origin(None).to_string(),
        "http://127.0.0.1:5999"
    );
    assert_eq!(config.provider.simulator.webhooks, WebhookTarget::Disabled);
}

#[test]
fn simulator_in_another_process_needs_a_known_port() {
    let report = config_error_text(&[
        ("SALLYPORT_SIMULATOR_EMBEDDED", "false"),
        ("SALLYPORT_SIMULATOR_LISTEN", "127.0.0.1:0"),
    ]);
    assert_contains_all(
        &report,
        &[
            "1 error",
            "TWILIO_BASE_URL: is not set",
            "set http://address:port",
        ],
    );
}

#[test]
fn simulator_on_the_port_of_the_server_is_refused() {
    let report = config_error_text(&[("SALLYPORT_SIMULATOR_LISTEN", "127.0.0.1:3000")]);
    assert_contains_all(
        &report,
        &[
            "SALLYPORT_SIMULATOR_LISTEN: is the same address",
            "another port",
        ],
    );
}

#[test]
fn metrics_have_a_separate_valid_address_or_are_off() {
    const NAME: &str = "SALLYPORT_METRICS_ADDRESS";
    assert_eq!(load_config(&[]).server.metrics_address, None);
    let config = load_config(&[(NAME, "127.0.0.1:9464")]);
    assert_eq!(
        config.server.metrics_address,
        Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 9464)))
    );
    let report = config_error_text(&[(NAME, "127.0.0.1:3000")]);
    assert_contains_all(
        &report,
        &[
            "SALLYPORT_METRICS_ADDRESS: is the same address as SALLYPORT_LISTEN",
            "another port",
        ],
    );
    let report = config_error_text(&[(NAME, "9464")]);
    assert_contains_all(
        &report,
        &["`9464`: invalid socket address syntax; set address:port, such as 127.0.0.1:9464"],
    );
}

#[test]
fn simulator_at_the_address_of_a_real_provider_is_refused() {
    let report = config_error_text(&[("TWILIO_BASE_URL", "https://verify.twilio.com")]);
    assert_contains_all(
        &report,
        &[
            "TWILIO_BASE_URL: is an address of Twilio",
            "SALLYPORT_PROVIDER=twilio",
        ],
    );
    let report = config_error_text(&[
        ("SALLYPORT_PROVIDER", "simulator_telnyx"),
        ("TELNYX_BASE_URL", "https://api.telnyx.com"),
    ]);
    assert_contains_all(
        &report,
        &[
            "TELNYX_BASE_URL: is an address of Telnyx",
            "SALLYPORT_PROVIDER=telnyx",
        ],
    );
}

#[test]
fn generated_key_is_kept_in_a_private_file() {
    let directory = create_empty_directory();
    let first =
        load_config_in(directory.path(), &[]).expect("valid configuration without settings");
    let second =
        load_config_in(directory.path(), &[]).expect("valid configuration without settings");
    assert_eq!(
        first.keys.secret_key.expose(),
        second.keys.secret_key.expose()
    );

    let data_dir = directory.path().join("data");
    let mode = |path| {
        fs::metadata(path)
            .map(|m| m.permissions().mode() & 0o777)
            .ok()
    };
    assert_eq!(mode(data_dir.clone()), Some(0o700));
    assert_eq!(mode(data_dir.join("secret.key")), Some(0o600));
    let files = fs::read_dir(&data_dir)
        .expect("data directory exists")
        .count();
    assert_eq!(files, 1, "the temporary key file is deleted");
}

#[test]
fn processes_that_start_together_use_the_same_generated_key() {
    let directory = create_empty_directory();
    let keys: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| load_config_in(directory.path(), &[])))
            .collect();
        starts
            .into_iter()
            .map(|start| {
                start
                    .join()
                    .expect("thread ends without a panic")
                    .expect("valid configuration without settings")
            })
            .map(|config| *config.keys.secret_key.expose())
            .collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0]));
}

#[test]
fn key_file_that_other_users_may_read_is_refused() {
    let directory = create_empty_directory();
    load_config_in(directory.path(), &[]).expect("valid configuration without settings");
    let path = directory.path().join("data/secret.key");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("key file is writable");
    let report = config_error_text_in(directory.path(), &[]);
    assert_contains_all(&report, &["data/secret.key", "others may read it", "600"]);
}

#[test]
fn byte_order_mark_before_the_key_of_the_key_file_is_ignored() {
    let directory = create_empty_directory();
    let load = || load_config_in(directory.path(), &[]).expect("valid configuration");
    let before = load();
    let path = directory.path().join("data/secret.key");
    let key = fs::read_to_string(&path).expect("key file is readable");
    fs::write(&path, format!("\u{feff}{key}")).expect("key file is writable");
    assert_eq!(
        load().keys.secret_key.expose(),
        before.keys.secret_key.expose()
    );
}

#[test]
fn damaged_key_file_is_refused_and_not_replaced() {
    let directory = create_empty_directory();
    load_config_in(directory.path(), &[]).expect("valid configuration without settings");
    let path = directory.path().join("data/secret.key");
    fs::write(&path, "AAAA").expect("key file is writable");
    let report = config_error_text_in(directory.path(), &[]);
    assert_contains_all(
        &report,
        &[
            "data/secret.key",
            "holds 3 bytes, not 64",
            "SALLYPORT_SECRET_KEY",
        ],
    );
}

#[test]
fn refused_configuration_creates_no_key_file() {
    let directory = create_empty_directory();
    config_error_text_in(directory.path(), &[("SALLYPORT_LISTEN", "nowhere")]);
    assert!(!directory.path().join("data").exists());
}

#[test]
fn configured_secret_key_creates_no_key_file() {
    let directory = create_empty_directory();
    load_config_in(directory.path(), &[("SALLYPORT_SECRET_KEY", SECRET_KEY)]).expect("valid key");
    assert!(!directory.path().join("data").exists());
}

#[test]
fn allowed_but_risky_values_cause_warnings() {
    for (env, said) in [
        (
            vec![("SALLYPORT_LISTEN", "192.0.2.1:80")],
            "opens a development server",
        ),
        (
            vec![("SALLYPORT_LISTEN", "[::]:3000")],
            "opens a development server",
        ),
        (
            vec![("SALLYPORT_PUBLIC_URL", "http://box.lan")],
            "drop Secure cookies",
        ),
        (
            vec![("SALLYPORT_SIMULATOR_LISTEN", "0.0.0.0:4010")],
            "shows every code",
        ),
        (
            vec![("SALLYPORT_METRICS_ADDRESS", "0.0.0.0:9464")],
            "shows the metrics to the network",
        ),
        (vec![("SALLYPORT_CAPTCHA", "none")], "bots can register"),
        (
            vec![(
                "TWILIO_VERIFY_SERVICE_SID",
                simulator_defaults::VERIFY_SERVICE_SID,
            )],
            "TWILIO_VERIFY_SERVICE_SID_REGISTRATION is not a separate service",
        ),
    ] {
        assert_contains_all(
            &load_config(&env).list_setting_warnings().join("\n"),
            &[said],
        );
    }
}

#[test]
fn development_behind_an_https_proxy_causes_no_warning() {
    let config = load_config(&[
        ("SALLYPORT_LISTEN", "0.0.0.0:3000"),
        ("SALLYPORT_PUBLIC_URL", "https://dev.example.com"),
    ]);
    assert_eq!(config.list_setting_warnings(), Vec::<String>::new());
}
