//! What Twilio does with a good request: contract sections 2.2 to 2.7 and 5, row by row.

use http::{Method, StatusCode};

use super::super::{TwilioSettings, VerifyService};
use super::*;

const PSD2_SERVICE: &str = "VA000000000000000000000000000000d2";

fn lab_with_psd2() -> Lab {
    let psd2 = VerifyService {
        sid: PSD2_SERVICE.to_owned(),
        friendly_name: "Acme Pay".to_owned(),
        code_length: 8,
        lifetime_secs: 120,
        psd2: true,
    };
    let services = vec![VerifyService::default(), psd2];
    Lab::with(Settings {
        twilio: TwilioSettings {
            services,
            ..TwilioSettings::default()
        },
        ..Settings::default()
    })
}

#[tokio::test]
async fn a_create_answers_everything_but_the_code() {
    let lab = Lab::new();
    let reply = lab.create(&[("To", TO), ("Channel", "sms")]).await;
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
    assert_eq!(body["url"], format!("{url}{}", sid_of(&reply)));
    assert!(!reply.text.contains(&lab.last_code().await));
}

#[tokio::test]
async fn the_right_code_is_approved_once_and_then_not_found() {
    let lab = Lab::new();
    let (sid, code) = lab.begin().await;
    let wrong = lab
        .check(&[("VerificationSid", &sid), ("Code", wrong(&code))])
        .await;
    assert_eq!(wrong.status, StatusCode::OK);
    assert_eq!(
        (&wrong.json()["status"], &wrong.json()["valid"]),
        (&"pending".into(), &false.into())
    );
    let right = lab
        .check(&[("To", TO), ("VerificationSid", &sid), ("Code", &code)])
        .await;
    assert_eq!(
        (&right.json()["status"], &right.json()["valid"]),
        (&"approved".into(), &true.into())
    );
    assert_eq!(right.json()["sna_attempts_error_codes"], json!([]));
    let again = lab
        .check(&[("VerificationSid", &sid), ("Code", &code)])
        .await;
    assert_eq!(again.refusal(), (404, 20404));
    let path = service_path("VerificationCheck");
    assert_eq!(
        again.message(),
        format!("The requested resource {path} was not found")
    );
    assert_eq!(lab.fetch(&sid).await.refusal(), (404, 20404));
}

#[tokio::test]
async fn a_check_by_number_alone_finds_the_pending_verification() {
    let lab = Lab::new();
    let (_, code) = lab.begin().await;
    let other = lab.check(&[("To", "+14155550143"), ("Code", &code)]).await;
    assert_eq!(other.refusal(), (404, 20404));
    let reply = lab.check(&[("To", TO), ("Code", &code)]).await;
    assert_eq!(reply.json()["status"], "approved");
}

#[tokio::test]
async fn a_sid_and_a_number_that_do_not_belong_together_find_nothing() {
    let lab = Lab::new();
    let (sid, code) = lab.begin().await;
    let fields = [
        ("To", "+14155550143"),
        ("VerificationSid", &sid),
        ("Code", &code),
    ];
    assert_eq!(lab.check(&fields).await.refusal(), (404, 20404));
}

#[tokio::test]
async fn five_wrong_codes_lock_checks_and_sends_until_the_lifetime_ends() {
    let lab = Lab::new();
    let (sid, code) = lab.begin().await;
    for _ in 0..5 {
        let reply = lab
            .check(&[("VerificationSid", &sid), ("Code", wrong(&code))])
            .await;
        assert_eq!(reply.json()["status"], "pending");
    }
    let right = lab
        .check(&[("VerificationSid", &sid), ("Code", &code)])
        .await;
    assert_eq!(right.refusal(), (429, 60202));
    assert_eq!(right.message(), "Max check attempts reached");
    assert_eq!(
        lab.fetch(&sid).await.json()["status"],
        "max_attempts_reached"
    );
    let resend = lab.create(&[("To", TO), ("Channel", "sms")]).await;
    assert_eq!(resend.refusal(), (429, 60203));
    lab.advance(600).await;
    let late = lab
        .check(&[("VerificationSid", &sid), ("Code", &code)])
        .await;
    assert_eq!(late.refusal(), (404, 20404));
}

#[tokio::test]
async fn the_switches_choose_the_other_documented_answer() {
    let twilio = TwilioSettings {
        check_answers_201: true,
        exhausted_is_gone: true,
        nothing_pending_is_400: true,
        upper_case_channels: true,
        lookup_is_empty: true,
        sna_is_absent: true,
        ..TwilioSettings::default()
    };
    let lab = Lab {
        check_schemas: false,
        ..Lab::with(Settings {
            twilio,
            ..Settings::default()
        })
    };
    let (sid, code) = lab.begin().await;
    for _ in 0..5 {
        let reply = lab
            .check(&[("VerificationSid", &sid), ("Code", wrong(&code))])
            .await;
        assert_eq!(reply.status, StatusCode::CREATED);
    }
    let locked = lab
        .check(&[("VerificationSid", &sid), ("Code", &code)])
        .await;
    assert_eq!(locked.refusal(), (404, 20404));
    assert_eq!(lab.fetch(&sid).await.refusal(), (404, 20404));
    let fresh = lab.create(&[("To", TO), ("Channel", "sms")]).await;
    assert_eq!(fresh.status, StatusCode::CREATED);
    assert_ne!(sid_of(&fresh), sid);
    let body = fresh.json();
    assert_eq!(body["send_code_attempts"][0]["channel"], "SMS");
    assert_eq!(
        (&body["channel"], &body["lookup"]),
        (&"sms".into(), &json!({}))
    );
    assert_eq!(body.get("sna"), None);
    let other = "+14155550143";
    let nothing = lab.check(&[("To", other), ("Code", &code)]).await;
    assert_eq!(nothing.refusal(), (400, 60200));
    assert_eq!(
        nothing.message(),
        format!("Invalid parameter `To`: {other}")
    );
}

#[tokio::test]
async fn a_resend_sends_the_same_code_and_the_sixth_send_is_refused() {
    let lab = Lab::new();
    let (sid, code) = lab.begin().await;
    for sends in 2..=5 {
        let reply = lab.create(&[("To", TO), ("Channel", "call")]).await;
        assert_eq!(sid_of(&reply), sid);
        assert_eq!(reply.json()["channel"], "call");
        assert_eq!(
            reply.json()["send_code_attempts"].as_array().map(Vec::len),
            Some(sends)
        );
        assert_eq!(lab.last_code().await, code);
    }
    let refused = lab.create(&[("To", TO), ("Channel", "sms")]).await;
    assert_eq!(refused.refusal(), (429, 60203));
    assert_eq!(refused.message(), "Max send attempts reached");
    assert_eq!(refused.header("twilio-reached-rate-limit"), Some("true"));
    let wait: u32 = refused
        .header("retry-after")
        .expect("a wait")
        .parse()
        .expect("seconds");
    assert!((1..=600).contains(&wait));
}

#[tokio::test]
async fn updates_cancel_or_approve_by_sid_or_number() {
    let lab = Lab::new();
    let (sid, _) = lab.begin().await;
    let reply = lab.update("%2B14155550142", "canceled").await;
    assert_eq!(
        (reply.status, &reply.json()["status"]),
        (StatusCode::OK, &"canceled".into())
    );
    assert_eq!(lab.fetch(&sid).await.json()["status"], "canceled");
    assert_eq!(lab.update(&sid, "approved").await.refusal(), (404, 20404));
    let (fresh, _) = lab.begin().await;
    assert_ne!(fresh, sid);
    let reply = lab.update(&fresh, "approved").await;
    assert_eq!(
        (&reply.json()["status"], &reply.json()["valid"]),
        (&"approved".into(), &true.into())
    );
    assert_eq!(lab.fetch(&fresh).await.refusal(), (404, 20404));
    assert_eq!(
        lab.update(&fresh, "expired").await.message(),
        "Invalid parameter: Status"
    );
}

#[tokio::test]
async fn the_sixty_first_fetch_in_a_minute_is_too_many() {
    let lab = Lab::new();
    let (sid, _) = lab.begin().await;
    for _ in 0..60 {
        assert_eq!(lab.fetch(&sid).await.json()["status"], "pending");
    }
    let reply = lab.fetch(&sid).await;
    assert_eq!(reply.refusal(), (429, 20429));
    assert!(reply.header("retry-after").is_some());
    lab.advance(60).await;
    assert_eq!(lab.fetch(&sid).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_psd2_service_binds_the_code_to_amount_and_payee() {
    let lab = lab_with_psd2();
    let create = format!("/v2/Services/{PSD2_SERVICE}/Verifications");
    let check = format!("/v2/Services/{PSD2_SERVICE}/VerificationCheck");
    let payment = [("Amount", "€39.99"), ("Payee", "Acme Inc.")];
    let sms = [("To", TO), ("Channel", "sms")];
    let call = [("To", TO), ("Channel", "call")];
    let post = |path: String, fields: Vec<(&'static str, String)>| {
        let lab = &lab;
        async move {
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            lab.call(Method::POST, &path, &fields).await
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
        post(create.clone(), owned(&[&sms])).await.refusal(),
        (400, 60206)
    );
    assert_eq!(
        post(create.clone(), owned(&[&call, &payment]))
            .await
            .refusal(),
        (400, 60214)
    );
    let sent = post(create, owned(&[&sms, &payment])).await;
    assert_eq!(
        (&sent.json()["amount"], &sent.json()["payee"]),
        (&"€39.99".into(), &"Acme Inc.".into())
    );
    let code = lab.last_code().await;
    assert_eq!(code.len(), 8);
    let target = [("To", TO), ("Code", code.as_str())];
    assert_eq!(
        post(check.clone(), owned(&[&target])).await.refusal(),
        (400, 60206)
    );
    let other = [("Amount", "€40.00"), ("Payee", "Acme Inc.")];
    assert_eq!(
        post(check.clone(), owned(&[&target, &other]))
            .await
            .refusal(),
        (404, 20404)
    );
    let right = post(check, owned(&[&target, &payment])).await;
    assert_eq!(right.json()["status"], "approved");
}
