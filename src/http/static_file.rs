//! One file of the built site, in all its encodings.

use std::borrow::Cow;
use std::fmt::Write as _;

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use sha2::{Digest as _, Sha256};

/// The files of the site by their path in it, for example `pkg/sallyport.js`.
pub trait FileSource: Send + Sync + 'static {
    fn get(&self, path: &str) -> Option<Cow<'static, [u8]>>;
    fn paths(&self) -> Vec<String>;
}

/// The encodings that the build prepares, best first, with the suffix of their files.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// The media type of `path`. Files with another extension are not served, for example source maps.
fn content_type(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    match extension {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml; charset=utf-8"),
        "wasm" => Some("application/wasm"),
        "png" => Some("image/png"),
        "ico" => Some("image/x-icon"),
        "webp" => Some("image/webp"),
        _ => None,
    }
}

/// Whether `path` has no encoded characters, no hidden files and no `..`.
fn is_plain(path: &str) -> bool {
    path.split('/').all(|segment| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(plain)
    })
}

/// Returns the first 16 hex digits of a SHA-256.
pub(super) fn short_hex(hash: Sha256) -> String {
    let mut text = String::with_capacity(16);
    for byte in &hash.finalize()[..8] {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[derive(Debug, Clone)]
pub(super) struct StaticFile {
    content_type: &'static str,
    /// The `ETag` of the plain bytes. Each encoding adds its name to it (RFC 9110 section 8.8.3.3).
    tag: String,
    plain: Bytes,
    encoded: Vec<(&'static str, Bytes)>,
}

impl StaticFile {
    pub(super) fn load(source: &dyn FileSource, path: &str) -> Option<Self> {
        if !is_plain(path) {
            return None;
        }
        let content_type = content_type(path)?;
        let plain = into_bytes(source.get(path)?);
        let encoded = ENCODINGS.into_iter().filter_map(|(name, suffix)| {
            let stored = source.get(&format!("{path}{suffix}"))?;
            Some((name, into_bytes(stored)))
        });
        Some(Self {
            content_type,
            tag: short_hex(Sha256::new_with_prefix(&plain)),
            encoded: encoded.collect(),
            plain,
        })
    }

    /// Returns the file, or 304 if the client has it (RFC 9110 sections 12.5.3 and 13.1.2).
    pub(super) fn respond(
        &self,
        request: &HeaderMap,
        cache_control: &'static str,
    ) -> Response<Body> {
        let chosen = self
            .encoded
            .iter()
            .find(|(name, _)| accepts_encoding(request, name));
        let tag = match chosen {
            Some((name, _)) => format!("\"{}-{name}\"", self.tag),
            None => format!("\"{}\"", self.tag),
        };
        let not_modified = matches_tag(request, &tag);
        let mut response = match chosen {
            _ if not_modified => Response::new(Body::empty()),
            Some((_, bytes)) => Response::new(Body::from(bytes.clone())),
            None => Response::new(Body::from(self.plain.clone())),
        };
        if not_modified {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache_control));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(ETAG, tag);
        }
        if !not_modified {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
            if let Some((name, _)) = chosen {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
            }
        }
        response
    }
}

/// Converts file contents without copying embedded ones.
fn into_bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => Bytes::from(data),
    }
}

/// Whether `Accept-Encoding` names `encoding` with a weight above zero. `*` selects the plain file.
fn accepts_encoding(request: &HeaderMap, encoding: &str) -> bool {
    let lists = request
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

/// Whether `If-None-Match` contains `tag` or `*`.
fn matches_tag(request: &HeaderMap, tag: &str) -> bool {
    let lists = request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|known| {
        let known = known.trim();
        known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_are_looked_up() {
        for good in [
            "pkg/sallyport.js",
            "favicon.svg",
            "pkg/snippets/a-1/inline0.js",
        ] {
            assert!(is_plain(good), "{good}");
        }
        for bad in [
            "", "/", "../x", "a/../b", "pkg//x", ".env", "pkg/.git", "a%2f..", "a\0b", "a\\b",
            "a b", "ä",
        ] {
            assert!(!is_plain(bad), "{bad}");
        }
    }

    #[test]
    fn only_files_that_browsers_load_have_a_content_type() {
        assert_eq!(content_type("a.wasm"), Some("application/wasm"));
        assert_eq!(content_type("a.png"), Some("image/png"));
        assert_eq!(content_type("a.ico"), Some("image/x-icon"));
        for other in [
            "a.map", "a.rs", "a.toml", "a.html", "a.d.ts", "a.js.br", "a.json", "js", "a.", "a.JS",
        ] {
            assert_eq!(content_type(other), None, "{other}");
        }
    }

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
