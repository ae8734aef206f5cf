use std::net::IpAddr;

use reqwest::header::HeaderName;

use super::mock_server::{CannedResponse, MockServer};
use super::*;
use crate::testing::header;
use domain::{Language, Purpose};

/// The output of `printf '%s' 'AC7d…:5ecr…' | base64`.
const BASIC: &str = "Basic QUM3ZDFmMGM1MmI5ZTg0YTYzYTBmMmM5NWUxOGQzNGI3MDo1ZWNyZTdmMDBkNWVjcmU3ZjAwZDVlY3JlN2YwMGQwMA==";

#[tokio::test]
async fn send_makes_one_request_in_the_documented_format() {
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(
        201,
        &created_response(),
    ))
    .await;
    let case = test_case();
    let sent = case
        .send_with(&create_twilio_client_for(server.address))
        .await;
    let expected = Sent {
        verification: case.verification.clone(),
        service: case.service.clone(),
        channel: Channel::Sms,
    };
    assert_eq!(sent, Ok(expected));

    let request = server.single_received_request();
    assert_eq!(request.method, "POST");
    assert_eq!(
        request.path,
        format!("/v2/Services/{SERVICE}/Verifications")
    );
    assert_eq!(request.body, "To=%2B14155550142&Channel=sms&Locale=en");
    assert_eq!(header(&request, "authorization"), BASIC);
    assert_eq!(header(&request, "accept"), "application/json");
    assert_eq!(
        header(&request, "content-type"),
        "application/x-www-form-urlencoded"
    );
    let user_agent = header(&request, "user-agent");
    assert_eq!(user_agent, concat!("Sallyport/", env!("CARGO_PKG_VERSION")));
    let mut names: Vec<_> = request.headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "accept",
            "authorization",
            "content-length",
            "content-type",
            "host",
            "user-agent"
        ]
    );
}

#[tokio::test]
async fn voice_call_is_requested_and_recognised_in_upper_and_lower_case() {
    for expected in ["call", "CALL"] {
        let response = with_field(created_response(), "channel", expected);
        let server =
            MockServer::start_mock_server(CannedResponse::from_status_and_json(201, &response))
                .await;
        let case = test_case();
        let request = SendRequest {
            channel: Channel::Call,
            ..case.send_request()
        };
        let sent = create_twilio_client_for(server.address)
            .send_code(request)
            .await;
        assert_eq!(sent.map(|sent| sent.channel), Ok(Channel::Call));
        assert_eq!(
            server.single_received_request().body,
            "To=%2B14155550142&Channel=call&Locale=en"
        );
    }
}

#[tokio::test]
async fn language_of_the_message_is_sent_as_its_locale() {
    for (language, locale) in [
        (Language::English, "en"),
        (Language::German, "de"),
        (Language::French, "fr"),
        (Language::Spanish, "es"),
        (Language::Portuguese, "pt-BR"),
        (Language::Polish, "pl"),
    ] {
        let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(
            201,
            &created_response(),
        ))
        .await;
        let case = test_case();
        let request = SendRequest {
            language,
            ..case.send_request()
        };
        create_twilio_client_for(server.address)
            .send_code(request)
            .await
            .expect("send succeeds");
        let body = server.single_received_request().body;
        assert!(body.ends_with(&format!("&Locale={locale}")), "{body}");
    }
}

#[tokio::test]
async fn client_address_is_sent_only_if_rate_limits_are_on() {
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(
        201,
        &created_response(),
    ))
    .await;
    let case = test_case();
    let mapped: IpAddr = "::ffff:203.0.113.7".parse().expect("valid address");
    let request = SendRequest {
        client_ip: Some(mapped),
        ..case.send_request()
    };
    let mut settings = client_settings(base_url_of_server(server.address));
    for rate_limits in [false, true] {
        settings.rate_limits = rate_limits;
        let twilio = create_client_with_settings(settings.clone(), Duration::from_secs(8));
        twilio.send_code(request).await.expect("send succeeds");
    }
    let bodies: Vec<_> = server
        .recorded_requests()
        .into_iter()
        .map(|request| request.body)
        .collect();
    assert_eq!(
        bodies,
        [
            "To=%2B14155550142&Channel=sms&Locale=en",
            "To=%2B14155550142&Channel=sms&Locale=en&DeviceIp=203.0.113.7\
             &RateLimits=%7B%22end_user_ip%22%3A%22203.0.113.7%22%7D",
        ]
    );
}

#[tokio::test]
async fn payment_code_is_sent_with_amount_and_payee() {
    let response = payment_response(created_response(), "€39.99", "Acme & Co");
    let server =
        MockServer::start_mock_server(CannedResponse::from_status_and_json(201, &response)).await;
    let twilio = create_twilio_client_for(server.address);
    let case = payment_case("€39.99", "Acme & Co");
    case.send_with(&twilio).await.expect("send succeeds");
    assert_eq!(
        server.single_received_request().body,
        "To=%2B14155550142&Channel=sms&Locale=en&Amount=%E2%82%AC39.99&Payee=Acme+%26+Co"
    );
    let other = payment_case("€3999", "Acme & Co").send_with(&twilio).await;
    assert_eq!(other, Err(SendFailure::Unknown));
}

/// A service without PSD2 rejects both parameters: <https://www.twilio.com/docs/api/errors/60204>.
#[tokio::test]
async fn service_without_psd2_gets_neither_amount_nor_payee() {
    let response = with_field(created_response(), "service_sid", PAYMENTS);
    let server =
        MockServer::start_mock_server(CannedResponse::from_status_and_json(201, &response)).await;
    let plain = TwilioSettings {
        psd2: false,
        ..client_settings(base_url_of_server(server.address))
    };
    let twilio = create_client_with_settings(plain, LONG_TIMEOUT);
    let case = payment_case("150.00 USD", "Acme");
    case.send_with(&twilio).await.expect("send succeeds");
    assert_eq!(
        server.single_received_request().body,
        "To=%2B14155550142&Channel=sms&Locale=en"
    );
    assert!(twilio.supports_voice_calls(Purpose::Payment));
    let bound = create_twilio_client_for(server.address);
    assert!(
        !bound.supports_voice_calls(Purpose::Payment)
            && bound.supports_voice_calls(Purpose::SignIn)
    );
}

#[tokio::test]
async fn unknown_values_and_extra_fields_in_a_response_do_not_fail_a_send() {
    let mut invalid = with_field(created_response(), "channel", "rcs");
    invalid["status"] = "queued".into();
    invalid["brand_new"] = json!({ "deep": [1, 2, { "x": null }] });
    for response in [
        invalid,
        without_field(created_response(), "channel"),
        without_field(created_response(), "status"),
    ] {
        let server =
            MockServer::start_mock_server(CannedResponse::from_status_and_json(200, &response))
                .await;
        let sent = test_case()
            .send_with(&create_twilio_client_for(server.address))
            .await;
        assert_eq!(
            sent.map(|sent| sent.channel),
            Ok(Channel::Sms),
            "{response}"
        );
    }
}

#[tokio::test]
async fn response_about_another_verification_leaves_the_outcome_unknown() {
    let responses = [
        without_field(created_response(), "sid"),
        with_field(created_response(), "sid", "VE1"),
        with_field(created_response(), "sid", SERVICE),
        with_field(created_response(), "service_sid", PAYMENTS),
        without_field(created_response(), "service_sid"),
        with_field(created_response(), "to", "+14155550143"),
        with_field(created_response(), "to", json!(null)),
        with_field(created_response(), "status", "approved"),
        with_field(created_response(), "status", "failed"),
        with_field(created_response(), "status", "canceled"),
        json!({}),
        json!([]),
        json!("pending"),
    ];
    for response in responses {
        let server =
            MockServer::start_mock_server(CannedResponse::from_status_and_json(201, &response))
                .await;
        let sent = test_case()
            .send_with(&create_twilio_client_for(server.address))
            .await;
        assert_eq!(sent, Err(SendFailure::Unknown), "{response}");
    }
}

#[tokio::test]
async fn base_url_may_have_a_path() {
    for slash in ["", "/"] {
        let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(
            201,
            &created_response(),
        ))
        .await;
        let base = format!("http://{}/twilio{slash}", server.address);
        let twilio = create_client_with_settings(client_settings(base), Duration::from_secs(8));
        test_case().send_with(&twilio).await.expect("send succeeds");
        let path = server.single_received_request().path;
        assert_eq!(path, format!("/twilio/v2/Services/{SERVICE}/Verifications"));
    }
}

#[tokio::test]
async fn each_purpose_uses_its_service() {
    let (_, address) = super::mock_server::listen_on_free_port().await;
    let twilio = create_twilio_client_for(address);
    for purpose in Purpose::ALL {
        let expected = match purpose {
            Purpose::Payment => PAYMENTS,
            _ => SERVICE,
        };
        assert_eq!(twilio.service_for_purpose(purpose).as_str(), expected);
    }
}

#[test]
fn invalid_settings_are_rejected() {
    let validated = |settings: TwilioSettings| {
        settings
            .validate_settings_and_parse_base_url()
            .map(|url| url.to_string())
    };
    assert_eq!(
        validated(client_settings("https://verify.twilio.com")),
        Ok("https://verify.twilio.com/".to_owned())
    );
    for base in [
        "",
        "verify.twilio.com",
        "ftp://verify.twilio.com",
        "mailto:ann@example.com",
        "https://user@verify.twilio.com",
        "https://:secret@verify.twilio.com",
        "https://verify.twilio.com/?x=1",
        "https://verify.twilio.com/#x",
    ] {
        assert_eq!(
            validated(client_settings(base)),
            Err(SettingsError::BaseUrl("Twilio")),
            "{base}"
        );
    }
    let mut invalid = client_settings("https://verify.twilio.com");
    invalid.services.set_up = service_id("VA1");
    let refused = validated(invalid).map_err(|error| error.to_string());
    let expected = "the service ID for `set_up` must be `VA` followed by 32 hexadecimal digits";
    assert_eq!(refused, Err(expected.to_owned()));
}
