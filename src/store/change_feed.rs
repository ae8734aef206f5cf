//! Notifies waiting event streams of changes in the database, on this node or on another.
//!
//! On PostgreSQL, triggers send a NOTIFY with every change. While the connection of the listener is down, streams poll
//! instead (docs/security.md#clu-05). On SQLite the version of the file is polled.

use std::time::Duration;

use sqlx::postgres::PgListener;
use sqlx::{Connection as _, Row as _, SqliteConnection};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// The number of changes that a slow receiver may lag behind. After that it reads everything again.
const KEPT: usize = 256;
/// The polling interval of the SQLite file while a receiver waits.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// The wait before a lost connection is opened again.
const RETRY: Duration = Duration::from_secs(2);
const CHANNEL: &str = "sallyport";

/// What changed in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A row of this flow, verification or account.
    Of(String),
    /// A change of unknown content; every receiver reads its data again.
    Anything,
}

/// The changes that this node has seen, for any number of receivers.
#[derive(Debug)]
pub struct ChangeFeed {
    sender: broadcast::Sender<Change>,
    closing: CancellationToken,
}

impl ChangeFeed {
    /// `closing` is cancelled when the server stops.
    pub fn new(closing: CancellationToken) -> Self {
        Self {
            sender: broadcast::Sender::new(KEPT),
            closing,
        }
    }

    /// A receiver of all later changes.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.sender.subscribe()
    }

    /// Resolves when the server stops.
    pub async fn closed(&self) {
        self.closing.cancelled().await;
    }

    /// Watches the database at `url` until the server stops.
    pub async fn watch(&self, url: &str) {
        loop {
            let watched = if url.starts_with("sqlite:") {
                self.poll(url).await
            } else {
                self.listen(url).await
            };
            if let Err(error) = watched {
                tracing::info!(
                    error = &error as &dyn std::error::Error,
                    "the change feed lost its database connection; event streams poll until it is back"
                );
            }
            tokio::select! {
                () = self.closed() => return,
                () = tokio::time::sleep(RETRY) => {}
            }
        }
    }

    fn publish(&self, change: Change) {
        // An error only means that there is no receiver.
        let _ = self.sender.send(change);
    }

    async fn listen(&self, url: &str) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect(url).await?;
        listener.listen(CHANNEL).await?;
        // Changes before the LISTEN were missed.
        self.publish(Change::Anything);
        loop {
            let notification = tokio::select! {
                () = self.closed() => return Ok(()),
                received = listener.try_recv() => received?,
            };
            self.publish(match notification {
                Some(notification) => Change::Of(notification.payload().to_owned()),
                // The connection was lost, and with it any number of notifications.
                None => Change::Anything,
            });
        }
    }

    async fn poll(&self, url: &str) -> Result<(), sqlx::Error> {
        let mut connection = SqliteConnection::connect(url).await?;
        let mut seen = 0;
        loop {
            tokio::select! {
                () = self.closed() => return Ok(()),
                () = tokio::time::sleep(POLL_INTERVAL) => {}
            }
            if self.sender.receiver_count() == 0 {
                continue;
            }
            // Changes with every commit of another connection
            // (https://www.sqlite.org/pragma.html#pragma_data_version).
            let row = sqlx::query("PRAGMA data_version")
                .fetch_one(&mut connection)
                .await?;
            let version: i64 = row.try_get(0)?;
            if version != seen {
                seen = version;
                self.publish(Change::Anything);
            }
        }
    }
}
