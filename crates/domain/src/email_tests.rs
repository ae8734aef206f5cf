//! Tests of e-mail addresses and sign-in identifiers as people type and paste them.

use super::*;

#[test]
fn email_addresses_that_differ_in_case_or_spaces_are_equal() {
    let one = EmailAddress::parse(" Ann.Lee@Example.COM ").expect("valid e-mail address");
    let two = EmailAddress::parse("ann.lee@example.com").expect("valid e-mail address");
    assert_eq!(one.as_str(), "Ann.Lee@example.com");
    assert_eq!(one.as_ascii(), "Ann.Lee@example.com");
    assert_eq!(one.canonical(), two.canonical());
}

#[test]
fn masked_email_address_shows_one_character_and_the_domain() {
    for (address, hint) in [
        ("ann.lee@example.com", "a***@example.com"),
        ("x@münchen.de", "x***@münchen.de"),
    ] {
        let address = EmailAddress::parse(address).expect("valid e-mail address");
        assert_eq!(address.masked_hint().to_string(), hint);
    }
}

#[test]
fn malformed_and_look_alike_email_addresses_are_refused() {
    for typed in [
        "a",
        "a@",
        "@x.com",
        "a@x",
        "a b@x.com",
        "аnn@x.com",
        "a@xn--a.münchen.de",
        "a@b@münchen.de",
        "a@-münchen.de",
        "a@mün_chen.de",
        "a@münchen",
        "a@-x.com",
        "a..b@x.com",
        ".a@x.com",
        "\"a\"@x.com",
        "a@x.com\r\nBcc: b@x.com",
        "a@x.com<mailto:b@x.com>",
        "a@x.com (b@x.com)",
        "a@x،com",
        "a.mail b@x.com",
        "a@192.0.2.1",
        "a@example.123",
        "a@１９２．０．２．１",
        "a@münchen.007",
        "//a@x.com",
    ] {
        assert_eq!(
            EmailAddress::parse(typed),
            Err(Problem::EmailInvalid),
            "{typed}"
        );
    }
}

#[test]
fn email_address_is_found_in_pasted_text() {
    for typed in [
        "a@x\u{200b}.com",
        "\u{202a}a@x.com\u{202c}",
        "a＠x.com",
        "ａ@ｘ．ｃｏｍ",
        "<a@x.com>",
        "Ann Lee <a@x.com>,",
        "\"a@x.com\"",
        "'a@x.com';",
        "mailto:a@x.com",
        "mailto:a@x.com?subject=Re:%20code",
        "<mailto:a@x.com?subject=Re: code&cc=b@y.com>",
        "a @ x.com",
        "a@ x.com",
        "a\u{a0}@x.com ",
        "MAILTO:a@X.com.",
        "a@x.com.\n",
        "\u{201c}a@x.com\u{201d}",
        "\u{201e}a@x.com\u{201c},",
        "\u{ab}\u{a0}a@x.com\u{a0}\u{bb}",
        "\u{2018}a@x.com\u{2019}",
        "\u{3008}a@x.com\u{3009}",
        "Email: a@x.com",
        "E-Mail\u{ff1a}a@x.com\u{3002}",
        "Ann Lee: <a@x.com>",
        "Ann Lee ＜a@x.com＞",
        "Ann Lee 《a@x.com》",
        "a@x.com،",
        "｢a@x.com｣",
        "〝a@x.com〞",
        "❝a@x.com❞",
        "E-mail a@x.com",
        "Correo electrónico a@x.com",
        "a@x.com (work)",
        "a@x.com （仕事）",
        "a@x.com<mailto:a@x.com>",
        "a@x.com <mailto:a@x.com>,",
        "\u{fffc}a@x.com",
        "a@x.com\u{200d}",
        "a@\u{200c}x.com",
    ] {
        let read = EmailAddress::parse(typed).expect(typed);
        assert_eq!(read.as_str(), "a@x.com", "{typed}");
    }
}

#[test]
fn percent_encoded_mailto_link_is_decoded() {
    for (typed, address) in [
        ("mailto:ann%2Btag@example.com", "ann+tag@example.com"),
        ("mailto:ann%2btag%40example.com", "ann+tag@example.com"),
        (
            "MAILTO:ann%40example.com?subject=to%20a@b.com",
            "ann@example.com",
        ),
        (
            "<mailto:joerg@m%C3%BCnchen.de?cc=b%40y.com>",
            "joerg@münchen.de",
        ),
        ("mailto：ann%2Btag@example.com", "ann+tag@example.com"),
        (
            "Ann Lee <mailto:ann%2Btag@example.com>",
            "ann+tag@example.com",
        ),
        (
            "E-mail: mailto:ann%2Btag@example.com",
            "ann+tag@example.com",
        ),
        (
            "ann+tag@example.com<mailto:ann%2Btag@example.com>",
            "ann+tag@example.com",
        ),
        ("mailto:ann%252Btag@example.com", "ann%2Btag@example.com"),
        // Only a link is percent-encoded.
        ("ann%2Btag@example.com", "ann%2Btag@example.com"),
        ("E-mail: user%host@example.com", "user%host@example.com"),
    ] {
        let read = EmailAddress::parse(typed).expect(typed);
        assert_eq!(read.as_str(), address, "{typed}");
        assert_eq!(canonical_identifier(typed), read.canonical(), "{typed}");
    }
}

#[test]
fn mailto_link_with_an_invalid_encoding_is_refused() {
    for typed in [
        "mailto:ann%2@example.com",
        "mailto:?to=ann@example.com",
        "mailto:?subject=Re:%20code&to=ann@example.com",
        "mailto:ann%zz@example.com",
        "mailto:ann%+1@example.com",
        "mailto:ann%@example.com",
        "mailto:ann@exa%mple.com",
        "mailto:ann%FF@example.com",
        "mailto:ann@m%FCnchen.de",
        "mailto:%C3%A4nn@example.com",
        "mailto:ann%0A@example.com",
        "mailto:ann@example.com%0D%0ABcc:b@x.com",
        "mailto:ann%20lee@example.com",
        "mailto:b%3Aann@example.com",
        "mailto:b%3Cann@example.com",
        "mailto:b%40ann@example.com",
        "mailto:b%40x.com,ann@example.com",
        "bob@example.com<mailto:ann%40example.com>",
    ] {
        assert_eq!(
            EmailAddress::parse(typed),
            Err(Problem::EmailInvalid),
            "{typed}"
        );
    }
}

#[test]
fn url_other_than_a_mailto_link_is_no_email_address() {
    for typed in [
        "https://example.com/ann@example.com",
        "HTTPS://example.com/?email=ann@example.com",
        "https://ann:secret@example.com",
        "https:ann@example.com",
        "sip:ann@example.com",
        "Skype sip:ann@example.com",
        "acct:ann@example.com",
        "ftp://ann@example.com",
        "mailto://ann@example.com",
        "mailto:https://ann@example.com",
        "Link: //ann@example.com",
        "Ann Lee <https://example.com/ann@example.com>",
        "https：／／example.com／ann@example.com",
    ] {
        assert_eq!(
            EmailAddress::parse(typed),
            Err(Problem::EmailInvalid),
            "{typed}"
        );
        assert_ne!(canonical_identifier(typed), "ann@example.com", "{typed}");
    }
    for typed in ["Tel: ann@example.com", "Login:ann@example.com"] {
        let read = EmailAddress::parse(typed).expect(typed);
        assert_eq!(read.as_str(), "ann@example.com", "{typed}");
    }
    let read = EmailAddress::parse("ann/sales@example.com").expect("a slash in the local part");
    assert_eq!(read.as_str(), "ann/sales@example.com");
}

#[test]
fn international_domain_has_one_canonical_form_and_is_displayed_as_typed() {
    let canonical = "joerg@xn--mnchen-3ya.de";
    for typed in [
        "joerg@münchen.de",
        "Joerg@MÜNCHEN.de",
        "joerg@mu\u{308}nchen.de",
        "joerg@xn--mnchen-3ya.de",
        "joerg@XN--MNCHEN-3YA.DE",
        "joerg@münchen。de",
        "joerg@mün\u{ad}chen.de",
    ] {
        let read = EmailAddress::parse(typed).expect(typed);
        assert_eq!(read.canonical(), canonical, "{typed}");
        assert_eq!(canonical_identifier(typed), canonical, "{typed}");
    }
    let read = EmailAddress::parse("Joerg@München.de").expect("valid e-mail address");
    assert_eq!(read.as_str(), "Joerg@münchen.de");
    assert_eq!(read.as_ascii(), "Joerg@xn--mnchen-3ya.de");
    for (typed, canonical) in [
        ("a@faß.de", "a@xn--fa-hia.de"),
        ("a@例え.jp", "a@xn--r8jz45g.jp"),
        ("a@スーパー.jp", "a@xn--zck5b0gb.jp"),
    ] {
        let read = EmailAddress::parse(typed).expect(typed);
        assert_eq!(read.canonical(), canonical, "{typed}");
        assert_eq!(EmailAddress::parse(read.as_str()), Ok(read));
    }
}

/// The characters that UTS #46 treats in a special way (section 7): ß, final sigma and the two joiners.
#[test]
fn international_domain_is_converted_to_ascii_as_in_browsers() {
    for (typed, canonical, shown) in [
        ("a@faß.de", "a@xn--fa-hia.de", "a@faß.de"),
        ("a@βόλος.com", "a@xn--nxasmm1c.com", "a@βόλος.com"),
        (
            "a@ශ්\u{200d}රී.com",
            "a@xn--10cl1a0b660p.com",
            "a@ශ්\u{200d}රී.com",
        ),
        (
            "a@نامه\u{200c}ای.com",
            "a@xn--mgba3gch31f060k.com",
            "a@نامه\u{200c}ای.com",
        ),
        (
            "\u{202b}a@نامه\u{200c}ای.com\u{200c}\u{202c},",
            "a@xn--mgba3gch31f060k.com",
            "a@نامه\u{200c}ای.com",
        ),
        ("a@نامهای.com", "a@xn--mgba3gch31f.com", "a@نامهای.com"),
        (
            "a@mün\u{200c}chen.de",
            "a@xn--mnchen-3ya.de",
            "a@münchen.de",
        ),
    ] {
        let read = EmailAddress::parse(typed).expect(typed);
        assert_eq!(read.canonical(), canonical, "{typed}");
        assert_eq!(read.as_str(), shown, "{typed}");
        assert_eq!(canonical_identifier(typed), canonical, "{typed}");
        assert_eq!(canonical_identifier(canonical), canonical, "{typed}");
    }
    // A sigma in capitals is never a final one.
    let capitals = EmailAddress::parse("a@ΟΔΟΣ-Α.gr").expect("valid e-mail address");
    assert_eq!(capitals.as_str(), "a@οδοσ-α.gr");
    assert_eq!(
        capitals.canonical(),
        canonical_identifier("a@οδοσ-α.gr"),
        "capitals and small letters"
    );
}

#[test]
fn sign_in_identifier_is_a_username_or_an_email_address() {
    for (typed, canonical) in [
        (" Ann.Lee ", "ann.lee"),
        ("“Ann-Lee”,", "ann-lee"),
        ("Username: ann", "ann"),
        ("\u{201e}ann@x.com\u{201c}", "ann@x.com"),
        ("ann\u{2011}lee\u{200b}", "ann-lee"),
        ("ａｎｎ７", "ann7"),
        ("ann@Example.com", "ann@example.com"),
        ("not@an@address", "not@an@address"),
        (" \u{feff}", ""),
    ] {
        assert_eq!(canonical_identifier(typed), canonical, "{typed}");
    }
}

#[test]
fn username_at_sign_in_is_found_beside_bullets_symbols_and_list_numbers() {
    for typed in [
        "- ann",
        "* ann",
        "• ann",
        "1. ann",
        "(2) ann",
        "1\u{fe0f}\u{20e3} ann",
        "👤 ann",
        "👤ann",
        "ann 👤",
        "ann✓",
        "👤: ann",
        "*ann*",
        "**Ann**",
        "- **ann**",
        "1. Username: ann",
        "Username: 👤 ann",
    ] {
        assert_eq!(canonical_identifier(typed), "ann", "{typed}");
    }
    for (typed, canonical) in [
        ("1 ann", "1 ann"),
        ("1.ann", "1.ann"),
        ("ann lee", "ann lee"),
        ("ann - lee", "ann - lee"),
    ] {
        assert_eq!(canonical_identifier(typed), canonical, "{typed}");
    }
}

#[test]
fn overlong_email_address_is_refused_before_parsing() {
    let typed = format!("{}@x.com", "a".repeat(300));
    assert_eq!(EmailAddress::parse(&typed), Err(Problem::TooLong));
}
