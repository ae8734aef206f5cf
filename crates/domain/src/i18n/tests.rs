use std::fs;
use std::path::Path;

use super::notification_text::replace_non_gsm_letters;
use super::*;
use crate::{
    CalendarDay, ChangeId, Device, FlashMessage, Language, Notification, NotificationPage,
    PhoneNumber, RecoveryId, Timestamp,
};

/// Returns whether notification texts may use the GSM character `c` of one septet (3GPP TS 23.038).
pub(super) fn is_gsm_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || " @$\n!\"#%&'()*+,-./:;<=>?_ÄÖÜäöüßàèéìòùñÉÑÇ¡¿".contains(c)
}

/// Service name of the maximum length [`MAX_SENDER_CHARS`].
pub(super) const SERVICE: &str = "Acme Online";
const SIGN_IN_URL: &str = "https://sallyport.example.com/login";

/// 2026-12-31, 14:05:59 UTC.
pub(super) const AT: Timestamp = Timestamp::from_millis(1_798_725_959_000);

pub(super) const FORGOT_PASSWORD_URL: &str = "https://sallyport.example.com/forgot-password";

/// Returns the links of a mail that links to the sign-in page.
fn sign_in_link() -> MessageLinks {
    MessageLinks {
        link_or_code: Some(LinkOrCode::Link {
            url: SIGN_IN_URL.to_owned(),
        }),
        advice_url: None,
    }
}

/// Returns an example of every notification.
pub(super) fn example_notifications() -> Vec<Notification> {
    let phone = PhoneNumber::from_e164("+3584012346053")
        .expect("E.164")
        .masked_hint();
    let on = CalendarDay {
        year: 2026,
        month: 12,
        day: 31,
    };
    vec![
        Notification::RegistrationConflict,
        Notification::TwoFactorSetUp {
            phone: phone.clone(),
        },
        Notification::PhoneChanged {
            phone: phone.clone(),
            undo: None,
        },
        Notification::PhoneChanged {
            phone: phone.clone(),
            undo: Some(ChangeId::from_bits(1)),
        },
        Notification::PhoneRestored {
            phone: phone.clone(),
        },
        Notification::RecoveryRequested,
        Notification::RecoveryOpened {
            recovery: RecoveryId::from_bits(1),
            hours: u32::MAX,
        },
        Notification::RecoveryReminder {
            recovery: RecoveryId::from_bits(1),
            hours: u32::MAX,
        },
        Notification::RecoveryReminder {
            recovery: RecoveryId::from_bits(1),
            hours: 0,
        },
        Notification::RecoveryCancelled,
        Notification::RecoveryCompleted { phone },
        Notification::AuthenticatorAdded,
        Notification::AuthenticatorRemoved,
        Notification::RecoveryCodesCreated,
        Notification::RecoveryCodeUsed { left: u32::MAX },
        Notification::FactorHeld,
        Notification::FactorFailures,
        Notification::NewDeviceSignIn {
            device: Device::from_stored("Samsung Internet on Android"),
            at: AT,
        },
        Notification::TwoFactorReset,
        Notification::PasswordResetRequested,
        Notification::PasswordChanged,
        Notification::EmailProof,
        Notification::EmailProofConflict,
        Notification::EmailChangeRequested,
        Notification::EmailChanged { undo: None },
        Notification::EmailChanged {
            undo: Some(ChangeId::from_bits(1)),
        },
        Notification::EmailRestored,
        Notification::UsernameChanged,
        Notification::DeletionRequested { on },
        Notification::DeletionWithdrawn,
        Notification::AccountErased { on },
    ]
}

/// Returns the texts of every notification in every language.
fn notification_texts() -> impl Iterator<Item = NotificationText> {
    Language::ALL.into_iter().flat_map(|language| {
        example_notifications()
            .into_iter()
            .map(move |notification| language.notification_text(&notification))
    })
}

#[test]
fn notification_sms_is_one_segment_and_names_the_sender() {
    assert_eq!(SERVICE.len(), MAX_SENDER_CHARS);
    for text in notification_texts().map(|text| text.sms_text(SERVICE)) {
        assert!(text.starts_with("Acme Online: "), "{text}");
        assert!(text.chars().all(is_gsm_character), "{text}");
        let length = text.chars().count();
        assert!(length <= 160, "{length} characters: {text}");
    }
}

/// Uses the longest possible links: a token has 43 characters, and hours have at most four digits.
#[test]
fn notification_sms_with_a_link_is_one_segment() {
    let link = format!("https://sallyport.example.com/recovery/{}", "a".repeat(43));
    for language in Language::ALL {
        let linked = example_notifications().into_iter().filter(|notification| {
            notification
                .page()
                .is_some_and(NotificationPage::is_page_linked_in_sms)
        });
        for notification in linked {
            let url = match notification.page() {
                Some(NotificationPage::ForgotPassword) => FORGOT_PASSWORD_URL,
                _ => link.as_str(),
            };
            let text = language
                .notification_text(&notification)
                .sms_text_with_link(SERVICE, url);
            assert!(text.ends_with(url), "{text}");
            assert!(text.chars().all(is_gsm_character), "{text}");
            let text = text.replace(&u32::MAX.to_string(), "9999");
            assert!(text.chars().count() <= 160, "{text}");
        }
    }
}

/// The operator configures the name of the service, so the texts must not contain the default name.
#[test]
fn no_text_contains_the_default_service_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/i18n");
    let mut folders = vec![folder];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.to_string_lossy().ends_with("tests.rs") {
                let text = fs::read_to_string(&path).expect("a text file");
                assert!(
                    !text.to_lowercase().contains("sallyport"),
                    "{}",
                    path.display()
                );
                read += 1;
            }
        }
    }
    assert!(read >= 12, "{read} files");
}

/// Uses some thousand repeated events, which is more than the rate limits allow.
#[test]
fn sms_about_repeated_events_is_one_segment_and_states_their_number() {
    for language in Language::ALL {
        for notification in example_notifications() {
            let text = language
                .notification_text_with_repeat_count(&notification, 9_999)
                .sms_text(SERVICE);
            assert!(text.contains("9999"), "{text}");
            assert!(text.chars().all(is_gsm_character), "{text}");
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
fn sentence_about_repeated_events_has_singular_and_plural() {
    let text = |language: Language, repeats| {
        language
            .notification_text_with_repeat_count(&Notification::RecoveryCodesCreated, repeats)
            .sms_text(SERVICE)
    };
    for (language, one, many) in [
        (
            Language::English,
            " And 1 more time. ",
            " And 12 more times. ",
        ),
        (Language::German, " Und noch einmal. ", " Und noch 12-mal. "),
        (
            Language::French,
            " Et encore une fois. ",
            " Et encore 12 fois. ",
        ),
        (Language::Spanish, " Y 1 vez más. ", " Y 12 veces más. "),
        (
            Language::Portuguese,
            " E mais 1 vez. ",
            " E mais 12 vezes. ",
        ),
        (
            Language::Polish,
            " I jeszcze 1 raz. ",
            " I jeszcze 12 razy. ",
        ),
    ] {
        for (repeats, words) in [(1, one), (12, many)] {
            let sms = text(language, repeats);
            assert!(sms.contains(&replace_non_gsm_letters(words)), "{sms}");
        }
        let plain = language.notification_text(&Notification::RecoveryCodesCreated);
        assert_eq!(text(language, 0), plain.sms_text(SERVICE));
        let mail = language
            .notification_text_with_repeat_count(&Notification::RecoveryCodesCreated, 12)
            .mail_body(SERVICE, &sign_in_link());
        assert!(mail.contains(&format!("\n{}\n", many.trim())), "{mail}");
    }
}

#[test]
fn name_of_a_notification_is_its_serialised_tag() {
    for notification in example_notifications() {
        let json = serde_json::to_value(&notification).expect("serialises");
        assert_eq!(json["notice"], notification.name());
    }
}

#[test]
fn every_notification_ends_with_advice_for_users_who_did_not_cause_it() {
    // "Not", and in Polish also "someone else".
    let not_the_user = ["not", "nicht", "pas", "no", "não", "nie", "inny"];
    for notification in notification_texts() {
        for advice in [
            notification.advice,
            notification.mail_advice(&sign_in_link()),
        ] {
            let advice = advice.to_lowercase();
            let mut words = advice.split(|c: char| !c.is_alphabetic());
            assert!(words.any(|word| not_the_user.contains(&word)), "{advice}");
        }
        let last = replace_non_gsm_letters(notification.advice);
        assert!(notification.sms_text(SERVICE).ends_with(&last));
        let advice = notification.mail_advice(&sign_in_link());
        let end = format!("{advice}\n\n{SERVICE}\n");
        let body = notification.mail_body(SERVICE, &sign_in_link());
        assert!(body.ends_with(&end), "{body}");
    }
}

#[test]
fn notifications_contain_only_the_masked_number_and_no_code() {
    for notification in notification_texts() {
        for text in [
            notification.subject.to_owned(),
            notification.sms_text(SERVICE),
            notification.mail_body(SERVICE, &sign_in_link()),
        ] {
            let shown = text
                .replace(SIGN_IN_URL, "")
                .replace("+358 ***-6053", "")
                .replace(&u32::MAX.to_string(), "")
                .replace("2026", "");
            // Numbers of hours, minutes and days have fewer digits than the shortest code.
            let mut numbers = shown.split(|c: char| !c.is_ascii_digit());
            assert!(numbers.all(|number| number.len() <= 2), "{text}");
            assert!(!shown.contains("http") && !shown.contains("www"), "{text}");
        }
    }
}

#[test]
fn only_mails_that_link_to_a_page_contain_its_url() {
    for language in Language::ALL {
        for notification in example_notifications() {
            let text = language.notification_text(&notification);
            let named = text
                .mail_body(SERVICE, &sign_in_link())
                .contains(SIGN_IN_URL);
            assert_eq!(named, notification.page().is_some(), "{notification:?}");
        }
    }
}

#[test]
fn lines_of_notification_mails_are_short() {
    for notification in notification_texts() {
        let body = notification.mail_body(SERVICE, &sign_in_link());
        assert!(
            body.lines().all(|line| line.chars().count() <= 100),
            "{body}"
        );
        assert!(notification.subject.len() <= 60, "{}", notification.subject);
    }
}

#[test]
fn every_notification_is_translated() {
    for notification in example_notifications() {
        let texts = Language::ALL.map(|language| language.notification_text(&notification));
        for (at, one) in texts.iter().enumerate() {
            for other in &texts[at + 1..] {
                assert_ne!(one.subject, other.subject);
                assert_ne!(one.short, other.short);
                assert_ne!(one.long, other.long);
                assert_ne!(one.advice, other.advice);
            }
        }
    }
}

#[test]
fn message_after_a_deletion_request_names_the_day_in_every_language() {
    let on = CalendarDay::from_timestamp(AT);
    for language in Language::ALL {
        let text = (language.page_texts().flash_message)(FlashMessage::DeletionRequested { on });
        assert!(text.contains("31") && text.contains("2026"), "{text}");
    }
}

/// An account without a second factor has no code, so the mail names the condition.
#[test]
fn mail_with_a_reset_link_mentions_a_code_only_for_accounts_with_a_second_factor() {
    for (language, condition) in [
        (Language::English, "If\ntwo-factor authentication is set up"),
        (Language::German, "Ist für Ihr Konto"),
        (Language::French, "Si l’authentification"),
        (Language::Spanish, "Si la autenticación"),
        (Language::Portuguese, "Se a autenticação"),
        (Language::Polish, "Jeśli dla\nkonta"),
    ] {
        let text = language.notification_text(&Notification::PasswordResetRequested);
        assert!(text.long.contains(condition), "{}", text.long);
    }
}

/// An operator can request a deletion and withdraw it, and an undone change withdraws it too.
#[test]
fn mails_about_a_deletion_do_not_say_that_the_user_requested_or_withdrew_it() {
    let on = CalendarDay::from_timestamp(AT);
    for (language, words) in [
        (Language::English, ["You asked", "You signed in"]),
        (Language::German, ["Sie haben die", "Sie haben sich"]),
        (Language::French, ["Vous avez demandé", "vous avez choisi"]),
        (Language::Spanish, ["Usted pidió", "Usted inició"]),
        (Language::Portuguese, ["Você pediu", "Você entrou"]),
        (Language::Polish, ["Poproszono", "Po zalogowaniu"]),
    ] {
        let requested = language.notification_text(&Notification::DeletionRequested { on });
        let withdrawn = language.notification_text(&Notification::DeletionWithdrawn);
        for (text, words) in [requested.long, withdrawn.long].iter().zip(words) {
            assert!(!text.contains(words), "{text}");
        }
    }
}
