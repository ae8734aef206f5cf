//! A lost phone: password, mail and a waiting time replace the number.

use domain::{Problem, Purpose, Step};

use crate::support::lost_phone::{
    OPENED_SUBJECT, RECOVERY_DELAY_SECS, REMINDER_SUBJECT, REQUESTED_SUBJECT, read_link_token,
    wait_for_mail_with_subject, wait_for_text_message_with,
};
use crate::support::{Database, TestApp, User, call, on_both_databases, page};

on_both_databases![
    lost_phone_is_replaced_after_the_waiting_time,
    mailbox_and_old_phone_are_notified_at_once_and_halfway,
    user_who_signs_in_with_the_old_phone_can_cancel_the_recovery,
    recovery_expires_a_week_after_its_waiting_time,
    recoveries_that_the_operator_turns_off_are_refused,
    recovery_pages_work_in_both_languages_without_scripts,
];

async fn lost_phone_is_replaced_after_the_waiting_time(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, _) = app.register_user_with_authenticator().await;
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    assert!(
        browser
            .load_page("/login")
            .await
            .text()
            .contains("Lost your phone?")
    );
    let mut inbox = app.open_mailbox_after_received_mails(&ann).await;
    let step = browser
        .submit_form(&call::report_lost_phone())
        .await
        .expect_step();
    assert_eq!(step, Step::RecoveryRequested);
    let token = read_link_token(
        &wait_for_mail_with_subject(&mut inbox, REQUESTED_SUBJECT)
            .await
            .text,
        "lost-phone",
    );
    let step = browser
        .submit_form(&call::open_recovery_by_link(&token))
        .await
        .expect_step();
    assert_eq!(step, Step::RecoveryOpened);

    let again = call::begin_recovery(&ann.username, &ann.password);
    let pending = browser.submit_form(&again).await.expect_problem();
    assert!(matches!(pending, Problem::RecoveryPending { secs } if secs <= RECOVERY_DELAY_SECS));
    app.simulator.advance_clock(RECOVERY_DELAY_SECS - 60).await;
    let mut early = app.new_browser();
    let code = early.sign_in_until_code(&app, &ann).await;
    let step = early.enter_code(Purpose::SignIn, &code).await.expect_step();
    assert_eq!(step, Step::ConfirmRecovery);

    app.simulator.advance_clock(61).await;
    assert!(early.is_signed_in().await);
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
    let new = User::with_unique_details().phone;
    let (mut old_phone, mut new_phone) = (
        app.simulator.phone_with_number(&ann.phone),
        app.simulator.phone_with_number(&new),
    );
    old_phone.skip_received_messages().await;
    browser
        .submit_form(&call::submit_set_up_phone(&new))
        .await
        .expect_code_entry();
    let code = new_phone.next_code().await;
    let step = browser
        .enter_code(Purpose::SetUp, &code)
        .await
        .expect_step();
    assert_eq!(step, Step::Dashboard);
    wait_for_text_message_with(&mut old_phone, "lost phone was replaced").await;
    wait_for_text_message_with(&mut new_phone, "lost phone was replaced").await;
    assert!(!early.is_signed_in().await);
    // The authenticator may be on the lost phone.
    assert_eq!(
        app.open_database()
            .await
            .read_number("SELECT COUNT(*) FROM authenticators")
            .await,
        0
    );
    let cooling = browser
        .submit_form(&call::begin_phone_change(
            &User::with_unique_details().phone,
        ))
        .await
        .expect_problem();
    assert!(matches!(cooling, Problem::Cooling { .. }), "{cooling:?}");
    let history = browser.load_page("/profile/history").await.text();
    for line in ["Phone reported lost", "Number of a lost phone replaced"] {
        assert!(history.contains(line), "{line}");
    }
    app.skip_resend_cooldown().await;
    let ann = User { phone: new, ..ann };
    app.new_browser().sign_in(&app, &ann).await;
}

async fn mailbox_and_old_phone_are_notified_at_once_and_halfway(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let token = app.request_recovery(&ann).await;
    let mut inbox = app.open_mailbox_after_received_mails(&ann).await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    app.new_browser()
        .submit_form(&call::open_recovery_by_link(&token))
        .await
        .expect_step();
    let first = wait_for_mail_with_subject(&mut inbox, OPENED_SUBJECT)
        .await
        .text;
    assert!(first.contains("72 hours"), "{first}");
    let first_text = phone.next_notification().await;
    app.simulator
        .advance_clock(RECOVERY_DELAY_SECS / 2 + 1)
        .await;
    let second = wait_for_mail_with_subject(&mut inbox, REMINDER_SUBJECT)
        .await
        .text;
    assert!(second.contains("36 hours"), "{second}");
    let second_text = phone.next_notification().await;
    let mut tokens = Vec::new();
    for text in [&first, &first_text, &second, &second_text] {
        let token = read_link_token(text, "recovery");
        let page = app
            .new_browser()
            .load_page(&format!("/recovery/{token}"))
            .await;
        assert_eq!(page.status, 200);
        tokens.push(token);
    }
    // Each link can cancel the recovery. The first use invalidates all.
    let step = app
        .new_browser()
        .submit_form(&call::cancel_recovery_by_link(&tokens[3]))
        .await
        .expect_step();
    assert_eq!(step, Step::RecoveryCancelled { signed_in: false });
    for token in &tokens {
        let page = app
            .new_browser()
            .load_page(&format!("/recovery/{token}"))
            .await;
        assert_eq!(page.status, 410);
    }
    wait_for_text_message_with(&mut phone, "cancelled").await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS).await;
    let late = app.new_browser().begin_sign_in(&ann).await;
    assert!(matches!(late, Step::ChooseMethod { .. }));
}

async fn user_who_signs_in_with_the_old_phone_can_cancel_the_recovery(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.open_recovery(&ann).await;
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let step = browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    assert_eq!(step, Step::ConfirmRecovery);
    let recovery_page = browser.load_page("/recovery").await.text();
    assert!(recovery_page.contains("Was it you?"), "{recovery_page}");
    // The user may continue without a decision. The recovery stays open.
    assert!(browser.is_signed_in().await);
    let step = browser
        .submit_form(&call::cancel_own_recovery())
        .await
        .expect_step();
    assert_eq!(step, Step::RecoveryCancelled { signed_in: true });
    assert_eq!(browser.load_page("/recovery").await.status, 303);
    app.simulator.advance_clock(RECOVERY_DELAY_SECS).await;
    let late = app.new_browser().begin_sign_in(&ann).await;
    assert!(matches!(late, Step::ChooseMethod { .. }));
}

async fn recovery_expires_a_week_after_its_waiting_time(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.open_recovery(&ann).await;
    app.simulator
        .advance_clock(RECOVERY_DELAY_SECS + 7 * 24 * 3600 - 60)
        .await;
    let mut browser = app.browser_that_opened_recovery(&ann);
    let due = browser.begin_sign_in(&ann).await;
    assert!(matches!(due, Step::SetUp { .. }));
    app.simulator.advance_clock(120).await;
    let late = browser.begin_sign_in(&ann).await;
    assert!(matches!(late, Step::ChooseMethod { .. }));
}

async fn recoveries_that_the_operator_turns_off_are_refused(database: Database) {
    let mut app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.open_recovery(&ann).await;
    let token = app.request_recovery(&app.register_user().await).await;
    app.change_setting("SALLYPORT_RECOVERY", "false");
    app.process.kill().await;
    app.restart().await;
    let mut browser = app.browser_that_opened_recovery(&ann);
    let refused = browser
        .submit_form(&call::open_recovery_by_link(&token))
        .await
        .expect_problem();
    assert_eq!(refused, Problem::LinkInvalid);
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 601).await;
    let step = browser.begin_sign_in(&ann).await;
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
    assert!(
        !browser
            .load_page("/login")
            .await
            .text()
            .contains("Lost your phone?")
    );
    assert_eq!(browser.load_page("/lost-phone").await.status, 404);
    let refused = browser
        .submit_form(&call::report_lost_phone())
        .await
        .expect_problem();
    assert_eq!(refused, Problem::MethodUnavailable);
}

async fn recovery_pages_work_in_both_languages_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    for (language, title, cancel) in [
        ("en", "Lost your phone?", "Keep your phone number?"),
        ("de", "Telefon verloren?", "Telefonnummer behalten?"),
    ] {
        let mut browser = app
            .new_browser()
            .without_scripts()
            .with_accept_language(language);
        assert!(
            browser
                .load_page("/lost-phone")
                .await
                .text()
                .contains(title)
        );
        let mut inbox = app.open_mailbox_after_received_mails(&ann).await;
        let form = call::begin_recovery(&ann.username, &ann.password);
        assert_eq!(
            browser.submit_form(&form).await.redirect_path(),
            "/lost-phone"
        );
        let token = read_link_token(
            &wait_for_mail_with_subject(&mut inbox, REQUESTED_SUBJECT)
                .await
                .text,
            "lost-phone",
        );
        let path = format!("/lost-phone/{token}");
        let shown = browser.load_page(&path).await;
        assert_eq!(
            page::hidden_input_values(&shown.text(), "token"),
            [token.as_str()]
        );
        assert_eq!(
            browser
                .submit_form(&call::open_recovery_by_link(&token))
                .await
                .redirect_path(),
            "/login"
        );
        assert_eq!(browser.load_page(&path).await.status, 410);
        let token = read_link_token(
            &wait_for_mail_with_subject(&mut inbox, OPENED_SUBJECT)
                .await
                .text,
            "recovery",
        );
        let shown = browser
            .load_page(&format!("/recovery/{token}"))
            .await
            .text();
        assert!(shown.contains(cancel), "{shown}");
        assert_eq!(
            browser
                .submit_form(&call::cancel_recovery_by_link(&token))
                .await
                .redirect_path(),
            "/login"
        );
    }
}
