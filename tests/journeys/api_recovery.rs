//! The recovery of a lost phone over the JSON API: shown, cancelled, completed, and replaced by a sign-in with the old
//! phone.

use serde_json::{Value, json};

use super::api_cookies::request_from_page;
use crate::support::lost_phone::RECOVERY_DELAY_SECS;
use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![
    open_recovery_is_shown_and_cancelled_over_the_api,
    user_with_the_old_phone_signs_in_with_a_program_while_a_recovery_is_due,
    user_with_the_old_phone_keeps_the_number_over_the_api,
    page_in_the_browser_of_a_recovery_replaces_the_number_over_the_api,
    set_up_without_a_recovery_cannot_keep_a_number_over_the_api,
    verified_number_is_confirmed_over_the_api_while_its_recovery_is_due,
    verified_number_is_kept_over_the_api_after_the_waiting_time,
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

/// Opens a recovery and waits until its waiting time is over.
async fn open_due_recovery(app: &TestApp) -> User {
    let ann = app.register_user().await;
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    ann
}

/// Returns the `Cookie` header of the browser that has opened the recovery.
fn recovery_cookie_header(app: &TestApp, user: &User) -> String {
    let name = call::RECOVERY_COOKIE;
    let browser = app.browser_that_opened_recovery(user);
    format!("{name}={}", browser.cookies[name])
}

/// Cancels the recovery of a signed-in user, and asserts that the next sign-in needs the earlier second factor.
async fn cancel_and_sign_in_as_before(app: &TestApp, user: &User, token: &str) {
    let client = app.new_api_client().with_token(token);
    let me = client.get("/v1/me").await;
    assert_eq!(me.expect_status(200)["recovery_due_in"], 0);
    client
        .post(CANCEL_PATH, &json!({}))
        .await
        .expect_status(200);
    let later = app.new_api_client().submit_password(user).await;
    assert!(later.body.get("requires_setup").is_none(), "{}", later.body);
    assert_ne!(later.body["code"], "recovery_in_other_browser");
}

/// An API client does not have the cookie of the browser in which the recovery was opened.
async fn user_with_the_old_phone_signs_in_with_a_program_while_a_recovery_is_due(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = open_due_recovery(&app).await;
    let program = app.new_api_client();
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let codes = phone.count_codes().await;
    let begun = program.submit_password(&ann).await;
    begun.expect_error(409, "recovery_in_other_browser");
    // The phone may be lost, so no message is sent before the user asks for one.
    assert_eq!(phone.count_codes().await, codes);
    let flow = begun.flow_token(409);
    let resend = json!({ "flow": flow });
    let sent = program.post("/v1/login/resend", &resend).await;
    sent.expect_status(200);
    let code = phone.next_code().await;
    let signed_in = program.submit_sign_in_code(&flow, &code).await;
    assert_eq!(signed_in.expect_status(200)["recovery_due_in"], 0);
    cancel_and_sign_in_as_before(&app, &ann, &signed_in.access_token(200)).await;
}

async fn user_with_the_old_phone_keeps_the_number_over_the_api(database: Database) {
    let app = TestApp::start(database).await;
    let ann = open_due_recovery(&app).await;
    let cookie = recovery_cookie_header(&app, &ann);
    let program = app.new_api_client();
    let login = json!({ "identifier": ann.username, "password": ann.password });
    let begun = program
        .send(request_from_page(&app, "/v1/login", &login, &cookie))
        .await;
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
    cancel_and_sign_in_as_before(&app, &ann, &signed_in.access_token(200)).await;
}

async fn page_in_the_browser_of_a_recovery_replaces_the_number_over_the_api(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.open_recovery(&ann).await;
    let program = app.new_api_client();
    let before = program.submit_password(&ann).await;
    assert_eq!(before.expect_status(200)["requires_2fa"], true);
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    let cookie = recovery_cookie_header(&app, &ann);
    let login = json!({ "identifier": ann.username, "password": ann.password });
    // An API client may send the cookies of a user's browser.
    let request = program.post_request("/v1/login", &login);
    let refused = program.send(request.with_header("Cookie", &cookie)).await;
    refused.expect_error(409, "recovery_in_other_browser");
    let begun = program
        .send(request_from_page(&app, "/v1/login", &login, &cookie))
        .await;
    assert_eq!(begun.expect_status(200)["requires_setup"], true);
    let flow = begun.flow_token(200);
    let number = User::with_unique_details().phone;
    let entered = json!({ "flow": flow, "phone_number": number });
    let set_up = request_from_page(&app, "/v1/login/setup", &entered, &cookie);
    program.send(set_up).await.expect_status(200);
    let code = app.simulator.phone_with_number(&number).next_code().await;
    let entered = json!({ "flow": flow, "code": code });
    let verify = request_from_page(&app, "/v1/login/verify", &entered, &cookie);
    program.send(verify).await.access_token(200);
    let stored = "SELECT phone FROM accounts";
    assert_eq!(app.open_database().await.read_text(stored).await, number);
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

/// Creates a user with a verified number and no second factor, whose recovery is due.
async fn open_due_recovery_of_verified_number(app: &TestApp) -> User {
    let ann = app.create_user_with_verified_number().await;
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    ann
}

/// Sets up the verified number with the flow of a set-up, and cancels the recovery.
async fn prove_number_and_cancel_recovery(app: &TestApp, user: &User, flow: &str) {
    let program = app.new_api_client();
    let mut phone = app.simulator.phone_with_number(&user.phone);
    phone.skip_received_messages().await;
    let number = json!({ "flow": flow, "phone_number": user.phone });
    let sent = program.post("/v1/login/setup", &number).await;
    sent.expect_status(200);
    let code = phone.next_code().await;
    let signed_in = program.submit_sign_in_code(flow, &code).await;
    assert_eq!(signed_in.expect_status(200)["recovery_due_in"], 0);
    cancel_and_sign_in_as_before(app, user, &signed_in.access_token(200)).await;
}

async fn verified_number_is_confirmed_over_the_api_while_its_recovery_is_due(database: Database) {
    let app = TestApp::start(database).await;
    let ann = open_due_recovery_of_verified_number(&app).await;
    let begun = app.new_api_client().submit_password(&ann).await;
    begun.expect_error(409, "recovery_in_other_browser");
    prove_number_and_cancel_recovery(&app, &ann, &begun.flow_token(409)).await;
}

async fn verified_number_is_kept_over_the_api_after_the_waiting_time(database: Database) {
    let app = TestApp::start(database).await;
    let ann = open_due_recovery_of_verified_number(&app).await;
    let cookie = recovery_cookie_header(&app, &ann);
    let program = app.new_api_client();
    let login = json!({ "identifier": ann.username, "password": ann.password });
    let begun = program
        .send(request_from_page(&app, "/v1/login", &login, &cookie))
        .await;
    assert_eq!(begun.expect_status(200)["lost_phone"], true);
    let keep = json!({ "flow": begun.flow_token(200) });
    let kept = program.post(KEEP_PATH, &keep).await;
    assert_eq!(kept.expect_status(200)["requires_setup"], true);
    assert_eq!(kept.body["lost_phone"], false);
    let again = program.post(KEEP_PATH, &keep).await;
    again.expect_error(400, "no_pending");
    prove_number_and_cancel_recovery(&app, &ann, &kept.flow_token(200)).await;
}
