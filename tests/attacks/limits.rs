//! Limits of messages and attempts.

use domain::{Problem, Purpose, Step};

use super::passwords::with_long_waits;
use crate::support::{Database, TestApp, User, call, on_both_databases, wire, wrong_code};

on_both_databases![
    resend_within_30_seconds_is_refused,
    phone_number_gets_five_codes_an_hour_across_all_flows,
    correct_code_ends_the_resend_cooldown_and_still_counts_towards_the_limits,
    simultaneous_resends_send_one_message,
    ten_wrong_codes_in_a_day_lock_the_second_factor,
    wrong_passwords_delay_sign_ins_and_do_not_lock_the_account,
    forged_client_addresses_do_not_evade_the_registration_limit,
    simultaneous_correct_passwords_do_not_trigger_the_delay,
];

/// Tests docs/security.md#res-01, docs/security.md#res-06.
async fn resend_within_30_seconds_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    browser.register_until_code(&app, &ann).await;
    for wait in [0, 15] {
        app.simulator.advance_clock(wait).await;
        let reply = browser.send_code(Purpose::Registration).await;
        assert!(matches!(
            reply.expect_problem(),
            Problem::ResendWait { secs: 1..=30 }
        ));
        assert!(
            reply.expect_errors().entry.is_some(),
            "the code entry stays"
        );
    }
    assert_eq!(app.simulator.list_calls_of("create").await.len(), 1);
    app.simulator.advance_clock(15).await;
    browser
        .send_code(Purpose::Registration)
        .await
        .expect_code_entry();
    assert_eq!(
        app.simulator
            .phone_with_number(&ann.phone)
            .count_codes()
            .await,
        2
    );

    // The gap of the number also applies in another flow and for another notation of the number.
    let other_user = User {
        phone: format!(
            "1 ({}) {} {}",
            &ann.phone[2..5],
            &ann.phone[5..8],
            &ann.phone[8..]
        ),
        ..User::with_unique_details()
    };
    let mut other = app.new_browser();
    other.begin_registration(&other_user).await;
    let reply = other.send_code(Purpose::Registration).await;
    assert!(matches!(reply.expect_problem(), Problem::ResendWait { .. }));
    assert_eq!(
        app.simulator
            .phone_with_number(&ann.phone)
            .count_codes()
            .await,
        2
    );
}

/// Tests docs/security.md#res-01.
async fn correct_code_ends_the_resend_cooldown_and_still_counts_towards_the_limits(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    app.new_browser().register(&app, &ann).await; // One.
    // A correct code ends the cooldown, so each sign-in gets a code at once.
    for _ in 0..2 {
        app.new_browser().sign_in(&app, &ann).await; // Two and three.
    }
    // The code of the previous message was not entered, so the cooldown applies.
    let mut waiting = app.new_browser();
    waiting.sign_in_until_code(&app, &ann).await; // Four.
    let refused = waiting.send_code(Purpose::SignIn).await.expect_problem();
    assert!(
        matches!(refused, Problem::ResendWait { secs: 1..=30 }),
        "{refused:?}"
    );
    app.simulator.advance_clock(30).await;
    waiting.send_code(Purpose::SignIn).await.expect_code_entry(); // Five.
    app.simulator.advance_clock(30).await;
    let refused = waiting.send_code(Purpose::SignIn).await.expect_problem();
    assert!(
        matches!(refused, Problem::ResendWait { secs: 31.. }),
        "{refused:?}"
    );
    assert_eq!(
        app.simulator
            .phone_with_number(&ann.phone)
            .count_codes()
            .await,
        5
    );
}

/// Tests docs/security.md#res-01, docs/security.md#res-02, docs/security.md#res-07.
async fn phone_number_gets_five_codes_an_hour_across_all_flows(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await; // One.
    let phone = app.simulator.phone_with_number(&ann.phone);
    let mut browser = app.new_browser();
    browser.sign_in_until_code(&app, &ann).await; // Two.
    app.simulator.advance_clock(30).await;
    browser.send_code(Purpose::SignIn).await.expect_code_entry(); // Three.
    let other_user = User {
        phone: ann.phone.clone(),
        ..User::with_unique_details()
    };
    app.simulator.advance_clock(30).await;
    let mut other = app.new_browser();
    other.register_until_code(&app, &other_user).await; // Four.
    app.simulator.advance_clock(30).await;
    // The last message of the hour is reserved for the owner of the number.
    let refused = other
        .send_code(Purpose::Registration)
        .await
        .expect_problem();
    assert!(matches!(refused, Problem::ResendWait { .. }), "{refused:?}");
    browser.send_code(Purpose::SignIn).await.expect_code_entry(); // Five.
    app.simulator.advance_clock(60).await;
    let refused = other
        .send_code(Purpose::Registration)
        .await
        .expect_problem();
    assert!(matches!(refused, Problem::ResendWait { .. }), "{refused:?}");
    let refused = browser.send_code(Purpose::SignIn).await.expect_problem();
    assert!(
        matches!(refused, Problem::ResendWait { secs: 61.. }),
        "{refused:?}"
    );
    assert_eq!(phone.count_codes().await, 5);
    app.simulator.advance_clock(3600 - 300).await;
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    assert!(browser.choose_sms_method().await.is_refused());
    app.simulator.advance_clock(300).await;
    browser.choose_sms_method().await.expect_code_entry();
    assert_eq!(phone.count_codes().await, 6);
}

/// Tests docs/security.md#res-03.
async fn simultaneous_resends_send_one_message(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    browser.register_until_code(&app, &ann).await;
    app.simulator.advance_clock(30).await;
    let request = browser.form_request(&call::request_code(Purpose::Registration));
    let answers = wire::send_at_once(vec![(app.address, request); 20]).await;
    assert!(answers.iter().all(|answer| answer.status < 500));
    let sent = |answer: &&wire::Response| answer.text().contains("\"step\":\"enter_code\"");
    assert_eq!(answers.iter().filter(sent).count(), 1);
    assert_eq!(
        app.simulator
            .phone_with_number(&ann.phone)
            .count_codes()
            .await,
        2
    );
    assert_eq!(app.simulator.list_calls_of("create").await.len(), 2);
}

/// Tests docs/security.md#otp-06, docs/security.md#otp-07, docs/security.md#log-07, docs/security.md#sm-10.
async fn ten_wrong_codes_in_a_day_lock_the_second_factor(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let before = app.simulator.list_calls_of("check").await.len();
    let mut shown = Vec::new();
    let mut held = None;
    // Four wrong codes in each flow, always in a new browser, so that no flow reaches its own limit.
    'flows: for _ in 0..4 {
        let mut browser = app.new_browser();
        let code = browser.sign_in_until_code(&app, &ann).await;
        for _ in 0..4 {
            let reply = browser
                .enter_code(Purpose::SignIn, &wrong_code(&code))
                .await;
            match reply.expect_problem() {
                Problem::InvalidCode { attempts_remaining } => shown.push(attempts_remaining),
                Problem::FactorHeld { .. } => {
                    held = Some((browser, code));
                    break 'flows;
                }
                other => panic!("{other:?}"),
            }
        }
        browser.cancel_flow(Purpose::SignIn).await.expect_step();
        app.simulator.advance_clock(1200).await;
    }
    // The ninth wrong code leaves one attempt of the account, and the tenth says that the second factor is held.
    assert_eq!(shown, [4, 3, 2, 1, 4, 3, 2, 1, 1]);
    let (mut browser, code) = held.expect("the second factor is held");
    let right = browser.enter_code(Purpose::SignIn, &code).await;
    assert!(matches!(right.expect_problem(), Problem::FactorHeld { .. }));
    assert_eq!(
        app.simulator.list_calls_of("check").await.len(),
        before + 10
    );
    let mut again = app.new_browser();
    again.begin_sign_in(&ann).await;
    let reply = again.choose_sms_method().await;
    assert!(matches!(reply.expect_problem(), Problem::FactorHeld { .. }));
    assert_eq!(app.open_database().await.count_sessions().await, 0);

    app.simulator.advance_clock(24 * 3600).await;
    app.new_browser().sign_in(&app, &ann).await;
}

/// Tests docs/security.md#log-04, docs/security.md#log-05, docs/security.md#log-06.
async fn wrong_passwords_delay_sign_ins_and_do_not_lock_the_account(database: Database) {
    let mut app = with_long_waits(database).start().await;
    let ann = User::with_unique_details();
    app.new_browser().register(&app, &ann).await;
    let mut browser = app.new_browser();
    for _ in 0..8 {
        let reply = browser
            .enter_password(&ann.username, "not the password")
            .await;
        assert_eq!(reply.expect_problem(), Problem::Credentials);
    }
    let at_once = browser.enter_password(&ann.username, &ann.password).await;
    assert_eq!(at_once.expect_problem(), Problem::Credentials);
    // The count is in the database, not in the process.
    app.process.kill().await;
    app.restart().await;
    let mut browser = app.new_browser();
    let at_once = browser.enter_password(&ann.email, &ann.password).await;
    assert_eq!(at_once.expect_problem(), Problem::Credentials);
    app.simulator.advance_clock(900).await;
    let step = browser.begin_sign_in(&ann).await;
    assert!(matches!(step, Step::ChooseMethod { .. }));
}

/// Tests docs/security.md#log-02.
async fn forged_client_addresses_do_not_evade_the_registration_limit(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR", "3")
        .start()
        .await;
    let mut opened = 0;
    for at in 0..6 {
        let mut browser = app.new_browser();
        let captcha = browser.solve_captcha(Purpose::Registration).await;
        let forged = format!("198.51.100.{at}");
        let answer = browser
            .form_request(&call::submit_registration_details(
                &User::with_unique_details(),
                &captcha,
            ))
            .with_header("X-Forwarded-For", &forged)
            .with_header("Forwarded", &format!("for={forged}"))
            .with_header("X-Real-IP", &forged)
            .send(app.address)
            .await;
        match answer.status {
            200 => opened += 1,
            429 => assert!(answer.header("retry-after").is_some()),
            other => panic!("{other}: {}", answer.text()),
        }
    }
    assert_eq!(opened, 3);
}

/// Tests docs/security.md#log-06.
async fn simultaneous_correct_passwords_do_not_trigger_the_delay(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut requests = Vec::new();
    for _ in 0..30 {
        let mut browser = app.new_browser();
        let captcha = browser.solve_captcha(Purpose::SignIn).await;
        let call = call::submit_password(&ann.username, &ann.password, &captcha);
        requests.push((app.address, browser.form_request(&call)));
    }
    let answers = wire::send_at_once(requests).await;
    for answer in &answers {
        assert!(answer.status < 500, "{}", answer.text());
    }
    // Those that found the queue of password hashes full are not failures.
    assert!(answers.iter().any(|answer| answer.status < 400));
    app.new_browser().sign_in(&app, &ann).await;
}
