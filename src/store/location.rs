//! Where the database is, and why it cannot be reached: for the log, never with the password.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use super::error::{Outage, StoreError};
use super::postgres_diagnosis::{self, DatabaseRefusal};

/// The place of a database. `Display` names host, port, database and user, or the file, and never the password.
pub struct DatabaseLocation(Kind);

enum Kind {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

impl DatabaseLocation {
    /// The database that a URL names.
    pub(super) fn of(url: &str) -> Result<Self, sqlx::Error> {
        let kind = if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?;
            Kind::Sqlite(options.get_filename().to_owned())
        } else {
            Kind::Postgres(Box::new(PgConnectOptions::from_str(url)?))
        };
        Ok(Self(kind))
    }

    /// How to connect to a PostgreSQL database; `None` for SQLite.
    pub(super) const fn postgres(&self) -> Option<&PgConnectOptions> {
        match &self.0 {
            Kind::Sqlite(_) => None,
            Kind::Postgres(options) => Some(options),
        }
    }

    /// Says where the database is and why it failed.
    ///
    /// The pool repeats a failed connection until it times out, and loses the reason. So this makes one connection
    /// more to find it. Takes up to 3 seconds.
    pub async fn explain(&self, error: &StoreError) -> String {
        let refusal = DatabaseRefusal::in_causes_of(error);
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
            ) => match postgres_diagnosis::connection_problem(options).await {
                None => self.explain_refusal(refusal).await,
                found => found,
            },
            _ => self.explain_refusal(refusal).await,
        };
        let cause = cause.unwrap_or_else(|| with_cause(error));
        format!("{self}: {cause}")
    }

    /// Why a PostgreSQL server refused a statement, and what to do: a missing right, or a database that is read-only.
    /// `None` for every other reason.
    pub(super) async fn explain_refusal(&self, refusal: Option<DatabaseRefusal>) -> Option<String> {
        postgres_diagnosis::explain_refusal(self.postgres()?, &refusal?).await
    }
}

/// The error with its cause, which names what the operator has to correct.
pub fn with_cause(error: &StoreError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error} ({cause})"),
        None => error.to_string(),
    }
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
                write!(
                    f,
                    ":{port}, database {}, user {user}",
                    postgres_diagnosis::database(options)
                )
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
