//! Notifies waiting event streams of changes in the database, on this node or on another.
//!
//! PostgreSQL tells by NOTIFY, from triggers, so that no code that writes has to think of it; while the
//! connection is down it is looked at from time to time instead (docs/security.md#clu-05). SQLite has one node, whose
//! file says that it changed.

use std::time::Duration;

use sqlx::postgres::PgListener;
use sqlx::{Connection as _, Row as _, SqliteConnection};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// The number of changes that a slow receiver may lag behind. After that it reads everything again.
const KEPT: usize = 256;
/// The polling interval of the SQLite file while a receiver waits.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// The wait before a lost connection is opened again.
const RETRY: Duration = Duration::from_secs(2);
const CHANNEL: &str = "sallyport";

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Something about this flow, verification or account.
    Of(String),
    /// An unknown change.
    Anything,
}

/// The changes of one node's lifetime.
#[derive(Debug)]
pub struct Changes {
    sender: broadcast::Sender<Change>,
    closing: CancellationToken,
}

impl Changes {
    /// `closing` is cancelled when the server stops.
    pub fn new(closing: CancellationToken) -> Self {
        Self {
            sender: broadcast::Sender::new(KEPT),
            closing,
        }
    }

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
                self.look(url).await
            } else {
                self.listen(url).await
            };
            if let Err(error) = watched {
                tracing::info!(
                    error = &error as &dyn std::error::Error,
                    "changes of the database are not told, only looked for"
                );
            }
            tokio::select! {
                () = self.closed() => return,
                () = tokio::time::sleep(RETRY) => {}
            }
        }
    }

    fn tell(&self, change: Change) {
        // An error only means that there is no receiver.
        let _ = self.sender.send(change);
    }

    async fn listen(&self, url: &str) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect(url).await?;
        listener.listen(CHANNEL).await?;
        // Whatever happened before is looked at once.
        self.tell(Change::Anything);
        loop {
            let told = tokio::select! {
                () = self.closed() => return Ok(()),
                told = listener.try_recv() => told?,
            };
            self.tell(match told {
                Some(told) => Change::Of(told.payload().to_owned()),
                // The connection was lost, and with it who knows what.
                None => Change::Anything,
            });
        }
    }

    async fn look(&self, url: &str) -> Result<(), sqlx::Error> {
        let mut connection = SqliteConnection::connect(url).await?;
        let mut seen = 0;
        loop {
            tokio::select! {
                () = self.closed() => return Ok(()),
                () = tokio::time::sleep(LOOK_EVERY) => {}
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
                self.tell(Change::Anything);
            }
        }
    }
}
