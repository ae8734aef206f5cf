//! Helpers that build browser requests, and request bodies that never end.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{HeaderMap, Request, Response};
use hyper::body::Frame;
use tokio::sync::oneshot;
use tower::Service as _;

use super::super::middleware::MiddlewareSettings;

pub(super) const OWN: &str = "https://id.example.org";
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// Returns middleware settings for the origin `https://id.example.org`.
pub(super) fn create_middleware_settings() -> MiddlewareSettings {
    MiddlewareSettings::new(vec![OWN.to_owned()])
}

/// Builds a GET request to the host of the test site.
pub(super) fn get_request(path: &str) -> Request<Body> {
    let request = Request::get(path).header(HOST, "id.example.org");
    request.body(Body::empty()).expect("valid request")
}

/// Builds a POST request with a form, as sent by a browser without Fetch Metadata headers.
pub(super) fn post_form_request(path: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post(path)
        .header(HOST, "id.example.org")
        .header(ORIGIN, OWN)
        .header(CONTENT_TYPE, FORM);
    request.body(body.into()).expect("valid request")
}

/// Returns the request with this header set.
pub(super) fn with_header(
    mut request: Request<Body>,
    name: &'static str,
    value: &str,
) -> Request<Body> {
    let value = value.parse().expect("valid header value");
    request.headers_mut().insert(name, value);
    request
}

/// Returns the request without this header.
pub(super) fn without_header(mut request: Request<Body>, name: &str) -> Request<Body> {
    request.headers_mut().remove(name);
    request
}

/// Sends the request to the app and returns the response.
pub(super) async fn send_request(app: &Router, request: Request<Body>) -> Response<Body> {
    let Ok(response) = app.clone().call(request).await;
    response
}

/// Sends the request to the app and returns the status of the response.
pub(super) async fn request_status(app: &Router, request: Request<Body>) -> u16 {
    send_request(app, request).await.status().as_u16()
}

/// Reads the body of a response as text.
pub(super) async fn read_body_text(response: Response<Body>) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 20)
        .await
        .expect("the body is read");
    String::from_utf8(bytes.into()).expect("the body is text")
}

pub(super) fn only_header_value<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let values: Vec<_> = headers.get_all(name).iter().collect();
    assert_eq!(values.len(), 1, "{name} is given once: {values:?}");
    values[0].to_str().expect("header value is text")
}

/// A request body that never ends. It repeats one chunk, or sends nothing if the chunk is `None`.
pub(super) struct Endless {
    chunk: Option<&'static [u8]>,
    _dropped: oneshot::Sender<()>,
}

impl Endless {
    /// Creates an endless body, and a receiver that resolves when the body is dropped.
    pub(super) fn body(chunk: Option<&'static [u8]>) -> (Body, oneshot::Receiver<()>) {
        let (sender, dropped) = oneshot::channel();
        (
            Body::new(Self {
                chunk,
                _dropped: sender,
            }),
            dropped,
        )
    }
}

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.chunk {
            Some(chunk) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(chunk))))),
            None => Poll::Pending,
        }
    }
}
