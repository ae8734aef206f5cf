//! An HTTP/1.1 client with one connection per request.
//!
//! Tests can inspect every byte of a response and delay every byte of a request.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The longest wait for an event. A longer wait fails the test.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// An HTTP request.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Builds a GET request.
    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// Replaces the path.
    #[must_use]
    pub fn with_path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Adds a header. A repeated name adds another header line.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Removes all headers with this name.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.headers
            .retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        self
    }

    /// Sets a URL-encoded body.
    #[must_use]
    pub fn with_form(mut self, fields: &[(&str, &str)]) -> Self {
        self.body = encode_form(fields).into_bytes();
        self.without_header("content-type")
            .with_header("Content-Type", "application/x-www-form-urlencoded")
    }

    /// Sets a body with this content type.
    #[must_use]
    pub fn with_body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.without_header("content-type")
            .with_header("Content-Type", kind)
    }

    /// Serializes the request. Adds `Host`, `Content-Length` and `Connection: close` where needed.
    pub fn to_bytes(&self, host: SocketAddr) -> Vec<u8> {
        let has = |name: &str| {
            self.headers
                .iter()
                .any(|(header, _)| header.eq_ignore_ascii_case(name))
        };
        let mut lines = vec![format!("{} {} HTTP/1.1", self.method, self.path)];
        if !has("host") {
            lines.push(format!("Host: {host}"));
        }
        let given = self.headers.iter();
        lines.extend(given.map(|(name, value)| format!("{name}: {value}")));
        let has_no_body = matches!(self.method.as_str(), "GET" | "HEAD");
        if !has("content-length") && !has("transfer-encoding") && !has_no_body {
            lines.push(format!("Content-Length: {}", self.body.len()));
        }
        let head = lines.join("\r\n") + "\r\nConnection: close\r\n\r\n";
        [head.as_bytes(), &self.body].concat()
    }

    /// Sends the request and reads the whole response.
    pub async fn send(&self, to: SocketAddr) -> Response {
        send_bytes(to, &self.to_bytes(to), &self.method).await
    }

    /// Sends the request. Returns the connection, from which the response can be read.
    pub async fn send_without_reading(&self, to: SocketAddr) -> TcpStream {
        let mut stream = TcpStream::connect(to)
            .await
            .expect("server accepts the connection");
        stream
            .write_all(&self.to_bytes(to))
            .await
            .expect("server reads the request");
        stream
    }
}

/// Sends raw bytes and reads the whole response.
pub async fn send_bytes(to: SocketAddr, bytes: &[u8], method: &str) -> Response {
    let exchange = async {
        let mut stream = TcpStream::connect(to)
            .await
            .expect("server accepts the connection");
        // A server that refuses early closes before everything is written.
        let _ = stream.write_all(bytes).await;
        read_response(&mut stream, method).await
    };
    tokio::time::timeout(TIMEOUT, exchange)
        .await
        .expect("server responds in time")
}

/// Reads a response until the server closes the connection.
pub async fn read_response(stream: &mut TcpStream, method: &str) -> Response {
    let mut raw = Vec::new();
    let mut chunk = vec![0; 16 * 1024];
    // A reset of the connection after the response does not matter.
    while let Ok(count @ 1..) = stream.read(&mut chunk).await {
        raw.extend_from_slice(&chunk[..count]);
    }
    Response::parse(&raw, method)
}

/// Sends all requests except their last byte, then all last bytes, so that the server processes them concurrently.
pub async fn send_at_once(requests: Vec<(SocketAddr, Request)>) -> Vec<Response> {
    let mut waiting = Vec::new();
    for (to, request) in requests {
        let bytes = request.to_bytes(to);
        let (last, most) = bytes.split_last().expect("request has bytes");
        let mut stream = TcpStream::connect(to)
            .await
            .expect("server accepts the connection");
        stream.set_nodelay(true).expect("socket option is set");
        stream
            .write_all(most)
            .await
            .expect("server reads the request");
        waiting.push((stream, *last, request.method));
    }
    for (stream, last, _) in &mut waiting {
        stream
            .write_all(&[*last])
            .await
            .expect("server reads the last byte");
    }
    let mut answers = Vec::new();
    for (mut stream, _, method) in waiting {
        let answer = tokio::time::timeout(TIMEOUT, read_response(&mut stream, &method));
        answers.push(answer.await.expect("server responds in time"));
    }
    answers
}

/// A received HTTP response.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    /// Parses the bytes of a response to a request with this method.
    fn parse(raw: &[u8], method: &str) -> Self {
        let text = || String::from_utf8_lossy(raw).into_owned();
        let at = raw.windows(4).position(|four| four == b"\r\n\r\n");
        let at = at.unwrap_or_else(|| panic!("incomplete response: {:?}", text()));
        let head = String::from_utf8_lossy(&raw[..at]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1)?.parse().ok())
            .unwrap_or_else(|| panic!("response has no status line: {head:?}"));
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let rest = &raw[at + 4..];
        let chunked = headers
            .iter()
            .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        let body = if chunked && method != "HEAD" {
            decode_chunked(rest).unwrap_or_else(|| panic!("incomplete response: {:?}", text()))
        } else {
            rest.to_vec()
        };
        let stated = headers.iter().find(|(name, _)| name == "content-length");
        let length = stated.and_then(|(_, value)| value.parse::<usize>().ok());
        let is_complete = method == "HEAD" || length.is_none_or(|length| body.len() >= length);
        assert!(is_complete, "incomplete response: {:?}", text());
        Self {
            status,
            headers,
            body,
        }
    }

    /// Returns the value of the first header with this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.headers.iter();
        let (_, value) = lines.find(|(header, _)| header == name)?;
        Some(value)
    }

    /// Returns the values of all headers with this name.
    pub fn header_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the `Location` header. Panics if there is none.
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| {
            panic!(
                "response has no Location header: {} {}",
                self.status,
                self.text()
            )
        })
    }

    /// Returns the body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body as JSON. Panics if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("response is not JSON: {} {}", self.status, self.text()))
    }
}

/// Decodes a body in chunked transfer encoding. Returns `None` if its end is missing.
fn decode_chunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let at = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = String::from_utf8_lossy(&rest[..at]);
        let size = usize::from_str_radix(size.trim(), 16).expect("chunk size is hexadecimal");
        if size == 0 {
            return Some(body);
        }
        let from = at + 2;
        body.extend_from_slice(rest.get(from..from + size)?);
        rest = rest.get(from + size + 2..)?;
    }
}

/// Encodes the fields of a form as `application/x-www-form-urlencoded`.
pub fn encode_form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", percent_encode(name), percent_encode(value)))
        .collect();
    pairs.join("&")
}

/// Percent-encodes a text for a URL or a form.
pub fn percent_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
