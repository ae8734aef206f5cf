//! Mails and text messages with the brand of an operator.

use domain::Purpose;
use serde_json::{Value, json};

use crate::support::brand::{
    ACCENT_DARK, ACCENT_LIGHT, NAME, NAME_AS_HTML, assert_default_name_absent, start_branded_app,
};
use crate::support::{Database, RunningApp, email_proof, on_both_databases, page, wrong_code};

on_both_databases![mails_and_text_messages_have_the_brand_in_place_of_the_default_name,];

/// Returns every notification, as the outbox stores it.
fn every_notification_as_stored_json() -> Vec<Value> {
    let day = json!({ "year": 2026, "month": 12, "day": 31 });
    let phone = json!(
        domain::PhoneNumber::from_e164("+447700906053")
            .expect("valid E.164 number")
            .masked_hint()
    );
    let source = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/crates/domain/src/notification.rs"
    );
    let source = std::fs::read_to_string(source).expect("source file is read");
    let names = page::texts_between(&source, " => \"", "\",");
    assert!(names.len() > 25, "{names:?}");
    let fields = |name: &String| {
        json!({ "notice": name, "phone": phone, "on": day, "left": 3, "hours": 72,
                "recovery": domain::RecoveryId::from_bits(1), "device": "Firefox on Linux",
                "at": 1_798_725_959_000_i64 })
    };
    names.iter().map(fields).collect()
}

/// Query that counts unsent notifications, except the reminder of a recovery, which is due 36 hours later.
const UNSENT: &str =
    "SELECT COUNT(*) FROM outbox WHERE done_at = 0 AND kind NOT LIKE 'recovery_reminder%'";

async fn mails_and_text_messages_have_the_brand_in_place_of_the_default_name(database: Database) {
    let app = start_branded_app(database).await;
    let ann = app.register_user().await;
    // Mails with links and codes need database records, which only complete journeys create.
    app.request_reset_token(&ann).await;
    let dan = app.register_user().await;
    app.open_recovery(&dan).await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    browser.begin_email_change(&app, "new@example.com").await;
    app.skip_resend_cooldown().await;
    let bob = app.register_user().await;
    app.change_phone(&bob).await;
    let cay = app.register_user_with_unverified_email().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &cay).await;
    for _ in 0..3 {
        browser
            .enter_code(Purpose::SignIn, &wrong_code(&code))
            .await;
    }
    for language in ["en", "de"] {
        // The server sends at most 60 text messages a minute.
        app.simulator.advance_clock(60).await;
        for (number, mut stored) in every_notification_as_stored_json().into_iter().enumerate() {
            stored["language"] = json!(language);
            app.queue_notification("mail", &ann.email, &stored).await;
            let area = 201 + number;
            let phone = format!("+1{area}555{:04}", 100 + number);
            app.queue_notification("sms", &phone, &stored).await;
        }
        app.open_database().await.wait_for_number(UNSENT, 0).await;
    }
    assert_mails_have_the_brand(
        &app,
        &[
            &ann.email,
            "new@example.com",
            &bob.email,
            &cay.email,
            &dan.email,
        ],
    )
    .await;
    assert_text_messages_without_default_name(&app).await;
}

/// Asserts that the mails to these addresses have the name and accent of the brand, and not the default product name.
async fn assert_mails_have_the_brand(app: &RunningApp, addresses: &[&str]) {
    let mut subjects = Vec::new();
    for address in addresses {
        for mail in app.simulator.mailbox_of(address).list_mails().await {
            for text in [&mail.from, &mail.subject, &mail.text, &mail.html] {
                assert_default_name_absent(&mail.subject, text);
            }
            assert_eq!(mail.from, "no-reply@example.com");
            let end = format!("\n\n{NAME}\n");
            assert!(mail.text.ends_with(&end), "{}", mail.text);
            for look in [NAME_AS_HTML, ACCENT_LIGHT, ACCENT_DARK] {
                assert!(mail.html.contains(look), "{look} is not in {}", mail.html);
            }
            subjects.push(mail.subject);
        }
    }
    subjects.sort();
    subjects.dedup();
    let notifications = every_notification_as_stored_json().len();
    assert!(
        subjects.len() > notifications,
        "{} subjects in two languages: {subjects:?}",
        subjects.len()
    );
    assert!(
        subjects
            .iter()
            .any(|subject| subject == email_proof::CANCEL_SUBJECT)
    );
}

/// Asserts that no text message contains the default product name.
async fn assert_text_messages_without_default_name(app: &RunningApp) {
    let messages = app.simulator.list_messages().await;
    let (mut codes, mut notifications) = (0, Vec::new());
    for message in messages {
        let text = message["body"].as_str().expect("value is text").to_owned();
        assert_default_name_absent("text message", &text);
        if message["code"].is_null() {
            assert!(text.starts_with("Acme Bank: "), "{text}");
            notifications.push(text);
        } else {
            assert!(text.contains("Acme Bank"), "{text}");
            codes += 1;
        }
    }
    notifications.sort();
    notifications.dedup();
    assert!(codes > 5, "{codes} codes");
    assert!(notifications.len() > 20, "{notifications:?}");
    let with_link = notifications.iter().any(|text| text.contains("/undo/"));
    assert!(with_link, "{notifications:?}");
}
