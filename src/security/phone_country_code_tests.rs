//! Tests of phone numbers that begin with a country code without `+`, and can be domestic numbers too.

use super::forms_tests::assert_phone_numbers_are_parsed;
use super::*;

/// Asserts that each text is refused with its default country, because it can be a number of another person.
fn assert_phone_numbers_are_ambiguous(rows: &[(&str, &str)]) {
    for (default_country, typed) in rows {
        let rules = PhoneRules::new(default_country, None).expect("valid countries");
        let refused = parse_phone_number(typed, &rules);
        assert_eq!(
            refused,
            Err(Problem::PhoneInvalid),
            "{default_country}: {typed}"
        );
    }
}

#[test]
fn american_number_with_its_country_code_is_not_an_outdated_mexican_number() {
    assert_phone_numbers_are_ambiguous(&[
        ("MX", "1 415 555 0142"),
        ("MX", "14155550142"),
        ("MX", "1-415-555-0142"),
        ("MX", "(1) 415 555 0142"),
        ("MX", "1 (415) 555-0142"),
        ("MX", "US: 1 415 555 0142"),
        ("MX", "1.229.555.0142"),
        // Quebec.
        ("MX", "1 418 555 0123"),
    ]);
    assert_phone_numbers_are_parsed(&[
        ("MX", "+1 415 555 0142", "+14155550142"),
        ("MX", "00 1 415 555 0142", "+14155550142"),
        ("MX", "415 555 0142", "+524155550142"),
        ("MX", "01 415 555 0142", "+524155550142"),
        ("MX", "044 415 555 0142", "+524155550142"),
        ("MX", "521 415 555 0142", "+524155550142"),
        ("MX", "+52 1 415 555 0142", "+524155550142"),
        // The United States have no area codes 222 and 554.
        ("MX", "1 222 123 4567", "+522221234567"),
        ("MX", "1 55 4163 7145", "+525541637145"),
    ]);
}

#[test]
fn foreign_number_with_its_country_code_is_not_an_outdated_brazilian_number() {
    assert_phone_numbers_are_ambiguous(&[
        // Norway, Denmark and Singapore. In Brazil they are numbers from before 2016.
        ("BR", "47 91 23 45 67"),
        ("BR", "4791234567"),
        ("BR", "45 61 23 45 67"),
        ("BR", "65 8123 4567"),
        ("BR", "(65) 9123 4567"),
    ]);
    assert_phone_numbers_are_parsed(&[
        ("BR", "+47 91 23 45 67", "+4791234567"),
        ("BR", "047 9123-4567", "+5547991234567"),
        ("BR", "55 47 9123-4567", "+5547991234567"),
        ("BR", "47 99123-4567", "+5547991234567"),
    ]);
}

#[test]
fn foreign_number_without_plus_is_ambiguous_also_if_its_country_is_not_allowed() {
    let mexican = PhoneRules::new("MX", Some(&["MX"])).expect("valid countries");
    assert_eq!(
        parse_phone_number("1 415 555 0142", &mexican),
        Err(Problem::PhoneInvalid)
    );
    let parsed = parse_phone_number("01 415 555 0142", &mexican);
    assert_eq!(parsed.expect("a number").as_e164(), "+524155550142");
}

#[test]
fn current_number_of_the_default_country_needs_no_country_code() {
    assert_phone_numbers_are_parsed(&[
        // After "+", the same digits are a number of Norway, Thailand or the United States.
        ("US", "479 555 0142", "+14795550142"),
        ("BR", "66 91234-5678", "+5566912345678"),
        ("US", "1 415 555 0142", "+14155550142"),
        ("JM", "1 876 210 1234", "+18762101234"),
        ("RU", "8 912 345 67 89", "+79123456789"),
        ("AR", "11 15 2345 6789", "+5491123456789"),
        ("HU", "36 20 123 4567", "+36201234567"),
    ]);
}

#[test]
fn argentine_number_with_15_is_domestic_also_if_a_plus_would_make_it_foreign() {
    assert_phone_numbers_are_parsed(&[
        // Guinea, Namibia and Finland.
        ("AR", "2246 15-476189", "+5492246476189"),
        ("AR", "2648 15-418878", "+5492648418878"),
        ("AR", "3584 15-529464", "+5493584529464"),
    ]);
}
