//! A server on its own port, and a client that sends and reads bytes.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::super::accept_loop::{self, ConnectionLimits};
use super::super::client_ip::TrustedProxies;

pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) stop: CancellationToken,
    pub(super) task: JoinHandle<()>,
}

impl Server {
    /// Starts a server for `app` on a free loopback port.
    pub(super) async fn start(app: Router, limits: ConnectionLimits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("socket is bound");
        let stop = CancellationToken::new();
        let task = tokio::spawn(accept_loop::serve_connections(
            listener,
            app,
            limits,
            TrustedProxies::trust_no_proxies(),
            stop.clone(),
        ));
        Self {
            address,
            stop,
            task,
        }
    }

    /// Opens a TCP connection to the server and sends these bytes.
    pub(super) async fn connect_and_send(&self, bytes: &[u8]) -> TcpStream {
        let mut socket = TcpStream::connect(self.address)
            .await
            .expect("server accepts the connection");
        socket
            .write_all(bytes)
            .await
            .expect("server reads the request");
        socket
    }

    /// Stops the server and waits until it has ended.
    pub(super) async fn shut_down(self) {
        let Self { stop, task, .. } = self;
        stop.cancel();
        task.await.expect("the server stops without a panic");
    }
}

/// Returns connection limits with a timeout of 500 ms for request heads.
pub(super) fn limits_with_short_head_timeout() -> ConnectionLimits {
    let head_timeout = Duration::from_millis(500);
    ConnectionLimits {
        head_timeout,
        ..ConnectionLimits::default()
    }
}

pub(super) const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";

/// Reads everything that the server sends until it closes the connection.
pub(super) async fn read_to_end(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // If the server closes with unread bytes, the client sees a reset. That counts as closed too.
    let _ = socket.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads one HTTP response and checks that its body is `body`.
pub(super) async fn read_response(socket: &mut TcpStream, body: &str) {
    let mut seen = Vec::new();
    while !seen.ends_with(format!("\r\n\r\n{body}").as_bytes()) {
        let read = socket.read_buf(&mut seen).await.expect("server responds");
        assert_ne!(read, 0, "closed after {:?}", String::from_utf8_lossy(&seen));
    }
    assert!(seen.starts_with(b"HTTP/1.1 200 OK\r\n"));
}

/// Returns an app with a slow handler.
///
/// The handler sends to the channel when a request has begun, and responds when the token is cancelled.
pub(super) fn app_with_slow_handler() -> (Router, mpsc::Receiver<()>, CancellationToken) {
    let (report, begun) = mpsc::channel(1);
    let end = CancellationToken::new();
    let wait = end.clone();
    let handler = move || async move {
        report.send(()).await.expect("receiver exists");
        wait.cancelled().await;
        "done"
    };
    (Router::new().route("/", get(handler)), begun, end)
}
