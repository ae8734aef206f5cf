//! The database and the data directory.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::reader::Reader;
use super::secret::Secret;

/// Where data is stored.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// `SALLYPORT_DATA_DIR`, created when needed.
    pub data_dir: PathBuf,
    /// The kind of database that `url` names.
    pub database: DatabaseKind,
    /// `DATABASE_URL`. It may contain a password.
    pub url: Secret<String>,
}

/// The supported databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
}

impl StoreConfig {
    pub(super) fn read(read: &mut Reader, cwd: &Path) -> Self {
        const HINT: &str = "set sqlite:<path> or postgres://<user>:<password>@<host>/<database>";
        let data_dir = read.text("SALLYPORT_DATA_DIR");
        let data_dir = cwd.join(data_dir.as_deref().unwrap_or("data"));
        let url = read
            .secret("DATABASE_URL", 1, HINT)
            .unwrap_or_else(|| Secret::new(sqlite_url(&data_dir.join("sallyport.db"))));
        let database = database_kind(url.expose()).unwrap_or_else(|| {
            let wrong = "is the URL of neither SQLite nor PostgreSQL";
            read.fault("DATABASE_URL", wrong, HINT);
            DatabaseKind::Sqlite
        });
        Self {
            data_dir,
            database,
            url,
        }
    }
}

fn database_kind(url: &str) -> Option<DatabaseKind> {
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

/// The URL of a SQLite file, which is created if it does not exist. Reserved characters of the path are escaped.
fn sqlite_url(path: &Path) -> String {
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
            assert_eq!(database_kind(url), known, "{url}");
        }
    }

    #[test]
    fn a_path_with_reserved_characters_is_escaped_in_the_url() {
        assert_eq!(
            sqlite_url(Path::new("/srv/a b?#%/é.db")),
            "sqlite:///srv/a%20b%3F%23%25/%C3%A9.db?mode=rwc"
        );
    }
}
