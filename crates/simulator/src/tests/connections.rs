//! Tests of faults over a TCP connection: dropped and stalled calls.

use std::io::ErrorKind;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::harness::*;
use crate::server::{Listeners, serve_simulator};

/// Reads from a TCP stream until the connection is closed or reset.
async fn read_until_closed(stream: &TcpStream) -> String {
    let mut received = Vec::new();
    let mut chunk = [0; 1024];
    loop {
        stream.readable().await.expect("response is readable");
        match stream.try_read(&mut chunk) {
            Err(e) if e.kind() == ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => return String::from_utf8_lossy(&received).into_owned(),
            Ok(n) => received.extend_from_slice(&chunk[..n]),
        }
    }
}

/// Starts the HTTP server of a test client's simulator on a free TCP port.
async fn start_server(client: &TestClient) -> (SocketAddr, CancellationToken, JoinHandle<()>) {
    let bind = async || {
        TcpListener::bind("127.0.0.1:0")
            .await
            .expect("port is free")
    };
    let listeners = Listeners {
        http: bind().await,
        smtp: bind().await,
    };
    let address = listeners.http.local_addr().expect("socket is bound");
    let stop = CancellationToken::new();
    let server = tokio::spawn(serve_simulator(
        client.simulator.clone(),
        listeners,
        stop.clone(),
    ));
    (address, stop, server)
}

/// Writes a complete HTTP request to a TCP stream.
async fn write_request(stream: &TcpStream, request: &str) {
    stream.writable().await.expect("socket is writable");
    let written = stream
        .try_write(request.as_bytes())
        .expect("request is written");
    assert_eq!(written, request.len());
}

/// Sends a Twilio create request over a new TCP connection.
async fn send_create_over_tcp(client: &TestClient) -> (TcpStream, JoinHandle<()>) {
    let (address, _, server) = start_server(client).await;
    let stream = TcpStream::connect(address)
        .await
        .expect("connection succeeds");
    let body = encode_form(&[("To", TO), ("Channel", "sms")]);
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: localhost\r\nauthorization: {}\r\ncontent-type: {FORM}\r\ncontent-length: {}\r\n\r\n",
        service_path("Verifications"),
        basic_auth_header(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN),
        body.len(),
    );
    write_request(&stream, &(head + &body)).await;
    (stream, server)
}

/// Reads from a TCP stream until the received text contains `end`.
async fn read_until(stream: &TcpStream, end: &str) -> String {
    let mut received = String::new();
    let mut chunk = [0; 1024];
    while !received.contains(end) {
        stream.readable().await.expect("response is readable");
        match stream.try_read(&mut chunk) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => panic!("closed after {received:?}"),
            Ok(n) => received.push_str(&String::from_utf8_lossy(&chunk[..n])),
        }
    }
    received
}

#[tokio::test]
async fn connection_serves_several_requests_and_closes_at_shutdown() {
    let client = TestClient::new();
    let (address, stop, server) = start_server(&client).await;
    let stream = TcpStream::connect(address)
        .await
        .expect("connection succeeds");
    for _ in 0..2 {
        write_request(&stream, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        let response = read_until(&stream, "\r\n\r\nok").await;
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    }
    stop.cancel();
    assert_eq!(read_until_closed(&stream).await, "");
    server.await.expect("the server stops");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn dropped_connection_sends_no_byte() {
    for (kind, messages) in [("drop_before", 0), ("drop_after", 1)] {
        let client = TestClient::new();
        let script = json!([{ "on": "create", "kind": kind }]).to_string();
        client
            .call_control_api(Method::PUT, "/_simulator/faults", &script)
            .await;
        let (stream, server) = send_create_over_tcp(&client).await;
        assert_eq!(read_until_closed(&stream).await, "", "{kind}");
        let sent = client
            .call_control_api(Method::GET, "/_simulator/messages", "")
            .await
            .json();
        assert_eq!(sent.as_array().map(Vec::len), Some(messages), "{kind}");
        let entry = &client.ledger_entries().await[0];
        assert_eq!(
            (&entry["status"], &entry["fault"]),
            (&Value::Null, &kind.into())
        );
        server.abort();
    }
}

#[tokio::test]
async fn stalled_call_can_take_effect_and_never_answers() {
    let client = TestClient::new();
    let script = json!([{ "kind": "stall", "act": true }]).to_string();
    client
        .call_control_api(Method::PUT, "/_simulator/faults", &script)
        .await;
    let (stream, server) = send_create_over_tcp(&client).await;
    let sent = client
        .call_control_api(Method::GET, "/_simulator/messages?wait=30", "")
        .await
        .json();
    assert_eq!(sent.as_array().map(Vec::len), Some(1));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let answer = stream.try_read(&mut [0]).map_err(|e| e.kind());
    assert_eq!(answer, Err(ErrorKind::WouldBlock), "nothing was received");
    assert_eq!(client.ledger_entries().await[0]["status"], Value::Null);
    server.abort();
}
