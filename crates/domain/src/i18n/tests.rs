use super::*;
use crate::{Language, Notification, PhoneNumber};

/// The characters of the GSM basic set (3GPP TS 23.038) that the texts use: one septet each.
fn is_gsm(c: char) -> bool {
    c.is_ascii_alphanumeric() || " @$\n!\"#%&'()*+,-./:;<=>?_ÄÖÜäöüß".contains(c)
}

const SIGN_IN_URL: &str = "https://sallyport.example.com/login";

fn notifications() -> Vec<Notification> {
    let phone = PhoneNumber::from_e164("+447700906053")
        .expect("E.164")
        .hint();
    vec![
        Notification::RegistrationConflict,
        Notification::TwoFactorSetUp {
            phone: phone.clone(),
        },
        Notification::PhoneChanged { phone },
        Notification::AuthenticatorAdded,
        Notification::AuthenticatorRemoved,
        Notification::RecoveryCodesCreated,
        Notification::RecoveryCodeUsed { left: u32::MAX },
        Notification::FactorHeld,
        Notification::FactorFailures,
        Notification::TwoFactorReset,
        Notification::SessionsEnded,
        Notification::PasswordResetRequested,
        Notification::PasswordChanged,
    ]
}

fn notification_texts() -> impl Iterator<Item = NotificationText> {
    Language::ALL.into_iter().flat_map(|language| {
        notifications()
            .into_iter()
            .map(move |notification| language.notification_text(&notification))
    })
}

#[test]
fn a_text_message_is_one_segment_and_names_the_sender() {
    for text in notification_texts().map(|text| text.sms()) {
        assert!(text.starts_with("Sallyport: "), "{text}");
        assert!(text.chars().all(is_gsm), "{text}");
        let length = text.chars().count();
        assert!(length <= 160, "{length} characters: {text}");
    }
}

/// A message for some thousand repeated events, which the limits never reach, is one segment too.
#[test]
fn repeated_text_message_is_one_segment_and_states_the_number() {
    for language in Language::ALL {
        for notification in notifications() {
            let text = language
                .repeated_notification_text(&notification, 9_999)
                .sms();
            assert!(text.contains("9999"), "{text}");
            assert!(text.chars().all(is_gsm), "{text}");
            let left = u32::MAX.to_string().len() - 2;
            let length = text.chars().count()
                - match notification {
                    // There are at most 10 codes.
                    Notification::RecoveryCodeUsed { .. } => left,
                    _ => 0,
                };
            assert!(length <= 160, "{length} characters: {text}");
        }
    }
}

#[test]
fn repeated_events_are_counted_in_singular_and_plural() {
    let text = |language: Language, repeats| {
        language
            .repeated_notification_text(&Notification::RecoveryCodesCreated, repeats)
            .sms()
    };
    for (language, one, many) in [
        (
            Language::English,
            " And 1 more time. ",
            " And 12 more times. ",
        ),
        (Language::German, " Und noch einmal. ", " Und noch 12-mal. "),
    ] {
        assert!(text(language, 1).contains(one), "{}", text(language, 1));
        assert!(text(language, 12).contains(many), "{}", text(language, 12));
        let plain = language.notification_text(&Notification::RecoveryCodesCreated);
        assert_eq!(text(language, 0), plain.sms());
        let mail = language
            .repeated_notification_text(&Notification::RecoveryCodesCreated, 12)
            .body("https://id.example.org/login");
        assert!(mail.contains(&format!("\n{}\n", many.trim())), "{mail}");
    }
}

#[test]
fn name_of_a_notification_is_its_serialised_tag() {
    for notification in notifications() {
        let json = serde_json::to_value(&notification).expect("serialises");
        assert_eq!(json["notice"], notification.name());
    }
}

#[test]
fn every_notification_ends_with_advice_for_users_who_did_not_cause_it() {
    for notification in notification_texts() {
        let advice = notification.advice.to_lowercase();
        assert!(
            ["not", "nicht"].iter().any(|word| advice.contains(word)),
            "{advice}"
        );
        assert!(notification.sms().ends_with(notification.advice));
        let end = format!("{}\n\nSallyport\n", notification.advice);
        let body = notification.body(SIGN_IN_URL);
        assert!(body.ends_with(&end), "{body}");
    }
}

#[test]
fn notifications_contain_only_the_masked_number_and_no_code() {
    for notification in notification_texts() {
        for text in [
            notification.subject.to_owned(),
            notification.sms(),
            notification.body(SIGN_IN_URL),
        ] {
            let shown = text
                .replace(SIGN_IN_URL, "")
                .replace("(***) ***-6053", "")
                .replace(&u32::MAX.to_string(), "");
            assert!(!shown.bytes().any(|b| b.is_ascii_digit()), "{text}");
            assert!(!shown.contains("http") && !shown.contains("www"), "{text}");
        }
    }
}

#[test]
fn only_mails_with_a_page_name_its_address() {
    for language in Language::ALL {
        for notification in notifications() {
            let text = language.notification_text(&notification);
            let named = text.body(SIGN_IN_URL).contains(SIGN_IN_URL);
            assert_eq!(named, notification.page().is_some(), "{notification:?}");
        }
    }
}

#[test]
fn mail_bodies_have_short_lines() {
    for notification in notification_texts() {
        let body = notification.body(SIGN_IN_URL);
        assert!(
            body.lines().all(|line| line.chars().count() <= 100),
            "{body}"
        );
        assert!(notification.subject.len() <= 60, "{}", notification.subject);
    }
}

#[test]
fn every_notification_is_translated() {
    for notification in notifications() {
        let [one, other] = Language::ALL.map(|language| language.notification_text(&notification));
        assert_ne!(one.subject, other.subject);
        assert_ne!(one.short, other.short);
        assert_ne!(one.long, other.long);
        assert_ne!(one.advice, other.advice);
    }
}
