//! Checks the media type of request bodies, and reads bodies within limits of size and time.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::error_response::ErrorResponse;
use super::single_header::SingleHeader;

/// Returns whether the `Content-Type` header announces a URL-encoded form.
///
/// Permits no parameter except `charset=utf-8` (RFC 9110, section 8.3.1).
pub(super) fn has_form_content_type(headers: &HeaderMap) -> bool {
    // Browsers let any site send this media type without a CORS preflight. The module `cross_site` checks the origin.
    has_content_type(headers, "application/x-www-form-urlencoded")
}

/// Returns whether the `Content-Type` header announces JSON, with no parameter except `charset=utf-8`.
pub(super) fn has_json_content_type(headers: &HeaderMap) -> bool {
    has_content_type(headers, "application/json")
}

/// Returns whether the `Content-Type` header announces JSON or is absent.
///
/// A request without the header must have an empty body.
pub(super) fn has_json_or_no_content_type(headers: &HeaderMap) -> bool {
    has_json_content_type(headers) || !headers.contains_key(CONTENT_TYPE)
}

/// Returns whether the request has exactly one `Content-Type` header, with this media type.
///
/// Permits no parameter except `charset=utf-8`.
fn has_content_type(headers: &HeaderMap, expected_media_type: &str) -> bool {
    let SingleHeader::Value(value) = SingleHeader::read_header(headers, &CONTENT_TYPE) else {
        return false;
    };
    let (essence, parameters) = value.split_once(';').unwrap_or((value, "charset=utf-8"));
    let parameters = parameters.trim().to_ascii_lowercase();
    essence.trim().eq_ignore_ascii_case(expected_media_type)
        && matches!(parameters.as_str(), "charset=utf-8" | "charset=\"utf-8\"")
}

/// Reads a whole request body.
///
/// # Errors
///
/// Fails if the body has more than `limit` bytes, takes longer than `timeout`, or ends early. A `Content-Length` above
/// the limit fails before any byte is read.
pub(super) async fn read_request_body(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    timeout: Duration,
) -> Result<Bytes, ErrorResponse> {
    match SingleHeader::read_header(headers, &CONTENT_LENGTH) {
        SingleHeader::Absent => {}
        SingleHeader::Value(length) => {
            let length: u64 = length.parse().map_err(|_| ErrorResponse::MALFORMED)?;
            if usize::try_from(length).map_or(true, |length| length > limit) {
                return Err(ErrorResponse::BODY_TOO_LARGE);
            }
        }
        SingleHeader::Ambiguous => return Err(ErrorResponse::MALFORMED),
    }
    match tokio::time::timeout(timeout, Limited::new(body, limit).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(ErrorResponse::BODY_TOO_LARGE),
        Ok(Err(_)) => Err(ErrorResponse::MALFORMED),
        Err(_) => Err(ErrorResponse::BODY_TOO_SLOW),
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use axum::body::HttpBody;
    use axum::http::HeaderValue;
    use hyper::body::Frame;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    #[test]
    fn form_content_type_with_a_parameter_other_than_utf8_charset_is_refused() {
        for (value, expected) in [
            ("application/x-www-form-urlencoded", true),
            ("Application/X-WWW-Form-Urlencoded ; Charset=UTF-8", true),
            ("application/x-www-form-urlencoded;charset=\"utf-8\"", true),
            ("application/x-www-form-urlencoded;", false),
            ("application/x-www-form-urlencoded;charset=utf-7", false),
            (
                "application/x-www-form-urlencoded;charset=utf-8;boundary=x",
                false,
            ),
            ("application/x-www-form-urlencoded2", false),
            ("application/x-www-form-urlencoded, text/plain", false),
            ("text/plain", false),
            ("text/plain; application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=x", false),
            ("application/json", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]);
            assert_eq!(has_form_content_type(&headers), expected, "{value}");
        }
        assert!(!has_form_content_type(&HeaderMap::new()));
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let mut twice = HeaderMap::new();
        twice.append(CONTENT_TYPE, form.clone());
        twice.append(CONTENT_TYPE, form);
        assert!(!has_form_content_type(&twice));
    }

    /// A test request body that never ends. It repeats the chunk, or sends nothing if the chunk is `None`.
    struct EndlessBody(Option<&'static [u8]>);

    impl HttpBody for EndlessBody {
        type Data = Bytes;
        type Error = io::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
            self.0.map_or(Poll::Pending, |chunk| {
                Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(chunk)))))
            })
        }
    }

    #[tokio::test]
    async fn body_is_read_up_to_the_limit() {
        let none = HeaderMap::new();
        let read = |size| read_request_body(&none, Body::from(vec![b'a'; size]), 16, SHORT);
        assert_eq!(read(16).await.map(|bytes| bytes.len()), Ok(16));
        assert_eq!(read(17).await, Err(ErrorResponse::BODY_TOO_LARGE));
        let endless = Body::new(EndlessBody(Some(b"aaaa")));
        assert_eq!(
            read_request_body(&none, endless, 16, SHORT).await,
            Err(ErrorResponse::BODY_TOO_LARGE)
        );
    }

    #[tokio::test]
    async fn content_length_above_the_limit_is_refused_before_reading() {
        for (length, error) in [
            ("17", ErrorResponse::BODY_TOO_LARGE),
            ("99999999999999999999", ErrorResponse::MALFORMED),
            ("-1", ErrorResponse::MALFORMED),
        ] {
            let headers =
                HeaderMap::from_iter([(CONTENT_LENGTH, HeaderValue::from_static(length))]);
            // Reading this body would end with BODY_TOO_SLOW.
            let body = Body::new(EndlessBody(None));
            assert_eq!(
                read_request_body(&headers, body, 16, SHORT).await,
                Err(error),
                "{length}"
            );
        }
    }

    #[tokio::test]
    async fn body_that_does_not_arrive_in_time_is_refused() {
        let silent = Body::new(EndlessBody(None));
        assert_eq!(
            read_request_body(&HeaderMap::new(), silent, 16, SHORT).await,
            Err(ErrorResponse::BODY_TOO_SLOW)
        );
    }
}
