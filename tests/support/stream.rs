//! A stream of server-sent events, read as it comes.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::browser::Browser;
use super::wire::{PATIENCE, Request};

pub struct Stream {
    socket: TcpStream,
    seen: String,
    told: usize,
}

impl Browser {
    /// Opens the events of this browser's flow at a node.
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
            seen: String::new(),
            told: 0,
        };
        stream.until(|seen| seen.contains("\r\n\r\n")).await;
        stream
    }

    /// Everything up to the first event.
    pub fn head(&self) -> &str {
        self.seen.split("\r\n\r\n").next().unwrap_or_default()
    }

    /// The next status.
    pub async fn next(&mut self) -> String {
        let nth = self.told;
        self.told += 1;
        self.until(|seen| statuses(seen).nth(nth).is_some()).await;
        statuses(&self.seen).nth(nth).unwrap_or_default().to_owned()
    }

    /// Waits for the server to close it.
    pub async fn ends(&mut self) {
        self.until(|_| false).await;
    }

    /// Reads until `enough`, or to the end.
    async fn until(&mut self, enough: impl Fn(&str) -> bool) {
        let read = async {
            let mut chunk = vec![0; 4096];
            while !enough(&self.seen) {
                match self.socket.read(&mut chunk).await {
                    Ok(count @ 1..) => self.seen += &String::from_utf8_lossy(&chunk[..count]),
                    _ => return,
                }
            }
        };
        let waited = tokio::time::timeout(PATIENCE, read).await;
        assert!(waited.is_ok(), "nothing more came after {:?}", self.seen);
    }
}

/// The whole ones: their line is at its end.
fn statuses(seen: &str) -> impl Iterator<Item = &str> {
    seen.split("{\"status\":\"")
        .skip(1)
        .filter_map(|rest| rest.split_once("\"}"))
        .map(|(status, _)| status)
}
