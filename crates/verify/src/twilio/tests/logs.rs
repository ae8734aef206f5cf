//! What reaches the log, everything at TRACE included (OTP-11, LEAK-04).

use super::super::super::testing::watch;
use super::stand_in::{Canned, StandIn, listen};
use super::*;

#[tokio::test]
async fn nothing_secret_and_no_number_is_ever_logged() {
    let (notebook, _watch) = watch();
    let leaky = format!("Invalid parameter `To`: {PHONE} {CODE}");
    let answers = [
        Canned::json(201, &created()),
        Canned::json(200, &approved()),
        Canned::json(400, &error(400, 60200, &leaky)),
        Canned::json(500, &error(500, 60200, &leaky)),
        Canned::json(403, &error(403, 20403, &leaky)),
        Canned::json(200, &but(approved(), "sid", json!([PHONE, CODE]))),
        Canned::json(200, &format!("{{\"status\":\"{PHONE} {CODE}")),
        Canned::typed(200, "text/html", leaky.clone()),
    ];
    let stand_in = StandIn::answering(Canned::json(500, "")).await;
    let (twilio, case) = (twilio_at(stand_in.address), case());
    for answer in answers {
        stand_in.now_answers(answer);
        let _ = case.sent_by(&twilio).await;
        let _ = case.checked_by(&twilio).await;
        let _ = twilio.cancel(&case.service, &case.verification).await;
    }
    let (listener, address) = listen().await;
    drop(listener);
    let _ = case.checked_by(&twilio_at(address)).await;

    let text = notebook.text();
    assert!(!notebook.of_the_clients().is_empty(), "{text}");
    for secret in [CODE, &PHONE[2..], TOKEN, "QUM3ZDFm", "Invalid parameter"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn a_failure_is_logged_once_with_what_an_operator_needs() {
    let (notebook, _watch) = watch();
    let refused = Canned::json(403, &error(403, 60410, "blocked"));
    let stand_in = StandIn::answering(refused).await;
    let (twilio, case) = (twilio_at(stand_in.address), case());
    let _ = case.sent_by(&twilio).await;
    stand_in.now_answers(Canned::json(401, &error(401, 20003, "Authenticate")));
    let _ = case.checked_by(&twilio).await;
    // A verdict is no failure, and nor is a verification that is gone.
    stand_in.now_answers(Canned::json(404, &error(404, 20404, "not found")));
    let _ = case.checked_by(&twilio).await;

    let lines = notebook.of_the_clients();
    let expected = [
        "WARN operation=\"create\" http_status=403 provider_code=60410 outcome=\"blocked\"",
        "ERROR operation=\"check\" http_status=401 provider_code=20003 outcome=\"configuration\"",
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, expected) in lines.iter().zip(expected) {
        for part in expected.split(' ') {
            assert!(line.contains(part), "{part} in {line}");
        }
    }
}

#[test]
fn debug_prints_neither_credentials_nor_number_nor_code_nor_payee() {
    let case = case().paying("39.99", "Acme");
    let printed = format!(
        "{:?} {:?} {:?}",
        case.check(),
        case.send(),
        settings("http://localhost")
    );
    for secret in [CODE, &PHONE[..8], TOKEN, ACCOUNT, "39.99", "Acme"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}
