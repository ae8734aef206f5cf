//! Temporary directories that are deleted when the tests end for any reason.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use tempfile::TempDir;

/// The parent of all temporary directories, and a shell that deletes it after the test process has closed its pipe.
static ROOT: LazyLock<(PathBuf, Child)> = LazyLock::new(|| {
    let root = tempfile::Builder::new()
        .prefix("sallyport-tests-")
        .tempdir()
        .expect("temporary directory is created")
        .keep();
    let cleaner = Command::new("sh")
        .args([
            "-c",
            "trap : INT TERM HUP; cat; rm -rf \"$1\" || rm -rf \"$1\"",
            "cleaner",
        ])
        .arg(&root)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("shell starts");
    (root, cleaner)
});

/// Creates a temporary directory.
pub(super) fn create_temporary_directory() -> TempDir {
    tempfile::tempdir_in(&ROOT.0).expect("temporary directory is created")
}
