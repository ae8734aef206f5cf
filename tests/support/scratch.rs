//! Temporary directories that are deleted when the tests end, in any way.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use tempfile::TempDir;

/// The parent of all temporary directories, and a shell that deletes it when the test process closes its pipe.
static ROOT: LazyLock<(PathBuf, Child)> = LazyLock::new(|| {
    let root = tempfile::Builder::new()
        .prefix("sallyport-tests-")
        .tempdir()
        .expect("a temporary directory")
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
        .expect("a shell starts");
    (root, cleaner)
});

/// Creates a temporary directory.
pub(super) fn directory() -> TempDir {
    tempfile::tempdir_in(&ROOT.0).expect("a temporary directory")
}
