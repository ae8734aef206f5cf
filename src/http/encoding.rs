//! Parses the content encodings that a client accepts, and compresses with gzip.

use std::io::Write as _;

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Returns whether the `Accept-Encoding` header contains `encoding` with a weight above zero.
///
/// The wildcard `*` does not count.
pub(super) fn accepts_encoding(request_headers: &HeaderMap, encoding: &str) -> bool {
    let lists = request_headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, "q=1"));
        let weight = weight
            .trim()
            .trim_start_matches(['q', 'Q'])
            .trim_start_matches('=');
        name.trim().eq_ignore_ascii_case(encoding)
            && weight.parse::<f32>().is_ok_and(|weight| weight > 0.0)
    })
}

/// Compresses `data` with gzip.
pub(super) fn compress_with_gzip(data: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn encoding_with_weight_zero_is_not_accepted() {
        let request =
            |value| HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]);
        assert!(accepts_encoding(&request("gzip, deflate, br;q=0.5"), "br"));
        assert!(accepts_encoding(&request("BR"), "br"));
        assert!(!accepts_encoding(&request("gzip, br;q=0"), "br"));
        assert!(!accepts_encoding(&request("br;q=0.000"), "br"));
        assert!(!accepts_encoding(&request("brotli, *"), "br"));
        assert!(!accepts_encoding(&HeaderMap::new(), "br"));
    }
}
