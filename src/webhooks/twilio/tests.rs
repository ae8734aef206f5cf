use http::HeaderValue;
use proptest::prelude::*;

use super::*;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const OTHER_TOKEN: &str = "fedcba9876543210fedcba9876543210";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Creates a verifier of Twilio signatures for this public origin and these auth tokens.
fn signature_verifier(origin: &str, tokens: &[&str]) -> TwilioSignatures {
    let tokens = tokens.iter().map(|token| Secret::new((*token).to_owned()));
    TwilioSignatures {
        tokens: TwilioAuthTokens(tokens.collect()),
        origin: origin.parse().expect("an origin"),
    }
}

/// Computes the `X-Twilio-Signature` header of a request.
fn sign_request(token: &str, url: &str, parameters: &[(&str, &str)]) -> String {
    let parameters: Vec<_> = parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let mac = compute_signature_mac(token, url, &parameters).expect("HMAC accepts any key length");
    STANDARD.encode(mac.finalize().into_bytes())
}

/// A Twilio webhook request as the server receives it.
#[derive(Clone)]
struct WebhookRequest {
    below: String,
    kind: Option<&'static str>,
    signatures: Vec<String>,
    body: Vec<u8>,
}

impl WebhookRequest {
    fn verify_signature_with(&self, signatures: &TwilioSignatures) -> Result<(), SignatureError> {
        let mut headers = HeaderMap::new();
        if let Some(kind) = self.kind {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        for signature in &self.signatures {
            let value = HeaderValue::from_str(signature).expect("valid header value");
            headers.append(SIGNATURE, value);
        }
        let uri: Uri = self.below.parse().expect("a target");
        signatures.verify_signature(&uri, &headers, &self.body)
    }
}

/// Returns test vector 4 of `docs/verify-contract.md`: a signed request with a form body.
fn form_request_vector() -> (TwilioSignatures, WebhookRequest) {
    let call = WebhookRequest {
        below: "/hooks/twilio?tenant=demo".to_owned(),
        kind: Some(FORM),
        signatures: vec!["Rl09C71sRJcuTQLJd3m+WiBgFGY=".to_owned()],
        body: b"tolower=&To=%2B15550100042&MessageStatus=delivered&AccountSid=AC11111111111111111111111111111111"
            .to_vec(),
    };
    (
        signature_verifier("https://mfa.example.test", &[TOKEN]),
        call,
    )
}

/// Returns test vector 5 of `docs/verify-contract.md`: a signed request with a JSON body of events.
fn event_request_vector() -> (TwilioSignatures, WebhookRequest) {
    let hash = "606ed0df7f84fd931510356189c00d522ce3d9167ab1fb6549e16a164f86095d";
    let call = WebhookRequest {
        below: format!("/hooks/twilio-events?bodySHA256={hash}"),
        kind: Some(JSON),
        signatures: vec!["lJi6q9MjG7t8ZVBez4LwNEy4qZE=".to_owned()],
        body: br#"[{"specversion":"1.0","type":"com.twilio.accountsecurity.verify.verification.approved","id":"evt-0001"}]"#
            .to_vec(),
    };
    (
        signature_verifier("https://mfa.example.test", &[TOKEN]),
        call,
    )
}

/// Checks Twilio's published example signatures (docs/verify-contract.md#section-2-10).
#[test]
fn published_example_signatures_of_twilio_are_computed() {
    let published = [
        (
            "https://example.com/myapp.php?foo=1&bar=2",
            vec![
                ("CallSid", "CA1234567890ABCDE"),
                ("Caller", "+14158675310"),
                ("Digits", "1234"),
                ("From", "+14158675310"),
                ("To", "+18005551212"),
            ],
            "L/OH5YylLD5NRKLltdqwSvS0BnU=",
        ),
        (
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            vec![
                ("Sid", "CA123"),
                ("SidAccount", "AC123"),
                ("Digits", "5678"),
                ("Digits", "1234"),
                ("Digits", "1234"),
            ],
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
        ),
        (
            "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
            vec![],
            "a9nBmqA0ju/hNViExpshrM61xv4=",
        ),
    ];
    for (url, parameters, signature) in published {
        assert_eq!(sign_request("12345", url, &parameters), signature, "{url}");
    }
    let body = br#"{"property": "value", "boolean": true}"#;
    let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    assert_eq!(hex::encode(Sha256::digest(body)), hash);
}

#[test]
fn test_vectors_of_the_contract_are_accepted() {
    for (signatures, call) in [form_request_vector(), event_request_vector()] {
        assert_eq!(
            call.verify_signature_with(&signatures),
            Ok(()),
            "{}",
            call.below
        );
    }
}

/// Returns invalid variants of a valid webhook request. Each has one change and a description of it.
fn invalid_variants(genuine: &WebhookRequest) -> Vec<(String, WebhookRequest)> {
    let mut all: Vec<(String, WebhookRequest)> = Vec::new();
    let mut changed = |name: &str, change: &dyn Fn(&mut WebhookRequest)| {
        let mut call = genuine.clone();
        change(&mut call);
        all.push((name.to_owned(), call));
    };
    for below in [
        "/hooks/twili",
        "/hooks/Twilio?tenant=demo",
        "/",
        "/hooks/twilio?",
    ] {
        changed(below, &|call| call.below = below.to_owned());
    }
    changed("more query", &|call| call.below += "&a=1");
    changed("less query", &|call| {
        let path = call.below.split('?').next().unwrap_or_default();
        call.below = path.to_owned();
    });
    changed("query in capitals", &|call| {
        call.below = call.below.replace("tenant", "TENANT").replace("SHA", "Sha");
    });
    changed("encoded path", &|call| {
        call.below = call.below.replace("hooks", "h%6Foks");
    });
    changed("a hash twice", &|call| {
        let hash = hex::encode(Sha256::digest(&call.body));
        call.below = format!("{}&{BODY_HASH}={hash}", call.below);
    });
    changed("a hash alone", &|call| {
        let hash = hex::encode(Sha256::digest(&call.body));
        call.below = format!("/hooks/twilio?{BODY_HASH}={hash}");
    });
    for at in 0..genuine.body.len().min(60) {
        changed(&format!("byte {at}"), &|call| call.body[at] ^= 1);
    }
    changed("a byte more", &|call| call.body.push(b'x'));
    changed("a byte less", &|call| {
        call.body.pop();
    });
    changed("no body", &|call| call.body.clear());
    changed("a parameter more", &|call| call.body.extend(b"&Extra=1"));
    changed("no signature", &|call| call.signatures.clear());
    changed("an empty signature", &|call| {
        call.signatures = vec![String::new()];
    });
    changed("two signatures", &|call| {
        let same = call.signatures[0].clone();
        call.signatures.push(same);
    });
    changed("a wrong one first", &|call| {
        call.signatures
            .insert(0, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned());
    });
    changed("two in one header", &|call| {
        let same = call.signatures[0].clone();
        call.signatures = vec![format!("{same}, {same}")];
    });
    changed("no padding", &|call| {
        call.signatures[0] = call.signatures[0].trim_end_matches('=').to_owned();
    });
    changed("half a signature", &|call| {
        call.signatures[0] = "Rl09C71sRJcuTQ==".to_owned();
    });
    changed("in hexadecimal", &|call| {
        let bytes = STANDARD.decode(&call.signatures[0]);
        call.signatures[0] = hex::encode(bytes.unwrap_or_default());
    });
    let other = if genuine.kind == Some(FORM) {
        JSON
    } else {
        FORM
    };
    changed("the other type", &|call| call.kind = Some(other));
    all
}

#[test]
fn request_with_any_changed_part_is_rejected() {
    for (signatures, genuine) in [form_request_vector(), event_request_vector()] {
        let mutations = invalid_variants(&genuine);
        assert!(mutations.len() >= 60, "{}", mutations.len());
        for (name, call) in mutations {
            assert!(
                call.verify_signature_with(&signatures).is_err(),
                "{name} of {}",
                genuine.below
            );
        }
        for origin in [
            "http://mfa.example.test",
            "https://mfa.example.test:8443",
            "https://mfa.example.test.evil.example",
            "https://example.test",
        ] {
            let other_verifier = self::signature_verifier(origin, &[TOKEN]);
            // A signature without the configured port is accepted, as in the libraries of Twilio.
            let is_accepted = origin.ends_with(":8443");
            assert_eq!(
                genuine.verify_signature_with(&other_verifier).is_ok(),
                is_accepted,
                "{origin}"
            );
        }
    }
}

#[test]
fn parameters_are_accepted_in_any_order_and_encoding() {
    let (signatures, genuine) = form_request_vector();
    for body in [
        "AccountSid=AC11111111111111111111111111111111&MessageStatus=delivered&To=%2B15550100042&tolower=",
        "MessageStatus=d%65livered&tolower&To=%2b15550100042&AccountSid=AC11111111111111111111111111111111",
    ] {
        let call = WebhookRequest {
            body: body.as_bytes().to_vec(),
            ..genuine.clone()
        };
        assert_eq!(call.verify_signature_with(&signatures), Ok(()), "{body}");
    }
}

#[test]
fn url_may_contain_the_default_port() {
    let url = "https://mfa.example.test:443/hooks/twilio?tenant=demo";
    let parameters = [
        ("AccountSid", "AC11111111111111111111111111111111"),
        ("MessageStatus", "delivered"),
        ("To", "+15550100042"),
        ("tolower", ""),
    ];
    let (signatures, mut call) = form_request_vector();
    call.signatures = vec![sign_request(TOKEN, url, &parameters)];
    assert_eq!(call.verify_signature_with(&signatures), Ok(()));
    call.signatures = vec![sign_request(TOKEN, &url.replace("443", "444"), &parameters)];
    assert_eq!(
        call.verify_signature_with(&signatures),
        Err(SignatureError::Signature)
    );
}

#[test]
fn both_auth_tokens_are_accepted_during_a_token_rotation() {
    let (_, call) = event_request_vector();
    let origin = "https://mfa.example.test";
    for tokens in [&[TOKEN, OTHER_TOKEN], &[OTHER_TOKEN, TOKEN]] {
        assert_eq!(
            call.verify_signature_with(&signature_verifier(origin, tokens)),
            Ok(())
        );
    }
    let replaced = call.verify_signature_with(&signature_verifier(origin, &[OTHER_TOKEN]));
    assert_eq!(replaced, Err(SignatureError::Signature));
    assert_eq!(
        call.verify_signature_with(&signature_verifier(origin, &[])),
        Err(SignatureError::NoKey)
    );
}

proptest! {
    #[test]
    fn random_signature_is_rejected(signature in "[A-Za-z0-9+/]{27}=") {
        for (signatures, mut call) in [form_request_vector(), event_request_vector()] {
            prop_assume!(call.signatures[0] != signature);
            call.signatures = vec![signature.clone()];
            prop_assert!(call.verify_signature_with(&signatures).is_err());
        }
    }

    #[test]
    fn any_body_is_parsed_without_a_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse_delivery_reports(&body);
        let _ = parse_form_parameters(&body);
    }
}

/// Creates the JSON of a Twilio webhook event with this ID and type.
fn event_json(id: &str, kind: &str) -> Value {
    serde_json::json!({
        "specversion": "1.0",
        "type": format!("com.twilio.accountsecurity.verify.{kind}"),
        "id": id,
        "data": { "verification_sid": "VE91ab6f20c7d34e5f8b12a0946ce5d7f3", "to": "+14155550142" },
    })
}

#[test]
fn only_message_events_are_delivery_reports() {
    let kinds = [
        ("message.sent", Some(Delivery::Sent)),
        ("message.delivered", Some(Delivery::Delivered)),
        ("message.read", Some(Delivery::Delivered)),
        ("message.undelivered", Some(Delivery::Undelivered)),
        ("message.failed", Some(Delivery::Undelivered)),
        ("message.exploded", None),
        ("verification.approved", None),
        ("verification.max-attempts-reached", None),
        ("verification.max_attempts_reached", None),
        ("attempt-dlr.delivered", None),
    ];
    for (kind, status) in kinds {
        let body = Value::Array(vec![event_json("evt-0001", kind)]).to_string();
        let reports = parse_delivery_reports(body.as_bytes());
        assert_eq!(
            reports.first().map(|report| report.status),
            status,
            "{kind}"
        );
        if let Some(report) = reports.first() {
            assert_eq!(report.provider, "twilio");
            assert_eq!(report.event, "evt-0001");
        }
    }
}

#[test]
fn error_code_of_an_undelivered_message_is_read() {
    for (value, code) in [
        (serde_json::json!(30003), Some(30003)),
        (serde_json::json!("30007"), Some(30007)),
        (Value::Null, None),
        (serde_json::json!(0), None),
        (serde_json::json!(-1), None),
        (serde_json::json!("30003 Ann"), None),
        (serde_json::json!({ "code": 30003 }), None),
    ] {
        let mut event = event_json("evt-0001", "message.undelivered");
        event["data"]["error_code"] = value.clone();
        let reports = parse_delivery_reports(Value::Array(vec![event]).to_string().as_bytes());
        let codes: Vec<_> = reports.iter().map(|report| report.error_code).collect();
        assert_eq!(codes, [code], "{value}");
    }
}

#[test]
fn malformed_event_does_not_affect_the_others() {
    let good = event_json("evt-0001", "message.delivered");
    let mut nameless = good.clone();
    nameless["id"] = "".into();
    let mut odd_sid = good.clone();
    odd_sid["data"]["verification_sid"] = "../VE1".into();
    let mut long = good.clone();
    long["id"] = "x".repeat(129).into();
    let body = Value::Array(vec![Value::Null, nameless, odd_sid, long, 1.into(), good]);
    assert_eq!(parse_delivery_reports(body.to_string().as_bytes()).len(), 1);
    for nothing in ["", "{}", "null", "[", "[[]]"] {
        assert!(
            parse_delivery_reports(nothing.as_bytes()).is_empty(),
            "{nothing}"
        );
    }
}
