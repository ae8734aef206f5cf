//! Request headers that may be given once.

use axum::http::{HeaderMap, HeaderName};

/// A header as the policies see it. Given twice, two readers could each believe another one, so it counts as unclear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field<'a> {
    Absent,
    One(&'a str),
    Unclear,
}

impl<'a> Field<'a> {
    pub fn of(headers: &'a HeaderMap, name: &HeaderName) -> Self {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Self::Absent,
            (Some(value), None) => value.to_str().map_or(Self::Unclear, Self::One),
            (Some(_), Some(_)) => Self::Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header::ORIGIN};

    use super::*;

    #[test]
    fn a_header_given_twice_or_not_in_ascii_is_unclear() {
        let mut headers = HeaderMap::new();
        assert_eq!(Field::of(&headers, &ORIGIN), Field::Absent);
        headers.append(ORIGIN, HeaderValue::from_static("a"));
        assert_eq!(Field::of(&headers, &ORIGIN), Field::One("a"));
        headers.append(ORIGIN, HeaderValue::from_static("a"));
        assert_eq!(Field::of(&headers, &ORIGIN), Field::Unclear);
        let odd = HeaderValue::from_bytes(b"\xff").expect("opaque bytes are a legal value");
        headers.insert(ORIGIN, odd);
        assert_eq!(Field::of(&headers, &ORIGIN), Field::Unclear);
    }
}
