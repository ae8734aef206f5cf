//! Reads a stream of server-sent events.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::browser::Browser;
use super::wire::{Request, TIMEOUT};

/// A little less than the time after which the server reads the status of a stream again without a reported change.
const BEFORE_NEXT_READ: Duration = Duration::from_millis(4_900);

/// An open stream of server-sent events.
pub struct EventStream {
    socket: TcpStream,
    opened_at: Instant,
    received: String,
    /// The number of statuses that [`EventStream::next_status`] has returned.
    returned: usize,
}

impl Browser {
    /// Opens the event stream for the verification of this browser at a node.
    pub async fn open_event_stream(&self, purpose: &str, node: SocketAddr) -> EventStream {
        let path = format!("/verification/events?purpose={purpose}");
        let request = self
            .page_request("GET", &path)
            .with_header("Accept", "text/event-stream")
            .with_header("Sec-Fetch-Mode", "cors")
            .with_header("Sec-Fetch-Dest", "empty");
        EventStream::open(&request, node).await
    }
}

impl EventStream {
    /// Opens an event stream with this request, and reads the response head.
    pub async fn open(request: &Request, node: SocketAddr) -> Self {
        let mut socket = TcpStream::connect(node)
            .await
            .expect("server accepts the connection");
        let bytes = request.to_bytes(node);
        let opened_at = Instant::now();
        socket
            .write_all(&bytes)
            .await
            .expect("server reads the request");
        let mut stream = Self {
            socket,
            opened_at,
            received: String::new(),
            returned: 0,
        };
        stream
            .read_until(|received| received.contains("\r\n\r\n"))
            .await;
        stream
    }

    /// Returns the status line and the headers.
    pub fn response_head(&self) -> &str {
        self.received.split("\r\n\r\n").next().unwrap_or_default()
    }

    /// Waits for the next status.
    pub async fn next_status(&mut self) -> String {
        let nth = self.returned;
        self.returned += 1;
        self.read_until(|received| parse_statuses(received).nth(nth).is_some())
            .await;
        parse_statuses(&self.received)
            .nth(nth)
            .unwrap_or_default()
            .to_owned()
    }

    /// Returns whether all statuses so far were the first one, or followed a change that was reported to the server.
    ///
    /// A server without reports reads the status again after five seconds.
    pub fn has_only_reported_statuses(&self) -> bool {
        self.opened_at.elapsed() < BEFORE_NEXT_READ
    }

    /// Waits for the next status other than `sent`.
    pub async fn next_status_after_sent(&mut self) -> String {
        loop {
            let status = self.next_status().await;
            if status != "sent" {
                return status;
            }
        }
    }

    /// Returns the delay in milliseconds after which a browser reconnects, from the last event received so far.
    pub fn reconnect_delay_millis(&self) -> Option<u64> {
        let (_, delay) = self.received.rsplit_once("retry: ")?;
        delay.lines().next()?.parse().ok()
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
        assert!(
            waited.is_ok(),
            "the stream sent no data in time after {:?}",
            self.received
        );
    }
}

/// Returns the statuses of all complete events.
fn parse_statuses(received: &str) -> impl Iterator<Item = &str> {
    received
        .split("{\"status\":\"")
        .skip(1)
        .filter_map(|rest| rest.split_once("\"}"))
        .map(|(status, _)| status)
}
