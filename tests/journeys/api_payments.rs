//! Payments of other programs (product.md, sections 5 and 9).

use serde_json::{Value, json};

use crate::support::payment::EXECUTED;
use crate::support::{Database, Person, Program, TestApp, on_both_databases, wrong};

on_both_databases![
    a_small_payment_is_made_at_once,
    a_large_one_is_confirmed_by_its_code_once,
    what_cannot_be_paid_is_refused_by_its_member,
    a_repeated_call_finds_the_same_payment,
    a_payment_is_nobody_elses_and_ends_after_five_minutes,
];

const INITIATE: &str = "/v1/payments/initiate";
const CONFIRM: &str = "/v1/payments/confirm";

/// Somebody signed in through a program, whose phone can get another code right away.
async fn payer(app: &TestApp) -> (Person, Program) {
    let person = app.member().await;
    let program = app.program();
    let token = program.sign_in(app, &person).await;
    app.rest_the_phone().await;
    (person, program.with_token(&token))
}

fn of(amount: &Value) -> Value {
    json!({ "amount": amount, "currency": "USD", "recipient": "Acme Inc." })
}

async fn a_small_payment_is_made_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let (_, program) = payer(&app).await;
    for amount in [json!("99.99"), json!(99.99), json!(5)] {
        let made = program.post(INITIATE, &of(&amount)).await;
        let made = made.ok(201);
        assert_eq!(made["status"], "completed");
        assert_eq!(made["requires_verification"], false);
        assert!(made["transaction_id"].is_string(), "{made}");
        let id = made["payment_id"].as_str().expect("an id");
        let found = program.get(&format!("/v1/payments/{id}")).await;
        assert_eq!(found.ok(200), made);
    }
    let probe = app.probe().await;
    let cents = "SELECT CAST(SUM(amount_minor) AS BIGINT) FROM ledger_entries";
    assert_eq!(probe.number(cents).await, 9_999 + 9_999 + 500);
}

/// PAY-03, PAY-04
async fn a_large_one_is_confirmed_by_its_code_once(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, program) = payer(&app).await;
    let mut phone = app.simulator.phone(&ann.phone);
    phone.skip_to_now().await;
    let begun = program.post(INITIATE, &of(&json!("150.00"))).await;
    let begun = begun.ok(201);
    assert_eq!(begun["status"], "pending");
    assert_eq!(begun["requires_verification"], true);
    assert_eq!(begun["timeout_secs"], 300);
    let code = phone.next_code().await;
    let with = |code: &str| json!({ "payment_id": begun["payment_id"], "code": code });
    let refused = program.post(CONFIRM, &with(&wrong(&code))).await;
    assert_eq!(
        refused.refused(401, "invalid_code")["attempts_remaining"],
        4
    );
    let paid = program.post(CONFIRM, &with(&code)).await;
    assert_eq!(paid.ok(200)["status"], "completed");
    assert!(paid.body["transaction_id"].is_string(), "{}", paid.body);
    let again = program.post(CONFIRM, &with(&code)).await;
    let again = again.refused(400, "payment_completed");
    assert_eq!(again["error"], "Payment already completed");
    assert_eq!(app.probe().await.number(EXECUTED).await, 1);
}

/// PAY-01, PAY-08
async fn what_cannot_be_paid_is_refused_by_its_member(database: Database) {
    let app = TestApp::start(database).await;
    let (_, program) = payer(&app).await;
    for (amount, code) in [
        (json!(0), "amount_not_positive"),
        (json!("-1"), "amount_not_positive"),
        (json!(1e308), "amount_invalid"),
        (json!(0.001), "amount_too_fine"),
        (json!("1,000"), "amount_invalid"),
        (json!({}), "amount_invalid"),
        (Value::Null, "missing"),
    ] {
        let refused = program.post(INITIATE, &of(&amount)).await;
        let problem = &refused.refused(400, "invalid_fields")["errors"][0];
        assert_eq!(problem["field"], "amount", "{amount}");
        assert_eq!(problem["code"], code, "{amount}");
    }
    let nobody = app.program().post(INITIATE, &of(&json!("5"))).await;
    nobody.refused(401, "invalid_token");
    let stored = "SELECT COUNT(*) FROM payments";
    assert_eq!(app.probe().await.number(stored).await, 0);
}

/// PAY-04
async fn a_repeated_call_finds_the_same_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (_, program) = payer(&app).await;
    let call = || {
        program
            .request("POST", INITIATE)
            .with("Idempotency-Key", "one of a kind")
            .with_body("application/json", of(&json!("20")).to_string())
    };
    let first = program.send(call()).await;
    let second = program.send(call()).await;
    assert_eq!(first.ok(201), second.ok(201));
    assert_eq!(app.probe().await.number(EXECUTED).await, 1);
}

/// PAY-07, PAY-03
async fn a_payment_is_nobody_elses_and_ends_after_five_minutes(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, program) = payer(&app).await;
    let (_, stranger) = payer(&app).await;
    let mut phone = app.simulator.phone(&ann.phone);
    phone.skip_to_now().await;
    let begun = program.post(INITIATE, &of(&json!("150"))).await;
    let id = begun.ok(201)["payment_id"].as_str().expect("an id");
    let code = phone.next_code().await;
    let body = json!({ "payment_id": id, "code": code });
    let path = format!("/v1/payments/{id}");
    stranger.get(&path).await.refused(404, "payment_not_found");
    let theirs = stranger.post(CONFIRM, &body).await;
    theirs.refused(404, "payment_not_found");
    app.simulator.advance(300).await;
    let late = program.post(CONFIRM, &body).await;
    late.refused(410, "payment_expired");
    assert_eq!(program.get(&path).await.ok(200)["status"], "expired");
    assert_eq!(app.probe().await.number(EXECUTED).await, 0);
}
