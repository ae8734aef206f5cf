//! The network at its worst: what is certain, and what is not (PRV-01, PRV-03).

use super::stand_in::{Then, listen, raw};
use super::*;

async fn both(twilio: &Twilio) -> (Result<Sent, SendFailure>, Result<Verdict, CheckFailure>) {
    let case = case();
    (case.sent_by(twilio).await, case.checked_by(twilio).await)
}

const NOTHING_LEFT: (Result<Sent, SendFailure>, Result<Verdict, CheckFailure>) =
    (Err(SendFailure::NotSent), Err(CheckFailure::Unavailable));
const NOBODY_KNOWS: (Result<Sent, SendFailure>, Result<Verdict, CheckFailure>) =
    (Err(SendFailure::Unknown), Err(CheckFailure::Unknown));

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let (listener, address) = listen().await;
    drop(listener);
    assert_eq!(both(&twilio_at(address)).await, NOTHING_LEFT);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_sent_nothing() {
    let twilio = with(settings("http://verify.invalid"), Duration::from_secs(8));
    assert_eq!(both(&twilio).await, NOTHING_LEFT);
}

#[tokio::test]
async fn a_failed_tls_handshake_sent_nothing() {
    let garbage = "HTTP/1.1 400 Bad Request\r\n\r\n";
    for then in [Then::Close, Then::Stall] {
        // Speaks at once, before any request, which a plain server would never see.
        let (listener, address) = listen().await;
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.writable().await;
                let _ = stream.try_write(garbage.as_bytes());
                if matches!(then, Then::Stall) {
                    held.push(stream);
                }
            }
        });
        let twilio = with(
            settings(format!("https://{address}")),
            Duration::from_secs(8),
        );
        assert_eq!(both(&twilio).await, NOTHING_LEFT);
    }
}

#[tokio::test]
async fn a_server_that_never_answers_leaves_it_unknown() {
    // The kernel accepts; nobody ever reads.
    let (_listener, address) = listen().await;
    let twilio = hasty(format!("http://{address}"));
    assert_eq!(both(&twilio).await, NOBODY_KNOWS);
}

#[tokio::test]
async fn an_answer_that_stalls_leaves_it_unknown() {
    let genuine = approved().to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        genuine.len()
    );
    let all_but_the_end = format!("{head}{}", &genuine[..genuine.len() - 1]);
    for answer in [
        "HTTP/1.1 200 OK\r\n",
        head.as_str(),
        all_but_the_end.as_str(),
    ] {
        let address = raw(answer, Then::Stall).await;
        let twilio = hasty(format!("http://{address}"));
        assert_eq!(both(&twilio).await, NOBODY_KNOWS, "{answer}");
    }
}

#[tokio::test]
async fn a_connection_closed_in_mid_answer_leaves_it_unknown() {
    let genuine = approved().to_string();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let sized = format!("{head}content-length: 5000\r\n\r\n{genuine}");
    let chunked = format!(
        "{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{genuine}\r\n",
        genuine.len()
    );
    for answer in ["", "HTTP/1.1 200 OK\r\n", &sized, &chunked] {
        let address = raw(answer, Then::Close).await;
        assert_eq!(both(&twilio_at(address)).await, NOBODY_KNOWS, "{answer}");
    }
}

#[tokio::test]
async fn a_refusal_whose_body_is_cut_off_is_still_a_refusal() {
    let head = "HTTP/1.1 429 ?\r\ncontent-type: application/json\r\nretry-after: 3\r\n";
    let address = raw(format!("{head}content-length: 500\r\n\r\n{{"), Then::Close).await;
    let retry_after = Some(Duration::from_secs(3));
    let expected = (
        Err(SendFailure::Throttled { retry_after }),
        Err(CheckFailure::Throttled { retry_after }),
    );
    assert_eq!(both(&twilio_at(address)).await, expected);
}
