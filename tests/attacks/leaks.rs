//! Secrets with markers, and a search for them in logs, pages and the database.

use domain::{Problem, Purpose};
use serde_json::json;

use super::captcha_services::{SECRET, app_with_captcha_service, sign_in, widget_token};
use crate::support::wire::{Request, percent_encode};
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, wrong_code};

on_both_databases![
    secrets_occur_in_no_log_page_or_database_row,
    line_breaks_and_control_sequences_from_a_client_cannot_start_a_log_line,
];

/// Returns every encoding in which a text could have been logged or stored.
fn encodings_of_text(secret: &str) -> Vec<String> {
    let hex: Vec<String> = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let bytes = secret.as_bytes();
    let base64 = encode_base64_without_padding(bytes);
    vec![
        secret.to_owned(),
        percent_encode(secret),
        secret.replace(' ', "+"),
        secret.chars().rev().collect(),
        hex.concat(),
        base64,
    ]
}

/// Encodes bytes as Base64 without padding, so that a search also finds the text inside a longer Base64 text.
fn encode_base64_without_padding(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks_exact(3) {
        let bits = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
        for shift in [18, 12, 6, 0] {
            out.push(char::from(ALPHABET[(bits >> shift & 63) as usize]));
        }
    }
    out
}

/// Returns the text around `needle`, or `None` if the text does not contain it.
fn find_text(haystack: &str, needle: &str) -> Option<String> {
    let at = haystack.find(needle)?;
    let from = haystack[..at]
        .char_indices()
        .rev()
        .nth(100)
        .map_or(0, |(at, _)| at);
    Some(haystack[from..at + needle.len()].to_owned())
}

/// Returns the text around a code of six digits that stands alone. Times and ids can contain the same digits by chance.
pub(super) fn find_code(haystack: &str, code: &str) -> Option<String> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
    haystack.match_indices(code).find_map(|(at, _)| {
        let before = haystack[..at].chars().next_back().is_some_and(part);
        let after = haystack[at + code.len()..].chars().next().is_some_and(part);
        (!before && !after).then(|| find_text(&haystack[..at + code.len()], code))?
    })
}

/// All data that a journey with many mistakes leaves behind: pages, logs and database rows.
struct Traces {
    secrets: Vec<String>,
    codes: Vec<String>,
    pages: Vec<String>,
}

impl Traces {
    async fn collect_pages_and_cookies(&mut self, browser: &mut Browser) {
        for path in [
            "/register",
            "/register/credentials",
            "/register/verify",
            "/login",
            "/login/verify",
            "/dashboard",
        ] {
            let page = browser.load_page(path).await;
            self.pages.push(page.text());
        }
        let held = browser
            .cookies
            .iter()
            .filter(|(name, _)| !name.ends_with("note"));
        self.secrets.extend(held.map(|(_, value)| value.clone()));
    }
}

/// Runs all journeys of a user, and returns the pages and the log.
async fn run_journey_and_collect_traces(app: &TestApp, ann: &User) -> Traces {
    let mut traces = Traces {
        secrets: vec![ann.password.clone()],
        codes: Vec::new(),
        pages: Vec::new(),
    };
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    for scripts in [false, true] {
        let mut browser = if scripts {
            app.new_browser()
        } else {
            app.new_browser().without_scripts()
        };
        if !scripts {
            browser.submit_registration_details(ann).await;
            traces.collect_pages_and_cookies(&mut browser).await;
            browser.submit_registration_credentials(ann).await;
            traces.collect_pages_and_cookies(&mut browser).await;
            let broken =
                json!([{ "on": "create", "kind": "html" }, { "on": "check", "kind": "bad_json" }]);
            app.simulator.set_faults(broken).await;
            browser.send_code(Purpose::Registration).await;
            // Starts another registration, in which sending works.
            browser.cancel_flow(Purpose::Registration).await;
            browser.submit_registration_details(ann).await;
            browser.submit_registration_credentials(ann).await;
            browser.send_code(Purpose::Registration).await;
            let code = phone.next_code().await;
            traces.collect_pages_and_cookies(&mut browser).await;
            for typed in [&wrong_code(&code), &wrong_code(&code), &code] {
                browser.enter_code(Purpose::Registration, typed).await;
            }
            traces.codes.push(code);
        }
        browser
            .enter_password(&ann.username, &format!("{} wrong", ann.password))
            .await;
        browser.enter_password(&ann.password, &ann.password).await;
        browser.enter_password(&ann.email, &ann.password).await;
        traces.collect_pages_and_cookies(&mut browser).await;
        browser.choose_sms_method().await;
        traces.collect_pages_and_cookies(&mut browser).await;
        let code = phone.next_code().await;
        browser
            .enter_code(Purpose::SignIn, &wrong_code(&code))
            .await;
        traces.collect_pages_and_cookies(&mut browser).await;
        browser.enter_code(Purpose::SignIn, &code).await;
        traces.codes.push(code);
        assert!(
            browser.is_signed_in().await,
            "the journey ends at the dashboard"
        );
        traces.collect_pages_and_cookies(&mut browser).await;
        browser.sign_out().await;
    }
    traces
}

/// Tests docs/security.md#leak-01, docs/security.md#leak-02, docs/security.md#leak-04, docs/security.md#reg-08,
/// docs/security.md#otp-11, docs/security.md#ses-01, docs/security.md#sm-01.
async fn secrets_occur_in_no_log_page_or_database_row(database: Database) {
    let app = TestApp::builder(database)
        .with_separate_simulator()
        .with_setting("SALLYPORT_LOG", "trace")
        .start()
        .await;
    let ann = User {
        password: "kestrel Vellum 8842 quorum".into(),
        ..User::with_unique_details()
    };
    let traces = run_journey_and_collect_traces(&app, &ann).await;
    let probe = app.open_database().await;
    let account = probe.read_text("SELECT id FROM accounts").await;
    let log = app.process.output();
    let mut stored = probe.dump_rows().await;
    if database == Database::Sqlite {
        for file in ["sallyport.db", "sallyport.db-wal"] {
            let bytes = std::fs::read(app.data.path().join(file)).expect(file);
            stored += &String::from_utf8_lossy(&bytes);
        }
    }
    let pages = traces.pages.join("\n");
    let token = "5a119007000000000000000000000002".to_owned();
    for secret in traces.secrets.iter().chain([&token]) {
        for spelling in encodings_of_text(secret) {
            for (place, text) in [("log", &log), ("database", &stored), ("pages", &pages)] {
                assert_eq!(
                    find_text(text, &spelling),
                    None,
                    "{spelling} in the {place}"
                );
            }
        }
    }
    for code in &traces.codes {
        for (place, text) in [("log", &log), ("database", &stored), ("pages", &pages)] {
            assert_eq!(find_code(text, code), None, "{code} in the {place}");
        }
    }
    for (place, text) in [("log", &log), ("pages", &pages)] {
        assert_eq!(
            find_text(text, &ann.phone[1..]),
            None,
            "the number in the {place}"
        );
        assert_eq!(
            find_text(text, "$argon2id$"),
            None,
            "the hash in the {place}"
        );
    }
    assert_eq!(find_text(&pages, &account), None);
    assert_eq!(find_text(&pages, "VA5a119007"), None);
}

/// A terminal control sequence, a line break, and a forged log line.
const FORGED: &str = "name\u{1b}[31mforged\r\nforged ERROR the server was broken into";

/// Sends [`FORGED`] in every part of a request that a client chooses.
async fn send_forged_lines(app: &TestApp) {
    let browser = app.new_browser();
    let encoded = percent_encode(FORGED);
    let body = json!({ "identifier": FORGED, "password": FORGED }).to_string();
    let api = Request::new("POST", "/v1/login").with_body("application/json", body);
    for request in [
        browser.form_request(&call::submit_password(FORGED, FORGED, FORGED)),
        browser.form_request(&call::choose_method(FORGED)),
        api.with_header("Accept-Language", &encoded),
        Request::new("POST", &format!("/v1/{encoded}")).with_body(&encoded, FORGED.to_owned()),
        Request::get(&format!("/{encoded}?next={encoded}"))
            .with_header("User-Agent", "agent\tforged")
            .with_header("Cookie", &format!("sallyport={encoded}")),
        Request::get("/login").with_header("Host", "forged.example"),
        Request::new("POST", &format!("/webhooks/{encoded}"))
            .with_body("text/plain", body_of_lines()),
    ] {
        request.send(app.address).await;
    }
}

/// Returns a request body that consists of forged log lines.
fn body_of_lines() -> String {
    [FORGED; 3].join("\n")
}

/// Tests docs/security.md#leak-05.
async fn line_breaks_and_control_sequences_from_a_client_cannot_start_a_log_line(
    database: Database,
) {
    for format in ["text", "json"] {
        let mut app = app_with_captcha_service(database, "recaptcha_v3", SECRET)
            .with_setting("SALLYPORT_LOG", "debug")
            .with_setting("SALLYPORT_LOG_FORMAT", format)
            .start()
            .await;
        send_forged_lines(&app).await;
        // The log has the host that a token of a CAPTCHA service states.
        let token = widget_token("1", &format!("hostname={}", percent_encode(FORGED)));
        let problem = sign_in(&mut app.new_browser(), &token).await;
        assert_eq!(problem, Problem::CaptchaFailed);
        let logged = app.process.wait_for_output("issued for another host").await;
        assert!(logged.contains("forged"), "{format}: {logged}");
        let log = app.process.output();
        assert!(!log.contains("\u{1b}[31mforged"), "{format}: {log}");
        for line in log.lines() {
            assert!(!line.starts_with("forged"), "{format}: {line}");
        }
        if format == "json" {
            let logged = log.lines().filter(|line| line.contains("\"timestamp\""));
            for line in logged {
                serde_json::from_str::<serde_json::Value>(line).expect("log line is JSON");
            }
        }
    }
}
