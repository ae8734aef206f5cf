use core::fmt;

use crate::problem::Problem;
use crate::typed_text::{is_dash, to_ascii_forms, without_invisible, without_surroundings};

/// An e-mail address. The domain may be an international one; the local part is ASCII.
///
/// Addresses belong to the same account if they differ only in case or in the form of the domain (`münchen.de` and
/// `xn--mnchen-3ya.de`): [`EmailAddress::canonical`] is unique.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress {
    /// As typed, with the domain in lower case.
    written: String,
    /// With the domain in ASCII (IDNA, UTS #46 non-transitional).
    ascii: String,
}

impl EmailAddress {
    /// The limit of RFC 5321, section 4.5.3.1.3, without the angle brackets.
    pub const MAX_BYTES: usize = 254;
    /// The limit before normalisation.
    const MAX_TYPED: usize = 1024;

    /// Accepts the forms in which addresses are pasted: `mailto:` links, `Ann Lee <ann@example.com>`, quotation marks,
    /// punctuation and invisible characters around or within it.
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        if typed.len() > Self::MAX_TYPED {
            return Err(Problem::TooLong);
        }
        let visible = without_invisible(typed);
        if visible.is_empty() {
            return Err(Problem::Missing);
        }
        let address = bare_address(&visible);
        if address.len() > Self::MAX_BYTES {
            return Err(Problem::TooLong);
        }
        let (local, domain) = address
            .rsplit_once(['@', '\u{ff20}', '\u{fe6b}'])
            .ok_or(Problem::EmailInvalid)?;
        let local = to_ascii_forms(local);
        let domain = Domain::parse(domain).ok_or(Problem::EmailInvalid)?;
        if !is_local_part(&local) {
            return Err(Problem::EmailInvalid);
        }
        let ascii = format!("{local}@{}", domain.ascii);
        if ascii.len() > Self::MAX_BYTES {
            return Err(Problem::TooLong);
        }
        Ok(Self {
            written: format!("{local}@{}", domain.written),
            ascii,
        })
    }

    /// The ASCII form in lower case, for comparison and uniqueness.
    pub fn canonical(&self) -> String {
        self.ascii.to_ascii_lowercase()
    }

    /// The form to display and to store.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The form for mail servers, which need not support international domains (RFC 6531).
    pub fn as_ascii(&self) -> &str {
        &self.ascii
    }
}

/// The address inside a pasted text.
fn bare_address(visible: &str) -> &str {
    let text = without_surroundings(visible);
    // "Ann Lee <ann@example.com": the closing bracket is gone already.
    let text = match text.rsplit_once('<') {
        Some((name, address)) if !name.contains('@') => address,
        _ => text,
    };
    let scheme = text
        .get(..7)
        .filter(|start| start.eq_ignore_ascii_case("mailto:"));
    without_surroundings(scheme.and_then(|_| text.get(7..)).unwrap_or(text))
}

/// The domain of an address.
struct Domain {
    written: String,
    ascii: String,
}

impl Domain {
    fn parse(typed: &str) -> Option<Self> {
        let plain = to_ascii_forms(typed);
        let (written, ascii) = if plain.is_ascii() {
            // Not through IDNA: a stored domain must stay valid whatever a later version of IDNA says about it.
            let lower = plain.to_ascii_lowercase();
            (lower.clone(), lower)
        } else {
            // Digits of other scripts are letters of a domain name, so only the dashes become ASCII.
            let is_plain_dash =
                |c: char| is_dash(c) && !matches!(c, '\u{30a0}' | '\u{30fc}' | '\u{ff70}');
            let typed: String = typed
                .chars()
                .map(|c| if is_plain_dash(c) { '-' } else { c })
                .collect();
            let written = typed.to_lowercase();
            let ascii = idna::domain_to_ascii_strict(&written).ok()?;
            (written, ascii)
        };
        is_domain(&ascii).then_some(Self { written, ascii })
    }
}

/// The canonical form of a username or e-mail address as typed at sign-in; empty if nothing was typed.
///
/// A text that is neither has a form too, which no account has.
pub fn canonical_identifier(typed: &str) -> String {
    let plain = to_ascii_forms(typed);
    if plain.contains('@')
        && let Ok(address) = EmailAddress::parse(typed)
    {
        return address.canonical();
    }
    without_surroundings(&plain).to_lowercase()
}

/// Whether `local` is a dot-atom (RFC 5322, section 3.2.3). Quoted local parts and comments are refused.
fn is_local_part(local: &str) -> bool {
    let atom = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b))
    };
    local.len() <= 64 && local.split('.').all(atom)
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    domain.contains('.') && domain.split('.').all(label)
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_differ_in_case_or_spaces_are_equal() {
        let one = EmailAddress::parse(" Ann.Lee@Example.COM ").expect("valid");
        let two = EmailAddress::parse("ann.lee@example.com").expect("valid");
        assert_eq!(one.as_str(), "Ann.Lee@example.com");
        assert_eq!(one.as_ascii(), "Ann.Lee@example.com");
        assert_eq!(one.canonical(), two.canonical());
    }

    #[test]
    fn malformed_and_look_alike_addresses_are_refused() {
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
        ] {
            assert_eq!(
                EmailAddress::parse(typed),
                Err(Problem::EmailInvalid),
                "{typed}"
            );
        }
    }

    #[test]
    fn address_is_read_in_the_forms_in_which_it_is_pasted() {
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
            "MAILTO:a@X.com.",
            "a@x.com.\n",
        ] {
            let read = EmailAddress::parse(typed).expect(typed);
            assert_eq!(read.as_str(), "a@x.com", "{typed}");
        }
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
        let read = EmailAddress::parse("Joerg@München.de").expect("valid");
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

    #[test]
    fn identifier_is_a_username_or_an_address() {
        for (typed, canonical) in [
            (" Ann.Lee ", "ann.lee"),
            ("“Ann-Lee”,", "ann-lee"),
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
    fn an_overlong_address_is_refused_before_any_parsing() {
        let typed = format!("{}@x.com", "a".repeat(300));
        assert_eq!(EmailAddress::parse(&typed), Err(Problem::TooLong));
    }
}
