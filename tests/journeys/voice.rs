//! Voice calls as the alternative to text messages.

use domain::{Channel, Problem, Purpose, Step};

use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    voice_call_is_offered_after_two_resends,
    voice_call_is_offered_after_a_failed_sms,
];

async fn voice_call_is_offered_after_two_resends(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in_until_code(&app, &ann).await;
    for resend in 1..=2 {
        app.skip_resend_cooldown().await;
        let step = browser.send_code(Purpose::SignIn).await.expect_step();
        let Step::EnterCode(entry) = step else {
            panic!("{step:?}")
        };
        let sent = entry.sent.expect("a message");
        assert_eq!(sent.offer_call, resend == 2);
    }
    app.skip_resend_cooldown().await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let called = browser
        .submit_form(&call::request_voice_call(Purpose::SignIn))
        .await
        .expect_step();
    let Step::EnterCode(entry) = called else {
        panic!("{called:?}")
    };
    assert_eq!(
        entry.sent.expect("code entry is shown").channel,
        Channel::Call
    );
    let code = phone.next_code().await;
    let step = browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    assert_eq!(step, Step::Dashboard);
}

async fn voice_call_is_offered_after_a_failed_sms(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    app.simulator
        .set_faults(serde_json::json!([
            { "on": "create", "kind": "status", "status": 503 }
        ]))
        .await;
    let refused = browser.choose_sms_method().await.expect_problem();
    assert_eq!(refused, Problem::CouldNotSend);
    app.simulator.clear_faults().await;
    app.skip_resend_cooldown().await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let mut chosen = call::choose_method("sms");
    chosen.fields.push(("channel", "call".to_owned()));
    let step = browser.submit_form(&chosen).await.expect_step();
    assert!(matches!(step, Step::EnterCode(_)), "{step:?}");
    let code = phone.next_code().await;
    let step = browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    assert_eq!(step, Step::Dashboard);
}
