//! The commands for operators in the documents do what the text beside them says.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::example_settings::SECRET_KEY;
use crate::markdown::Document;
use crate::{read_all_documents, repository_root};

/// Returns the commands of the production page that rotate the secret key, for settings in `folder`.
///
/// Commands that need the service or its user are replaced.
fn read_rotation_commands(folder: &Path) -> String {
    let page = fs::read_to_string(repository_root().join("docs/production.md"))
        .expect("docs/production.md is read");
    let mut blocks = Document::parse(&page).blocks.into_iter();
    let block = blocks.find(|block| block.text.contains("SALLYPORT_PREVIOUS_SECRET_KEYS_FILE="));
    let commands = block.expect("page has the commands of a rotation").text;
    let program = env!("CARGO_BIN_EXE_sallyport");
    commands
        .replace("/etc/sallyport", &folder.display().to_string())
        .replace(
            "runuser -u sallyport -- sallyport-admin",
            &format!("set -a; . ./environment; '{program}'"),
        )
        .replace("systemctl restart sallyport", "true")
}

#[test]
fn commands_that_rotate_the_secret_key_keep_every_earlier_key() {
    let folder = tempfile::tempdir().expect("temporary directory is created");
    let key_file = folder.path().join("secret_key");
    let previous_keys_file = folder.path().join("previous_secret_keys");
    let environment_file = folder.path().join("environment");
    fs::write(&key_file, format!("{SECRET_KEY}\n")).expect("file is written");
    let setting = format!("SALLYPORT_SECRET_KEY_FILE={}\n", key_file.display());
    fs::write(&environment_file, setting).expect("file is written");
    let commands = read_rotation_commands(folder.path());
    let mut earlier_keys = Vec::new();
    for _ in 0..3 {
        let key = fs::read_to_string(&key_file).expect("file is read");
        earlier_keys.insert(0, key.trim_end().to_owned());
        let output = Command::new("bash")
            .args(["-c", &commands])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .output()
            .expect("shell starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
    }
    let previous_keys = fs::read_to_string(&previous_keys_file).expect("file is read");
    assert_eq!(previous_keys.trim_end(), earlier_keys.join(","));
    let environment = fs::read_to_string(&environment_file).expect("file is read");
    let settings = environment.matches("SALLYPORT_PREVIOUS_SECRET_KEYS_FILE=");
    assert_eq!(settings.count(), 1, "{environment}");
    for file in [&key_file, &previous_keys_file] {
        let metadata = fs::metadata(file).expect("file exists");
        let mode = metadata.permissions().mode();
        assert_eq!(mode & 0o007, 0, "{}: {mode:o}", file.display());
    }
}

/// Without `-readonly`, sqlite3 creates a missing file and copies an empty database.
#[test]
fn every_documented_backup_of_sqlite_opens_the_database_read_only() {
    let mut checked = 0;
    for (name, document) in read_all_documents() {
        for block in &document.blocks {
            let lines = block.text.lines();
            for line in lines.filter(|line| line.contains("\".backup ")) {
                checked += 1;
                let is_read_only = line.contains("sqlite3 -readonly ");
                assert!(is_read_only, "{}: {line}", name.display());
            }
        }
    }
    assert!(checked > 3, "{checked} backup commands found");
}
