//! Security notifications to account holders.

use domain::i18n::{LinkOrCode, MessageLinks};
use domain::{Language, Notification, NotificationPage, Purpose, Step};

use crate::support::{Database, TestApp, User, on_both_databases, page, wrong_code};

on_both_databases![
    holder_of_an_email_is_notified_of_a_registration_attempt,
    three_wrong_codes_are_notified_once_a_day,
    locked_second_factor_is_notified_once,
    delivered_notification_leaves_no_recipient_address_in_the_database,
    wrong_codes_are_shown_at_the_next_sign_in,
    german_mails_arrive_unchanged_as_text_and_as_html,
];

const SENT: &str = "SELECT COUNT(*) FROM outbox WHERE outcome = 'sent'";
const ALL: &str = "SELECT COUNT(*) FROM outbox";

/// Returns the details of another user with this e-mail address.
fn user_with_email_of_another(email: &str) -> User {
    User {
        email: email.to_owned(),
        ..User::with_unique_details()
    }
}

/// Tests docs/security.md#enum-02.
async fn holder_of_an_email_is_notified_of_a_registration_attempt(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.register_user().await;
    let mut mails = app.simulator.mailbox_of(&ann.email);

    let mut browser = app.new_browser();
    let bob = user_with_email_of_another(&ann.email.to_uppercase());
    let code = browser.register_until_code(&app, &bob).await;
    let step = browser.enter_code(Purpose::Registration, &code).await;
    assert_eq!(
        step.expect_step(),
        Step::Registered,
        "the response is the same as for other addresses"
    );
    assert_eq!(probe.count_accounts().await, 1);
    let mail = mails.next_mail().await;
    assert_eq!(mail.to, ann.email);
    assert_eq!(
        mail.subject,
        "Someone tried to register with your email address"
    );
    assert!(mail.text.contains("nothing was changed"), "{}", mail.text);
    for hers in [&bob.username, &bob.phone, &ann.phone, &ann.username] {
        assert!(!mail.text.contains(hers.as_str()), "{}", mail.text);
    }

    // A limit prevents flooding the mailbox.
    app.new_browser()
        .register(&app, &user_with_email_of_another(&ann.email))
        .await;
    assert_eq!(probe.read_number(ALL).await, 1);
    app.simulator.advance_clock(3600).await;
    app.new_browser()
        .register(&app, &user_with_email_of_another(&ann.email))
        .await;
    mails.next_mail().await;
    probe.wait_for_number(SENT, 2).await;
    assert_eq!(mails.list_mails().await.len(), 2);
    assert!(
        app.simulator
            .phone_with_number(&ann.phone)
            .list_notifications()
            .await
            .is_empty()
    );
}

/// Enters wrong codes in one sign-in after another, three in each.
async fn enter_wrong_codes(app: &TestApp, ann: &User, times: u32) {
    for at in 0..times {
        let mut browser = app.new_browser();
        let code = browser.sign_in_until_code(app, ann).await;
        for _ in 0..3 {
            let reply = browser
                .enter_code(Purpose::SignIn, &wrong_code(&code))
                .await;
            assert!(reply.is_refused(), "{at}");
        }
        browser.cancel_flow(Purpose::SignIn).await.expect_step();
        app.simulator.advance_clock(1200).await;
    }
}

/// Tests docs/security.md#log-11.
async fn three_wrong_codes_are_notified_once_a_day(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    for expected in [0, 0, 2, 2] {
        let reply = browser
            .enter_code(Purpose::SignIn, &wrong_code(&code))
            .await;
        assert!(reply.is_refused());
        assert_eq!(probe.read_number(ALL).await, expected);
    }
    let mail = app.simulator.mailbox_of(&ann.email).next_mail().await;
    assert_eq!(mail.subject, "Wrong codes were entered for your account");
    let text = app
        .simulator
        .phone_with_number(&ann.phone)
        .next_notification()
        .await;
    assert!(text.starts_with("Sallyport: wrong codes"), "{text}");
    browser.cancel_flow(Purpose::SignIn).await.expect_step();

    app.simulator.advance_clock(24 * 3600).await;
    enter_wrong_codes(&app, &ann, 1).await;
    probe.wait_for_number(SENT, 4).await;
}

/// Tests docs/security.md#otp-07.
async fn locked_second_factor_is_notified_once(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.register_user().await;
    // One notification reports several wrong codes, and one the tenth. Each is sent by mail and text message.
    // Notifications that wait together are sent in any order.
    enter_wrong_codes(&app, &ann, 1).await;
    probe.wait_for_number(SENT, 2).await;
    enter_wrong_codes(&app, &ann, 3).await;
    probe.wait_for_number(SENT, 4).await;
    let subjects: Vec<String> = app
        .simulator
        .mailbox_of(&ann.email)
        .list_mails()
        .await
        .into_iter()
        .map(|mail| mail.subject)
        .collect();
    assert_eq!(
        subjects,
        [
            "Wrong codes were entered for your account",
            "Verification codes are on hold for your account",
        ]
    );
    let texts = app
        .simulator
        .phone_with_number(&ann.phone)
        .list_notifications()
        .await;
    assert_eq!(texts.len(), 2);
    assert!(texts[1].contains("on hold"), "{texts:?}");
}

/// Tests docs/security.md#leak-04.
async fn delivered_notification_leaves_no_recipient_address_in_the_database(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.register_user().await;
    enter_wrong_codes(&app, &ann, 1).await;
    probe.wait_for_number(SENT, 2).await;
    let addresses = "SELECT COUNT(*) FROM outbox WHERE recipient <> ''";
    assert_eq!(probe.read_number(addresses).await, 0);
    let output = app.process.output();
    assert!(
        !output.contains(&ann.email) && !output.contains(&ann.phone),
        "{output}"
    );
}

/// Tests docs/security.md#log-11.
async fn wrong_codes_are_shown_at_the_next_sign_in(database: Database) {
    const WORDS: &str = "Before you signed in, 3 wrong codes were entered after your password. Was that you? \
                         If not, change your password. Security history Change password";
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let page = browser.load_page("/dashboard").await.text();
    assert!(!page.contains("wrong codes"), "{page}");
    app.skip_resend_cooldown().await;
    enter_wrong_codes(&app, &ann, 1).await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let page = browser.load_page("/dashboard").await.text();
    assert!(page::visible_text(&page).contains(WORDS), "{page}");
    assert!(page.contains("href=\"/profile/password\""), "{page}");
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let page = browser.load_page("/dashboard").await.text();
    assert!(!page.contains("wrong codes"), "{page}");
}

/// Tests docs/security.md#enr-07.
async fn german_mails_arrive_unchanged_as_text_and_as_html(database: Database) {
    let app = TestApp::start(database).await;
    for (name, notification) in [
        ("registration_conflict", Notification::RegistrationConflict),
        ("factor_failures", Notification::FactorFailures),
        ("two_factor_reset", Notification::TwoFactorReset),
        ("deletion_withdrawn", Notification::DeletionWithdrawn),
        ("password_changed", Notification::PasswordChanged),
    ] {
        let address = format!("{name}@example.com");
        let stored = serde_json::json!({ "language": "de", "notice": name });
        app.queue_notification("mail", &address, &stored).await;
        let text = Language::German.notification_text(&notification);
        let path = match notification.page() {
            None => None,
            Some(NotificationPage::SignIn) => Some("login"),
            Some(NotificationPage::ForgotPassword) => Some("forgot-password"),
            Some(page) => panic!("{name} has a separate link: {page:?}"),
        };
        let links = MessageLinks {
            link_or_code: path.map(|path| LinkOrCode::Link {
                url: format!("http://{}/{path}", app.address),
            }),
            advice_url: None,
        };
        let mail = app.simulator.mailbox_of(&address).next_mail().await;
        assert_eq!(mail.subject, text.subject);
        assert_eq!(mail.text, text.mail_body("Sallyport", &links), "{name}");
        assert!(!mail.text.is_ascii(), "{name}: {}", mail.text);
        assert!(
            mail.html.contains("<html lang=\"de\" dir=\"ltr\">"),
            "{name}: {}",
            mail.html
        );
        assert!(
            mail.html
                .contains(&format!("<title>{}</title>", text.subject))
        );
        for line in mail.text.lines() {
            assert!(
                mail.html.contains(line),
                "{name}: {line} is not in {}",
                mail.html
            );
        }
    }
}
