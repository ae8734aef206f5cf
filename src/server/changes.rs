//! Wakes whoever waits for something in the database to change, on this node or on another.
//!
//! PostgreSQL tells by NOTIFY, from triggers, so that no code that writes has to think of it; a
//! database that speaks its protocol and knows neither is looked at from time to time instead, and
//! so is everything while the connection is down (CLU-05). SQLite has one node, whose file says
//! that it changed.

use std::time::Duration;

use sqlx::postgres::PgListener;
use sqlx::{Connection as _, PgConnection, Row as _, SqliteConnection};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// Changes that somebody who is slow to look may fall behind by; then they look at everything.
const KEPT: usize = 256;
/// How often SQLite's file is asked whether it changed, while anybody waits.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// The wait before a lost connection is made anew.
const RETRY: Duration = Duration::from_secs(2);
const CHANNEL: &str = "sallyport";

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Something about this flow, verification or account.
    Of(String),
    /// Something, and nobody knows what.
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

    /// Resolves when the server stops: whoever waits gives up.
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
        // An error means only that nobody waits.
        let _ = self.sender.send(change);
    }

    async fn listen(&self, url: &str) -> Result<(), sqlx::Error> {
        install(url).await?;
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

/// The triggers that tell, made once for all nodes.
async fn install(url: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    let mut tx = connection.begin().await?;
    // One node at a time: two of them making the same function fail.
    sqlx::query("SELECT pg_advisory_xact_lock(5119007)")
        .execute(&mut *tx)
        .await?;
    let there = sqlx::query("SELECT 1 FROM pg_proc WHERE proname = 'sallyport_tell'")
        .fetch_optional(&mut *tx)
        .await?;
    if there.is_none() {
        sqlx::raw_sql(TRIGGERS).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    connection.close().await
}

/// Each tells the id its listeners know it by.
const TRIGGERS: &str = "
CREATE FUNCTION sallyport_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'flows' THEN PERFORM pg_notify('sallyport', NEW.id);
        WHEN 'deliveries' THEN PERFORM pg_notify('sallyport', NEW.verification);
        ELSE PERFORM pg_notify('sallyport', OLD.account_id);
    END CASE;
    RETURN NULL;
END
$$;
CREATE TRIGGER sallyport_tell AFTER UPDATE ON flows
    FOR EACH ROW EXECUTE FUNCTION sallyport_tell();
CREATE TRIGGER sallyport_tell AFTER INSERT ON deliveries
    FOR EACH ROW EXECUTE FUNCTION sallyport_tell();
CREATE TRIGGER sallyport_tell AFTER DELETE OR UPDATE OF token_hash ON sessions
    FOR EACH ROW EXECUTE FUNCTION sallyport_tell();
";
