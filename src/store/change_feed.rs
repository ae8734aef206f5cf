//! Notifies event streams of changes in the database, made by this node or by another.
//!
//! On PostgreSQL, triggers send a NOTIFY with every change. While the listening connection is down, event streams
//! poll instead (docs/security.md#clu-05). On SQLite, the store polls the version of the file.

use std::time::Duration;

use sqlx::postgres::PgListener;
use sqlx::{Connection as _, Row as _, SqliteConnection};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// The number of changes that a slow receiver may lag behind. A receiver that lags further reads all its data again.
const CHANNEL_CAPACITY: usize = 256;
/// The interval at which the SQLite file is polled while a receiver waits.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// The delay before a lost database connection is opened again.
const RECONNECT_DELAY: Duration = Duration::from_secs(2);
const POSTGRES_CHANNEL: &str = "sallyport";

/// A change in the database, as the change feed reports it to event streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A row that belongs to the flow, verification or account with this id has changed.
    Record(String),
    /// Any row may have changed. Every receiver reads its data again.
    Unknown,
}

/// Broadcasts the database changes that this node observes to any number of subscribers.
#[derive(Debug)]
pub struct ChangeFeed {
    sender: broadcast::Sender<Change>,
    closing: CancellationToken,
}

impl ChangeFeed {
    /// Creates a change feed that ends at server shutdown, when the token `closing` is cancelled.
    pub fn new(closing: CancellationToken) -> Self {
        Self {
            sender: broadcast::Sender::new(CHANNEL_CAPACITY),
            closing,
        }
    }

    /// Subscribes to all later database changes.
    pub fn subscribe_to_changes(&self) -> broadcast::Receiver<Change> {
        self.sender.subscribe()
    }

    /// Waits until server shutdown closes this feed of database changes.
    pub async fn wait_until_closed(&self) {
        self.closing.cancelled().await;
    }

    /// Watches the database at `url` and broadcasts its changes until server shutdown.
    pub async fn broadcast_database_changes(&self, url: &str) {
        loop {
            let watched = if url.starts_with("sqlite:") {
                self.poll_sqlite_for_changes(url).await
            } else {
                self.listen_to_postgresql_notifications(url).await
            };
            if let Err(error) = watched {
                tracing::info!(
                    error = &error as &dyn std::error::Error,
                    "the change feed lost its database connection; event streams poll until it is restored"
                );
            }
            tokio::select! {
                () = self.wait_until_closed() => return,
                () = tokio::time::sleep(RECONNECT_DELAY) => {}
            }
        }
    }

    /// Sends a database change to all subscribers.
    fn publish_change(&self, change: Change) {
        // `send` fails only if there is no receiver.
        let _ = self.sender.send(change);
    }

    /// Listens for PostgreSQL notifications and broadcasts each as a change.
    ///
    /// Returns at server shutdown or on a connection error.
    async fn listen_to_postgresql_notifications(&self, url: &str) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect(url).await?;
        listener.listen(POSTGRES_CHANNEL).await?;
        // Changes before the LISTEN were missed.
        self.publish_change(Change::Unknown);
        loop {
            let notification = tokio::select! {
                () = self.wait_until_closed() => return Ok(()),
                received = listener.try_recv() => received?,
            };
            self.publish_change(match notification {
                Some(notification) => Change::Record(notification.payload().to_owned()),
                // The connection was lost, and with it any number of notifications.
                None => Change::Unknown,
            });
        }
    }

    /// Polls an SQLite database and broadcasts a change after each commit of another connection.
    ///
    /// Returns at server shutdown or on a database error.
    async fn poll_sqlite_for_changes(&self, url: &str) -> Result<(), sqlx::Error> {
        let mut connection = SqliteConnection::connect(url).await?;
        let mut seen = 0;
        loop {
            tokio::select! {
                () = self.wait_until_closed() => return Ok(()),
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
                self.publish_change(Change::Unknown);
            }
        }
    }
}
