//! The recovery of a lost phone over the JSON API: shown, cancelled, and replaced by a sign-in with the old phone.

use serde_json::{Value, json};

use crate::support::lost_phone::RECOVERY_DELAY_SECS;
use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    open_recovery_is_shown_and_cancelled_over_the_api,
    user_with_the_old_phone_keeps_the_number_over_the_api,
    set_up_without_a_recovery_cannot_keep_a_number_over_the_api,
];

const CANCEL_PATH: &str = "/v1/recovery/cancel";
const KEEP_PATH: &str = "/v1/login/keep-number";

async fn open_recovery_is_shown_and_cancelled_over_the_api(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, client) = app.sign_in_new_api_user().await;
    let me = client.get("/v1/me").await;
    assert_eq!(me.expect_status(200)["recovery_due_in"], Value::Null);
    app.open_recovery(&ann).await;
    let me = client.get("/v1/me").await;
    let due = me.expect_status(200)["recovery_due_in"].as_u64();
    let expected = RECOVERY_DELAY_SECS - 60..=RECOVERY_DELAY_SECS;
    assert!(due.is_some_and(|secs| expected.contains(&secs)), "{due:?}");
    app.skip_resend_cooldown().await;
    let program = app.new_api_client();
    let (flow, code) = program.sign_in_until_code(&app, &ann).await;
    let signed_in = program.submit_sign_in_code(&flow, &code).await;
    assert!(signed_in.expect_status(200)["recovery_due_in"].is_u64());
    let stranger = program.post(CANCEL_PATH, &json!({})).await;
    stranger.expect_error(401, "invalid_token");
    for _ in 0..2 {
        let cancelled = client.post(CANCEL_PATH, &json!({})).await;
        let message = &cancelled.expect_status(200)["message"];
        assert_eq!(message, "The phone number stays");
    }
    let me = client.get("/v1/me").await;
    assert_eq!(me.expect_status(200)["recovery_due_in"], Value::Null);
    let cancelled = "SELECT COUNT(*) FROM audit_events WHERE event = 'recovery_cancelled'";
    assert_eq!(app.open_database().await.read_number(cancelled).await, 1);
}

async fn user_with_the_old_phone_keeps_the_number_over_the_api(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    let program = app.new_api_client();
    let begun = program.submit_password(&ann).await;
    assert_eq!(begun.expect_status(200)["requires_setup"], true);
    assert_eq!(begun.body["lost_phone"], true);
    let set_up = begun.flow_token(200);
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let keep = json!({ "flow": set_up });
    let kept = program.post(KEEP_PATH, &keep).await;
    assert_eq!(kept.expect_status(200)["requires_2fa"], true);
    let code = phone.next_code().await;
    let again = program.post(KEEP_PATH, &keep).await;
    again.expect_error(400, "no_pending");
    let flow = kept.flow_token(200);
    let signed_in = program.submit_sign_in_code(&flow, &code).await;
    assert_eq!(signed_in.expect_status(200)["recovery_due_in"], 0);
    let client = program.with_token(&signed_in.access_token(200));
    let me = client.get("/v1/me").await;
    assert_eq!(me.expect_status(200)["recovery_due_in"], 0);
    client
        .post(CANCEL_PATH, &json!({}))
        .await
        .expect_status(200);
    let later = app.new_api_client().submit_password(&ann).await;
    assert!(later.body.get("requires_setup").is_none(), "{}", later.body);
}

async fn set_up_without_a_recovery_cannot_keep_a_number_over_the_api(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_by_command();
    let program = app.new_api_client();
    let begun = program.submit_password(&ann).await;
    assert_eq!(begun.expect_status(200)["lost_phone"], false);
    let keep = json!({ "flow": begun.flow_token(200) });
    let refused = program.post(KEEP_PATH, &keep).await;
    refused.expect_error(400, "method_unavailable");
}
