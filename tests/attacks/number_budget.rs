//! An attacker who knows a user's phone number, and what remains for the user.

use domain::{Problem, Purpose, Step};

use crate::support::attack::{AttackSize, report};
use crate::support::call::{self, Payment};
use crate::support::payment::{ABOVE_THRESHOLD, EXECUTED};
use crate::support::{
    ApiClient, Browser, Database, Provider, TestApp, User, on_both_databases, wire,
};

on_both_databases![
    owner_gets_codes_in_every_hour_of_registrations_with_the_number,
    owner_gets_codes_on_a_day_of_registrations_with_the_number,
    registration_at_a_shared_service_waits_for_the_code_of_the_owner,
    phone_change_of_another_account_voids_no_code_of_the_owner,
    wait_of_a_stranger_reveals_no_message_to_the_owner,
    simultaneous_registrations_with_one_number_stay_within_their_part,
];

/// Another user, who registers with the phone number of `owner`.
fn stranger(owner: &User) -> User {
    User {
        phone: owner.phone.clone(),
        ..User::new()
    }
}

/// Begins a registration with the owner's number. Returns why its code was not sent, if it was not.
async fn register(app: &TestApp, owner: &User) -> (Browser, Option<Problem>) {
    let attacker = stranger(owner);
    let mut browser = app.browser();
    browser.register_details(&attacker).await.step();
    browser.credentials(&attacker).await.step();
    let reply = browser.send_code(Purpose::Registration).await;
    let problem = reply.is_refused().then(|| reply.problem());
    (browser, problem)
}

/// Registers with the owner's number and requests the code again, as often as the time permits. Returns the number of
/// codes sent. Takes 90 s of the app's time.
async fn attack(app: &TestApp, owner: &User) -> usize {
    let (mut browser, problem) = register(app, owner).await;
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
    let mut browser = app.browser();
    browser
        .enter_password(&owner.username, &owner.password)
        .await
        .step();
    let mut phone = app.simulator.phone(&owner.phone);
    phone.skip_received_messages().await;
    let mut waited = 0;
    loop {
        let reply = browser.choose_sms().await;
        if !reply.is_refused() {
            break;
        }
        let Problem::ResendWait { secs } = reply.problem() else {
            panic!("{:?}", reply.problem());
        };
        waited += secs;
        assert!(waited <= 60, "the owner waits {waited} s");
        app.simulator.advance(secs).await;
    }
    let code = phone.next_code().await;
    app.skip_resend_cooldown().await;
    register(app, owner).await;
    let step = browser.enter_code(Purpose::SignIn, &code).await.step();
    assert_eq!(step, Step::Dashboard, "the code of the owner is void");
    (browser, waited)
}

/// Tests docs/security.md#otp-13, docs/security.md#res-08.
async fn owner_gets_codes_in_every_hour_of_registrations_with_the_number(database: Database) {
    let app = TestApp::start(database).await;
    let owner = app.member().await;
    let phone = app.simulator.phone(&owner.phone);
    let hours = AttackSize::chosen().pick(4, 24);
    let (mut sent, mut longest) = (0, 0);
    app.simulator.advance(3600).await;
    for hour in 0..hours {
        let before = phone.code_count().await;
        let mut sent_this_hour = 0;
        for _ in 0..3 {
            sent_this_hour += attack(&app, &owner).await;
        }
        assert_eq!(sent_this_hour, 3, "three fifths of the number's messages");
        let (mut browser, waited) = sign_in_under_attack(&app, &owner).await;
        longest = longest.max(waited);
        app.skip_resend_cooldown().await;
        let (_, code) = browser
            .initiate_and_read_code(&app, &owner, &Payment::of(ABOVE_THRESHOLD))
            .await;
        app.skip_resend_cooldown().await;
        register(&app, &owner).await;
        browser.confirm(&code).await.step();
        assert_eq!(app.probe().await.number(EXECUTED).await, hour + 1);
        assert_eq!(phone.code_count().await - before, 5);
        sent += sent_this_hour;
        app.simulator.advance(3600).await;
    }
    report(
        "registrations with the number of a user",
        &format!(
            "{database:?}, {}: {hours} of {hours} hours the owner signed in and paid, longest wait {longest} s, \
             {sent} codes for strangers",
            Provider::configured().name()
        ),
    );
}

/// docs/security.md#otp-13: the limit a day of production.
async fn owner_gets_codes_on_a_day_of_registrations_with_the_number(database: Database) {
    let app = TestApp::on(database)
        .with("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_DAY", "10")
        .start()
        .await;
    let owner = app.member().await; // One of the strangers' four a day.
    let mut sent = 1;
    for _ in 0..8 {
        sent += attack(&app, &owner).await;
        app.simulator.advance(1200).await;
    }
    assert_eq!(sent, 4, "two fifths of the messages of a day");
    for _ in 0..6 {
        sign_in_under_attack(&app, &owner).await;
        app.simulator.advance(1800).await;
    }
    assert_eq!(app.simulator.phone(&owner.phone).code_count().await, 10);
    let mut browser = app.browser();
    browser
        .enter_password(&owner.username, &owner.password)
        .await
        .step();
    let refused = browser.choose_sms().await.problem();
    assert!(
        matches!(refused, Problem::ResendWait { secs: 3601.. }),
        "{refused:?}"
    );
}

/// An app whose purposes share one service of the provider.
async fn with_one_service(database: Database) -> TestApp {
    TestApp::on(database)
        .with(
            "TWILIO_VERIFY_SERVICE_SID",
            "VA5a119007000000000000000000000003",
        )
        .with(
            "TELNYX_VERIFY_PROFILE_ID",
            "5a119007-0000-4000-8000-000000000004",
        )
        .start()
        .await
}

/// Tests docs/security.md#otp-13, docs/security.md#otp-02.
async fn registration_at_a_shared_service_waits_for_the_code_of_the_owner(database: Database) {
    let app = with_one_service(database).await;
    let owner = app.member().await;
    let mut browser = app.browser();
    let code = browser.sign_in_up_to_the_code(&app, &owner).await;
    app.skip_resend_cooldown().await;
    let sent = app.simulator.calls("create").await.len();
    let (mut attacker, problem) = register(&app, &owner).await;
    assert_eq!(problem, Some(Problem::ResendWait { secs: 30 }));
    for wait in [30, 60] {
        app.simulator.advance(wait).await;
        let refused = attacker.send_code(Purpose::Registration).await.problem();
        assert_eq!(refused, Problem::ResendWait { secs: 2 * wait });
    }
    assert_eq!(app.simulator.calls("create").await.len(), sent);
    let step = browser.enter_code(Purpose::SignIn, &code).await.step();
    assert_eq!(step, Step::Dashboard);

    // A code that is used is no longer protected.
    app.simulator.advance(120).await;
    attacker.send_code(Purpose::Registration).await.entry();

    // The owner does not wait for a stranger.
    app.skip_resend_cooldown().await;
    let (_, code) = browser
        .initiate_and_read_code(&app, &owner, &Payment::of(ABOVE_THRESHOLD))
        .await;
    browser.confirm(&code).await.step();
    assert_eq!(app.probe().await.number(EXECUTED).await, 1);
}

/// docs/security.md#otp-13: the phone change uses the service of sign-in.
async fn phone_change_of_another_account_voids_no_code_of_the_owner(database: Database) {
    let app = TestApp::start(database).await;
    let owner = app.member().await;
    let mallory = app.member().await;
    let mut attacker = app.browser();
    attacker.sign_in(&app, &mallory).await;
    for (elapsed, wait) in [(31, 30), (47, 60)] {
        let mut browser = app.browser();
        let code = browser.sign_in_up_to_the_code(&app, &owner).await;
        app.simulator.advance(elapsed).await;
        let refused = attacker.call(&call::new_phone(&owner.phone)).await;
        // The wait grows with the refusals and reveals nothing about the code of the owner.
        assert_eq!(refused.problem(), Problem::ResendWait { secs: wait });
        let step = browser.enter_code(Purpose::SignIn, &code).await.step();
        assert_eq!(step, Step::Dashboard, "the code of the owner is void");
        attacker.cancel(Purpose::PhoneChange).await.step();
    }
}

/// Tests docs/security.md#res-07, docs/security.md#enum-03.
async fn wait_of_a_stranger_reveals_no_message_to_the_owner(database: Database) {
    let app = TestApp::start(database).await;
    for elapsed in [3, 7, 22] {
        let owner = app.member().await;
        let mut browser = app.browser();
        browser.sign_in_up_to_the_code(&app, &owner).await;
        app.simulator.advance(elapsed).await;
        let (mut attacker, problem) = register(&app, &owner).await;
        assert_eq!(problem, Some(Problem::ResendWait { secs: 30 }), "{elapsed}");
        // An early retry is refused until the wait of the stranger ends.
        app.simulator.advance(10).await;
        let refused = attacker.send_code(Purpose::Registration).await.problem();
        assert!(
            matches!(refused, Problem::ResendWait { secs: 15..=20 }),
            "{elapsed}: {refused:?}"
        );
        let registration = ApiClient::registration(&stranger(&owner));
        let start = "/v1/register/start";
        if elapsed < 20 {
            let answer = app.api_client().post(start, &registration).await;
            let wait = &answer.refused(429, "resend_wait")["retry_after"];
            assert_eq!(wait, 30, "{elapsed}");
        }
        // The owner still sees the exact wait.
        let exact = browser.send_code(Purpose::SignIn).await;
        assert_eq!(exact.is_refused(), elapsed < 20);
        if exact.is_refused() {
            let problem = exact.problem();
            assert!(
                matches!(problem, Problem::ResendWait { secs: 10..=17 }),
                "{problem:?}"
            );
        }
        app.skip_resend_cooldown().await;
    }

    // All messages of the hour went to the owner.
    let owner = app.member().await;
    let mut browser = app.browser();
    browser.sign_in_up_to_the_code(&app, &owner).await;
    for _ in 0..3 {
        app.skip_resend_cooldown().await;
        browser.send_code(Purpose::SignIn).await.entry();
    }
    app.simulator.advance(300).await;
    let (_, problem) = register(&app, &owner).await;
    assert_eq!(problem, Some(Problem::ResendWait { secs: 30 }));
}

/// docs/security.md#otp-13: the parts hold at the same moment.
async fn simultaneous_registrations_with_one_number_stay_within_their_part(database: Database) {
    let app = TestApp::on(database)
        .with("SALLYPORT_LIMIT_RESEND_GAP_SECS", "0")
        .start()
        .await;
    let owner = app.member().await;
    let mut racers = Vec::new();
    for _ in 0..AttackSize::chosen().pick(12, 100) {
        let attacker = stranger(&owner);
        let mut browser = app.browser();
        browser.register_details(&attacker).await.step();
        browser.credentials(&attacker).await.step();
        let request = browser.request(&call::send(Purpose::Registration));
        racers.push((app.address, request));
    }
    let answers = wire::race(racers).await;
    assert!(answers.iter().all(|answer| answer.status < 500));
    // One code for the registration of the owner, and two more.
    assert_eq!(app.simulator.phone(&owner.phone).code_count().await, 3);
    app.browser().sign_in(&app, &owner).await;
    app.browser().sign_in(&app, &owner).await;
}
