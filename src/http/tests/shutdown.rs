//! Shutdown: running requests finish, within a time limit.

use std::time::Duration;

use tokio::net::TcpStream;

use super::super::accept_loop::ConnectionLimits;
use super::live_server::{REQUEST, Server, app_with_slow_handler, read_to_end};

#[tokio::test]
async fn running_request_finishes_during_shutdown() {
    let (app, mut begun, end) = app_with_slow_handler();
    let server = Server::start(app, ConnectionLimits::default()).await;
    let mut idle = server.connect_and_send(b"").await;
    let mut running = server.connect_and_send(REQUEST).await;
    begun.recv().await.expect("request arrives");
    server.stop.cancel();
    assert_eq!(
        read_to_end(&mut idle).await,
        "",
        "idle connections are closed at once"
    );
    assert!(
        TcpStream::connect(server.address).await.is_err(),
        "new connections are refused"
    );
    end.cancel();
    assert!(read_to_end(&mut running).await.ends_with("\r\n\r\ndone"));
    server.task.await.expect("the server stops without a panic");
}

#[tokio::test]
async fn shutdown_ends_after_its_timeout() {
    let (app, mut begun, _end) = app_with_slow_handler();
    let limits = ConnectionLimits {
        shutdown_timeout: Duration::from_millis(50),
        ..ConnectionLimits::default()
    };
    let server = Server::start(app, limits).await;
    let mut running = server.connect_and_send(REQUEST).await;
    begun.recv().await.expect("request arrives");
    server.shut_down().await;
    assert_eq!(read_to_end(&mut running).await, "");
}
