//! Network failures, and whether the request was certainly not sent.

use super::mock_server::{
    ActionAfterResponse, bind_refusing_port, listen_on_free_port,
    start_tcp_server_with_fixed_response,
};
use super::*;

/// Returns the results of a send and of a check with this client.
async fn send_and_check(
    twilio: &Twilio,
) -> (Result<Sent, SendFailure>, Result<Verdict, CheckFailure>) {
    let case = test_case();
    (case.send_with(twilio).await, case.check_with(twilio).await)
}

const NOT_SENT: (Result<Sent, SendFailure>, Result<Verdict, CheckFailure>) =
    (Err(SendFailure::NotSent), Err(CheckFailure::Unavailable));
const UNKNOWN: (Result<Sent, SendFailure>, Result<Verdict, CheckFailure>) =
    (Err(SendFailure::Unknown), Err(CheckFailure::Unknown));

#[tokio::test]
async fn refused_connection_is_reported_as_not_sent() {
    let (_socket, address) = bind_refusing_port();
    assert_eq!(
        send_and_check(&create_twilio_client_for(address)).await,
        NOT_SENT
    );
}

#[tokio::test]
async fn unresolvable_host_name_is_reported_as_not_sent() {
    let twilio = create_client_with_settings(
        client_settings("http://verify.invalid"),
        Duration::from_secs(8),
    );
    assert_eq!(send_and_check(&twilio).await, NOT_SENT);
}

#[tokio::test]
async fn failed_tls_handshake_is_reported_as_not_sent() {
    let garbage = "HTTP/1.1 400 Bad Request\r\n\r\n";
    for then in [ActionAfterResponse::Close, ActionAfterResponse::Stall] {
        // The server responds without reading, because no request follows a failed handshake.
        let (listener, address) = listen_on_free_port().await;
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.writable().await;
                let _ = stream.try_write(garbage.as_bytes());
                if matches!(then, ActionAfterResponse::Stall) {
                    held.push(stream);
                }
            }
        });
        let twilio = create_client_with_settings(
            client_settings(format!("https://{address}")),
            Duration::from_secs(8),
        );
        assert_eq!(send_and_check(&twilio).await, NOT_SENT);
    }
}

#[tokio::test]
async fn missing_response_leaves_the_outcome_unknown() {
    // The kernel accepts the connection; the server never reads.
    let (_listener, address) = listen_on_free_port().await;
    let twilio = client_with_short_timeout(format!("http://{address}"));
    assert_eq!(send_and_check(&twilio).await, UNKNOWN);
}

#[tokio::test]
async fn stalled_response_leaves_the_outcome_unknown() {
    let genuine = approved_response().to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        genuine.len()
    );
    let all_but_the_end = format!("{head}{}", &genuine[..genuine.len() - 1]);
    for response in [
        "HTTP/1.1 200 OK\r\n",
        head.as_str(),
        all_but_the_end.as_str(),
    ] {
        let address =
            start_tcp_server_with_fixed_response(response, ActionAfterResponse::Stall).await;
        let twilio = client_with_short_timeout(format!("http://{address}"));
        assert_eq!(send_and_check(&twilio).await, UNKNOWN, "{response}");
    }
}

#[tokio::test]
async fn truncated_response_leaves_the_outcome_unknown() {
    let genuine = approved_response().to_string();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let sized = format!("{head}content-length: 5000\r\n\r\n{genuine}");
    let chunked = format!(
        "{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{genuine}\r\n",
        genuine.len()
    );
    for response in ["", "HTTP/1.1 200 OK\r\n", &sized, &chunked] {
        let address =
            start_tcp_server_with_fixed_response(response, ActionAfterResponse::Close).await;
        assert_eq!(
            send_and_check(&create_twilio_client_for(address)).await,
            UNKNOWN,
            "{response}"
        );
    }
}

#[tokio::test]
async fn error_status_with_a_truncated_body_is_still_a_rejection() {
    let head = "HTTP/1.1 429 ?\r\ncontent-type: application/json\r\nretry-after: 3\r\n";
    let address = start_tcp_server_with_fixed_response(
        format!("{head}content-length: 500\r\n\r\n{{"),
        ActionAfterResponse::Close,
    )
    .await;
    let retry_after = Some(Duration::from_secs(3));
    let expected = (
        Err(SendFailure::Throttled { retry_after }),
        Err(CheckFailure::Throttled { retry_after }),
    );
    assert_eq!(
        send_and_check(&create_twilio_client_for(address)).await,
        expected
    );
}
