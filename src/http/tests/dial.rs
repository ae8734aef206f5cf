//! A server on a port of its own, and clients that speak in bytes.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::super::serve::{ServeLimits, serve};

pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) stop: CancellationToken,
    pub(super) task: JoinHandle<()>,
}

impl Server {
    pub(super) async fn start(app: Router, limits: ServeLimits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("the socket is bound");
        let stop = CancellationToken::new();
        let task = tokio::spawn(serve(listener, app, limits, stop.clone()));
        Self {
            address,
            stop,
            task,
        }
    }

    pub(super) async fn dial(&self, bytes: &[u8]) -> TcpStream {
        let mut socket = TcpStream::connect(self.address)
            .await
            .expect("the server listens");
        socket.write_all(bytes).await.expect("the server reads");
        socket
    }

    pub(super) async fn ended(self) {
        let Self { stop, task, .. } = self;
        stop.cancel();
        task.await.expect("the server ends in peace");
    }
}

pub(super) fn hasty() -> ServeLimits {
    let head_timeout = Duration::from_millis(150);
    ServeLimits {
        head_timeout,
        ..ServeLimits::default()
    }
}

pub(super) const ASK: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";

/// All there is until the other side closes.
pub(super) async fn rest(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A close with our bytes still unread arrives as a reset, which is a close too.
    let _ = socket.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One response whose body is `body`.
pub(super) async fn answer(socket: &mut TcpStream, body: &str) {
    let mut seen = Vec::new();
    while !seen.ends_with(format!("\r\n\r\n{body}").as_bytes()) {
        let read = socket
            .read_buf(&mut seen)
            .await
            .expect("the server answers");
        assert_ne!(read, 0, "closed after {:?}", String::from_utf8_lossy(&seen));
    }
    assert!(seen.starts_with(b"HTTP/1.1 200 OK\r\n"));
}
