//! Send calls with lost, slow or false responses.

use domain::{Problem, Purpose};
use serde_json::{Value, json};

use super::{UNSENT, fault_for_operation, start_with_short_timeout};
use crate::support::{Database, Provider, TestApp, User, call, on_both_databases};

on_both_databases![
    failed_send_of_a_registration_keeps_the_step,
    failed_send_of_a_sign_in_keeps_the_step,
    failed_send_can_be_repeated_at_once,
    throttled_send_waits_as_long_as_the_provider_requires,
    number_at_its_send_limit_can_be_changed_at_once,
    message_has_the_language_of_the_request,
    set_up_uses_its_own_service,
];

/// Telnyx sends in the language of its profile, which no request changes.
async fn message_has_the_language_of_the_request(database: Database) {
    let app = TestApp::start(database).await;
    for (reads, locale) in [
        ("de-AT, en;q=0.5", "de"),
        ("fr-CA, en;q=0.5", "fr"),
        ("es-MX, en;q=0.5", "es"),
        ("pt-PT, en;q=0.5", "pt-BR"),
        ("pl-PL, en;q=0.5", "pl"),
        ("en-GB", "en"),
        ("it", "en"),
    ] {
        let mut browser = app.new_browser().with_accept_language(reads);
        browser
            .register_until_code(&app, &User::with_unique_details())
            .await;
        let params = app
            .simulator
            .list_calls_of("create")
            .await
            .pop()
            .expect("a send")["params"]
            .clone();
        match Provider::from_environment() {
            Provider::Twilio => assert_eq!(params["Locale"], locale, "{reads}"),
            Provider::Telnyx => assert!(params.get("Locale").is_none(), "{params}"),
        }
    }
}

async fn set_up_uses_its_own_service(database: Database) {
    let (name, service) = match Provider::from_environment() {
        Provider::Twilio => (
            "TWILIO_VERIFY_SERVICE_SID_SET_UP",
            "VAffffffffffffffffffffffffffffffff",
        ),
        Provider::Telnyx => (
            "TELNYX_VERIFY_PROFILE_ID_SET_UP",
            "ffffffff-0000-4000-8000-ffffffffffff",
        ),
    };
    let app = TestApp::builder(database)
        .with_setting(name, service)
        .start()
        .await;
    let ann = app.create_user_by_command();
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    browser
        .submit_form(&call::submit_set_up_phone(&ann.phone))
        .await
        .expect_step();
    let send = app.simulator.wait_for_call("create").await;
    assert!(send.to_string().contains(service), "{send}");
    browser.enter_next_code(&app, Purpose::SetUp, &ann).await;
    app.skip_resend_cooldown().await;
    app.new_browser().sign_in(&app, &ann).await;
    let last = app
        .simulator
        .list_calls_of("create")
        .await
        .pop()
        .expect("a send");
    assert!(!last.to_string().contains(service), "{last}");
}

/// Asserts that a failed send keeps the current step, and that it can be repeated.
async fn assert_failed_sends_keep_the_step(database: Database, purpose: Purpose) {
    let app = start_with_short_timeout(database).await;
    // The list has no wrong SID, because a send has no earlier SID to compare with.
    let mut faults: Vec<Value> = [
        "drop_before",
        "drop_after",
        "bad_json",
        "html",
        "huge_body",
        "stall",
        "wrong_to",
        "wrong_service",
        "null_fields",
        "wrong_content_type",
    ]
    .map(|kind| json!({ "kind": kind, "act": kind != "drop_before" }))
    .into();
    faults.push(json!({ "kind": "delay", "delay_ms": 5000 }));
    for status in [500, 502, 503] {
        faults.push(json!({ "kind": "status", "status": status }));
        faults.push(json!({ "kind": "status", "status": status, "act": true }));
    }
    for fault in faults {
        let mut browser = app.new_browser();
        let ann = if purpose == Purpose::Registration {
            let ann = User::with_unique_details();
            browser.begin_registration(&ann).await;
            ann
        } else {
            let ann = app.register_user().await;
            browser.begin_sign_in(&ann).await;
            ann
        };
        let before = app.simulator.list_calls_of("create").await.len();
        app.simulator
            .set_faults(fault_for_operation("create", fault.clone()))
            .await;
        let reply = browser.send_code(purpose).await;
        assert_eq!(reply.visible_error_text(), UNSENT, "{fault}");
        app.simulator.clear_faults().await;
        let page = if purpose == Purpose::Registration {
            "/register/verify"
        } else {
            "/login"
        };
        assert_eq!(
            browser.load_page(page).await.status,
            200,
            "{fault}: the previous step is not shown"
        );
        // The result is unknown, so the cooldown starts.
        let again = browser.send_code(purpose).await;
        assert!(
            matches!(again.expect_problem(), Problem::ResendWait { .. }),
            "{fault}"
        );
        assert_eq!(
            app.simulator.list_calls_of("create").await.len(),
            before + 1,
            "{fault}"
        );
        app.skip_resend_cooldown().await;
        let mut phone = app.simulator.phone_with_number(&ann.phone);
        phone.skip_received_messages().await;
        browser.send_code(purpose).await.expect_code_entry();
        let code = phone.next_code().await;
        browser.enter_code(purpose, &code).await.expect_step();
    }
}

/// Tests docs/security.md#prv-01, docs/security.md#prv-03, docs/security.md#res-02.
async fn failed_send_of_a_registration_keeps_the_step(database: Database) {
    assert_failed_sends_keep_the_step(database, Purpose::Registration).await;
}

/// Tests docs/security.md#prv-01, docs/security.md#prv-03, docs/security.md#res-02.
async fn failed_send_of_a_sign_in_keeps_the_step(database: Database) {
    assert_failed_sends_keep_the_step(database, Purpose::SignIn).await;
}

/// Tests docs/security.md#prv-03, docs/security.md#prv-05, docs/security.md#res-02.
async fn failed_send_can_be_repeated_at_once(database: Database) {
    let app = start_with_short_timeout(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    browser.begin_registration(&ann).await;
    for status in [401, 403] {
        let fault = json!({ "kind": "status", "status": status });
        app.simulator
            .set_faults(fault_for_operation("create", fault))
            .await;
        let reply = browser.send_code(Purpose::Registration).await;
        assert_eq!(reply.visible_error_text(), UNSENT);
    }
    browser
        .send_code(Purpose::Registration)
        .await
        .expect_code_entry();
    assert_eq!(app.simulator.list_calls_of("create").await.len(), 3);
    browser
        .enter_next_code(&app, Purpose::Registration, &ann)
        .await;
}

/// Tests docs/security.md#prv-05 with and without an earlier code.
async fn throttled_send_waits_as_long_as_the_provider_requires(database: Database) {
    let app = start_with_short_timeout(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    browser.begin_registration(&ann).await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    let fault = json!({ "kind": "status", "status": 429, "retry_after": 100 });
    for sent in 0..2 {
        app.simulator
            .set_faults(fault_for_operation("create", fault.clone()))
            .await;
        let reply = browser.send_code(Purpose::Registration).await;
        assert_eq!(reply.visible_error_text(), UNSENT);
        app.simulator.advance_clock(60).await;
        let early = browser
            .send_code(Purpose::Registration)
            .await
            .expect_problem();
        let Problem::ResendWait { secs } = early else {
            panic!("{early:?}")
        };
        assert!((30..=40).contains(&secs), "{secs}");
        let create_calls = app.simulator.list_calls_of("create").await.len();
        assert_eq!(
            create_calls,
            2 * sent + 1,
            "the provider is not called while the send must wait"
        );
        app.simulator.advance_clock(40).await;
        phone.skip_received_messages().await;
        browser
            .send_code(Purpose::Registration)
            .await
            .expect_code_entry();
        app.skip_resend_cooldown().await;
    }
    let code = phone.next_code().await;
    browser
        .enter_code(Purpose::Registration, &code)
        .await
        .expect_step();
}

/// Tests docs/security.md#prv-05. The limit of the provider is per number.
async fn number_at_its_send_limit_can_be_changed_at_once(database: Database) {
    let app = start_with_short_timeout(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    browser.begin_registration(&ann).await;
    let fault = json!({ "kind": "status", "status": 429, "retry_after": 100 });
    app.simulator
        .set_faults(fault_for_operation("create", fault))
        .await;
    let reply = browser.send_code(Purpose::Registration).await;
    assert_eq!(reply.visible_error_text(), UNSENT);
    let ann = User {
        phone: User::with_unique_details().phone,
        ..ann
    };
    browser
        .submit_registration_credentials(&ann)
        .await
        .expect_step();
    browser
        .send_code(Purpose::Registration)
        .await
        .expect_code_entry();
}

/// Tests docs/security.md#res-09. The limits of the provider are per browser address. Calls use the API key instead of
/// the auth token.
#[tokio::test(flavor = "multi_thread")]
async fn provider_receives_the_user_ip_and_the_api_key() {
    if Provider::from_environment() == Provider::Telnyx {
        return;
    }
    let app = TestApp::builder(Database::Sqlite)
        .with_setting("TWILIO_VERIFY_RATE_LIMITS", "true")
        .with_setting("TWILIO_API_KEY_SID", "SK0123456789abcdef0123456789abcdef")
        .with_setting("TWILIO_API_KEY_SECRET", "abcdef0123456789abcdef0123456789")
        .start()
        .await;
    app.register_user().await;
    let params = app.simulator.wait_for_call("create").await["params"].clone();
    assert_eq!(params["DeviceIp"], "127.0.0.1");
    assert_eq!(params["RateLimits"], r#"{"end_user_ip":"127.0.0.1"}"#);
}
