use ed25519_dalek::{Signer as _, SigningKey};
use http::HeaderValue;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// The test vector of `docs/verify-contract.md#section-3-8`.
const PUBLIC: &str = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";
const AT: &str = "1767225600";
const BODY: &[u8] = br#"{"data":{"event_type":"verify.delivered","id":"3f1c7c2e-0000-4000-8000-000000000001","record_type":"event"}}"#;
const SIGNED: &str =
    "QGPaIoBCtmqW50OgdKGMLu6h0jrjx4GhO43JTS7lC47KSllqeAHHAR9SEWkpmjTGUCIh3RR53R/QZMabfBkpDg==";

fn telnyx_public_key() -> VerifyingKey {
    let bytes: [u8; 32] = STANDARD
        .decode(PUBLIC)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .expect("key has 32 bytes");
    VerifyingKey::from_bytes(&bytes).expect("a key")
}

fn unrelated_signing_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn time_after_signature(secs: i64) -> Timestamp {
    Timestamp::from_millis((1_767_225_600 + secs) * 1000)
}

fn header_map(pairs: &[(HeaderName, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let value = HeaderValue::from_str(value).expect("valid header value");
        headers.append(name, value);
    }
    headers
}

fn signed_headers() -> HeaderMap {
    header_map(&[(TIMESTAMP, AT), (SIGNATURE, SIGNED)])
}

fn verify_telnyx_request(
    keys: &[VerifyingKey],
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), SignatureError> {
    TelnyxPublicKeys(keys.to_vec()).verify_signature(headers, body, time_after_signature(0))
}

#[test]
fn webhook_of_the_test_vector_is_accepted() {
    assert_eq!(
        verify_telnyx_request(&[telnyx_public_key()], &signed_headers(), BODY),
        Ok(())
    );
}

#[test]
fn request_with_any_changed_part_is_rejected() {
    for at in 0..BODY.len() {
        let mut body = BODY.to_vec();
        body[at] ^= 1;
        let outcome = verify_telnyx_request(&[telnyx_public_key()], &signed_headers(), &body);
        assert_eq!(outcome, Err(SignatureError::Signature), "byte {at}");
    }
    let spaced = format!(" {}", String::from_utf8_lossy(BODY));
    let outcome =
        verify_telnyx_request(&[telnyx_public_key()], &signed_headers(), spaced.as_bytes());
    assert_eq!(outcome, Err(SignatureError::Signature));
    let wrong = [
        (
            vec![(TIMESTAMP, "1767225601"), (SIGNATURE, SIGNED)],
            SignatureError::Signature,
        ),
        (
            vec![(TIMESTAMP, "1767225600.0"), (SIGNATURE, SIGNED)],
            SignatureError::Signature,
        ),
        (
            vec![(TIMESTAMP, ""), (SIGNATURE, SIGNED)],
            SignatureError::Signature,
        ),
        (vec![(SIGNATURE, SIGNED)], SignatureError::NoTimestamp),
        (
            vec![(TIMESTAMP, AT), (TIMESTAMP, AT), (SIGNATURE, SIGNED)],
            SignatureError::NoTimestamp,
        ),
        (vec![(TIMESTAMP, AT)], SignatureError::NoSignature),
        (
            vec![(TIMESTAMP, AT), (SIGNATURE, "")],
            SignatureError::NoSignature,
        ),
        (
            vec![(TIMESTAMP, AT), (SIGNATURE, SIGNED), (SIGNATURE, SIGNED)],
            SignatureError::NoSignature,
        ),
        (
            vec![(TIMESTAMP, AT), (SIGNATURE, &SIGNED[..86])],
            SignatureError::NoSignature,
        ),
        (
            vec![(TIMESTAMP, AT), (SIGNATURE, "AAAA")],
            SignatureError::NoSignature,
        ),
    ];
    for (pairs, why) in wrong {
        let outcome = verify_telnyx_request(&[telnyx_public_key()], &header_map(&pairs), BODY);
        assert_eq!(outcome, Err(why), "{pairs:?}");
    }
}

#[test]
fn request_is_accepted_for_5_minutes_before_and_after_its_timestamp() {
    let keys = TelnyxPublicKeys(vec![telnyx_public_key()]);
    for (secs, outcome) in [
        (-301, Err(SignatureError::OutOfTime)),
        (-300, Ok(())),
        (0, Ok(())),
        (300, Ok(())),
        (301, Err(SignatureError::OutOfTime)),
        (86_400, Err(SignatureError::OutOfTime)),
    ] {
        let now = time_after_signature(secs);
        assert_eq!(
            keys.verify_signature(&signed_headers(), BODY, now),
            outcome,
            "{secs}"
        );
    }
    let odd = "no number";
    let signed = unrelated_signing_key().sign([odd.as_bytes(), b"|", BODY].concat().as_slice());
    let signed = STANDARD.encode(signed.to_bytes());
    let odd = header_map(&[(TIMESTAMP, odd), (SIGNATURE, &signed)]);
    let outcome = verify_telnyx_request(&[unrelated_signing_key().verifying_key()], &odd, BODY);
    assert_eq!(outcome, Err(SignatureError::NoTimestamp));
}

#[test]
fn both_public_keys_are_accepted_during_a_key_rotation() {
    let other = unrelated_signing_key().verifying_key();
    for keys in [[telnyx_public_key(), other], [other, telnyx_public_key()]] {
        assert_eq!(
            verify_telnyx_request(&keys, &signed_headers(), BODY),
            Ok(())
        );
    }
    let replaced = verify_telnyx_request(&[other], &signed_headers(), BODY);
    assert_eq!(replaced, Err(SignatureError::Signature));
    assert_eq!(
        verify_telnyx_request(&[], &signed_headers(), BODY),
        Err(SignatureError::NoKey)
    );
}

proptest! {
    #[test]
    fn random_signature_is_rejected(bytes in prop::collection::vec(any::<u8>(), 64)) {
        let signature = STANDARD.encode(bytes);
        prop_assume!(signature != SIGNED);
        let headers = header_map(&[(TIMESTAMP, AT), (SIGNATURE, &signature)]);
        prop_assert!(verify_telnyx_request(&[telnyx_public_key()], &headers, BODY).is_err());
    }

    #[test]
    fn any_body_is_parsed_without_a_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse_delivery_reports(&body);
    }
}

/// Creates the JSON body of a Telnyx webhook event.
fn webhook_body(kind: &str, delivery: &Value) -> Value {
    json!({
        "data": {
            "event_type": kind,
            "id": "6b0f4a51-2f4e-4a8a-9d36-0c7c1f0a5e92",
            "occurred_at": "2026-03-02T09:15:06.118+00:00",
            "record_type": "event",
            "payload": {
                "id": "b7d1a6e2-4c35-4f0e-9a18-2f6c0d9e7b41",
                "phone_number": "+14155550142",
                "status": "pending",
                "delivery_status": delivery,
                "custom_code": "481516",
                "created_at": "2026-03-02T09:15:04.412087",
            },
        },
        "meta": { "attempt": 1, "delivered_to": "https://mfa.example.test/hooks/telnyx" },
    })
}

#[test]
fn only_message_events_are_delivery_reports() {
    for (kind, delivery, status) in [
        ("verify.sent", json!("sent"), Some(Delivery::Sent)),
        (
            "verify.delivered",
            json!("delivered"),
            Some(Delivery::Delivered),
        ),
        ("verify.delivered", Value::Null, Some(Delivery::Delivered)),
        (
            "verify.delivered",
            json!("delivery_unconfirmed"),
            Some(Delivery::Sent),
        ),
        (
            "verify.failed",
            json!("sending_failed"),
            Some(Delivery::Undelivered),
        ),
        (
            "verify.failed",
            json!("delivery_failed"),
            Some(Delivery::Undelivered),
        ),
        (
            "verify.failed",
            json!("brand_new"),
            Some(Delivery::Undelivered),
        ),
        ("verification.complete", json!("delivered"), None),
        ("message.finalized", json!("delivered"), None),
    ] {
        let body = webhook_body(kind, &delivery).to_string();
        let reports = parse_delivery_reports(body.as_bytes());
        let found = reports.first().map(|report| report.status);
        assert_eq!(found, status, "{kind} {delivery}");
        assert!(!format!("{reports:?}").contains("481516"));
    }
    for nothing in ["", "{}", "null", "[]", r#"{"data":[]}"#] {
        assert!(
            parse_delivery_reports(nothing.as_bytes()).is_empty(),
            "{nothing}"
        );
    }
}
