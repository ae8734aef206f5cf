//! The production configuration: what it refuses and what it enables.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;

use crate::support::wire::Request;
use crate::support::{Process, sallyport_command};

const KEY: &str =
    "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QA==";

/// Returns the minimal settings of production.
pub(super) fn production_settings() -> Vec<(String, String)> {
    [
        ("SALLYPORT_MODE", "production"),
        ("SALLYPORT_PROVIDER", "twilio"),
        ("SALLYPORT_PUBLIC_URL", "https://id.example.org"),
        ("SALLYPORT_SECRET_KEY", KEY),
        ("SALLYPORT_CAPTCHA", "proof_of_work"),
        ("SALLYPORT_CAPTCHA_COST", "160"),
        ("SALLYPORT_ARGON2_MEMORY_KIB", "19456"),
        ("SALLYPORT_ARGON2_ITERATIONS", "2"),
        ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"),
        ("TWILIO_AUTH_TOKEN", "fedcba9876543210fedcba9876543210"),
        (
            "TWILIO_VERIFY_SERVICE_SID",
            "VA0123456789abcdef0123456789abcdef",
        ),
        (
            "TWILIO_VERIFY_SERVICE_SID_REGISTRATION",
            "VAfedcba9876543210fedcba9876543210",
        ),
        ("SALLYPORT_ALLOWED_COUNTRIES", "US,GB"),
        ("TWILIO_MESSAGING_FROM", "+14155550142"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// The host name of a server with [`production_settings`].
pub(super) const PRODUCTION_HOST: &str = "id.example.org";

/// Starts a server with [`production_settings`] and an empty database.
pub(super) async fn start_production(directory: &Path) -> (Process, SocketAddr) {
    let migrated = sallyport_command(directory, "migrate", &production_settings())
        .env_remove("SALLYPORT_SIMULATOR_LISTEN")
        .status();
    assert!(migrated.is_ok_and(|status| status.success()));
    let mut command = sallyport_command(directory, "serve", &production_settings());
    command.env_remove("SALLYPORT_SIMULATOR_LISTEN");
    let mut process = Process::start(&command, "KILL", None).await;
    let address = process
        .wait_for_output("Sallyport is listening on http://")
        .await;
    (process, address.parse().expect("valid address"))
}

/// Returns the errors of a production configuration with this change.
fn configuration_errors(change: impl FnOnce(&mut Vec<(String, String)>)) -> String {
    let directory = tempfile::tempdir().expect("temporary directory is created");
    let mut settings = production_settings();
    change(&mut settings);
    let output = sallyport_command(directory.path(), "migrate", &settings)
        .env_remove("SALLYPORT_SIMULATOR_LISTEN")
        .output()
        .expect("program starts");
    assert!(!output.status.success(), "{settings:?} was accepted");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn occupied_address_names_its_setting() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("port is free");
    let address = taken.local_addr().expect("socket is bound").to_string();
    for setting in [
        "SALLYPORT_LISTEN",
        "SALLYPORT_SIMULATOR_LISTEN",
        "SALLYPORT_SIMULATOR_SMTP_LISTEN",
        "SALLYPORT_METRICS_ADDRESS",
    ] {
        let directory = tempfile::tempdir().expect("temporary directory is created");
        let settings = [(setting.to_owned(), address.clone())];
        let output = sallyport_command(directory.path(), "serve", &settings)
            .output()
            .expect("program starts");
        assert!(!output.status.success(), "{setting}");
        let error_text = String::from_utf8_lossy(&output.stderr);
        assert!(
            error_text.contains(&format!("cannot listen on {address}")),
            "{error_text}"
        );
        assert!(
            error_text.contains(&format!("in {setting}")),
            "{error_text}"
        );
    }
}

#[test]
fn mode_that_is_not_utf8_is_refused() {
    let directory = tempfile::tempdir().expect("temporary directory is created");
    let mode = OsString::from_vec(b"production\xa0".to_vec());
    let output = sallyport_command(directory.path(), "serve", &[])
        .env("SALLYPORT_MODE", mode)
        .output()
        .expect("program starts");
    assert!(!output.status.success());
    let error_text = String::from_utf8_lossy(&output.stderr);
    assert!(
        error_text.contains("SALLYPORT_MODE: is not UTF-8; write the value in UTF-8"),
        "{error_text}"
    );
}

/// Tests docs/security.md#ops-07, docs/security.md#ops-04, docs/security.md#ops-05.
#[test]
fn production_refuses_settings_for_tests() {
    let weaknesses = [
        ("SALLYPORT_PUBLIC_URL", "http://id.example.org"),
        ("SALLYPORT_SECURE_COOKIES", "false"),
        (
            "SALLYPORT_SECRET_KEY",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
        ),
        ("SALLYPORT_SECRET_KEY", "changeme"),
        ("SALLYPORT_PROVIDER", "simulator"),
        ("SALLYPORT_SIMULATOR_EMBEDDED", "true"),
        ("TWILIO_BASE_URL", "http://127.0.0.1:4010"),
        ("TWILIO_ACCOUNT_SID", "AC5a119007000000000000000000000001"),
        ("TWILIO_AUTH_TOKEN", "5a119007000000000000000000000002"),
        (
            "TWILIO_VERIFY_SERVICE_SID",
            "VA5a119007000000000000000000000003",
        ),
        ("SALLYPORT_CAPTCHA", "none"),
        ("SALLYPORT_CAPTCHA_COST", "1"),
        ("SALLYPORT_ARGON2_MEMORY_KIB", "64"),
        ("SALLYPORT_ARGON2_ITERATIONS", "1"),
        ("SALLYPORT_LIMIT_RESEND_GAP_SECS", "0"),
        ("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", "6"),
        ("SALLYPORT_LIMIT_TRIES_PER_CODE", "6"),
        ("SALLYPORT_TEST_CLOCK", "frozen"),
        ("SALLYPORT_FIXED_CODE", "123456"),
    ];
    for (name, value) in weaknesses {
        let output = configuration_errors(|settings| {
            settings.retain(|(given, _)| given != name);
            settings.push((name.to_owned(), value.to_owned()));
        });
        assert!(output.contains(name), "{name}={value}: {output}");
        assert!(
            !output.contains(KEY) && !output.contains("fedcba9876543210"),
            "{output}"
        );
    }
}

/// Tests docs/security.md#ops-04.
#[test]
fn production_refuses_to_start_without_secrets_services_and_countries() {
    for name in [
        "SALLYPORT_PUBLIC_URL",
        "SALLYPORT_SECRET_KEY",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_VERIFY_SERVICE_SID",
        "SALLYPORT_ALLOWED_COUNTRIES",
    ] {
        let output = configuration_errors(|settings| settings.retain(|(given, _)| given != name));
        assert!(output.contains(name), "{name}: {output}");
    }
}

/// Tests docs/configuration-sources.md#errors-and-warnings.
#[test]
fn configuration_check_reports_errors_and_warnings_and_creates_no_file() {
    let directory = tempfile::tempdir().expect("temporary directory is created");
    let check = |settings: &[(String, String)]| {
        let output = sallyport_command(directory.path(), "config", settings)
            .arg("check")
            .env_remove("SALLYPORT_SIMULATOR_LISTEN")
            .output()
            .expect("program starts");
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    };
    // Without a secret key, a start in development creates a key file.
    for settings in [production_settings(), Vec::new()] {
        let (exit_code, text) = check(&settings);
        assert_eq!(exit_code, Some(0), "{text}");
        assert!(text.contains("The configuration can be used."), "{text}");
    }
    let (_, text) = check(&production_settings());
    assert!(
        text.contains("warning: SALLYPORT_TRUSTED_PROXIES is not set"),
        "{text}"
    );
    let mut settings = production_settings();
    settings.retain(|(name, _)| name != "SALLYPORT_SECRET_KEY");
    settings.push(("SALLYPORT_LISTN".to_owned(), "127.0.0.1:0".to_owned()));
    settings.push(("SALLYPORT_METRICS_ADDRESS".to_owned(), "9464".to_owned()));
    let (exit_code, text) = check(&settings);
    assert_eq!(exit_code, Some(1), "{text}");
    for name in [
        "SALLYPORT_SECRET_KEY",
        "SALLYPORT_LISTN",
        "SALLYPORT_METRICS_ADDRESS",
    ] {
        assert!(text.contains(name), "{name}: {text}");
    }
    let files = std::fs::read_dir(directory.path()).expect("directory is read");
    assert_eq!(files.count(), 0, "the check created a file");
}

/// Tests docs/security.md#hdr-02, docs/security.md#ops-05, docs/security.md#ops-07, docs/security.md#ses-02.
#[tokio::test(flavor = "multi_thread")]
async fn production_requires_https_and_runs_no_simulator() {
    let directory = tempfile::tempdir().expect("temporary directory is created");
    let (mut process, address) = start_production(directory.path()).await;
    let get = |path: &str| Request::get(path).with_header("Host", PRODUCTION_HOST);
    let page = get("/login").send(address).await;
    assert_eq!(page.status, 200);
    let hsts = page.header("strict-transport-security").unwrap_or_default();
    assert!(hsts.contains("max-age=31536000"), "{hsts}");
    assert_eq!(get("/_simulator/messages").send(address).await.status, 404);
    assert_eq!(Request::get("/login").send(address).await.status, 421);
    assert_eq!(Request::get("/healthz").send(address).await.status, 200);
    assert!(!process.output().contains("Phone simulator"));
    process.send_signal("TERM");
    process.wait_for_exit().await;
}

/// Tests docs/monitoring.md#start-and-stop.
#[tokio::test(flavor = "multi_thread")]
async fn start_and_stop_of_the_server_are_events_of_the_log() {
    let directory = tempfile::tempdir().expect("temporary directory is created");
    let (mut process, address) = start_production(directory.path()).await;
    process.wait_for_output("server started").await;
    process.send_signal("TERM");
    process.wait_for_exit().await;
    let log = process.output();
    let events = log
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let events: Vec<serde_json::Value> = events
        .filter(|event| {
            let message = event["message"].as_str();
            message.is_some_and(|message| message.starts_with("server st"))
        })
        .collect();
    let [started, stopping, stopped] = &events[..] else {
        panic!("{log}");
    };
    assert_eq!(started["message"], "server started");
    assert_eq!(started["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(started["mode"], "production");
    assert_eq!(started["database"], "sqlite");
    assert_eq!(started["address"], address.to_string());
    let message = stopping["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("server stopping"), "{stopping}");
    assert_eq!(stopped["message"], "server stopped");
    for event in [started, stopping, stopped] {
        assert_eq!(event["level"], "INFO", "{event}");
    }
}
