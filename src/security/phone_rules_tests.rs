//! Tests of two hundred phone numbers of many countries and types, and of the forms in which users type them.

use proptest::prelude::*;

use super::*;

/// Accepted numbers in canonical form, by country.
pub(super) const ACCEPTED: &str = "\
    US: +14155550100 +14155550123 +14155550199 +12025550000 +12025550143 +12025559999;\
    US: +12125552368 +16502530000 +13105551234;\
    CA: +14165550123 +16045550187 +15145550101;\
    GB: +447700900000 +447700900123 +447700900999 +447400123456 +447975777666;\
    FR: +33612345678 +33745123456; DE: +4915123456789 +491701234567 +4917612345678;\
    ES: +34612345678 +34712345678; IT: +393123456789 +393331234567; PT: +351912345678;\
    NL: +31612345678; BE: +32470123456; LU: +352628123456; CH: +41781234567; AT: +436641234567;\
    SE: +46701234567; NO: +4740612345 +4791234567; DK: +4532123456; FI: +358412345678;\
    IS: +3546111234; IE: +353850123456; PL: +48512345678; CZ: +420601123456; SK: +421912123456;\
    HU: +36201234567; RO: +40712034567; BG: +359878123456; GR: +306912345678; CY: +35796123456;\
    MT: +35696961234; HR: +385921234567; SI: +38631234567; RS: +381601234567; BA: +38761123456;\
    MK: +38972345678; AL: +355672123456; XK: +38343201234; ME: +38267622901; MD: +37362112345;\
    UA: +380501234567; BY: +375294911911; LT: +37061234567; LV: +37121234567; EE: +37251234567;\
    RU: +79123456789; KZ: +77710009998; GE: +995555123456; AM: +37477123456; AZ: +994401234567;\
    TR: +905012345678; IL: +972502345678; JO: +962790123456; LB: +96171123456; SA: +966512345678;\
    AE: +971501234567; QA: +97433123456; KW: +96550012345; BH: +97336001234; OM: +96892123456;\
    IQ: +9647912345678; EG: +201001234567; MA: +212650123456; DZ: +213551234567;\
    TN: +21620123456; NG: +2348021234567; GH: +233231234567; KE: +254712123456;\
    TZ: +255621234567; UG: +256712345678; RW: +250720123456; ET: +251911234567; ZA: +27711234567;\
    SN: +221701234567; CI: +2250123456789 +2250712345678; CM: +237671234567; CG: +242061234567;\
    GA: +24106031234; AO: +244923123456; IN: +919812345678 +918123456789; PK: +923012345678;\
    BD: +8801812345678; LK: +94712345678; NP: +9779841234567; CN: +8613123456789;\
    HK: +85251234567; MO: +85366123456; TW: +886912345678; JP: +819012345678; KR: +821020000000;\
    TH: +66812345678; VN: +84912345678; MY: +60123456789; SG: +6581234567; ID: +62812345678;\
    PH: +639051234567; KH: +85591234567; AU: +61412345678; NZ: +64211234567; FJ: +6797012345;\
    MX: +522221234567; BR: +5511961234567; AR: +5491123456789; CL: +56221234567;\
    CO: +573211234567; PE: +51912345678; VE: +584121234567; EC: +593991234567; BO: +59171234567;\
    UY: +59894231234; PY: +595961456789; CR: +50683123456; PA: +50761234567; GT: +50251234567;\
    DO: +18092345678; JM: +18762101234; PR: +17872345678; CU: +5351234567; JE: +447797712345;\
    IM: +447624123456; GG: +447911123456; RE: +262692123456";

/// Valid numbers that cannot receive codes, by type.
const UNSUPPORTED: &str = "\
    premium rate: +19002345678 +449012345678 +33891123456 +4909001234567 +611900123456;\
    premium rate: +34803123456 +41900123456 +31900123456 +48701234567 +81990123456;\
    premium rate: +390899123456 +46900123456;\
    toll-free: +18002345678 +18882345678 +18335551234 +448081234567 +33801234567 +498001234567;\
    toll-free: +611800123456 +34900123456 +390800123456 +31800123456 +528001234567 +868001234567;\
    shared cost: +448431234567 +33820123456 +4918012345678 +34901123456 +611300123456;\
    shared cost: +41840123456;\
    personal numbers: +447012345678 +4970012345678 +41878123456 +353700123456;\
    personal numbers: +34701234567 +46751234567 +420700123456 +37070012345 +15005550006;\
    Internet numbers: +27871234567 +445612345678 +33912345678 +815012345678 +395512345678;\
    Internet numbers: +43720123456 +4785123456 +972771234567 +6531581234 +61147101234;\
    exchange for paid services: +12129765555 +14159761234 +14169765555 +18769765555;\
    company numbers: +443001234567 +443331234567 +81570123456 +31888123456;\
    pagers: +447640123456 +41740123456 +4316412345678;\
    voicemail: +33800000000 +49177991234567 +41860123456789;\
    fixed lines: +441212345678 +442079460958 +33123456789 +493012345678 +390612345678;\
    fixed lines: +34810123456 +41212345678 +4312345678 +46812345678 +74951234567 +861012345678;\
    fixed lines: +81312345678 +82212345678 +61212345678 +6433316005 +551123456789 +576012345678;\
    fixed lines: +912223456789 +351212345678 +302123456789 +35312345678 +3222345678 +31201234567;\
    satellite: +881612345678 +881812345678 +88234234567 +882161234567 +883510012345;\
    satellite: +870773123456;\
    no country: +979123456789 +80012345678 +80812345678 +878101234567890 +88812345678901";

/// Texts that are not exactly one phone number, with the default country US.
const INVALID: &[&str] = &[
    "1",
    "12",
    "911",
    "112",
    "12345",
    "20000",
    "5550100",
    "555-0100",
    "+1",
    "+1415",
    "+1415555010",
    "+141555501000",
    "+11155550100",
    "+10005550100",
    "+44770090012",
    "+4477009001234",
    "+0123456789",
    "+00447700900123",
    "+999123456789",
    "+210123456789",
    "+33061234567",
    "+123456789012345678",
    "1-800-FLOWERS",
    "+1 800 FLOWERS",
    "415555CALL",
    "+14155550100;ext=12",
    "+14155550100 x12",
    "+14155550100x12",
    "415-555-0100 ext. 12",
    "415-555-0100 extension 12",
    "+14155550100#12",
    "+14155550100,12",
    "+14155550100;12",
    "+14155550100p12",
    "+14155550100*12",
    "*67 415 555 0100",
    "++14155550100",
    "+1+4155550100",
    "4155550100+",
    "+",
    "null",
    "abc",
    "+14155550100\u{0}",
    "+14155550100'--",
    "%2B14155550100",
    "+14155550100/+14155550101",
    "+14155550100 or +14155550101",
    "+14155550100\n+14155550101",
    "tel:+14155550100;ext=12",
    "tel:+14155550100;isub=12",
    "tel:+14155550100;phone-context=example.com;ext=1",
    "tel:5550100;phone-context=+1415",
    "tel:%2B14155550100",
    "CALL4155550100",
    "*31#+14155550100",
    "+1 415 555 CALL",
    "+1 415 555 0100 EXTENSION",
    "+1 415 555 0100 ext",
    "+1 415 555 0100 x",
    "+1 415 555 0100 mobile 2",
    "2: 415 555 0100",
    "Phone 44: 415 555 0100",
    "Phone +1: 415 555 0100",
    "Phone *2: 415 555 0100",
    "Phone 2: 415 555 0100 x12",
    "4155550101: +14155550100",
    "*31#: +14155550100",
    "+1 415 555 0100 ext mobile",
    "+1 415 555 0100 x 📱",
    "\u{0}+14155550100",
    "+521415555010",
    "+5211415555010000",
    "+54111523456789012",
    "+54 11 15 2345 678",
    "+7 88 912 345 67 89",
    "+1 1 1 415 555 0100",
    "+1 1 415 555 010",
    "+52 01 55 4163 714",
    "+54 9 011 2345 678",
    "+55 11 6123 456",
    "+993 8 8 65 123456",
    "٠",
    "-",
];

/// Creates rules that allow all countries.
pub(super) fn rules(default_country: &str) -> PhoneRules {
    PhoneRules::new(default_country, None).expect("valid countries")
}

/// Parses a text "label: number number; label: …" into pairs of label and number.
pub(super) fn parse_table(table: &str) -> impl Iterator<Item = (&str, &str)> {
    table.split(';').flat_map(|row| {
        let (label, numbers) = row.trim().split_once(':').expect("a label");
        numbers
            .split_whitespace()
            .map(move |number| (label, number))
    })
}

#[test]
fn mobile_numbers_of_all_countries_are_accepted_in_canonical_form() {
    for (country, number) in parse_table(ACCEPTED) {
        let only = PhoneRules::new("US", Some(&[country])).expect("valid countries");
        let parsed = parse_phone_number(number, &only).expect(number);
        assert_eq!(parsed.as_e164(), number);
        // The default country does not matter for a number with a country code.
        for default_country in ["GB", "IT", "RU", "AR", "MX", "CI"] {
            assert_eq!(
                parse_phone_number(number, &rules(default_country)).as_ref(),
                Ok(&parsed),
                "{number}"
            );
        }
        let other = if country == "FR" { "DE" } else { "FR" };
        let others = PhoneRules::new("FR", Some(&[other])).expect("valid countries");
        assert_eq!(
            parse_phone_number(number, &others),
            Err(Problem::PhoneCountryUnsupported),
            "{number}"
        );
    }
}

#[test]
fn number_of_a_country_that_is_not_allowed_has_a_separate_reason() {
    let german = PhoneRules::new("DE", Some(&["DE", "FR"])).expect("valid countries");
    for number in [
        // Mobile numbers, a fixed line, and the old notation of a mobile number in Mexico.
        "+14155550142",
        "+447700900123",
        "+442079460958",
        "+5215541637145",
    ] {
        assert_eq!(
            parse_phone_number(number, &german),
            Err(Problem::PhoneCountryUnsupported),
            "{number}"
        );
    }
    assert_eq!(
        parse_phone_number("+493012345678", &german),
        Err(Problem::PhoneUnsupported)
    );
}

#[test]
fn phone_numbers_that_must_not_receive_codes_are_unsupported() {
    for (kind, number) in parse_table(UNSUPPORTED) {
        for default_country in ["US", "GB", "DE"] {
            let refused = parse_phone_number(number, &rules(default_country));
            assert_eq!(refused, Err(Problem::PhoneUnsupported), "{kind} {number}");
        }
    }
}

#[test]
fn text_that_is_not_one_phone_number_is_invalid() {
    for typed in INVALID {
        assert_eq!(
            parse_phone_number(typed, &rules("US")),
            Err(Problem::PhoneInvalid),
            "{typed}"
        );
    }
    let tables = parse_table(ACCEPTED).count() + parse_table(UNSUPPORTED).count() + INVALID.len();
    assert!(tables >= 200, "{tables}");
}

#[test]
fn typed_and_pasted_phone_number_formats_are_parsed() {
    for (default_country, typed, canonical) in [
        ("US", "4155550100", "+14155550100"),
        ("US", "(415) 555-0100", "+14155550100"),
        ("US", " 1 (415) 555-0100 ", "+14155550100"),
        ("US", "1.415.555.0100", "+14155550100"),
        ("US", "+1 (415) 555\u{2011}0100", "+14155550100"),
        ("US", "+1\u{a0}415/555 0100", "+14155550100"),
        ("US", "011 44 7700 900123", "+447700900123"),
        ("US", "011 49 170 1234567", "+491701234567"),
        ("US", "+44 (0) 7700 900123", "+447700900123"),
        ("US", "+44 (0)7911 123456", "+447911123456"),
        ("US", "+4407400123456", "+447400123456"),
        ("GB", "07700 900123", "+447700900123"),
        ("GB", "07400 123456", "+447400123456"),
        ("GB", "00 1 415 555 0100", "+14155550100"),
        ("GB", "0033612345678", "+33612345678"),
        ("FR", "06 12 34 56 78", "+33612345678"),
        ("DE", "0151 23456789", "+4915123456789"),
        ("IT", "312 345 6789", "+393123456789"),
        ("RU", "8 (912) 345-67-89", "+79123456789"),
        ("CI", "01 23 45 67 89", "+2250123456789"),
        ("HU", "06 20 123 4567", "+36201234567"),
        ("AR", "011 15 2345-6789", "+5491123456789"),
        ("JP", "090-1234-5678", "+819012345678"),
        ("JP", "090ー1234ー5678", "+819012345678"),
        ("US", "\u{202a}+1 (415) 555-0142\u{202c}", "+14155550142"),
        ("US", "\u{200e}+1 415 555 0142\u{200e}", "+14155550142"),
        ("US", "\u{2068}+1 415 555 0142\u{2069}", "+14155550142"),
        ("US", "+1\u{200b}415\u{200b}5550142", "+14155550142"),
        ("US", "\u{feff}415-555-0142", "+14155550142"),
        ("US", "\u{202d}+1415\u{2060}5550142\u{200f}", "+14155550142"),
        ("US", "415\t555\t0142", "+14155550142"),
        ("US", "+1 415 555\n0142", "+14155550142"),
        ("US", "tel:+1-415-555-0154", "+14155550154"),
        ("US", "TEL:+1-415-555-0154", "+14155550154"),
        (
            "US",
            "tel:+1-415-555-0154;phone-context=example.com",
            "+14155550154",
        ),
        ("US", "sms:+14155550154", "+14155550154"),
        ("US", "Tel.: +1 415 555 0154", "+14155550154"),
        ("US", "📱 +1 415 555 0154", "+14155550154"),
        ("US", "☎+1 (415) 555-0154", "+14155550154"),
        ("US", "№ +1 415 555 0154", "+14155550154"),
        ("US", "Handy (privat): +1 415 555 0154", "+14155550154"),
        ("US", "Cell 📱: (415) 555-0154", "+14155550154"),
        ("US", "\"Ann Lee\" <+1 415 555 0154>", "+14155550154"),
        ("US", "+1 415 555 0154 mobile", "+14155550154"),
        ("US", "(415) 555-0154 Mobil", "+14155550154"),
        ("US", "+1 415•555•0154", "+14155550154"),
        ("US", "+1 415・555・0154", "+14155550154"),
        ("US", "+1_415_555_0154", "+14155550154"),
        ("US", "(+1) 415 555 0154", "+14155550154"),
        ("DE", "(0151) 23456789", "+4915123456789"),
        ("US", "mobile +1 415 555 0154", "+14155550154"),
        ("US", "Телефон: +1 415 555 0154", "+14155550154"),
        ("US", "+1 415 555 0154 (mobile)", "+14155550154"),
        ("US", "\"+1 415 555 0154\",", "+14155550154"),
        ("US", "<+14155550154>", "+14155550154"),
        ("US", "＋８１９０１２３４５６７８", "+819012345678"),
        ("US", "+81（90）1234‐5678", "+819012345678"),
        ("US", "+1415－555－0157", "+14155550157"),
        ("US", "+1 415−555—0157", "+14155550157"),
        ("US", "﹢1415 555 0157", "+14155550157"),
        ("US", "+٩٦٦٥٠١٢٣٤٥٦٧", "+966501234567"),
        ("US", "+۹۸۹۱۲۳۴۵۶۷۸۹", "+989123456789"),
        ("US", "+९१ ९८१२३४५६७८", "+919812345678"),
        ("US", "00447700900123", "+447700900123"),
        ("US", "00 49 170 1234567", "+491701234567"),
        ("JP", "0044 7400 123456", "+447400123456"),
        ("AU", "００44 7400 123456", "+447400123456"),
        ("US", "+52 1 55 4163 7145", "+525541637145"),
        ("US", "+52 1 222 123 4567", "+522221234567"),
        ("US", "0052 1 222 123 4567", "+522221234567"),
        ("US", "+52 044 55 4163 7145", "+525541637145"),
        ("US", "+54 11 15 2345 6789", "+5491123456789"),
        ("US", "+54 9 11 15 2345 6789", "+5491123456789"),
        ("US", "+54 (0)11 15 2345 6789", "+5491123456789"),
        ("US", "+54 011 15-2345-6789", "+5491123456789"),
        ("US", "+54 351 15 234 5678", "+5493512345678"),
        ("US", "+54 2966 15 23 4567", "+5492966234567"),
        ("US", "+7 8 (912) 345-67-89", "+79123456789"),
        ("US", "+36 06 20 123 4567", "+36201234567"),
    ] {
        let parsed = parse_phone_number(typed, &rules(default_country));
        assert_eq!(parsed.expect(typed).as_e164(), canonical, "{typed}");
    }
}

#[test]
fn empty_and_overlong_phone_numbers_have_different_problems() {
    assert_eq!(parse_phone_number("", &rules("US")), Err(Problem::Missing));
    assert_eq!(
        parse_phone_number(" \u{a0} ", &rules("US")),
        Err(Problem::Missing)
    );
    assert_eq!(
        parse_phone_number("\u{202a}\u{202c}", &rules("US")),
        Err(Problem::Missing)
    );
    let long = format!("+1 415 555{}0100", " ".repeat(30));
    assert_eq!(
        parse_phone_number(&long, &rules("US")),
        Err(Problem::TooLong)
    );
    assert_eq!(
        parse_phone_number(&"9".repeat(1 << 20), &rules("US")),
        Err(Problem::TooLong)
    );
}

#[test]
fn allowed_country_without_a_numbering_plan_is_refused() {
    for code in ["AQ", "UK", "us", "", "001"] {
        let made = PhoneRules::new("US", Some(&["GB", code]));
        assert_eq!(made.expect_err(code), UnknownCountry(code.into()));
    }
}

proptest! {
    #[test]
    fn any_text_gives_a_canonical_phone_number_or_an_error(
        typed in r"(\+|00|011|8|0)?[0-9]{0,17}|[0-9 ().+x/-]{0,40}|\PC{0,40}",
        country in "US|GB|IT|RU|AR|MX|BR|CI|CN|DE|AU|HU|KZ|SM",
    ) {
        if let Ok(number) = parse_phone_number(&typed, &rules(&country)) {
            let again = parse_phone_number(number.as_e164(), &rules("US"));
            prop_assert_eq!(again, Ok(number));
        }
    }
}

#[test]
fn masked_phone_number_for_api_clients_hides_the_length() {
    for (number, hint) in [
        ("+14155553456", "+1******3456"),
        ("+447700903456", "+44******3456"),
        ("+3581234563456", "+358******3456"),
        ("+4917012343456", "+49******3456"),
    ] {
        let number = PhoneNumber::from_e164(number).expect("valid E.164 number");
        assert_eq!(mask_phone_number(&number), hint);
    }
}

#[test]
fn country_label_of_a_number_is_a_country_code_or_other() {
    for (number, label) in [
        ("+14155550142", "US"),
        ("+18762101234", "JM"),
        ("+4915123456789", "DE"),
        ("+80012345678", "other"),
    ] {
        let number = PhoneNumber::from_e164(number).expect("valid E.164 number");
        assert_eq!(find_country_label_of_number(&number), label, "{number:?}");
    }
}
