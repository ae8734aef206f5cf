//! Tests of the cookies.

use http::HeaderValue;
use http::header::COOKIE;

use super::*;
use crate::security::device::{DeviceId, DeviceKeys};
use crate::security::token::AccountId;

/// Creates a cookie codec with a fixed secret.
fn new_cookies(secure: bool) -> Cookies {
    Cookies::new(&[7; 64], secure)
}

/// Returns the headers of a request in which the browser sends this cookie.
fn request_headers_with_cookie(cookie: &Cookie<'_>) -> HeaderMap {
    let pair = format!("{}={}", cookie.name(), cookie.value());
    let mut headers = HeaderMap::new();
    headers.insert(
        COOKIE,
        HeaderValue::from_str(&pair).expect("valid header value"),
    );
    headers
}

#[test]
fn session_cookie_is_bound_to_the_host_and_secure_and_hidden_from_scripts() {
    let token = Token::generate();
    let line = new_cookies(true).create_session_cookie(&token).to_string();
    assert!(line.starts_with("__Host-sallyport-session="), "{line}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(line.contains(attribute), "{line}");
    }
    assert!(!line.contains("Domain"), "{line}");
    assert_eq!(
        new_cookies(true).read_session_token(&request_headers_with_cookie(
            &new_cookies(true).create_session_cookie(&token)
        )),
        Some(token)
    );
}

#[test]
fn cookie_without_the_host_prefix_is_ignored_if_the_prefix_is_required() {
    let planted = new_cookies(false).create_session_cookie(&Token::generate());
    assert_eq!(
        new_cookies(true).read_session_token(&request_headers_with_cookie(&planted)),
        None
    );
}

#[test]
fn flash_cookie_is_encrypted_and_reads_back_unchanged() {
    let flash = Flash {
        input: vec![(Field::Email, "ann@example.com".into())],
        ..Flash::from_message(FlashMessage::Registered)
    };
    let cookie = new_cookies(true)
        .create_flash_cookie(&flash)
        .expect("the flash cookie is encrypted");
    // Three letters would sometimes occur in the random Base64 text.
    assert!(!cookie.value().contains("example"));
    assert_eq!(
        new_cookies(true).read_flash_cookie(&request_headers_with_cookie(&cookie)),
        Some(flash)
    );
}

#[test]
fn device_cookie_is_long_lived_and_keeps_the_latest_accounts() {
    let keys = DeviceKeys::new([1; 32], std::iter::empty());
    let account = AccountId::generate();
    let mark = |_| keys.issue_device_mark(DeviceId::generate(), &account, 0);
    let marks: Vec<DeviceMark> = (0..MAX_DEVICES + 2).map(mark).collect();
    let until = Timestamp::from_millis(1_767_225_600_000);
    let cookie = new_cookies(true).create_device_cookie(&marks, until);
    let line = cookie.to_string();
    for attribute in [
        "HttpOnly",
        "SameSite=Lax",
        "Secure",
        "Path=/",
        "Expires=Thu, 01 Jan 2026 00:00:00 GMT",
    ] {
        assert!(line.contains(attribute), "{line}");
    }
    assert!(line.starts_with("__Host-sallyport-device="), "{line}");
    let read = new_cookies(true).read_device_cookie(&request_headers_with_cookie(&cookie));
    assert_eq!(read, marks[..MAX_DEVICES]);
}

#[test]
fn flash_cookie_of_a_previous_key_is_decrypted() {
    let flash = Flash::from_message(FlashMessage::Registered);
    let cookie = Cookies::new(&[8; 64], true)
        .create_flash_cookie(&flash)
        .expect("the flash cookie is encrypted");
    let rotated = new_cookies(true).with_previous_secrets(std::iter::once([8; 64]));
    assert_eq!(
        rotated.read_flash_cookie(&request_headers_with_cookie(&cookie)),
        Some(flash)
    );
}

#[test]
fn flash_cookie_encrypted_with_an_unknown_key_is_ignored() {
    let forged = Cookies::new(&[8; 64], true)
        .create_flash_cookie(&Flash::default())
        .expect("the flash cookie is encrypted");
    assert_eq!(
        new_cookies(true).read_flash_cookie(&request_headers_with_cookie(&forged)),
        None
    );
}

#[test]
fn recovery_cookie_is_hidden_from_scripts_and_expires_with_the_recovery() {
    let (token, until) = (Token::generate(), Timestamp::from_millis(1_767_225_600_000));
    let cookie = new_cookies(true).create_recovery_cookie(&token, until);
    let line = cookie.to_string();
    assert!(line.starts_with("__Host-sallyport-recovery="), "{line}");
    for attribute in [
        "HttpOnly",
        "SameSite=Lax",
        "Secure",
        "Path=/",
        "Expires=Thu, 01 Jan 2026 00:00:00 GMT",
    ] {
        assert!(line.contains(attribute), "{line}");
    }
    let read = new_cookies(true).read_recovery_token(&request_headers_with_cookie(&cookie));
    assert_eq!(read, Some(token));
}
