use super::super::TIMEOUT_SECS;
use super::mock_server::{CannedResponse, MockServer};
use super::*;
use crate::PROVIDER_CODE_LIFETIME;
use crate::testing::header;
use domain::Purpose;

#[tokio::test]
async fn send_makes_one_request_in_the_documented_format() {
    for (channel, path) in [
        (Channel::Sms, "/v2/verifications/sms"),
        (Channel::Call, "/v2/verifications/call"),
    ] {
        let response = with_data_field(created_response(), "type", channel.as_str());
        let server =
            MockServer::start_mock_server(CannedResponse::from_status_and_json(200, &response))
                .await;
        let case = test_case();
        let request = SendRequest {
            channel,
            client_ip: Some([203, 0, 113, 7].into()),
            ..case.send_request()
        };
        let sent = create_telnyx_client_for(server.address)
            .send_code(request)
            .await;
        let expected = Sent {
            verification: case.verification.clone(),
            service: case.service.clone(),
            channel,
        };
        assert_eq!(sent, Ok(expected));

        let request = server.single_received_request();
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("POST", path)
        );
        let body: Value = serde_json::from_str(&request.body).expect("valid JSON");
        assert_eq!(
            body,
            json!({ "phone_number": PHONE, "verify_profile_id": PROFILE, "timeout_secs": 600 })
        );
        assert_eq!(header(&request, "authorization"), format!("Bearer {KEY}"));
        assert_eq!(header(&request, "accept"), "application/json");
        assert_eq!(header(&request, "content-type"), "application/json");
    }
}

#[test]
fn lifetime_of_a_telnyx_code_is_the_common_provider_lifetime() {
    assert_eq!(u64::from(TIMEOUT_SECS), PROVIDER_CODE_LIFETIME.as_secs());
}

#[tokio::test]
async fn payment_code_is_sent_without_amount_and_payee() {
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(
        200,
        &created_response(),
    ))
    .await;
    let case = test_case().with_transaction("39.99", "Acme");
    case.send_with(&create_telnyx_client_for(server.address))
        .await
        .expect("send succeeds");
    let body = server.single_received_request().body;
    assert!(!body.contains("39.99") && !body.contains("Acme"), "{body}");
}

#[tokio::test]
async fn unknown_values_and_extra_fields_in_a_response_do_not_fail_a_send() {
    let mut invalid = with_data_field(created_response(), "type", "whatsapp");
    invalid["data"]["status"] = "queued".into();
    invalid["data"]["brand_new"] = json!({ "deep": [1, 2, { "x": null }] });
    invalid["meta"] = json!({});
    let mut with_a_zone = with_data_field(created_response(), "created_at", "2026-03-02T09:15:04Z");
    with_a_zone["data"]["updated_at"] = 1_772_442_904.into();
    for response in [
        invalid,
        with_a_zone,
        without_data_field(created_response(), "created_at"),
        without_data_field(created_response(), "type"),
        without_data_field(created_response(), "status"),
        with_data_field(created_response(), "timeout_secs", Value::Null),
        with_data_field(created_response(), "custom_code", CODE),
    ] {
        let server =
            MockServer::start_mock_server(CannedResponse::from_status_and_json(201, &response))
                .await;
        let sent = test_case()
            .send_with(&create_telnyx_client_for(server.address))
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
    let upper = PROFILE.to_uppercase();
    let responses = [
        without_data_field(created_response(), "id"),
        with_data_field(
            created_response(),
            "id",
            "VE91ab6f20c7d34e5f8b12a0946ce5d7f3",
        ),
        with_data_field(created_response(), "id", ID.replace('-', "")),
        with_data_field(created_response(), "verify_profile_id", PAYMENTS),
        with_data_field(created_response(), "verify_profile_id", upper),
        without_data_field(created_response(), "verify_profile_id"),
        with_data_field(created_response(), "phone_number", "+14155550143"),
        with_data_field(created_response(), "phone_number", Value::Null),
        with_data_field(created_response(), "status", "accepted"),
        with_data_field(created_response(), "status", "expired"),
        with_data_field(created_response(), "status", "error"),
        created_response()["data"].clone(),
        json!({ "data": [created_response()["data"]] }),
        json!({ "data": null }),
        json!({}),
        json!([]),
    ];
    for response in responses {
        let server =
            MockServer::start_mock_server(CannedResponse::from_status_and_json(200, &response))
                .await;
        let sent = test_case()
            .send_with(&create_telnyx_client_for(server.address))
            .await;
        assert_eq!(sent, Err(SendFailure::Unknown), "{response}");
    }
}

#[tokio::test]
async fn each_purpose_uses_its_profile() {
    let (_, address) = mock_server::listen_on_free_port().await;
    let telnyx = create_telnyx_client_for(address);
    for purpose in Purpose::ALL {
        let expected = match purpose {
            Purpose::Payment => PAYMENTS,
            _ => PROFILE,
        };
        assert_eq!(telnyx.service_for_purpose(purpose).as_str(), expected);
    }
}

#[test]
fn invalid_settings_are_rejected() {
    let validated = |settings: TelnyxSettings| {
        settings
            .validate_settings_and_parse_base_url()
            .map(|url| url.to_string())
    };
    assert_eq!(
        validated(client_settings("https://api.telnyx.com")),
        Ok("https://api.telnyx.com/".to_owned())
    );
    for base in [
        "",
        "api.telnyx.com",
        "ftp://api.telnyx.com",
        "https://u@api.telnyx.com",
    ] {
        let refused = validated(client_settings(base));
        assert_eq!(refused, Err(SettingsError::BaseUrl("Telnyx")), "{base}");
    }
    for profile in [PROFILE.to_uppercase(), PROFILE.replace('-', ""), "x".into()] {
        let mut invalid = client_settings("https://api.telnyx.com");
        invalid.profiles.set_up = service_id(&profile);
        let refused = validated(invalid).map_err(|error| error.to_string());
        let expected = "the service ID for `set_up` must be a UUID in lower case";
        assert_eq!(refused, Err(expected.to_owned()));
    }
}

#[tokio::test]
async fn refused_connection_is_distinguished_from_a_missing_response() {
    let (_socket, address) = mock_server::bind_refusing_port();
    let (telnyx, case) = (create_telnyx_client_for(address), test_case());
    assert_eq!(case.send_with(&telnyx).await, Err(SendFailure::NotSent));
    let checked = case.check_with(&telnyx).await;
    assert_eq!(checked, Err(CheckFailure::Unavailable));

    let (_listener, address) = mock_server::listen_on_free_port().await;
    let short_timeout = create_client_with_settings(
        client_settings(base_url_of_server(address)),
        Duration::from_millis(200),
    );
    assert_eq!(
        case.send_with(&short_timeout).await,
        Err(SendFailure::Unknown)
    );
    assert_eq!(
        case.check_with(&short_timeout).await,
        Err(CheckFailure::Unknown)
    );
}
