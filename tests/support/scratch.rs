//! Directories that do not outlive the tests, however they end.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use tempfile::TempDir;

/// One for all, and a shell that removes it once our end of its pipe is closed.
static ROOT: LazyLock<(PathBuf, Child)> = LazyLock::new(|| {
    let root = tempfile::Builder::new()
        .prefix("sallyport-tests-")
        .tempdir()
        .expect("a temporary directory")
        .keep();
    let sweeper = Command::new("sh")
        .args([
            "-c",
            "trap : INT TERM HUP; cat; rm -rf \"$1\" || rm -rf \"$1\"",
            "sweeper",
        ])
        .arg(&root)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell starts");
    (root, sweeper)
});

pub(super) fn directory() -> TempDir {
    tempfile::tempdir_in(&ROOT.0).expect("a temporary directory")
}
