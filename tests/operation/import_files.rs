//! File formats of an import.

use super::import::{BCRYPT, HEADER, PASSWORD};
use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    file_extension_determines_the_format_of_an_import,
    row_that_is_not_utf_8_is_refused_with_a_hint,
];

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

async fn row_that_is_not_utf_8_is_refused_with_a_hint(database: Database) {
    let app = TestApp::start(database).await;
    let file = app.data.path().join("people.csv");
    let rows = format!("{HEADER}joerg,joerg@example.com,J\u{f6}rg,,,{BCRYPT}\n");
    // Encodes the rows as Latin-1, in which each of their characters is one byte.
    let latin: Vec<u8> = rows.chars().filter_map(|c| u8::try_from(c).ok()).collect();
    for (bytes, code, hint) in [
        (
            latin,
            2,
            "line 2: the row is not UTF-8: save the file as UTF-8",
        ),
        (
            rows.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            1,
            "save the file as UTF-8",
        ),
    ] {
        std::fs::write(&file, bytes).expect("file is written");
        let output = app.run_user_command(&["import", file.to_str().expect("path is valid UTF-8")]);
        assert_eq!(output.exit_code, code, "{output:?}");
        let output_text = output.stdout + &output.stderr;
        assert!(output_text.contains(hint), "{output_text}");
    }
    assert_eq!(
        app.open_database()
            .await
            .read_number("SELECT COUNT(*) FROM accounts")
            .await,
        0
    );
}
