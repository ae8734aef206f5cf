//! The cookies: a session, a handle for each purpose, a sealed note for the next page, a language.
//!
//! `__Host-`, `Secure`, `HttpOnly`, `SameSite=Lax`, `Path=/`, no `Domain` (SES-02). Browsers take
//! `Secure` cookies from loopback over plain HTTP as well; for the one that does not, development
//! can do without, and production cannot.

use axum_extra::extract::cookie::CookieJar as RequestCookies;
use cookie::time::Duration;
use cookie::{Cookie, CookieJar, Key, SameSite};
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::security::token::Token;
use domain::{Field, FlashMessage, FormErrors, Language, Purpose};

/// Names and seals cookies.
#[derive(Clone)]
pub struct Cookies {
    secure: bool,
    key: Key,
}

/// What the next page is told once: for forms posted without a script, whose answer would be
/// lost in the redirect. Sealed, so that it reads as noise and cannot be forged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    pub news: Option<FlashMessage>,
    pub refusal: FormErrors,
    /// What was typed, to be shown again; never a password or a code.
    pub kept: Vec<(Field, String)>,
}

impl Flash {
    pub fn news(news: FlashMessage) -> Self {
        Self {
            news: Some(news),
            ..Self::default()
        }
    }

    /// What was typed into `field` before.
    pub fn kept(&self, field: Field) -> String {
        self.kept
            .iter()
            .find(|(of, _)| *of == field)
            .map_or_else(String::new, |(_, text)| text.clone())
    }
}

/// The longest text kept of one field: the whole cookie must stay under 4 KB.
const KEPT_CHARS: usize = 254;

const FLASH: &str = "sallyport-note";
const SESSION: &str = "sallyport-session";
const LANGUAGE: &str = "sallyport-language";
/// How long a choice of language is remembered; no browser keeps a cookie for longer.
const LANGUAGE_KEPT: Duration = Duration::days(400);

const fn handle_name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Registration => "sallyport-registration",
        Purpose::SignIn => "sallyport-sign-in",
        Purpose::SetUp => "sallyport-set-up",
        Purpose::PhoneChange => "sallyport-phone-change",
        Purpose::StepUp => "sallyport-step-up",
        Purpose::Payment => "sallyport-payment",
    }
}

impl Cookies {
    pub fn new(secret: &[u8; 64], secure: bool) -> Self {
        Self {
            secure,
            key: Key::from(secret),
        }
    }

    pub fn session(&self, headers: &HeaderMap) -> Option<Token> {
        self.read(headers, SESSION)
            .and_then(|text| Token::parse(&text))
    }

    pub fn handle(&self, headers: &HeaderMap, purpose: Purpose) -> Option<Token> {
        self.read(headers, handle_name(purpose))
            .and_then(|text| Token::parse(&text))
    }

    pub fn flash(&self, headers: &HeaderMap) -> Option<Flash> {
        let mut jar = CookieJar::new();
        jar.add_original(Cookie::new(self.name(FLASH), self.read(headers, FLASH)?));
        let note = jar.private(&self.key).get(&self.name(FLASH))?;
        serde_json::from_str(note.value()).ok()
    }

    pub fn set_session(&self, token: &Token) -> Cookie<'static> {
        self.cookie(SESSION, token.expose().to_owned())
    }

    pub fn clear_session(&self) -> Cookie<'static> {
        self.gone(SESSION)
    }

    pub fn set_handle(&self, purpose: Purpose, token: &Token) -> Cookie<'static> {
        self.cookie(handle_name(purpose), token.expose().to_owned())
    }

    pub fn clear_handle(&self, purpose: Purpose) -> Cookie<'static> {
        self.gone(handle_name(purpose))
    }

    /// The sealed note; `None` only if it could not be written out at all.
    pub fn set_flash(&self, flash: &Flash) -> Option<Cookie<'static>> {
        let mut flash = flash.clone();
        for (_, text) in &mut flash.kept {
            *text = text.chars().take(KEPT_CHARS).collect();
        }
        let text = serde_json::to_string(&flash).ok()?;
        let mut jar = CookieJar::new();
        jar.private_mut(&self.key).add(self.cookie(FLASH, text));
        jar.get(&self.name(FLASH)).cloned()
    }

    pub fn clear_flash(&self) -> Cookie<'static> {
        self.gone(FLASH)
    }

    /// The language chosen with this browser, whatever it asks for by itself.
    pub fn language(&self, headers: &HeaderMap) -> Option<Language> {
        self.read(headers, LANGUAGE)
            .and_then(|tag| Language::from_tag(&tag))
    }

    pub fn set_language(&self, language: Language) -> Cookie<'static> {
        let mut cookie = self.cookie(LANGUAGE, language.tag().to_owned());
        cookie.set_max_age(LANGUAGE_KEPT);
        cookie
    }

    fn read(&self, headers: &HeaderMap, name: &str) -> Option<String> {
        RequestCookies::from_headers(headers)
            .get(&self.name(name))
            .map(|cookie| cookie.value().to_owned())
    }

    fn name(&self, name: &str) -> String {
        if self.secure {
            format!("__Host-{name}")
        } else {
            name.to_owned()
        }
    }

    fn cookie(&self, name: &str, value: String) -> Cookie<'static> {
        Cookie::build((self.name(name), value))
            .path("/")
            .secure(self.secure)
            .http_only(true)
            .same_site(SameSite::Lax)
            .build()
    }

    fn gone(&self, name: &str) -> Cookie<'static> {
        let mut cookie = self.cookie(name, String::new());
        cookie.make_removal();
        cookie
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::COOKIE;

    use super::*;

    fn cookies(secure: bool) -> Cookies {
        Cookies::new(&[7; 64], secure)
    }

    fn sent_back(cookie: &Cookie<'_>) -> HeaderMap {
        let pair = format!("{}={}", cookie.name(), cookie.value());
        let mut headers = HeaderMap::new();
        headers.insert(
            COOKIE,
            HeaderValue::from_str(&pair).expect("a header value"),
        );
        headers
    }

    #[test]
    fn every_cookie_is_host_bound_secure_and_out_of_reach_of_scripts() {
        let token = Token::generate();
        let line = cookies(true).set_session(&token).to_string();
        assert!(line.starts_with("__Host-sallyport-session="), "{line}");
        for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(line.contains(attribute), "{line}");
        }
        assert!(!line.contains("Domain"), "{line}");
        assert_eq!(
            cookies(true).session(&sent_back(&cookies(true).set_session(&token))),
            Some(token)
        );
    }

    #[test]
    fn a_cookie_without_the_host_prefix_opens_nothing_where_the_prefix_is_due() {
        let planted = cookies(false).set_session(&Token::generate());
        assert_eq!(cookies(true).session(&sent_back(&planted)), None);
    }

    #[test]
    fn the_note_reads_as_noise_and_comes_back_whole() {
        let flash = Flash {
            kept: vec![(Field::Email, "ann@example.com".into())],
            ..Flash::news(FlashMessage::Registered)
        };
        let cookie = cookies(true).set_flash(&flash).expect("sealed");
        assert!(!cookie.value().contains("ann"));
        assert_eq!(cookies(true).flash(&sent_back(&cookie)), Some(flash));
    }

    #[test]
    fn a_note_of_another_key_is_no_note() {
        let forged = Cookies::new(&[8; 64], true)
            .set_flash(&Flash::default())
            .expect("sealed");
        assert_eq!(cookies(true).flash(&sent_back(&forged)), None);
    }
}
