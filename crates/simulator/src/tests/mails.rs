//! Tests of the mailbox: mail sent by SMTP and read by HTTP.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::controls::{open_inbox_event_stream, read_until};
use super::harness::*;
use crate::mailbox::server::accept_smtp_connections;

/// Starts the SMTP server of the simulator. Dropping the returned guard stops it.
async fn start_smtp_server(client: &TestClient) -> (SocketAddr, tokio_util::sync::DropGuard) {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("port is free");
    let address = listener.local_addr().expect("socket is bound");
    let stop = CancellationToken::new();
    tokio::spawn(accept_smtp_connections(
        client.simulator.clone(),
        listener,
        stop.clone(),
    ));
    (address, stop.drop_guard())
}

/// Sends SMTP lines in one session and returns the last reply; empty if the connection closed.
async fn send_lines(address: SocketAddr, lines: &[&str]) -> String {
    let mut stream = BufReader::new(
        TcpStream::connect(address)
            .await
            .expect("connection succeeds"),
    );
    let mut reply = String::new();
    stream
        .read_line(&mut reply)
        .await
        .expect("SMTP greeting arrives");
    for line in lines {
        let sent = stream.write_all(format!("{line}\r\n").as_bytes()).await;
        sent.expect("server reads the request");
        loop {
            reply.clear();
            stream
                .read_line(&mut reply)
                .await
                .expect("SMTP reply arrives");
            // A dash after the code means that more lines follow.
            if reply.as_bytes().get(3) != Some(&b'-') {
                break;
            }
        }
    }
    reply
}

/// Returns the SMTP lines that send a mail.
fn mail_lines(to: &str, subject: &str) -> Vec<String> {
    vec![
        "EHLO here".to_owned(),
        "MAIL FROM:<no-reply@example.com>".to_owned(),
        format!("RCPT TO:<{to}>"),
        "DATA".to_owned(),
        format!("From: no-reply@example.com\r\nSubject: {subject}\r\n\r\nHello\r\n."),
    ]
}

/// Sends a mail by SMTP and returns the last reply.
async fn send_mail(address: SocketAddr, to: &str, subject: &str) -> String {
    let lines = mail_lines(to, subject);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    send_lines(address, &lines).await
}

impl TestClient {
    /// Returns the mails that `GET /_simulator/mails` lists for a query string.
    async fn list_mails(&self, query: &str) -> Vec<Value> {
        let path = format!("/_simulator/mails{query}");
        let reply = self.call_control_api(Method::GET, &path, "").await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        reply.json().as_array().expect("value is a list").clone()
    }
}

#[tokio::test]
async fn mail_is_listed_and_streamed() {
    let client = TestClient::new();
    let (address, _mailbox) = start_smtp_server(&client).await;
    let mut live = open_inbox_event_stream(&client, "", None).await;
    assert!(
        send_mail(address, "ann@example.com", "One")
            .await
            .starts_with("250")
    );
    assert!(
        send_mail(address, "bob@example.com", "Two")
            .await
            .starts_with("250")
    );

    let mails = client.list_mails("?to=ANN%40example.com&wait=5").await;
    assert_eq!(mails.len(), 1);
    let mut mail = mails[0].as_object().expect("value is an object").clone();
    let sent_at = mail.remove("sent_at").expect("a time");
    assert_eq!(sent_at.as_str().map(str::len), Some(24));
    assert_eq!(
        Value::Object(mail),
        json!({
            "id": 1, "to": "ann@example.com", "from": "no-reply@example.com", "subject": "One",
            "text": "Hello\n", "html": "", "message_id": "",
        })
    );
    assert_eq!(client.list_mails("?after=1").await.len(), 1);
    let mut seen = String::new();
    read_until(&mut live, &mut seen, "id: 2").await;
    assert!(seen.contains("event: mail\n") && seen.contains("\"subject\":\"Two\""));

    let messages = client
        .call_control_api(Method::GET, "/_simulator/messages", "")
        .await;
    assert_eq!(messages.json(), json!([]), "a mail is not a message");
    client
        .call_control_api(Method::DELETE, "/_simulator/state", "")
        .await;
    assert!(client.list_mails("").await.is_empty());
}

#[tokio::test]
async fn messages_and_mails_share_one_id_sequence() {
    let client = TestClient::new();
    let (address, _mailbox) = start_smtp_server(&client).await;
    client.create_sms().await;
    send_mail(address, "ann@example.com", "One").await;
    client.advance_clock(60).await;
    let reply = client
        .create_twilio_verification(&[("To", TO), ("Channel", "sms")])
        .await;
    assert_eq!(reply.status, StatusCode::CREATED);
    let messages = client
        .call_control_api(Method::GET, "/_simulator/messages", "")
        .await;
    let ids: Vec<u64> = messages
        .json()
        .as_array()
        .expect("value is a list")
        .iter()
        .filter_map(|message| message["id"].as_u64())
        .collect();
    assert_eq!(ids, [1, 3]);
    assert_eq!(client.list_mails("").await[0]["id"], 2);
}

#[tokio::test]
async fn mail_faults_reject_mail_or_close_the_connection() {
    let client = TestClient::new();
    let (address, _mailbox) = start_smtp_server(&client).await;
    let script = json!([
        { "on": "mail", "kind": "status", "status": 451 },
        { "on": "mail", "kind": "drop_before" },
        { "on": "mail", "kind": "drop_after" },
    ]);
    client
        .call_control_api(Method::PUT, "/_simulator/faults", &script.to_string())
        .await;
    assert!(
        send_mail(address, "ann@example.com", "One")
            .await
            .starts_with("451")
    );
    assert_eq!(send_mail(address, "ann@example.com", "Two").await, "");
    assert!(client.list_mails("").await.is_empty());
    assert_eq!(send_mail(address, "ann@example.com", "Three").await, "");
    assert_eq!(client.list_mails("").await.len(), 1);
    assert!(
        send_mail(address, "ann@example.com", "Four")
            .await
            .starts_with("250")
    );
}

#[tokio::test]
async fn smtp_connection_is_closed_after_an_endless_line() {
    let client = TestClient::new();
    let (address, _mailbox) = start_smtp_server(&client).await;
    let mut stream = TcpStream::connect(address)
        .await
        .expect("connection succeeds");
    // The server may close the connection before the last byte is written.
    let _ = stream.write_all(&vec![b'x'; 200_000]).await;
    let mut reader = BufReader::new(stream);
    let mut greeting = String::new();
    reader
        .read_line(&mut greeting)
        .await
        .expect("SMTP greeting arrives");
    let mut more = String::new();
    let end = reader.read_line(&mut more).await;
    assert!(matches!(end, Ok(0) | Err(_)), "{more}");
}
