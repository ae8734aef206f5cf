//! Tests of recovery codes and of the forms in which users type and paste them.

use super::*;

#[test]
fn recovery_code_has_13_letters_in_three_groups_without_similar_letters() {
    for code in RecoveryCode::generate_code_set() {
        let shown = code.expose();
        let groups: Vec<&str> = shown.split('-').collect();
        assert_eq!(
            groups.iter().map(|group| group.len()).collect::<Vec<_>>(),
            [4, 4, 5]
        );
        for group in groups {
            let fits = |c: char| c.is_ascii_alphanumeric() && !"ILOU".contains(c);
            assert!(group.chars().all(fits), "{shown}");
            assert_eq!(group, group.to_ascii_uppercase());
        }
        assert_eq!(RecoveryCode::parse(&shown), Some(code));
    }
    // 13 letters of 5 bits: at least the 64 bits of NIST SP 800-63B-4.
    assert_eq!(RecoveryCode::GROUPS.iter().sum::<usize>() * 5, 65);
}

#[test]
fn recovery_code_created_by_an_earlier_release_is_displayed_in_six_groups_of_four() {
    let shown = "0123-4567-89AB-CDEF-GHJK-MNPQ";
    let code = RecoveryCode::parse(shown).expect("a code");
    assert_eq!(code.expose(), shown);
}

#[test]
fn recovery_codes_differ_and_use_the_whole_alphabet() {
    let codes: Vec<RecoveryCode> = (0..20)
        .flat_map(|_| RecoveryCode::generate_code_set())
        .collect();
    for letter in RecoveryCode::ALPHABET {
        let letter = char::from(*letter);
        assert!(codes.iter().any(|code| code.expose().contains(letter)));
    }
    for (at, code) in codes.iter().enumerate() {
        assert!(!codes[..at].contains(code));
    }
}

#[test]
fn typed_and_pasted_forms_of_a_recovery_code_are_parsed() {
    let code = RecoveryCode::parse("0123-4567-89ABC").expect("a code");
    for typed in [
        "0123456789abc",
        " o i 2 3 4567 89abc\n",
        "OL23\u{2013}4567\u{2013}89ABC",
        "01-23456-789ABC",
        "1. 0123-4567-89ABC",
        "10) 0123 4567 89ABC",
        "(3) 0123-4567-89ABC",
        "\"0123-4567-89ABC\",",
        "“0123-4567-89ABC”",
        "0123-4567-89ABC.",
        "• 0123-4567-89ABC;",
        "Code: 0123-4567-89ABC",
        "code 0123-4567-89ABC",
        "0123.4567.89ABC",
        "0123_4567_89abc",
        "0123/4567/89ABC",
        "0123-4567-\n89ABC",
        "Recovery key 0123-4567-89ABC",
        "RECOVERY-KEY 0123-4567-89ABC",
        "my recovery code: 0123-4567-89ABC",
        "Recovery code 3: 0123-4567-89ABC.",
        "3\t0123-4567-89ABC",
        "`0123-4567-89ABC`",
        "['0123-4567-89ABC']",
        "0123\u{30fc}4567ー\u{2060}89ABC",
        "0123\u{2e3a}4567\u{fe58}89ABC",
        "𝟎𝟏𝟐𝟑-𝟒𝟓𝟔𝟕-𝟖𝟗ABC",
        "\u{202a}0123-4567\u{2212}\u{200b}89ABC\u{202c}",
        "０１２３－４５６７－８９ａｂｃ",
        "٠١٢٣-٤٥٦٧-٨٩ABC",
        "0123⁻4567₋89ABC",
        "0123─4567ㅡ89ABC",
        "0123·4567‧89ABC",
        "〝0123-4567-89ABC〞",
        "｢0123 4567 89ABC｣",
        "0123-4567-89ABC،",
        "\u{fffc}0123-4567-89ABC",
        "Код восстановления: 0123 4567 89ABC",
        "Kod odzyskiwania dostępu nr 3: 0123 4567 89ABC",
        "Code de récupération n° 10 : 0123 4567 89ABC",
        "1-0123-4567-89ABC",
        "10-0123-4567-89ABC",
        "1–0123–4567–89ABC",
        "1/0123-4567-89ABC",
        "1|0123-4567-89ABC",
        "1-0123 4567 89ABC",
        "1-0123456789abc",
        "#1-0123-4567-89ABC",
        "Code 1-0123-4567-89ABC",
        "①0123-4567-89ABC",
        "⑩0123 4567 89ABC",
        "❶0123456789ABC",
        "① 0123-4567-89ABC",
        "1\u{fe0f}\u{20e3}0123-4567-89ABC",
        "🔑0123-4567-89ABC",
        "✅ 0123-4567-89ABC",
        "0123-4567-89ABC✓",
        "0123-4567-89ABC✅,",
        "0123456789ABC ✓",
        "0123 4567 89ABC✓",
        "0123 4567 89ABC ✔\u{fe0f}",
        "Code 3 0123 4567 89ABC",
        "Code 10 0123 4567 89ABC",
        "Code #3 0123 4567 89ABC",
        "Recovery code 3 – 0123 4567 89ABC ✓",
        "Code de récupération n° 3 0123 4567 89ABC",
        // "RECOVERYKEY" and the code have the 24 letters of a code of an earlier release.
        "Recovery key 0123 4567 89ABC",
        "recovery_code=0123-4567-89ABC",
        "recovery_code=\"0123-4567-89ABC\"",
        "recovery_code = 0123 4567 89ABC",
        "code＝0123456789ABC",
        "RECOVERY_KEY=0123-4567-89ABC",
    ] {
        assert_eq!(RecoveryCode::parse(typed).as_ref(), Some(&code), "{typed}");
    }
}

#[test]
fn recovery_code_of_an_earlier_release_is_parsed_when_typed_or_pasted() {
    let code = RecoveryCode::parse("0123-4567-89AB-CDEF-GHJK-MNPQ").expect("a code");
    for typed in [
        "0123456789abcdefghjkmnpq",
        " o i 2 3 4567 89ab cdef ghjk mnpq\n",
        "OL23\u{2013}4567\u{2013}89AB\u{2013}CDEF\u{2013}GHJK\u{2013}MNPQ",
        "01-23456-789ABCD-EFGHJ-KMNPQ",
        "1. 0123-4567-89AB-CDEF-GHJK-MNPQ",
        "10) 0123 4567 89AB CDEF GHJK MNPQ",
        "(3) 0123-4567-89AB-CDEF-GHJK-MNPQ",
        "\"0123-4567-89AB-CDEF-GHJK-MNPQ\",",
        "“0123-4567-89AB-CDEF-GHJK-MNPQ”",
        "0123-4567-89AB-CDEF-GHJK-MNPQ.",
        "• 0123-4567-89AB-CDEF-GHJK-MNPQ;",
        "Code: 0123-4567-89AB-CDEF-GHJK-MNPQ",
        "code 0123-4567-89AB-CDEF-GHJK-MNPQ",
        "0123.4567.89AB.CDEF.GHJK.MNPQ",
        "0123_4567_89ab_cdef_ghjk_mnpq",
        "0123/4567/89AB/CDEF/GHJK/MNPQ",
        "0123-4567-89AB-\nCDEF-GHJK-MNPQ",
        "Recovery code 3: 0123-4567-89AB-CDEF-GHJK-MNPQ.",
        "3\t0123-4567-89AB-CDEF-GHJK-MNPQ",
        "`0123-4567-89AB-CDEF-GHJK-MNPQ`",
        "['0123-4567-89AB-CDEF-GHJK-MNPQ']",
        "0123\u{30fc}4567ー89ABー\u{2060}CDEF\u{2e3a}GHJK\u{fe58}MNPQ",
        "𝟎𝟏𝟐𝟑-𝟒𝟓𝟔𝟕-𝟖𝟗AB-CDEF-GHJK-MNPQ",
        "\u{202a}0123-4567-\u{200b}89AB\u{2212}CDEF-GHJK-MNPQ\u{202c}",
        "０１２３－４５６７－８９ａｂ－ｃｄｅｆ－ｇｈｊｋ－ｍｎｐｑ",
        "٠١٢٣-٤٥٦٧-٨٩AB-CDEF-GHJK-MNPQ",
        "1-0123-4567-89AB-CDEF-GHJK-MNPQ",
        "①0123-4567-89AB-CDEF-GHJK-MNPQ",
        "0123-4567-89AB-CDEF-GHJK-MNPQ✓",
        "Code 3 0123 4567 89AB CDEF GHJK MNPQ",
        "recovery_code=0123-4567-89AB-CDEF-GHJK-MNPQ",
    ] {
        assert_eq!(RecoveryCode::parse(typed).as_ref(), Some(&code), "{typed}");
    }
}

#[test]
fn text_without_exactly_one_recovery_code_is_rejected() {
    for typed in [
        "",
        "123456",
        "0123-4567-89AB-CDEF-GHJK-MNP",
        "0123-4567-89AB-CDEF-GHJK-MNPQR",
        "0123-4567-89AB-CDEF-GHJK-MNPU",
        "1. 123456",
        "0123-4567-89AB",
        "0123-4567-89ABCD",
        "0123-4567-89ABU",
        "0123-4567-89ABC 1123-4567-89ABC",
        "1-0123-4567-89ABC 2-1123-4567-89ABC",
        "①0123-4567-89ABC ②1123-4567-89ABC",
        "100-0123-4567-89ABC",
        "Code 100 0123 4567 89ABC",
        "ABCD EFGH JKMNP 0123 4567 89ABC",
        "Code 3 0123 4567 89ABC Code 4 1123 4567 89ABC",
        "0123 4567 89ABC✓ 1123 4567 89ABC",
        "A-0123-4567-89ABC",
        "0123-4567-89ABC 0123-4567-89AB-CDEF-GHJK-MNPQ",
        "0123-4567-89AB-CDEF-GHJK-MNPQ 1123-4567-89AB-CDEF-GHJK-MNPQ",
        "0123-4567-89AB-CDEF-GHJK-MNP\u{110}",
        "' OR 1=1 --",
    ] {
        assert_eq!(RecoveryCode::parse(typed), None, "{typed}");
    }
    assert_eq!(RecoveryCode::parse(&" ".repeat(1 << 20)), None);
}

#[test]
fn debug_output_and_hash_do_not_contain_the_recovery_code() {
    let account = |id: &str| AccountId::from_stored(id.to_owned());
    let code = RecoveryCode::generate();
    assert_eq!(format!("{code:?}"), "RecoveryCode");
    let hash = code.hash(&account("1"), b"key");
    assert_eq!(hash, code.clone().hash(&account("1"), b"key"));
    assert!(!hash.as_str().contains(&code.expose()));
    for other in [
        RecoveryCode::generate().hash(&account("1"), b"key"),
        code.hash(&account("2"), b"key"),
        code.hash(&account("1"), b"other"),
    ] {
        assert_ne!(hash, other);
    }
}

/// Databases of earlier releases contain this hash, so it must not change.
#[test]
fn recovery_code_of_an_earlier_release_has_the_same_hash_as_in_that_release() {
    let code = RecoveryCode::parse("0123-4567-89AB-CDEF-GHJK-MNPQ").expect("a code");
    let hash = code.hash(&AccountId::from_stored("1".to_owned()), b"key");
    let plain = Sha256::digest("0123456789ABCDEFGHJKMNPQ");
    assert_eq!(hash.as_str(), hex::encode(plain));
}
