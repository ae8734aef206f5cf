//! Verifies and parses the webhooks of Twilio (`docs/verify-contract.md#section-2-10`;
//! <https://www.twilio.com/docs/usage/webhooks/webhooks-security>).
//!
//! The signature covers the public URL and every parameter of a form. For a JSON body it covers a hash of the body in
//! the URL. The URL comes from the configuration and never from the `Host` header. The signature has no timestamp; a
//! replay has no effect, because each event is stored once.

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

use super::webhook::{EventId, SignatureError};
use crate::config::{Origin, Secret};
use crate::http::single_header::SingleHeader;
use crate::store::deliveries::DeliveryReport;
use domain::Delivery;
use verify::VerificationId;

const PROVIDER: &str = "twilio";
const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-signature");
/// The URL parameter that holds the hash of a JSON body.
const BODY_HASH: &str = "bodySHA256";
/// The common prefix of the event types that report the delivery of a message.
const MESSAGE_EVENT_PREFIX: &str = "com.twilio.accountsecurity.verify.message.";

/// The Twilio auth tokens that verify webhooks: the current token and, during a rotation, the previous one.
#[derive(Clone, Debug)]
pub struct TwilioAuthTokens(pub Vec<Secret<String>>);

/// Verifies the signatures of Twilio webhook requests.
#[derive(Clone, Debug)]
pub struct TwilioSignatures {
    pub tokens: TwilioAuthTokens,
    /// The public origin of the URLs that Twilio calls.
    pub origin: Origin,
}

impl TwilioSignatures {
    /// Verifies that Twilio has signed this webhook request with one of the auth tokens.
    pub(super) fn verify_signature(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), SignatureError> {
        if self.tokens.0.is_empty() {
            return Err(SignatureError::NoKey);
        }
        let SingleHeader::Value(signature) = SingleHeader::read_header(headers, &SIGNATURE) else {
            return Err(SignatureError::NoSignature);
        };
        let signature = STANDARD
            .decode(signature)
            .map_err(|_| SignatureError::NoSignature)?;
        let parameters = if has_form_content_type(headers) {
            parse_form_parameters(body)
        } else {
            verify_body_hash(uri, body)?;
            Vec::new()
        };
        let path_and_query = uri.path_and_query().map_or("/", |path| path.as_str());
        let urls = list_urls_that_twilio_may_sign(&self.origin, path_and_query);
        let genuine = |token: &Secret<String>, url: &String| {
            compute_signature_mac(token.expose(), url, &parameters)
                .is_some_and(|mac| mac.verify_slice(&signature).is_ok())
        };
        let tokens = self.tokens.0.iter();
        let mut pairs = tokens.flat_map(|token| urls.iter().map(move |url| (token, url)));
        if pairs.any(|(token, url)| genuine(token, url)) {
            Ok(())
        } else {
            Err(SignatureError::Signature)
        }
    }
}

/// Returns the request URL with and without port. Twilio may sign either form if the port is the default port.
fn list_urls_that_twilio_may_sign(origin: &Origin, path_and_query: &str) -> [String; 2] {
    let origin_without_port = Origin {
        port: None,
        ..origin.clone()
    };
    let default_port = if origin.https { 443 } else { 80 };
    let port = origin.port.unwrap_or(default_port);
    [
        format!("{origin_without_port}{path_and_query}"),
        format!("{origin_without_port}:{port}{path_and_query}"),
    ]
}

/// Computes the HMAC-SHA1 with which Twilio signs a URL and form parameters.
///
/// The parameters are sorted by name and then by value, without duplicates.
fn compute_signature_mac(
    token: &str,
    url: &str,
    parameters: &[(String, String)],
) -> Option<Hmac<Sha1>> {
    let mut sorted: Vec<_> = parameters.iter().collect();
    sorted.sort();
    sorted.dedup();
    // HMAC accepts keys of any length, so this cannot fail.
    let mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).ok()?;
    let mac = mac.chain_update(url);
    Some(sorted.into_iter().fold(mac, |mac, (name, value)| {
        mac.chain_update(name).chain_update(value)
    }))
}

/// Returns whether the `Content-Type` header says that the body is a form.
fn has_form_content_type(headers: &HeaderMap) -> bool {
    let SingleHeader::Value(kind) = SingleHeader::read_header(headers, &CONTENT_TYPE) else {
        return false;
    };
    let essence = kind.split(';').next().unwrap_or_default();
    essence
        .trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Parses the names and values of a form body.
fn parse_form_parameters(body: &[u8]) -> Vec<(String, String)> {
    let mut url = reqwest::Url::parse("http://form/").ok();
    if let Some(url) = &mut url {
        url.set_query(Some(&String::from_utf8_lossy(body)));
    }
    let pairs = url.iter().flat_map(|url| url.query_pairs());
    pairs
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// Verifies the body hash in the URL of a Twilio webhook request.
///
/// Fails unless the URL contains the correct hash exactly once.
fn verify_body_hash(uri: &Uri, body: &[u8]) -> Result<(), SignatureError> {
    let query = uri.query().unwrap_or_default();
    let mut hashes = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, _)| *name == BODY_HASH);
    let (Some((_, received)), None) = (hashes.next(), hashes.next()) else {
        return Err(SignatureError::Body);
    };
    let hash = encode_hex(&Sha256::digest(body));
    if bool::from(received.as_bytes().ct_eq(hash.as_bytes())) {
        Ok(())
    } else {
        Err(SignatureError::Body)
    }
}

/// Encodes bytes as lower-case hexadecimal digits.
fn encode_hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// A `CloudEvents` event in the body of a Twilio webhook request, without the members that contain personal data.
#[derive(Deserialize)]
struct Event {
    id: EventId,
    r#type: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    verification_sid: VerificationId,
    /// A number, or its digits as a string. Null or absent if there was no error.
    #[serde(default)]
    error_code: Value,
}

impl Data {
    /// Returns the error code if it is one of Twilio's numbers. Ignores every other value.
    fn error_code(&self) -> Option<u32> {
        match &self.error_code {
            Value::Number(number) => number.as_u64()?.try_into().ok(),
            Value::String(digits) => digits.parse().ok(),
            _ => None,
        }
        .filter(|code| *code != 0)
    }
}

/// Parses the delivery reports in the body of a Twilio webhook request.
///
/// Skips malformed events and events without delivery status.
pub(super) fn parse_delivery_reports(body: &[u8]) -> Vec<DeliveryReport> {
    let events: Vec<Value> = serde_json::from_slice(body).unwrap_or_default();
    events.into_iter().filter_map(to_delivery_report).collect()
}

/// Converts a Twilio event to a delivery report. Returns `None` for an event without delivery status.
fn to_delivery_report(event: Value) -> Option<DeliveryReport> {
    let event: Event = serde_json::from_value(event).ok()?;
    let status = match event.r#type.strip_prefix(MESSAGE_EVENT_PREFIX)? {
        "sent" => Delivery::Sent,
        "delivered" | "read" => Delivery::Delivered,
        "undelivered" | "failed" => Delivery::Undelivered,
        _ => return None,
    };
    Some(DeliveryReport {
        provider: PROVIDER,
        event: event.id.0,
        error_code: event.data.error_code(),
        verification: event.data.verification_sid,
        status,
    })
}

#[cfg(test)]
mod tests;
