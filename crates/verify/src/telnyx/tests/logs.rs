//! What reaches the log, everything at TRACE included (OTP-11, LEAK-04).

use super::super::super::testing::watch;
use super::stand_in::{Canned, StandIn};
use super::*;

#[tokio::test]
async fn nothing_secret_and_no_number_is_ever_logged() {
    let (notebook, _watch) = watch();
    let echoed = data_but(created(), "custom_code", CODE);
    let answers = [
        Canned::json(200, &echoed),
        Canned::json(200, &accepted()),
        Canned::json(400, &error("10002", Some("/phone_number"))),
        Canned::json(401, &error("10009", None)),
        Canned::json(500, &error("10007", Some(PHONE))),
        Canned::json(200, &data_but(accepted(), "response_code", CODE)),
        Canned::json(200, &data_but(created(), "id", json!([PHONE, CODE]))),
        Canned::json(200, &format!("{{\"data\":\"{PHONE} {CODE}")),
        Canned::typed(200, "text/html", format!("{PHONE} {CODE}")),
    ];
    let stand_in = StandIn::answering(Canned::json(500, "")).await;
    let (telnyx, case) = (telnyx_at(stand_in.address), case());
    for answer in answers {
        stand_in.now_answers(answer);
        let _ = case.sent_by(&telnyx).await;
        let _ = case.checked_by(&telnyx).await;
    }
    let text = notebook.text();
    assert!(!notebook.of_the_clients().is_empty(), "{text}");
    for secret in [CODE, &PHONE[2..], KEY, "Something"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn a_failure_is_logged_once_with_what_an_operator_needs() {
    let (notebook, _watch) = watch();
    let blocked = Canned::json(400, &error("40309", None));
    let stand_in = StandIn::answering(blocked).await;
    let (telnyx, case) = (telnyx_at(stand_in.address), case());
    let _ = case.sent_by(&telnyx).await;
    stand_in.now_answers(Canned::json(401, &error("10009", None)));
    let _ = case.checked_by(&telnyx).await;
    // A verdict is no failure, and nor is a verification that is gone.
    stand_in.now_answers(Canned::json(404, &error("10005", None)));
    let _ = case.checked_by(&telnyx).await;

    let lines = notebook.of_the_clients();
    let expected = [
        "WARN provider=\"telnyx\" operation=\"create\" http_status=400 provider_code=40309 outcome=\"blocked\"",
        "ERROR provider=\"telnyx\" operation=\"check\" http_status=401 provider_code=10009 outcome=\"configuration\"",
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, expected) in lines.iter().zip(expected) {
        for part in expected.split(' ') {
            assert!(line.contains(part), "{part} in {line}");
        }
    }
}

#[test]
fn debug_prints_no_key() {
    let printed = format!("{:?}", settings("http://localhost"));
    assert!(!printed.contains(KEY), "{printed}");
}
