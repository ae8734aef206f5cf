//! The JSON API under malformed and hostile requests.

use serde_json::{Value, json};

use crate::support::wire::{Request, send_at_once};
use crate::support::{
    ApiClient, CONFIRM_PATH, Database, INITIATE_PATH, TestApp, User, on_both_databases,
};

on_both_databases![
    flow_token_is_valid_only_for_its_purpose_and_browser,
    correct_code_posted_many_times_at_once_yields_one_token,
    malformed_bodies_are_refused_without_a_server_error,
    invalid_payments_are_refused_without_a_server_error,
    only_json_within_the_size_limit_is_accepted,
    unknown_path_and_method_have_the_same_error_format,
    api_secrets_occur_in_no_log_or_database_row,
];

/// Tests docs/security.md#sm-04, docs/security.md#sm-09, docs/security.md#otp-02.
async fn flow_token_is_valid_only_for_its_purpose_and_browser(database: Database) {
    let app = TestApp::start(database).await;
    let (probe, program) = (app.open_database().await, app.new_api_client());
    let (ann, bob) = (User::with_unique_details(), app.register_user().await);
    let (registering, first) = program.register_until_code(&app, &ann).await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &bob).await;
    let session = browser.session_token().expect("a session");
    app.skip_resend_cooldown().await;
    let (signing_in, second) = program.sign_in_until_code(&app, &bob).await;
    let before = probe.dump_rows().await;
    for (path, flow, code) in [
        ("/v1/login/verify", registering.as_str(), first.as_str()),
        ("/v1/login/setup", &registering, &first),
        ("/v1/login/resend", &registering, &first),
        ("/v1/register/verify", &signing_in, &second),
        ("/v1/register/resend", &signing_in, &second),
        ("/v1/login/setup", &signing_in, &second),
        ("/v1/login/keep-number", &registering, &first),
        ("/v1/login/keep-number", &signing_in, &second),
        ("/v1/login/verify", &session, &second),
        ("/v1/login/verify", "", &second),
        ("/v1/login/verify", "x", &second),
        ("/v1/login/verify", &"A".repeat(43), &second),
    ] {
        let body = json!({
            "flow": flow, "code": code, "phone_number": bob.phone,
            "user_id": "x", "purpose": "sign_in", "verification": "x",
        });
        program
            .post(path, &body)
            .await
            .expect_error(400, "no_pending");
    }
    assert_eq!(before, probe.dump_rows().await);
    program
        .submit_sign_in_code(&signing_in, &second)
        .await
        .access_token(200);
    program
        .submit_registration_code(&registering, &first)
        .await
        .access_token(201);
}

/// Tests docs/security.md#sm-05, docs/security.md#otp-09.
async fn correct_code_posted_many_times_at_once_yields_one_token(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), app.register_user().await);
    let (flow, code) = program.sign_in_until_code(&app, &ann).await;
    let body = json!({ "flow": flow, "code": code }).to_string();
    let one = || {
        let request = Request::new("POST", "/v1/login/verify");
        let request = request.with_body("application/json", body.clone());
        (app.address, request)
    };
    let answers = send_at_once((0..20).map(|_| one()).collect()).await;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1);
    let lost = answers.iter().filter(|answer| answer.status != 200);
    for answer in lost {
        assert!(matches!(answer.status, 400 | 409), "{}", answer.text());
    }
    assert_eq!(app.open_database().await.count_sessions().await, 1);
}

/// Returns JSON values that no member of a request accepts.
fn malformed_json_values() -> Vec<Value> {
    let texts = [
        "",
        " ",
        "\0",
        "a\0b",
        "\u{feff}",
        "\u{202e}",
        "\u{fffd}",
        "\u{10ffff}",
        "'",
        "\"",
        "\\",
        "' OR 1=1 --",
        "'; DROP TABLE accounts; --",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "<script>",
        "../../etc/passwd",
        "%00",
        "%n%n%n",
        "null",
        "undefined",
        "NaN",
        "-1",
        "1e999",
        "0x10",
        "true",
        "[]",
        "{}",
        "a@b",
        "a@b.c\r\nBcc: x@y.z",
        "+",
        "+0",
        "+1",
        "+999999999999999",
        "00000000000",
        "sms",
        "٣٤٥",
        "𝟏𝟐𝟑𝟒𝟓𝟔",
        "e\u{301}",
        "\r\n",
        "\u{2028}",
        "🏴‍☠️",
    ];
    let mut values: Vec<Value> = texts.iter().map(|text| json!(text)).collect();
    values.push(json!("a".repeat(3_000)));
    values.push(json!("\u{1f600}".repeat(700)));
    values.extend([
        json!(null),
        json!(0),
        json!(-1.5),
        json!(true),
        json!([]),
        json!({}),
    ]);
    values.extend([
        json!(["a"]),
        json!({ "a": 1 }),
        json!(u64::MAX),
        json!([[[[[]]]]]),
    ]);
    values
}

/// Sends every malformed value in each of these members, and asserts that the call refuses it.
async fn assert_malformed_values_are_refused(program: &ApiClient, path: &str, names: &[&str]) {
    let is_expected_status = |status| match path {
        "/v1/verify/cancel" => matches!(status, 204 | 400),
        CONFIRM_PATH => matches!(status, 400 | 404),
        _ => matches!(status, 400 | 401),
    };
    for value in malformed_json_values() {
        let body: serde_json::Map<String, Value> = names
            .iter()
            .map(|name| ((*name).to_owned(), value.clone()))
            .collect();
        let answer = program.post(path, &Value::Object(body)).await;
        let status = answer.status();
        assert!(
            is_expected_status(status),
            "{path} {value}: {status} {}",
            answer.body
        );
    }
    for raw in [
        &b""[..], b"{", b"}", b"null", b"0", b"\"text\"", b"[]", b"[{}]", b"{}{}", b"{\"a\"}",
        b"\xff\xfe", b"{\"flow\":\"\xff\"}", b"{\"flow\":\"\\ud800\"}", b"\xef\xbb\xbf{}",
        b"{\"flow\":\"a\",\"flow\":\"b\",\"code\":\"1\",\"code\":\"2\",\"name\":\"\",\"name\":\"\",\"email\":\"\",\"email\":\"\"}",
    ] {
        let request = program.request("POST", path);
        let answer = program.send(request.with_body("application/json", raw)).await;
        let status = answer.status();
        assert!(is_expected_status(status), "{path} {raw:?}: {status} {}", answer.body);
        let refused = answer.expect_error(status, answer.body["code"].as_str().expect("value is text"));
        assert!(!refused["error"].as_str().expect("value is text").contains("serde"));
    }
    let deep = "[".repeat(8_000);
    let request = program
        .request("POST", path)
        .with_body("application/json", deep);
    program
        .send(request)
        .await
        .expect_error(400, "malformed_json");
}

/// Tests docs/security.md#lim-07, docs/security.md#ops-06, docs/security.md#leak-01.
async fn malformed_bodies_are_refused_without_a_server_error(database: Database) {
    let app = TestApp::start(database).await;
    let program = app.new_api_client();
    let members = [
        (
            "/v1/register/start",
            ["name", "username", "email", "phone_number", "password"].as_slice(),
        ),
        ("/v1/register/verify", &["flow", "code"]),
        ("/v1/register/resend", &["flow", "method"]),
        (
            "/v1/login",
            &["identifier", "email", "password", "method", "captcha"],
        ),
        ("/v1/login/setup", &["flow", "phone_number"]),
        ("/v1/login/verify", &["flow", "code"]),
        ("/v1/login/resend", &["flow", "method"]),
        ("/v1/login/keep-number", &["flow", "method"]),
        ("/v1/verify/cancel", &["flow"]),
    ];
    for (path, names) in members {
        assert_malformed_values_are_refused(&program, path, names).await;
    }
    let probe = app.open_database().await;
    assert_eq!(
        (probe.count_accounts().await, probe.count_sessions().await),
        (0, 0)
    );
    assert!(app.simulator.list_calls().await.is_empty());
}

/// Tests docs/security.md#lim-07, docs/security.md#ops-06, docs/security.md#pay-08.
async fn invalid_payments_are_refused_without_a_server_error(database: Database) {
    let app = TestApp::start(database).await;
    let (_, program) = app.sign_in_new_api_user().await;
    let members = ["amount", "currency", "recipient", "description", "method"];
    assert_malformed_values_are_refused(&program, INITIATE_PATH, &members).await;
    assert_malformed_values_are_refused(&program, CONFIRM_PATH, &["payment_id", "code"]).await;
    let stored = "SELECT COUNT(*) FROM payments";
    assert_eq!(app.open_database().await.read_number(stored).await, 0);
}

/// Tests docs/security.md#csrf-03, docs/security.md#lim-02.
async fn only_json_within_the_size_limit_is_accepted(database: Database) {
    let app = TestApp::start(database).await;
    let program = app.new_api_client();
    let body = ApiClient::registration_body(&User::with_unique_details()).to_string();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/problem+json",
        "application/json; charset=utf-16",
        "",
    ] {
        let request = program.request("POST", "/v1/register/start");
        let answer = program.send(request.with_body(kind, body.clone())).await;
        answer.expect_error(415, "media_type");
    }
    let request = program.request("POST", "/v1/register/start");
    let large = request.with_body("application/json", vec![b' '; 16 * 1024 + 1]);
    program
        .send(large)
        .await
        .expect_error(413, "body_too_large");
    assert!(app.simulator.list_calls().await.is_empty());
}

/// Tests docs/security.md#leak-07, docs/security.md#hdr-04.
async fn unknown_path_and_method_have_the_same_error_format(database: Database) {
    let app = TestApp::start(database).await;
    let program = app.new_api_client();
    for path in [
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/login/",
        "/v1/me/x",
        "/v1/../v1/x",
    ] {
        program.get(path).await.expect_error(404, "not_found");
    }
    for (method, path) in [
        ("GET", "/v1/login"),
        ("POST", "/v1/me"),
        ("PUT", "/v1/me"),
        ("DELETE", "/v1/logout"),
        ("OPTIONS", "/v1/login"),
        ("TRACE", "/v1/login"),
    ] {
        let answer = program.send(program.request(method, path)).await;
        answer.expect_error(405, "method");
        assert!(answer.response.header("allow").is_some(), "{method} {path}");
    }
    // A path that begins with "/v1" and has no slash after it is a page path.
    let page = app.new_browser().load_page("/v1nothing").await;
    assert!(
        page.header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"))
    );
}

/// Tests docs/security.md#leak-04, docs/security.md#otp-11, docs/security.md#reg-08.
async fn api_secrets_occur_in_no_log_or_database_row(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LOG", "trace")
        .start()
        .await;
    let program = app.new_api_client();
    let ann = User {
        password: "a marked password 4711".into(),
        ..User::with_unique_details()
    };
    let (flow, code) = program.register_until_code(&app, &ann).await;
    let first = program
        .submit_registration_code(&flow, &code)
        .await
        .access_token(201);
    app.skip_resend_cooldown().await;
    let token = program.sign_in(&app, &ann).await;
    program
        .clone()
        .with_token(&token)
        .get("/v1/me")
        .await
        .expect_status(200);
    program
        .with_token(&first)
        .post("/v1/logout", &json!({}))
        .await
        .expect_status(200);
    let seen = app.process.output() + &app.open_database().await.dump_rows().await;
    for secret in [&ann.password, &flow, &token, &first] {
        for part in secret.split('.') {
            assert!(!seen.contains(part), "{part}");
        }
    }
}
