//! The accept loop, over real sockets. What should end, ends; the tests wait for that and for nothing else.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::Response;
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::super::serve::ServeLimits;
use super::dial::{ASK, Server, answer, hasty, rest};
use super::support::Endless;

fn app() -> Router {
    let peer = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() };
    Router::new().route("/", get(peer))
}

#[tokio::test]
async fn one_connection_serves_several_requests_and_names_its_peer() {
    let server = Server::start(app(), ServeLimits::default()).await;
    let mut socket = server.dial(b"").await;
    let own = socket
        .local_addr()
        .expect("the socket is bound")
        .to_string();
    for _ in 0..3 {
        socket.write_all(ASK).await.expect("the connection lives");
        answer(&mut socket, &own).await;
    }
    server.ended().await;
}

#[tokio::test]
async fn a_head_that_does_not_end_is_given_up_whatever_was_said() {
    let server = Server::start(app(), hasty()).await;
    for said in [
        &b""[..],
        b"P",
        b"PRI * HTTP/2.0\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nx-slow: ",
    ] {
        let mut socket = server.dial(said).await;
        assert_eq!(
            rest(&mut socket).await,
            "",
            "{:?}",
            String::from_utf8_lossy(said)
        );
    }
    server.ended().await;
}

#[tokio::test]
async fn a_second_head_that_does_not_end_is_given_up_too() {
    let server = Server::start(app(), hasty()).await;
    let mut socket = server.dial(ASK).await;
    let own = socket
        .local_addr()
        .expect("the socket is bound")
        .to_string();
    answer(&mut socket, &own).await;
    socket
        .write_all(b"GET / HT")
        .await
        .expect("the connection lives");
    assert_eq!(rest(&mut socket).await, "");
    server.ended().await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_time() {
    let limits = ServeLimits {
        idle_timeout: Duration::from_millis(50),
        ..ServeLimits::default()
    };
    let server = Server::start(app(), limits).await;
    let mut socket = server.dial(ASK).await;
    assert!(rest(&mut socket).await.starts_with("HTTP/1.1 200 OK"));
    server.ended().await;
}

#[tokio::test]
async fn heads_too_large_or_too_many_are_refused() {
    let server = Server::start(app(), ServeLimits::default()).await;
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "x-many: 1\r\n".repeat(65));
    let large = format!(
        "GET / HTTP/1.1\r\ncookie: {}\r\n\r\n",
        "a".repeat(17 * 1024)
    );
    for head in [many, large] {
        let mut socket = server.dial(head.as_bytes()).await;
        assert!(rest(&mut socket).await.starts_with("HTTP/1.1 431 "));
    }
    server.ended().await;
}

#[tokio::test]
async fn two_lengths_in_one_request_smuggle_nothing() {
    let server = Server::start(app(), ServeLimits::default()).await;
    for framing in [
        "content-length: 4\r\ncontent-length: 5\r\n",
        "content-length: +4\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding : chunked\r\n",
    ] {
        let head = format!("POST / HTTP/1.1\r\nhost: a\r\n{framing}\r\n");
        let mut socket = server.dial(head.as_bytes()).await;
        assert!(
            rest(&mut socket).await.starts_with("HTTP/1.1 400 "),
            "{framing}"
        );
    }
    server.ended().await;
}

#[tokio::test]
async fn a_connection_too_many_is_closed_as_it_comes() {
    let limits = ServeLimits {
        max_connections: 1,
        ..ServeLimits::default()
    };
    let server = Server::start(app(), limits).await;
    let mut first = server.dial(ASK).await;
    let own = first.local_addr().expect("the socket is bound").to_string();
    answer(&mut first, &own).await;
    let mut second = server.dial(b"").await;
    assert_eq!(rest(&mut second).await, "");
    first.write_all(ASK).await.expect("the connection lives");
    answer(&mut first, &own).await;
    server.ended().await;
}

#[tokio::test]
async fn a_full_house_shows_out_who_has_said_nothing() {
    let limits = ServeLimits {
        max_connections: 2,
        ..ServeLimits::default()
    };
    let server = Server::start(app(), limits).await;
    let mut guest = server.dial(ASK).await;
    let own = guest.local_addr().expect("the socket is bound").to_string();
    answer(&mut guest, &own).await;
    for _ in 0..10 {
        let mut silent = server.dial(b"GET / HTTP/1.1\r\nx-slow:").await;
        let mut next = server.dial(ASK).await;
        let peer = next.local_addr().expect("the socket is bound").to_string();
        assert_eq!(rest(&mut silent).await, "");
        answer(&mut next, &peer).await;
        next.shutdown().await.expect("the connection lives");
        assert_eq!(rest(&mut next).await, "");
    }
    guest.write_all(ASK).await.expect("the connection lives");
    answer(&mut guest, &own).await;
    server.ended().await;
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_dropped() {
    let (told, mut bodies) = mpsc::channel(1);
    let endless = |State(told): State<mpsc::Sender<_>>| async move {
        let (body, dropped) = Endless::body(Some(&[b'a'; 4096]));
        told.send(dropped).await.expect("the test listens");
        Response::new(body)
    };
    let app = Router::new().route("/", get(endless)).with_state(told);
    let limits = ServeLimits {
        stall_timeout: Duration::from_millis(100),
        ..ServeLimits::default()
    };
    let server = Server::start(app, limits).await;
    let _never_read = server.dial(ASK).await;
    let dropped = bodies.recv().await.expect("the request arrives");
    assert!(dropped.await.is_err(), "the body went with its connection");
    server.ended().await;
}

/// The payload of the next HTTP/2 frame of a type (RFC 9113 section 4.1).
async fn frame(socket: &mut TcpStream, wanted: u8) -> Vec<u8> {
    loop {
        let mut head = [0; 9];
        socket.read_exact(&mut head).await.expect("a frame comes");
        let [_, a, b, kind, ..] = head;
        let mut payload = vec![0; usize::from(a) * 256 + usize::from(b)];
        socket
            .read_exact(&mut payload)
            .await
            .expect("the frame is whole");
        if kind == wanted {
            return payload;
        }
    }
}

#[tokio::test]
async fn http2_is_spoken_within_bounds_and_said_good_bye_when_idle() {
    let limits = ServeLimits {
        idle_timeout: Duration::from_millis(50),
        ..hasty()
    };
    let server = Server::start(Router::new().route("/", get(|| async {})), limits).await;
    let mut socket = server
        .dial(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await;
    let settings = frame(&mut socket, 4).await;
    let setting = |id: u8| {
        settings
            .chunks(6)
            .find(|pair| pair[1] == id)
            .map(|pair| pair[2..].to_vec())
    };
    assert_eq!(setting(3), Some(vec![0, 0, 0, 32]), "streams at once");
    assert_eq!(setting(6), Some(vec![0, 0, 0x40, 0]), "bytes of headers");
    // GET / with `:authority: a`, by the static table of RFC 7541.
    let ask = b"\0\0\x06\x01\x05\0\0\0\x01\x82\x86\x84\x41\x01a";
    socket.write_all(ask).await.expect("the connection lives");
    assert_eq!(frame(&mut socket, 1).await[0], 0x88, ":status 200");
    frame(&mut socket, 7).await;
    rest(&mut socket).await;
    server.ended().await;
}
