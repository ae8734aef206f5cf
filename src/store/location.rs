//! Where the database is, and why it cannot be reached: for the log, never with the password.

use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::error::{Outage, StoreError};

/// How long a connection that only finds the cause of an outage may take.
const DIAGNOSIS_TIMEOUT: Duration = Duration::from_secs(3);

/// The place of a database. `Display` names host, port, database and user, or the file, and never the password.
pub struct DatabaseLocation(Kind);

enum Kind {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

impl DatabaseLocation {
    /// The place that a URL names.
    pub(super) fn of(url: &str) -> Result<Self, sqlx::Error> {
        let kind = if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?;
            Kind::Sqlite(options.get_filename().to_owned())
        } else {
            Kind::Postgres(Box::new(PgConnectOptions::from_str(url)?))
        };
        Ok(Self(kind))
    }

    /// Says where the database is and why it failed.
    ///
    /// The pool repeats a failed connection until it times out, and loses the reason. So this makes one connection
    /// more to find it. Takes up to 3 seconds.
    pub async fn explain(&self, error: &StoreError) -> String {
        let cause = match (&self.0, error) {
            (
                Kind::Postgres(options),
                StoreError::Unavailable {
                    outage: Outage::Unreachable,
                    ..
                }
                | StoreError::Unavailable {
                    source: sqlx::Error::PoolTimedOut,
                    ..
                }
                | StoreError::Failed(_),
            ) => connection_problem(options).await,
            _ => None,
        };
        let cause = cause.unwrap_or_else(|| with_cause(error));
        format!("{self}: {cause}")
    }
}

/// The error with its cause, which names what the operator has to correct.
pub(super) fn with_cause(error: &StoreError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error} ({cause})"),
        None => error.to_string(),
    }
}

/// Why a new connection fails; `None` if it succeeds.
async fn connection_problem(options: &PgConnectOptions) -> Option<String> {
    let options = options.clone().disable_statement_logging();
    let connecting = PgConnection::connect_with(&options);
    match tokio::time::timeout(DIAGNOSIS_TIMEOUT, connecting).await {
        Ok(Ok(connection)) => {
            // Its success is the result; a failed goodbye changes nothing.
            let _ = connection.close().await;
            None
        }
        Ok(Err(error)) => Some(problem(&error, &options)),
        Err(_) => Some(format!(
            "no answer within {} seconds: check host and port in DATABASE_URL, and the firewall",
            DIAGNOSIS_TIMEOUT.as_secs()
        )),
    }
}

/// What failed, and what to do, by the SQLSTATE or the kind of the error.
fn problem(error: &sqlx::Error, options: &PgConnectOptions) -> String {
    match error {
        sqlx::Error::Io(error) => match error.kind() {
            ErrorKind::ConnectionRefused | ErrorKind::NotFound => format!(
                "no server listens there ({error}): start it, or check host and port in DATABASE_URL"
            ),
            _ => format!("{error}: check host and port in DATABASE_URL"),
        },
        sqlx::Error::Database(error) => match error.code().as_deref() {
            Some("28P01" | "28000") => format!(
                "the server refuses the user ({}): check user and password in DATABASE_URL",
                error.message()
            ),
            Some("3D000") => format!(
                "the server has no database {}: create it, or check its name in DATABASE_URL",
                database(options)
            ),
            _ => error.message().to_owned(),
        },
        other => other.to_string(),
    }
}

/// The name of the database. Without one, PostgreSQL takes the name of the user.
fn database(options: &PgConnectOptions) -> &str {
    options
        .get_database()
        .unwrap_or_else(|| options.get_username())
}

impl fmt::Display for DatabaseLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Sqlite(file) => write!(f, "SQLite file {}", file.display()),
            Kind::Postgres(options) => {
                f.write_str("PostgreSQL server ")?;
                match options.get_socket() {
                    Some(socket) => write!(f, "{}", socket.display())?,
                    None => f.write_str(options.get_host())?,
                }
                let (port, user) = (options.get_port(), options.get_username());
                write!(f, ":{port}, database {}, user {user}", database(options))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn location_names_everything_except_the_password() {
        for (url, text) in [
            (
                "postgres://sally:hunter22@db.internal:6543/port?sslmode=disable",
                "PostgreSQL server db.internal:6543, database port, user sally",
            ),
            (
                "postgres:///port?host=/run/pg&user=sally&password=hunter22",
                "PostgreSQL server /run/pg:5432, database port, user sally",
            ),
            ("sqlite:///srv/a.db?mode=rwc", "SQLite file /srv/a.db"),
        ] {
            let location = DatabaseLocation::of(url).expect("a location");
            assert_eq!(location.to_string(), text);
        }
    }
}
