//! Tests of the links, codes and times in notifications.

use super::tests::{AT, FORGOT_PASSWORD_URL, SERVICE, example_notifications, is_gsm_character};
use super::*;
use crate::{Device, Language, Notification, NotificationPage, RecoveryId};

/// Returns the mail and the text message about a recovery with this waiting time.
fn recovery_texts(language: Language, hours: u32) -> (String, String) {
    let notification = Notification::RecoveryOpened {
        recovery: RecoveryId::from_bits(1),
        hours,
    };
    let text = language.notification_text(&notification);
    (text.long, text.short)
}

#[test]
fn recovery_waiting_time_has_the_right_plural_form() {
    for (language, hours, words, short_words) in [
        (Language::English, 0, "From now on", "number now."),
        (Language::English, 1, "In 1 hour ", "in 1 hour."),
        (Language::English, 2, "In 2 hours ", "in 2 hours."),
        (Language::English, 72, "In 72 hours ", "in 72 hours."),
        (Language::German, 0, "Ab jetzt ", "neue Nummer jetzt."),
        (Language::German, 1, "In 1 Stunde ", "in 1 h."),
        (Language::German, 2, "In 2 Stunden ", "in 2 h."),
        (Language::German, 72, "In 72 Stunden ", "in 72 h."),
        (Language::French, 0, "Dès maintenant,", "numéro maintenant."),
        (Language::French, 1, "Dans 1 heure,", "dans 1 h."),
        (Language::French, 2, "Dans 2 heures,", "dans 2 h."),
        (Language::French, 72, "Dans 72 heures,", "dans 72 h."),
        (Language::Spanish, 0, "Desde ahora ", "número ya."),
        (Language::Spanish, 1, "En 1 hora ", "en 1 h."),
        (Language::Spanish, 2, "En 2 horas ", "en 2 h."),
        (Language::Spanish, 72, "En 72 horas ", "en 72 h."),
        (Language::Portuguese, 0, "A partir de agora,", "agora."),
        (Language::Portuguese, 1, "Em 1 hora,", "em 1 h."),
        (Language::Portuguese, 2, "Em 2 horas,", "em 2 h."),
        (Language::Portuguese, 72, "Em 72 horas,", "em 72 h."),
        (Language::Polish, 0, "Od teraz ", "od teraz."),
        (Language::Polish, 1, "Za 1 godzinę ", "za 1 h."),
        (Language::Polish, 2, "Za 2 godziny ", "za 2 h."),
        (Language::Polish, 72, "Za 72 godziny ", "za 72 h."),
    ] {
        let (mail, sms) = recovery_texts(language, hours);
        assert!(mail.contains(words), "{words} is not in {mail}");
        assert!(sms.contains(short_words), "{short_words} is not in {sms}");
    }
}

#[test]
fn mail_says_until_when_its_link_works() {
    for (language, sentence) in [
        (
            Language::English,
            "The link works until 31 Dec 2026, 14:05 UTC.",
        ),
        (Language::German, "Der Link gilt bis 31.12.2026, 14:05 UTC."),
        (
            Language::French,
            "Le lien est valable jusqu’au 31/12/2026, 14:05 UTC.",
        ),
        (
            Language::Spanish,
            "El enlace es válido hasta el 31/12/2026, 14:05 UTC.",
        ),
        (
            Language::Portuguese,
            "O link vale até 31/12/2026, 14:05 UTC.",
        ),
        (Language::Polish, "Link działa do 31.12.2026, 14:05 UTC."),
    ] {
        let mut text = language.notification_text(&Notification::EmailChanged {
            undo: Some(crate::ChangeId::from_bits(1)),
        });
        text.link_expiry = Some(language.link_expiry_text(AT));
        let url = "https://sallyport.example.com/undo/x";
        let links = MessageLinks {
            link_or_code: Some(LinkOrCode::Link {
                url: url.to_owned(),
            }),
            advice_url: None,
        };
        let body = text.mail_body(SERVICE, &links);
        assert!(body.contains(&format!("{url}\n\n{sentence}\n\n")), "{body}");
    }
}

#[test]
fn mail_about_a_new_device_names_the_device_and_the_time() {
    for (language, known, unknown, time) in [
        (
            Language::English,
            "device: Firefox on Linux.",
            "device: Unknown device.",
            "sign-in: 31 Dec 2026, 14:05 UTC.",
        ),
        (
            Language::German,
            "angemeldet: Firefox unter Linux.",
            "angemeldet: Unbekanntes Gerät.",
            "Zeitpunkt: 31.12.2026, 14:05 UTC.",
        ),
        (
            Language::French,
            "appareil\u{a0}: Firefox sous Linux.",
            "appareil\u{a0}: Appareil inconnu.",
            "connexion\u{a0}: 31/12/2026, 14:05 UTC.",
        ),
        (
            Language::Spanish,
            "nuevo: Firefox en Linux.",
            "nuevo: Dispositivo desconocido.",
            "Momento: 31/12/2026, 14:05 UTC.",
        ),
        (
            Language::Portuguese,
            "dispositivo: Firefox no Linux.",
            "dispositivo: Dispositivo desconhecido.",
            "login: 31/12/2026, 14:05 UTC.",
        ),
        (
            Language::Polish,
            "urządzenia: Firefox, Linux.",
            "urządzenia: Nieznane urządzenie.",
            "logowania: 31.12.2026, 14:05 UTC.",
        ),
    ] {
        for (device, words) in [("Firefox on Linux", known), ("", unknown)] {
            let device = Device::from_stored(device);
            let notification = Notification::NewDeviceSignIn { device, at: AT };
            let mail = language.notification_text(&notification).long;
            assert!(mail.contains(words), "{words} is not in {mail}");
            assert!(mail.contains(time), "{time} is not in {mail}");
        }
    }
}

#[test]
fn only_mails_with_a_link_or_code_have_a_button_label() {
    for language in Language::ALL {
        for notification in example_notifications() {
            let text = language.notification_text(&notification);
            assert_eq!(
                text.link_label.is_some(),
                notification.page().is_some(),
                "{notification:?}"
            );
            assert_eq!(
                text.link_label.is_some(),
                text.link_intro.is_some(),
                "{notification:?}"
            );
            let length = text.link_label.unwrap_or_default().chars().count();
            assert!(length <= 32, "{notification:?}: {length} characters");
        }
    }
}

#[test]
fn mail_with_a_code_names_the_page_that_takes_it() {
    for language in Language::ALL {
        let text = language.notification_text(&Notification::EmailProof);
        let links = MessageLinks {
            link_or_code: Some(LinkOrCode::Code {
                code: "123456".to_owned(),
                page_url: "https://sallyport.example.com/verify-email".to_owned(),
            }),
            advice_url: None,
        };
        let body = text.mail_body(SERVICE, &links);
        let intro = text.link_intro.expect("a line before the code");
        let page_intro = text.code_page_intro;
        let expected = format!(
            "{intro}\n123456\n\n{page_intro}\nhttps://sallyport.example.com/verify-email\n\n"
        );
        assert!(body.contains(&expected), "{body}");
    }
}

#[test]
fn password_change_advice_contains_the_page_url() {
    for language in Language::ALL {
        for notification in example_notifications() {
            if !notification.is_password_page_linked_in_advice() {
                continue;
            }
            let text = language.notification_text(&notification);
            let links = MessageLinks {
                link_or_code: Some(LinkOrCode::Link {
                    url: "https://sallyport.example.com/recovery/x".to_owned(),
                }),
                advice_url: Some(FORGOT_PASSWORD_URL.to_owned()),
            };
            let body = text.mail_body(SERVICE, &links);
            let end = format!("{}\n{FORGOT_PASSWORD_URL}\n\n{SERVICE}\n", text.advice);
            assert!(body.ends_with(&end), "{body}");
        }
    }
}

/// Uses 9,999 repeated events, which is more than the rate limits allow.
#[test]
fn sms_about_repeated_events_with_a_link_is_one_segment() {
    for language in Language::ALL {
        for notification in example_notifications() {
            if notification.page() != Some(NotificationPage::ForgotPassword) {
                continue;
            }
            let text = language
                .notification_text_with_repeat_count(&notification, 9_999)
                .sms_text_with_link(SERVICE, FORGOT_PASSWORD_URL);
            // There are at most 10 recovery codes.
            let text = text.replace(&u32::MAX.to_string(), "10");
            assert!(text.contains("9999"), "{text}");
            assert!(text.chars().all(is_gsm_character), "{text}");
            let length = text.chars().count();
            assert!(length <= 160, "{length} characters: {text}");
        }
    }
}
