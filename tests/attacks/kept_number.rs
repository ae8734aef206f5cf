//! Attacks on the button that keeps the number in the set-up dialog after a recovery.

use domain::{Problem, Purpose};

use crate::support::lost_phone::RECOVERY_DELAY_SECS;
use crate::support::wire::send_at_once;
use crate::support::{Database, TestApp, User, call, on_both_databases, wrong_code};

on_both_databases![
    attacker_with_the_password_gets_no_session_by_keeping_the_number,
    sign_in_that_keeps_the_number_is_refused_after_a_password_change,
    account_without_a_second_factor_has_no_earlier_number_to_keep,
    parallel_attempts_to_keep_the_number_leave_the_recovery_open,
    parallel_attempts_to_keep_a_verified_number_open_one_set_up,
];

const COUNT_RECOVERIES: &str = "SELECT COUNT(*) FROM recoveries";

/// The attacker knows the password and has none of the factors.
async fn attacker_with_the_password_gets_no_session_by_keeping_the_number(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, _) = app.register_user_with_authenticator().await;
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    let mut attacker = app.sign_in_until_set_up(&ann).await;
    let set_up = attacker
        .flow_token(Purpose::SetUp)
        .expect("flow token exists");
    attacker
        .submit_form(&call::keep_phone_number())
        .await
        .expect_step();
    assert!(!attacker.is_signed_in().await);
    // The ended set-up accepts no number, and cannot keep the number a second time.
    let mut replay = app.new_browser();
    let name = call::flow_token_cookie(Purpose::SetUp);
    replay.cookies.insert(name.to_owned(), set_up);
    for attempt in [
        call::submit_set_up_phone("+14155559876"),
        call::keep_phone_number(),
    ] {
        let refused = replay.submit_form(&attempt).await;
        assert_eq!(refused.expect_problem(), Problem::FlowEnded);
    }
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    attacker.choose_sms_method().await.expect_code_entry();
    let code = phone.next_code().await;
    for attempt in [
        call::submit_code(Purpose::SignIn, &wrong_code(&code)),
        call::submit_code(Purpose::SetUp, &code),
        call::submit_set_up_phone("+14155559876"),
        call::cancel_own_recovery(),
        call::begin_phone_change("+14155559876"),
    ] {
        assert!(attacker.submit_form(&attempt).await.is_refused());
    }
    assert!(!attacker.is_signed_in().await);
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_RECOVERIES).await, 1);
}

async fn sign_in_that_keeps_the_number_is_refused_after_a_password_change(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    let (mut before, mut after) = (
        app.sign_in_until_set_up(&ann).await,
        app.sign_in_until_set_up(&ann).await,
    );
    before
        .submit_form(&call::keep_phone_number())
        .await
        .expect_step();
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    before.choose_sms_method().await.expect_code_entry();
    let code = phone.next_code().await;
    let new = "a quite different 88 phrase";
    let done =
        app.run_user_command_with_input(&["set-password", &ann.username, "--password-stdin"], new);
    assert_eq!(done.exit_code, 0, "{done:?}");
    assert!(before.enter_code(Purpose::SignIn, &code).await.is_refused());
    assert!(
        after
            .submit_form(&call::keep_phone_number())
            .await
            .is_refused()
    );
    for mut browser in [before, after] {
        assert!(!browser.is_signed_in().await);
    }
}

async fn account_without_a_second_factor_has_no_earlier_number_to_keep(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_by_command();
    let mut browser = app.sign_in_until_set_up(&ann).await;
    let html = browser.load_page("/login").await.text();
    assert!(!html.contains("/api/lost-phone/keep-number"), "{html}");
    let refused = browser.submit_form(&call::keep_phone_number()).await;
    assert_eq!(refused.expect_problem(), Problem::MethodUnavailable);
    let stranger = app
        .new_browser()
        .submit_form(&call::keep_phone_number())
        .await;
    assert_eq!(stranger.expect_problem(), Problem::FlowEnded);
}

async fn parallel_attempts_to_keep_the_number_leave_the_recovery_open(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    let live = "SELECT COUNT(*) FROM flows WHERE purpose = 'sign_in' AND live = 1";
    assert_one_of_parallel_attempts_keeps_number(&app, &ann, "choose_method", live).await;
}

/// The account has no second factor, so a set-up of the verified number replaces the set-up of a new number.
async fn parallel_attempts_to_keep_a_verified_number_open_one_set_up(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_with_verified_number().await;
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    let step = "\"step\":\"set_up\"";
    let live = "SELECT COUNT(*) FROM flows WHERE purpose = 'set_up' AND live = 1";
    assert_one_of_parallel_attempts_keeps_number(&app, &ann, step, live).await;
}

/// Keeps the number by 100 requests at once. Asserts that one of them gets an answer that contains `step`, and that one
/// of the flows that the query `live` counts is live.
async fn assert_one_of_parallel_attempts_keeps_number(
    app: &TestApp,
    user: &User,
    step: &str,
    live: &'static str,
) {
    let browser = app.sign_in_until_set_up(user).await;
    let request = browser.form_request(&call::keep_phone_number());
    let answers = send_at_once(vec![(app.address, request); 100]).await;
    for answer in &answers {
        assert!(answer.status < 500 || answer.status == 503, "{answer:?}");
    }
    let kept = answers.iter().filter(|answer| answer.text().contains(step));
    assert_eq!(kept.count(), 1);
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(live).await, 1);
    assert_eq!(probe.read_number(COUNT_RECOVERIES).await, 1);
    assert_eq!(probe.count_sessions().await, 0);
}
