//! One file of the built site, ready to be sent.

use std::borrow::Cow;

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use sha2::{Digest as _, Sha256};

/// Where the files of the site come from, by their path in it (`pkg/sallyport.js`).
pub trait Source: Send + Sync + 'static {
    fn get(&self, path: &str) -> Option<Cow<'static, [u8]>>;
    fn paths(&self) -> Vec<String>;
}

/// The encodings the build prepares, best first, with the suffix of their files.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// The extensions that are served (LEAK-03). Text says so in UTF-8.
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

/// Names of plain letters only: nothing encoded, nothing hidden, no way up.
fn is_plain(path: &str) -> bool {
    path.split('/').all(|segment| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(plain)
    })
}

/// The first 16 hex digits of a SHA-256.
pub(super) fn short_hex(hash: Sha256) -> String {
    hex::encode(&hash.finalize()[..8])
}

/// A file with the encodings it is stored in.
#[derive(Debug, Clone)]
pub(super) struct Asset {
    kind: &'static str,
    /// Of the plain bytes; each encoding has a tag of its own (RFC 9110 section 8.8.3.3).
    tag: String,
    plain: Bytes,
    encoded: Vec<(&'static str, Bytes)>,
}

impl Asset {
    pub(super) fn load(source: &dyn Source, path: &str) -> Option<Self> {
        if !is_plain(path) {
            return None;
        }
        let kind = content_type(path)?;
        let plain = bytes(source.get(path)?);
        let encoded = ENCODINGS.into_iter().filter_map(|(name, suffix)| {
            let stored = source.get(&format!("{path}{suffix}"))?;
            Some((name, bytes(stored)))
        });
        Some(Self {
            kind,
            tag: short_hex(Sha256::new_with_prefix(&plain)),
            encoded: encoded.collect(),
            plain,
        })
    }

    /// The file, or that the client has it already (RFC 9110 sections 12.5.3 and 13.1.2).
    pub(super) fn respond(&self, request: &HeaderMap, cache: &'static str) -> Response<Body> {
        let chosen = self.encoded.iter().find(|(name, _)| accepts(request, name));
        let tag = match chosen {
            Some((name, _)) => format!("\"{}-{name}\"", self.tag),
            None => format!("\"{}\"", self.tag),
        };
        let known = has(request, &tag);
        let mut response = match chosen {
            _ if known => Response::new(Body::empty()),
            Some((_, bytes)) => Response::new(Body::from(bytes.clone())),
            None => Response::new(Body::from(self.plain.clone())),
        };
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(ETAG, tag);
        }
        if !known {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
            if let Some((name, _)) = chosen {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
            }
        }
        response
    }
}

/// Embedded bytes are not copied.
fn bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => Bytes::from(data),
    }
}

/// Only what is named and not weighed at nothing; a bare `*` gets the plain file.
fn accepts(request: &HeaderMap, encoding: &str) -> bool {
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

fn has(request: &HeaderMap, tag: &str) -> bool {
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
    fn only_plain_names_are_looked_up() {
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
    fn only_what_browsers_load_has_a_type() {
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
    fn an_encoding_weighed_at_nothing_is_not_accepted() {
        let request =
            |value| HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]);
        assert!(accepts(&request("gzip, deflate, br;q=0.5"), "br"));
        assert!(accepts(&request("BR"), "br"));
        assert!(!accepts(&request("gzip, br;q=0"), "br"));
        assert!(!accepts(&request("br;q=0.000"), "br"));
        assert!(!accepts(&request("brotli, *"), "br"));
        assert!(!accepts(&HeaderMap::new(), "br"));
    }
}
