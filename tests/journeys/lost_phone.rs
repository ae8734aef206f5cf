//! Recovery codes after a lost phone: sign-in and phone change.

use domain::{Problem, ProtectedArea, Purpose, Step};

use crate::support::lost_phone::{change_number, wait_for_mail_with_subject};
use crate::support::{Database, TestApp, User, call, on_both_databases, page};

on_both_databases![
    recovery_code_signs_in_once_and_the_holder_is_notified,
    recovery_code_method_is_not_offered_to_an_account_without_codes,
    wrong_recovery_codes_count_like_other_wrong_codes,
    recovery_code_allows_replacing_a_lost_number,
    recovery_code_works_in_a_form_without_scripts,
];

/// Registers a user with recovery codes. Returns the user and the codes.
async fn register_user_with_recovery_codes(app: &TestApp) -> (User, Vec<String>) {
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(app, &ann).await;
    let made = browser.submit_form(&call::create_recovery_codes("0")).await;
    app.skip_resend_cooldown().await;
    (
        ann,
        page::list_items(&made.response.text(), "recovery-codes"),
    )
}

/// Tests docs/security.md#ops-09.
async fn recovery_code_signs_in_once_and_the_holder_is_notified(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, codes) = register_user_with_recovery_codes(&app).await;
    let mut mails = app.simulator.mailbox_of(&ann.email);
    mails.next_mail().await;
    let mut browser = app.sign_in_until_recovery_code(&ann).await;
    let shown = browser.load_page("/login/verify").await.text();
    assert!(shown.contains("Recovery code"), "{shown}");
    let typed = codes[0].to_lowercase().replace('-', " ");
    let step = browser
        .enter_code(Purpose::SignIn, &typed)
        .await
        .expect_step();
    assert_eq!(step, Step::Dashboard);
    // The sign-in is also notified, because the browser is new.
    let mail = wait_for_mail_with_subject(&mut mails, "A recovery code was used").await;
    assert!(mail.text.contains("Codes left: 9"), "{}", mail.text);

    let mut again = app.sign_in_until_recovery_code(&ann).await;
    let refused = again.enter_code(Purpose::SignIn, &codes[0]).await;
    assert_eq!(refused.expect_problem(), Problem::RecoveryCodeWrong);
    assert!(!again.is_signed_in().await);
    let step = again
        .enter_code(Purpose::SignIn, &codes[1])
        .await
        .expect_step();
    assert_eq!(step, Step::Dashboard);
    assert_eq!(app.simulator.list_calls_of("check").await.len(), 2);
}

async fn recovery_code_method_is_not_offered_to_an_account_without_codes(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let reply = browser.enter_password(&ann.username, &ann.password);
    let Step::ChooseMethod { methods, .. } = reply.await.expect_step() else {
        panic!("a choice was expected")
    };
    assert_eq!(methods.len(), 2, "{methods:?}");
    let refused = browser
        .submit_form(&call::choose_method("recovery"))
        .await
        .expect_problem();
    assert_eq!(refused, Problem::MethodUnavailable);
}

/// Tests docs/security.md#otp-06 and docs/security.md#otp-07 for recovery codes.
async fn wrong_recovery_codes_count_like_other_wrong_codes(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, codes) = register_user_with_recovery_codes(&app).await;
    for _ in 0..2 {
        let mut browser = app.sign_in_until_recovery_code(&ann).await;
        for wrong in 1..=5_u32 {
            let typed = format!("AAAA-BBBB-CCCC{wrong}");
            let refused = browser.enter_code(Purpose::SignIn, &typed).await;
            let expected = if wrong < 5 {
                Problem::RecoveryCodeWrong
            } else {
                Problem::TooManyAttempts
            };
            assert_eq!(refused.expect_problem(), expected);
        }
    }
    let mut browser = app.sign_in_until_recovery_code(&ann).await;
    let held = browser.enter_code(Purpose::SignIn, &codes[0]).await;
    assert!(matches!(held.expect_problem(), Problem::FactorHeld { .. }));
    let left = "SELECT COUNT(*) FROM recovery_codes WHERE spent_at = 0";
    assert_eq!(
        app.open_database().await.read_number(left).await,
        10,
        "no recovery code was used"
    );
}

/// Tests docs/security.md#ops-09 and docs/security.md#phn-01. A recovery code is also valid for a step-up.
async fn recovery_code_allows_replacing_a_lost_number(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, codes) = register_user_with_recovery_codes(&app).await;
    let mut browser = app.sign_in_until_recovery_code(&ann).await;
    browser
        .enter_code(Purpose::SignIn, &codes[0])
        .await
        .expect_step();
    app.simulator.advance_clock(301).await;
    browser
        .submit_form(&call::begin_step_up(&ann.password))
        .await
        .expect_step();
    let chosen = call::choose_method_for(Purpose::StepUp, "recovery");
    browser.submit_form(&chosen).await.expect_step();
    let step = browser
        .enter_code(Purpose::StepUp, &codes[1])
        .await
        .expect_step();
    assert_eq!(
        step,
        Step::ProtectedAreaOpened {
            area: ProtectedArea::Phone
        }
    );
    let new = User::with_unique_details().phone;
    change_number(&app, &mut browser, &new).await;
    let ann = User { phone: new, ..ann };
    app.skip_resend_cooldown().await;
    app.new_browser().sign_in(&app, &ann).await;
}

async fn recovery_code_works_in_a_form_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, codes) = register_user_with_recovery_codes(&app).await;
    let mut browser = app
        .sign_in_until_recovery_code(&ann)
        .await
        .without_scripts();
    let answer = browser.enter_code(Purpose::SignIn, "not one").await;
    assert_eq!(answer.redirect_path(), "/login/verify");
    let shown = browser.load_page("/login/verify").await.text();
    assert!(shown.contains("13 letters and digits"), "{shown}");
    let unknown = "AAAA-AAAA-AAAAA";
    let answer = browser.enter_code(Purpose::SignIn, unknown).await;
    assert_eq!(answer.redirect_path(), "/login/verify");
    let shown = browser.load_page("/login/verify").await.text();
    assert!(
        shown.contains("not one of your unused recovery codes"),
        "{shown}"
    );
    let answer = browser.enter_code(Purpose::SignIn, &codes[0]).await;
    assert_eq!(answer.redirect_path(), "/dashboard");
    assert!(browser.is_signed_in().await);
}
