//! Tests of Twilio requests at the limits of what Twilio accepts.

use super::harness::*;
use super::schemas::assert_twilio_schema;
use crate::settings::{ApiKey, TwilioSettings};

#[tokio::test]
async fn malformed_code_does_not_count_as_a_check() {
    let client = TestClient::new();
    let (sid, code) = client.create_sms().await;
    for bad in ["", "123", "12345678901"] {
        for _ in 0..3 {
            let reply = client
                .check_twilio_code(&[("VerificationSid", &sid), ("Code", bad)])
                .await;
            assert_eq!(reply.twilio_error(), (400, 60200));
            assert_eq!(reply.twilio_error_message(), "Invalid parameter: Code");
        }
    }
    let reply = client
        .check_twilio_code(&[("VerificationSid", &sid), ("Code", &code)])
        .await;
    assert_eq!(reply.json()["status"], "approved");
}

#[tokio::test]
async fn check_without_target_is_rejected() {
    let client = TestClient::new();
    assert_eq!(
        client
            .check_twilio_code(&[("Code", "123456")])
            .await
            .twilio_error(),
        (400, 60221)
    );
    let reply = client
        .check_twilio_code(&[("Code", "123456"), ("VerificationSid", "VE12")])
        .await;
    assert_eq!(
        reply.twilio_error_message(),
        "Invalid parameter: VerificationSid"
    );
}

#[tokio::test]
async fn credentials_are_checked_before_the_request() {
    let client = TestClient::new();
    let cases = [
        (None, "Authentication Error - No credentials provided"),
        (
            Some("Bearer x".to_owned()),
            "Authentication Error - No credentials provided",
        ),
        (
            Some(basic_auth_header("AC00", DEFAULT_AUTH_TOKEN)),
            "Authentication Error - invalid username",
        ),
        (
            Some(basic_auth_header(DEFAULT_ACCOUNT_SID, "guess")),
            "Authenticate",
        ),
    ];
    for (header, message) in cases {
        let mut request = Request::post(service_path("Verifications")).header(CONTENT_TYPE, FORM);
        if let Some(header) = header {
            request = request.header(AUTHORIZATION, header);
        }
        let reply = client
            .send(request.body(Body::empty()).expect("valid request"))
            .await;
        assert_twilio_schema("", &reply);
        assert_eq!(
            (reply.twilio_error(), reply.twilio_error_message().as_str()),
            ((401, 20003), message)
        );
    }
}

#[tokio::test]
async fn api_key_is_accepted_besides_the_auth_token() {
    let (sid, secret) = (
        "SK5a119007000000000000000000000005",
        "5a119007000000000000000000000006",
    );
    let client = TestClient::with_settings(Settings {
        twilio: TwilioSettings {
            api_key: Some(ApiKey {
                sid: sid.to_owned(),
                secret: secret.to_owned(),
            }),
            ..TwilioSettings::default()
        },
        ..Settings::default()
    });
    for (username, password, status) in [
        (sid, secret, StatusCode::CREATED),
        (DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN, StatusCode::CREATED),
        (sid, DEFAULT_AUTH_TOKEN, StatusCode::UNAUTHORIZED),
        (DEFAULT_ACCOUNT_SID, secret, StatusCode::UNAUTHORIZED),
    ] {
        let request = Request::post(service_path("Verifications"))
            .header(AUTHORIZATION, basic_auth_header(username, password))
            .header(CONTENT_TYPE, FORM)
            .body(Body::from(encode_form(&[("To", TO), ("Channel", "sms")])));
        let reply = client.send(request.expect("valid request")).await;
        assert_eq!(reply.status, status, "{username}");
    }
}

#[tokio::test]
async fn json_body_fails_like_an_empty_form() {
    let client = TestClient::new();
    let (sid, _) = client.create_sms().await;
    let update = format!("Verifications/{sid}");
    let to = "Invalid parameter `To`: ";
    let cases = [
        ("Verifications", to),
        ("VerificationCheck", to),
        (&update, "Invalid parameter: Status"),
    ];
    for (tail, message) in cases {
        let request = Request::post(service_path(tail))
            .header(
                AUTHORIZATION,
                basic_auth_header(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN),
            )
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(
                json!({ "To": TO, "Channel": "sms", "Status": "canceled" }).to_string(),
            ));
        let reply = client.send(request.expect("valid request")).await;
        assert_eq!(
            (reply.twilio_error(), reply.twilio_error_message().as_str()),
            ((400, 60200), message)
        );
    }
}

#[tokio::test]
async fn destination_must_be_e164_and_appears_in_the_error() {
    let client = TestClient::new();
    for to in [
        "",
        "4155550142",
        "+0155550142",
        "+1415555",
        "+1415555014a",
        "+1234567890123456",
    ] {
        let valid = to == "+1415555";
        let reply = client
            .create_twilio_verification(&[("To", to), ("Channel", "sms")])
            .await;
        if valid {
            assert_eq!(
                reply.status,
                StatusCode::CREATED,
                "seven digits are a number"
            );
            continue;
        }
        assert_eq!(reply.twilio_error(), (400, 60200));
        assert_eq!(
            reply.twilio_error_message(),
            format!("Invalid parameter `To`: {to}")
        );
    }
}

#[tokio::test]
async fn duplicate_field_is_rejected() {
    let client = TestClient::new();
    let reply = client
        .create_twilio_verification(&[("To", TO), ("Channel", "sms"), ("Channel", "call")])
        .await;
    assert_eq!(reply.twilio_error_message(), "Invalid parameter: Channel");
    let reply = client
        .create_twilio_verification(&[("To", TO), ("To", "+14155550143"), ("Channel", "sms")])
        .await;
    assert_eq!(reply.twilio_error(), (400, 60200));
}

#[tokio::test]
async fn unavailable_feature_has_its_documented_error() {
    let client = TestClient::new();
    let cases = [
        ("Channel", "email", (400, 60217)),
        ("Channel", "auto", (400, 60200)),
        ("Channel", "whatsapp", (400, 60223)),
        ("Channel", "sna", (400, 60001)),
        ("Channel", "pigeon", (400, 60200)),
        ("CustomCode", "123456", (403, 60204)),
        ("CustomFriendlyName", "Other", (403, 60204)),
        ("Amount", "10.00", (403, 60204)),
        ("CustomMessage", "Hi", (400, 60243)),
        ("Locale", "not a locale", (400, 60200)),
        ("RateLimits", "nope", (400, 60200)),
        ("DeviceIp", "1.2.3", (400, 60200)),
        ("RiskCheck", "maybe", (400, 60200)),
        ("Tags", "{\"a\":1}", (400, 60200)),
        ("AppHash", "short", (400, 60200)),
        ("TemplateSid", "HJ12", (400, 60200)),
    ];
    for (field, value, expected) in cases {
        let mut fields = vec![("To", TO), (field, value)];
        if field != "Channel" {
            fields.push(("Channel", "sms"));
        }
        assert_eq!(
            client
                .create_twilio_verification(&fields)
                .await
                .twilio_error(),
            expected,
            "{field}={value}"
        );
    }
}

#[tokio::test]
async fn optional_twilio_fields_are_accepted() {
    let client = TestClient::new();
    let fields = [
        ("To", TO),
        ("Channel", "sms"),
        ("Locale", "pt-BR"),
        ("RateLimits", "{\"end_user_ip\":\"203.0.113.7\"}"),
        ("DeviceIp", "2001:db8::1"),
        ("RiskCheck", "enable"),
        ("Tags", "{\"tenant\":\"12\"}"),
        ("AppHash", "He42w354ol9"),
        ("Unheard", "of"),
    ];
    assert_eq!(
        client.create_twilio_verification(&fields).await.status,
        StatusCode::CREATED
    );
    let messages = client
        .call_control_api(Method::GET, "/_simulator/messages", "")
        .await
        .json();
    let text = messages[0]["body"].as_str().expect("value is text");
    assert!(text.starts_with("<#> Your Sallyport verification code is: "));
    assert!(text.ends_with(" He42w354ol9"));
}

#[tokio::test]
async fn unknown_service_is_not_found() {
    let client = TestClient::new();
    let path = "/v2/Services/VA00000000000000000000000000000000/Verifications";
    let reply = client
        .call_twilio(Method::POST, path, &[("To", TO), ("Channel", "sms")])
        .await;
    assert_eq!(reply.twilio_error(), (404, 20404));
    assert_eq!(
        reply.twilio_error_message(),
        format!("The requested resource {path} was not found")
    );
}

#[tokio::test]
async fn unknown_twilio_path_or_method_has_a_twilio_error() {
    let client = TestClient::new();
    let reply = client
        .call_twilio(Method::GET, "/v2/Services/nowhere", &[])
        .await;
    assert_eq!(reply.twilio_error(), (404, 20404));
    let reply = client
        .call_twilio(Method::PUT, &service_path("Verifications"), &[])
        .await;
    assert_eq!(reply.twilio_error(), (405, 20004));
    let ledger = client.ledger_entries().await;
    assert_eq!(
        (ledger.len(), &ledger[0]["operation"]),
        (2, &"unknown".into())
    );
}
