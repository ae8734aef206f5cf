//! The links and times in mails and text messages.

use domain::{CalendarDay, Language, Timestamp};
use serde_json::{Value, json};

use super::email_proof::sign_in_browser;
use crate::support::email_proof::CODE_SUBJECT;
use crate::support::lost_phone::{
    EMAIL_CHANGED_SUBJECT, OPENED_SUBJECT, RECOVERY_DELAY_SECS, REMINDER_SUBJECT,
    REQUESTED_SUBJECT, wait_for_mail_with_subject,
};
use crate::support::{Database, RunningApp, TestApp, User, call, on_both_databases};

on_both_databases![
    messages_about_a_possibly_known_password_link_to_the_page_for_a_new_one,
    mails_about_a_lost_phone_link_to_the_page_of_a_new_password,
    late_reminder_of_a_recovery_says_the_remaining_hours,
    waiting_times_of_0_and_1_hours_have_their_own_wording_in_messages,
    mail_with_a_code_links_to_the_page_that_accepts_the_code,
    mail_and_page_of_an_undo_link_show_its_expiry,
    lost_phone_page_mentions_no_waiting_time_if_it_is_0_hours,
];

/// Notifications after which the account holder needs a new password, because an attacker may know the old one.
const WITH_PASSWORD_LINK: [&str; 11] = [
    "phone_restored",
    "email_restored",
    "factor_held",
    "factor_failures",
    "new_device_sign_in",
    "password_changed",
    "username_changed",
    "authenticator_added",
    "authenticator_removed",
    "recovery_codes_created",
    "recovery_code_used",
];

/// Notifications without any link.
const WITHOUT_LINK: [&str; 7] = [
    "two_factor_set_up",
    "two_factor_reset",
    "recovery_cancelled",
    "recovery_completed",
    "email_proof_conflict",
    "deletion_withdrawn",
    "account_erased",
];

/// Returns a notification with this name, as the outbox stores it.
fn notification_as_stored_json(name: &str) -> Value {
    let phone = domain::PhoneNumber::from_e164("+447700906053").expect("valid E.164 number");
    let on = CalendarDay {
        year: 2026,
        month: 12,
        day: 31,
    };
    json!({ "notice": name, "language": "en", "phone": phone.masked_hint(), "on": on, "left": 3,
            "device": "Firefox on Linux", "at": 1_798_725_959_000_i64 })
}

/// A notification that was sent to a mailbox and to a phone.
struct SentNotification {
    name: &'static str,
    mail: String,
    sms: String,
}

/// Sends these notifications to new recipients. Returns the texts that arrived, in the same order.
async fn send_by_mail_and_sms(app: &RunningApp, names: &[&'static str]) -> Vec<SentNotification> {
    let mut queued = Vec::new();
    for name in names {
        let recipient = User::with_unique_details();
        let stored = notification_as_stored_json(name);
        app.queue_notification("mail", &recipient.email, &stored)
            .await;
        app.queue_notification("sms", &recipient.phone, &stored)
            .await;
        queued.push((*name, recipient));
    }
    let mut sent = Vec::new();
    for (name, User { email, phone, .. }) in queued {
        let mail = app.simulator.mailbox_of(&email).next_mail().await.text;
        let mut phone = app.simulator.phone_with_number(&phone);
        let sms = phone.next_notification().await;
        sent.push(SentNotification { name, mail, sms });
    }
    sent
}

async fn messages_about_a_possibly_known_password_link_to_the_page_for_a_new_one(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let url = format!("http://{}/forgot-password", app.address);
    for SentNotification { name, mail, sms } in
        send_by_mail_and_sms(&app, &WITH_PASSWORD_LINK).await
    {
        assert!(mail.contains(&format!("\n{url}\n")), "{name}: {mail}");
        assert!(sms.ends_with(&format!(" {url}")), "{name}: {sms}");
        assert!(!sms.contains("administrator"), "{name}: {sms}");
    }
    for SentNotification { name, mail, sms } in send_by_mail_and_sms(&app, &WITHOUT_LINK).await {
        assert!(!mail.contains("http"), "{name}: {mail}");
        assert!(!sms.contains("http"), "{name}: {sms}");
    }
}

async fn mails_about_a_lost_phone_link_to_the_page_of_a_new_password(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.open_recovery(&ann).await;
    app.simulator
        .advance_clock(RECOVERY_DELAY_SECS / 2 + 1)
        .await;
    let url = format!("http://{}/forgot-password", app.address);
    for subject in [REQUESTED_SUBJECT, OPENED_SUBJECT, REMINDER_SUBJECT] {
        let mut inbox = app.simulator.mailbox_of(&ann.email);
        let mail = wait_for_mail_with_subject(&mut inbox, subject).await;
        let advice = format!("change your password.\n{url}\n\n");
        assert!(mail.text.contains(&advice), "{}", mail.text);
        assert!(
            mail.html.contains(&format!("href=\"{url}\"")),
            "{}",
            mail.html
        );
    }
}

async fn late_reminder_of_a_recovery_says_the_remaining_hours(database: Database) {
    let app = TestApp::start(database).await;
    for (waited_hours, words) in [(56, "In 16 hours the"), (73, "From now on the")] {
        let ann = app.register_user().await;
        app.open_recovery(&ann).await;
        app.simulator.advance_clock(waited_hours * 3600 + 1).await;
        let mut inbox = app.simulator.mailbox_of(&ann.email);
        let mail = wait_for_mail_with_subject(&mut inbox, REMINDER_SUBJECT).await;
        assert!(mail.text.contains(words), "{}", mail.text);
    }
}

async fn waiting_times_of_0_and_1_hours_have_their_own_wording_in_messages(database: Database) {
    for (hours, words, words_of_sms) in [
        ("0", "From now on the", "new number now."),
        ("1", "In 1 hour the", "new number in 1 hour."),
    ] {
        let app = TestApp::builder(database)
            .with_setting("SALLYPORT_RECOVERY_DELAY_HOURS", hours)
            .start()
            .await;
        let ann = app.register_user().await;
        let token = app.request_recovery(&ann).await;
        let mut phone = app.simulator.phone_with_number(&ann.phone);
        phone.skip_received_messages().await;
        app.new_browser()
            .submit_form(&call::open_recovery_by_link(&token))
            .await
            .expect_step();
        let mut inbox = app.simulator.mailbox_of(&ann.email);
        let mail = wait_for_mail_with_subject(&mut inbox, OPENED_SUBJECT).await;
        assert!(mail.text.contains(words), "{}", mail.text);
        let sms = phone.next_notification().await;
        assert!(sms.contains(words_of_sms), "{sms}");
    }
}

async fn mail_with_a_code_links_to_the_page_that_accepts_the_code(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    browser.request_email_code(&app, &ann.email).await;
    let mail = app.wait_for_mail(&ann.email, CODE_SUBJECT).await;
    let url = format!("http://{}/verify-email", app.address);
    let line = format!("Enter it here:\n{url}\n");
    assert!(mail.text.contains(&line), "{}", mail.text);
    let button = format!("<a class=\"button\" href=\"{url}\"");
    assert!(mail.html.contains(&button), "{}", mail.html);
    let page = app.new_browser().load_page("/verify-email").await;
    assert_eq!(page.location(), "/login", "the sign-in comes first");
}

async fn mail_and_page_of_an_undo_link_show_its_expiry(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (_, mut browser, token) = app.change_email(&ann).await;
    let mut inbox = app.simulator.mailbox_of(&ann.email);
    let mail = wait_for_mail_with_subject(&mut inbox, EMAIL_CHANGED_SUBJECT).await;
    let probe = app.open_database().await;
    let expires_at = probe
        .read_number("SELECT expires_at FROM contact_changes")
        .await;
    let sentence = Language::English.link_expiry_text(Timestamp::from_millis(expires_at));
    for text in [&mail.text, &mail.html] {
        assert!(text.contains(&sentence), "{sentence} is not in {text}");
    }
    let page = browser.load_page(&format!("/undo/{token}")).await.text();
    let (_, time) = sentence.rsplit_once(", ").expect("a time of day");
    let time = time.trim_end_matches('.');
    for words in ["This link works until", time] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
}

async fn lost_phone_page_mentions_no_waiting_time_if_it_is_0_hours(database: Database) {
    for (hours, words) in [
        (
            "0",
            "After you open it and confirm, your password is enough",
        ),
        ("1", "After you open it and confirm, you wait 1 hour. Then"),
    ] {
        let app = TestApp::builder(database)
            .with_setting("SALLYPORT_RECOVERY_DELAY_HOURS", hours)
            .start()
            .await;
        let page = app.new_browser().load_page("/lost-phone").await.text();
        assert!(page.contains(words), "{words} is not in {page}");
    }
}
