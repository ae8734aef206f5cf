//! Cookies with the message for the next page, and with the page that opens after the sign-in.

use cookie::Cookie;

use crate::http::cookies::{Cookies, Flash};
use domain::FlashMessage;
use domain::routes;

/// Creates the cookies for the sign-in page after the end of a session.
///
/// They contain the message that the session has ended, and `path` as the page that opens after the sign-in.
pub fn create_cookies_of_ended_session(
    cookies: &Cookies,
    path: &str,
) -> impl Iterator<Item = Cookie<'static>> + use<> {
    let message = Flash::from_message(FlashMessage::SignInNeeded);
    [
        cookies.create_flash_cookie(&message),
        create_cookie_of_requested_page(cookies, path),
    ]
    .into_iter()
    .flatten()
}

/// Creates the cookie with `path` as the page that opens after the sign-in.
///
/// Returns `None` for a path after which the sign-in leads to the dashboard.
pub fn create_cookie_of_requested_page(cookies: &Cookies, path: &str) -> Option<Cookie<'static>> {
    routes::find_page_by_path(path)
        .filter(|page| page != routes::DASHBOARD && page != routes::LOGIN)
        .map(|page| cookies.create_return_path_cookie(&page))
}
