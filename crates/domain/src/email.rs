use core::fmt;

use crate::email_text::{
    AT_SIGNS, contains_mailto_link, decode_percent_encoding, find_email_address,
    remove_label_without_colon, remove_list_markers,
};
use crate::problem::Problem;
use crate::typed_text::{
    decimal_digit_value, is_dash, is_invisible, remove_invisible_characters, remove_leading_label,
    remove_surrounding_punctuation, replace_leading_keycaps, to_ascii_form, to_ascii_forms,
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

    /// Parses a typed or pasted e-mail address.
    ///
    /// Also accepts a `mailto:` link, a name as in `Ann Lee <ann@example.com>`, a label such as `E-mail:` or `(work)`,
    /// a list number before the address, and symbols, punctuation or invisible characters around it. Decodes the
    /// percent-encoding of a `mailto:` link. Refuses an address whose stored form is not parsed as the same address.
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        let email = Self::parse_typed_text(typed)?;
        if Self::parse_typed_text(&email.written)? == email {
            Ok(email)
        } else {
            Err(Problem::EmailInvalid)
        }
    }

    /// Parses a typed or pasted e-mail address without the check of its stored form.
    fn parse_typed_text(typed: &str) -> Result<Self, Problem> {
        if typed.len() > Self::MAX_TYPED_BYTES {
            return Err(Problem::TooLong);
        }
        if remove_invisible_characters(typed).is_empty() {
            return Err(Problem::Missing);
        }
        // A joiner can be part of a domain name, so the parser of the domain decides about it.
        let typed: String = replace_leading_keycaps(typed)
            .chars()
            .filter(|c| !is_invisible(*c) || JOINERS.contains(c))
            .collect();
        let is_link = contains_mailto_link(&typed);
        // The @ of a link can be encoded too.
        let typed = if is_link {
            typed.replace("%40", "@")
        } else {
            typed
        };
        let address = find_email_address(typed.trim());
        if address.len() > Self::MAX_BYTES {
            return Err(Problem::TooLong);
        }
        let (local, domain) = address.rsplit_once(AT_SIGNS).ok_or(Problem::EmailInvalid)?;
        // Some keyboards insert spaces around the @.
        let local = to_ascii_forms(local);
        let local = remove_label_without_colon(local.trim_end()).to_owned();
        let domain = domain.trim_start().to_owned();
        let decoded = if is_link && local.starts_with('?') {
            // The link has only header fields, such as `mailto:?to=ann@example.com`.
            None
        } else if is_link {
            decode_percent_encoding(&local).zip(decode_percent_encoding(&domain))
        } else {
            Some((local, domain))
        };
        let (local, domain) = decoded.ok_or(Problem::EmailInvalid)?;
        let domain = Domain::parse(&domain).ok_or(Problem::EmailInvalid)?;
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

/// Zero-width non-joiner and joiner, which change the meaning of words in Persian, Sinhala and other scripts.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Domain of an e-mail address, in Unicode and in ASCII.
struct Domain {
    written: String,
    ascii: String,
}

impl Domain {
    /// Parses a domain name. Returns `None` if the name is invalid.
    fn parse(typed: &str) -> Option<Self> {
        // The deprecated letter ŉ consists of an apostrophe and an n.
        if typed.contains('\u{149}') {
            return None;
        }
        let plain = to_ascii_forms(typed);
        let has_letters_with_ascii_form =
            has_apostrophe_letter(typed) || typed.contains(is_digit_of_another_script);
        let (written, ascii) = if plain.is_ascii() && !has_letters_with_ascii_form {
            // IDNA is skipped, because a stored domain must stay valid even if a later version of IDNA refuses it.
            let lower = plain.to_ascii_lowercase();
            (lower.clone(), lower)
        } else {
            // Digits of other scripts are letters of a domain name, so only the dashes become ASCII.
            let is_plain_dash = |c: char| {
                is_dash(c) && !matches!(c, '\u{30a0}' | '\u{30fc}' | '\u{3161}' | '\u{ff70}')
            };
            let typed: String = remove_invalid_joiners(typed)
                .chars()
                .map(|c| if is_plain_dash(c) { '-' } else { c })
                .collect();
            // IDNA converts to lower case too. Its rules for the Greek sigma differ from those of `str::to_lowercase`.
            let ascii = idna::domain_to_ascii_strict(&typed).ok()?;
            let (written, converted) = idna::domain_to_unicode(&ascii);
            converted.ok()?;
            if written.contains(is_punctuation_outside_host_names) {
                return None;
            }
            (written, ascii)
        };
        is_valid_domain(&ascii).then_some(Self { written, ascii })
    }
}

/// The dots between the labels of a domain name (UTS #46, section 2.3).
const DOTS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];

/// Returns whether a domain name contains an apostrophe that is a letter: the Hawaiian ʻokina, or that of Ukrainian.
///
/// No top-level domain contains one, so an apostrophe there is a quotation mark.
fn has_apostrophe_letter(domain: &str) -> bool {
    const LETTERS: [char; 2] = ['\u{2bb}', '\u{2bc}'];
    domain
        .rsplit_once(DOTS)
        .is_some_and(|(name, top_level)| name.contains(LETTERS) && !top_level.contains(LETTERS))
}

/// Returns whether `c` is a decimal digit that stays as it is in a domain name, such as `१`.
///
/// IDNA converts only the other digits to ASCII: full-width, mathematical and segmented ones (UTS #46, section 5).
fn is_digit_of_another_script(c: char) -> bool {
    let has_ascii_form = matches!(
        c,
        '\u{ff10}'..='\u{ff19}' | '\u{1d7ce}'..='\u{1d7ff}' | '\u{1fbf0}'..='\u{1fbf9}'
    );
    !c.is_ascii() && !has_ascii_form && decimal_digit_value(c).is_some()
}

/// Returns whether `c` stands for ASCII punctuation that a host name cannot contain, such as the slash in `½`.
///
/// Letters and the Hebrew punctuation that IDNA permits (RFC 5892, appendix A) do not count.
fn is_punctuation_outside_host_names(c: char) -> bool {
    let form = to_ascii_form(c);
    let is_permitted = c.is_ascii() || c.is_alphabetic() || matches!(c, '\u{5f3}' | '\u{5f4}');
    !is_permitted && form.is_ascii_punctuation() && form != '-'
}

/// Removes the joiners from a domain name, except where IDNA permits them (RFC 5892, appendix A).
fn remove_invalid_joiners(domain: &str) -> String {
    if !domain.contains(JOINERS) {
        return domain.to_owned();
    }
    domain
        .split_inclusive(DOTS)
        .map(|label| {
            let name = label.trim_end_matches(DOTS);
            let (name, end) = label.split_at(name.len());
            let name = name.trim_matches(JOINERS);
            if idna::domain_to_ascii_strict(name).is_ok() {
                format!("{name}{end}")
            } else {
                format!("{}{end}", name.replace(JOINERS, ""))
            }
        })
        .collect()
}

/// Returns the canonical form of a username or e-mail address typed at sign-in.
///
/// Removes a label, symbol, bullet or list number before it, as in `1. ann`.
/// Returns an empty text if nothing was typed. The returned text matches no account if the typed text is neither a
/// username nor an e-mail address.
pub fn canonical_identifier(typed: &str) -> String {
    let plain = to_ascii_forms(&replace_leading_keycaps(typed));
    if plain.contains(['@', '%'])
        && let Ok(address) = EmailAddress::parse(typed)
    {
        return address.canonical();
    }
    if plain.contains('@') {
        // An invalid e-mail address is not normalised, because the result can be the address of an account.
        return typed.trim().to_lowercase();
    }
    let bare = remove_list_markers(remove_surrounding_punctuation(&plain));
    let name = remove_list_markers(remove_leading_label(bare));
    name.to_lowercase()
}

/// Returns whether the local part of an e-mail address is a dot-atom (RFC 5322, section 3.2.3).
///
/// Quoted local parts and comments count as invalid. So does a local part that begins with `//`, the rest of a URL.
fn is_valid_local_part(local: &str) -> bool {
    let atom = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b))
    };
    local.len() <= 64 && !local.starts_with("//") && local.split('.').all(atom)
}

/// Returns whether an ASCII domain name consists of at least two valid labels.
///
/// Refuses digits as the last label, because no top-level domain has only digits (RFC 3696, section 2): the name is an
/// IP address.
fn is_valid_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let top_level = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.')
        && !top_level.bytes().all(|b| b.is_ascii_digit())
        && domain.split('.').all(label)
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress")
    }
}

#[cfg(test)]
#[path = "email_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "email_stored_form_tests.rs"]
mod stored_form_tests;
