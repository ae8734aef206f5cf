//! Connections that stay open, from a chosen local address.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::wire::TIMEOUT;

/// The address that the attacker connects from.
pub const ATTACKER: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// The address that another client connects from. Linux assigns all of 127.0.0.0/8 to this machine.
pub const OTHER_USER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// The HTTP/2 connection preface, empty settings, and GET / with `:authority: a` (RFC 9113 section 3.4, RFC 7541 static
/// table).
const HTTP2_REQUEST: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\
                               \0\0\x06\x01\x05\0\0\0\x01\x82\x86\x84\x41\x01a";

/// A connection that stays open between requests.
pub struct KeptConnection {
    socket: TcpStream,
    server: SocketAddr,
}

impl KeptConnection {
    /// Connects to the server from this local address.
    pub async fn open(from: Ipv4Addr, server: SocketAddr) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        let socket = socket.connect(server).await?;
        Ok(Self { socket, server })
    }

    /// Opens a connection and sends one HTTP/1.1 request. `None` if the server closes the connection.
    pub async fn open_with_http1_request(from: Ipv4Addr, server: SocketAddr) -> Option<Self> {
        let mut connection = Self::open(from, server).await.ok()?;
        connection.request_path("/healthz").await?;
        Some(connection)
    }

    /// Opens a connection and sends one HTTP/2 request. `None` if the server closes the connection.
    ///
    /// The server refuses the unknown host. The refusal also shows that the connection works.
    pub async fn open_with_http2_request(from: Ipv4Addr, server: SocketAddr) -> Option<Self> {
        let mut connection = Self::open(from, server).await.ok()?;
        connection.socket.write_all(HTTP2_REQUEST).await.ok()?;
        let mut head = [0; 9];
        loop {
            connection.socket.read_exact(&mut head).await.ok()?;
            let [_, high, low, kind, ..] = head;
            let mut payload = vec![0; usize::from(high) * 256 + usize::from(low)];
            connection.socket.read_exact(&mut payload).await.ok()?;
            // Frame type 1 is HEADERS.
            if kind == 1 {
                return Some(connection);
            }
        }
    }

    /// Requests a page. Returns the HTTP status, or `None` if the server closes the connection.
    pub async fn request_path(&mut self, path: &str) -> Option<u16> {
        let exchange = async {
            let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.server);
            self.socket.write_all(request.as_bytes()).await.ok()?;
            let mut seen = Vec::new();
            loop {
                if let Some((status, length)) = parse_status_and_length(&seen)
                    && seen.len() >= length
                {
                    return Some(status);
                }
                if self.socket.read_buf(&mut seen).await.ok()? == 0 {
                    return None;
                }
            }
        };
        tokio::time::timeout(TIMEOUT, exchange)
            .await
            .expect("server responds or closes the connection in time")
    }

    /// Removes the closed connections from the list, after the server has closed all but `at_most`. More remain if the
    /// server does not close them in time.
    ///
    /// The server closes a connection in the background, so its end arrives later than the response on a newer one.
    pub async fn wait_until_closed(connections: &mut Vec<Self>, at_most: usize) {
        let wait = async {
            loop {
                connections.retain(Self::is_open);
                if connections.len() <= at_most {
                    break;
                }
                tokio::task::yield_now().await;
            }
        };
        let _ = tokio::time::timeout(TIMEOUT, wait).await;
    }

    /// Returns whether the server has kept the connection open, as far as this process has noticed.
    fn is_open(&self) -> bool {
        match self.socket.try_read(&mut [0; 1]) {
            Ok(bytes) => bytes > 0,
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        }
    }
}

/// Parses the status and the total length in bytes of a response. `None` until head or chunks are complete.
fn parse_status_and_length(seen: &[u8]) -> Option<(u16, usize)> {
    let head_end = seen.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&seen[..head_end]).to_ascii_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    if head.contains("transfer-encoding: chunked") {
        let is_whole = seen.ends_with(b"\r\n0\r\n\r\n");
        return is_whole.then_some((status, seen.len()));
    }
    let length = head.split("content-length: ").nth(1)?;
    let length: usize = length.split("\r\n").next()?.parse().ok()?;
    Some((status, head_end + length))
}
