//! Twilio's webhooks: verify-contract.md, section 2.10; <https://www.twilio.com/docs/usage/webhooks/webhooks-security>.
//!
//! The signature is over the public URL, which comes from the configuration and never from the request's `Host`, and
//! over every parameter of a form, or through a hash in the URL over a body of JSON. There is no timestamp in it:
//! replays are harmless because each event is kept once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, Uri};
use serde::Deserialize;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{EventId, NotGenuine};
use crate::config::{Origin, Secret};
use crate::http::single_header::SingleHeader;
use crate::store::deliveries::Report;
use domain::Delivery;
use verify::VerificationId;

const PROVIDER: &str = "twilio";
const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-signature");
/// The parameter of the URL that holds the hash of a JSON body.
const BODY_HASH: &str = "bodySHA256";
/// Before what became of a message, in the type of an event.
const PREFIX: &str = "com.twilio.accountsecurity.verify.message.";

/// The account's auth token, and during a rotation the one before it.
#[derive(Clone, Debug)]
pub struct AuthTokens(pub Vec<Secret<String>>);

/// What it takes to know Twilio by.
#[derive(Clone, Debug)]
pub struct Door {
    pub tokens: AuthTokens,
    /// The origin Twilio calls.
    pub origin: Origin,
}

impl Door {
    /// Whether Twilio sent this (HOOK-01).
    pub(super) fn admit(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), NotGenuine> {
        if self.tokens.0.is_empty() {
            return Err(NotGenuine::NoKey);
        }
        let SingleHeader::Value(signature) = SingleHeader::read(headers, &SIGNATURE) else {
            return Err(NotGenuine::NoSignature);
        };
        let signature = STANDARD
            .decode(signature)
            .map_err(|_| NotGenuine::NoSignature)?;
        let parameters = if is_form(headers) {
            parameters(body)
        } else {
            is_hashed(uri, body)?;
            Vec::new()
        };
        let below = uri.path_and_query().map_or("/", |below| below.as_str());
        let urls = urls(&self.origin, below);
        let genuine = |token: &Secret<String>, url: &String| {
            mac(token.expose(), url, &parameters)
                .is_some_and(|mac| mac.verify_slice(&signature).is_ok())
        };
        let tokens = self.tokens.0.iter();
        let mut pairs = tokens.flat_map(|token| urls.iter().map(move |url| (token, url)));
        if pairs.any(|(token, url)| genuine(token, url)) {
            Ok(())
        } else {
            Err(NotGenuine::Signature)
        }
    }
}

/// The one URL, with its port and without: Twilio is inconsistent about the default ones, and its libraries take
/// either.
fn urls(origin: &Origin, below: &str) -> [String; 2] {
    let bare = Origin {
        port: None,
        ..origin.clone()
    };
    let own = if origin.https { 443 } else { 80 };
    let port = origin.port.unwrap_or(own);
    [format!("{bare}{below}"), format!("{bare}:{port}{below}")]
}

/// HMAC-SHA1 over the URL and then each name and value, sorted by name; a name given several times with its distinct
/// values in their order.
fn mac(token: &str, url: &str, parameters: &[(String, String)]) -> Option<Hmac<Sha1>> {
    let mut sorted: Vec<_> = parameters.iter().collect();
    sorted.sort();
    sorted.dedup();
    // HMAC takes keys of any length; this cannot fail.
    let mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).ok()?;
    let mac = mac.chain_update(url);
    Some(sorted.into_iter().fold(mac, |mac, (name, value)| {
        mac.chain_update(name).chain_update(value)
    }))
}

fn is_form(headers: &HeaderMap) -> bool {
    let SingleHeader::Value(kind) = SingleHeader::read(headers, &CONTENT_TYPE) else {
        return false;
    };
    let essence = kind.split(';').next().unwrap_or_default();
    essence
        .trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn parameters(body: &[u8]) -> Vec<(String, String)> {
    let mut url = reqwest::Url::parse("http://form/").ok();
    if let Some(url) = &mut url {
        url.set_query(Some(&String::from_utf8_lossy(body)));
    }
    let pairs = url.iter().flat_map(|url| url.query_pairs());
    pairs
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// Whether the URL says what the body's hash is, once.
fn is_hashed(uri: &Uri, body: &[u8]) -> Result<(), NotGenuine> {
    let query = uri.query().unwrap_or_default();
    let mut hashes = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, _)| *name == BODY_HASH);
    let (Some((_, said)), None) = (hashes.next(), hashes.next()) else {
        return Err(NotGenuine::Body);
    };
    let hash = hex(&Sha256::digest(body));
    if bool::from(said.as_bytes().ct_eq(hash.as_bytes())) {
        Ok(())
    } else {
        Err(NotGenuine::Body)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// One of the `CloudEvents` of a request. Everything about people in it is passed over (HOOK-06).
#[derive(Deserialize)]
struct Event {
    id: EventId,
    r#type: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    verification_sid: VerificationId,
}

/// The deliveries a request tells of. Events of any other kind, and what is no event, are none.
pub(super) fn reports(body: &[u8]) -> Vec<Report> {
    let events: Vec<Value> = serde_json::from_slice(body).unwrap_or_default();
    events.into_iter().filter_map(report).collect()
}

fn report(event: Value) -> Option<Report> {
    let event: Event = serde_json::from_value(event).ok()?;
    let status = match event.r#type.strip_prefix(PREFIX)? {
        "sent" => Delivery::Sent,
        "delivered" | "read" => Delivery::Delivered,
        "undelivered" | "failed" => Delivery::Undelivered,
        _ => return None,
    };
    Some(Report {
        provider: PROVIDER,
        event: event.id.0,
        verification: event.data.verification_sid,
        status,
    })
}

#[cfg(test)]
mod tests;
