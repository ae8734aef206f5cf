//! Servers that stand in for a provider, each at a port of its own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a server answers.
#[derive(Clone, Debug)]
pub(super) struct Canned {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Canned {
    pub(super) fn json(status: u16, body: &(impl ToString + ?Sized)) -> Self {
        Self::typed(status, "application/json", body.to_string())
    }

    pub(super) fn typed(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        let body = body.into();
        Self {
            status,
            headers,
            body,
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

#[derive(Clone)]
pub(super) struct StandIn {
    pub(super) address: SocketAddr,
    answer: Arc<Mutex<Canned>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl StandIn {
    pub(super) async fn answering(answer: Canned) -> Self {
        let (listener, address) = listen().await;
        let this = Self {
            address,
            answer: Arc::new(Mutex::new(answer)),
            seen: Arc::default(),
        };
        let router = Router::new().fallback(serve).with_state(this.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        this
    }

    pub(super) fn now_answers(&self, answer: Canned) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clone()
    }

    pub(super) fn one_request(&self) -> Seen {
        let mut seen = self.seen();
        assert_eq!(seen.len(), 1, "one call makes one request");
        seen.remove(0)
    }
}

async fn serve(State(stand_in): State<StandIn>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 16).await.expect("a small body");
    let seen = Seen {
        method: parts.method,
        path: parts.uri.to_string(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).expect("text"),
    };
    let mut all = stand_in.seen.lock().expect("no test panics here");
    all.push(seen);
    let answer = stand_in.answer.lock().expect("no test panics here").clone();
    let status = StatusCode::from_u16(answer.status).expect("a status");
    let mut response = Response::builder().status(status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).expect("a response")
}

pub(super) async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// What a server of raw bytes does after them.
#[derive(Clone, Copy)]
pub(super) enum Then {
    Close,
    Stall,
    /// Goes on with spaces for as long as anybody reads.
    Flood,
}

/// A server that takes each request and answers with these very bytes.
pub(super) async fn raw(bytes: impl Into<Vec<u8>>, then: Then) -> SocketAddr {
    let (listener, address) = listen().await;
    let bytes = bytes.into();
    tokio::spawn(async move {
        let mut stalled = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            take_request(&mut stream).await;
            let _ = stream.write_all(&bytes).await;
            match then {
                Then::Close => {}
                Then::Stall => stalled.push(stream),
                Then::Flood => while stream.write_all(&[b' '; 4096]).await.is_ok() {},
            }
        }
    });
    address
}

/// Reads until the request is whole, so that closing afterwards is no reset.
async fn take_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    while !is_whole(&request) {
        match stream.read_buf(&mut request).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

fn is_whole(request: &[u8]) -> bool {
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
