//! Errors of opening the database.

use std::path::PathBuf;

use sqlx::migrate::MigrateError;

use super::error::{Outage, StoreError};
use super::location::format_error_with_cause;

/// The reason why the database could not be opened, and what the operator can do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "the file {} does not exist. `sallyport migrate` creates it. If there should be data, check \
         DATABASE_URL and SALLYPORT_DATA_DIR, or restore a backup", .0.display()
    )]
    NotFound(PathBuf),
    #[error(
        "the database is empty. `sallyport migrate` creates its tables. If there should be data, \
         check DATABASE_URL, or restore a backup"
    )]
    Empty,
    #[error("the database holds tables of another program; check DATABASE_URL")]
    Foreign,
    #[error(
        "the file {} is corrupt or not an SQLite database. Check DATABASE_URL; to keep the file, \
         move it away, then restore a backup", .0.display()
    )]
    NotSqlite(PathBuf),
    #[error(
        "the folder {} does not exist. Create it, or check DATABASE_URL and SALLYPORT_DATA_DIR",
        .0.display()
    )]
    NoFolder(PathBuf),
    #[error("the file {} cannot be opened: {source}; check its path and permissions", file.display())]
    File {
        file: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "another process serves {}. One SQLite file allows one server: stop the other process, or \
         use PostgreSQL for several nodes", .0.display()
    )]
    InUse(PathBuf),
    #[error(
        "the server is running; stop it first. Another process serves {}", .0.display()
    )]
    ServerRunning(PathBuf),
    #[error(
        "a connection pooler gives each transaction another session, but Sallyport sets timeouts and \
         listens in its sessions. Set `pool_mode = session` for this database in pgbouncer, or let \
         DATABASE_URL name the PostgreSQL server itself"
    )]
    SharedSessions,
    #[error("the database schema is older than this program; run `sallyport migrate`")]
    OlderSchema,
    #[error(
        "the database schema has migration {0}, which this program does not know. Run the newer \
         version of Sallyport that made it, or restore the backup from before the upgrade"
    )]
    NewerSchema(i64),
    #[error(
        "migration {0} of the database schema differs from the one of this program; run the version \
         of Sallyport that made the database"
    )]
    ChangedSchema(i64),
    #[error("the database migration failed: {}", describe_failed_migration(.0))]
    Migration(#[from] MigrateError),
    #[error("{}", format_error_with_cause(.0))]
    Store(#[from] StoreError),
    /// PostgreSQL refused a statement. The text names the missing privilege and how to grant it.
    #[error("{0}")]
    Refused(String),
    /// No connection could be opened. The text names the database and the cause.
    #[error("{0}")]
    NotConnected(String),
    /// Another error, with the location of the database.
    #[error("{location}: {source}")]
    At {
        location: String,
        source: Box<OpenError>,
    },
}

impl OpenError {
    /// Returns whether no pooled connection was available in time.
    pub(super) const fn is_pool_timeout(&self) -> bool {
        matches!(
            self,
            Self::Store(StoreError::Unavailable {
                source: sqlx::Error::PoolTimedOut,
                ..
            }) | Self::Migration(MigrateError::Execute(sqlx::Error::PoolTimedOut))
        )
    }

    /// Converts the error of a locked SQLite file for a command that needs a stopped server.
    pub(super) fn for_offline_command(self) -> Self {
        match self {
            Self::InUse(file) => Self::ServerRunning(file),
            other => other,
        }
    }

    /// Adds the location of the database to an error without location.
    pub(super) fn with_location(self, location: &impl ToString) -> Self {
        match self {
            Self::NotFound(_)
            | Self::NoFolder(_)
            | Self::NotSqlite(_)
            | Self::File { .. }
            | Self::InUse(_)
            | Self::ServerRunning(_)
            | Self::NotConnected(_)
            | Self::At { .. } => self,
            unnamed => Self::At {
                location: location.to_string(),
                source: Box::new(unnamed),
            },
        }
    }
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Describes why a migration failed. If the database is unavailable, says first what the operator can do.
fn describe_failed_migration(error: &MigrateError) -> String {
    let outage = match error {
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => {
            Outage::from_driver_error(cause)
        }
        _ => None,
    };
    match outage {
        Some(outage) => format!("{outage} ({error})"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, Executor as _, SqliteConnection};

    use super::*;

    #[tokio::test]
    async fn migration_that_fails_on_a_full_disk_says_to_free_some_space() {
        let mut connection = SqliteConnection::connect("sqlite::memory:")
            .await
            .expect("database is opened");
        // SQLite reports a full disk if a database exceeds this number of pages.
        connection
            .execute("PRAGMA max_page_count = 2")
            .await
            .expect("size of the database is limited");
        let full = connection
            .execute("CREATE TABLE a (n BIGINT); CREATE TABLE b (n BIGINT)")
            .await
            .expect_err("database is full");
        let error = OpenError::from(MigrateError::ExecuteMigration(full, 7)).to_string();
        let expected = "the database migration failed: the disk of the database is full: free some space \
                        (while executing migration 7: ";
        assert!(error.starts_with(expected), "{error}");
    }
}
