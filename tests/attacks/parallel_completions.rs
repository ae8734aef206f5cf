//! Hundred parallel requests with one code or link: exactly one completes a reset, a recovery or a proof.

use domain::{Problem, Purpose, Step};
use serde_json::{Value, json};

use super::session_races::NEW;
use crate::support::call::FormPost;
use crate::support::lost_phone::RECOVERY_DELAY_SECS;
use crate::support::wire::send_at_once;
use crate::support::{
    Browser, Database, DatabaseProbe, FormResponse, TestApp, User, call, on_both_databases,
};

on_both_databases![
    hundred_parallel_uses_of_one_link_reset_a_password_without_a_second_factor_once,
    hundred_parallel_uses_of_one_link_over_the_api_open_one_reset,
    hundred_parallel_text_message_codes_complete_one_reset,
    hundred_parallel_authenticator_codes_complete_one_reset,
    hundred_parallel_recovery_codes_complete_one_reset,
    hundred_parallel_codes_complete_a_due_recovery_once,
    hundred_parallel_codes_prove_the_first_email_address_once,
];

const PURPOSE: Purpose = Purpose::PasswordReset;
const RESETS: &str = "SELECT COUNT(*) FROM audit_events WHERE event = 'password_reset'";

/// Submits a form 100 times at once. Returns the step of the only accepted response and the problems of the other
/// ones. Panics if another number is accepted, or if a response has an error status.
async fn submit_hundred_times(
    app: &TestApp,
    browser: &Browser,
    form: &FormPost,
) -> (Step, Vec<Problem>) {
    let request = browser.form_request(form);
    let answers = send_at_once(vec![(app.address, request); 100]).await;
    let answers: Vec<_> = answers.into_iter().map(FormResponse::new).collect();
    let (refused, accepted): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.is_refused());
    assert_eq!(accepted.len(), 1);
    let problems = refused.iter().map(|answer| answer.expect_problem());
    (accepted[0].expect_step(), problems.collect())
}

/// Asserts that each problem says that the flow or its code is over, or that another request uses it. A rate limit or
/// an overloaded server does not explain such a refusal.
fn assert_flow_was_used(problems: &[Problem]) {
    for problem in problems {
        let expected = matches!(
            problem,
            Problem::FlowEnded | Problem::Busy | Problem::CodeExpired
        );
        assert!(expected, "{problem:?}");
    }
}

/// Uses a reset link of an account with a second factor, and chooses the method. Returns the browser.
pub(super) async fn begin_reset(app: &TestApp, user: &User, method: &str) -> Browser {
    let mut browser = app.begin_password_reset(user, NEW).await;
    let chosen = call::choose_method_for(PURPOSE, method);
    let step = browser.submit_form(&chosen).await.expect_step();
    let awaits_code = matches!(step, Step::EnterCode(_) | Step::EnterRecoveryCode { .. });
    assert!(awaits_code, "{step:?}");
    browser
}

/// Asserts that one reset has saved the new password.
async fn assert_password_is_reset_once(app: &TestApp, probe: &DatabaseProbe, user: &User) {
    assert_eq!(probe.read_number(RESETS).await, 1);
    let mut browser = app.new_browser();
    assert!(browser.is_password_accepted(&user.username, NEW).await);
}

async fn hundred_parallel_uses_of_one_link_reset_a_password_without_a_second_factor_once(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.create_user_by_command();
    let token = app.request_reset_token(&ann).await;
    let form = call::reset_password(&token, NEW);
    let (step, problems) = submit_hundred_times(&app, &app.new_browser(), &form).await;
    assert_eq!(step, Step::PasswordReset);
    assert_eq!(problems, vec![Problem::ResetLinkInvalid; 99]);
    assert_password_is_reset_once(&app, &probe, &ann).await;
}

/// Posts a JSON body 100 times at once. Returns the number of accepted requests and the codes of all other answers.
async fn post_hundred_times(app: &TestApp, path: &str, body: &Value) -> (usize, Vec<String>) {
    let request = app.new_api_client().request("POST", path);
    let request = request.with_body("application/json", body.to_string());
    let answers = send_at_once(vec![(app.address, request); 100]).await;
    let (accepted, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == 200);
    let codes = refused
        .iter()
        .map(|answer| answer.json()["code"].as_str().unwrap_or("").to_owned());
    (accepted.len(), codes.collect())
}

async fn hundred_parallel_uses_of_one_link_over_the_api_open_one_reset(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.register_user().await;
    let token = app.request_reset_token(&ann).await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let reset = json!({ "token": token, "password": NEW });
    let (accepted, codes) = post_hundred_times(&app, "/v1/password/reset", &reset).await;
    assert_eq!(accepted, 1);
    assert_eq!(codes, vec!["reset_link_invalid"; 99]);
    let begun = "SELECT COUNT(*) FROM audit_events WHERE event = 'password_reset_begun'";
    assert_eq!(probe.read_number(begun).await, 1);

    // The answer with the flow token is lost, so the user begins again.
    app.skip_resend_cooldown().await;
    let token = app.request_reset_token(&ann).await;
    phone.skip_received_messages().await;
    let client = app.new_api_client();
    let reset = json!({ "token": token, "password": NEW });
    let flow = client.post("/v1/password/reset", &reset).await;
    let verify = json!({ "flow": flow.flow_token(200), "code": phone.next_code().await });
    let (accepted, codes) = post_hundred_times(&app, "/v1/password/verify", &verify).await;
    assert_eq!(accepted, 1, "{codes:?}");
    assert_eq!(codes.len(), 99);
    assert_password_is_reset_once(&app, &probe, &ann).await;
}

async fn hundred_parallel_text_message_codes_complete_one_reset(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.register_user().await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let browser = begin_reset(&app, &ann, "sms").await;
    let code = phone.next_code().await;
    let before = app.simulator.list_calls_of("check").await.len();
    let form = call::submit_code(PURPOSE, &code);
    let (step, problems) = submit_hundred_times(&app, &browser, &form).await;
    assert_eq!(step, Step::PasswordReset);
    assert_flow_was_used(&problems);
    assert_eq!(app.simulator.list_calls_of("check").await.len(), before + 1);
    assert_password_is_reset_once(&app, &probe, &ann).await;
    assert_eq!(probe.count_sessions().await, 0);
}

async fn hundred_parallel_authenticator_codes_complete_one_reset(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    let browser = begin_reset(&app, &ann, "totp").await;
    let form = call::submit_code(PURPOSE, &authenticator.current_code().await);
    let (step, problems) = submit_hundred_times(&app, &browser, &form).await;
    assert_eq!(step, Step::PasswordReset);
    assert_flow_was_used(&problems);
    assert_password_is_reset_once(&app, &probe, &ann).await;
    assert_eq!(probe.count_sessions().await, 0);
}

async fn hundred_parallel_recovery_codes_complete_one_reset(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let (ann, mut owner) = app.sign_in_new_user().await;
    let codes = owner.create_recovery_codes().await;
    let browser = begin_reset(&app, &ann, "recovery").await;
    let form = call::submit_code(PURPOSE, &codes[0]);
    let (step, problems) = submit_hundred_times(&app, &browser, &form).await;
    assert_eq!(step, Step::PasswordReset);
    assert_flow_was_used(&problems);
    assert_password_is_reset_once(&app, &probe, &ann).await;
    assert_eq!(probe.count_sessions().await, 0);
    let used = "SELECT COUNT(*) FROM recovery_codes WHERE spent_at > 0";
    assert_eq!(probe.read_number(used).await, 1);
}

async fn hundred_parallel_codes_complete_a_due_recovery_once(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.register_user().await;
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 60).await;
    let (browser, number, code) = app.begin_set_up_after_recovery(&ann).await;
    let form = call::submit_code(Purpose::SetUp, &code);
    let (step, problems) = submit_hundred_times(&app, &browser, &form).await;
    assert_eq!(step, Step::Dashboard);
    assert_flow_was_used(&problems);
    let completed = "SELECT COUNT(*) FROM audit_events WHERE event = 'recovery_completed'";
    assert_eq!(probe.read_number(completed).await, 1);
    assert_eq!(probe.count_sessions().await, 1);
    let phone = probe.read_text("SELECT phone FROM accounts").await;
    assert_eq!(phone, number);
}

async fn hundred_parallel_codes_prove_the_first_email_address_once(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let signed_in = browser.enter_code(Purpose::SignIn, &code).await;
    signed_in.expect_step();
    app.skip_resend_cooldown().await;
    let code = browser.request_email_code(&app, &ann.email).await;
    let form = call::submit_email_code(&code);
    let (step, problems) = submit_hundred_times(&app, &browser, &form).await;
    assert_eq!(step, Step::EmailVerified);
    assert_eq!(problems, vec![Problem::CodeExpired; 99]);
    let verified = "SELECT COUNT(*) FROM audit_events WHERE event = 'email_verified'";
    assert_eq!(probe.read_number(verified).await, 1);
}
