//! Tests of phone numbers with the international dialling prefixes of many countries, with and without carrier codes.

use super::forms_tests::assert_phone_numbers_are_parsed;
use super::tests::{ACCEPTED, parse_table, rules};
use super::*;

/// Countries in which a dialling prefix is another one than `00`, or ends with the code of a carrier.
const COUNTRIES_WITH_OTHER_PREFIXES: &str = "\
    AU BO BR BY CL CN CO CU CV FI GY HK ID IL IS JP KE KH KP KR KZ MN MU MV MX NG NZ PE PG PW RU SB SC SG SI TD TH TJ \
    TM TW TZ UG US UY WS";

#[test]
fn number_after_a_separate_double_zero_is_international_in_every_country() {
    for country in COUNTRIES_WITH_OTHER_PREFIXES.split_whitespace() {
        let rules = rules(country);
        for (_, number) in parse_table(ACCEPTED) {
            let typed = number.replace('+', "00 ");
            let parsed = parse_phone_number(&typed, &rules);
            assert_eq!(
                parsed.expect(&typed).as_e164(),
                number,
                "{country}: {typed}"
            );
        }
    }
}

#[test]
fn dialling_prefixes_of_a_country_are_parsed() {
    for (country, prefix) in [
        ("US", "011"),
        ("AU", "0011"),
        ("AU", "14110011"),
        ("RU", "810"),
        ("RU", "8~10"),
        ("KZ", "8 10"),
        ("JP", "010"),
        ("KR", "001"),
        ("KR", "00700"),
        ("TH", "001"),
        ("TH", "009"),
        ("SG", "002"),
        ("SG", "018"),
        ("HK", "001"),
        ("ID", "008"),
        ("TW", "002"),
        ("KE", "000"),
        ("TZ", "000"),
        ("UG", "000"),
        ("NG", "009"),
        ("MN", "001"),
        ("GY", "001"),
        ("BR", "0015"),
        ("BR", "0021"),
        ("CO", "009"),
        ("CL", "1230"),
        ("CU", "119"),
        ("IL", "012"),
        ("CN", "1790900"),
        ("FI", "990"),
        ("MU", "020"),
        ("NZ", "0161"),
        ("PW", "011"),
        ("SB", "01"),
        ("WS", "0"),
    ] {
        for number in ["447400123456", "44 7400 123456"] {
            let typed = format!("{prefix} {number}");
            assert_phone_numbers_are_parsed(&[(country, typed.as_str(), "+447400123456")]);
        }
    }
}

#[test]
fn double_zero_before_a_calling_code_is_not_a_carrier_code() {
    assert_phone_numbers_are_parsed(&[
        ("KR", "0081 90-1234-5678", "+819012345678"),
        ("ID", "0081 90 1234 5678", "+819012345678"),
        ("HK", "(0081) 80 1234 5678", "+818012345678"),
        ("TH", "0081-70-1234-5678", "+817012345678"),
        ("TH", "Mobile: 0081 70 1234 5678", "+817012345678"),
        ("CO", "0055 51 98765-4321", "+5551987654321"),
        ("BR", "0043 664 2123456", "+436642123456"),
        ("TH", "0044 7911 123456", "+447911123456"),
        ("TH", "00447911123456", "+447911123456"),
        ("SG", "0044 7911 123456", "+447911123456"),
        ("HK", "0086 131 2345 6789", "+8613123456789"),
        ("HK", "008613123456789", "+8613123456789"),
        ("ID", "0091 98123 45678", "+919812345678"),
        ("TW", "0065 8123 4567", "+6581234567"),
        ("TW", "006581234567", "+6581234567"),
        ("BO", "001 415 555 0142", "+14155550142"),
        ("HK", "0052 1 55 4163 7145", "+525541637145"),
    ]);
}

#[test]
fn number_of_the_chosen_country_is_parsed_after_double_zero() {
    assert_phone_numbers_are_parsed(&[
        ("BR", "0055 51 98765-4321", "+5551987654321"),
        ("BR", "0055 66 98765-4321", "+5566987654321"),
        ("BR", "0055 84 98765 4321", "+5584987654321"),
        ("BR", "005551987654321", "+5551987654321"),
        ("BR", "0055 31 8765-4321", "+5531987654321"),
        ("CO", "0057 321 1234567", "+573211234567"),
        ("CV", "00238 991 12 34", "+2389911234"),
        ("HK", "00852 5123 4567", "+85251234567"),
        ("KH", "00855 91 234 567", "+85591234567"),
        ("KR", "0082 10-2000-0000", "+821020000000"),
        ("KR", "00821020000000", "+821020000000"),
        ("SG", "0065 8123 4567", "+6581234567"),
        ("SG", "006581234567", "+6581234567"),
        ("TH", "0066 81 234 5678", "+66812345678"),
        ("WS", "00685 72 12345", "+6857212345"),
    ]);
}

#[test]
fn first_group_of_the_digits_separates_a_carrier_code_from_a_calling_code() {
    assert_phone_numbers_are_parsed(&[
        ("TH", "00 81 70 1234 5678", "+817012345678"),
        ("TH", "0081 701 234 5678", "+817012345678"),
        ("TH", "008 1 701 234 5678", "+17012345678"),
        ("KR", "00-81-90-1234-5678", "+819012345678"),
        ("KR", "008-1-901-234-5678", "+19012345678"),
        ("TH", "00 1 658 295 1234", "+16582951234"),
        ("AU", "0011 65 8295 1234", "+6582951234"),
        ("AU", "00116582951234", "+6582951234"),
    ]);
}

#[test]
fn number_that_may_be_one_of_another_country_is_refused() {
    for (country, typed) in [
        // +81 90 1234 5678 and +1 901 234 5678, without groups or with one that fits neither.
        ("KR", "00819012345678"),
        ("KR", "0081901 2345678"),
        ("ID", "00819012345678"),
        ("HK", "00818012345678"),
        ("TH", "00817012345678"),
        // +1 658 295 1234 and +65 8295 1234. The group 001 is a prefix, and "00" with the code of Jamaica.
        ("TH", "001 65 8295 1234"),
        ("TH", "001 658 295 1234"),
        ("SG", "0016582951234"),
        // No Chinese or Japanese number. After "008" they would be numbers of Australia and the US.
        ("TH", "0086 145 1234 567"),
        ("KR", "0081 30-1234-5678"),
    ] {
        let refused = parse_phone_number(typed, &rules(country));
        assert_eq!(refused, Err(Problem::PhoneInvalid), "{country}: {typed}");
    }
}

#[test]
fn number_after_double_zero_that_receives_no_codes_is_not_read_as_another_one() {
    let rules = PhoneRules::new("KR", Some(&["KR", "US"])).expect("valid countries");
    for (typed, problem) in [
        ("0081 90 1234 5678", Problem::PhoneCountryUnsupported),
        ("00819012345678", Problem::PhoneInvalid),
        ("0082 2 1234 5678", Problem::PhoneUnsupported),
    ] {
        assert_eq!(parse_phone_number(typed, &rules), Err(problem), "{typed}");
    }
}
