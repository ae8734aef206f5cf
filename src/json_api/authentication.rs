//! Authenticates API requests by access token, by API client credentials, or not at all.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use axum_extra::headers::authorization::{Authorization, Basic, Bearer, Credentials};
use axum_extra::headers::{Error, Header as _};

use super::access_token::TokenScope;
use super::api_error::{ApiError, ErrorCode};
use super::response_body::DEVICE;
use super::state::Api;
use crate::auth::error::FlowError;
use crate::auth::session::{self, SignedIn};
use crate::context::http_state::read_request_context;
use crate::context::{Caller, RequestContext};
use crate::security::device::DeviceMark;
use crate::store::accounts::Account;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Extractor for a request without access token, such as registration or sign-in. Checks the API client's credentials
/// if the request has any.
pub struct AnonymousRequest {
    pub context: RequestContext,
    /// Whether a browser sent the request from a page of this server. Requests from pages of other sites were
    /// rejected before.
    from_page: bool,
}

impl FromRequestParts<Api> for AnonymousRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let headers = &parts.headers;
        let client = match parse_authorization::<Basic>(headers) {
            Some(basic) => {
                let basic = basic.map_err(|_| ErrorCode::InvalidClient)?;
                let name = api
                    .api_clients
                    .authenticate(basic.username(), basic.password());
                Some(name.ok_or(ErrorCode::InvalidClient)?)
            }
            None => None,
        };
        let mut context = api_request_context(parts, api, Caller::ApiClient { name: client });
        let device = headers.get(DEVICE).and_then(|mark| mark.to_str().ok());
        context.devices.extend(device.and_then(DeviceMark::parse));
        Ok(Self {
            context,
            from_page: headers.contains_key(ORIGIN) || headers.contains_key(FETCH_SITE),
        })
    }
}

impl AnonymousRequest {
    /// Returns the request context for starting a flow. Includes the flow tokens and the recovery token in cookies only
    /// if a page in a browser sent the request.
    pub fn context_for_new_flow(&self) -> RequestContext {
        // In a browser the new flow replaces an earlier one of the same purpose. A back end may send one user's
        // cookies with another user's request.
        let mut context = self.context.clone();
        if !self.from_page {
            context.flow_tokens.clear();
            context.recovery = None;
        }
        context
    }
}

/// Extractor for a request with a valid access token, even if the deletion of the account was requested.
pub struct HolderRequest {
    pub context: RequestContext,
    /// The session and account of the token.
    pub holder: SignedIn,
}

impl FromRequestParts<Api> for HolderRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let invalid_token = || ApiError::from(ErrorCode::InvalidToken);
        let bearer = parse_authorization::<Bearer>(&parts.headers)
            .and_then(Result::ok)
            .ok_or_else(invalid_token)?;
        let verified = api
            .access_tokens
            .verify_access_token(bearer.token(), api.app.now())
            .ok_or_else(invalid_token)?;
        let context = api_request_context(parts, api, Caller::ApiClient { name: None });
        let context = context.with_session_token(verified.secret);
        let found = match session::find_signed_in_user_and_restart_idle_timeout(&api.app, &context)
            .await?
        {
            Some(signed_in) => Some(signed_in),
            None => session::find_live_session_of_request(&api.app, &context).await?,
        };
        let permits = |account: &Account| match verified.scope {
            TokenScope::Account => true,
            TokenScope::KeepAccount => account.delete_at.is_some(),
        };
        let holder = found
            .filter(|found| found.session.id == verified.session)
            .filter(|found| found.account.id == verified.account && permits(&found.account))
            .ok_or_else(invalid_token)?;
        Ok(Self { context, holder })
    }
}

/// Extractor for a request with a valid access token of an account that is not being deleted.
pub struct AuthenticatedRequest {
    pub context: RequestContext,
    pub signed_in: SignedIn,
}

impl FromRequestParts<Api> for AuthenticatedRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let HolderRequest { context, holder } =
            HolderRequest::from_request_parts(parts, api).await?;
        if holder.account.delete_at.is_some() {
            return Err(ErrorCode::DeletionPending.into());
        }
        Ok(Self {
            context,
            signed_in: holder,
        })
    }
}

/// Converts the error of a request with an access token to an API error. If the session of the token has ended
/// meanwhile, the API error is "invalid token".
pub fn convert_flow_error_of_signed_in_request(error: FlowError) -> ApiError {
    let error = ApiError::from(error);
    match error.code {
        ErrorCode::NoPending => ErrorCode::InvalidToken.into(),
        _ => error,
    }
}

/// Extractor for requests with or without an access token. If the token is missing or invalid, contains the error,
/// which the handler may ignore.
pub struct OptionalAuthentication(pub Result<AuthenticatedRequest, ApiError>);

impl FromRequestParts<Api> for OptionalAuthentication {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Infallible> {
        Ok(Self(
            AuthenticatedRequest::from_request_parts(parts, api).await,
        ))
    }
}

/// Creates the request context of an API request. Ignores the session cookie, which does not authenticate API requests.
fn api_request_context(parts: &Parts, api: &Api, caller: Caller) -> RequestContext {
    RequestContext {
        caller,
        session: None,
        ..read_request_context(&api.cookies, &parts.headers, &parts.extensions)
    }
}

/// Parses the `Authorization` header if it has the scheme `C`. Returns `None` if it has another scheme or occurs more
/// than once (<https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2>).
fn parse_authorization<C: Credentials>(headers: &HeaderMap) -> Option<Result<C, Error>> {
    // The extractor `TypedHeader` would accept the first of several headers.
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, _) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case(C::SCHEME) {
        return None;
    }
    let decoded = Authorization::<C>::decode(&mut std::iter::once(value));
    Some(decoded.map(|Authorization(credentials)| credentials))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn parse_headers<C: Credentials>(lines: &[&str]) -> Option<Result<C, Error>> {
        let mut headers = HeaderMap::new();
        for line in lines {
            let value = HeaderValue::from_bytes(line.as_bytes()).expect("valid header value");
            headers.append(AUTHORIZATION, value);
        }
        parse_authorization(&headers)
    }

    /// Parses an `Authorization` header with this value, and returns its bearer token.
    fn parse_bearer_token(line: &str) -> Option<String> {
        let bearer = parse_headers::<Bearer>(&[line])?.expect("a token");
        Some(bearer.token().to_owned())
    }

    #[test]
    fn credentials_are_accepted_only_from_a_single_authorization_header_with_the_right_scheme() {
        assert_eq!(parse_bearer_token("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(parse_bearer_token("bEARER  abc").as_deref(), Some("abc"));
        for lines in [
            &["Basic abc"][..],
            &["Bearer"],
            &["abc"],
            &["Bearer abc", "Bearer abc"],
            &["Bearer \u{e9}"],
            &[],
        ] {
            assert!(parse_headers::<Bearer>(lines).is_none(), "{lines:?}");
        }
    }

    /// Compares with the example of RFC 7617, section 2.
    #[test]
    fn api_client_secret_may_contain_colons_and_its_name_may_not() {
        let basic = |text: &str| {
            let basic = parse_headers::<Basic>(&[&format!("Basic {text}")])?;
            let basic = basic.map(|basic| format!("{}|{}", basic.username(), basic.password()));
            Some(basic.ok())
        };
        let example = basic("QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(example, Some(Some("Aladdin|open sesame".to_owned())));
        assert_eq!(basic("YTpiOmM="), Some(Some("a|b:c".to_owned())));
        for malformed in ["", "YQ==", "YTpi!", "/w==", "YTpiOmM"] {
            assert_eq!(basic(malformed), Some(None), "{malformed}");
        }
        assert_eq!(basic("YTpi\u{e9}"), None);
    }
}
