//! Attacks on the link that undoes a phone change, and attacks that use it.

use domain::{Problem, Step};

use crate::support::lost_phone::{PHONE_CHANGED_SUBJECT, read_link_token};
use crate::support::wire::send_at_once;
use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![
    hundred_parallel_uses_of_one_link_undo_the_phone_change_once,
    undo_restores_the_number_and_requires_a_password_reset,
    undo_of_an_earlier_change_invalidates_the_links_of_later_changes,
    undo_of_a_later_change_keeps_the_link_of_the_earlier_change,
    undo_link_survives_a_new_password_and_ends_after_a_week,
    get_request_to_an_undo_link_changes_nothing,
    phone_change_by_an_operator_ends_the_undo_link,
    undo_succeeds_for_a_number_that_has_five_other_accounts_since,
];

async fn app_without_cooldown(database: Database) -> TestApp {
    TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_COOLING_HOURS", "0")
        .start()
        .await
}

async fn hundred_parallel_uses_of_one_link_undo_the_phone_change_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (_, _, token) = app.change_phone(&ann).await;
    let request = app.new_browser().form_request(&call::undo_change(&token));
    let answers = send_at_once(vec![(app.address, request); 100]).await;
    let accepted = answers
        .iter()
        .filter(|answer| answer.text().contains("change_undone"));
    assert_eq!(accepted.count(), 1);
    let undone = "SELECT COUNT(*) FROM audit_events WHERE event = 'phone_restored'";
    assert_eq!(app.open_database().await.read_number(undone).await, 1);
    let late = app
        .new_browser()
        .submit_form(&call::undo_change(&token))
        .await;
    assert_eq!(late.expect_problem(), Problem::LinkInvalid);
    assert_eq!(
        app.new_browser()
            .load_page(&format!("/undo/{token}"))
            .await
            .status,
        410
    );
}

async fn undo_restores_the_number_and_requires_a_password_reset(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (changed, mut attacker, token) = app.change_phone(&ann).await;
    // The undo link in the mail differs from the undo link in the text message.
    let mail = app.wait_for_mail(&ann.email, PHONE_CHANGED_SUBJECT).await;
    assert_ne!(read_link_token(&mail.text, "undo"), token);
    let mut browser = app.new_browser().without_scripts();
    let shown = browser.load_page(&format!("/undo/{token}")).await.text();
    assert!(shown.contains(&ann.phone[ann.phone.len() - 4..]), "{shown}");
    let answer = browser.submit_form(&call::undo_change(&token)).await;
    assert_eq!(answer.redirect_path(), "/forgot-password");
    let shown = browser.load_page("/forgot-password").await.text();
    assert!(
        shown.contains("Your earlier phone number is back"),
        "{shown}"
    );
    assert!(!attacker.is_signed_in().await);
    // The account refuses the correct password like a wrong one, with the old and the new number.
    for user in [&ann, &changed] {
        let refused = app
            .new_browser()
            .enter_password(&user.username, &user.password)
            .await;
        assert_eq!(refused.expect_problem(), Problem::Credentials);
    }
    let second = read_link_token(&mail.text, "undo");
    let used = app
        .new_browser()
        .submit_form(&call::undo_change(&second))
        .await;
    assert_eq!(used.expect_problem(), Problem::LinkInvalid);

    let ann = app
        .reset_password(&ann, "a quite different 88 phrase")
        .await;
    app.new_browser().sign_in(&app, &ann).await;
}

async fn read_phone_number(app: &TestApp) -> String {
    app.open_database()
        .await
        .read_text("SELECT phone FROM accounts")
        .await
}

/// An attacker changes the number twice, so that the last notification goes to a number of the attacker.
async fn undo_of_an_earlier_change_invalidates_the_links_of_later_changes(database: Database) {
    let app = app_without_cooldown(database).await;
    let ann = app.register_user().await;
    let (first, _, of_owner) = app.change_phone(&ann).await;
    let (_, _, of_attacker) = app.change_phone(&first).await;
    let step = app
        .new_browser()
        .submit_form(&call::undo_change(&of_owner))
        .await
        .expect_step();
    assert_eq!(step, Step::PhoneChangeUndone);
    assert_eq!(read_phone_number(&app).await, ann.phone);
    let refused = app
        .new_browser()
        .submit_form(&call::undo_change(&of_attacker))
        .await;
    assert_eq!(refused.expect_problem(), Problem::LinkInvalid);
    assert_eq!(read_phone_number(&app).await, ann.phone);
}

/// The attacker uses the link that went to the attacker's number first.
async fn undo_of_a_later_change_keeps_the_link_of_the_earlier_change(database: Database) {
    let app = app_without_cooldown(database).await;
    let ann = app.register_user().await;
    let (first, _, of_owner) = app.change_phone(&ann).await;
    let (_, _, of_attacker) = app.change_phone(&first).await;
    app.new_browser()
        .submit_form(&call::undo_change(&of_attacker))
        .await
        .expect_step();
    assert_eq!(read_phone_number(&app).await, first.phone);
    app.new_browser()
        .submit_form(&call::undo_change(&of_owner))
        .await
        .expect_step();
    assert_eq!(read_phone_number(&app).await, ann.phone);
}

async fn undo_link_survives_a_new_password_and_ends_after_a_week(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (_, _, token) = app.change_phone(&ann).await;
    let new = "a quite different 88 phrase";
    let done =
        app.run_user_command_with_input(&["set-password", &ann.username, "--password-stdin"], new);
    assert_eq!(done.exit_code, 0, "{done:?}");
    let path = format!("/undo/{token}");
    app.simulator.advance_clock(7 * 24 * 3600 - 120).await;
    assert_eq!(app.new_browser().load_page(&path).await.status, 200);
    app.simulator.advance_clock(240).await;
    assert_eq!(app.new_browser().load_page(&path).await.status, 410);
    let late = app
        .new_browser()
        .submit_form(&call::undo_change(&token))
        .await;
    assert_eq!(late.expect_problem(), Problem::LinkInvalid);
}

async fn get_request_to_an_undo_link_changes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (changed, mut browser, token) = app.change_phone(&ann).await;
    for method in ["GET", "HEAD"] {
        let request = app
            .new_browser()
            .page_request(method, &format!("/undo/{token}"));
        request.send(app.address).await;
    }
    assert_eq!(read_phone_number(&app).await, changed.phone);
    assert!(browser.is_signed_in().await);
}

async fn phone_change_by_an_operator_ends_the_undo_link(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (_, _, token) = app.change_phone(&ann).await;
    let new = User::with_unique_details().phone;
    let done = app.run_user_command(&["set-phone", &ann.username, &new]);
    assert_eq!(done.exit_code, 0, "{done:?}");
    let refused = app
        .new_browser()
        .submit_form(&call::undo_change(&token))
        .await;
    assert_eq!(refused.expect_problem(), Problem::LinkInvalid);
    assert_eq!(read_phone_number(&app).await, new);
}

/// Covers the exception in docs/security.md#reg-12: others cannot keep the owner from undoing a change.
async fn undo_succeeds_for_a_number_that_has_five_other_accounts_since(database: Database) {
    const MOST_ACCOUNTS_OF_A_NUMBER: &str = "SELECT MAX(accounts_of_number) FROM \
         (SELECT COUNT(*) AS accounts_of_number FROM accounts GROUP BY phone) AS numbers";
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (_, _, token) = app.change_phone(&ann).await;
    for _ in 0..5 {
        app.create_user_by_command();
    }
    app.execute_sql(
        "UPDATE accounts SET phone = (SELECT old_value FROM contact_changes) WHERE mfa = 0",
    )
    .await;
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(MOST_ACCOUNTS_OF_A_NUMBER).await, 5);
    let undo = call::undo_change(&token);
    let step = app.new_browser().submit_form(&undo).await.expect_step();
    assert_eq!(step, Step::PhoneChangeUndone);
    assert_eq!(probe.read_number(MOST_ACCOUNTS_OF_A_NUMBER).await, 6);
    // No further account gets the number.
    let bob = app.register_user().await;
    let refused = app.run_user_command(&["set-phone", &bob.username, &ann.phone]);
    assert!(refused.stderr.contains("as many accounts"), "{refused:?}");
}
