//! Reads a stream of server-sent events.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::browser::Browser;
use super::wire::{Request, TIMEOUT};

/// An open event stream.
pub struct Stream {
    socket: TcpStream,
    received: String,
    /// The number of statuses that [`Stream::next`] has returned.
    returned: usize,
}

impl Browser {
    /// Opens the event stream of this browser's flow at a node.
    pub async fn listen(&self, purpose: &str, node: SocketAddr) -> Stream {
        let path = format!("/verification/events?purpose={purpose}");
        let request = self
            .page_request("GET", &path)
            .with("Accept", "text/event-stream")
            .with("Sec-Fetch-Mode", "cors")
            .with("Sec-Fetch-Dest", "empty");
        Stream::open(&request, node).await
    }
}

impl Stream {
    pub async fn open(request: &Request, node: SocketAddr) -> Self {
        let mut socket = TcpStream::connect(node).await.expect("the server accepts");
        let bytes = request.to_bytes(node);
        socket.write_all(&bytes).await.expect("the server reads");
        let mut stream = Self {
            socket,
            received: String::new(),
            returned: 0,
        };
        stream
            .read_until(|received| received.contains("\r\n\r\n"))
            .await;
        stream
    }

    /// The status line and the headers.
    pub fn head(&self) -> &str {
        self.received.split("\r\n\r\n").next().unwrap_or_default()
    }

    /// Waits for the next status.
    pub async fn next(&mut self) -> String {
        let nth = self.returned;
        self.returned += 1;
        self.read_until(|received| statuses(received).nth(nth).is_some())
            .await;
        statuses(&self.received)
            .nth(nth)
            .unwrap_or_default()
            .to_owned()
    }

    /// Waits until the server closes the stream.
    pub async fn wait_for_end(&mut self) {
        self.read_until(|_| false).await;
    }

    /// Reads until the condition holds or the stream ends.
    async fn read_until(&mut self, is_enough: impl Fn(&str) -> bool) {
        let read = async {
            let mut chunk = vec![0; 4096];
            while !is_enough(&self.received) {
                match self.socket.read(&mut chunk).await {
                    Ok(count @ 1..) => {
                        self.received += &String::from_utf8_lossy(&chunk[..count]);
                    }
                    _ => return,
                }
            }
        };
        let waited = tokio::time::timeout(TIMEOUT, read).await;
        assert!(waited.is_ok(), "no more data after {:?}", self.received);
    }
}

/// The statuses of complete events.
fn statuses(received: &str) -> impl Iterator<Item = &str> {
    received
        .split("{\"status\":\"")
        .skip(1)
        .filter_map(|rest| rest.split_once("\"}"))
        .map(|(status, _)| status)
}
