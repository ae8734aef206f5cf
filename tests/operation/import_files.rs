//! File formats of an import.

use super::import::{BCRYPT, HEADER, PASSWORD};
use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![file_extension_determines_the_format_of_an_import];

async fn file_extension_determines_the_format_of_an_import(database: Database) {
    let app = TestApp::start(database).await;
    let csv = |name: &str| format!("{HEADER}{name},{name}@example.com,User,,,{BCRYPT}\n");
    let json = |name: &str| {
        format!(
            "{{\"username\": \"{name}\", \"email\": \"{name}@example.com\", \"full_name\": \"User\", \
             \"password_hash\": \"{BCRYPT}\"}}\n"
        )
    };
    for (name, extension, text) in [
        ("ann", "csv", csv("ann")),
        ("bob", "tsv", csv("bob").replace(',', "\t")),
        ("cat", "TSV", csv("cat").replace(',', "\t")),
        ("dan", "jsonl", json("dan")),
        ("eve", "ndjson", json("eve")),
    ] {
        let file = app.data.path().join(format!("people.{extension}"));
        std::fs::write(&file, text).expect("file is written");
        let output = app.run_user_command(&["import", file.to_str().expect("path is valid UTF-8")]);
        assert_eq!(
            (output.exit_code, output.stdout.as_str()),
            (0, "1 created, 0 unchanged, 0 refused\n"),
            "{extension}: {output:?}"
        );
        assert!(
            app.new_browser().is_password_accepted(name, PASSWORD).await,
            "{extension}"
        );
    }
    let file = app.data.path().join("people.txt");
    std::fs::write(&file, csv("fay")).expect("file is written");
    let file = file.to_str().expect("path is valid UTF-8");
    let refused = app.run_user_command(&["import", file]);
    assert_eq!(refused.exit_code, 1, "{refused:?}");
    assert!(refused.stderr.contains("--format csv"), "{refused:?}");
    let output = app.run_user_command(&["import", "--format=csv", file]);
    assert_eq!(output.exit_code, 0, "{output:?}");
}
