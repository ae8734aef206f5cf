//! Settings of the database and the data directory.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use reqwest::Url;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use super::reader::SettingsReader;
use super::secret::Secret;
use super::url_credentials::has_percent_encoded_credentials;

/// Settings of storage: data directory and database URL.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// `SALLYPORT_DATA_DIR`. The directory is created on first use.
    pub data_dir: PathBuf,
    /// The kind of database that `url` names.
    pub database: DatabaseKind,
    /// `DATABASE_URL`. It may contain a password.
    pub url: Secret<String>,
}

/// Supported database systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
}

impl StoreConfig {
    /// Reads the storage settings. Relative paths start at `cwd`.
    pub(super) fn read_storage_settings(reader: &mut SettingsReader, cwd: &Path) -> Self {
        const HINT: &str = "set sqlite:<path> or postgres://<user>:<password>@<host>/<database>";
        let data_dir = reader.read_text("SALLYPORT_DATA_DIR");
        let data_dir = cwd.join(data_dir.as_deref().unwrap_or("data"));
        let url = reader
            .read_secret("DATABASE_URL", 1, HINT)
            .unwrap_or_else(|| Secret::new(build_sqlite_url(&data_dir.join("sallyport.db"))));
        let database = parse_database_kind(url.expose()).unwrap_or_else(|| {
            let problem = "is the URL of neither SQLite nor PostgreSQL";
            reader.report_setting_error("DATABASE_URL", problem, HINT);
            DatabaseKind::Sqlite
        });
        if let Some(problem) = find_database_url_problem(database, url.expose()) {
            reader.report_setting_error("DATABASE_URL", problem, HINT);
        }
        let url = match repeat_ipv6_host_as_parameter(database, url.expose()) {
            Some(url) => Secret::new(url),
            None => url,
        };
        Self {
            data_dir,
            database,
            url,
        }
    }
}

/// Determines the database system from the scheme of a URL. Returns `None` if it is not supported.
fn parse_database_kind(url: &str) -> Option<DatabaseKind> {
    let (scheme, rest) = url.split_once(':')?;
    match scheme {
        "sqlite" if !rest.trim_start_matches('/').is_empty() => Some(DatabaseKind::Sqlite),
        "postgres" | "postgresql" => {
            let named = rest.strip_prefix("//").is_some_and(|rest| !rest.is_empty());
            named.then_some(DatabaseKind::Postgres)
        }
        _ => None,
    }
}

/// The query parameters that sqlx reads from a PostgreSQL URL.
///
/// It ignores others, so a mistyped `sslmod=verify-full` would connect without verifying the server.
const PARAMETERS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// Returns why a database URL is invalid, or `None` if it is valid. The reason contains no part of the password.
fn find_database_url_problem(kind: DatabaseKind, url: &str) -> Option<String> {
    let unreadable = |error| match error {
        sqlx::Error::Configuration(cause) => format!("cannot be read: {cause}"),
        other => format!("cannot be read: {other}"),
    };
    if kind == DatabaseKind::Sqlite {
        return SqliteConnectOptions::from_str(url).err().map(unreadable);
    }
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let path = address.splitn(4, '/').nth(3).unwrap_or_default();
    if url.contains('#') || path.contains('@') {
        return Some(
            "has a reserved character in the password; write # as %23, / as %2F, ? as %3F and @ as %40"
                .to_owned(),
        );
    }
    let names = query.split('&').filter_map(|pair| pair.split('=').next());
    let unknown = |name: &&str| {
        let is_option = name.starts_with("options[");
        !(name.is_empty() || is_option || PARAMETERS.contains(name))
    };
    if let Some(name) = names.into_iter().find(unknown) {
        return Some(if name.contains('@') {
            "has a ? in the password; write it as %3F".to_owned()
        } else {
            format!("has the parameter `{name}`, which is not known")
        });
    }
    if let Err(error) = PgConnectOptions::from_str(url) {
        return Some(unreadable(error));
    }
    Url::parse(url)
        .is_ok_and(|url| !has_percent_encoded_credentials(&url))
        .then(|| "has a user or password that is not percent-encoded; write % as %25".to_owned())
}

/// Adds the host of a PostgreSQL URL as the parameter `host`. Returns `None` unless the host is an IPv6 address.
///
/// Without the parameter, sqlx would look up the address with its brackets as a name.
fn repeat_ipv6_host_as_parameter(kind: DatabaseKind, url: &str) -> Option<String> {
    if kind == DatabaseKind::Sqlite {
        return None;
    }
    let parsed = Url::parse(url).ok()?;
    let host = parsed.host_str()?.strip_prefix('[')?.strip_suffix(']')?;
    // The last parameter takes precedence, so a host in the given query still does.
    Some(match url.split_once('?') {
        Some((address, query)) => format!("{address}?host={host}&{query}"),
        None => format!("{url}?host={host}"),
    })
}

/// Builds the database URL of an SQLite file, with reserved characters of the path escaped.
fn build_sqlite_url(path: &Path) -> String {
    let mut url = "sqlite://".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                url.push(char::from(*byte));
            }
            // Writing to a String cannot fail.
            byte => _ = write!(url, "%{byte:02X}"),
        }
    }
    url + "?mode=rwc"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sqlite_and_postgresql_urls_are_accepted() {
        for (url, known) in [
            ("sqlite:sallyport.db", Some(DatabaseKind::Sqlite)),
            ("sqlite://data/a.db?mode=rwc", Some(DatabaseKind::Sqlite)),
            ("sqlite::memory:", Some(DatabaseKind::Sqlite)),
            ("postgres://u:p@db/s", Some(DatabaseKind::Postgres)),
            ("postgresql://db/s", Some(DatabaseKind::Postgres)),
            ("postgres://", None),
            ("postgres:db", None),
            ("sqlite:", None),
            ("sqlite://", None),
            ("mysql://db/s", None),
            ("data/sallyport.db", None),
        ] {
            assert_eq!(parse_database_kind(url), known, "{url}");
        }
    }

    #[test]
    fn ambiguous_database_url_is_refused_without_showing_its_password() {
        use DatabaseKind::{Postgres, Sqlite};
        for (kind, url, problem) in [
            (
                Postgres,
                "postgres://u:PW@db:99999/s",
                Some("invalid port number"),
            ),
            (
                Postgres,
                "postgres://u:PW@db:x/s",
                Some("invalid port number"),
            ),
            (Postgres, "postgres://u:12#PW@db/s", Some("# as %23")),
            (Postgres, "postgres://u:12/PW@db/s", Some("/ as %2F")),
            (
                Postgres,
                "postgres://u:12?PW@db/s",
                Some("? in the password"),
            ),
            (
                Postgres,
                "postgres://u:PW@db/s?sslmod=verify-full",
                Some("`sslmod`"),
            ),
            (
                Postgres,
                "postgres://u:PW@db/s?sslmode=requires",
                Some("requires"),
            ),
            (Postgres, "postgres://u:PW@[::1/s", Some("cannot be read")),
            (Postgres, "postgres://u:PW%zz@db/s", Some("write % as %25")),
            (Postgres, "postgres://u:PW%@db/s", Some("write % as %25")),
            (Postgres, "postgres://u:P%40W@db/s?sslmode=require", None),
            (
                Postgres,
                "postgres://u@db/s?options[search_path]=x&user=a@b",
                None,
            ),
            (
                Postgres,
                "postgres:///s?host=/run/pg&user=u&password=PW",
                None,
            ),
            (Postgres, "postgresql://u:PW@%2Frun%2Fpg", None),
            (Sqlite, "sqlite:a.db?mode=rwx", Some("cannot be read")),
            (Sqlite, "sqlite:a.db?moode=rwc", Some("cannot be read")),
            (Sqlite, "sqlite://data/a.db?mode=rwc", None),
        ] {
            let found = find_database_url_problem(kind, url);
            assert_eq!(found.is_some(), problem.is_some(), "{url}: {found:?}");
            let found = found.unwrap_or_default();
            assert!(
                found.contains(problem.unwrap_or_default()),
                "{url}: {found}"
            );
            assert!(!found.contains("PW"), "{url}: {found}");
        }
    }

    #[test]
    fn ipv6_address_of_a_database_url_is_the_host_of_the_connection() {
        for (url, host, port) in [
            ("postgres://u:PW@[::1]:4130/s", "::1", 4130),
            (
                "postgres://[2001:DB8:0::7]/s?sslmode=require",
                "2001:db8::7",
                5432,
            ),
            ("postgres://u@[::1]/s?host=db.internal", "db.internal", 5432),
        ] {
            assert_eq!(find_database_url_problem(DatabaseKind::Postgres, url), None);
            let url = repeat_ipv6_host_as_parameter(DatabaseKind::Postgres, url);
            let url = url.expect("an IPv6 address");
            let options = PgConnectOptions::from_str(&url).expect("valid options");
            assert_eq!(
                (options.get_host(), options.get_port()),
                (host, port),
                "{url}"
            );
            assert_eq!(options.get_database(), Some("s"), "{url}");
        }
        for (kind, url) in [
            (DatabaseKind::Postgres, "postgres://u@db/s?sslmode=require"),
            (DatabaseKind::Postgres, "postgres:///s?host=/run/pg"),
            (DatabaseKind::Sqlite, "sqlite://data/a.db?mode=rwc"),
        ] {
            assert_eq!(repeat_ipv6_host_as_parameter(kind, url), None, "{url}");
        }
    }

    #[test]
    fn reserved_characters_of_a_path_are_escaped_in_the_database_url() {
        assert_eq!(
            build_sqlite_url(Path::new("/srv/a b?#%/é.db")),
            "sqlite:///srv/a%20b%3F%23%25/%C3%A9.db?mode=rwc"
        );
    }
}
