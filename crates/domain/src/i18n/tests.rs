use super::*;
use crate::PhoneNumber;

/// The basic character set of 3GPP TS 23.038, as far as it is ours: one septet each.
fn is_gsm(c: char) -> bool {
    c.is_ascii_alphanumeric() || " @$\n!\"#%&'()*+,-./:;<=>?_ÄÖÜäöüß".contains(c)
}

fn notices() -> Vec<Notification> {
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
    ]
}

fn letters() -> impl Iterator<Item = Letter> {
    Language::ALL.into_iter().flat_map(|language| {
        notices()
            .into_iter()
            .map(move |notice| language.letter(&notice))
    })
}

#[test]
fn a_text_message_is_one_segment_and_says_who_writes() {
    for text in letters().map(|letter| letter.sms()) {
        assert!(text.starts_with("Sallyport: "), "{text}");
        assert!(text.chars().all(is_gsm), "{text}");
        let length = text.chars().count();
        assert!(length <= 160, "{length} characters: {text}");
    }
}

#[test]
fn every_notice_ends_by_saying_what_to_do_if_it_was_somebody_else() {
    for letter in letters() {
        let advice = letter.advice.to_lowercase();
        assert!(
            ["not", "nicht"].iter().any(|word| advice.contains(word)),
            "{advice}"
        );
        assert!(letter.sms().ends_with(letter.advice));
        let end = format!("{}\n\nSallyport\n", letter.advice);
        assert!(letter.body().ends_with(&end), "{}", letter.body());
    }
}

/// OTP-11, LEAK-04
#[test]
fn of_a_number_only_the_mask_is_told_and_nothing_can_be_followed_or_entered() {
    for letter in letters() {
        for text in [letter.subject.to_owned(), letter.sms(), letter.body()] {
            let shown = text
                .replace("(***) ***-6053", "")
                .replace(&u32::MAX.to_string(), "");
            assert!(!shown.bytes().any(|b| b.is_ascii_digit()), "{text}");
            assert!(!text.contains("http") && !text.contains("www"), "{text}");
        }
    }
}

#[test]
fn a_mail_is_plain_text_in_short_lines() {
    for letter in letters() {
        let body = letter.body();
        assert!(
            body.lines().all(|line| line.chars().count() <= 100),
            "{body}"
        );
        assert!(letter.subject.len() <= 60, "{}", letter.subject);
    }
}

#[test]
fn the_languages_differ_wherever_they_say_a_sentence() {
    for notice in notices() {
        let [one, other] = Language::ALL.map(|language| language.letter(&notice));
        assert_ne!(one.subject, other.subject);
        assert_ne!(one.short, other.short);
        assert_ne!(one.long, other.long);
        assert_ne!(one.advice, other.advice);
    }
}
