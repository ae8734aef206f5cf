//! Recognises browsers that block cookies. Such a browser cannot continue a verification flow.
//!
//! The server sends a browser without cookies to the start page of the flow with a query. That page either gets a cookie
//! that the server has set before, or says that the browser blocks cookies.

use std::borrow::Cow;

use axum::extract::Request;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{COOKIE, HeaderName, ORIGIN, REFERER};
use http::{HeaderMap, Uri};

use crate::context::http_state::set_cookie;
use crate::http::cookies::Cookies;
use domain::routes;

/// Query of a page URL that makes the page check whether the browser has sent a cookie.
const CHECK_QUERY: &str = "cookies";

/// Returns whether a page of this site has sent the request, and the browser has sent no cookie.
///
/// The header `Referer` names the page. It must have the origin in the header `Origin`.
pub fn is_form_of_page_without_cookies(headers: &HeaderMap) -> bool {
    let (Some(page), Some(origin)) = (
        header_text(headers, &REFERER),
        header_text(headers, &ORIGIN),
    ) else {
        return false;
    };
    let is_page_of_site = page
        .strip_prefix(origin)
        .is_some_and(|path| path.starts_with('/'));
    is_page_of_site && !headers.contains_key(COOKIE)
}

/// Returns the path of a page, with the query that makes the page check for cookies.
pub fn path_with_cookie_check(page: &str) -> String {
    format!("{page}?{CHECK_QUERY}")
}

/// Returns the start page of a registration, for a request of a later page that has no registration.
///
/// If the request has no cookie and comes from the start page, the start page checks for cookies. That page leads to a
/// later one only after the response that sets the cookie of the registration.
pub fn start_page_of_missing_registration(headers: &HeaderMap) -> Cow<'static, str> {
    let page = header_text(headers, &REFERER).and_then(|page| page.parse::<Uri>().ok());
    let comes_from_start_page = page.is_some_and(|page| page.path() == routes::REGISTER);
    if comes_from_start_page && !headers.contains_key(COOKIE) {
        path_with_cookie_check(routes::REGISTER).into()
    } else {
        routes::REGISTER.into()
    }
}

/// Returns whether the browser blocks cookies. `page` is the path of the requested page.
///
/// Returns `false` if the URL does not ask for a check. Fails with a redirect to the URL without the query if the browser
/// has sent a cookie.
pub fn are_cookies_blocked(request: &Request, page: &str) -> Result<bool, Response> {
    if request.uri().query() != Some(CHECK_QUERY) {
        return Ok(false);
    }
    if request.headers().contains_key(COOKIE) {
        return Err(Redirect::to(page).into_response());
    }
    Ok(true)
}

/// Stores a cookie in a browser that has sent none, if the user has allowed cookies since: a reload then recognises it.
///
/// The cookie names the page that opens after a sign-in anyway.
pub fn set_cookie_for_next_check(cookies: &Cookies, mut response: Response) -> Response {
    let cookie = cookies.create_return_path_cookie(routes::DASHBOARD);
    set_cookie(&mut response, &cookie);
    response
}

/// Returns the text of a request header; `None` if it is missing or has other than visible ASCII characters.
fn header_text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
