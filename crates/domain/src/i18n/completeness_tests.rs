use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::TimeAgo;
use crate::{Language, Problem};

/// User interface texts that are the same in English and in another language.
const SAME_AS_IN_ENGLISH: [&str; 12] = [
    " minutes.",
    " s.",
    "April",
    "August",
    "November",
    "Pages",
    "September",
    "Status",
    "Transaction",
    "in ",
    "minute",
    "{day} {month} {year}, {time} UTC",
];

/// Returns the string literals in the source code of a Rust file, without unescaping them.
fn list_string_literals(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(['"', '/']) {
        let (from, is_text) = (&rest[at..], rest[at..].starts_with('"'));
        if from.starts_with("//") {
            rest = from.split_once('\n').map_or("", |(_, next)| next);
            continue;
        }
        rest = &from[1..];
        if !is_text {
            continue;
        }
        let mut is_escaped = false;
        let end = rest.find(|c| {
            let ends = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            ends
        });
        let end = end.expect("the end of a literal");
        found.push(rest[..end].to_owned());
        rest = &rest[end + 1..];
    }
    found
}

/// Returns all user interface texts in the source files of a language, except those in the file `without`.
fn list_texts_of_language(language: Language, without: &str) -> BTreeSet<String> {
    let folder = format!("src/i18n/{language:?}").to_lowercase();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = fs::read_dir(folder).expect("a folder");
    let paths = files.map(|file| file.expect("a file").path());
    paths
        .filter(|path| !path.ends_with(without))
        .flat_map(|path| list_string_literals(&fs::read_to_string(path).expect("a text file")))
        .filter(|text| has_letters_outside_placeholders(text))
        .collect()
}

/// Returns whether a text has letters outside its `{…}` placeholders.
fn has_letters_outside_placeholders(text: &str) -> bool {
    let mut outside = text
        .split('{')
        .map(|part| part.split_once('}').map_or(part, |(_, after)| after));
    outside.any(|part| part.chars().any(char::is_alphabetic))
}

#[test]
fn texts_are_translated_unless_listed_as_same_in_english() {
    let english = list_texts_of_language(Language::English, "countries.rs");
    assert!(english.len() > 400, "{} texts", english.len());
    let mut same = BTreeSet::new();
    for language in Language::ALL {
        if language != Language::English {
            let texts = list_texts_of_language(language, "countries.rs");
            assert!(texts.len() > 400, "{language:?}: {} texts", texts.len());
            same.extend(texts.intersection(&english).cloned());
        }
    }
    let same: Vec<&str> = same.iter().map(String::as_str).collect();
    assert_eq!(same, SAME_AS_IN_ENGLISH);
}

/// Notifications keep the hyphen of the keyboard, because text messages contain only GSM characters.
#[test]
fn word_email_has_a_hyphen_without_line_break_in_all_texts_of_pages() {
    let mut without_break = 0;
    for language in Language::ALL {
        for text in list_texts_of_language(language, "notifications.rs") {
            let small = text.to_lowercase();
            assert!(!small.contains("e-mail"), "{language:?}: {text}");
            without_break += usize::from(small.contains("e\u{2011}mail"));
        }
    }
    assert!(without_break > 100, "{without_break} texts");
}

#[test]
fn waiting_times_have_the_plural_form_of_the_language() {
    let numbers = [0, 1, 2, 5, 12, 22];
    for (language, ago) in [
        (
            Language::English,
            "0 minutes ago, 1 minute ago, 2 minutes ago, 5 minutes ago, 12 minutes ago, 22 minutes ago",
        ),
        (
            Language::German,
            "vor 0 Minuten, vor 1 Minute, vor 2 Minuten, vor 5 Minuten, vor 12 Minuten, vor 22 Minuten",
        ),
        (
            Language::French,
            "il y a 0 minute, il y a 1 minute, il y a 2 minutes, il y a 5 minutes, il y a 12 minutes, il y a 22 minutes",
        ),
        (
            Language::Spanish,
            "hace 0 minutos, hace 1 minuto, hace 2 minutos, hace 5 minutos, hace 12 minutos, hace 22 minutos",
        ),
        (
            Language::Portuguese,
            "há 0 minuto, há 1 minuto, há 2 minutos, há 5 minutos, há 12 minutos, há 22 minutos",
        ),
        (
            Language::Polish,
            "0 minut temu, 1 minutę temu, 2 minuty temu, 5 minut temu, 12 minut temu, 22 minuty temu",
        ),
    ] {
        let text = language.page_texts().time.ago;
        let texts = numbers.map(|number| text(TimeAgo::Minutes(number)));
        assert_eq!(texts.join(", "), ago);
    }
}

#[test]
fn remaining_attempts_have_the_plural_form_of_the_language() {
    for (language, left) in [
        (
            Language::English,
            [
                "0 attempts remaining",
                "1 attempt remaining",
                "2 attempts remaining",
                "5 attempts remaining",
                "12 attempts remaining",
                "22 attempts remaining",
            ],
        ),
        (
            Language::German,
            [
                "Noch 0 Versuche",
                "Noch 1 Versuch",
                "Noch 2 Versuche",
                "Noch 5 Versuche",
                "Noch 12 Versuche",
                "Noch 22 Versuche",
            ],
        ),
        (
            Language::French,
            [
                "Il reste 0 tentative",
                "Il reste 1 tentative",
                "Il reste 2 tentatives",
                "Il reste 5 tentatives",
                "Il reste 12 tentatives",
                "Il reste 22 tentatives",
            ],
        ),
        (
            Language::Spanish,
            [
                "Quedan 0 intentos",
                "Queda 1 intento",
                "Quedan 2 intentos",
                "Quedan 5 intentos",
                "Quedan 12 intentos",
                "Quedan 22 intentos",
            ],
        ),
        (
            Language::Portuguese,
            [
                "0 tentativa restante",
                "1 tentativa restante",
                "2 tentativas restantes",
                "5 tentativas restantes",
                "12 tentativas restantes",
                "22 tentativas restantes",
            ],
        ),
        (
            Language::Polish,
            [
                "Pozostało 0 prób",
                "Pozostała 1 próba",
                "Pozostały 2 próby",
                "Pozostało 5 prób",
                "Pozostało 12 prób",
                "Pozostały 22 próby",
            ],
        ),
    ] {
        for (attempts_remaining, expected) in [0, 1, 2, 5, 12, 22].into_iter().zip(left) {
            let text =
                (language.page_texts().problem)(&Problem::InvalidCode { attempts_remaining });
            assert!(text.ends_with(&format!("{expected}.")), "{text}");
        }
    }
}

#[test]
fn every_language_names_the_same_countries() {
    let letters = || 'A'..='Z';
    let codes = letters().flat_map(|first| letters().map(move |second| format!("{first}{second}")));
    let mut named = 0;
    for code in codes {
        let is_named = |language: Language| {
            let name = (language.page_texts().profile.country_name)(&code);
            name.is_some_and(|name| !name.is_empty())
        };
        named += usize::from(is_named(Language::English));
        for language in Language::ALL {
            let as_in_english = is_named(language) == is_named(Language::English);
            assert!(as_in_english, "{language:?}: {code}");
        }
    }
    assert_eq!(named, 245);
}

#[test]
fn every_language_has_a_unique_name_and_tag() {
    let tags: BTreeSet<_> = Language::ALL
        .map(Language::language_tag)
        .into_iter()
        .collect();
    let names: BTreeSet<_> = Language::ALL.map(Language::name).into_iter().collect();
    assert_eq!(
        (tags.len(), names.len()),
        (Language::ALL.len(), Language::ALL.len())
    );
}

#[test]
fn button_that_ends_a_recovery_is_not_labelled_cancel_in_any_language() {
    for language in Language::ALL {
        let texts = language.page_texts();
        let (ends_recovery, cancel) = (texts.lost_phone.not_me, texts.shared.actions.cancel);
        assert_ne!(ends_recovery, cancel, "{language:?}");
    }
}
