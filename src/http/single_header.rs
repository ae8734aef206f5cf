//! Reads request headers that must not be repeated.

use axum::http::{HeaderMap, HeaderName};

/// Value of a request header that must occur at most once.
///
/// A repeated header is ambiguous, because a proxy and this server may read different values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SingleHeader<'a> {
    Absent,
    Value(&'a str),
    /// The header occurs more than once, or its value is not ASCII text.
    Ambiguous,
}

impl<'a> SingleHeader<'a> {
    /// Reads the header with this name from a request.
    pub fn read_header(headers: &'a HeaderMap, name: &HeaderName) -> Self {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Self::Absent,
            (Some(value), None) => value.to_str().map_or(Self::Ambiguous, Self::Value),
            (Some(_), Some(_)) => Self::Ambiguous,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header::ORIGIN};

    use super::*;

    #[test]
    fn repeated_or_non_ascii_header_is_ambiguous() {
        let mut headers = HeaderMap::new();
        assert_eq!(
            SingleHeader::read_header(&headers, &ORIGIN),
            SingleHeader::Absent
        );
        headers.append(ORIGIN, HeaderValue::from_static("a"));
        assert_eq!(
            SingleHeader::read_header(&headers, &ORIGIN),
            SingleHeader::Value("a")
        );
        headers.append(ORIGIN, HeaderValue::from_static("a"));
        assert_eq!(
            SingleHeader::read_header(&headers, &ORIGIN),
            SingleHeader::Ambiguous
        );
        let opaque = HeaderValue::from_bytes(b"\xff").expect("valid header value");
        headers.insert(ORIGIN, opaque);
        assert_eq!(
            SingleHeader::read_header(&headers, &ORIGIN),
            SingleHeader::Ambiguous
        );
    }
}
