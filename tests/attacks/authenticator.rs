//! Attacks on the codes and the key of an authenticator app.

use domain::{Problem, Purpose};

use crate::support::authenticator::PAGE;
use crate::support::{
    Authenticator, Database, TestApp, call, invalid_code_text, on_both_databases, page, wire,
};

on_both_databases![
    code_that_confirmed_the_authenticator_is_refused_at_sign_in,
    totp_code_posted_repeatedly_opens_one_session,
    totp_code_is_accepted_for_thirty_seconds_after_its_time_step,
    totp_code_of_a_clock_that_is_thirty_seconds_fast_is_accepted_once,
    totp_code_of_a_wrong_clock_is_refused_with_advice_and_cannot_be_used_later,
    setting_the_clock_back_does_not_make_a_used_totp_code_valid,
    wrong_totp_codes_lock_the_second_factor,
    authenticator_changes_need_a_fresh_step_up,
    authenticator_key_is_not_shown_after_confirmation,
    value_encrypted_with_a_previous_key_is_decrypted_and_encrypted_with_the_current_key,
];

/// Tests docs/security.md#totp-01, docs/security.md#totp-07.
async fn code_that_confirmed_the_authenticator_is_refused_at_sign_in(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let authenticator = browser.begin_authenticator_set_up(&app).await;
    app.simulator.advance_to_next_totp_step().await;
    let code = authenticator.current_code().await;
    browser.confirm_authenticator(&code).await.expect_step();
    // The app shows this code, so the error does not call it invalid. The attempt counts.
    let mut signing_in = app.sign_in_until_totp_code(&ann).await;
    let reply = signing_in.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(
        reply.visible_error_text(),
        "This code was used already. Wait for the next code in your app. 4 attempts remaining."
    );
    app.simulator.advance_clock(30).await;
    let reply = signing_in.enter_code(Purpose::SignIn, &code).await;
    let used = Problem::UsedCode {
        attempts_remaining: 3,
    };
    assert_eq!(reply.expect_problem(), used);
    let code = authenticator.current_code().await;
    app.sign_in_with_totp_code(&ann, &code).await.expect_step();
}

/// Tests docs/security.md#totp-01. The code is repeated at the same moment, in other flows, with spaces, and in the
/// next time step.
async fn totp_code_posted_repeatedly_opens_one_session(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser, authenticator) = app.register_user_with_authenticator().await;
    browser.sign_out().await;
    let code = authenticator.current_code().await;
    let mut requests = Vec::new();
    for _ in 0..6 {
        let browser = app.sign_in_until_totp_code(&ann).await;
        let call = call::submit_code(Purpose::SignIn, &code);
        requests.push((app.address, browser.form_request(&call)));
    }
    let answers = wire::send_at_once(requests).await;
    let opened = answers
        .iter()
        .filter(|answer| answer.text().contains("dashboard"))
        .count();
    assert_eq!(opened, 1);
    assert_eq!(app.open_database().await.count_sessions().await, 1);
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    for (wait, typed) in [(1, &code), (0, &spaced), (28, &code), (2, &code)] {
        app.simulator.advance_clock(wait).await;
        assert!(app.sign_in_with_totp_code(&ann, typed).await.is_refused());
    }
    assert_eq!(app.open_database().await.count_sessions().await, 1);
}

/// Tests docs/security.md#totp-02. The unit tests check every second.
async fn totp_code_is_accepted_for_thirty_seconds_after_its_time_step(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    let early = authenticator.code_after_secs(60).await;
    assert!(app.sign_in_with_totp_code(&ann, &early).await.is_refused());
    let code = authenticator.current_code().await;
    app.simulator.advance_clock(30).await;
    app.sign_in_with_totp_code(&ann, &code).await.expect_step();
    app.simulator.advance_to_next_totp_step().await;
    let code = authenticator.current_code().await;
    app.simulator.advance_clock(60).await;
    assert!(app.sign_in_with_totp_code(&ann, &code).await.is_refused());
}

/// Tests docs/security.md#totp-01, docs/security.md#totp-02.
async fn totp_code_of_a_clock_that_is_thirty_seconds_fast_is_accepted_once(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    let (current, next) = (
        authenticator.current_code().await,
        authenticator.code_after_secs(30).await,
    );
    app.sign_in_with_totp_code(&ann, &next).await.expect_step();
    // The used code and the code of an earlier time step are both refused.
    for code in [&next, &current] {
        assert!(app.sign_in_with_totp_code(&ann, code).await.is_refused());
    }
    app.simulator.advance_clock(30).await;
    assert!(app.sign_in_with_totp_code(&ann, &next).await.is_refused());
    let later = authenticator.code_after_secs(30).await;
    app.sign_in_with_totp_code(&ann, &later).await.expect_step();
}

/// Returns the codes of two clocks that are wrong by more than 10 minutes: one is slow, and the other one fast.
///
/// They are wrong by 11 minutes, or by more if the same code belongs to a time less than 11 minutes away.
async fn find_codes_out_of_range(authenticator: &Authenticator) -> [String; 2] {
    let mut codes_in_range = Vec::new();
    let mut secs = 0;
    loop {
        let codes = [
            authenticator.code_before_secs(secs).await,
            authenticator.code_after_secs(secs).await,
        ];
        if secs < 660 {
            codes_in_range.extend(codes);
        } else if codes[0] != codes[1] && codes.iter().all(|code| !codes_in_range.contains(code)) {
            return codes;
        }
        secs += 30;
    }
}

/// Tests docs/security.md#totp-02.
async fn totp_code_of_a_wrong_clock_is_refused_with_advice_and_cannot_be_used_later(
    database: Database,
) {
    const ADVICE: &str = "The code is correct for another time.";
    let app = TestApp::start(database).await;
    let (ann, mut browser, authenticator) = app.register_user_with_authenticator().await;
    // Apps whose clocks are 10 minutes slow and 2 minutes fast.
    app.simulator.advance_clock(15 * 60).await;
    app.simulator.advance_to_next_totp_step().await;
    let slow = authenticator.code_before_secs(600).await;
    let fast = authenticator.code_after_secs(120).await;
    let mut signing_in = app.sign_in_until_totp_code(&ann).await;
    for (code, left) in [(&slow, 4), (&fast, 3)] {
        // The same wrong code costs no second attempt and gets the same error.
        for _ in 0..2 {
            let reply = signing_in.enter_code(Purpose::SignIn, code).await;
            let says = reply.visible_error_text();
            assert!(says.starts_with(ADVICE), "{says}");
            let remaining = Problem::CodeOfAnotherTime {
                attempts_remaining: left,
            };
            assert_eq!(reply.expect_problem(), remaining);
        }
    }
    // A clock that is wrong by more than 10 minutes gets no advice.
    let codes_out_of_range = find_codes_out_of_range(&authenticator).await;
    for (code, left) in codes_out_of_range.iter().zip([2, 1]) {
        let reply = signing_in.enter_code(Purpose::SignIn, code).await;
        assert_eq!(reply.visible_error_text(), invalid_code_text(left));
    }
    // A code that was recognised as early is refused at its own time. Otherwise the advice would help a guesser.
    app.simulator.advance_clock(120).await;
    assert_eq!(authenticator.current_code().await, fast);
    let refused = app
        .sign_in_with_totp_code(&ann, &fast)
        .await
        .expect_problem();
    assert!(
        matches!(refused, Problem::InvalidCode { .. }),
        "{refused:?}"
    );
    app.simulator.advance_clock(30).await;
    let code = authenticator.current_code().await;
    app.sign_in_with_totp_code(&ann, &code).await.expect_step();
    // A code that was used earlier than the accepted time steps gets no advice.
    app.simulator.advance_clock(120).await;
    let used = app
        .sign_in_with_totp_code(&ann, &code)
        .await
        .expect_problem();
    assert!(matches!(used, Problem::InvalidCode { .. }), "{used:?}");

    // The advice also appears in the set-up of an authenticator app.
    browser.sign_in(&app, &ann).await;
    let new = browser.begin_authenticator_set_up(&app).await;
    let reply = browser
        .confirm_authenticator(&new.code_before_secs(300).await)
        .await;
    assert!(reply.visible_error_text().starts_with(ADVICE));
}

/// Tests docs/security.md#totp-03.
async fn setting_the_clock_back_does_not_make_a_used_totp_code_valid(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    let used = authenticator.current_code().await;
    app.sign_in_with_totp_code(&ann, &used).await.expect_step();
    app.simulator.advance_clock(600).await;
    let later = authenticator.current_code().await;
    app.sign_in_with_totp_code(&ann, &later).await.expect_step();
    // Sets the clock back to the system time, about ten minutes earlier.
    app.simulator.delete_state().await;
    for code in [&used, &later, &authenticator.current_code().await] {
        assert!(app.sign_in_with_totp_code(&ann, code).await.is_refused());
    }
    assert_eq!(app.open_database().await.count_sessions().await, 3);
}

/// Tests docs/security.md#totp-04.
async fn wrong_totp_codes_lock_the_second_factor(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    let code = authenticator.current_code().await;
    let mut held = app.new_browser();
    for round in 0..2 {
        held = app.sign_in_until_totp_code(&ann).await;
        for left in (1..5).rev() {
            let wrong = authenticator.wrong_code().await;
            let reply = held.enter_code(Purpose::SignIn, &wrong).await;
            let says = invalid_code_text(left);
            assert_eq!(reply.visible_error_text(), says, "round {round}");
        }
        if round == 0 {
            let wrong = authenticator.wrong_code().await;
            let reply = held.enter_code(Purpose::SignIn, &wrong).await;
            assert_eq!(reply.expect_problem(), Problem::TooManyAttempts);
        }
    }
    let wrong = authenticator.wrong_code().await;
    held.enter_code(Purpose::SignIn, &wrong).await;
    let mut browser = app.sign_in_until_totp_code(&ann).await;
    let reply = browser.enter_code(Purpose::SignIn, &code).await;
    assert!(matches!(reply.expect_problem(), Problem::FactorHeld { .. }));
}

/// Tests docs/security.md#totp-07, docs/security.md#totp-08, docs/security.md#phn-01, docs/security.md#ses-08.
async fn authenticator_changes_need_a_fresh_step_up(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser, authenticator) = app.register_user_with_authenticator().await;
    app.simulator.advance_clock(301).await;
    let stored = "SELECT secret FROM authenticators WHERE pending_secret = ''";
    let probe = app.open_database().await;
    let before = probe.read_text(stored).await;
    let code = authenticator.current_code().await;
    let attempts = [
        call::begin_authenticator(),
        call::confirm_authenticator(&code),
        call::cancel_authenticator(),
        call::remove_authenticator(),
    ];
    for attempt in &attempts {
        let reply = browser.submit_form(attempt).await;
        assert_eq!(
            reply.expect_problem(),
            Problem::StepUpNeeded,
            "{}",
            attempt.path
        );
    }
    let page = browser.load_page(PAGE).await.text();
    assert!(page.contains("Password"), "{page}");
    assert!(!page.contains("Replace"), "{page}");

    // The calls need a session, and the password alone opens none.
    let mut password_only = app.sign_in_until_totp_code(&ann).await;
    for browser in [&mut app.new_browser(), &mut password_only] {
        for attempt in &attempts {
            let reply = browser.submit_form(attempt).await;
            assert_eq!(
                reply.expect_problem(),
                Problem::FlowEnded,
                "{}",
                attempt.path
            );
        }
        assert_eq!(browser.load_page(PAGE).await.location(), "/login");
    }
    assert_eq!(probe.read_text(stored).await, before);
}

/// Returns every encoding in which the server could have stored the secret.
fn encodings_of_secret(authenticator: &Authenticator) -> Vec<Vec<u8>> {
    let bytes = &authenticator.secret;
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    vec![
        bytes.clone(),
        authenticator.key.clone().into(),
        authenticator.key.to_lowercase().into(),
        authenticator.key[..8].to_owned().into_bytes(),
        format!("{} {}", &authenticator.key[..4], &authenticator.key[4..8]).into(),
        hex.concat().into(),
        format!("{bytes:?}").trim_matches(['[', ']']).into(),
    ]
}

/// Tests docs/security.md#totp-05, docs/security.md#totp-06, docs/security.md#leak-01.
async fn authenticator_key_is_not_shown_after_confirmation(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LOG", "trace")
        .start()
        .await;
    let (_, mut browser, authenticator) = app.register_user_with_authenticator().await;
    let mut places = vec![
        ("log", app.process.output().into_bytes()),
        (
            "database",
            app.open_database().await.dump_rows().await.into_bytes(),
        ),
    ];
    if database == Database::Sqlite {
        for file in ["sallyport.db", "sallyport.db-wal"] {
            let bytes = std::fs::read(app.data.path().join(file)).expect(file);
            places.push((file, bytes));
        }
    }
    for path in [
        PAGE,
        "/profile",
        "/dashboard",
        "/profile/authenticator?remove",
    ] {
        let page = browser.load_page(path).await;
        // A page can show the key in groups of four letters.
        let letters = page::visible_text(&page.text()).replace(' ', "");
        places.extend([(path, page.body), (path, letters.into_bytes())]);
    }
    for (place, text) in &places {
        for spelling in encodings_of_secret(&authenticator) {
            let found = text.windows(spelling.len()).any(|part| part == spelling);
            assert!(!found, "the secret is in {place}");
        }
    }
}

const FIRST_KEY: &str =
    "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QA==";
const NEXT_KEY: &str =
    "QD8+PTw7Ojk4NzY1NDMyMTAvLi0sKyopKCcmJSQjIiEgHx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQ==";
const OTHER_KEY: &str =
    "QkFAPz49PDs6OTg3NjU0MzIxMC8uLSwrKikoJyYlJCMiISAfHh0cGxoZGBcWFRQTEhEQDw4NDAsKCQgHBgUEAw==";

/// Tests docs/security.md#totp-05.
async fn value_encrypted_with_a_previous_key_is_decrypted_and_encrypted_with_the_current_key(
    database: Database,
) {
    let mut app = TestApp::builder(database)
        .with_setting("SALLYPORT_SECRET_KEY", FIRST_KEY)
        .start()
        .await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    let probe = app.open_database().await;
    let sealed = "SELECT secret FROM authenticators";
    let first = probe.read_text(sealed).await;
    app.process.kill().await;
    app.change_setting("SALLYPORT_SECRET_KEY", NEXT_KEY);
    app.change_setting("SALLYPORT_PREVIOUS_SECRET_KEYS", FIRST_KEY);
    app.restart().await;
    let authenticator = authenticator.with_clock_from(app.simulator);
    // A new process starts at the system time, which is before the used time steps.
    app.simulator.advance_clock(300).await;
    let code = authenticator.current_code().await;
    let wrong = authenticator.wrong_code().await;
    assert!(app.sign_in_with_totp_code(&ann, &wrong).await.is_refused());
    assert_eq!(probe.read_text(sealed).await, first);
    app.sign_in_with_totp_code(&ann, &code).await.expect_step();
    let second = probe.read_text(sealed).await;
    assert_ne!(second.split('.').nth(1), first.split('.').nth(1));

    // The first key is no longer used and can be removed.
    app.process.kill().await;
    app.change_setting("SALLYPORT_PREVIOUS_SECRET_KEYS", OTHER_KEY);
    app.restart().await;
    let authenticator = authenticator.with_clock_from(app.simulator);
    app.simulator.advance_clock(600).await;
    let code = authenticator.current_code().await;
    app.sign_in_with_totp_code(&ann, &code).await.expect_step();
}
