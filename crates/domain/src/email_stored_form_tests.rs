//! Tests that the stored form of an e-mail address is parsed as the same address, whatever characters were typed.

use super::*;

/// Asserts that an accepted e-mail address is the same one when it is read from the database.
fn assert_stored_form_is_parsed_as_same_address(typed: &str) {
    let Ok(address) = EmailAddress::parse(typed) else {
        return;
    };
    let stored = EmailAddress::parse(address.as_str()).expect(typed);
    assert_eq!(stored.as_str(), address.as_str(), "{typed}");
    assert_eq!(stored.as_ascii(), address.as_ascii(), "{typed}");
    let ascii = EmailAddress::parse(address.as_ascii()).expect(typed);
    assert_eq!(ascii.canonical(), address.canonical(), "{typed}");
    assert_eq!(
        canonical_identifier(address.as_str()),
        address.canonical(),
        "{typed}"
    );
    assert!(address.as_ascii().is_ascii(), "{typed}");
}

#[test]
fn stored_form_of_an_email_address_with_any_character_is_parsed_as_the_same_address() {
    // The blocks with letters of the alphabets, punctuation, compatibility forms and symbols.
    let blocks = [
        0x21..=0x6ff,
        0x2000..=0x33ff,
        0xf900..=0xffff,
        0x1d400..=0x1d7ff,
        0x1f100..=0x1f6ff,
    ];
    for c in blocks.into_iter().flatten().filter_map(char::from_u32) {
        for typed in [
            format!("a@x{c}y.de"),
            format!("a@mü{c}.de"),
            format!("a{c}b@x.de"),
            format!("{c}a@x.de{c}"),
        ] {
            assert_stored_form_is_parsed_as_same_address(&typed);
        }
    }
}

#[test]
fn domain_with_a_character_that_contains_punctuation_is_refused() {
    for c in [
        '½', '¼', '⅓', '⅟', '↉', '⅞', 'ŉ', '㎧', '㎨', '㎮', '㏆', '℀', '℅', '⑴', '⁄', '∕', '’',
        '‛', '′', '〈', '⟨', '՝',
    ] {
        for typed in [format!("a@x{c}y.de"), format!("a@mü{c}y.de")] {
            let read = EmailAddress::parse(&typed);
            assert_eq!(read, Err(Problem::EmailInvalid), "{typed}");
        }
    }
    for typed in ["a@½.de", "a@x.½", "½a@x.de", "a½@x.de", "a⁄b@½.de"] {
        let read = EmailAddress::parse(typed);
        assert_eq!(read, Err(Problem::EmailInvalid), "{typed}");
    }
}

#[test]
fn domain_with_a_letter_that_looks_like_an_apostrophe_is_accepted() {
    for (typed, written) in [
        ("a@hawai\u{2bb}i.com", "a@hawai\u{2bb}i.com"),
        ("a@\u{2bb}Iolani.org", "a@\u{2bb}iolani.org"),
        ("a@п\u{2bc}ять.укр", "a@п\u{2bc}ять.укр"),
        ("a@צה\u{5f4}ל.co.il", "a@צה\u{5f4}ל.co.il"),
    ] {
        let read = EmailAddress::parse(typed).expect(typed);
        assert_eq!(read.as_str(), written, "{typed}");
        assert!(read.as_ascii().contains("xn--"), "{typed}");
        assert_eq!(canonical_identifier(typed), read.canonical(), "{typed}");
        assert_stored_form_is_parsed_as_same_address(typed);
    }
    for typed in [
        "a@hawai'i.com",
        "a@hawai\u{2019}i.com",
        "a@hawaii.com\u{2bb}",
        "a@hawaii.c\u{2bc}om",
    ] {
        let read = EmailAddress::parse(typed);
        assert_eq!(read, Err(Problem::EmailInvalid), "{typed}");
    }
}

#[test]
fn digits_of_other_scripts_in_a_domain_are_other_characters_than_ascii_digits() {
    for (typed, canonical) in [
        ("ann@१२३.com", "ann@xn--e4bcd.com"),
        ("ann@१२३。com", "ann@xn--e4bcd.com"),
        ("Ann <ann@१२३.COM>,", "ann@xn--e4bcd.com"),
        // Full-width and mathematical digits are forms of ASCII digits.
        ("ann@１２３.com", "ann@123.com"),
        ("ann@ｘ１．ｃｏｍ", "ann@x1.com"),
        ("ann@𝟏𝟐𝟑.com", "ann@123.com"),
        // A local part has ASCII characters only.
        ("ann१@x.com", "ann1@x.com"),
    ] {
        let read = EmailAddress::parse(typed).expect(typed);
        assert_eq!(read.canonical(), canonical, "{typed}");
        assert_eq!(canonical_identifier(typed), canonical, "{typed}");
        assert_stored_form_is_parsed_as_same_address(typed);
    }
    for typed in ["ann@१२३.com", "ann@х๓.com", "ann@x௧.de", "ann@ａ२.com"] {
        let read = EmailAddress::parse(typed).expect(typed);
        assert!(read.as_ascii().contains("@xn--"), "{typed}");
    }
    let shown = EmailAddress::parse("ann@१२३.com").expect("an address");
    assert_eq!(shown.as_str(), "ann@१२३.com");
    // The stored ASCII form is the same address.
    assert_eq!(canonical_identifier("ann@xn--e4bcd.com"), shown.canonical());
    for typed in [
        // IDNA permits Arabic digits only beside Arabic letters.
        "ann@x٣.de",
        "ann@x.१२३",
        "ann@१९२.०.२.१",
    ] {
        let read = EmailAddress::parse(typed);
        let is_ascii = read.is_ok_and(|read| !read.as_ascii().contains("xn--"));
        assert!(!is_ascii, "{typed}");
    }
    assert_ne!(canonical_identifier("ann@x٣.de"), "ann@x3.de");
}

#[test]
fn local_part_that_loses_a_character_when_it_is_parsed_again_is_refused() {
    for typed in ["mailto:%7Bann@x.de", "E-mail {ann@x.de"] {
        let read = EmailAddress::parse(typed);
        assert_eq!(read, Err(Problem::EmailInvalid), "{typed}");
    }
}

#[test]
fn email_address_is_found_after_a_symbol_or_list_number_and_in_brackets() {
    for typed in [
        "✉ ann@x.de",
        "✉\u{fe0f} ann@x.de",
        "✉ann@x.de",
        "📧 ann@x.de",
        "📧ann@x.de",
        "📧: ann@x.de",
        "👩\u{200d}💻 ann@x.de",
        "★ E-mail ann@x.de",
        "→ ann@x.de",
        "• ann@x.de",
        "ann@x.de ✉",
        "ann@x.de ✓",
        "1. ann@x.de",
        "12) ann@x.de",
        "(3) ann@x.de",
        "[1] ann@x.de",
        "#1 ann@x.de",
        "１． ann@x.de",
        "① ann@x.de",
        "①ann@x.de",
        "⒈ann@x.de",
        "1. E-mail: ann@x.de",
        "2. Mail ann@x.de",
        "1. <ann@x.de>",
        "1. \"ann@x.de\"",
        "- ann@x.de",
        "– ann@x.de",
        "* ann@x.de",
        "-> ann@x.de",
        "- 1. ann@x.de",
        "Ann Lee (ann@x.de)",
        "Ann Lee [ann@x.de]",
        "Ann Lee （ann@x.de）",
        "Ann Lee 【ann@x.de】",
        "山田（ann@x.de）",
        "\"Ann Lee\" (ann@x.de),",
        "Ann Lee (Acme) [ann@x.de].",
        "Ann Lee (mailto:ann@x.de)",
        "[Ann Lee](mailto:ann@x.de)",
        "ann@x.de (mailto:ann@x.de)",
        "ann@x.de [mailto:ann@x.de]",
        "ann@x.de [work]",
        "✉ Ann Lee (ann@x.de)",
    ] {
        let read = EmailAddress::parse(typed).expect(typed);
        assert_eq!(read.as_str(), "ann@x.de", "{typed}");
        assert_eq!(canonical_identifier(typed), "ann@x.de", "{typed}");
    }
}

#[test]
fn email_address_is_found_in_notes_tables_and_spreadsheets() {
    for typed in [
        "*ann@x.de*",
        "**ann@x.de**",
        "* **ann@x.de**",
        "_ann@x.de_",
        "ann@x.de)",
        "ann@x.de).",
        "ann@x.de）",
        "ann@x.de - work",
        "ann@x.de – privat",
        "ann@x.de - (work)",
        "ann@x.de | home office",
        "ann@x.de: work",
        "Ann Lee <ann@x.de> - work",
        "=\"ann@x.de\"",
        "=ann@x.de",
        "＝＂ann@x.de＂",
        "1\u{fe0f}\u{20e3} ann@x.de",
        "2\u{20e3}ann@x.de",
        "ann@x.de😀",
        "ann@x.de✓",
        "ann@x.de✓,",
        "ann@x.de❤\u{fe0f}",
        "ann@x.de👩\u{200d}💻",
        "ann@x.de🇩🇪",
        "ann@x.de†",
        "ann@x.de®",
        "**ann@x.de** 📧",
    ] {
        let read = EmailAddress::parse(typed).expect(typed);
        assert_eq!(read.as_str(), "ann@x.de", "{typed}");
        assert_eq!(canonical_identifier(typed), "ann@x.de", "{typed}");
    }
    for typed in [
        "ann@x.de - bob@y.de",
        "ann@x.de | bob@y.de",
        "ann@x.de: bob@y.de",
        // The domain may be mistyped.
        "ann@x.co - uk.com",
        "ann@x.de work",
        "ann@x.de:work",
        "ann@x - de",
        "ann@x.de|",
        "mailto:%3Dann@x.de",
    ] {
        let read = EmailAddress::parse(typed);
        assert_eq!(read, Err(Problem::EmailInvalid), "{typed}");
    }
    for typed in [
        "*ann@x.de",
        "_ann@x.de",
        "ann=x.de@y.de",
        // These top-level domains end with a mark, which is no letter.
        "ann@x.சிங்கப்பூர்",
        "ann@x.भारतम्",
    ] {
        let read = EmailAddress::parse(typed).expect(typed);
        assert_eq!(read.as_str(), typed);
    }
}

#[test]
fn word_or_second_address_beside_an_email_address_is_refused() {
    for typed in [
        "Ann Lee ann@x.de",
        "1 ann@x.de",
        "ann - lee@x@x.de",
        "ann. lee@x.de",
        "// ann@x.de",
        "bob@x.de (ann@x.de)",
        "bob@x.de [ann@x.de]",
        "bob@x.de [mailto:ann@x.de]",
        "https://example.com/(ann@x.de)",
        "ann@[192.0.2.1]",
        "ann(work)@x.de",
        // The bracket is mistyped. A code must not go to another person.
        "john.p[eters@x.de",
        "ann(lee@x.de",
        "✉",
        "1. ",
    ] {
        let read = EmailAddress::parse(typed);
        assert_eq!(read, Err(Problem::EmailInvalid), "{typed}");
    }
    for (typed, address) in [("-ann@x.de", "-ann@x.de"), ("1.ann@x.de", "1.ann@x.de")] {
        let read = EmailAddress::parse(typed).expect(typed);
        assert_eq!(read.as_str(), address, "{typed}");
    }
}
