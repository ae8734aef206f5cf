//! Finds an e-mail address in pasted text: in a link, in brackets, beside a name, label, symbol or list number.

use crate::typed_text::{
    is_dash, is_symbol_or_circled_number, remove_leading_label, remove_markdown,
    remove_surrounding_punctuation, to_ascii_form, to_ascii_forms,
};

/// The character "@" in its ASCII, full-width and small form.
pub(crate) const AT_SIGNS: [char; 3] = ['@', '\u{ff20}', '\u{fe6b}'];

/// Returns the e-mail address in a pasted text, without name, label and brackets.
pub(crate) fn find_email_address(pasted_text: &str) -> &str {
    let text = remove_list_markers(remove_surrounding_punctuation(pasted_text));
    let text = remove_formula_sign_and_final_bracket(text);
    // A `mailto:` link may have header fields after the address (RFC 6068).
    let (before, after) = text.split_at(text.find(AT_SIGNS).unwrap_or_default());
    let end = after.find('?').map_or(text.len(), |at| before.len() + at);
    let text = remove_label_in_brackets(text.get(..end).unwrap_or(text));
    let text = remove_label_after_separator(text);
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

/// Removes symbols and Markdown around an e-mail address or username, and bullets and a list number before it.
///
/// Examples are `✉ ann@example.com`, `ann@example.com✓`, `**ann**`, `- ann` and `1. ann`.
pub(crate) fn remove_list_markers(text: &str) -> &str {
    let text = remove_symbols_and_list_number(remove_markdown(text));
    remove_surrounding_punctuation(remove_markdown(text))
}

/// Removes symbols around a text, and bullets and a list number before it.
fn remove_symbols_and_list_number(text: &str) -> &str {
    let text = match text.rsplit_once(char::is_whitespace) {
        Some((address, end)) if end.chars().all(is_symbol_or_circled_number) => address.trim_end(),
        _ => text,
    };
    let mut text = text.trim_end_matches(is_sign_or_emoji).trim_end();
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

/// Returns whether `c` is a sign or emoji that no top-level domain contains, or the joiner of two emoji.
///
/// Signs that IDNA converts to letters or digits do not count, such as `ⓐ`.
const fn is_sign_or_emoji(c: char) -> bool {
    matches!(
        c,
        '\u{a6}'..='\u{a7}'
            | '\u{a9}'
            | '\u{ac}'
            | '\u{ae}'
            | '\u{b0}'..='\u{b1}'
            | '\u{b6}'
            | '\u{200d}'
            | '\u{2020}'..='\u{2023}'
            | '\u{203b}'
            | '\u{2190}'..='\u{2328}'
            | '\u{232b}'..='\u{245f}'
            | '\u{2500}'..='\u{2a73}'
            | '\u{2a77}'..='\u{2adb}'
            | '\u{2add}'..='\u{2bff}'
            | '\u{1f000}'..='\u{1f0ff}'
            | '\u{1f1e6}'..='\u{1f1ff}'
            | '\u{1f300}'..='\u{1faff}'
    )
}

/// Removes the `=` of a spreadsheet before a text, as in `="ann@example.com"`, and a bracket that only closes after it.
fn remove_formula_sign_and_final_bracket(text: &str) -> &str {
    let text = text.trim_start_matches(|c| to_ascii_form(c) == '=');
    let text = if text.contains(|c| to_ascii_form(c) == '(') {
        text
    } else {
        text.trim_end_matches(|c| to_ascii_form(c) == ')')
    };
    remove_surrounding_punctuation(text)
}

/// Removes words after an e-mail address and a dash, colon or bar: `ann@example.com - work`, `ann@example.com: work`.
///
/// Keeps a text with a dot or digit, because it can belong to a mistyped domain.
fn remove_label_after_separator(text: &str) -> &str {
    let (before, domain) = text.split_at(text.rfind(AT_SIGNS).unwrap_or(text.len()));
    let starts_with_space = |rest: &str| rest.is_empty() || rest.starts_with(char::is_whitespace);
    let separator = domain.char_indices().find_map(|(start, c)| {
        let (address, rest) = domain.split_at(start);
        let label = rest.strip_prefix(c).unwrap_or_default();
        let is_separator = match to_ascii_form(c) {
            '|' => !label.is_empty(),
            ':' => label.starts_with(char::is_whitespace),
            _ => is_dash(c) && address.ends_with(char::is_whitespace) && starts_with_space(label),
        };
        is_separator.then_some((address, label))
    });
    match separator {
        Some((address, label))
            if label
                .chars()
                .all(|c| c.is_alphabetic() || c.is_whitespace() || is_dash(c)) =>
        {
            text.get(..before.len() + address.len())
                .unwrap_or(text)
                .trim_end()
        }
        _ => text,
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
