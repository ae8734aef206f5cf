//! Reads and creates cookies: session, flow tokens, recovery, device marks, flash message, page to return to after
//! sign-in, and language.
//!
//! All cookies have the prefix `__Host-` and the attributes `Secure`, `HttpOnly`, `SameSite=Lax` and `Path=/`, and no
//! `Domain`. Browsers accept `Secure` cookies from loopback over plain HTTP. Development can turn `Secure` off for
//! browsers that do not.

use axum_extra::extract::cookie::CookieJar as RequestCookies;
use cookie::time::{Duration, OffsetDateTime};
use cookie::{Cookie, CookieJar, Key, SameSite};
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::security::device::DeviceMark;
use crate::security::token::Token;
use domain::{Field, FlashMessage, FormErrors, Language, Purpose, Timestamp};

/// Reads the cookies of requests and creates the cookies of responses.
///
/// The cookies contain session, flow tokens, flash message, language and device marks.
#[derive(Clone)]
pub struct Cookies {
    secure: bool,
    key: Key,
    /// Keys that were used before a rotation. They only decrypt.
    previous_keys: Vec<Key>,
}

/// Content of the flash cookie: the message, errors and form values that the next page shows once.
///
/// It carries them across the redirect that follows a form submitted without JavaScript.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    #[serde(rename = "news")]
    pub message: Option<FlashMessage>,
    #[serde(rename = "refusal")]
    pub errors: FormErrors,
    /// The submitted values, with which the form is filled again. Never a password or a code.
    #[serde(rename = "kept")]
    pub input: Vec<(Field, String)>,
    /// The ID of the account that the message is about. `None` if it is unknown, or the account of the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

impl Flash {
    /// Creates flash content that has a message, but no errors and no form values.
    pub fn from_message(message: FlashMessage) -> Self {
        Self {
            message: Some(message),
            ..Self::default()
        }
    }

    /// Returns the submitted value of a form field; empty if the form did not contain it.
    pub fn submitted_value(&self, field: Field) -> String {
        self.input
            .iter()
            .find(|(of, _)| *of == field)
            .map_or_else(String::new, |(_, text)| text.clone())
    }
}

/// The maximum number of stored characters of a field. The whole cookie must stay below 4 KB.
const INPUT_CHARS: usize = 254;

const FLASH: &str = "sallyport-note";
const SESSION: &str = "sallyport-session";
const LANGUAGE: &str = "sallyport-language";
const RECOVERY: &str = "sallyport-recovery";
const DEVICE: &str = "sallyport-device";
const RETURN_TO: &str = "sallyport-return";
/// The maximum number of accounts whose device marks a browser stores.
const MAX_DEVICES: usize = 5;
/// The lifetime of the language cookie. Browsers store no cookie for more than 400 days.
const LANGUAGE_LIFETIME: Duration = Duration::days(400);

/// Returns the name of the cookie that holds the flow token for this purpose, without the `__Host-` prefix.
const fn flow_cookie_name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Registration => "sallyport-registration",
        Purpose::SignIn => "sallyport-sign-in",
        Purpose::SetUp => "sallyport-set-up",
        Purpose::PhoneChange => "sallyport-phone-change",
        Purpose::StepUp => "sallyport-step-up",
        Purpose::Payment => "sallyport-payment",
        Purpose::PasswordReset => "sallyport-password-reset",
    }
}

impl Cookies {
    /// Creates the cookie codec.
    ///
    /// `flash_secret` encrypts the flash cookie; `is_secure` adds the `Secure` attribute and the `__Host-` prefix to
    /// all cookies.
    pub fn new(flash_secret: &[u8; 64], is_secure: bool) -> Self {
        Self {
            secure: is_secure,
            key: Key::from(flash_secret),
            previous_keys: Vec::new(),
        }
    }

    /// Adds previous secret keys, which only decrypt flash cookies from before a key rotation.
    #[must_use]
    pub fn with_previous_secrets(self, secrets: impl Iterator<Item = [u8; 64]>) -> Self {
        Self {
            previous_keys: secrets.map(|secret| Key::from(&secret)).collect(),
            ..self
        }
    }

    /// Reads the session token from the session cookie of a request.
    pub fn read_session_token(&self, headers: &HeaderMap) -> Option<Token> {
        self.read_cookie(headers, SESSION)
            .and_then(|text| Token::parse(&text))
    }

    /// Reads the flow token for this purpose from the cookies of a request.
    pub fn read_flow_token(&self, headers: &HeaderMap, purpose: Purpose) -> Option<Token> {
        self.read_cookie(headers, flow_cookie_name(purpose))
            .and_then(|text| Token::parse(&text))
    }

    /// Decrypts the flash cookie of a request. Returns `None` if it is absent, or encrypted with an unknown key.
    pub fn read_flash_cookie(&self, headers: &HeaderMap) -> Option<Flash> {
        let mut jar = CookieJar::new();
        jar.add_original(Cookie::new(
            self.add_host_prefix_to_name(FLASH),
            self.read_cookie(headers, FLASH)?,
        ));
        let mut keys = std::iter::once(&self.key).chain(&self.previous_keys);
        let decrypted =
            keys.find_map(|key| jar.private(key).get(&self.add_host_prefix_to_name(FLASH)))?;
        serde_json::from_str(decrypted.value()).ok()
    }

    /// Creates the cookie that stores a session token in the browser.
    pub fn create_session_cookie(&self, token: &Token) -> Cookie<'static> {
        self.create_cookie_with_common_attributes(SESSION, token.expose().to_owned())
    }

    /// Creates the cookie that removes the session token from the browser.
    pub fn create_session_removal_cookie(&self) -> Cookie<'static> {
        self.create_removal_cookie(SESSION)
    }

    /// Creates the cookie that stores the flow token for this purpose in the browser.
    pub fn create_flow_token_cookie(&self, purpose: Purpose, token: &Token) -> Cookie<'static> {
        self.create_cookie_with_common_attributes(
            flow_cookie_name(purpose),
            token.expose().to_owned(),
        )
    }

    /// Creates the cookie that removes the flow token for this purpose from the browser.
    pub fn create_flow_token_removal_cookie(&self, purpose: Purpose) -> Cookie<'static> {
        self.create_removal_cookie(flow_cookie_name(purpose))
    }

    /// Reads the token of a browser that may complete a lost-phone recovery.
    pub fn read_recovery_token(&self, headers: &HeaderMap) -> Option<Token> {
        self.read_cookie(headers, RECOVERY)
            .and_then(|text| Token::parse(&text))
    }

    /// Creates the cookie with the token of a browser that may complete a lost-phone recovery until `until`.
    pub fn create_recovery_cookie(&self, token: &Token, until: Timestamp) -> Cookie<'static> {
        self.create_cookie_with_expiry(RECOVERY, token.expose().to_owned(), until)
    }

    /// Creates the cookie that removes the token of a lost-phone recovery from the browser.
    pub fn create_recovery_removal_cookie(&self) -> Cookie<'static> {
        self.create_removal_cookie(RECOVERY)
    }

    /// Creates the encrypted flash cookie. Returns `None` if its content cannot be serialised.
    pub fn create_flash_cookie(&self, flash: &Flash) -> Option<Cookie<'static>> {
        let mut flash = flash.clone();
        for (_, text) in &mut flash.input {
            *text = text.chars().take(INPUT_CHARS).collect();
        }
        let text = serde_json::to_string(&flash).ok()?;
        let mut jar = CookieJar::new();
        jar.private_mut(&self.key)
            .add(self.create_cookie_with_common_attributes(FLASH, text));
        jar.get(&self.add_host_prefix_to_name(FLASH)).cloned()
    }

    /// Creates the cookie that removes the flash cookie from the browser.
    pub fn create_flash_removal_cookie(&self) -> Cookie<'static> {
        self.create_removal_cookie(FLASH)
    }

    /// Reads the language that the user chose in this browser. It has priority over `Accept-Language`.
    pub fn read_language_cookie(&self, headers: &HeaderMap) -> Option<Language> {
        self.read_cookie(headers, LANGUAGE)
            .and_then(|tag| Language::from_tag(&tag))
    }

    /// Creates the cookie that stores the language chosen by the user.
    pub fn create_language_cookie(&self, language: Language) -> Cookie<'static> {
        let mut cookie =
            self.create_cookie_with_common_attributes(LANGUAGE, language.language_tag().to_owned());
        cookie.set_max_age(LANGUAGE_LIFETIME);
        cookie
    }

    /// Reads the URL path to which the browser returns after the sign-in.
    ///
    /// The value is untrusted, because the browser can change the cookie.
    pub fn read_return_path_after_sign_in(&self, headers: &HeaderMap) -> Option<String> {
        self.read_cookie(headers, RETURN_TO)
    }

    /// Creates the cookie that stores the URL path to which the browser returns after the sign-in.
    pub fn create_return_path_cookie(&self, path: &str) -> Cookie<'static> {
        self.create_cookie_with_common_attributes(RETURN_TO, path.to_owned())
    }

    /// Creates the cookie that removes the stored return path from the browser.
    pub fn create_return_path_removal_cookie(&self) -> Cookie<'static> {
        self.create_removal_cookie(RETURN_TO)
    }

    /// Reads the device marks (signed proofs of earlier sign-ins of a browser) from the cookies of a request.
    ///
    /// [`DeviceKeys`] verifies the marks.
    ///
    /// [`DeviceKeys`]: crate::security::device::DeviceKeys
    pub fn read_device_cookie(&self, headers: &HeaderMap) -> Vec<DeviceMark> {
        let marks = self.read_cookie(headers, DEVICE).unwrap_or_default();
        let marks = marks.split('.').take(MAX_DEVICES);
        marks.filter_map(DeviceMark::parse).collect()
    }

    /// Creates the cookie that stores device marks, signed proofs that this browser has signed in to an account.
    ///
    /// The cookie expires at `until`, and contains only the first `MAX_DEVICES` marks.
    pub fn create_device_cookie(&self, marks: &[DeviceMark], until: Timestamp) -> Cookie<'static> {
        let marks = marks.iter().take(MAX_DEVICES);
        let value = marks.map(DeviceMark::expose).collect::<Vec<_>>().join(".");
        self.create_cookie_with_expiry(DEVICE, value, until)
    }

    /// Returns the value of the cookie with this name. Adds the `__Host-` prefix to the name if cookies are secure.
    fn read_cookie(&self, headers: &HeaderMap, name: &str) -> Option<String> {
        RequestCookies::from_headers(headers)
            .get(&self.add_host_prefix_to_name(name))
            .map(|cookie| cookie.value().to_owned())
    }

    /// Returns the cookie name, with the prefix `__Host-` if cookies are secure.
    fn add_host_prefix_to_name(&self, name: &str) -> String {
        if self.secure {
            format!("__Host-{name}")
        } else {
            name.to_owned()
        }
    }

    /// Creates a cookie with the attributes common to all cookies of the application.
    fn create_cookie_with_common_attributes(&self, name: &str, value: String) -> Cookie<'static> {
        Cookie::build((self.add_host_prefix_to_name(name), value))
            .path("/")
            .secure(self.secure)
            .http_only(true)
            .same_site(SameSite::Lax)
            .build()
    }

    /// Creates a cookie with the common attributes, which the browser deletes at `until`.
    fn create_cookie_with_expiry(
        &self,
        name: &str,
        value: String,
        until: Timestamp,
    ) -> Cookie<'static> {
        let mut cookie = self.create_cookie_with_common_attributes(name, value);
        let expiry = OffsetDateTime::from_unix_timestamp(until.as_millis().div_euclid(1000));
        cookie.set_expires(expiry.ok());
        cookie
    }

    /// Creates an expired cookie that makes the browser delete the cookie with this name.
    fn create_removal_cookie(&self, name: &str) -> Cookie<'static> {
        let mut cookie = self.create_cookie_with_common_attributes(name, String::new());
        cookie.make_removal();
        cookie
    }
}

#[cfg(test)]
#[path = "cookies_tests.rs"]
mod tests;
