//! A lost phone: password, mail and a waiting time replace the number.

use domain::{Problem, Purpose, Step};

use crate::support::lost_phone::{
    DELAY_SECS, OPENED, REMINDER, REQUESTED, next_text_with, next_with, token_in,
};
use crate::support::{Database, TestApp, User, call, on_both_databases, page};

on_both_databases![
    lost_phone_is_replaced_after_the_waiting_time,
    mailbox_and_old_phone_are_notified_at_once_and_halfway,
    sign_in_with_the_old_factor_asks_and_cancels,
    account_that_is_due_sets_up_a_number_over_the_api,
    recovery_that_was_not_used_expires,
    operator_turns_recoveries_off,
    pages_work_in_both_languages_without_scripts,
];

async fn lost_phone_is_replaced_after_the_waiting_time(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, _) = app.member_with_authenticator().await;
    let mut browser = app.browser();
    browser
        .enter_password(&ann.username, &ann.password)
        .await
        .step();
    assert!(
        browser
            .page("/login")
            .await
            .text()
            .contains("Lost your phone?")
    );
    let mut inbox = app.read_mailbox(&ann).await;
    let step = browser.call(&call::report_lost_phone()).await.step();
    assert_eq!(step, Step::RecoveryRequested);
    let token = token_in(&next_with(&mut inbox, REQUESTED).await.text, "lost-phone");
    let step = app
        .browser()
        .call(&call::open_recovery(&token))
        .await
        .step();
    assert_eq!(step, Step::RecoveryOpened);

    let again = call::begin_recovery(&ann.username, &ann.password);
    let pending = app.browser().call(&again).await.problem();
    assert!(matches!(pending, Problem::RecoveryPending { secs } if secs <= DELAY_SECS));
    app.simulator.advance(DELAY_SECS - 60).await;
    let mut early = app.browser();
    let code = early.sign_in_up_to_the_code(&app, &ann).await;
    let step = early.enter_code(Purpose::SignIn, &code).await.step();
    assert_eq!(step, Step::ConfirmRecovery);

    app.simulator.advance(61).await;
    assert!(early.is_signed_in().await);
    let mut browser = app.browser();
    let step = browser
        .enter_password(&ann.username, &ann.password)
        .await
        .step();
    assert!(matches!(step, Step::SetUp { on_file: Some(_) }), "{step:?}");
    let new = User::new().phone;
    let (mut old_phone, mut new_phone) =
        (app.simulator.phone(&ann.phone), app.simulator.phone(&new));
    old_phone.skip_received_messages().await;
    browser.call(&call::set_up(&new)).await.entry();
    let code = new_phone.next_code().await;
    let step = browser.enter_code(Purpose::SetUp, &code).await.step();
    assert_eq!(step, Step::Dashboard);
    next_text_with(&mut old_phone, "lost phone was replaced").await;
    next_text_with(&mut new_phone, "lost phone was replaced").await;
    assert!(!early.is_signed_in().await);
    // The authenticator may be on the lost phone.
    assert_eq!(
        app.probe()
            .await
            .number("SELECT COUNT(*) FROM authenticators")
            .await,
        0
    );
    let cooling = browser
        .call(&call::new_phone(&User::new().phone))
        .await
        .problem();
    assert!(matches!(cooling, Problem::Cooling { .. }), "{cooling:?}");
    let history = browser.page("/profile/history").await.text();
    for line in ["Phone reported lost", "Number of a lost phone replaced"] {
        assert!(history.contains(line), "{line}");
    }
    app.skip_resend_cooldown().await;
    let ann = User { phone: new, ..ann };
    app.browser().sign_in(&app, &ann).await;
}

async fn mailbox_and_old_phone_are_notified_at_once_and_halfway(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let token = app.recovery_token(&ann).await;
    let mut inbox = app.read_mailbox(&ann).await;
    let mut phone = app.simulator.phone(&ann.phone);
    phone.skip_received_messages().await;
    app.browser()
        .call(&call::open_recovery(&token))
        .await
        .step();
    let first = next_with(&mut inbox, OPENED).await.text;
    assert!(first.contains("72 hours"), "{first}");
    let first_text = phone.next_notification().await;
    app.simulator.advance(DELAY_SECS / 2 + 1).await;
    let second = next_with(&mut inbox, REMINDER).await.text;
    assert!(second.contains("36 hours"), "{second}");
    let second_text = phone.next_notification().await;
    let mut tokens = Vec::new();
    for text in [&first, &first_text, &second, &second_text] {
        let token = token_in(text, "recovery");
        let page = app.browser().page(&format!("/recovery/{token}")).await;
        assert_eq!(page.status, 200);
        tokens.push(token);
    }
    // Each of them works, and the first use ends all.
    let step = app
        .browser()
        .call(&call::cancel_recovery(&tokens[3]))
        .await
        .step();
    assert_eq!(step, Step::RecoveryCancelled { signed_in: false });
    for token in &tokens {
        let page = app.browser().page(&format!("/recovery/{token}")).await;
        assert_eq!(page.status, 410);
    }
    next_text_with(&mut phone, "cancelled").await;
    app.simulator.advance(DELAY_SECS).await;
    let late = app
        .browser()
        .enter_password(&ann.username, &ann.password)
        .await;
    assert!(matches!(late.step(), Step::ChooseMethod { .. }));
}

async fn sign_in_with_the_old_factor_asks_and_cancels(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    app.open_recovery(&ann).await;
    app.skip_resend_cooldown().await;
    let mut browser = app.browser();
    let code = browser.sign_in_up_to_the_code(&app, &ann).await;
    let step = browser.enter_code(Purpose::SignIn, &code).await.step();
    assert_eq!(step, Step::ConfirmRecovery);
    let asked = browser.page("/recovery").await.text();
    assert!(asked.contains("Was it you?"), "{asked}");
    // Going on without an answer leaves it open.
    assert!(browser.is_signed_in().await);
    let step = browser.call(&call::stop_recovery()).await.step();
    assert_eq!(step, Step::RecoveryCancelled { signed_in: true });
    assert_eq!(browser.page("/recovery").await.status, 303);
    app.simulator.advance(DELAY_SECS).await;
    let late = app
        .browser()
        .enter_password(&ann.username, &ann.password)
        .await;
    assert!(matches!(late.step(), Step::ChooseMethod { .. }));
}

async fn account_that_is_due_sets_up_a_number_over_the_api(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    app.open_recovery(&ann).await;
    let before = app.api_client().log_in(&ann).await;
    assert_eq!(before.ok(200)["requires_2fa"], true);
    app.simulator.advance(DELAY_SECS + 1).await;
    let after = app.api_client().log_in(&ann).await;
    assert_eq!(after.ok(200)["requires_setup"], true);
}

async fn recovery_that_was_not_used_expires(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    app.open_recovery(&ann).await;
    app.simulator.advance(DELAY_SECS + 7 * 24 * 3600 - 60).await;
    let due = app
        .browser()
        .enter_password(&ann.username, &ann.password)
        .await;
    assert!(matches!(due.step(), Step::SetUp { .. }));
    app.simulator.advance(120).await;
    let late = app
        .browser()
        .enter_password(&ann.username, &ann.password)
        .await;
    assert!(matches!(late.step(), Step::ChooseMethod { .. }));
}

async fn operator_turns_recoveries_off(database: Database) {
    let mut app = TestApp::start(database).await;
    let ann = app.member().await;
    app.open_recovery(&ann).await;
    let token = app.recovery_token(&app.member().await).await;
    app.set("SALLYPORT_RECOVERY", "false");
    app.process.kill().await;
    app.restart().await;
    let mut browser = app.browser();
    let refused = browser.call(&call::open_recovery(&token)).await.problem();
    assert_eq!(refused, Problem::LinkInvalid);
    app.simulator.advance(DELAY_SECS + 601).await;
    let step = browser
        .enter_password(&ann.username, &ann.password)
        .await
        .step();
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
    assert!(
        !browser
            .page("/login")
            .await
            .text()
            .contains("Lost your phone?")
    );
    assert_eq!(browser.page("/lost-phone").await.status, 404);
    let refused = browser.call(&call::report_lost_phone()).await.problem();
    assert_eq!(refused, Problem::MethodUnavailable);
}

async fn pages_work_in_both_languages_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    for (language, title, cancel) in [
        ("en", "Lost your phone?", "Keep your phone number?"),
        ("de", "Telefon verloren?", "Telefonnummer behalten?"),
    ] {
        let mut browser = app
            .browser()
            .without_scripts()
            .with_accept_language(language);
        assert!(browser.page("/lost-phone").await.text().contains(title));
        let mut inbox = app.read_mailbox(&ann).await;
        let asked = call::begin_recovery(&ann.username, &ann.password);
        assert_eq!(browser.call(&asked).await.location(), "/lost-phone");
        let token = token_in(&next_with(&mut inbox, REQUESTED).await.text, "lost-phone");
        let path = format!("/lost-phone/{token}");
        let shown = browser.page(&path).await;
        assert_eq!(page::values(&shown.text(), "token"), [token.as_str()]);
        assert_eq!(
            browser.call(&call::open_recovery(&token)).await.location(),
            "/login"
        );
        assert_eq!(browser.page(&path).await.status, 410);
        let token = token_in(&next_with(&mut inbox, OPENED).await.text, "recovery");
        let shown = browser.page(&format!("/recovery/{token}")).await.text();
        assert!(shown.contains(cancel), "{shown}");
        assert_eq!(
            browser
                .call(&call::cancel_recovery(&token))
                .await
                .location(),
            "/login"
        );
    }
}
