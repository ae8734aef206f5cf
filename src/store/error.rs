//! Database errors, mapped from driver errors to a closed set.

use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

/// A database error. Its details are for the log, not for the user.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is temporarily unavailable. A later attempt can succeed, so HTTP answers 503.
    #[error("{outage}")]
    Unavailable {
        outage: Outage,
        #[source]
        source: sqlx::Error,
    },
    /// A row with this unique key exists already.
    #[error("a database row with this unique key already exists")]
    Taken,
    /// Another request has changed the row that a conditional update expected.
    #[error("another request has changed the database row since it was read")]
    Raced,
    #[error("invalid value in database column {table}.{column}")]
    Inconsistent {
        table: &'static str,
        column: &'static str,
    },
    #[error(
        "the database is corrupt: stop all servers, keep a copy of the file and restore a backup"
    )]
    Corrupt(#[source] sqlx::Error),
    #[error("a database operation failed")]
    Failed(#[source] sqlx::Error),
}

/// The reason why the database is temporarily unavailable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outage {
    /// A lock or a connection was not available within its timeout.
    #[error("the database is busy: no lock or connection was available in time")]
    Busy,
    #[error("the disk of the database is full: free some space")]
    DiskFull,
    /// The database is read-only, for example a PostgreSQL standby.
    #[error(
        "the database is read-only: check the mount and the permissions, or the primary server"
    )]
    ReadOnly,
    #[error("the disk of the database reports errors: check the disk")]
    InputOutput,
    #[error("the database server has too few resources: check its memory and connection limit")]
    Resources,
    /// The server is shutting down, starting, or not reachable.
    #[error("the database is unreachable: check DATABASE_URL and the database server")]
    Unreachable,
}

impl Outage {
    /// Returns why the database is temporarily unavailable. Returns `None` if the driver error has another cause.
    pub(super) fn from_driver_error(error: &sqlx::Error) -> Option<Self> {
        match DriverErrorKind::from_driver_error(error) {
            DriverErrorKind::Outage(outage) => Some(outage),
            DriverErrorKind::Taken
            | DriverErrorKind::Erased
            | DriverErrorKind::Corrupt
            | DriverErrorKind::Other => None,
        }
    }

    /// Returns the name of this reason in the metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::DiskFull => "disk_full",
            Self::ReadOnly => "read_only",
            Self::InputOutput => "input_output",
            Self::Resources => "resources",
            Self::Unreachable => "unreachable",
        }
    }
}

impl StoreError {
    /// Returns whether the database works but no lock or pooled connection was available in time.
    pub const fn is_busy(&self) -> bool {
        matches!(
            self,
            Self::Unavailable {
                outage: Outage::Busy,
                ..
            }
        )
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match DriverErrorKind::from_driver_error(&error) {
            DriverErrorKind::Outage(outage) => Self::Unavailable {
                outage,
                source: error,
            },
            DriverErrorKind::Taken => Self::Taken,
            DriverErrorKind::Erased => Self::Raced,
            DriverErrorKind::Corrupt => Self::Corrupt(error),
            DriverErrorKind::Other => Self::Failed(error),
        }
    }
}

/// The message with which triggers reject rows of erased accounts (migration `0046_erasure`).
const ERASED_ACCOUNT_MESSAGE: &str = "the account is erased";

/// The kind of a database driver error, which decides how the application handles the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DriverErrorKind {
    Outage(Outage),
    Taken,
    /// A trigger rejected a row of an account that was erased after the request had read it.
    Erased,
    Corrupt,
    Other,
}

impl DriverErrorKind {
    /// Classifies an error of the database driver.
    fn from_driver_error(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::Outage(Outage::Busy),
            // These errors are final: `begin` has tried a second connection already.
            sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed
            | sqlx::Error::InvalidSavePointStatement
            | sqlx::Error::Tls(_)
            | sqlx::Error::Io(_) => Self::Outage(Outage::Unreachable),
            sqlx::Error::Database(database) => {
                if database.is_unique_violation() {
                    return Self::Taken;
                }
                if database.message() == ERASED_ACCOUNT_MESSAGE {
                    return Self::Erased;
                }
                let code = database.code().unwrap_or_default();
                if database.try_downcast_ref::<SqliteError>().is_some() {
                    code.parse().map_or(Self::Other, Self::from_sqlite_code)
                } else if database.try_downcast_ref::<PgDatabaseError>().is_some() {
                    Self::from_sqlstate(&code)
                } else {
                    Self::Other
                }
            }
            _ => Self::Other,
        }
    }

    /// Classifies an SQLite result code, primary or extended (<https://www.sqlite.org/rescode.html>).
    const fn from_sqlite_code(code: u32) -> Self {
        // The low byte of an extended code is the primary code.
        match code & 0xFF {
            // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: another connection holds a lock.
            5 | 6 | 15 => Self::Outage(Outage::Busy),
            // SQLITE_NOMEM.
            7 => Self::Outage(Outage::Resources),
            // SQLITE_READONLY.
            8 => Self::Outage(Outage::ReadOnly),
            // SQLITE_IOERR.
            10 => Self::Outage(Outage::InputOutput),
            // SQLITE_CORRUPT and SQLITE_NOTADB.
            11 | 26 => Self::Corrupt,
            // SQLITE_FULL.
            13 => Self::Outage(Outage::DiskFull),
            // SQLITE_CANTOPEN: the file, its directory or its log cannot be opened.
            14 => Self::Outage(Outage::Unreachable),
            _ => Self::Other,
        }
    }

    /// Classifies an SQLSTATE error code of PostgreSQL
    /// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
    fn from_sqlstate(sqlstate: &str) -> Self {
        match sqlstate {
            // Serialisation failure, deadlock, lock timeout, statement timeout.
            "40001" | "40P01" | "55P03" | "57014" => Self::Outage(Outage::Busy),
            "25006" => Self::Outage(Outage::ReadOnly),
            "53100" => Self::Outage(Outage::DiskFull),
            // The server has ended an idle session.
            "25P03" => Self::Outage(Outage::Unreachable),
            "XX001" | "XX002" => Self::Corrupt,
            _ => match sqlstate.get(..2) {
                // Connection exception; operator intervention, such as a shutdown.
                Some("08" | "57") => Self::Outage(Outage::Unreachable),
                Some("53") => Self::Outage(Outage::Resources),
                // System error outside PostgreSQL.
                Some("58") => Self::Outage(Outage::InputOutput),
                _ => Self::Other,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_errors_are_classified_by_their_primary_code() {
        for (code, fault) in [
            (5, DriverErrorKind::Outage(Outage::Busy)),
            (517, DriverErrorKind::Outage(Outage::Busy)),
            (8, DriverErrorKind::Outage(Outage::ReadOnly)),
            (1544, DriverErrorKind::Outage(Outage::ReadOnly)),
            (13, DriverErrorKind::Outage(Outage::DiskFull)),
            (10, DriverErrorKind::Outage(Outage::InputOutput)),
            (778, DriverErrorKind::Outage(Outage::InputOutput)),
            (14, DriverErrorKind::Outage(Outage::Unreachable)),
            (11, DriverErrorKind::Corrupt),
            (26, DriverErrorKind::Corrupt),
            (1, DriverErrorKind::Other),
            (787, DriverErrorKind::Other),
        ] {
            assert_eq!(DriverErrorKind::from_sqlite_code(code), fault, "{code}");
        }
    }

    #[test]
    fn postgresql_shutdown_and_resource_errors_count_as_outages() {
        for (code, fault) in [
            ("57P01", DriverErrorKind::Outage(Outage::Unreachable)),
            ("57P02", DriverErrorKind::Outage(Outage::Unreachable)),
            ("57P03", DriverErrorKind::Outage(Outage::Unreachable)),
            ("08006", DriverErrorKind::Outage(Outage::Unreachable)),
            ("57014", DriverErrorKind::Outage(Outage::Busy)),
            ("40P01", DriverErrorKind::Outage(Outage::Busy)),
            ("25006", DriverErrorKind::Outage(Outage::ReadOnly)),
            ("53100", DriverErrorKind::Outage(Outage::DiskFull)),
            ("53300", DriverErrorKind::Outage(Outage::Resources)),
            ("58030", DriverErrorKind::Outage(Outage::InputOutput)),
            ("XX001", DriverErrorKind::Corrupt),
            ("42P01", DriverErrorKind::Other),
            ("", DriverErrorKind::Other),
        ] {
            assert_eq!(DriverErrorKind::from_sqlstate(code), fault, "{code}");
        }
    }

    #[test]
    fn lost_database_connection_is_an_outage() {
        for error in [
            sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()),
            sqlx::Error::PoolClosed,
            sqlx::Error::WorkerCrashed,
        ] {
            assert_eq!(
                DriverErrorKind::from_driver_error(&error),
                DriverErrorKind::Outage(Outage::Unreachable)
            );
        }
        assert!(StoreError::from(sqlx::Error::PoolTimedOut).is_busy());
    }
}
