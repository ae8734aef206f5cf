//! The verification methods of a payment in the browser.

use domain::{Purpose, Step};
use serde_json::json;

use crate::support::call::{self, Payment};
use crate::support::payment::{AMOUNT_ABOVE_THRESHOLD, COUNT_COMPLETED, COUNT_EXECUTED};
use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    authenticator_code_confirms_a_payment,
    another_method_can_be_chosen,
    second_click_on_a_method_changes_nothing,
    api_client_may_repeat_a_call_and_request_another_method,
];

/// Tests docs/security.md#res-10.
async fn authenticator_code_confirms_a_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser, authenticator) = app.register_user_with_authenticator().await;
    let messages = app.simulator.list_calls_of("create").await.len();
    let id = browser
        .begin_payment(&Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    let chosen = call::choose_method_for(Purpose::Payment, "totp");
    let entry = browser.submit_form(&chosen).await.expect_code_entry();
    assert_eq!(entry.sent, None, "nothing is sent");
    let code = authenticator.current_code().await;
    let wrong = authenticator.wrong_code().await;
    let refused = browser.confirm_payment(&wrong).await;
    assert_eq!(
        refused.visible_error_text(),
        "Invalid code. 4 attempts remaining."
    );
    let step = browser.confirm_payment(&code).await.expect_step();
    assert_eq!(step, Step::Payment { id });
    assert_eq!(app.simulator.list_calls_of("create").await.len(), messages);
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_COMPLETED).await, 1);
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
}

async fn another_method_can_be_chosen(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser, authenticator) = app.register_user_with_authenticator().await;
    let (id, code) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    let back = call::choose_another_method_for(Purpose::Payment);
    let step = browser.submit_form(&back).await.expect_step();
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
    let chosen = call::choose_method_for(Purpose::Payment, "totp");
    browser.submit_form(&chosen).await.expect_code_entry();
    // The code that was sent is not valid for the authenticator app.
    assert!(browser.confirm_payment(&code).await.is_refused());
    let code = authenticator.current_code().await;
    let step = browser.confirm_payment(&code).await.expect_step();
    assert_eq!(step, Step::Payment { id });
}

/// Tests docs/security.md#sm-17.
async fn second_click_on_a_method_changes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser, authenticator) = app.register_user_with_authenticator().await;
    let id = browser
        .begin_payment(&Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    let mut older_tab = browser.clone();
    let totp = call::choose_method_for(Purpose::Payment, "totp");
    let sms = call::choose_method_for(Purpose::Payment, "sms");
    let entry = browser.submit_form(&totp).await.expect_code_entry();
    let wrong = authenticator.wrong_code().await;
    assert!(browser.confirm_payment(&wrong).await.is_refused());
    let again = browser.submit_form(&totp).await.expect_code_entry();
    assert_eq!(again.sent, entry.sent);
    let code = authenticator.current_code().await;
    let wrong = authenticator.wrong_code().await;
    let refused = browser.confirm_payment(&wrong).await;
    assert_eq!(
        refused.visible_error_text(),
        "Invalid code. 3 attempts remaining."
    );

    // A tab that still shows the choice selects the other method, and then the first again.
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    assert!(
        older_tab
            .submit_form(&sms)
            .await
            .expect_code_entry()
            .sent
            .is_some()
    );
    let sent = phone.next_code().await;
    assert!(
        browser
            .submit_form(&totp)
            .await
            .expect_code_entry()
            .sent
            .is_none()
    );
    assert!(browser.confirm_payment(&sent).await.is_refused());
    let step = browser.confirm_payment(&code).await.expect_step();
    assert_eq!(step, Step::Payment { id });
}

/// Tests docs/security.md#pay-04, docs/security.md#sm-17.
async fn api_client_may_repeat_a_call_and_request_another_method(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    app.skip_resend_cooldown().await;
    let token = app.new_api_client().sign_in(&app, &ann).await;
    let program = app.new_api_client().with_token(&token);
    for first in ["totp", "sms"] {
        app.skip_resend_cooldown().await;
        let ask = |method: &str| {
            let body = json!({
                "amount": "150", "currency": "USD", "recipient": "Acme", "method": method,
            });
            program
                .request("POST", "/v1/payments/initiate")
                .with_header("Idempotency-Key", &format!("once {first}"))
                .with_body("application/json", body.to_string())
        };
        let begun = program.send(ask(first)).await;
        let id = begun.expect_status(201)["payment_id"].clone();
        for _ in 0..2 {
            let again = program.send(ask("totp")).await;
            assert_eq!(again.expect_status(201)["payment_id"], id);
            assert_eq!(again.expect_status(201)["status"], "pending");
        }
        let confirmed = json!({ "payment_id": id, "code": authenticator.current_code().await });
        let paid = program.post("/v1/payments/confirm", &confirmed).await;
        assert_eq!(paid.expect_status(200)["status"], "completed");
    }
    let messages = app
        .simulator
        .phone_with_number(&ann.phone)
        .count_codes()
        .await;
    let sent = "SELECT COUNT(*) FROM audit_events WHERE event = 'code_sent'";
    let sent = app.open_database().await.read_number(sent).await;
    assert_eq!(
        i64::try_from(messages),
        Ok(sent),
        "each send has an audit event"
    );
}
