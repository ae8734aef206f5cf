//! The waiting time of a flow that has used up the messages to its new number.

use domain::{Problem, Purpose};
use serde_json::json;

use super::phone_number_limits::begin_registration_with_number_of;
use crate::support::{Database, TestApp, User, on_both_databases, page};

on_both_databases![
    registration_that_uses_up_the_messages_to_its_number_states_the_wait,
    stated_wait_does_not_reveal_whether_the_owner_has_received_a_message,
];

/// Tests docs/security.md#res-07. The wait follows from the messages of this flow, so it reveals nothing.
async fn registration_that_uses_up_the_messages_to_its_number_states_the_wait(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), User::with_unique_details());
    let (flow, _) = program.register_until_code(&app, &ann).await;
    let resend = json!({ "flow": flow });
    for is_last in [false, true] {
        app.skip_resend_cooldown().await;
        let sent = program.post("/v1/register/resend", &resend).await;
        let wait = sent.expect_status(200)["resend_after"].as_u64();
        let expected = if is_last { 3_500..=3_540 } else { 29..=30 };
        assert!(
            wait.is_some_and(|secs| expected.contains(&secs)),
            "{wait:?}"
        );
    }
    for _ in 0..2 {
        app.skip_resend_cooldown().await;
        let refused = program.post("/v1/register/resend", &resend).await;
        let wait = refused.expect_error(429, "resend_wait")["retry_after"].as_u64();
        assert!(
            wait.is_some_and(|secs| (3_440..=3_510).contains(&secs)),
            "{wait:?}"
        );
    }

    let bob = User::with_unique_details();
    let mut browser = app.new_browser();
    browser.register_until_code(&app, &bob).await;
    for _ in 0..2 {
        app.skip_resend_cooldown().await;
        browser
            .send_code(Purpose::Registration)
            .await
            .expect_code_entry();
    }
    let page = browser.load_page("/register/verify").await.text();
    let text = page::visible_text(&page);
    assert!(text.contains("You can request another code in 5"), "{text}");
    // Another flow does not learn when the messages were sent.
    app.skip_resend_cooldown().await;
    let (_, problem) = begin_registration_with_number_of(&app, &bob).await;
    assert_eq!(problem, Some(Problem::ResendWait { secs: 30 }));
}

/// Tests docs/security.md#enum-03. With two messages an hour, one is reserved for the owner.
async fn stated_wait_does_not_reveal_whether_the_owner_has_received_a_message(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", "2")
        .start()
        .await;
    for owner_signs_in in [false, true] {
        let owner = app.register_user().await;
        app.simulator.advance_clock(3601).await;
        let (mut attacker, problem) = begin_registration_with_number_of(&app, &owner).await;
        assert_eq!(problem, None);
        app.simulator.advance_clock(40).await;
        if owner_signs_in {
            app.new_browser().sign_in_until_code(&app, &owner).await;
        }
        app.simulator.advance_clock(40).await;
        let refused = attacker.send_code(Purpose::Registration).await;
        let Problem::ResendWait { secs } = refused.expect_problem() else {
            panic!("the server states another problem");
        };
        // The wait is that of the message of the attacker.
        assert!(
            (3_500..=3_520).contains(&secs),
            "{secs} s, {owner_signs_in}"
        );
    }
}
