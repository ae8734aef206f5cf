use core::fmt;

use crate::problem::Problem;
use crate::typed_text::{
    is_dash, remove_invisible_characters, remove_leading_label, remove_surrounding_punctuation,
    to_ascii_forms,
};

/// E-mail address with an ASCII local part. The domain may be international.
///
/// Two addresses belong to the same account if their [`EmailAddress::canonical`] forms are equal. This ignores upper
/// and lower case, and treats `münchen.de` and `xn--mnchen-3ya.de` as equal.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress {
    /// The address as typed, with the domain in lower case.
    written: String,
    /// The address with the domain in ASCII (IDNA, UTS #46 non-transitional).
    ascii: String,
}

impl EmailAddress {
    /// Maximum length of an e-mail address in bytes (RFC 5321, section 4.5.3.1.3, without the angle brackets).
    pub const MAX_BYTES: usize = 254;
    /// Maximum length in bytes of a typed text that is parsed as an e-mail address.
    const MAX_TYPED_BYTES: usize = 1024;

    /// Parses a typed or pasted e-mail address. Also accepts a `mailto:` link, a name as in `Ann Lee
    /// <ann@example.com>`, a label such as `E-mail:`, and punctuation or invisible characters around the address.
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        if typed.len() > Self::MAX_TYPED_BYTES {
            return Err(Problem::TooLong);
        }
        let visible = remove_invisible_characters(typed);
        if visible.is_empty() {
            return Err(Problem::Missing);
        }
        let address = find_email_address(&visible);
        if address.len() > Self::MAX_BYTES {
            return Err(Problem::TooLong);
        }
        let (local, domain) = address.rsplit_once(AT_SIGNS).ok_or(Problem::EmailInvalid)?;
        // Some keyboards insert spaces around the @.
        let local = to_ascii_forms(local.trim_end());
        let domain = Domain::parse(domain.trim_start()).ok_or(Problem::EmailInvalid)?;
        if !is_valid_local_part(&local) {
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

    /// Returns the e-mail address in lower-case ASCII, for comparison and uniqueness.
    pub fn canonical(&self) -> String {
        self.ascii.to_ascii_lowercase()
    }

    /// Returns the e-mail address as displayed and stored.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Returns the masked e-mail address, which shows only the first character and the domain.
    pub fn masked_hint(&self) -> EmailHint {
        let (local, domain) = self.written.rsplit_once('@').unwrap_or_default();
        let first: String = local.chars().take(1).collect();
        EmailHint(format!("{first}***@{domain}"))
    }

    /// Returns the e-mail address in ASCII, for mail servers without support for international domains (RFC 6531).
    pub fn as_ascii(&self) -> &str {
        &self.ascii
    }
}

/// Masked e-mail address, for a user who opened a mailed link but is not signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailHint(String);

impl fmt::Display for EmailHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The character "@" in its ASCII, full-width and small form.
const AT_SIGNS: [char; 3] = ['@', '\u{ff20}', '\u{fe6b}'];

/// Returns the e-mail address in a pasted text, without name, label and brackets.
fn find_email_address(pasted_text: &str) -> &str {
    let text = remove_surrounding_punctuation(pasted_text);
    // A `mailto:` link may have header fields after the address (RFC 6068).
    let (before, after) = text.split_at(text.find(AT_SIGNS).unwrap_or_default());
    let end = after.find('?').map_or(text.len(), |at| before.len() + at);
    let text = text.get(..end).unwrap_or(text);
    // "Ann Lee <ann@example.com": the closing bracket is gone already.
    let text = match text.rsplit_once('<') {
        Some((name, address)) if !name.contains('@') => address,
        _ => text,
    };
    remove_surrounding_punctuation(remove_leading_label(text))
}

/// Domain of an e-mail address, as typed and in ASCII.
struct Domain {
    written: String,
    ascii: String,
}

impl Domain {
    /// Parses a domain name. Returns `None` if the name is invalid.
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
        is_valid_domain(&ascii).then_some(Self { written, ascii })
    }
}

/// Returns the canonical form of a username or e-mail address typed at sign-in. Returns an empty text if nothing was
/// typed.
///
/// The returned text matches no account if the typed text is neither a username nor an e-mail address.
pub fn canonical_identifier(typed: &str) -> String {
    let plain = to_ascii_forms(typed);
    if plain.contains('@')
        && let Ok(address) = EmailAddress::parse(typed)
    {
        return address.canonical();
    }
    remove_surrounding_punctuation(remove_leading_label(remove_surrounding_punctuation(&plain)))
        .to_lowercase()
}

/// Returns whether the local part of an e-mail address is a dot-atom (RFC 5322, section 3.2.3). Quoted local parts and
/// comments count as invalid.
fn is_valid_local_part(local: &str) -> bool {
    let atom = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b))
    };
    local.len() <= 64 && local.split('.').all(atom)
}

/// Returns whether an ASCII domain name consists of at least two valid labels.
fn is_valid_domain(domain: &str) -> bool {
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
    fn email_addresses_that_differ_in_case_or_spaces_are_equal() {
        let one = EmailAddress::parse(" Ann.Lee@Example.COM ").expect("valid");
        let two = EmailAddress::parse("ann.lee@example.com").expect("valid");
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
            let address = EmailAddress::parse(address).expect("valid");
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
    fn overlong_email_address_is_refused_before_parsing() {
        let typed = format!("{}@x.com", "a".repeat(300));
        assert_eq!(EmailAddress::parse(&typed), Err(Problem::TooLong));
    }
}
