//! Payments over the JSON API.

use serde_json::{Value, json};

use crate::support::lost_phone::change_number;
use crate::support::payment::{AMOUNT_ABOVE_THRESHOLD, COUNT_COMPLETED, COUNT_EXECUTED};
use crate::support::{
    ApiClient, CONFIRM_PATH, Database, INITIATE_PATH, TestApp, User, assert_countdown,
    on_both_databases, wrong_code,
};

on_both_databases![
    small_payment_is_executed_without_a_code,
    large_payment_is_confirmed_once_by_its_code,
    authenticator_code_confirms_a_payment,
    invalid_payment_is_refused_with_the_wrong_member,
    repeated_initiate_call_returns_the_same_payment,
    same_idempotency_key_with_other_details_is_another_payment,
    new_code_is_sent_by_the_same_call_after_the_old_one_expired,
    payment_belongs_to_its_account_and_expires_after_five_minutes,
    payment_in_processing_has_status_processing,
    payment_is_refused_in_the_cooldown_after_a_phone_change,
    many_users_pay_from_one_address,
];

/// Query for the number of payments with any status.
pub(super) const ALL: &str = "SELECT COUNT(*) FROM payments";

async fn small_payment_is_executed_without_a_code(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_PAYMENT_CUMULATIVE_AMOUNT", "1000")
        .start()
        .await;
    let (_, program) = app.sign_in_new_api_user().await;
    for amount in [json!("99.99"), json!(99.99), json!(5)] {
        let made = program
            .post(INITIATE_PATH, &ApiClient::payment_body(&amount))
            .await;
        let made = made.expect_status(200);
        assert_eq!(made["status"], "completed");
        assert_eq!(made["requires_verification"], false);
        assert!(made["transaction_id"].is_string(), "{made}");
        let id = made["payment_id"].as_str().expect("value is text");
        let found = program.get(&format!("/v1/payments/{id}")).await;
        assert_eq!(found.expect_status(200), made);
    }
    let probe = app.open_database().await;
    let cents = "SELECT CAST(SUM(amount_minor) AS BIGINT) FROM ledger_entries";
    assert_eq!(probe.read_number(cents).await, 9_999 + 9_999 + 500);
}

/// Tests docs/security.md#pay-03, docs/security.md#pay-04.
async fn large_payment_is_confirmed_once_by_its_code(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, program) = app.sign_in_new_api_user().await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let begun = program.begin_payment("150.00").await;
    let begun = begun.expect_status(201);
    assert_eq!(begun["status"], "pending");
    assert_eq!(begun["requires_verification"], true);
    assert_countdown(&begun["timeout_secs"], 300);
    let code = phone.next_code().await;
    let with = |code: &str| json!({ "payment_id": begun["payment_id"], "code": code });
    let refused = program.post(CONFIRM_PATH, &with(&wrong_code(&code))).await;
    assert_eq!(
        refused.expect_error(401, "invalid_code")["attempts_remaining"],
        4
    );
    let paid = program.post(CONFIRM_PATH, &with(&code)).await;
    assert_eq!(paid.expect_status(200)["status"], "completed");
    assert!(paid.body["transaction_id"].is_string(), "{}", paid.body);
    let again = program.post(CONFIRM_PATH, &with(&code)).await;
    let again = again.expect_error(400, "payment_completed");
    assert_eq!(again["error"], "Payment already completed");
    assert_eq!(
        app.open_database().await.read_number(COUNT_EXECUTED).await,
        1
    );
}

/// Tests docs/security.md#pay-01, docs/security.md#pay-08.
async fn invalid_payment_is_refused_with_the_wrong_member(database: Database) {
    let app = TestApp::start(database).await;
    let (_, program) = app.sign_in_new_api_user().await;
    for (amount, code) in [
        (json!(0), "amount_not_positive"),
        (json!("-1"), "amount_not_positive"),
        (json!(1e308), "amount_invalid"),
        (json!(0.001), "amount_too_fine"),
        (json!("1,000"), "amount_invalid"),
        (json!({}), "amount_invalid"),
        (Value::Null, "missing"),
    ] {
        let refused = program
            .post(INITIATE_PATH, &ApiClient::payment_body(&amount))
            .await;
        let problem = &refused.expect_error(400, "invalid_fields")["errors"][0];
        assert_eq!(problem["field"], "amount", "{amount}");
        assert_eq!(problem["code"], code, "{amount}");
    }
    let anonymous = app.new_api_client().begin_payment("5").await;
    anonymous.expect_error(401, "invalid_token");
    assert_eq!(app.open_database().await.read_number(ALL).await, 0);
}

/// Tests docs/security.md#prv-02 and docs/security.md#pay-03. Telnyx has the same response for a used code and a wrong
/// code.
async fn new_code_is_sent_by_the_same_call_after_the_old_one_expired(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_PROVIDER", "simulator")
        .start()
        .await;
    let (ann, program) = app.sign_in_new_api_user().await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let payment = ApiClient::payment_body(&json!("150.00"));
    let ask = || program.send(program.payment_request_with_keys(&payment, &["one of a kind"]));
    let response = ask().await;
    let id = response.expect_status(201)["payment_id"]
        .as_str()
        .expect("value is text")
        .to_owned();
    let code = phone.next_code().await;
    let lost = json!([{ "on": "check", "kind": "drop_after" }]);
    app.simulator.set_faults(lost).await;
    let unknown = program.confirm_payment(&id, &code).await;
    unknown.expect_error(503, "could_not_verify");
    let used_up = program.confirm_payment(&id, &code).await;
    used_up.expect_error(410, "code_expired");
    let early = ask().await;
    early.expect_error(429, "resend_wait");
    assert_eq!(early.text_member(429, "payment_id"), id);
    app.skip_resend_cooldown().await;
    assert_eq!(ask().await.expect_status(201)["payment_id"], id.as_str());
    let paid = program.confirm_payment(&id, &phone.next_code().await).await;
    assert_eq!(paid.expect_status(200)["status"], "completed");
}

/// Tests docs/security.md#pay-04.
async fn repeated_initiate_call_returns_the_same_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (_, program) = app.sign_in_new_api_user().await;
    let payment = ApiClient::payment_body(&json!("20"));
    let call = |keys: &[&str]| program.send(program.payment_request_with_keys(&payment, keys));
    let first = call(&["one of a kind"]).await;
    let second = call(&["one of a kind"]).await;
    assert_eq!(first.expect_status(200), second.expect_status(200));
    assert_eq!(
        app.open_database().await.read_number(COUNT_EXECUTED).await,
        1
    );
    // A malformed key is refused: without a key, a retry would pay again.
    for keys in [
        &[""][..],
        &[" "],
        &["\u{e9}"],
        &["one of a kind", "one of a kind"],
    ] {
        let refused = call(keys).await;
        refused.expect_error(400, "invalid_idempotency_key");
    }
    assert_eq!(
        app.open_database().await.read_number(COUNT_EXECUTED).await,
        1
    );
}

/// Tests docs/api.md#idempotency, docs/security.md#pay-02.
async fn same_idempotency_key_with_other_details_is_another_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (_, program) = app.sign_in_new_api_user().await;
    let first = json!({ "amount": "9.50", "currency": "USD", "recipient": "Acme Inc." });
    let mut ids = Vec::new();
    for (member, value) in [
        ("amount", "9.50"),
        ("amount", "9.60"),
        ("recipient", "Other Inc."),
        ("description", "Invoice 4711"),
    ] {
        let mut payment = first.clone();
        payment[member] = json!(value);
        for _ in 0..2 {
            let request = program.payment_request_with_keys(&payment, &["one of a kind"]);
            ids.push(program.send(request).await.text_member(200, "payment_id"));
        }
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 4);
}

/// Tests docs/security.md#pay-07, docs/security.md#pay-03.
async fn payment_belongs_to_its_account_and_expires_after_five_minutes(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, program) = app.sign_in_new_api_user().await;
    let (_, stranger) = app.sign_in_new_api_user().await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let begun = program.begin_payment("150").await;
    let id = begun.expect_status(201)["payment_id"]
        .as_str()
        .expect("value is text");
    let code = phone.next_code().await;
    let body = json!({ "payment_id": id, "code": code });
    let path = format!("/v1/payments/{id}");
    stranger
        .get(&path)
        .await
        .expect_error(404, "payment_not_found");
    let refused_for_others = stranger.post(CONFIRM_PATH, &body).await;
    refused_for_others.expect_error(404, "payment_not_found");
    app.simulator.advance_clock(300).await;
    let late = program.post(CONFIRM_PATH, &body).await;
    late.expect_error(410, "payment_expired");
    assert_eq!(
        program.get(&path).await.expect_status(200)["status"],
        "expired"
    );
    assert_eq!(
        app.open_database().await.read_number(COUNT_EXECUTED).await,
        0
    );
}

/// Tests docs/security.md#res-10, docs/security.md#pay-05.
async fn authenticator_code_confirms_a_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    let program = app.new_api_client();
    let token = program.sign_in(&app, &ann).await;
    let program = program.with_token(&token);
    let messages = app.simulator.list_calls_of("create").await.len();
    let begun = program
        .begin_payment_by_method("totp", AMOUNT_ABOVE_THRESHOLD, "once")
        .await;
    assert_eq!(begun.expect_status(201)["requires_verification"], true);
    assert!(begun.body.get("resend_after").is_none(), "{}", begun.body);
    let again = program
        .begin_payment_by_method("totp", AMOUNT_ABOVE_THRESHOLD, "once")
        .await;
    assert_eq!(
        again.expect_status(201)["payment_id"],
        begun.body["payment_id"]
    );
    let id = begun.text_member(201, "payment_id");
    let code = authenticator.current_code().await;
    let wrong = authenticator.wrong_code().await;
    let refused = program.confirm_payment(&id, &wrong).await;
    let left = &refused.expect_error(401, "invalid_code")["attempts_remaining"];
    assert_eq!(left, 4);
    let paid = program.confirm_payment(&id, &code).await;
    assert_eq!(paid.expect_status(200)["status"], "completed");
    assert_eq!(app.simulator.list_calls_of("create").await.len(), messages);
    assert_eq!(
        app.open_database().await.read_number(COUNT_EXECUTED).await,
        1
    );
}

/// Tests docs/security.md#pay-04.
async fn payment_in_processing_has_status_processing(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", "100")
        .start()
        .await;
    let (ann, program) = app.sign_in_new_api_user().await;
    let probe = app.open_database().await;
    let (id, code) = program.begin_payment_until_code(&app, &ann).await;
    // The processor is unreachable.
    app.execute_sql("ALTER TABLE ledger_entries RENAME TO closed_book")
        .await;
    let confirmed = program.confirm_payment(&id, &code).await;
    assert_eq!(confirmed.expect_status(200)["status"], "processing");
    assert!(confirmed.body["transaction_id"].is_null());
    let again = program.confirm_payment(&id, &code).await;
    again.expect_error(409, "payment_processing");
    app.execute_sql("ALTER TABLE closed_book RENAME TO ledger_entries")
        .await;
    app.simulator.advance_clock(15).await;
    probe.wait_for_number(COUNT_COMPLETED, 1).await;
    let again = program.confirm_payment(&id, &code).await;
    again.expect_error(400, "payment_completed");
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
}

/// Tests docs/security.md#phn-05.
async fn payment_is_refused_in_the_cooldown_after_a_phone_change(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let new = User::with_unique_details().phone;
    change_number(&app, &mut browser, &new).await;
    app.skip_resend_cooldown().await;
    let ann = User { phone: new, ..ann };
    let token = app.new_api_client().sign_in(&app, &ann).await;
    let program = app.new_api_client().with_token(&token);
    let refused = program.begin_payment(AMOUNT_ABOVE_THRESHOLD).await;
    let wait = refused.expect_error(403, "cooling")["retry_after"].as_u64();
    assert!(wait.is_some_and(|secs| secs > 80_000), "{wait:?}");
    assert_eq!(app.open_database().await.read_number(ALL).await, 0);
    program.begin_payment("1.00").await.expect_status(200);
}

/// Tests docs/security.md#res-04. Many users share the IP address of a back end, so sends count by account and number.
async fn many_users_pay_from_one_address(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_SOURCE_PER_HOUR", "6")
        .start()
        .await;
    let mut people = Vec::new();
    for _ in 0..3 {
        people.push(app.sign_in_new_api_user().await);
    }
    for (user, program) in &people {
        let (id, code) = program.begin_payment_until_code(&app, user).await;
        let paid = program.confirm_payment(&id, &code).await;
        assert_eq!(paid.expect_status(200)["status"], "completed");
    }
    // The limit per address still applies before a sign-in.
    app.skip_resend_cooldown().await;
    let stranger = app.new_api_client().submit_password(&people[0].0).await;
    stranger.expect_error(429, "resend_wait");
    assert_eq!(
        app.open_database().await.read_number(COUNT_EXECUTED).await,
        3
    );
}
