//! Genuine and forged webhooks.

use std::time::Instant;

use domain::{Delivery, Purpose, Timestamp};
use sallyport::security::token::Token;
use sallyport::store::flows::{self, Flow};
use sallyport::store::{ReadFrom, Store, delete_expired_rows, deliveries};
use serde_json::json;

use crate::support::attack::print_attack_figures;
use crate::support::webhook::{
    telnyx_event, telnyx_webhook, telnyx_webhook_signed_with, twilio_event, twilio_webhook,
    twilio_webhook_signed_with,
};
use crate::support::wire::{Request, Response};
use crate::support::{Browser, Database, TestApp, on_both_databases};

on_both_databases![
    only_correctly_signed_webhooks_are_accepted,
    webhook_opens_no_session,
    replayed_and_reordered_webhooks_change_the_status_once,
    unsigned_copy_of_a_webhook_does_not_consume_the_event,
    webhooks_of_unknown_and_known_verifications_get_the_same_response,
    webhook_during_a_locked_database_gets_status_503_with_retry_after,
    webhooks_signed_with_the_new_or_the_previous_key_are_accepted,
    webhook_events_are_deduplicated_for_a_day,
    flood_of_unsigned_webhooks_writes_few_log_lines,
];

const KEPT: &str = "SELECT COUNT(*) FROM deliveries";
const STRANGER: &str = "VE00000000000000000000000000000001";

/// Returns the flow of a browser from the database.
async fn find_flow_of_browser(app: &TestApp, browser: &Browser, purpose: Purpose) -> (Store, Flow) {
    let store = Store::open(&app.database_url)
        .await
        .expect("database is opened");
    let flow_token = browser.flow_token(purpose).expect("flow token exists");
    let token_hash = Token::parse(&flow_token).expect("valid flow token").hash();
    let flow = flows::find_flow(ReadFrom::Store(&store), purpose, &token_hash).await;
    (store, flow.expect("row is read").expect("flow exists"))
}

/// Begins a sign-in that waits for its code. Returns the browser, the code, and the provider's verification.
async fn begin_sign_in_until_code(app: &TestApp) -> (Browser, String, String) {
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(app, &ann).await;
    let (_, flow) = find_flow_of_browser(app, &browser, Purpose::SignIn).await;
    let sent = flow
        .verification
        .state
        .sent_code()
        .expect("code is pending");
    (browser, code, sent.verification.to_string())
}

async fn read_delivery_status(app: &TestApp, browser: &Browser) -> Option<Delivery> {
    let (store, flow) = find_flow_of_browser(app, browser, Purpose::SignIn).await;
    deliveries::find_delivery_status(&store, &flow)
        .await
        .expect("row is read")
}

async fn assert_accepted(app: &TestApp, request: &Request) {
    let answer = request.send(app.address).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
}

/// Tests docs/security.md#hook-01.
async fn only_correctly_signed_webhooks_are_accepted(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let event = twilio_event("evt-1", "message.delivered", STRANGER);
    let twilio = twilio_webhook(&app, &[event]);
    let telnyx = telnyx_webhook(&app, &telnyx_event("evt-1", "verify.sent", STRANGER)).await;
    let other_token = "ffffffffffffffffffffffffffffffff";
    let event = twilio_event("evt-2", "message.delivered", STRANGER);
    let forged = [
        twilio.clone().without_header("x-twilio-signature"),
        twilio.clone().with_header("X-Twilio-Signature", "AAAA"),
        twilio.clone().with_path("/webhooks/twilio"),
        twilio.clone().with_body("application/json", "[]"),
        twilio.clone().with_form(&[("To", "1")]),
        twilio_webhook_signed_with(other_token, &app, &[event]),
        telnyx.clone().without_header("telnyx-timestamp"),
        telnyx.clone().without_header("telnyx-signature-ed25519"),
        telnyx.clone().with_header("telnyx-timestamp", "1"),
        telnyx.clone().with_body("application/json", "{}"),
        telnyx_webhook_signed_with(
            [9; 32],
            &app,
            &telnyx_event("evt-2", "verify.sent", STRANGER),
        )
        .await,
        twilio.clone().with_path("/webhooks/telnyx"),
        telnyx.clone().with_path("/webhooks/twilio"),
    ];
    for request in forged {
        let answer = request.send(app.address).await;
        assert_eq!(answer.status, 403, "{request:?}");
    }
    let large = "x".repeat(64 * 1024 + 1);
    let large = twilio.clone().with_body("application/json", large);
    assert_eq!(large.send(app.address).await.status, 413);
    let text_request = twilio.clone().with_body("text/plain", twilio.body.clone());
    assert_eq!(text_request.send(app.address).await.status, 415);
    let request_to_other_host = twilio.clone().with_header("Host", "evil.example");
    assert_eq!(request_to_other_host.send(app.address).await.status, 421);
    let get = Request::get("/webhooks/twilio").send(app.address).await;
    assert_eq!(get.status, 405);
    assert_eq!(probe.read_number(KEPT).await, 0);
    // Unlike a form, a signed webhook is accepted from any origin.
    let foreign = twilio.with_header("Origin", "https://verify.example");
    assert_accepted(&app, &foreign.with_header("Sec-Fetch-Site", "cross-site")).await;
    assert_accepted(&app, &telnyx).await;
    assert_eq!(probe.read_number(KEPT).await, 2);
}

/// Tests docs/security.md#hook-01. A recorded request is refused after five minutes.
#[tokio::test(flavor = "multi_thread")]
async fn telnyx_webhook_with_an_old_timestamp_is_refused() {
    let app = TestApp::start(Database::Sqlite).await;
    let event = telnyx_event("evt-1", "verify.delivered", STRANGER);
    let recorded = telnyx_webhook(&app, &event).await;
    app.simulator.advance_clock(302).await;
    assert_eq!(recorded.send(app.address).await.status, 403);
    assert_accepted(&app, &telnyx_webhook(&app, &event).await).await;
}

/// Tests docs/security.md#hook-02.
async fn webhook_opens_no_session(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let (mut browser, code, verification) = begin_sign_in_until_code(&app).await;
    for (at, kind) in ["verification.approved", "message.delivered", "message.read"]
        .iter()
        .enumerate()
    {
        let event = twilio_event(&format!("evt-{at}"), kind, &verification);
        assert_accepted(&app, &twilio_webhook(&app, &[event])).await;
    }
    for (at, kind) in ["verification.complete", "verify.delivered"]
        .iter()
        .enumerate()
    {
        let mut event = telnyx_event(&format!("evt-{at}"), kind, &verification);
        event["data"]["payload"]["status"] = "accepted".into();
        assert_accepted(&app, &telnyx_webhook(&app, &event).await).await;
    }
    assert_eq!(probe.count_sessions().await, 0);
    assert!(!browser.is_signed_in().await);
    assert!(
        app.simulator.list_calls_of("check").await.len() == 1,
        "only the registration has checked a code"
    );
    let wrong = crate::support::wrong_code(&code);
    let reply = browser.enter_code(Purpose::SignIn, &wrong).await;
    assert_eq!(
        reply.visible_error_text(),
        "Invalid code. 4 attempts remaining."
    );
    browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    assert!(browser.is_signed_in().await);
}

/// Tests docs/security.md#hook-03.
async fn replayed_and_reordered_webhooks_change_the_status_once(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let (browser, _, verification) = begin_sign_in_until_code(&app).await;
    assert_eq!(
        read_delivery_status(&app, &browser).await,
        Some(Delivery::Sent)
    );
    let twilio_webhook = |id, kind| twilio_webhook(&app, &[twilio_event(id, kind, &verification)]);
    assert_accepted(&app, &twilio_webhook("evt-1", "message.undelivered")).await;
    assert_eq!(
        read_delivery_status(&app, &browser).await,
        Some(Delivery::Undelivered)
    );
    let delivered = twilio_webhook("evt-2", "message.delivered");
    for _ in 0..1_000 {
        assert_accepted(&app, &delivered).await;
    }
    assert_eq!(probe.read_number(KEPT).await, 2);
    assert_eq!(
        read_delivery_status(&app, &browser).await,
        Some(Delivery::Delivered)
    );
    for (id, kind) in [
        ("evt-3", "message.sent"),
        ("evt-4", "message.failed"),
        ("evt-1", "message.undelivered"),
        ("evt-5", "verification.pending"),
    ] {
        assert_accepted(&app, &twilio_webhook(id, kind)).await;
        assert_eq!(
            read_delivery_status(&app, &browser).await,
            Some(Delivery::Delivered)
        );
    }
    // An event of the other provider with the same id is a different event.
    let event = telnyx_event("evt-1", "verify.sent", &verification);
    assert_accepted(&app, &telnyx_webhook(&app, &event).await).await;
    assert_eq!(probe.read_number(KEPT).await, 5);
    app.execute_sql("DELETE FROM flows").await;
    assert_accepted(&app, &twilio_webhook("evt-6", "message.delivered")).await;
}

/// Tests docs/security.md#hook-05.
async fn unsigned_copy_of_a_webhook_does_not_consume_the_event(database: Database) {
    let app = TestApp::start(database).await;
    let (browser, _, verification) = begin_sign_in_until_code(&app).await;
    let event = twilio_event("evt-1", "message.delivered", &verification);
    let genuine = twilio_webhook(&app, &[event]);
    let forged = genuine.clone().without_header("x-twilio-signature");
    assert_eq!(forged.send(app.address).await.status, 403);
    assert_eq!(
        read_delivery_status(&app, &browser).await,
        Some(Delivery::Sent)
    );
    assert_accepted(&app, &genuine).await;
    assert_eq!(
        read_delivery_status(&app, &browser).await,
        Some(Delivery::Delivered)
    );
}

/// Tests docs/security.md#hook-06.
async fn webhooks_of_unknown_and_known_verifications_get_the_same_response(database: Database) {
    let app = TestApp::start(database).await;
    let (_, _, verification) = begin_sign_in_until_code(&app).await;
    let shown = |answer: Response| {
        let mut headers = answer.headers.clone();
        headers.retain(|(name, value)| {
            !matches!(name.as_str(), "date" | "x-request-id") && !value.contains("nonce-")
        });
        (answer.status, headers, answer.text())
    };
    let mut answers = Vec::new();
    for (at, name) in [verification.as_str(), STRANGER].iter().enumerate() {
        let event = twilio_event(&format!("evt-{at}"), "message.delivered", name);
        let answer = twilio_webhook(&app, &[event]).send(app.address).await;
        answers.push(shown(answer));
        let event = telnyx_event(&format!("evt-{at}"), "verify.delivered", name);
        let answer = telnyx_webhook(&app, &event).await.send(app.address).await;
        answers.push(shown(answer));
    }
    assert_eq!(answers[0].0, 204);
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    let probe = app.open_database().await;
    for personal in [
        "SELECT COUNT(*) FROM deliveries WHERE event LIKE '%4155550142%' OR verification LIKE '%4155550142%' \
         OR status LIKE '%4155550142%'",
        "SELECT COUNT(*) FROM deliveries WHERE event LIKE '%481516%' OR verification LIKE '%481516%' \
         OR status LIKE '%481516%'",
    ] {
        assert_eq!(probe.read_number(personal).await, 0);
    }
}

/// Tests docs/security.md#hook-04.
async fn webhook_during_a_locked_database_gets_status_503_with_retry_after(database: Database) {
    let app = TestApp::start(database).await;
    let event = twilio_event("evt-1", "message.delivered", STRANGER);
    let request = twilio_webhook(&app, &[event]);
    let lock = match database {
        Database::Sqlite => "BEGIN IMMEDIATE",
        Database::Postgres => "BEGIN; LOCK TABLE deliveries IN ACCESS EXCLUSIVE MODE",
    };
    let holder = app.execute_and_keep_connection(lock).await;
    let began = std::time::Instant::now();
    let answer = request.send(app.address).await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.header("retry-after").is_some());
    // A statement waits 5 seconds for a lock, which is too long for a webhook.
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    drop(holder);
    assert_accepted(&app, &request).await;
    app.open_database().await.wait_for_number(KEPT, 1).await;
    let unknown_event = twilio_event("evt-2", "something.new", STRANGER);
    assert_accepted(&app, &twilio_webhook(&app, &[unknown_event, json!(1)])).await;
}

/// Tests docs/security.md#hook-01.
async fn webhooks_signed_with_the_new_or_the_previous_key_are_accepted(database: Database) {
    let (new_token, old_token) = (
        "11111111111111111111111111111111",
        "22222222222222222222222222222222",
    );
    let app = TestApp::builder(database)
        .with_setting("TWILIO_AUTH_TOKEN", new_token)
        .with_setting("TWILIO_PREVIOUS_AUTH_TOKEN", old_token)
        // The new key has the seed of 32 bytes with value 7. The previous key is that of the simulator.
        .with_setting(
            "TELNYX_PUBLIC_KEY",
            "6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=",
        )
        .with_setting(
            "TELNYX_PREVIOUS_PUBLIC_KEY",
            "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
        )
        .with_setting("SALLYPORT_PROVIDER", "simulator")
        .start()
        .await;
    for (at, token) in [new_token, old_token].iter().enumerate() {
        let event = twilio_event(&format!("evt-{at}"), "message.sent", STRANGER);
        assert_accepted(&app, &twilio_webhook_signed_with(token, &app, &[event])).await;
    }
    let event = telnyx_event("evt-1", "verify.sent", STRANGER);
    assert_accepted(
        &app,
        &telnyx_webhook_signed_with([7; 32], &app, &event).await,
    )
    .await;
    assert_accepted(&app, &telnyx_webhook(&app, &event).await).await;
    let replaced = twilio_webhook(&app, &[twilio_event("evt-3", "message.sent", STRANGER)]);
    assert_eq!(replaced.send(app.address).await.status, 403);
}

/// Tests docs/security.md#hook-03. Twilio repeats an event for four hours.
async fn webhook_events_are_deduplicated_for_a_day(database: Database) {
    const HOUR: i64 = 60 * 60 * 1000;
    let app = TestApp::start(database).await;
    let event = twilio_event("evt-1", "message.delivered", STRANGER);
    assert_accepted(&app, &twilio_webhook(&app, &[event])).await;
    let probe = app.open_database().await;
    let at = probe
        .read_number("SELECT received_at FROM deliveries")
        .await;
    let store = Store::open(&app.database_url)
        .await
        .expect("database is opened");
    for (hours, left) in [(23, 1), (25, 0)] {
        let then = Timestamp::from_millis(at + hours * HOUR);
        delete_expired_rows(&store, then)
            .await
            .expect("cleanup succeeds");
        assert_eq!(probe.read_number(KEPT).await, left, "after {hours} hours");
    }
}

/// Tests docs/security.md#hook-01. Anyone can send an unsigned webhook, so the log must not grow with each of them.
async fn flood_of_unsigned_webhooks_writes_few_log_lines(database: Database) {
    const REQUESTS: usize = 200;
    // A setting that is not the default starts a new app, whose log contains no lines of other tests.
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LOG", "warn")
        .start()
        .await;
    let event = twilio_event("evt-1", "message.delivered", STRANGER);
    let unsigned = twilio_webhook(&app, &[event]).without_header("x-twilio-signature");
    let began = Instant::now();
    for _ in 0..REQUESTS {
        assert_eq!(unsigned.send(app.address).await.status, 403);
    }
    let lines = app
        .process
        .output()
        .matches("webhook request refused")
        .count();
    print_attack_figures(
        "unsigned webhooks",
        &format!("{REQUESTS} requests, {lines} log lines"),
    );
    // The first refusal is logged at once, and then one line every 10 seconds.
    let most = 1 + usize::try_from(began.elapsed().as_secs() / 10).expect("number fits the type");
    assert!((1..=most).contains(&lines), "{lines} lines");
}
