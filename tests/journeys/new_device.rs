//! Mails about a sign-in from a new device: a browser without a valid device cookie of the account.

use domain::{Device, Language, Notification, Purpose, Step, Timestamp};

use crate::support::{Browser, Database, RunningApp, TestApp, User, call, on_both_databases};

on_both_databases![
    sign_in_with_a_new_browser_is_notified_once_by_mail,
    sign_in_to_another_account_in_a_known_browser_is_notified,
    first_sign_in_after_a_set_up_is_notified_only_in_another_browser,
    unverified_address_receives_no_mail_about_a_new_device,
    sign_in_over_the_api_is_not_notified,
    other_browsers_are_new_again_after_a_password_change,
    repeated_sign_ins_with_new_browsers_send_few_mails,
];

const SUBJECT: &str = "Sign-in from a new device";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

/// Signs in with a code by text message, and signs out. Waits until all notifications are sent.
async fn sign_in_and_out(app: &RunningApp, browser: &mut Browser, user: &User) {
    browser.sign_in(app, user).await;
    browser.sign_out().await.expect_step();
    app.skip_resend_cooldown().await;
    app.wait_for_empty_outbox().await;
}

/// Returns the sentences of the mail about a sign-in with Firefox at this Unix time in seconds.
fn sentences_of_mail(secs: u64) -> String {
    let millis = i64::try_from(secs * 1000).expect("time fits the type");
    let notification = Notification::NewDeviceSignIn {
        device: Device::from_user_agent(FIREFOX),
        at: Timestamp::from_millis(millis),
    };
    Language::English.notification_text(&notification).long
}

/// Tests docs/security.md#log-11.
async fn sign_in_with_a_new_browser_is_notified_once_by_mail(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut first = app.new_browser();
    sign_in_and_out(&app, &mut first, &ann).await;
    assert_eq!(app.count_mails(&ann.email, SUBJECT).await, 0);

    let mut second = app.new_browser().with_user_agent(FIREFOX);
    let before = app.simulator.now_secs().await;
    second.sign_in(&app, &ann).await;
    let after = app.simulator.now_secs().await;
    second.sign_out().await.expect_step();
    let mail = app.wait_for_mail(&ann.email, SUBJECT).await;
    let expected = [before, after].map(sentences_of_mail);
    assert!(
        expected.iter().any(|text| mail.text.contains(text)),
        "{expected:?} is not in {}",
        mail.text
    );
    assert!(mail.text.contains("Firefox on Linux"), "{}", mail.text);
    let link = format!("\nhttp://{}/forgot-password\n", app.address);
    assert!(mail.text.contains(&link), "{}", mail.text);

    app.simulator.advance_clock(3600).await;
    for browser in [&mut first, &mut second] {
        sign_in_and_out(&app, browser, &ann).await;
    }
    assert_eq!(app.count_mails(&ann.email, SUBJECT).await, 1);
    let phone = app.simulator.phone_with_number(&ann.phone);
    assert!(phone.list_notifications().await.is_empty());
}

/// Tests docs/security.md#log-11.
async fn sign_in_to_another_account_in_a_known_browser_is_notified(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, bob) = (app.register_user().await, app.register_user().await);
    let (mut of_ann, mut of_bob) = (app.new_browser(), app.new_browser());
    sign_in_and_out(&app, &mut of_ann, &ann).await;
    sign_in_and_out(&app, &mut of_bob, &bob).await;
    sign_in_and_out(&app, &mut of_ann, &bob).await;
    assert_eq!(app.count_mails(&bob.email, SUBJECT).await, 1);
    assert_eq!(app.count_mails(&ann.email, SUBJECT).await, 0);
    // Both accounts know the browser now.
    for user in [&ann, &bob] {
        sign_in_and_out(&app, &mut of_ann, user).await;
    }
    assert_eq!(app.count_mails(&bob.email, SUBJECT).await, 1);
    assert_eq!(app.count_mails(&ann.email, SUBJECT).await, 0);
}

/// Tests docs/security.md#log-11.
async fn first_sign_in_after_a_set_up_is_notified_only_in_another_browser(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_by_command();
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    let number = call::submit_set_up_phone(&ann.phone);
    browser.submit_form(&number).await.expect_code_entry();
    let step = browser.enter_next_code(&app, Purpose::SetUp, &ann).await;
    assert_eq!(step, Step::Dashboard);
    browser.sign_out().await.expect_step();
    app.skip_resend_cooldown().await;
    sign_in_and_out(&app, &mut browser, &ann).await;
    assert_eq!(app.count_mails(&ann.email, SUBJECT).await, 0);
    sign_in_and_out(&app, &mut app.new_browser(), &ann).await;
    assert_eq!(app.count_mails(&ann.email, SUBJECT).await, 1);
}

/// Tests docs/security.md#log-11.
async fn unverified_address_receives_no_mail_about_a_new_device(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    for _ in 0..2 {
        sign_in_and_out(&app, &mut app.new_browser(), &ann).await;
    }
    let mails = app.simulator.mailbox_of(&ann.email).list_mails().await;
    assert!(mails.is_empty(), "{mails:?}");
    let phone = app.simulator.phone_with_number(&ann.phone);
    assert!(phone.list_notifications().await.is_empty());
}

/// An API client that stores no device marks would look new at each sign-in.
async fn sign_in_over_the_api_is_not_notified(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    sign_in_and_out(&app, &mut app.new_browser(), &ann).await;
    app.new_api_client().sign_in(&app, &ann).await;
    app.wait_for_empty_outbox().await;
    assert_eq!(app.count_mails(&ann.email, SUBJECT).await, 0);
}

/// The change may follow an attack, so it revokes the device cookies of all browsers but its own.
async fn other_browsers_are_new_again_after_a_password_change(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (mut changing, mut other) = (app.new_browser(), app.new_browser());
    sign_in_and_out(&app, &mut other, &ann).await;
    changing.sign_in(&app, &ann).await;
    let changed = User {
        password: "a quite different 88 phrase".to_owned(),
        ..ann.clone()
    };
    let change = call::change_password(&ann.password, &changed.password);
    let step = changing.submit_form(&change).await.expect_step();
    assert_eq!(step, Step::PasswordChanged);
    changing.sign_out().await.expect_step();
    app.wait_for_mail(&ann.email, SUBJECT).await;

    app.simulator.advance_clock(3600).await;
    sign_in_and_out(&app, &mut changing, &changed).await;
    assert_eq!(app.count_mails(&ann.email, SUBJECT).await, 1);
    sign_in_and_out(&app, &mut other, &changed).await;
    assert_eq!(app.count_mails(&ann.email, SUBJECT).await, 2);
}

/// Three mails an hour are sent at once. One mail after that hour combines all others.
async fn repeated_sign_ins_with_new_browsers_send_few_mails(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    for number in 0..5 {
        let code = authenticator.current_code().await;
        let signed_in = app.sign_in_with_totp_code(&ann, &code).await;
        assert_eq!(signed_in.expect_step(), Step::Dashboard);
        app.simulator.advance_clock(30).await;
        if number < 3 {
            app.wait_for_empty_outbox().await;
        }
    }
    assert_eq!(app.count_mails(&ann.email, SUBJECT).await, 3);
    app.simulator.advance_clock(3600).await;
    app.wait_for_empty_outbox().await;
    let mails = app.simulator.mailbox_of(&ann.email).list_mails().await;
    let texts: Vec<&String> = mails
        .iter()
        .filter(|mail| mail.subject == SUBJECT)
        .map(|mail| &mail.text)
        .collect();
    assert_eq!(texts.len(), 4);
    assert!(texts[3].contains("And 1 more time."), "{}", texts[3]);
}
