//! Finds an e-mail address in pasted text: in a link, in brackets, beside a name, label, symbol or list number.

use crate::typed_text::{
    is_symbol_or_circled_number, remove_leading_label, remove_surrounding_punctuation,
    to_ascii_form, to_ascii_forms,
};

/// The character "@" in its ASCII, full-width and small form.
pub(crate) const AT_SIGNS: [char; 3] = ['@', '\u{ff20}', '\u{fe6b}'];

/// Returns the e-mail address in a pasted text, without name, label and brackets.
pub(crate) fn find_email_address(pasted_text: &str) -> &str {
    let text = remove_symbols_and_list_number(remove_surrounding_punctuation(pasted_text));
    // A `mailto:` link may have header fields after the address (RFC 6068).
    let (before, after) = text.split_at(text.find(AT_SIGNS).unwrap_or_default());
    let end = after.find('?').map_or(text.len(), |at| before.len() + at);
    let text = remove_label_in_brackets(text.get(..end).unwrap_or(text));
    // "Ann Lee <ann@example.com": the closing bracket was removed above, except a round one.
    let parts = text
        .rsplit_once(|c| matches!(to_ascii_form(c), '<' | '(' | '['))
        .map(|(before, inside)| (before, inside.trim_end_matches(|c| to_ascii_form(c) == ')')));
    let is_in_angle_brackets = text.contains(|c| to_ascii_form(c) == '<');
    let text = match parts {
        Some((name, address))
            if !name.contains(AT_SIGNS)
                && !ends_with_url(name)
                && (is_in_angle_brackets || ends_before_bracket(name)) =>
        {
            address
        }
        // Mail programs write an address with its link: "ann@example.com<mailto:ann@example.com>".
        Some((address, link)) if is_link_to_address(link, address) => link,
        _ => text,
    };
    remove_label(text)
}

/// Removes symbols around an e-mail address, and bullets and a list number before it.
///
/// Examples are `✉ ann@example.com`, `- ann@example.com` and `1. ann@example.com`.
fn remove_symbols_and_list_number(text: &str) -> &str {
    let mut text = match text.rsplit_once(char::is_whitespace) {
        Some((address, end)) if end.chars().all(is_symbol_or_circled_number) => address.trim_end(),
        _ => text,
    };
    loop {
        let rest =
            text.trim_start_matches(|c: char| c.is_whitespace() || is_symbol_or_circled_number(c));
        let rest = match rest.split_once(char::is_whitespace) {
            Some((word, address)) if is_bullet_or_list_number(word) => address,
            _ => rest,
        };
        if rest.len() == text.len() {
            return text;
        }
        text = rest;
    }
}

/// Returns whether a word before an e-mail address is punctuation, or a number of a list: `-`, `1.`, `(12)`.
///
/// A number without punctuation can be part of a mistyped local part.
fn is_bullet_or_list_number(word: &str) -> bool {
    let plain = to_ascii_forms(word);
    let number = plain.trim_matches(|c: char| c.is_ascii_punctuation() && !matches!(c, '@' | '/'));
    number.len() < plain.len() && number.len() <= 3 && number.bytes().all(|b| b.is_ascii_digit())
}

/// Returns whether a bracket after a text begins an address. After a letter it is mistyped: `john.p[eters@example.com`.
fn ends_before_bracket(text: &str) -> bool {
    text.chars()
        .next_back()
        .is_none_or(|last| last.is_whitespace() || !last.is_ascii() || last == ']')
}

/// Returns whether a text ends with a URL, so that brackets after it are part of the URL.
fn ends_with_url(text: &str) -> bool {
    let word = text.rsplit(char::is_whitespace).next().unwrap_or_default();
    to_ascii_forms(word).contains("//")
}

/// Returns whether a link after an e-mail address leads to the same address. The link can be percent-encoded.
fn is_link_to_address(link: &str, address: &str) -> bool {
    let is_mailto_link = contains_mailto_link(link);
    let (link, address) = (remove_label(link), remove_label(address));
    link == address
        || (is_mailto_link && decode_percent_encoding(link).is_some_and(|link| link == address))
}

/// Returns whether a text contains a `mailto:` link.
pub(crate) fn contains_mailto_link(text: &str) -> bool {
    let plain = to_ascii_forms(text).to_ascii_lowercase();
    plain.contains("mailto:")
}

/// Decodes the percent-encoding of a part of a `mailto:` link (RFC 6068, section 2).
///
/// Returns `None` if two hexadecimal digits are missing after a `%`, or if the decoded bytes are not UTF-8.
pub(crate) fn decode_percent_encoding(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// Schemes of URLs that can contain a user and a host, except `mailto`.
const URL_SCHEMES: [&str; 18] = [
    "acct", "ftp", "ftps", "git", "http", "https", "im", "imap", "imaps", "ldap", "pop", "sftp",
    "sip", "sips", "smtp", "ssh", "tel", "xmpp",
];

/// Removes a label with a colon before an e-mail address, and punctuation around the address.
///
/// Keeps the scheme of a URL other than `mailto:`. Its colon makes the address invalid.
fn remove_label(text: &str) -> &str {
    let address = remove_leading_label(text);
    let label = text.strip_suffix(address).unwrap_or_default();
    if is_beginning_of_url(label, address) {
        text
    } else {
        remove_surrounding_punctuation(address)
    }
}

/// Returns whether a label with its colon is the beginning of a URL other than a `mailto:` link.
///
/// A space after the colon makes the scheme a label, as in `Tel: ann@example.com`.
fn is_beginning_of_url(label: &str, address: &str) -> bool {
    let label = to_ascii_forms(label);
    let scheme = label
        .trim_end_matches(':')
        .rsplit(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    let is_scheme = URL_SCHEMES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(scheme));
    label.contains("//") || (is_scheme && !address.starts_with(char::is_whitespace))
}

/// Removes a label in brackets after an e-mail address, such as "(work)" or "[work".
///
/// A square bracket at the end was removed before.
fn remove_label_in_brackets(text: &str) -> &str {
    let in_round_brackets = text.strip_suffix(|c| to_ascii_form(c) == ')');
    let opening = if in_round_brackets.is_some() {
        '('
    } else {
        '['
    };
    let label = in_round_brackets
        .unwrap_or(text)
        .rsplit_once(|c| to_ascii_form(c) == opening);
    match label {
        Some((address, label)) if address.contains(AT_SIGNS) && !label.contains(AT_SIGNS) => {
            address.trim_end()
        }
        _ => text,
    }
}

/// Removes a label such as "E-mail" before a local part. Keeps other words, because the local part may be mistyped.
pub(crate) fn remove_label_without_colon(local: &str) -> &str {
    let Some((label, rest)) = local.rsplit_once(' ') else {
        return local;
    };
    let lower = label.to_lowercase();
    let names_an_address = ["mail", "correo", "courriel"]
        .iter()
        .any(|word| lower.contains(word));
    let has_only_words = label
        .chars()
        .all(|c| c.is_alphabetic() || matches!(c, ' ' | '-'));
    if names_an_address && has_only_words {
        rest
    } else {
        local
    }
}
