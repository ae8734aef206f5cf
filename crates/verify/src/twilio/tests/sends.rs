use std::net::IpAddr;

use reqwest::header::HeaderName;

use super::super::super::testing::header;
use super::stand_in::{Canned, StandIn};
use super::*;
use domain::Purpose;

/// What `printf '%s' 'AC7d…:5ecr…' | base64` prints.
const BASIC: &str = "Basic QUM3ZDFmMGM1MmI5ZTg0YTYzYTBmMmM5NWUxOGQzNGI3MDo1ZWNyZTdmMDBkNWVjcmU3ZjAwZDVlY3JlN2YwMGQwMA==";

#[tokio::test]
async fn a_send_is_one_request_of_exactly_the_documented_shape() {
    let stand_in = StandIn::answering(Canned::json(201, &created())).await;
    let case = case();
    let sent = case.sent_by(&twilio_at(stand_in.address)).await;
    let expected = Sent {
        verification: case.verification.clone(),
        service: case.service.clone(),
        channel: Channel::Sms,
    };
    assert_eq!(sent, Ok(expected));

    let seen = stand_in.one_request();
    assert_eq!(seen.method, "POST");
    assert_eq!(seen.path, format!("/v2/Services/{SERVICE}/Verifications"));
    assert_eq!(seen.body, "To=%2B14155550142&Channel=sms");
    assert_eq!(header(&seen, "authorization"), BASIC);
    assert_eq!(header(&seen, "accept"), "application/json");
    assert_eq!(
        header(&seen, "content-type"),
        "application/x-www-form-urlencoded"
    );
    let user_agent = header(&seen, "user-agent");
    assert_eq!(user_agent, concat!("Sallyport/", env!("CARGO_PKG_VERSION")));
    let mut names: Vec<_> = seen.headers.keys().map(HeaderName::as_str).collect();
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
async fn a_call_says_so_and_comes_back_as_one_in_either_case() {
    for said in ["call", "CALL"] {
        let answer = but(created(), "channel", said);
        let stand_in = StandIn::answering(Canned::json(201, &answer)).await;
        let case = case();
        let request = SendRequest {
            channel: Channel::Call,
            ..case.send()
        };
        let sent = twilio_at(stand_in.address).send(request).await;
        assert_eq!(sent.map(|sent| sent.channel), Ok(Channel::Call));
        assert_eq!(
            stand_in.one_request().body,
            "To=%2B14155550142&Channel=call"
        );
    }
}

#[tokio::test]
async fn the_clients_address_travels_only_when_the_setting_is_on() {
    let stand_in = StandIn::answering(Canned::json(201, &created())).await;
    let case = case();
    let mapped: IpAddr = "::ffff:203.0.113.7".parse().expect("an address");
    let request = SendRequest {
        client_ip: Some(mapped),
        ..case.send()
    };
    let mut settings = settings(url(stand_in.address));
    for rate_limits in [false, true] {
        settings.rate_limits = rate_limits;
        let twilio = with(settings.clone(), Duration::from_secs(8));
        twilio.send(request).await.expect("sent");
    }
    let bodies: Vec<_> = stand_in.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(
        bodies,
        [
            "To=%2B14155550142&Channel=sms",
            "To=%2B14155550142&Channel=sms&DeviceIp=203.0.113.7\
             &RateLimits=%7B%22end_user_ip%22%3A%22203.0.113.7%22%7D",
        ]
    );
}

#[tokio::test]
async fn a_payments_code_carries_amount_and_payee() {
    let answer = paid(created(), "€39.99", "Acme & Co");
    let stand_in = StandIn::answering(Canned::json(201, &answer)).await;
    let twilio = twilio_at(stand_in.address);
    let case = paying("€39.99", "Acme & Co");
    case.sent_by(&twilio).await.expect("sent");
    assert_eq!(
        stand_in.one_request().body,
        "To=%2B14155550142&Channel=sms&Amount=%E2%82%AC39.99&Payee=Acme+%26+Co"
    );
    let other = paying("€3999", "Acme & Co").sent_by(&twilio).await;
    assert_eq!(other, Err(SendFailure::Unknown));
}

/// PAY-02: a service without PSD2 refuses both fields (error 60204).
#[tokio::test]
async fn a_service_without_psd2_is_told_neither_amount_nor_payee() {
    let answer = but(created(), "service_sid", PAYMENTS);
    let stand_in = StandIn::answering(Canned::json(201, &answer)).await;
    let plain = TwilioSettings {
        psd2: false,
        ..settings(url(stand_in.address))
    };
    let twilio = with(plain, PATIENT);
    let case = paying("150.00 USD", "Acme");
    case.sent_by(&twilio).await.expect("sent");
    assert_eq!(stand_in.one_request().body, "To=%2B14155550142&Channel=sms");
    assert!(twilio.can_call(Purpose::Payment));
    let bound = twilio_at(stand_in.address);
    assert!(!bound.can_call(Purpose::Payment) && bound.can_call(Purpose::SignIn));
}

#[tokio::test]
async fn an_answer_with_unknown_words_and_fields_still_is_a_send() {
    let mut odd = but(created(), "channel", "rcs");
    odd["status"] = "queued".into();
    odd["brand_new"] = json!({ "deep": [1, 2, { "x": null }] });
    for answer in [
        odd,
        without(created(), "channel"),
        without(created(), "status"),
    ] {
        let stand_in = StandIn::answering(Canned::json(200, &answer)).await;
        let sent = case().sent_by(&twilio_at(stand_in.address)).await;
        assert_eq!(sent.map(|sent| sent.channel), Ok(Channel::Sms), "{answer}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_about_this_send_proves_nothing() {
    let answers = [
        without(created(), "sid"),
        but(created(), "sid", "VE1"),
        but(created(), "sid", SERVICE),
        but(created(), "service_sid", PAYMENTS),
        without(created(), "service_sid"),
        but(created(), "to", "+14155550143"),
        but(created(), "to", json!(null)),
        but(created(), "status", "approved"),
        but(created(), "status", "failed"),
        but(created(), "status", "canceled"),
        json!({}),
        json!([]),
        json!("pending"),
    ];
    for answer in answers {
        let stand_in = StandIn::answering(Canned::json(201, &answer)).await;
        let sent = case().sent_by(&twilio_at(stand_in.address)).await;
        assert_eq!(sent, Err(SendFailure::Unknown), "{answer}");
    }
}

#[tokio::test]
async fn a_base_url_may_have_a_path_of_its_own() {
    for slash in ["", "/"] {
        let stand_in = StandIn::answering(Canned::json(201, &created())).await;
        let base = format!("http://{}/twilio{slash}", stand_in.address);
        let twilio = with(settings(base), Duration::from_secs(8));
        case().sent_by(&twilio).await.expect("sent");
        let path = stand_in.one_request().path;
        assert_eq!(path, format!("/twilio/v2/Services/{SERVICE}/Verifications"));
    }
}

#[tokio::test]
async fn each_purpose_has_its_service() {
    let (_, address) = super::stand_in::listen().await;
    let twilio = twilio_at(address);
    for purpose in Purpose::ALL {
        let expected = match purpose {
            Purpose::Payment => PAYMENTS,
            _ => SERVICE,
        };
        assert_eq!(twilio.service_for(purpose).as_str(), expected);
    }
}

#[test]
fn settings_that_cannot_work_are_refused_at_the_start() {
    let checked = |settings: TwilioSettings| settings.checked().map(|url| url.to_string());
    assert_eq!(
        checked(settings("https://verify.twilio.com")),
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
            checked(settings(base)),
            Err(SettingsError::BaseUrl("Twilio")),
            "{base}"
        );
    }
    let mut odd = settings("https://verify.twilio.com");
    odd.services.set_up = service("VA1");
    let refused = checked(odd).map_err(|error| error.to_string());
    let said = "the service for set_up is not VA and 32 hexadecimal digits";
    assert_eq!(refused, Err(said.to_owned()));
}
