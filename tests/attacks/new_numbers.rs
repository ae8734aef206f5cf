//! Limits on messages that accounts cause to new numbers, which they do not own. The limits reserve messages for the
//! owners of numbers.

use domain::{Channel, Problem, Purpose};

use crate::support::{Browser, Database, FormResponse, TestApp, User, call, on_both_databases};

const PURPOSE: Purpose = Purpose::PhoneChange;
const NEW: &str = "a quite different 88 phrase";

on_both_databases![
    phone_changes_leave_a_fifth_of_the_messages_for_owners_of_numbers,
    set_up_with_the_number_on_file_may_use_the_messages_that_are_left_for_owners,
    calls_of_phone_changes_stop_at_a_fifth_of_the_messages,
    account_gets_six_codes_a_day_for_numbers_that_it_does_not_own,
    password_reset_gives_an_account_no_further_codes_for_other_numbers,
    phone_changes_from_one_address_share_the_limit_of_its_messages,
    phone_changes_from_one_network_share_the_limit_of_its_registrations,
];

/// Begins a change to a number that no other user has.
async fn begin_phone_change(browser: &mut Browser) -> FormResponse {
    let number = User::with_unique_details().phone;
    browser
        .submit_form(&call::begin_phone_change(&number))
        .await
}

/// Begins phone changes until a limit refuses a code. Returns the number of codes sent, and the problem.
async fn begin_phone_changes_until_refused(browser: &mut Browser) -> (usize, Problem) {
    // One account may begin 20 changes an hour.
    for sent in 0..20 {
        let reply = begin_phone_change(browser).await;
        if reply.is_refused() {
            return (sent, reply.expect_problem());
        }
        reply.expect_code_entry();
    }
    panic!("no limit refuses the codes");
}

/// Asserts that the user gets a code by text message for a sign-in.
async fn assert_sign_in_code_is_sent(app: &TestApp, user: &User) {
    let mut browser = app.new_browser();
    browser.begin_sign_in(user).await;
    browser.choose_sms_method().await.expect_code_entry();
}

/// Tests docs/security.md#res-04.
async fn phone_changes_leave_a_fifth_of_the_messages_for_owners_of_numbers(database: Database) {
    for setting in [
        "SALLYPORT_LIMIT_SENDS_PER_MINUTE",
        "SALLYPORT_LIMIT_SENDS_PER_DAY",
        "SALLYPORT_LIMIT_SENDS_PER_COUNTRY_PER_HOUR",
    ] {
        let app = TestApp::builder(database)
            .with_setting(setting, "20")
            .start()
            .await;
        let owner = app.register_user().await;
        let (_, mut browser) = app.sign_in_new_user().await;
        let (sent, problem) = begin_phone_changes_until_refused(&mut browser).await;
        assert!(sent <= 16, "{setting}: {sent} codes sent");
        assert_eq!(problem, Problem::ResendWait { secs: 30 }, "{setting}");
        assert_sign_in_code_is_sent(&app, &owner).await;
    }
}

/// Tests docs/security.md#res-04. An operator has created or imported the account, so its number is not verified.
async fn set_up_with_the_number_on_file_may_use_the_messages_that_are_left_for_owners(
    database: Database,
) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_DAY", "20")
        .start()
        .await;
    let [ann, bob] = [(); 2].map(|()| app.create_user_by_command());
    let (_, mut browser) = app.sign_in_new_user().await;
    begin_phone_changes_until_refused(&mut browser).await;
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    let own_number = call::submit_set_up_phone(&ann.phone);
    browser.submit_form(&own_number).await.expect_code_entry();
    let mut browser = app.new_browser();
    browser.begin_sign_in(&bob).await;
    let other_number = call::submit_set_up_phone(&User::with_unique_details().phone);
    assert!(browser.submit_form(&other_number).await.is_refused());
}

/// Tests docs/security.md#res-04.
async fn calls_of_phone_changes_stop_at_a_fifth_of_the_messages(database: Database) {
    for setting in [
        "SALLYPORT_LIMIT_SENDS_PER_DAY",
        "SALLYPORT_LIMIT_SENDS_PER_COUNTRY_PER_HOUR",
    ] {
        let app = TestApp::builder(database)
            .with_setting(setting, "20")
            .start()
            .await;
        let owner = app.register_user().await;
        let (_, mut browser) = app.sign_in_new_user().await;
        let request = call::request_voice_call(PURPOSE);
        for _ in 0..4 {
            begin_phone_change(&mut browser).await.expect_code_entry();
            app.skip_resend_cooldown().await;
            let called = browser.submit_form(&request).await;
            let sent = called.expect_code_entry().sent.expect("a message");
            assert_eq!(sent.channel, Channel::Call);
        }
        begin_phone_change(&mut browser).await.expect_code_entry();
        app.skip_resend_cooldown().await;
        let refused = browser.submit_form(&request).await;
        assert_eq!(refused.expect_problem(), Problem::ResendWait { secs: 30 });
        // The owner of a number still gets a call.
        let mut browser = app.new_browser();
        browser.begin_sign_in(&owner).await;
        let mut by_call = call::choose_method("sms");
        by_call.fields.push(("channel", "call".to_owned()));
        browser.submit_form(&by_call).await.expect_code_entry();
    }
}

/// Tests docs/security.md#res-04 with the limit of production.
async fn account_gets_six_codes_a_day_for_numbers_that_it_does_not_own(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_ACCOUNT_PER_DAY", "15")
        .start()
        .await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let (sent, problem) = begin_phone_changes_until_refused(&mut browser).await;
    assert_eq!(sent, 6);
    assert!(
        matches!(problem, Problem::ResendWait { secs: 3601.. }),
        "{problem:?}"
    );
    app.skip_resend_cooldown().await;
    assert_sign_in_code_is_sent(&app, &ann).await;
}

/// Tests docs/security.md#res-04 with the limit of production. An operator has created the account, so it sets up a number.
async fn password_reset_gives_an_account_no_further_codes_for_other_numbers(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_ACCOUNT_PER_DAY", "15")
        .start()
        .await;
    let mut ann = app.create_user_by_command();
    app.mark_email_as_verified(&ann).await;
    let token = app.request_reset_token(&ann).await;
    let reset = call::reset_password(&token, NEW);
    app.new_browser().submit_form(&reset).await.expect_step();
    NEW.clone_into(&mut ann.password);
    for sent in 0..7 {
        let mut browser = app.new_browser();
        browser.begin_sign_in(&ann).await;
        let other_number = call::submit_set_up_phone(&User::with_unique_details().phone);
        let reply = browser.submit_form(&other_number).await;
        assert_eq!(reply.is_refused(), sent == 6, "{sent} codes sent");
    }
}

/// Starts an app behind a proxy with this limit, and signs a new user in from the address 203.0.113.7.
async fn sign_in_behind_proxy(database: Database, setting: &str, max: &str) -> (TestApp, Browser) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .with_setting(setting, max)
        .start()
        .await;
    let ann = app.register_user().await;
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser().at_address("203.0.113.7");
    browser.sign_in(&app, &ann).await;
    (app, browser)
}

/// Tests docs/security.md#res-04.
async fn phone_changes_from_one_address_share_the_limit_of_its_messages(database: Database) {
    let setting = "SALLYPORT_LIMIT_SENDS_PER_SOURCE_PER_HOUR";
    let (_app, mut browser) = sign_in_behind_proxy(database, setting, "10").await;
    let (sent, problem) = begin_phone_changes_until_refused(&mut browser).await;
    // The sign-in has sent one of the ten messages.
    assert_eq!(sent, 9);
    assert!(matches!(problem, Problem::ResendWait { .. }), "{problem:?}");
}

/// Tests docs/security.md#res-04.
async fn phone_changes_from_one_network_share_the_limit_of_its_registrations(database: Database) {
    let setting = "SALLYPORT_LIMIT_SENDS_PER_NETWORK_PER_HOUR";
    let (app, mut browser) = sign_in_behind_proxy(database, setting, "5").await;
    let (sent, problem) = begin_phone_changes_until_refused(&mut browser).await;
    assert_eq!(sent, 5);
    assert_eq!(problem, Problem::ResendWait { secs: 30 });
    let mut neighbour = browser.at_address("203.0.114.7");
    app.simulator.advance_clock(30).await;
    begin_phone_change(&mut neighbour).await.expect_code_entry();
}
