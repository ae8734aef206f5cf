//! User and password in the URL of a database or mail server.

use reqwest::Url;

/// Returns the decoded password in a URL. `None` if the text is not a URL or has no valid password.
pub(super) fn find_url_password(text: &str) -> Option<String> {
    decode_percent_encoding(Url::parse(text).ok()?.password()?)
}

/// Returns the decoded user and password in a URL. `None` if the URL has no password, or if one of them is not
/// percent-encoded UTF-8.
pub fn decode_url_credentials(url: &Url) -> Option<(String, String)> {
    let user = decode_percent_encoding(url.username())?;
    Some((user, decode_percent_encoding(url.password()?)?))
}

/// Returns whether user and password of a URL are percent-encoded UTF-8.
///
/// The libraries that use the URL would take a `%` without two hexadecimal digits literally.
pub(super) fn has_percent_encoded_credentials(url: &Url) -> bool {
    [url.username(), url.password().unwrap_or_default()]
        .into_iter()
        .all(|text| decode_percent_encoding(text).is_some())
}

/// Decodes percent-encoded text. `None` if two hexadecimal digits do not follow each `%`, or if the result is not UTF-8.
fn decode_percent_encoding(text: &str) -> Option<String> {
    let hex_digit = |byte: u8| char::from(byte).to_digit(16);
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let value = if byte == b'%' {
            let high = hex_digit(bytes.next()?)?;
            let low = hex_digit(bytes.next()?)?;
            u8::try_from(high * 16 + low).ok()?
        } else {
            byte
        };
        decoded.push(value);
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoded_text_is_decoded() {
        for (encoded, decoded) in [
            ("", ""),
            ("plain", "plain"),
            ("p%40w", "p@w"),
            ("%C3%a9%25", "é%"),
        ] {
            assert_eq!(
                decode_percent_encoding(encoded).as_deref(),
                Some(decoded),
                "{encoded}"
            );
        }
    }

    #[test]
    fn malformed_percent_encoding_is_refused() {
        for encoded in ["p%zz", "p%", "p%4", "%+1", "%FF"] {
            assert_eq!(decode_percent_encoding(encoded), None, "{encoded}");
        }
    }
}
