//! Who is calling: nobody in particular, perhaps through a client we know, or whoever a token
//! says.

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum_extra::headers::authorization::{self, Basic, Credentials};

use super::Api;
use super::problem::{Failure, Kind};
use crate::auth::session::{self, SignedIn};
use crate::context::http_state::read_request_context;
use crate::context::{Caller, RequestContext};
use crate::http::client_ip::ClientIp;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A call without a token, for whoever is about to register or sign in.
pub struct Anonymous {
    pub context: RequestContext,
    /// From a page of ours, as the edge has made sure; other programs say nothing of the kind.
    from_page: bool,
}

impl FromRequestParts<Api> for Anonymous {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let headers = &parts.headers;
        let client = match authorization(headers, Basic::SCHEME) {
            Some(line) => {
                let known = Basic::decode(line)
                    .and_then(|basic| api.clients.authenticate(basic.username(), basic.password()));
                Some(known.ok_or(Kind::InvalidClient)?)
            }
            None => None,
        };
        Ok(Self {
            context: context(parts, api, Caller::ApiClient { name: client }),
            from_page: headers.contains_key(ORIGIN) || headers.contains_key(FETCH_SITE),
        })
    }
}

impl Anonymous {
    /// As who begins something new. In a browser it takes the place of what was begun there
    /// before (SM-10); a back end keeps cookies for many people at once, if it keeps any, and
    /// none of them is to end another's.
    pub fn afresh(&self) -> RequestContext {
        let mut context = self.context.clone();
        if !self.from_page {
            context.flow_tokens.clear();
        }
        context
    }
}

/// A call with a token that is good now.
pub struct Bearer {
    pub context: RequestContext,
    pub signed_in: SignedIn,
}

impl FromRequestParts<Api> for Bearer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        let refused = || Failure::from(Kind::InvalidToken);
        let token = bearer(&parts.headers).ok_or_else(refused)?;
        let presented = api.tokens.read(token.token(), api.app.now());
        let presented = presented.ok_or_else(refused)?;
        let context = context(parts, api, Caller::ApiClient { name: None });
        let context = context.with_session(presented.secret);
        let signed_in = session::current(&api.app, &context).await?;
        let signed_in = signed_in
            .filter(|found| found.session.id == presented.session)
            .filter(|found| found.account.id == presented.account)
            .ok_or_else(refused)?;
        Ok(Self { context, signed_in })
    }
}

/// Whoever it is holds no session by a cookie.
fn context(parts: &Parts, api: &Api, caller: Caller) -> RequestContext {
    let address = parts.extensions.get::<ClientIp>();
    RequestContext {
        caller,
        session: None,
        ..read_request_context(&api.cookies, &parts.headers, address)
    }
}

/// The `Authorization` header, if the request has exactly one and it is of this scheme (RFC 9110, section 11.6.2).
fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a HeaderValue> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return None;
    };
    let (given, _) = line.to_str().ok()?.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then_some(line)
}

fn bearer(headers: &HeaderMap) -> Option<authorization::Bearer> {
    authorization(headers, authorization::Bearer::SCHEME).and_then(authorization::Bearer::decode)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer_token(lines: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(AUTHORIZATION, HeaderValue::from_static(line));
        }
        bearer(&headers).map(|bearer| bearer.token().to_owned())
    }

    #[test]
    fn credentials_are_given_once_and_by_their_scheme() {
        assert_eq!(bearer_token(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(bearer_token(&["bEARER  abc"]).as_deref(), Some("abc"));
        for lines in [
            &["Basic abc"][..],
            &["Bearer"],
            &["abc"],
            &["Bearer abc", "Bearer abc"],
            &[],
        ] {
            assert_eq!(bearer_token(lines), None, "{lines:?}");
        }
    }

    /// The example of RFC 7617, section 2.
    #[test]
    fn a_secret_may_hold_colons_and_a_name_none() {
        let read = |text: &str| {
            let line = HeaderValue::from_bytes(format!("Basic {text}").as_bytes());
            let basic = Basic::decode(&line.expect("a header value"))?;
            Some(format!("{}|{}", basic.username(), basic.password()))
        };
        let example = read("QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(example.as_deref(), Some("Aladdin|open sesame"));
        assert_eq!(read("YTpiOmM=").as_deref(), Some("a|b:c"));
        for odd in ["", "YQ==", "YTpi\u{e9}", "/w==", "YTpiOmM"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
