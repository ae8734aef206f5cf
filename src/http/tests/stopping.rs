//! The end of the server: nobody loses an answer, and nobody holds it up.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::super::serve::ServeLimits;
use super::dial::{ASK, Server, rest};

/// Says when its request has begun, and ends it when told to.
fn slow() -> (Router, mpsc::Receiver<()>, CancellationToken) {
    let (say, begun) = mpsc::channel(1);
    let end = CancellationToken::new();
    let wait = end.clone();
    let handler = move || async move {
        say.send(()).await.expect("the test listens");
        wait.cancelled().await;
        "done"
    };
    (Router::new().route("/", get(handler)), begun, end)
}

#[tokio::test]
async fn a_server_that_stops_finishes_what_it_has_begun() {
    let (app, mut begun, end) = slow();
    let server = Server::start(app, ServeLimits::default()).await;
    let mut idle = server.dial(b"").await;
    let mut running = server.dial(ASK).await;
    begun.recv().await.expect("the request arrives");
    server.stop.cancel();
    assert_eq!(
        rest(&mut idle).await,
        "",
        "idle connections are closed at once"
    );
    assert!(
        TcpStream::connect(server.address).await.is_err(),
        "nobody new comes in"
    );
    end.cancel();
    assert!(rest(&mut running).await.ends_with("\r\n\r\ndone"));
    server.task.await.expect("the server ends in peace");
}

#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_ever() {
    let (app, mut begun, _end) = slow();
    let limits = ServeLimits {
        grace: Duration::from_millis(50),
        ..ServeLimits::default()
    };
    let server = Server::start(app, limits).await;
    let mut running = server.dial(ASK).await;
    begun.recv().await.expect("the request arrives");
    server.ended().await;
    assert_eq!(rest(&mut running).await, "");
}
