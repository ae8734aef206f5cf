//! Checks the file of an SQLite database before it is opened, locks it for the server, and detects its replacement.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;

use sqlx::sqlite::SqliteConnectOptions;

use super::open_error::OpenError;

/// The first bytes of every SQLite database (<https://www.sqlite.org/fileformat.html#the_database_header>).
const SQLITE_FILE_HEADER: &[u8; 16] = b"SQLite format 3\0";

/// The file path of an SQLite database.
#[derive(Debug)]
pub(super) struct SqliteFile(PathBuf);

/// Lock on an SQLite database, which a process holds while it serves the database.
///
/// The operating system releases the lock when the process ends, even after `kill -9`.
pub(super) type ServeLock = Arc<File>;

/// Path, device and inode of an SQLite database file that was opened.
#[derive(Debug)]
pub(super) struct OpenedFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl OpenedFile {
    /// Returns whether the file was deleted, or another file now has its path.
    pub(super) fn is_deleted_or_replaced(&self) -> bool {
        match std::fs::metadata(&self.path) {
            Ok(metadata) => (metadata.dev(), metadata.ino()) != (self.device, self.inode),
            Err(error) => error.kind() == ErrorKind::NotFound,
        }
    }
}

impl SqliteFile {
    /// Parses the SQLite file path from a database URL.
    ///
    /// Returns `None` for PostgreSQL and for an in-memory SQLite database.
    pub(super) fn from_url(url: &str) -> Result<Option<Self>, OpenError> {
        if !url.starts_with("sqlite:") || url.contains(":memory:") || url.contains("mode=memory") {
            return Ok(None);
        }
        let options = SqliteConnectOptions::from_str(url)?;
        Ok(Some(Self(options.get_filename().to_owned())))
    }

    /// Checks that the file is an SQLite database or empty, before SQLite opens it.
    ///
    /// If the file is missing and `create_if_missing` is set, creates an empty file that only the owner can read.
    pub(super) fn check_or_create_database_file(
        &self,
        create_if_missing: bool,
    ) -> Result<(), OpenError> {
        let mut header = Vec::new();
        match File::open(&self.0) {
            Ok(file) => file
                .take(SQLITE_FILE_HEADER.len() as u64)
                .read_to_end(&mut header),
            Err(error)
                if error.kind() == ErrorKind::NotFound
                    && let Some(folder) = self.find_missing_database_folder() =>
            {
                return Err(OpenError::NoFolder(folder));
            }
            Err(error) if error.kind() == ErrorKind::NotFound && create_if_missing => {
                open_private_file(&self.0).map(|_| 0)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(OpenError::NotFound(self.0.clone()));
            }
            Err(error) => Err(error),
        }
        .map_err(|source| self.to_open_error(source))?;
        // SQLite writes the header with the first table, so an empty file is an empty database.
        if header.is_empty() || header == SQLITE_FILE_HEADER {
            Ok(())
        } else {
            Err(OpenError::NotSqlite(self.0.clone()))
        }
    }

    /// Returns the folder of the database file if the folder does not exist.
    fn find_missing_database_folder(&self) -> Option<PathBuf> {
        let folder = self.0.parent().filter(|it| !it.as_os_str().is_empty())?;
        (!folder.exists()).then(|| folder.to_owned())
    }

    /// Locks the SQLite database for the one process that may serve it.
    ///
    /// Uses a separate lock file, because closing a handle of the database file would release SQLite's own locks
    /// (<https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_>).
    pub(super) fn lock_database_file_for_serving(&self) -> Result<ServeLock, OpenError> {
        // Two paths to the same file have the same lock.
        let file = self
            .0
            .canonicalize()
            .map_err(|error| self.to_open_error(error))?;
        let mut name = file.clone().into_os_string();
        name.push("-lock");
        let lock = PathBuf::from(name);
        let unusable = |source| OpenError::File {
            file: lock.clone(),
            source,
        };
        let lock_file = open_private_file(&lock).map_err(unusable)?;
        match lock_file.try_lock() {
            Ok(()) => Ok(Arc::new(lock_file)),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(file)),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
        }
    }

    /// Reads device and inode of the database file.
    ///
    /// Call it after SQLite has opened the file for writing, because on overlay file systems this can change the inode.
    pub(super) fn identify_opened_file(&self) -> Result<OpenedFile, OpenError> {
        let metadata = std::fs::metadata(&self.0).map_err(|error| self.to_open_error(error))?;
        Ok(OpenedFile {
            path: self.0.clone(),
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }

    /// Converts an I/O error to an error that names the database file.
    fn to_open_error(&self, source: std::io::Error) -> OpenError {
        OpenError::File {
            file: self.0.clone(),
            source,
        }
    }
}

/// Opens a file for appending. A new file has mode 0600.
fn open_private_file(file: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database_file_in(directory: &tempfile::TempDir) -> SqliteFile {
        let url = format!("sqlite://{}/a%20b.db?mode=rwc", directory.path().display());
        SqliteFile::from_url(&url).expect("a URL").expect("a file")
    }

    #[test]
    fn escaped_characters_in_the_database_url_are_decoded() {
        let directory = tempfile::tempdir().expect("temporary directory is created");
        let file = database_file_in(&directory);
        file.check_or_create_database_file(true)
            .expect("database file is created");
        assert!(directory.path().join("a b.db").exists());
        for url in [
            "sqlite::memory:",
            "sqlite://x?mode=memory",
            "postgres://db/s",
        ] {
            assert!(SqliteFile::from_url(url).expect("a URL").is_none(), "{url}");
        }
    }

    #[test]
    fn missing_database_file_is_created_only_on_request() {
        let directory = tempfile::tempdir().expect("temporary directory is created");
        let file = database_file_in(&directory);
        assert!(matches!(
            file.check_or_create_database_file(false),
            Err(OpenError::NotFound(_))
        ));
        file.check_or_create_database_file(true)
            .expect("database file is created");
        file.check_or_create_database_file(false)
            .expect("empty database file is accepted");
    }

    #[test]
    fn file_without_the_sqlite_header_is_refused_and_left_unchanged() {
        let directory = tempfile::tempdir().expect("temporary directory is created");
        let file = database_file_in(&directory);
        for content in ["SQLite", "A letter, which is no database at all."] {
            std::fs::write(&file.0, content).expect("file is written");
            assert!(matches!(
                file.check_or_create_database_file(true),
                Err(OpenError::NotSqlite(_))
            ));
            let kept = std::fs::read_to_string(&file.0).expect("row is read");
            assert_eq!(kept, content);
        }
    }

    #[test]
    fn second_lock_on_the_same_file_is_refused_until_the_first_is_released() {
        let directory = tempfile::tempdir().expect("temporary directory is created");
        let file = database_file_in(&directory);
        file.check_or_create_database_file(true)
            .expect("database file is created");
        let link = directory.path().join("link.db");
        std::os::unix::fs::symlink(&file.0, &link).expect("link is created");
        let lock = file
            .lock_database_file_for_serving()
            .expect("database file is not locked");
        let second = SqliteFile(link);
        assert!(matches!(
            second.lock_database_file_for_serving(),
            Err(OpenError::InUse(_))
        ));
        drop(lock);
        second
            .lock_database_file_for_serving()
            .expect("lock is released");
    }

    #[test]
    fn replaced_or_deleted_database_file_is_detected() {
        let directory = tempfile::tempdir().expect("temporary directory is created");
        let file = database_file_in(&directory);
        file.check_or_create_database_file(true)
            .expect("database file is created");
        let opened = file.identify_opened_file().expect("database file exists");
        assert!(!opened.is_deleted_or_replaced());
        let backup = directory.path().join("backup.db");
        std::fs::write(&backup, "").expect("file is written");
        std::fs::rename(&backup, &file.0).expect("database file is replaced");
        assert!(opened.is_deleted_or_replaced());
        std::fs::remove_file(&file.0).expect("database file is deleted");
        assert!(opened.is_deleted_or_replaced());
    }
}
