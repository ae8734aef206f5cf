//! The CAPTCHA is checked before the server computes a hash, writes a row or sends a message.

use domain::{Field, Problem, Purpose};

use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![
    forms_are_refused_without_a_solved_captcha,
    captcha_solution_is_accepted_once_and_for_its_own_form_only,
    captcha_challenge_expires,
];

/// Tests docs/security.md#reg-09, docs/security.md#lim-05.
async fn forms_are_refused_without_a_solved_captcha(database: Database) {
    let app = TestApp::builder(database).with_captcha().start().await;
    let probe = app.open_database().await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let solved = browser.solve_captcha(Purpose::Registration).await;
    let forged: String = solved.chars().rev().collect();
    let before = probe.dump_rows().await;
    let calls = app.simulator.list_calls().await.len();
    for captcha in ["", "garbage", "e30=", "true", &forged, &"A".repeat(8000)] {
        let reply = browser
            .submit_form(&call::submit_registration_details(
                &User::with_unique_details(),
                captcha,
            ))
            .await;
        assert_eq!(
            reply.expect_errors().first_problem_of(Field::Captcha),
            Some(&Problem::CaptchaFailed)
        );
        let reply = browser
            .submit_form(&call::submit_password(
                &ann.username,
                &ann.password,
                captcha,
            ))
            .await;
        assert_eq!(
            reply.expect_errors().first_problem_of(Field::Captcha),
            Some(&Problem::CaptchaFailed)
        );
    }
    for mut call in [
        call::submit_registration_details(&ann, ""),
        call::submit_password(&ann.username, &ann.password, ""),
    ] {
        call.fields.retain(|(name, _)| *name != "captcha");
        let reply = browser.submit_form(&call).await;
        assert_eq!(reply.expect_problem(), Problem::CaptchaFailed);
    }
    assert_eq!(before, probe.dump_rows().await);
    assert_eq!(calls, app.simulator.list_calls().await.len());
    assert!(browser.cookies.is_empty());
}

/// Tests docs/security.md#reg-09.
async fn captcha_solution_is_accepted_once_and_for_its_own_form_only(database: Database) {
    let app = TestApp::builder(database).with_captcha().start().await;
    let mut browser = app.new_browser();
    let captcha = browser.solve_captcha(Purpose::SignIn).await;
    let reply = browser
        .submit_form(&call::submit_registration_details(
            &User::with_unique_details(),
            &captcha,
        ))
        .await;
    assert_eq!(reply.expect_problem(), Problem::CaptchaFailed);
    let sign_in = call::submit_password("unknown-user", "not the password", &captcha);
    assert_eq!(
        browser.submit_form(&sign_in).await.expect_problem(),
        Problem::Credentials
    );
    assert_eq!(
        browser.submit_form(&sign_in).await.expect_problem(),
        Problem::CaptchaFailed
    );
    assert_eq!(
        app.new_browser()
            .submit_form(&sign_in)
            .await
            .expect_problem(),
        Problem::CaptchaFailed
    );
}

/// Tests docs/security.md#reg-09.
async fn captcha_challenge_expires(database: Database) {
    let app = TestApp::builder(database).with_captcha().start().await;
    let mut browser = app.new_browser();
    let captcha = browser.solve_captcha(Purpose::Registration).await;
    app.simulator.advance_clock(301).await;
    let reply = browser
        .submit_form(&call::submit_registration_details(
            &User::with_unique_details(),
            &captcha,
        ))
        .await;
    assert_eq!(reply.expect_problem(), Problem::CaptchaFailed);
}
