//! Authentication of API requests: by an access token, by the credentials of an API client, or not at all.

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::api_error::{ApiError, ErrorCode};
use super::state::Api;
use crate::auth::session::{self, SignedIn};
use crate::context::http_state::read_request_context;
use crate::context::{Caller, RequestContext};
use crate::http::client_ip::ClientIp;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A request without an access token, to register or to sign in. The credentials of an API client are optional.
pub struct AnonymousRequest {
    pub context: RequestContext,
    /// Whether a browser sent the request from a page of this server. The edge has rejected pages of other sites.
    from_page: bool,
}

impl FromRequestParts<Api> for AnonymousRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let headers = &parts.headers;
        let client = match credentials(headers, "basic") {
            Some(given) => {
                let name = decode_basic(given)
                    .and_then(|(name, secret)| api.api_clients.authenticate(&name, &secret));
                Some(name.ok_or(ErrorCode::InvalidClient)?)
            }
            None => None,
        };
        Ok(Self {
            context: context(parts, api, Caller::ApiClient { name: client }),
            from_page: headers.contains_key(ORIGIN) || headers.contains_key(FETCH_SITE),
        })
    }
}

impl AnonymousRequest {
    /// The context for starting a flow. In a browser the new flow replaces an earlier one of the same purpose. A back
    /// end may send one user's cookies with another user's request, so there the cookies are ignored.
    pub fn context_for_new_flow(&self) -> RequestContext {
        let mut context = self.context.clone();
        if !self.from_page {
            context.flow_tokens.clear();
        }
        context
    }
}

/// A request with a valid access token of a live session.
pub struct AuthenticatedRequest {
    pub context: RequestContext,
    pub signed_in: SignedIn,
}

impl FromRequestParts<Api> for AuthenticatedRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let invalid_token = || ApiError::from(ErrorCode::InvalidToken);
        let token = credentials(&parts.headers, "bearer").ok_or_else(invalid_token)?;
        let verified = api
            .access_tokens
            .verify(token, api.app.now())
            .ok_or_else(invalid_token)?;
        let context = context(parts, api, Caller::ApiClient { name: None });
        let context = context.with_session(verified.secret);
        let signed_in = session::current(&api.app, &context).await?;
        let signed_in = signed_in
            .filter(|found| found.session.id == verified.session)
            .filter(|found| found.account.id == verified.account)
            .ok_or_else(invalid_token)?;
        Ok(Self { context, signed_in })
    }
}

/// The context of an API request. The session cookie of a page does not count here.
fn context(parts: &Parts, api: &Api, caller: Caller) -> RequestContext {
    let address = parts.extensions.get::<ClientIp>();
    RequestContext {
        caller,
        session: None,
        ..read_request_context(&api.cookies, &parts.headers, address)
    }
}

/// The credentials after this scheme in the `Authorization` header. `None` if the header occurs more than once
/// (<https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2>).
fn credentials<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return None;
    };
    let (given, rest) = line.to_str().ok()?.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

/// Decodes the name and the secret of HTTP Basic credentials (<https://www.rfc-editor.org/rfc/rfc7617#section-2>).
fn decode_basic(given: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(given).ok()?).ok()?;
    let (name, secret) = text.split_once(':')?;
    Some((name.to_owned(), secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn given(lines: &[&'static str], scheme: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(AUTHORIZATION, HeaderValue::from_static(line));
        }
        credentials(&headers, scheme).map(str::to_owned)
    }

    #[test]
    fn credentials_are_read_only_from_a_single_header_with_the_right_scheme() {
        assert_eq!(given(&["Bearer abc"], "bearer").as_deref(), Some("abc"));
        assert_eq!(given(&["bEARER  abc"], "bearer").as_deref(), Some("abc"));
        for lines in [
            &["Basic abc"][..],
            &["Bearer"],
            &["abc"],
            &["Bearer abc", "Bearer abc"],
            &[],
        ] {
            assert_eq!(given(lines, "bearer"), None, "{lines:?}");
        }
    }

    /// The example of RFC 7617, section 2.
    #[test]
    fn a_basic_secret_may_contain_colons_and_a_name_may_not() {
        let read = |text| decode_basic(text).map(|(name, secret)| format!("{name}|{secret}"));
        let example = read("QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(example.as_deref(), Some("Aladdin|open sesame"));
        assert_eq!(read("YTpiOmM=").as_deref(), Some("a|b:c"));
        for odd in ["", "YQ==", "YTpi\u{e9}", "/w==", "YTpiOmM"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
