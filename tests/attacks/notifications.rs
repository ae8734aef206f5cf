//! Attacks by notifications: one user repeats actions, and floods an address or delays the notifications of others.

use std::time::{Duration, Instant};

use domain::{Problem, Purpose};

use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::wire::TIMEOUT;
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, page, wrong_code};

on_both_databases![
    repeated_creation_of_recovery_codes_sends_few_messages_and_delays_no_other_user,
    repeated_changes_of_the_authenticator_send_few_messages,
    delayed_notifications_arrive_as_one_message_with_their_count,
    simultaneous_notifications_stay_within_the_limit,
    account_with_many_queued_notifications_delays_others_by_one_batch,
];

const WAITING: &str = "SELECT COUNT(*) FROM outbox WHERE done_at = 0";
const RECOVERY_CODES_PAGE: &str = "/profile/recovery-codes";

/// Signs in, which counts as a recent step-up.
async fn sign_in_browser(app: &TestApp, user: &User) -> Browser {
    let mut browser = app.new_browser();
    browser.sign_in(app, user).await;
    app.skip_resend_cooldown().await;
    browser
}

/// Requests new recovery codes that replace existing ones. Returns whether codes were created.
async fn create_codes(browser: &mut Browser) -> bool {
    let form = browser
        .load_page(&format!("{RECOVERY_CODES_PAGE}?replace"))
        .await
        .text();
    let replacing = page::hidden_input_values(&form, "replacing");
    let replacing = replacing.first().map_or("0", String::as_str);
    let call = call::create_recovery_codes(replacing);
    let response = browser.submit_form(&call).await.response;
    match response.status {
        200 => true,
        303 => false,
        other => panic!("{other}: {}", response.text()),
    }
}

/// Returns the numbers of text messages and mails that a user has received.
async fn count_received_messages_and_mails(app: &TestApp, user: &User) -> (usize, usize) {
    let messages = app
        .simulator
        .phone_with_number(&user.phone)
        .list_notifications()
        .await
        .len();
    let mails = app
        .simulator
        .mailbox_of(&user.email)
        .list_mails()
        .await
        .len();
    (messages, mails)
}

/// Causes a notification about wrong codes. Returns how long its mail took to arrive.
async fn measure_notification_time(app: &TestApp, user: &User) -> Duration {
    const SUBJECT: &str = "Wrong codes were entered for your account";
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(app, user).await;
    for _ in 0..2 {
        browser
            .enter_code(Purpose::SignIn, &wrong_code(&code))
            .await;
    }
    let since = Instant::now();
    browser
        .enter_code(Purpose::SignIn, &wrong_code(&code))
        .await;
    let mails = app.simulator.mailbox_of(&user.email);
    let arrives = async {
        while !mails
            .list_mails()
            .await
            .iter()
            .any(|mail| mail.subject == SUBJECT)
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, arrives)
        .await
        .expect("the mail arrives");
    since.elapsed()
}

/// Tests docs/security.md#enr-07. The attacker repeats the action for hours, while another user is notified.
async fn repeated_creation_of_recovery_codes_sends_few_messages_and_delays_no_other_user(
    database: Database,
) {
    let size = AttackSize::from_environment();
    let (tries, hours) = size.select((30, 2), (1_000, 8));
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let bob = app.register_user().await;
    let mut created = 0;
    for _ in 0..hours {
        let mut attacker = sign_in_browser(&app, &ann).await;
        for _ in 0..tries {
            created += usize::from(create_codes(&mut attacker).await);
        }
        app.simulator.advance_clock(3600).await;
    }
    assert_eq!(created, hours * 5, "5 sets of codes are created in an hour");
    let mut attacker = sign_in_browser(&app, &ann).await;
    let attack = tokio::spawn(async move {
        for _ in 0..100_000 {
            create_codes(&mut attacker).await;
        }
    });
    let delay = measure_notification_time(&app, &bob).await;
    attack.abort();
    // A limit that the attacker has reached would delay the notification by a minute or more.
    assert!(delay < Duration::from_secs(20), "{delay:?}");
    let (messages, mails) = count_received_messages_and_mails(&app, &ann).await;
    // In each hour, three notifications are sent at once and one combines all others. Each sign-in after the first one
    // is notified by mail, because its browser is new.
    let most = (hours + 1) * 4;
    assert!(messages <= most, "{messages}");
    assert!(mails <= most + hours, "{mails}");
    print_attack_figures(
        "recovery codes created again and again",
        &format!(
            "{} requests in {hours} h: {created} sets, {messages} SMS, {mails} mails; another \
             user notified after {delay:?}",
            tries * hours
        ),
    );
}

/// Tests docs/security.md#totp-08.
async fn repeated_changes_of_the_authenticator_send_few_messages(database: Database) {
    let tries = AttackSize::from_environment().select(20, 500);
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut attacker = sign_in_browser(&app, &ann).await;
    let (mut added, mut refused) = (0, 0);
    for _ in 0..tries {
        let begun = attacker.submit_form(&call::begin_authenticator()).await;
        if begun.response.status == 429 {
            assert!(begun.response.header("retry-after").is_some());
            refused += 1;
            continue;
        }
        begun.expect_step();
        let key = attacker.read_authenticator_key(&app).await.expect("a key");
        let code = key.current_code().await;
        attacker.confirm_authenticator(&code).await.expect_step();
        attacker
            .submit_form(&call::remove_authenticator())
            .await
            .expect_step();
        added += 1;
    }
    assert_eq!((added, refused), (6, tries - 6));
    let probe = app.open_database().await;
    // Every change is counted in some notification.
    let counted = "SELECT CAST(COUNT(*) + SUM(repeats) AS BIGINT) FROM outbox WHERE way = 'sms'";
    assert_eq!(probe.read_number(counted).await, 12);
    app.simulator.advance_clock(3600).await;
    probe.wait_for_number(WAITING, 0).await;
    let (messages, mails) = count_received_messages_and_mails(&app, &ann).await;
    assert!(messages <= 8 && mails <= 8, "{messages}, {mails}");
    print_attack_figures(
        "authenticator added and removed again and again",
        &format!("{tries} times: {added} added, {messages} SMS, {mails} mails"),
    );
}

/// Tests docs/security.md#enr-07.
async fn delayed_notifications_arrive_as_one_message_with_their_count(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.register_user().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    let mut inbox = app.simulator.mailbox_of(&ann.email);
    for _ in 0..3 {
        assert!(create_codes(&mut browser).await);
        let text = phone.next_notification().await;
        let mail = inbox.next_mail().await.text;
        assert!(!text.contains("And ") && !mail.contains("And "), "{text}");
    }
    for _ in 0..2 {
        assert!(create_codes(&mut browser).await);
    }
    assert!(!create_codes(&mut browser).await);
    probe.wait_for_number(WAITING, 2).await;
    assert_eq!(count_received_messages_and_mails(&app, &ann).await, (3, 3));
    app.simulator.advance_clock(3600).await;
    let text = phone.next_notification().await;
    assert!(text.contains(" And 1 more time. "), "{text}");
    probe.wait_for_number(WAITING, 0).await;
    let mails = app.simulator.mailbox_of(&ann.email).list_mails().await;
    assert_eq!(mails.len(), 4);
    let last = &mails[3].text;
    assert!(last.contains("And 1 more time."), "{last}");
    // A notification of another kind is not delayed.
    let mut browser = sign_in_browser(&app, &ann).await;
    for _ in 0..5 {
        create_codes(&mut browser).await;
    }
    measure_notification_time(&app, &ann).await;
}

/// Tests docs/security.md#clu-02.
async fn simultaneous_notifications_stay_within_the_limit(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let browser = sign_in_browser(&app, &ann).await;
    // Sends twenty requests at once. Each form names the set of codes that it replaces.
    let attempts: Vec<_> = (0..20)
        .map(|_| {
            let mut browser = browser.clone();
            tokio::spawn(async move { create_codes(&mut browser).await })
        })
        .collect();
    let mut created = 0;
    for attempt in attempts {
        created += usize::from(attempt.await.expect("an answer"));
    }
    assert!((1..=5).contains(&created), "{created}");
    let rows = "SELECT CAST(COUNT(*) + SUM(repeats) AS BIGINT) FROM outbox WHERE way = 'sms'";
    let counted = app.open_database().await.read_number(rows).await;
    assert_eq!(
        usize::try_from(counted),
        Ok(created),
        "every event is notified"
    );
}

/// Tests docs/security.md#enr-07.
async fn account_with_many_queued_notifications_delays_others_by_one_batch(database: Database) {
    const BATCH: i64 = 16;
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    // One thousand due notifications of one account, and then one of another.
    app.execute_sql(
        "INSERT INTO outbox (id, way, recipient, notice, tries, created_at, due_at, done_at, \
         outcome, account_id, kind) WITH RECURSIVE numbers (i) AS \
         (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 1001) \
         SELECT 'n' || i, 'mail', CASE WHEN i < 1001 THEN 'ann@example.com' ELSE \
         'bob@example.com' END, '{\"notice\":\"deletion_withdrawn\"}', 0, 2000000000000, i, 0, '', \
         CASE WHEN i < 1001 THEN 'ann' ELSE 'bob' END, 'kind' || i FROM numbers",
    )
    .await;
    app.simulator
        .mailbox_of("bob@example.com")
        .next_mail()
        .await;
    probe
        .wait_for_number(
            "SELECT COUNT(*) FROM outbox WHERE id = 'n1001' AND done_at > 0",
            1,
        )
        .await;
    let before = probe
        .read_number(
            "SELECT COUNT(*) FROM outbox WHERE done_at > 0 AND done_at < \
             (SELECT done_at FROM outbox WHERE id = 'n1001')",
        )
        .await;
    assert!(before <= BATCH, "{before} were sent before");
    print_attack_figures(
        "1,000 queued notifications of one account",
        &format!("another account's was sent after {before} of them"),
    );
}

/// Tests docs/security.md#enr-07. The page says why the action is refused. It works again after an hour.
#[tokio::test(flavor = "multi_thread")]
async fn creation_of_recovery_codes_beyond_the_hourly_limit_is_refused_for_an_hour() {
    let app = TestApp::start(Database::Sqlite).await;
    let ann = app.register_user().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    for _ in 0..5 {
        assert!(create_codes(&mut browser).await);
    }
    for _ in 0..6 {
        browser
            .submit_form(&call::begin_authenticator())
            .await
            .expect_step();
    }
    let refused = browser.submit_form(&call::begin_authenticator()).await;
    let problem = refused.expect_problem();
    assert!(matches!(problem, Problem::LimitReached { secs: 1.. }));
    assert!(!create_codes(&mut browser).await);
    app.simulator.advance_clock(3600).await;
    let mut browser = sign_in_browser(&app, &ann).await;
    assert!(create_codes(&mut browser).await);
    browser
        .submit_form(&call::begin_authenticator())
        .await
        .expect_step();
}
