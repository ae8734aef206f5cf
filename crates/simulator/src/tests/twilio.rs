//! Tests of valid Twilio requests: create, check, update, fetch.

use super::harness::*;
use crate::settings::{TwilioSettings, VerifyService};

const PSD2_SERVICE: &str = "VA000000000000000000000000000000d2";

/// Creates a test client whose simulator also has a Twilio service with PSD2 parameters.
fn client_with_psd2_service() -> TestClient {
    let psd2 = VerifyService {
        sid: PSD2_SERVICE.to_owned(),
        friendly_name: "Acme Pay".to_owned(),
        code_length: 8,
        lifetime_secs: 120,
        psd2: true,
    };
    let services = vec![VerifyService::default(), psd2];
    TestClient::with_settings(Settings {
        twilio: TwilioSettings {
            services,
            ..TwilioSettings::default()
        },
        ..Settings::default()
    })
}

#[tokio::test]
async fn create_response_omits_the_code() {
    let client = TestClient::new();
    let reply = client
        .create_twilio_verification(&[("To", TO), ("Channel", "sms")])
        .await;
    assert_eq!(reply.status, StatusCode::CREATED);
    assert_eq!(reply.header("twilio-reached-rate-limit"), Some("false"));
    assert_eq!(reply.header("retry-after"), Some("0"));
    let body = reply.json();
    assert_eq!(
        (&body["status"], &body["valid"]),
        (&"pending".into(), &false.into())
    );
    assert_eq!(body["lookup"], json!({ "carrier": null }));
    assert_eq!(body["send_code_attempts"][0]["channel"], "sms");
    assert_eq!(
        body["send_code_attempts"][0]["time"].as_str().map(str::len),
        Some(24)
    );
    assert_eq!(body["date_created"].as_str().map(str::len), Some(20));
    let url = format!(
        "https://verify.twilio.com{}",
        service_path("Verifications/")
    );
    assert_eq!(body["url"], format!("{url}{}", verification_sid_in(&reply)));
    let code = client.newest_code_in_inbox().await;
    assert!(!contains_code(&reply.text, &code));
}

#[tokio::test]
async fn correct_code_is_approved_once_and_then_not_found() {
    let client = TestClient::new();
    let (sid, code) = client.create_sms().await;
    let wrong = client
        .check_twilio_code(&[("VerificationSid", &sid), ("Code", wrong_code_for(&code))])
        .await;
    assert_eq!(wrong.status, StatusCode::OK);
    assert_eq!(
        (&wrong.json()["status"], &wrong.json()["valid"]),
        (&"pending".into(), &false.into())
    );
    let right = client
        .check_twilio_code(&[("To", TO), ("VerificationSid", &sid), ("Code", &code)])
        .await;
    assert_eq!(
        (&right.json()["status"], &right.json()["valid"]),
        (&"approved".into(), &true.into())
    );
    assert_eq!(right.json()["sna_attempts_error_codes"], json!([]));
    let again = client
        .check_twilio_code(&[("VerificationSid", &sid), ("Code", &code)])
        .await;
    assert_eq!(again.twilio_error(), (404, 20404));
    let path = service_path("VerificationCheck");
    assert_eq!(
        again.twilio_error_message(),
        format!("The requested resource {path} was not found")
    );
    assert_eq!(
        client.fetch_twilio_verification(&sid).await.twilio_error(),
        (404, 20404)
    );
}

#[tokio::test]
async fn check_by_number_finds_the_pending_verification() {
    let client = TestClient::new();
    let (_, code) = client.create_sms().await;
    let other = client
        .check_twilio_code(&[("To", "+14155550143"), ("Code", &code)])
        .await;
    assert_eq!(other.twilio_error(), (404, 20404));
    let reply = client
        .check_twilio_code(&[("To", TO), ("Code", &code)])
        .await;
    assert_eq!(reply.json()["status"], "approved");
}

#[tokio::test]
async fn sid_with_the_number_of_another_verification_is_not_found() {
    let client = TestClient::new();
    let (sid, code) = client.create_sms().await;
    let fields = [
        ("To", "+14155550143"),
        ("VerificationSid", &sid),
        ("Code", &code),
    ];
    assert_eq!(
        client.check_twilio_code(&fields).await.twilio_error(),
        (404, 20404)
    );
}

#[tokio::test]
async fn five_wrong_codes_lock_checks_and_sends_until_expiry() {
    let client = TestClient::new();
    let (sid, code) = client.create_sms().await;
    for _ in 0..5 {
        let reply = client
            .check_twilio_code(&[("VerificationSid", &sid), ("Code", wrong_code_for(&code))])
            .await;
        assert_eq!(reply.json()["status"], "pending");
    }
    let right = client
        .check_twilio_code(&[("VerificationSid", &sid), ("Code", &code)])
        .await;
    assert_eq!(right.twilio_error(), (429, 60202));
    assert_eq!(right.twilio_error_message(), "Max check attempts reached");
    assert_eq!(
        client.fetch_twilio_verification(&sid).await.json()["status"],
        "max_attempts_reached"
    );
    let resend = client
        .create_twilio_verification(&[("To", TO), ("Channel", "sms")])
        .await;
    assert_eq!(resend.twilio_error(), (429, 60203));
    client.advance_clock(600).await;
    let late = client
        .check_twilio_code(&[("VerificationSid", &sid), ("Code", &code)])
        .await;
    assert_eq!(late.twilio_error(), (404, 20404));
}

#[tokio::test]
async fn settings_choose_between_documented_error_responses() {
    let twilio = TwilioSettings {
        check_answers_201: true,
        exhausted_is_gone: true,
        nothing_pending_is_400: true,
        upper_case_channels: true,
        lookup_is_empty: true,
        sna_is_absent: true,
        ..TwilioSettings::default()
    };
    let client = TestClient {
        check_schemas: false,
        ..TestClient::with_settings(Settings {
            twilio,
            ..Settings::default()
        })
    };
    let (sid, code) = client.create_sms().await;
    for _ in 0..5 {
        let reply = client
            .check_twilio_code(&[("VerificationSid", &sid), ("Code", wrong_code_for(&code))])
            .await;
        assert_eq!(reply.status, StatusCode::CREATED);
    }
    let locked = client
        .check_twilio_code(&[("VerificationSid", &sid), ("Code", &code)])
        .await;
    assert_eq!(locked.twilio_error(), (404, 20404));
    assert_eq!(
        client.fetch_twilio_verification(&sid).await.twilio_error(),
        (404, 20404)
    );
    let fresh = client
        .create_twilio_verification(&[("To", TO), ("Channel", "sms")])
        .await;
    assert_eq!(fresh.status, StatusCode::CREATED);
    assert_ne!(verification_sid_in(&fresh), sid);
    let body = fresh.json();
    assert_eq!(body["send_code_attempts"][0]["channel"], "SMS");
    assert_eq!(
        (&body["channel"], &body["lookup"]),
        (&"sms".into(), &json!({}))
    );
    assert_eq!(body.get("sna"), None);
    let other = "+14155550143";
    let nothing = client
        .check_twilio_code(&[("To", other), ("Code", &code)])
        .await;
    assert_eq!(nothing.twilio_error(), (400, 60200));
    assert_eq!(
        nothing.twilio_error_message(),
        format!("Invalid parameter `To`: {other}")
    );
}

#[tokio::test]
async fn resend_has_the_same_code_and_the_sixth_send_is_rejected() {
    let client = TestClient::new();
    let (sid, code) = client.create_sms().await;
    for sends in 2..=5 {
        let reply = client
            .create_twilio_verification(&[("To", TO), ("Channel", "call")])
            .await;
        assert_eq!(verification_sid_in(&reply), sid);
        assert_eq!(reply.json()["channel"], "call");
        assert_eq!(
            reply.json()["send_code_attempts"].as_array().map(Vec::len),
            Some(sends)
        );
        assert_eq!(client.newest_code_in_inbox().await, code);
    }
    let refused = client
        .create_twilio_verification(&[("To", TO), ("Channel", "sms")])
        .await;
    assert_eq!(refused.twilio_error(), (429, 60203));
    assert_eq!(refused.twilio_error_message(), "Max send attempts reached");
    assert_eq!(refused.header("twilio-reached-rate-limit"), Some("true"));
    let wait: u32 = refused
        .header("retry-after")
        .expect("response has Retry-After")
        .parse()
        .expect("number of seconds");
    assert!((1..=600).contains(&wait));
}

#[tokio::test]
async fn update_cancels_or_approves_by_sid_or_number() {
    let client = TestClient::new();
    let (sid, _) = client.create_sms().await;
    let reply = client.set_twilio_status("%2B14155550142", "canceled").await;
    assert_eq!(
        (reply.status, &reply.json()["status"]),
        (StatusCode::OK, &"canceled".into())
    );
    assert_eq!(
        client.fetch_twilio_verification(&sid).await.json()["status"],
        "canceled"
    );
    assert_eq!(
        client
            .set_twilio_status(&sid, "approved")
            .await
            .twilio_error(),
        (404, 20404)
    );
    let (fresh, _) = client.create_sms().await;
    assert_ne!(fresh, sid);
    let reply = client.set_twilio_status(&fresh, "approved").await;
    assert_eq!(
        (&reply.json()["status"], &reply.json()["valid"]),
        (&"approved".into(), &true.into())
    );
    assert_eq!(
        client
            .fetch_twilio_verification(&fresh)
            .await
            .twilio_error(),
        (404, 20404)
    );
    assert_eq!(
        client
            .set_twilio_status(&fresh, "expired")
            .await
            .twilio_error_message(),
        "Invalid parameter: Status"
    );
}

#[tokio::test]
async fn sixty_first_fetch_in_a_minute_is_rejected() {
    let client = TestClient::new();
    let (sid, _) = client.create_sms().await;
    for _ in 0..60 {
        assert_eq!(
            client.fetch_twilio_verification(&sid).await.json()["status"],
            "pending"
        );
    }
    let reply = client.fetch_twilio_verification(&sid).await;
    assert_eq!(reply.twilio_error(), (429, 20429));
    assert!(reply.header("retry-after").is_some());
    client.advance_clock(60).await;
    assert_eq!(
        client.fetch_twilio_verification(&sid).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn psd2_code_is_bound_to_amount_and_payee() {
    let client = client_with_psd2_service();
    let create = format!("/v2/Services/{PSD2_SERVICE}/Verifications");
    let check = format!("/v2/Services/{PSD2_SERVICE}/VerificationCheck");
    let payment = [("Amount", "€39.99"), ("Payee", "Acme Inc.")];
    let sms = [("To", TO), ("Channel", "sms")];
    let call = [("To", TO), ("Channel", "call")];
    let post = |path: String, fields: Vec<(&'static str, String)>| {
        let client = &client;
        async move {
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            client.call_twilio(Method::POST, &path, &fields).await
        }
    };
    let owned = |parts: &[&[(&'static str, &str)]]| -> Vec<(&'static str, String)> {
        parts
            .concat()
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect()
    };

    assert_eq!(
        post(create.clone(), owned(&[&sms])).await.twilio_error(),
        (400, 60206)
    );
    assert_eq!(
        post(create.clone(), owned(&[&call, &payment]))
            .await
            .twilio_error(),
        (400, 60214)
    );
    let sent = post(create, owned(&[&sms, &payment])).await;
    assert_eq!(
        (&sent.json()["amount"], &sent.json()["payee"]),
        (&"€39.99".into(), &"Acme Inc.".into())
    );
    let code = client.newest_code_in_inbox().await;
    assert_eq!(code.len(), 8);
    let target = [("To", TO), ("Code", code.as_str())];
    assert_eq!(
        post(check.clone(), owned(&[&target])).await.twilio_error(),
        (400, 60206)
    );
    let other = [("Amount", "€40.00"), ("Payee", "Acme Inc.")];
    assert_eq!(
        post(check.clone(), owned(&[&target, &other]))
            .await
            .twilio_error(),
        (404, 20404)
    );
    let right = post(check, owned(&[&target, &payment])).await;
    assert_eq!(right.json()["status"], "approved");
}
