use super::super::super::testing::header;
use super::super::TIMEOUT_SECS;
use super::stand_in::{Canned, StandIn};
use super::*;
use crate::PROVIDER_LIFE;
use domain::Purpose;

#[tokio::test]
async fn a_send_is_one_request_of_exactly_the_documented_shape() {
    for (channel, path) in [
        (Channel::Sms, "/v2/verifications/sms"),
        (Channel::Call, "/v2/verifications/call"),
    ] {
        let answer = data_but(created(), "type", channel.as_str());
        let stand_in = StandIn::answering(Canned::json(200, &answer)).await;
        let case = case();
        let request = SendRequest {
            channel,
            client_ip: Some([203, 0, 113, 7].into()),
            ..case.send()
        };
        let sent = telnyx_at(stand_in.address).send(request).await;
        let expected = Sent {
            verification: case.verification.clone(),
            service: case.service.clone(),
            channel,
        };
        assert_eq!(sent, Ok(expected));

        let seen = stand_in.one_request();
        assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", path));
        let body: Value = serde_json::from_str(&seen.body).expect("JSON");
        assert_eq!(
            body,
            json!({ "phone_number": PHONE, "verify_profile_id": PROFILE, "timeout_secs": 600 })
        );
        assert_eq!(header(&seen, "authorization"), format!("Bearer {KEY}"));
        assert_eq!(header(&seen, "accept"), "application/json");
        assert_eq!(header(&seen, "content-type"), "application/json");
    }
}

/// OTP-08
#[test]
fn a_code_lives_as_long_there_as_the_rules_say() {
    assert_eq!(u64::from(TIMEOUT_SECS), PROVIDER_LIFE.as_secs());
}

#[tokio::test]
async fn a_payments_code_is_sent_as_any_other() {
    let stand_in = StandIn::answering(Canned::json(200, &created())).await;
    let case = case().paying("39.99", "Acme");
    case.sent_by(&telnyx_at(stand_in.address))
        .await
        .expect("sent");
    let body = stand_in.one_request().body;
    assert!(!body.contains("39.99") && !body.contains("Acme"), "{body}");
}

#[tokio::test]
async fn an_answer_with_unknown_words_odd_times_and_more_fields_still_is_a_send() {
    let mut odd = data_but(created(), "type", "whatsapp");
    odd["data"]["status"] = "queued".into();
    odd["data"]["brand_new"] = json!({ "deep": [1, 2, { "x": null }] });
    odd["meta"] = json!({});
    let mut with_a_zone = data_but(created(), "created_at", "2026-03-02T09:15:04Z");
    with_a_zone["data"]["updated_at"] = 1_772_442_904.into();
    for answer in [
        odd,
        with_a_zone,
        data_without(created(), "created_at"),
        data_without(created(), "type"),
        data_without(created(), "status"),
        data_but(created(), "timeout_secs", Value::Null),
        data_but(created(), "custom_code", CODE),
    ] {
        let stand_in = StandIn::answering(Canned::json(201, &answer)).await;
        let sent = case().sent_by(&telnyx_at(stand_in.address)).await;
        assert_eq!(sent.map(|sent| sent.channel), Ok(Channel::Sms), "{answer}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_about_this_send_proves_nothing() {
    let upper = PROFILE.to_uppercase();
    let answers = [
        data_without(created(), "id"),
        data_but(created(), "id", "VE91ab6f20c7d34e5f8b12a0946ce5d7f3"),
        data_but(created(), "id", ID.replace('-', "")),
        data_but(created(), "verify_profile_id", PAYMENTS),
        data_but(created(), "verify_profile_id", upper),
        data_without(created(), "verify_profile_id"),
        data_but(created(), "phone_number", "+14155550143"),
        data_but(created(), "phone_number", Value::Null),
        data_but(created(), "status", "accepted"),
        data_but(created(), "status", "expired"),
        data_but(created(), "status", "error"),
        created()["data"].clone(),
        json!({ "data": [created()["data"]] }),
        json!({ "data": null }),
        json!({}),
        json!([]),
    ];
    for answer in answers {
        let stand_in = StandIn::answering(Canned::json(200, &answer)).await;
        let sent = case().sent_by(&telnyx_at(stand_in.address)).await;
        assert_eq!(sent, Err(SendFailure::Unknown), "{answer}");
    }
}

#[tokio::test]
async fn each_purpose_has_its_profile() {
    let (_, address) = stand_in::listen().await;
    let telnyx = telnyx_at(address);
    for purpose in Purpose::ALL {
        let expected = match purpose {
            Purpose::Payment => PAYMENTS,
            _ => PROFILE,
        };
        assert_eq!(telnyx.service_for(purpose).as_str(), expected);
    }
}

#[test]
fn settings_that_cannot_work_are_refused_at_the_start() {
    let checked = |settings: TelnyxSettings| settings.checked().map(|url| url.to_string());
    assert_eq!(
        checked(settings("https://api.telnyx.com")),
        Ok("https://api.telnyx.com/".to_owned())
    );
    for base in [
        "",
        "api.telnyx.com",
        "ftp://api.telnyx.com",
        "https://u@api.telnyx.com",
    ] {
        let refused = checked(settings(base));
        assert_eq!(refused, Err(SettingsError::BaseUrl("Telnyx")), "{base}");
    }
    for profile in [PROFILE.to_uppercase(), PROFILE.replace('-', ""), "x".into()] {
        let mut odd = settings("https://api.telnyx.com");
        odd.profiles.set_up = service(&profile);
        let refused = checked(odd).map_err(|error| error.to_string());
        let said = "the service for set_up is not a UUID in lower case";
        assert_eq!(refused, Err(said.to_owned()));
    }
}

#[tokio::test]
async fn a_send_that_nobody_took_is_told_from_one_nobody_answered() {
    let (listener, address) = stand_in::listen().await;
    drop(listener);
    let (telnyx, case) = (telnyx_at(address), case());
    assert_eq!(case.sent_by(&telnyx).await, Err(SendFailure::NotSent));
    let checked = case.checked_by(&telnyx).await;
    assert_eq!(checked, Err(CheckFailure::Unavailable));

    let (_listener, address) = stand_in::listen().await;
    let hasty = with(settings(url(address)), Duration::from_millis(200));
    assert_eq!(case.sent_by(&hasty).await, Err(SendFailure::Unknown));
    assert_eq!(case.checked_by(&hasty).await, Err(CheckFailure::Unknown));
}
