//! HTTP servers that replace a provider in tests. Each listens on a free port.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// HTTP response that a test prepares for the mock server.
#[derive(Clone, Debug)]
pub(super) struct CannedResponse {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl CannedResponse {
    /// Creates a response with this HTTP status and JSON body.
    pub(super) fn from_status_and_json(http_status: u16, json: &(impl ToString + ?Sized)) -> Self {
        Self::from_status_content_type_and_body(http_status, "application/json", json.to_string())
    }

    /// Creates a response with this HTTP status, `Content-Type` and body.
    pub(super) fn from_status_content_type_and_body(
        status: u16,
        content_type: &str,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        let body = body.into();
        Self {
            status,
            headers,
            body,
        }
    }

    /// Returns the response with an additional header.
    pub(super) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// HTTP request that the mock server has received.
#[derive(Clone, Debug)]
pub(super) struct RecordedRequest {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// HTTP server for tests that gives the same response to every request and records all requests.
#[derive(Clone)]
pub(super) struct MockServer {
    pub(super) address: SocketAddr,
    response: Arc<Mutex<CannedResponse>>,
    requests: Arc<Mutex<Vec<RecordedRequest>>>,
}

impl MockServer {
    /// Starts a mock server on a free port.
    pub(super) async fn start_mock_server(response_to_all_requests: CannedResponse) -> Self {
        let (listener, address) = listen_on_free_port().await;
        let this = Self {
            address,
            response: Arc::new(Mutex::new(response_to_all_requests)),
            requests: Arc::default(),
        };
        let router = Router::new()
            .fallback(record_and_respond)
            .with_state(this.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        this
    }

    /// Makes the mock server answer every later request with this response.
    pub(super) fn set_response_to_all_requests(&self, response: CannedResponse) {
        *self.response.lock().unwrap_or_else(PoisonError::into_inner) = response;
    }

    /// Returns all requests that the mock server has received so far.
    pub(super) fn recorded_requests(&self) -> Vec<RecordedRequest> {
        let requests = self.requests.lock();
        requests.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the only request that the mock server has received. Panics if there is none or more than one.
    pub(super) fn single_received_request(&self) -> RecordedRequest {
        let mut requests = self.recorded_requests();
        assert_eq!(requests.len(), 1, "one call makes one request");
        requests.remove(0)
    }
}

/// Records a request and returns the prepared response.
async fn record_and_respond(State(server): State<MockServer>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 16).await.expect("a small body");
    let recorded = RecordedRequest {
        method: parts.method,
        path: parts.uri.to_string(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).expect("valid UTF-8"),
    };
    let mut requests = server.requests.lock().expect("mutex is not poisoned");
    requests.push(recorded);
    let canned = server
        .response
        .lock()
        .expect("mutex is not poisoned")
        .clone();
    let status = StatusCode::from_u16(canned.status).expect("canned status is valid");
    let mut response = Response::builder().status(status);
    for (name, value) in canned.headers {
        response = response.header(name, value);
    }
    response
        .body(Body::from(canned.body))
        .expect("canned response is valid")
}

/// Binds a listener to a free loopback port.
pub(super) async fn listen_on_free_port() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a loopback port is free");
    let address = listener.local_addr().expect("socket is bound");
    (listener, address)
}

/// Binds a socket that refuses connections to a free loopback port. Parallel tests cannot get the port while the socket exists.
pub(super) fn bind_refusing_port() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().expect("a socket is available");
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(loopback).expect("a loopback port is free");
    let address = socket.local_addr().expect("socket is bound");
    (socket, address)
}

/// Action of a TCP test server after it has sent the fixed response.
#[derive(Clone, Copy)]
pub(super) enum ActionAfterResponse {
    Close,
    Stall,
    /// Sends spaces until the client closes the connection.
    Flood,
}

/// Starts a TCP server that reads each request and sends the bytes of `response`.
pub(super) async fn start_tcp_server_with_fixed_response(
    response: impl Into<Vec<u8>>,
    then: ActionAfterResponse,
) -> SocketAddr {
    let (listener, address) = listen_on_free_port().await;
    let response = response.into();
    tokio::spawn(async move {
        let mut stalled = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            discard_request(&mut stream).await;
            let _ = stream.write_all(&response).await;
            match then {
                ActionAfterResponse::Close => {}
                ActionAfterResponse::Stall => stalled.push(stream),
                ActionAfterResponse::Flood => {
                    while stream.write_all(&[b' '; 4096]).await.is_ok() {}
                }
            }
        }
    });
    address
}

/// Reads and discards the whole request of a client.
async fn discard_request(stream: &mut TcpStream) {
    // Closing a connection with unread data would reset it.
    let mut request = Vec::new();
    while !is_complete_request(&request) {
        match stream.read_buf(&mut request).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

/// Returns whether the bytes contain the head and the whole body of a request.
fn is_complete_request(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .split("\r\n")
        .find_map(|l| l.strip_prefix("content-length: "));
    let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    body.len() >= length
}
