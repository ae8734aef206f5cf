//! The texts of the islands as a list, and the wait for another code.

use super::*;
use crate::Language;

#[test]
fn sign_in_page_loads_no_texts_about_optional_fields() {
    for language in Language::ALL {
        let texts = language.island_texts().texts_of_sign_in_page();
        assert!(!texts.labels.fill_in_fields.is_empty());
        assert_eq!(texts.labels.fill_in_required_fields, "");
        assert_eq!(texts.labels.optional, "");
    }
}

#[test]
fn wait_for_another_code_is_in_hours_above_90_minutes() {
    for (language, secs, text) in [
        (
            Language::English,
            3_400,
            "You can request another code in 57 minutes.",
        ),
        (
            Language::English,
            5_400,
            "You can request another code in 90 minutes.",
        ),
        (
            Language::English,
            5_401,
            "You can request another code in 2 hours.",
        ),
        (
            Language::English,
            86_280,
            "You can request another code in 24 hours.",
        ),
        (
            Language::German,
            86_280,
            "Sie können in 24 Stunden einen weiteren Code anfordern.",
        ),
        (
            Language::Polish,
            86_280,
            "O kolejny kod można poprosić za 24 godz.",
        ),
    ] {
        let texts = &language.island_texts().code;
        assert_eq!(texts.format_long_wait_for_resend(secs), text);
    }
}

#[test]
fn user_interface_texts_survive_conversion_to_a_list_and_back() {
    for language in Language::ALL {
        let texts = language.island_texts();
        let mut list = Vec::new();
        texts.append_texts_of_all_fields(&mut list);
        assert_eq!(
            IslandTexts::from_texts_in_field_order(&list).as_ref(),
            Some(texts)
        );
        assert_eq!(IslandTexts::from_texts_in_field_order(&list[1..]), None);
        assert_eq!(
            IslandTexts::from_texts_in_field_order(&[list.as_slice(), &[""]].concat()),
            None
        );
    }
}
