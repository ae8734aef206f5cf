//! Finds out why PostgreSQL refuses a connection or a statement, and what an operator can do about it.

use std::error::Error;
use std::io::ErrorKind;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use super::error::Outage;

/// The maximum time of a connection that is opened only to find the cause of an outage.
const DIAGNOSIS_TIMEOUT: Duration = Duration::from_secs(3);

/// The reason why a new PostgreSQL connection failed.
pub(super) struct ConnectionFailure {
    pub(super) outage: Outage,
    /// The cause and what to do, for the operator.
    pub(super) cause: String,
}

/// Opens a new PostgreSQL connection. Returns the reason of a failure; `None` after success.
pub(super) async fn diagnose_failed_connection(
    options: &PgConnectOptions,
) -> Option<ConnectionFailure> {
    let options = options.clone().disable_statement_logging();
    let connecting = PgConnection::connect_with(&options);
    match tokio::time::timeout(DIAGNOSIS_TIMEOUT, connecting).await {
        Ok(Ok(connection)) => {
            // The connection works. An error on closing does not matter.
            let _ = connection.close().await;
            None
        }
        Ok(Err(error)) => Some(ConnectionFailure {
            outage: Outage::from_driver_error(&error).unwrap_or(Outage::Unreachable),
            cause: describe_connection_error(&error, &options),
        }),
        Err(_) => Some(ConnectionFailure {
            outage: Outage::Unreachable,
            cause: format!(
                "no answer within {} seconds: check host and port in DATABASE_URL, and the firewall",
                DIAGNOSIS_TIMEOUT.as_secs()
            ),
        }),
    }
}

/// The error with which a PostgreSQL server has refused a statement.
pub(super) struct DatabaseRefusal {
    /// The SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
    code: String,
    message: String,
}

impl DatabaseRefusal {
    /// Finds the error of the PostgreSQL server among the causes of an error.
    pub(super) fn find_postgres_error_in_causes(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(cause) = next {
            if let Some(sqlx::Error::Database(error)) = cause.downcast_ref() {
                return Some(Self {
                    code: error.code()?.into_owned(),
                    message: error.message().to_owned(),
                });
            }
            next = cause.source();
        }
        None
    }
}

/// Explains why a statement was refused and what to do.
///
/// Returns `None` unless a privilege is missing, the database is read-only, its encoding is not UTF-8, no schema can be
/// used, or too many connections are open.
pub(super) async fn explain_refused_statement(
    options: &PgConnectOptions,
    refusal: &DatabaseRefusal,
) -> Option<String> {
    let DatabaseRefusal { code, message } = refusal;
    match code.as_str() {
        "25006" => find_read_only_cause(options).await,
        // Invalid schema name.
        "3F000" => match find_unusable_search_path(options).await {
            Some(path) => Some(format!(
                "no schema of search_path `{path}` exists or can be used ({message}): check search_path of \
                 DATABASE_URL, of user {} and of database {}",
                options.get_username(),
                database_name(options)
            )),
            None => describe_missing_database_privilege(code, message, options),
        },
        // Untranslatable character. The client encoding is UTF-8.
        "22P05" => Some(format!(
            "the encoding of database {} is not UTF-8 ({message}): create an empty database with ENCODING 'UTF8' \
             TEMPLATE template0, and name it in DATABASE_URL",
            database_name(options)
        )),
        "53300" => Some(describe_connection_limit(message, options)),
        _ => describe_missing_database_privilege(code, message, options),
    }
}

/// Returns `search_path` if the user has all rights in the schema `public`, so that only `search_path` can be wrong.
async fn find_unusable_search_path(options: &PgConnectOptions) -> Option<String> {
    let options = options.clone().disable_statement_logging();
    let question = async {
        let mut connection = PgConnection::connect_with(&options).await?;
        let path: Option<String> = sqlx::query_scalar(
            "SELECT current_setting('search_path') FROM pg_namespace WHERE nspname = 'public' \
             AND has_schema_privilege(oid, 'USAGE') AND has_schema_privilege(oid, 'CREATE')",
        )
        .fetch_optional(&mut connection)
        .await?;
        connection.close().await?;
        Ok::<_, sqlx::Error>(path)
    };
    let path = tokio::time::timeout(DIAGNOSIS_TIMEOUT, question).await;
    path.ok()?.ok()?
}

/// Describes that PostgreSQL has refused a connection because too many are open.
fn describe_connection_limit(message: &str, options: &PgConnectOptions) -> String {
    format!(
        "the server refuses a connection ({message}): each node needs up to 17 connections, and a start two more; raise \
         max_connections of the server, or the connection limit of database {} or user {}",
        database_name(options),
        options.get_username()
    )
}

/// Returns why the PostgreSQL database is read-only; `None` if the cause cannot be found.
async fn find_read_only_cause(options: &PgConnectOptions) -> Option<String> {
    let options = options.clone().disable_statement_logging();
    let question = async {
        let mut connection = PgConnection::connect_with(&options).await?;
        let is_standby: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        Ok::<_, sqlx::Error>(is_standby)
    };
    let is_standby = tokio::time::timeout(DIAGNOSIS_TIMEOUT, question).await;
    let (database, user) = (database_name(&options), options.get_username());
    Some(if is_standby.ok()?.ok()? {
        "the server is a read-only standby: let DATABASE_URL name the primary server, or promote this one".to_owned()
    } else {
        format!(
            "the database is read-only: check default_transaction_read_only of the server, of database {database} and \
             of user {user}"
        )
    })
}

/// Describes a PostgreSQL connection error and what to do, by its SQLSTATE or kind.
fn describe_connection_error(error: &sqlx::Error, options: &PgConnectOptions) -> String {
    match error {
        sqlx::Error::Io(error) => describe_io_error(error, options),
        sqlx::Error::Database(error) => {
            let (code, message) = (error.code().unwrap_or_default(), error.message());
            match &*code {
                "28P01" | "28000" => format!(
                    "the server refuses the user ({message}): check user and password in DATABASE_URL"
                ),
                "3D000" => format!(
                    "the server has no database {}: create it, or check its name in DATABASE_URL",
                    database_name(options)
                ),
                "53300" => describe_connection_limit(message, options),
                // A message of pgbouncer, which is in English in every locale.
                _ if message.starts_with("unsupported startup parameter") => format!(
                    "the connection pooler refuses a parameter of the connection ({message}): add the parameter to \
                     `ignore_startup_parameters` in the configuration of pgbouncer"
                ),
                code => describe_missing_database_privilege(code, message, options)
                    .unwrap_or_else(|| message.to_owned()),
            }
        }
        other => other.to_string(),
    }
}

/// Describes why PostgreSQL could not be reached, why its certificate was refused, or which file could not be read.
fn describe_io_error(error: &std::io::Error, options: &PgConnectOptions) -> String {
    // sqlx treats a host that begins with a slash as the folder of a Unix socket.
    let is_socket = options.get_socket().is_some() || options.get_host().starts_with('/');
    let tls_error = error
        .get_ref()
        .and_then(|cause| cause.downcast_ref::<rustls::Error>());
    match error.kind() {
        _ if matches!(tls_error, Some(rustls::Error::InvalidCertificate(_))) => format!(
            "the certificate of the server is refused ({error}): DATABASE_URL must have the host that the certificate \
             names, and for a private certificate authority sslrootcert with the file of its certificate"
        ),
        ErrorKind::NotFound | ErrorKind::IsADirectory if !is_socket => format!(
            "a file that DATABASE_URL names cannot be read ({error}): check sslrootcert, sslcert and sslkey"
        ),
        ErrorKind::PermissionDenied if !is_socket => format!(
            "{error}: check the permissions of the files in sslrootcert, sslcert and sslkey, and the firewall"
        ),
        ErrorKind::ConnectionRefused | ErrorKind::NotFound => format!(
            "no server listens there ({error}): start it, or check host and port in DATABASE_URL"
        ),
        _ => format!("{error}: check host and port in DATABASE_URL"),
    }
}

/// Returns the privilege that the database user lacks, and the SQL statement that grants it.
///
/// Returns `None` if the SQLSTATE does not mean a missing privilege.
fn describe_missing_database_privilege(
    code: &str,
    message: &str,
    options: &PgConnectOptions,
) -> Option<String> {
    let (database, user) = (database_name(options), options.get_username());
    let on_schema = format!("GRANT USAGE, CREATE ON SCHEMA public TO \"{user}\"");
    let right = match code {
        // Invalid schema name: without USAGE on the schema, PostgreSQL finds no schema in which to create tables.
        "3F000" => on_schema,
        // Insufficient privilege.
        "42501" if message.contains("for schema") => on_schema,
        "42501" if message.contains("for database") => {
            format!("GRANT CONNECT ON DATABASE \"{database}\" TO \"{user}\"")
        }
        "42501" if message.contains("must be owner") => {
            format!("REASSIGN OWNED BY the user that created the tables TO \"{user}\"")
        }
        "42501" if message.contains("permission denied for") => format!(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO \"{user}\", or let this user own \
             the tables, which migrations need"
        ),
        "42501" => format!("{on_schema}, and ownership of all tables"),
        _ => return None,
    };
    Some(format!(
        "user {user} lacks a right in database {database} ({message}): connect to it as its owner and give the right: \
         {right}"
    ))
}

/// Returns the name of the PostgreSQL database.
///
/// That is the name in the URL, or else the name of the user.
pub(super) fn database_name(options: &PgConnectOptions) -> &str {
    options
        .get_database()
        .unwrap_or_else(|| options.get_username())
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// Describes an I/O error of a connection with this URL.
    fn describe(
        url: &str,
        kind: ErrorKind,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> String {
        let options = url.parse().expect("a location");
        describe_connection_error(&sqlx::Error::Io(io::Error::new(kind, cause)), &options)
    }

    #[test]
    fn refused_certificate_and_unreadable_certificate_file_are_named_in_the_error() {
        let url = "postgres://sally@db.internal/port?sslmode=verify-full&sslrootcert=/ca.pem";
        let refused = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let text = describe(url, ErrorKind::InvalidData, refused);
        assert!(
            text.starts_with("the certificate of the server is refused"),
            "{text}"
        );
        assert!(
            text.contains("UnknownIssuer") && text.contains("sslrootcert"),
            "{text}"
        );
        for kind in [ErrorKind::NotFound, ErrorKind::IsADirectory] {
            let text = describe(url, kind, "os error");
            assert!(
                text.starts_with("a file that DATABASE_URL names cannot be read"),
                "{text}"
            );
        }
        let text = describe(url, ErrorKind::PermissionDenied, "os error");
        assert!(
            text.contains("sslrootcert") && text.contains("firewall"),
            "{text}"
        );
        for url in [
            "postgres:///port?host=/run/pg&user=sally",
            "postgres://sally@%2Frun%2Fpg/port",
        ] {
            let text = describe(url, ErrorKind::NotFound, "os error");
            assert!(text.starts_with("no server listens there"), "{text}");
        }
    }

    #[test]
    fn refused_connection_at_a_limit_names_the_limits_to_raise() {
        let options = "postgres://sally@db.internal/port".parse();
        let message = "too many connections for role \"sally\"";
        let text = describe_connection_limit(message, &options.expect("a location"));
        for part in [message, "max_connections", "database port or user sally"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn missing_database_privilege_is_reported_with_the_statement_that_grants_it() {
        let options = "postgres://sally@db.internal/port"
            .parse()
            .expect("a location");
        for (code, message, statement) in [
            (
                "42501",
                "permission denied for schema public",
                "GRANT USAGE, CREATE ON SCHEMA public TO \"sally\"",
            ),
            (
                "3F000",
                "no schema has been selected to create in",
                "GRANT USAGE, CREATE ON SCHEMA public TO \"sally\"",
            ),
            (
                "42501",
                "permission denied for database port",
                "GRANT CONNECT ON DATABASE \"port\" TO \"sally\"",
            ),
            (
                "42501",
                "permission denied for table accounts",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO \"sally\"",
            ),
            (
                "42501",
                "must be owner of table accounts",
                "REASSIGN OWNED BY the user that created the tables TO \"sally\"",
            ),
            (
                "42501",
                "keine Berechtigung f\u{fc}r Schema public",
                "GRANT USAGE, CREATE ON SCHEMA public TO \"sally\", and ownership of all tables",
            ),
        ] {
            let advice = describe_missing_database_privilege(code, message, &options)
                .expect("error has advice");
            let names = format!("user sally lacks a right in database port ({message})");
            assert!(advice.starts_with(&names), "{advice}");
            assert!(advice.contains(statement), "{advice}");
        }
        assert_eq!(
            describe_missing_database_privilege("42P01", "no such table", &options),
            None
        );
    }
}
