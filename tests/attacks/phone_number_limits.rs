//! Attackers who know a user's phone number cannot use up the messages to it.

use domain::{Problem, Purpose, Step};

use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::call::{self, Payment};
use crate::support::payment::{AMOUNT_ABOVE_THRESHOLD, COUNT_EXECUTED};
use crate::support::{
    ApiClient, Browser, Database, Provider, TestApp, User, on_both_databases, wire,
};

on_both_databases![
    owner_gets_codes_in_every_hour_in_which_attackers_register_the_number,
    owner_gets_codes_on_a_day_on_which_attackers_register_the_number,
    registration_at_a_shared_service_waits_for_the_code_of_the_owner,
    phone_change_of_another_account_does_not_invalidate_codes_of_the_owner,
    waiting_time_of_a_registration_does_not_reveal_messages_to_the_owner_of_the_number,
    simultaneous_registrations_with_one_number_stay_within_their_part_of_the_limit,
];

/// Returns the details of another user who registers with the phone number of `owner`.
fn user_with_phone_of(owner: &User) -> User {
    User {
        phone: owner.phone.clone(),
        ..User::with_unique_details()
    }
}

/// Begins a registration with the owner's number. Returns the browser, and the problem if no code was sent.
pub(super) async fn begin_registration_with_number_of(
    app: &TestApp,
    owner: &User,
) -> (Browser, Option<Problem>) {
    let attacker = user_with_phone_of(owner);
    let mut browser = app.new_browser();
    browser.begin_registration(&attacker).await;
    let reply = browser.send_code(Purpose::Registration).await;
    let problem = reply.is_refused().then(|| reply.expect_problem());
    (browser, problem)
}

/// Registers with the owner's number and requests the code again as often as the limits permit.
///
/// Returns the number of codes sent. Takes 90 seconds of the app's clock.
async fn register_and_resend_repeatedly(app: &TestApp, owner: &User) -> usize {
    let (mut browser, problem) = begin_registration_with_number_of(app, owner).await;
    let mut sent = usize::from(problem.is_none());
    for _ in 0..2 {
        app.skip_resend_cooldown().await;
        let reply = browser.send_code(Purpose::Registration).await;
        sent += usize::from(!reply.is_refused());
    }
    app.skip_resend_cooldown().await;
    sent
}

/// Signs in within a minute, while the attacker registers with the same number. Returns the seconds waited.
async fn sign_in_under_attack(app: &TestApp, owner: &User) -> (Browser, u64) {
    let mut browser = app.new_browser();
    browser.begin_sign_in(owner).await;
    let mut phone = app.simulator.phone_with_number(&owner.phone);
    phone.skip_received_messages().await;
    let mut waited = 0;
    loop {
        let reply = browser.choose_sms_method().await;
        if !reply.is_refused() {
            break;
        }
        let Problem::ResendWait { secs } = reply.expect_problem() else {
            panic!("{:?}", reply.expect_problem());
        };
        waited += secs;
        assert!(waited <= 60, "the owner waits {waited} s");
        app.simulator.advance_clock(secs).await;
    }
    let code = phone.next_code().await;
    app.skip_resend_cooldown().await;
    begin_registration_with_number_of(app, owner).await;
    let step = browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    assert_eq!(step, Step::Dashboard, "the code of the owner is invalid");
    (browser, waited)
}

/// Tests docs/security.md#otp-13, docs/security.md#res-08.
async fn owner_gets_codes_in_every_hour_in_which_attackers_register_the_number(database: Database) {
    let app = TestApp::start(database).await;
    let owner = app.register_user().await;
    let phone = app.simulator.phone_with_number(&owner.phone);
    let hours = AttackSize::from_environment().select(4, 24);
    let (mut sent, mut longest) = (0, 0);
    app.simulator.advance_clock(3600).await;
    for hour in 0..hours {
        let before = phone.count_codes().await;
        let mut sent_this_hour = 0;
        for _ in 0..3 {
            sent_this_hour += register_and_resend_repeatedly(&app, &owner).await;
        }
        assert_eq!(
            sent_this_hour, 3,
            "registrations get three fifths of the messages to the number"
        );
        let (mut browser, waited) = sign_in_under_attack(&app, &owner).await;
        longest = longest.max(waited);
        app.skip_resend_cooldown().await;
        let (_, code) = browser
            .begin_payment_until_code(&app, &owner, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
            .await;
        app.skip_resend_cooldown().await;
        begin_registration_with_number_of(&app, &owner).await;
        browser.confirm_payment(&code).await.expect_step();
        assert_eq!(
            app.open_database().await.read_number(COUNT_EXECUTED).await,
            hour + 1
        );
        assert_eq!(phone.count_codes().await - before, 5);
        sent += sent_this_hour;
        app.simulator.advance_clock(3600).await;
    }
    print_attack_figures(
        "registrations with the number of a user",
        &format!(
            "{database:?}, {}: {hours} of {hours} hours the owner signed in and paid, longest wait {longest} s, \
             {sent} codes for strangers",
            Provider::from_environment().name()
        ),
    );
}

/// Tests docs/security.md#otp-13 with the daily limit of production.
async fn owner_gets_codes_on_a_day_on_which_attackers_register_the_number(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_DAY", "10")
        .start()
        .await;
    let owner = app.register_user().await; // One of the strangers' four a day.
    let mut sent = 1;
    for _ in 0..8 {
        sent += register_and_resend_repeatedly(&app, &owner).await;
        app.simulator.advance_clock(1200).await;
    }
    assert_eq!(
        sent, 4,
        "registrations get two fifths of the messages of a day"
    );
    for _ in 0..6 {
        sign_in_under_attack(&app, &owner).await;
        app.simulator.advance_clock(1800).await;
    }
    assert_eq!(
        app.simulator
            .phone_with_number(&owner.phone)
            .count_codes()
            .await,
        10
    );
    let mut browser = app.new_browser();
    browser.begin_sign_in(&owner).await;
    let refused = browser.choose_sms_method().await.expect_problem();
    assert!(
        matches!(refused, Problem::ResendWait { secs: 3601.. }),
        "{refused:?}"
    );
}

/// Starts an app that uses one provider service for all purposes.
async fn start_app_with_one_service(database: Database) -> TestApp {
    TestApp::builder(database)
        .with_setting(
            "TWILIO_VERIFY_SERVICE_SID",
            "VA5a119007000000000000000000000003",
        )
        .with_setting(
            "TELNYX_VERIFY_PROFILE_ID",
            "5a119007-0000-4000-8000-000000000004",
        )
        .start()
        .await
}

/// Tests docs/security.md#otp-13, docs/security.md#otp-02.
async fn registration_at_a_shared_service_waits_for_the_code_of_the_owner(database: Database) {
    let app = start_app_with_one_service(database).await;
    let owner = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &owner).await;
    app.skip_resend_cooldown().await;
    let sent = app.simulator.list_calls_of("create").await.len();
    let (mut attacker, problem) = begin_registration_with_number_of(&app, &owner).await;
    assert_eq!(problem, Some(Problem::ResendWait { secs: 30 }));
    for wait in [30, 60] {
        app.simulator.advance_clock(wait).await;
        let refused = attacker
            .send_code(Purpose::Registration)
            .await
            .expect_problem();
        assert_eq!(refused, Problem::ResendWait { secs: 2 * wait });
    }
    assert_eq!(app.simulator.list_calls_of("create").await.len(), sent);
    let step = browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    assert_eq!(step, Step::Dashboard);

    // The code of the owner was used, so a registration may replace it.
    app.simulator.advance_clock(120).await;
    attacker
        .send_code(Purpose::Registration)
        .await
        .expect_code_entry();

    // The owner gets a code at once, although a registration has a valid code for the number.
    app.skip_resend_cooldown().await;
    let (_, code) = browser
        .begin_payment_until_code(&app, &owner, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    browser.confirm_payment(&code).await.expect_step();
    assert_eq!(
        app.open_database().await.read_number(COUNT_EXECUTED).await,
        1
    );
}

/// Tests docs/security.md#otp-13. A phone change and a sign-in use the same provider service.
async fn phone_change_of_another_account_does_not_invalidate_codes_of_the_owner(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let owner = app.register_user().await;
    let mallory = app.register_user().await;
    let mut attacker = app.new_browser();
    attacker.sign_in(&app, &mallory).await;
    for (elapsed, wait) in [(31, 30), (47, 60)] {
        let mut browser = app.new_browser();
        let code = browser.sign_in_until_code(&app, &owner).await;
        app.simulator.advance_clock(elapsed).await;
        let refused = attacker
            .submit_form(&call::begin_phone_change(&owner.phone))
            .await;
        // The wait grows with the refusals and reveals nothing about the code of the owner.
        assert_eq!(refused.expect_problem(), Problem::ResendWait { secs: wait });
        let step = browser
            .enter_code(Purpose::SignIn, &code)
            .await
            .expect_step();
        assert_eq!(step, Step::Dashboard, "the code of the owner is invalid");
        attacker
            .cancel_flow(Purpose::PhoneChange)
            .await
            .expect_step();
    }
}

/// Asserts that a code is refused for the rest of 30 seconds. They began after the time `since` and before the test
/// advanced the clock by `advanced` seconds.
async fn assert_rest_of_cooldown(app: &TestApp, refused: &Problem, since: u64, advanced: u64) {
    let Problem::ResendWait { secs } = refused else {
        panic!("{refused:?}");
    };
    // Both times are rounded down, so up to one more second has passed.
    let passed = app.simulator.now_secs().await - since + 1;
    let expected = 30_u64.saturating_sub(passed)..=30 - advanced;
    assert!(expected.contains(secs), "{secs} s are not in {expected:?}");
}

/// Tests docs/security.md#res-07, docs/security.md#enum-03.
async fn waiting_time_of_a_registration_does_not_reveal_messages_to_the_owner_of_the_number(
    database: Database,
) {
    let app = TestApp::start(database).await;
    for elapsed in [3, 7, 22] {
        let owner = app.register_user().await;
        let mut browser = app.new_browser();
        let before_code = app.simulator.now_secs().await;
        browser.sign_in_until_code(&app, &owner).await;
        app.simulator.advance_clock(elapsed).await;
        let before_refusal = app.simulator.now_secs().await;
        let (mut attacker, problem) = begin_registration_with_number_of(&app, &owner).await;
        assert_eq!(problem, Some(Problem::ResendWait { secs: 30 }), "{elapsed}");
        // An early retry is refused until the wait of the stranger ends.
        app.simulator.advance_clock(10).await;
        let refused = attacker
            .send_code(Purpose::Registration)
            .await
            .expect_problem();
        assert_rest_of_cooldown(&app, &refused, before_refusal, 10).await;
        let registration = ApiClient::registration_body(&user_with_phone_of(&owner));
        let start = "/v1/register/start";
        if elapsed < 20 {
            let answer = app.new_api_client().post(start, &registration).await;
            let wait = &answer.expect_error(429, "resend_wait")["retry_after"];
            assert_eq!(wait, 30, "{elapsed}");
        }
        // The owner still sees the exact wait.
        let exact = browser.send_code(Purpose::SignIn).await;
        assert_eq!(exact.is_refused(), elapsed < 20);
        if exact.is_refused() {
            let problem = exact.expect_problem();
            assert_rest_of_cooldown(&app, &problem, before_code, elapsed + 10).await;
        }
        app.skip_resend_cooldown().await;
    }

    // All messages of the hour went to the owner.
    let owner = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in_until_code(&app, &owner).await;
    for _ in 0..3 {
        app.skip_resend_cooldown().await;
        browser.send_code(Purpose::SignIn).await.expect_code_entry();
    }
    app.simulator.advance_clock(300).await;
    let (_, problem) = begin_registration_with_number_of(&app, &owner).await;
    assert_eq!(problem, Some(Problem::ResendWait { secs: 30 }));
}

/// Tests docs/security.md#otp-13 with simultaneous requests.
async fn simultaneous_registrations_with_one_number_stay_within_their_part_of_the_limit(
    database: Database,
) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_RESEND_GAP_SECS", "0")
        .start()
        .await;
    let owner = app.register_user().await;
    let mut requests = Vec::new();
    for _ in 0..AttackSize::from_environment().select(12, 100) {
        let attacker = user_with_phone_of(&owner);
        let mut browser = app.new_browser();
        browser.begin_registration(&attacker).await;
        let request = browser.form_request(&call::request_code(Purpose::Registration));
        requests.push((app.address, request));
    }
    let answers = wire::send_at_once(requests).await;
    assert!(answers.iter().all(|answer| answer.status < 500));
    // The owner got one code at registration. The other registrations got two.
    assert_eq!(
        app.simulator
            .phone_with_number(&owner.phone)
            .count_codes()
            .await,
        3
    );
    app.new_browser().sign_in(&app, &owner).await;
    app.new_browser().sign_in(&app, &owner).await;
}
