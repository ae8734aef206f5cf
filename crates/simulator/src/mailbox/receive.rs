//! The sockets of the mailbox: lines in, answers out, within bounds.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::super::Simulator;
use super::session::{Next, Session};

/// The longest line. RFC 5321 asks for 1,000; a test may send more.
const MAX_LINE: u64 = 64 * 1024;
/// Conversations at once; more wait to be accepted.
const MAX_CONVERSATIONS: usize = 64;
/// An idle conversation ends then (RFC 5321, section 4.5.3.2.7).
const IDLE: Duration = Duration::from_mins(5);
/// A stalled one ends then, should the client not have given up before.
const STALL: Duration = Duration::from_mins(10);

/// Takes mail at `listener` until `stop` is cancelled. Plain SMTP, for this machine alone.
pub async fn receive_mail(simulator: Simulator, listener: TcpListener, stop: CancellationToken) {
    let seats = Arc::new(Semaphore::new(MAX_CONVERSATIONS));
    loop {
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, remote)) = accepted else {
            // Out of file descriptors, most likely: some may be free in a moment.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (simulator, stop) = (simulator.clone(), stop.clone());
        tokio::spawn(async move {
            let _seat = seat;
            // A client that goes away is no news.
            tokio::select! {
                () = stop.cancelled() => {}
                _ = converse(simulator, stream, remote) => {}
            }
        });
    }
}

async fn converse(simulator: Simulator, stream: TcpStream, remote: SocketAddr) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut session = Session::new(simulator, remote.ip());
    writer.write_all(&session.greeting()).await?;
    loop {
        let mut line = Vec::new();
        let mut bounded = (&mut reader).take(MAX_LINE);
        let read = tokio::time::timeout(IDLE, bounded.read_until(b'\n', &mut line)).await;
        // Timed out, closed, or longer than any line.
        if !matches!(read, Ok(Ok(1..))) || !line.ends_with(b"\n") {
            return Ok(());
        }
        match session.line(&line) {
            Next::Listen => {}
            Next::Answer(answer) => writer.write_all(&answer).await?,
            Next::AnswerAndClose(answer) => return writer.write_all(&answer).await,
            Next::AnswerLate(answer, millis) => {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                writer.write_all(&answer).await?;
            }
            Next::Close => return Ok(()),
            Next::Stall => {
                tokio::time::sleep(STALL).await;
                return Ok(());
            }
        }
    }
}
