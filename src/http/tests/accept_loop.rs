//! The accept loop over real sockets. The tests wait until the server closes a connection, and never sleep.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::Response;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::super::accept_loop::ConnectionLimits;
use super::live_server::{
    REQUEST, Server, app_with_slow_handler, limits_with_short_head_timeout, read_response,
    read_to_end,
};
use super::support::Endless;

/// Returns an app whose handler responds with the address of the connected peer.
fn create_peer_address_app() -> Router {
    let peer = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() };
    Router::new().route("/", get(peer))
}

#[tokio::test]
async fn connection_serves_several_requests_and_handlers_see_the_peer() {
    let server = Server::start(create_peer_address_app(), ConnectionLimits::default()).await;
    let mut socket = server.connect_and_send(b"").await;
    let own = socket.local_addr().expect("socket is bound").to_string();
    for _ in 0..3 {
        socket.write_all(REQUEST).await.expect("connection is open");
        read_response(&mut socket, &own).await;
    }
    server.shut_down().await;
}

#[tokio::test]
async fn connection_with_an_incomplete_head_is_closed_after_the_timeout() {
    let server = Server::start(create_peer_address_app(), limits_with_short_head_timeout()).await;
    for sent in [
        &b""[..],
        b"P",
        b"PRI * HTTP/2.0\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nx-slow: ",
    ] {
        let mut socket = server.connect_and_send(sent).await;
        assert_eq!(
            read_to_end(&mut socket).await,
            "",
            "{:?}",
            String::from_utf8_lossy(sent)
        );
    }
    server.shut_down().await;
}

#[tokio::test]
async fn connection_with_an_incomplete_second_head_is_closed_after_the_timeout() {
    let server = Server::start(create_peer_address_app(), limits_with_short_head_timeout()).await;
    let mut socket = server.connect_and_send(REQUEST).await;
    let own = socket.local_addr().expect("socket is bound").to_string();
    read_response(&mut socket, &own).await;
    socket
        .write_all(b"GET / HT")
        .await
        .expect("connection is open");
    assert_eq!(read_to_end(&mut socket).await, "");
    server.shut_down().await;
}

#[tokio::test]
async fn idle_connection_is_closed_after_the_timeout() {
    let limits = ConnectionLimits {
        idle_timeout: Duration::from_millis(50),
        ..ConnectionLimits::default()
    };
    let server = Server::start(create_peer_address_app(), limits).await;
    let mut socket = server.connect_and_send(REQUEST).await;
    assert!(
        read_to_end(&mut socket)
            .await
            .starts_with("HTTP/1.1 200 OK")
    );
    server.shut_down().await;
}

#[tokio::test]
async fn head_with_too_many_bytes_or_headers_is_refused() {
    let server = Server::start(create_peer_address_app(), ConnectionLimits::default()).await;
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "x-many: 1\r\n".repeat(101));
    let large = format!(
        "GET / HTTP/1.1\r\ncookie: {}\r\n\r\n",
        "a".repeat(17 * 1024)
    );
    for head in [many, large] {
        let mut socket = server.connect_and_send(head.as_bytes()).await;
        assert!(read_to_end(&mut socket).await.starts_with("HTTP/1.1 431 "));
    }
    server.shut_down().await;
}

#[tokio::test]
async fn head_with_more_headers_than_the_request_guard_accepts_reaches_the_router() {
    let server = Server::start(create_peer_address_app(), ConnectionLimits::default()).await;
    let head = format!(
        "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{}\r\n",
        "x-many: 1\r\n".repeat(98)
    );
    let mut socket = server.connect_and_send(head.as_bytes()).await;
    assert!(
        read_to_end(&mut socket)
            .await
            .starts_with("HTTP/1.1 200 OK")
    );
    server.shut_down().await;
}

#[tokio::test]
async fn request_with_ambiguous_body_length_is_refused() {
    let server = Server::start(create_peer_address_app(), ConnectionLimits::default()).await;
    for framing in [
        "content-length: 4\r\ncontent-length: 5\r\n",
        "content-length: +4\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding : chunked\r\n",
    ] {
        let head = format!("POST / HTTP/1.1\r\nhost: a\r\n{framing}\r\n");
        let mut socket = server.connect_and_send(head.as_bytes()).await;
        assert!(
            read_to_end(&mut socket).await.starts_with("HTTP/1.1 400 "),
            "{framing}"
        );
    }
    server.shut_down().await;
}

#[tokio::test]
async fn idle_connection_that_has_sent_requests_is_closed_when_the_limit_is_reached() {
    let limits = ConnectionLimits {
        max_connections: 1,
        ..ConnectionLimits::default()
    };
    let server = Server::start(create_peer_address_app(), limits).await;
    for _ in 0..10 {
        let mut idle = server.connect_and_send(REQUEST).await;
        let own = idle.local_addr().expect("socket is bound").to_string();
        read_response(&mut idle, &own).await;
        let _silent = server.connect_and_send(b"GET / HTTP/1.1\r\nx-slow:").await;
        assert_eq!(read_to_end(&mut idle).await, "");
    }
    server.shut_down().await;
}

#[tokio::test]
async fn connection_with_a_running_request_is_kept_when_the_limit_is_reached() {
    let (app, mut begun, end) = app_with_slow_handler();
    let limits = ConnectionLimits {
        max_connections: 2,
        ..ConnectionLimits::default()
    };
    let server = Server::start(app, limits).await;
    let mut running = server.connect_and_send(REQUEST).await;
    begun.recv().await.expect("request arrives");
    let mut silent = server.connect_and_send(b"GET / HTTP/1.1\r\nx-slow:").await;
    for _ in 0..10 {
        let next = server.connect_and_send(b"").await;
        assert_eq!(read_to_end(&mut silent).await, "");
        silent = next;
    }
    end.cancel();
    read_response(&mut running, "done").await;
    server.shut_down().await;
}

#[tokio::test]
async fn connection_that_sends_its_request_body_slowly_is_closed_when_the_limit_is_reached() {
    let read = |body: String| async move { body };
    let limits = ConnectionLimits {
        max_connections: 1,
        ..ConnectionLimits::default()
    };
    let server = Server::start(Router::new().route("/", post(read)), limits).await;
    let head = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n";
    let mut slow = server.connect_and_send(head).await;
    for _ in 0..10 {
        let next = server.connect_and_send(head).await;
        assert_eq!(read_to_end(&mut slow).await, "");
        slow = next;
    }
    slow.write_all(b"hello").await.expect("connection is open");
    read_response(&mut slow, "hello").await;
    server.shut_down().await;
}

#[tokio::test]
async fn connection_whose_client_reads_nothing_is_closed() {
    let (report, mut bodies) = mpsc::channel(1);
    let endless = |State(report): State<mpsc::Sender<_>>| async move {
        let (body, dropped) = Endless::body(Some(&[b'a'; 4096]));
        report.send(dropped).await.expect("receiver exists");
        Response::new(body)
    };
    let app = Router::new().route("/", get(endless)).with_state(report);
    let limits = ConnectionLimits {
        stall_timeout: Duration::from_millis(100),
        ..ConnectionLimits::default()
    };
    let server = Server::start(app, limits).await;
    let _never_read = server.connect_and_send(REQUEST).await;
    let dropped = bodies.recv().await.expect("request arrives");
    assert!(
        dropped.await.is_err(),
        "the body is dropped with its connection"
    );
    server.shut_down().await;
}

/// Reads HTTP/2 frames until one of the type `wanted`, and returns its payload (RFC 9113, section 4.1).
async fn read_frame(socket: &mut TcpStream, wanted: u8) -> Vec<u8> {
    loop {
        let mut head = [0; 9];
        socket
            .read_exact(&mut head)
            .await
            .expect("frame head arrives");
        let [_, a, b, kind, ..] = head;
        let mut payload = vec![0; usize::from(a) * 256 + usize::from(b)];
        socket
            .read_exact(&mut payload)
            .await
            .expect("frame payload arrives");
        if kind == wanted {
            return payload;
        }
    }
}

#[tokio::test]
async fn http2_connection_announces_its_limits_and_gets_goaway_when_idle() {
    let limits = ConnectionLimits {
        idle_timeout: Duration::from_millis(50),
        ..limits_with_short_head_timeout()
    };
    let server = Server::start(Router::new().route("/", get(|| async {})), limits).await;
    let mut socket = server
        .connect_and_send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await;
    let settings = read_frame(&mut socket, 4).await;
    let setting = |id: u8| {
        settings
            .chunks(6)
            .find(|pair| pair[1] == id)
            .map(|pair| pair[2..].to_vec())
    };
    assert_eq!(setting(3), Some(vec![0, 0, 0, 32]), "streams at once");
    assert_eq!(setting(6), Some(vec![0, 0, 0x40, 0]), "bytes of headers");
    // GET / with `:authority: a`, by the static table of RFC 7541.
    let request = b"\0\0\x06\x01\x05\0\0\0\x01\x82\x86\x84\x41\x01a";
    socket.write_all(request).await.expect("connection is open");
    assert_eq!(read_frame(&mut socket, 1).await[0], 0x88, ":status 200");
    read_frame(&mut socket, 7).await;
    read_to_end(&mut socket).await;
    server.shut_down().await;
}
