//! SMTP server of the mailbox: reads lines from sockets and writes replies.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::session::{SmtpAction, SmtpSession};
use crate::simulator::Simulator;

/// Maximum length of an SMTP line in bytes. RFC 5321 requires 1,000, and tests may send longer lines.
const MAX_LINE: u64 = 64 * 1024;
/// Maximum number of open SMTP connections. Further connections wait until one closes.
const MAX_CONNECTIONS: usize = 64;
/// Maximum idle time of an SMTP connection (RFC 5321, section 4.5.3.2.7).
const IDLE_TIMEOUT: Duration = Duration::from_mins(5);
/// Time for which a `stall` fault holds an SMTP connection, unless the client closes it earlier.
const STALL: Duration = Duration::from_mins(10);

/// Accepts SMTP connections until `stop` is cancelled. Offers neither TLS nor authentication.
pub(crate) async fn accept_smtp_connections(
    simulator: Simulator,
    listener: TcpListener,
    stop: CancellationToken,
) {
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&connections).acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, remote)) = accepted else {
            // The process is probably out of file descriptors.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (simulator, stop) = (simulator.clone(), stop.clone());
        tokio::spawn(async move {
            let _permit = permit;
            // Errors mean that the client closed the connection.
            tokio::select! {
                () = stop.cancelled() => {}
                _ = serve_smtp_connection(simulator, stream, remote) => {}
            }
        });
    }
}

/// Serves one SMTP connection: reads its lines and writes the replies of its session.
async fn serve_smtp_connection(
    simulator: Simulator,
    stream: TcpStream,
    remote: SocketAddr,
) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut session = SmtpSession::start_smtp_session(simulator, remote.ip());
    writer.write_all(&session.encode_greeting_reply()).await?;
    loop {
        let mut line = Vec::new();
        let mut bounded = (&mut reader).take(MAX_LINE);
        let read = tokio::time::timeout(IDLE_TIMEOUT, bounded.read_until(b'\n', &mut line)).await;
        // The client was idle, closed the connection, or sent too long a line.
        if !matches!(read, Ok(Ok(1..))) || !line.ends_with(b"\n") {
            return Ok(());
        }
        match session.handle_smtp_line(&line) {
            SmtpAction::AwaitNextLine => {}
            SmtpAction::Reply(reply) => writer.write_all(&reply).await?,
            SmtpAction::ReplyAndClose(reply) => return writer.write_all(&reply).await,
            SmtpAction::ReplyAfter(reply, millis) => {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                writer.write_all(&reply).await?;
            }
            SmtpAction::Close => return Ok(()),
            SmtpAction::Stall => {
                tokio::time::sleep(STALL).await;
                return Ok(());
            }
        }
    }
}
