//! The location of the database for log messages, without its password, and the cause of a failed connection.

use std::fmt;
use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use super::error::{Outage, StoreError};
use super::postgres_diagnosis::{self, ConnectionFailure, DatabaseRefusal};

/// The location of a database. `Display` shows host, port, database and user, or the file path, and hides the password.
pub struct DatabaseLocation(Kind);

enum Kind {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

impl DatabaseLocation {
    /// Parses the location of a database from its URL.
    pub(super) fn from_url(url: &str) -> Result<Self, sqlx::Error> {
        let kind = if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?;
            Kind::Sqlite(options.get_filename().to_owned())
        } else {
            Kind::Postgres(Box::new(PgConnectOptions::from_str(url)?))
        };
        Ok(Self(kind))
    }

    /// Returns the connection options of a PostgreSQL database; `None` for SQLite.
    pub(super) const fn postgres_options(&self) -> Option<&PgConnectOptions> {
        match &self.0 {
            Kind::Sqlite(_) => None,
            Kind::Postgres(options) => Some(options),
        }
    }

    /// Returns whether the database is PostgreSQL and accepts a new connection within 3 seconds.
    pub(super) async fn does_postgres_accept_connections(&self) -> bool {
        self.postgres_options().is_some() && self.diagnose_postgres_connection().await.is_none()
    }

    /// Opens a new connection, for up to 3 seconds. Returns why it failed; `None` after success and for SQLite.
    pub(super) async fn diagnose_postgres_connection(&self) -> Option<ConnectionFailure> {
        postgres_diagnosis::diagnose_failed_connection(self.postgres_options()?).await
    }

    /// Returns an error message for the operator: the location of the database and the cause of `error`.
    ///
    /// Opens another connection to find the cause, for up to 3 seconds, because the error of the connection pool does
    /// not contain it.
    pub async fn explain_database_error(&self, error: &StoreError) -> String {
        let refusal = DatabaseRefusal::find_postgres_error_in_causes(error);
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
            ) => match postgres_diagnosis::diagnose_failed_connection(options).await {
                None => self.explain_statement_refused_by_postgres(refusal).await,
                Some(failure) => Some(failure.cause),
            },
            _ => self.explain_statement_refused_by_postgres(refusal).await,
        };
        let cause = cause.unwrap_or_else(|| {
            let hint = self.hint_for_database_error(error);
            format_error_with_cause(error) + hint
        });
        format!("{self}: {cause}")
    }

    /// Returns what to check if no connection was available in time although PostgreSQL accepts one. Returns an empty
    /// text for other errors.
    const fn hint_for_database_error(&self, error: &StoreError) -> &'static str {
        match (&self.0, error) {
            (
                Kind::Postgres(_),
                StoreError::Unavailable {
                    source: sqlx::Error::PoolTimedOut,
                    ..
                },
            ) => {
                "; if this continues, check the connection limits of the server, the database, the user and the \
                 connection pooler"
            }
            _ => "",
        }
    }

    /// Explains why PostgreSQL has refused a statement, and what to do.
    ///
    /// Returns `None` unless a privilege is missing, the database is read-only, its encoding is not UTF-8, no schema can
    /// be used, or too many connections are open.
    pub(super) async fn explain_statement_refused_by_postgres(
        &self,
        refusal: Option<DatabaseRefusal>,
    ) -> Option<String> {
        postgres_diagnosis::explain_refused_statement(self.postgres_options()?, &refusal?).await
    }
}

/// Formats a database error, followed by its cause.
pub fn format_error_with_cause(error: &StoreError) -> String {
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
                    None if options.get_host().parse::<Ipv6Addr>().is_ok() => {
                        write!(f, "[{}]", options.get_host())?;
                    }
                    None => f.write_str(options.get_host())?,
                }
                let (port, user) = (options.get_port(), options.get_username());
                write!(
                    f,
                    ":{port}, database {}, user {user}",
                    postgres_diagnosis::database_name(options)
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timed_out_connection_pool_of_postgresql_hints_at_connection_limits() {
        let hint = |url: &str, error: sqlx::Error| {
            let location = DatabaseLocation::from_url(url).expect("a location");
            location.hint_for_database_error(&error.into())
        };
        let postgres = "postgres://sally@db.internal/port";
        assert!(hint(postgres, sqlx::Error::PoolTimedOut).contains("connection limits"));
        assert_eq!(hint(postgres, sqlx::Error::RowNotFound), "");
        assert_eq!(hint("sqlite:///srv/a.db", sqlx::Error::PoolTimedOut), "");
    }

    #[test]
    fn database_location_shows_everything_except_the_password() {
        for (url, text) in [
            (
                "postgres://sally:hunter22@db.internal:6543/port?sslmode=disable",
                "PostgreSQL server db.internal:6543, database port, user sally",
            ),
            (
                "postgres:///port?host=/run/pg&user=sally&password=hunter22",
                "PostgreSQL server /run/pg:5432, database port, user sally",
            ),
            (
                "postgres://sally@[::1]:6543/port?host=::1",
                "PostgreSQL server [::1]:6543, database port, user sally",
            ),
            ("sqlite:///srv/a.db?mode=rwc", "SQLite file /srv/a.db"),
        ] {
            let location = DatabaseLocation::from_url(url).expect("a location");
            assert_eq!(location.to_string(), text);
        }
    }
}
