//! A lost phone whose verified number the set-up of the second factor asks for.

use domain::{Problem, Purpose, Step};

use crate::support::lost_phone::{
    OPENED_SUBJECT, RECOVERY_DELAY_SECS, REMINDER_SUBJECT, REQUESTED_SUBJECT, enter_set_up_number,
    read_link_token, wait_for_mail_with_subject, wait_for_text_message_with,
};
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, page};

on_both_databases![
    lost_verified_number_is_replaced_after_the_waiting_time,
    mailbox_and_verified_number_are_notified_at_once_and_halfway,
    user_who_proves_the_verified_number_is_asked_about_the_recovery,
    user_keeps_the_verified_number_after_the_waiting_time,
    other_browser_replaces_a_verified_number_after_a_new_link,
    set_up_without_a_recovery_has_no_link_for_a_lost_phone,
    account_with_an_unverified_address_opens_no_recovery_of_its_verified_number,
];

const PURPOSE: Purpose = Purpose::SetUp;
const COUNT_RECOVERIES: &str = "SELECT COUNT(*) FROM recoveries";
const LINK: &str = "href=\"/lost-phone\"";
const BUTTON: &str = "action=\"/api/lost-phone/report\"";

/// Loads a page and returns its text.
async fn read_page(browser: &mut Browser, path: &str) -> String {
    page::visible_text(&browser.load_page(path).await.text())
}

/// Requests a mail in a set-up whose password was correct. Returns the token of the link in the mail.
async fn report_lost_phone(app: &TestApp, browser: &mut Browser, user: &User) -> String {
    let mut inbox = app.open_mailbox_after_received_mails(user).await;
    let reported = browser.submit_form(&call::report_lost_phone()).await;
    assert_eq!(reported.expect_step(), Step::RecoveryRequested);
    let mail = wait_for_mail_with_subject(&mut inbox, REQUESTED_SUBJECT).await;
    read_link_token(&mail.text, "lost-phone")
}

/// Asserts that a new number in the set-up dialog sends the first code to the verified number.
async fn assert_other_number_needs_verified_number(
    app: &TestApp,
    browser: &mut Browser,
    user: &User,
) {
    let other = User::with_unique_details().phone;
    enter_set_up_number(app, browser, &other, &user.phone).await;
    let codes = app.simulator.phone_with_number(&other).count_codes().await;
    assert_eq!(codes, 0);
    app.skip_resend_cooldown().await;
}

async fn lost_verified_number_is_replaced_after_the_waiting_time(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_with_verified_number().await;
    let mut browser = app.new_browser();
    let step = browser.begin_sign_in(&ann).await;
    assert!(
        matches!(
            step,
            Step::SetUp {
                stored_phone: Some(_)
            }
        ),
        "{step:?}"
    );
    let dialog = browser.load_page("/login").await.text();
    assert!(dialog.contains(LINK), "{dialog}");
    assert_other_number_needs_verified_number(&app, &mut browser, &ann).await;
    let code_entry = browser.load_page("/login").await.text();
    assert!(code_entry.contains(LINK), "{code_entry}");
    let lost_phone = browser.load_page("/lost-phone").await.text();
    assert!(lost_phone.contains(BUTTON), "{lost_phone}");
    let token = report_lost_phone(&app, &mut browser, &ann).await;
    let link = call::open_recovery_by_link(&token);
    let step = browser.submit_form(&link).await.expect_step();
    assert_eq!(step, Step::RecoveryOpened);
    let again = call::begin_recovery(&ann.username, &ann.password);
    let pending = browser.submit_form(&again).await.expect_problem();
    assert!(matches!(pending, Problem::RecoveryPending { secs } if secs <= RECOVERY_DELAY_SECS));

    app.simulator.advance_clock(RECOVERY_DELAY_SECS - 600).await;
    browser.begin_sign_in(&ann).await;
    assert_other_number_needs_verified_number(&app, &mut browser, &ann).await;
    app.simulator.advance_clock(601).await;
    let step = browser.begin_sign_in(&ann).await;
    assert!(
        matches!(
            step,
            Step::SetUp {
                stored_phone: Some(_)
            }
        ),
        "{step:?}"
    );
    let dialog = browser.load_page("/login").await.text();
    assert!(dialog.contains("Your phone was reported lost."), "{dialog}");
    assert!(!dialog.contains(LINK), "{dialog}");
    let new = User::with_unique_details().phone;
    let mut old_phone = app.simulator.phone_with_number(&ann.phone);
    old_phone.skip_received_messages().await;
    let code = enter_set_up_number(&app, &mut browser, &new, &new).await;
    let done = browser.enter_code(PURPOSE, &code).await;
    assert_eq!(done.expect_step(), Step::Dashboard);
    wait_for_text_message_with(&mut old_phone, "lost phone was replaced").await;
    let probe = app.open_database().await;
    assert_eq!(probe.read_text("SELECT phone FROM accounts").await, new);
    assert_eq!(probe.read_number("SELECT mfa FROM accounts").await, 1);
    assert_eq!(probe.read_number(COUNT_RECOVERIES).await, 0);
    let next = call::begin_phone_change(&User::with_unique_details().phone);
    let cooling = browser.submit_form(&next).await.expect_problem();
    assert!(matches!(cooling, Problem::Cooling { .. }), "{cooling:?}");
    app.skip_resend_cooldown().await;
    let ann = User { phone: new, ..ann };
    app.new_browser().sign_in(&app, &ann).await;
}

async fn mailbox_and_verified_number_are_notified_at_once_and_halfway(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_with_verified_number().await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    let mut inbox = app.open_mailbox_after_received_mails(&ann).await;
    let cancel = app.open_recovery(&ann).await;
    wait_for_mail_with_subject(&mut inbox, OPENED_SUBJECT).await;
    wait_for_text_message_with(&mut phone, "/recovery/").await;
    app.simulator
        .advance_clock(RECOVERY_DELAY_SECS / 2 + 1)
        .await;
    wait_for_mail_with_subject(&mut inbox, REMINDER_SUBJECT).await;
    wait_for_text_message_with(&mut phone, "/recovery/").await;
    let cancel = call::cancel_recovery_by_link(&cancel);
    let step = app.new_browser().submit_form(&cancel).await.expect_step();
    assert_eq!(step, Step::RecoveryCancelled { signed_in: false });
    app.simulator.advance_clock(RECOVERY_DELAY_SECS).await;
    let mut browser = app.sign_in_until_set_up(&ann).await;
    assert_other_number_needs_verified_number(&app, &mut browser, &ann).await;
}

/// Proves the verified number in the set-up dialog, and cancels the recovery after the question about it.
async fn prove_number_and_cancel_recovery(app: &TestApp, browser: &mut Browser, user: &User) {
    let code = enter_set_up_number(app, browser, &user.phone, &user.phone).await;
    let step = browser.enter_code(PURPOSE, &code).await.expect_step();
    assert_eq!(step, Step::ConfirmRecovery);
    let question = read_page(browser, "/recovery").await;
    assert!(question.contains("Was it you?"), "{question}");
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_RECOVERIES).await, 1);
    let cancelled = browser.submit_form(&call::cancel_own_recovery()).await;
    let step = cancelled.expect_step();
    assert_eq!(step, Step::RecoveryCancelled { signed_in: true });
    assert_eq!(probe.read_number(COUNT_RECOVERIES).await, 0);
    let phone = probe.read_text("SELECT phone FROM accounts").await;
    assert_eq!(phone, user.phone);
    app.simulator.advance_clock(RECOVERY_DELAY_SECS).await;
    let step = app
        .browser_that_opened_recovery(user)
        .begin_sign_in(user)
        .await;
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
}

async fn user_who_proves_the_verified_number_is_asked_about_the_recovery(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_with_verified_number().await;
    app.open_recovery(&ann).await;
    let mut browser = app.new_browser();
    let step = browser.begin_sign_in(&ann).await;
    assert!(matches!(step, Step::SetUp { .. }), "{step:?}");
    prove_number_and_cancel_recovery(&app, &mut browser, &ann).await;
}

async fn user_keeps_the_verified_number_after_the_waiting_time(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_with_verified_number().await;
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    let mut browser = app.sign_in_until_set_up(&ann).await;
    let kept = browser.submit_form(&call::keep_phone_number()).await;
    let step = kept.expect_step();
    assert!(
        matches!(
            step,
            Step::SetUp {
                stored_phone: Some(_)
            }
        ),
        "{step:?}"
    );
    let dialog = read_page(&mut browser, "/login").await;
    assert!(dialog.contains("Your number on file is"), "{dialog}");
    assert!(!dialog.contains("reported lost"), "{dialog}");
    prove_number_and_cancel_recovery(&app, &mut browser, &ann).await;
}

async fn other_browser_replaces_a_verified_number_after_a_new_link(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_with_verified_number().await;
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 1).await;
    let mut other = app.new_browser();
    let step = other.begin_sign_in(&ann).await;
    assert_eq!(step, Step::RecoveryInOtherBrowser);
    let lost_phone = read_page(&mut other, "/lost-phone").await;
    for words in ["in the browser in which you confirmed", "Keep my number"] {
        assert!(lost_phone.contains(words), "{lost_phone}");
    }
    let dialog = read_page(&mut other, "/login").await;
    assert!(dialog.contains("Your number on file is"), "{dialog}");
    assert_other_number_needs_verified_number(&app, &mut other, &ann).await;
    let token = report_lost_phone(&app, &mut other, &ann).await;
    let link = call::open_recovery_by_link(&token);
    let step = other.submit_form(&link).await.expect_step();
    assert_eq!(step, Step::RecoveryBrowserChanged { is_due: true });
    assert_eq!(other.flow_token(PURPOSE), None);
    let step = other.begin_sign_in(&ann).await;
    assert!(matches!(step, Step::SetUp { .. }), "{step:?}");
    let new = User::with_unique_details().phone;
    let code = enter_set_up_number(&app, &mut other, &new, &new).await;
    let done = other.enter_code(PURPOSE, &code).await;
    assert_eq!(done.expect_step(), Step::Dashboard);
}

async fn set_up_without_a_recovery_has_no_link_for_a_lost_phone(database: Database) {
    let mut app = TestApp::start(database).await;
    // An unverified number is replaced at once.
    let bob = app.create_user_by_command();
    let mut browser = app.sign_in_until_set_up(&bob).await;
    let dialog = browser.load_page("/login").await.text();
    assert!(!dialog.contains(LINK), "{dialog}");
    let reported = browser.submit_form(&call::report_lost_phone()).await;
    let step = reported.expect_step();
    assert!(matches!(step, Step::SetUp { .. }), "{step:?}");
    let ann = app.create_user_with_verified_number().await;
    app.change_setting("SALLYPORT_RECOVERY", "false");
    app.process.kill().await;
    app.restart().await;
    let mut browser = app.sign_in_until_set_up(&ann).await;
    let dialog = browser.load_page("/login").await.text();
    assert!(!dialog.contains(LINK), "{dialog}");
    let reported = browser.submit_form(&call::report_lost_phone()).await;
    assert_eq!(reported.expect_problem(), Problem::MethodUnavailable);
}

async fn account_with_an_unverified_address_opens_no_recovery_of_its_verified_number(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let done = app.run_user_command(&["reset-mfa", &ann.username]);
    assert_eq!(done.exit_code, 0, "{done:?}");
    let asked = call::begin_recovery(&ann.username, &ann.password);
    let refused = app.new_browser().submit_form(&asked).await;
    assert_eq!(refused.expect_problem(), Problem::EmailUnproven);
}
