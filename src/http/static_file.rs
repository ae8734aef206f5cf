//! A static file of the built site, with its compressed versions.

use std::borrow::Cow;

use axum::body::{Body, Bytes};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use sha2::{Digest as _, Sha256};

use super::encoding::{accepts_encoding, compress_with_gzip};

/// Reads the files of the site by their path in it, for example `pkg/sallyport.js`.
pub trait FileSource: Send + Sync + 'static {
    /// Returns the content of the website file at `path`; `None` if there is no such file.
    fn read_file(&self, path: &str) -> Option<Cow<'static, [u8]>>;
    /// Lists the paths of all files of the website.
    fn list_paths(&self) -> Vec<String>;
}

/// The compressed versions that the build creates, best first: encoding and file name suffix.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Returns the media type for the extension of a file name.
///
/// Returns `None` for files that are not served, such as source maps.
fn content_type_of_path(path: &str) -> Option<&'static str> {
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

/// Returns whether a URL path is safe to look up among the static files.
///
/// Every segment must have only letters, digits, `.`, `_` and `-`, and must not begin with a dot.
fn is_safe_static_file_path(path: &str) -> bool {
    path.split('/').all(|segment| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(plain)
    })
}

/// Returns the first 16 hexadecimal digits of a SHA-256 hash.
fn format_short_hash(hash: Sha256) -> String {
    hex::encode(&hash.finalize()[..8])
}

/// The content of a static file, uncompressed and compressed.
#[derive(Debug, Clone)]
pub(super) struct StaticFile {
    content_type: &'static str,
    /// The `ETag` of the uncompressed content. The `ETag` of a compressed version has its encoding appended (RFC
    /// 9110, section 8.8.3.3).
    tag: String,
    plain: Bytes,
    encoded: Vec<(&'static str, Bytes)>,
}

impl StaticFile {
    /// Reads a file and its compressed versions from `source`.
    ///
    /// Returns `None` if there is no such file, or its type is not served.
    pub(super) fn load_static_file(source: &dyn FileSource, path: &str) -> Option<Self> {
        if !is_safe_static_file_path(path) {
            return None;
        }
        let content_type = content_type_of_path(path)?;
        let plain = into_bytes(source.read_file(path)?);
        let encoded = ENCODINGS.into_iter().filter_map(|(name, suffix)| {
            let stored = source.read_file(&format!("{path}{suffix}"))?;
            Some((name, into_bytes(stored)))
        });
        Some(Self {
            content_type,
            tag: format_short_hash(Sha256::new_with_prefix(&plain)),
            encoded: encoded.collect(),
            plain,
        })
    }

    /// Creates a static file that has no compressed versions.
    pub(super) fn from_bytes(content_type: &'static str, bytes: Vec<u8>) -> Self {
        Self {
            content_type,
            tag: format_short_hash(Sha256::new_with_prefix(&bytes)),
            plain: bytes.into(),
            encoded: Vec::new(),
        }
    }

    /// Creates a static file from a JSON text, and adds a gzip-compressed version.
    pub(super) fn from_json_text(text: String) -> Self {
        let plain = Bytes::from(text);
        let compressed = compress_with_gzip(&plain).map(|gzip| ("gzip", Bytes::from(gzip)));
        Self {
            content_type: "application/json",
            tag: format_short_hash(Sha256::new_with_prefix(&plain)),
            encoded: compressed.into_iter().collect(),
            plain,
        }
    }

    /// Returns the first 16 hexadecimal digits of the SHA-256 hash of the uncompressed content.
    pub(super) fn short_hash(&self) -> &str {
        &self.tag
    }

    /// Creates the HTTP response for a static file.
    ///
    /// Uses the best encoding that the client accepts, or status 304 if the client has a current copy (RFC 9110,
    /// sections 12.5.3 and 13.1.2).
    pub(super) fn build_http_response(
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
        let not_modified = matches_entity_tag(request, &tag);
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

/// Converts file content to `Bytes`, without copying content that is embedded in the program.
fn into_bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => Bytes::from(data),
    }
}

/// Returns whether the `If-None-Match` header of a request contains this `ETag` or `*`.
fn matches_entity_tag(request_headers: &HeaderMap, tag: &str) -> bool {
    let lists = request_headers
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
    fn path_with_dots_or_encoded_characters_is_not_looked_up() {
        for good in [
            "pkg/sallyport.js",
            "favicon.svg",
            "pkg/snippets/a-1/inline0.js",
        ] {
            assert!(is_safe_static_file_path(good), "{good}");
        }
        for bad in [
            "", "/", "../x", "a/../b", "pkg//x", ".env", "pkg/.git", "a%2f..", "a\0b", "a\\b",
            "a b", "ä",
        ] {
            assert!(!is_safe_static_file_path(bad), "{bad}");
        }
    }

    #[test]
    fn only_files_that_browsers_load_have_a_content_type() {
        assert_eq!(content_type_of_path("a.wasm"), Some("application/wasm"));
        assert_eq!(content_type_of_path("a.png"), Some("image/png"));
        assert_eq!(content_type_of_path("a.ico"), Some("image/x-icon"));
        for other in [
            "a.map", "a.rs", "a.toml", "a.html", "a.d.ts", "a.js.br", "a.json", "js", "a.", "a.JS",
        ] {
            assert_eq!(content_type_of_path(other), None, "{other}");
        }
    }
}
