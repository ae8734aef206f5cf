//! Import of accounts with password hashes of other systems.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    valid_rows_are_imported_and_invalid_ones_reported_by_line,
    dry_run_reports_the_same_and_writes_nothing,
    repeated_import_changes_nothing,
    killed_import_is_finished_by_a_second_run,
    existing_account_is_never_overwritten,
    parameters_that_would_exhaust_the_server_are_refused,
    json_lines_are_imported_like_csv,
    unreadable_import_file_imports_nothing,
    row_with_a_control_character_is_refused_and_later_rows_are_imported,
    users_sign_in_while_an_import_runs,
];

/// Hash of "correct horse 1 staple", made by libxcrypt.
pub(super) const BCRYPT: &str = "$2b$05$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG";
pub(super) const PASSWORD: &str = "correct horse 1 staple";
pub(super) const HEADER: &str = "username,email,full_name,phone,phone_verified,password_hash\n";

/// Returns a CSV file with valid and invalid rows of every kind.
fn valid_and_invalid_rows() -> String {
    let rows = [
        format!("ann,ann@example.com,\"Lee, \"\"Ann\"\"\",(415) 555-0142,true,{BCRYPT}"),
        String::new(),
        format!("a,invalid,,12,perhaps,{BCRYPT}"),
        "bob,bob@example.com,Bob,,,5f4dcc3b5aa765d61d8327deb882cf99".into(),
        "cat,cat@example.com,Cat,,,$2x$05$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG"
            .into(),
        format!("dan,dan@example.com,Dan,{BCRYPT}"),
        format!("eve,eve@example.com,Eve,,,{BCRYPT}"),
        format!("ANN,other@example.com,Ann Other,,,{BCRYPT}"),
        format!("fay,EVE@example.com,Fay,,,{BCRYPT}"),
        format!("eve,eve@example.com,Eve,,false,{BCRYPT}"),
    ];
    format!("\u{feff}{HEADER}{}", rows.join("\r\n")).replace("password_hash\n", "password_hash\r\n")
}

const REPORT_OF_MIXED_ROWS: &str = "\
line 4: username: Use 3 to 64 letters, digits, dots, dashes or underscores.; email: Enter an email \
address like name@example.com.; full_name: Please fill in this field.; phone: Enter a valid phone \
number, with country code if it is not local.; the value of phone_verified must be `true` or `false`
line 5: the value of password_hash is not accepted: the hash is of an unknown kind; accepted are Argon2, \
bcrypt ($2a$, $2b$, $2y$), scrypt, Firebase scrypt, PBKDF2 and SHA-crypt ($5$, $6$)
line 6: the value of password_hash is not accepted: a $2x$ hash accepts several passwords, so it is not \
imported; the user needs a new password
line 7: the row has 4 fields, but the file has 6 columns
line 9: another account already has the username of this row
line 10: another account already has the email of this row
2 created, 1 unchanged, 6 refused
";

async fn valid_rows_are_imported_and_invalid_ones_reported_by_line(database: Database) {
    let app = TestApp::start(database).await;
    let output = app
        .run_user_command_with_input(&["import", "--format=csv", "-"], &valid_and_invalid_rows());
    assert_eq!(
        (output.exit_code, output.stdout.as_str()),
        (2, REPORT_OF_MIXED_ROWS),
        "{output:?}"
    );
    for secret in [BCRYPT, "5f4dcc3b", "$2x$05"] {
        assert!(!output.stdout.contains(secret) && !output.stderr.contains(secret));
    }
    let probe = app.open_database().await;
    assert_eq!(probe.count_accounts().await, 2);
    let ann = "SELECT COUNT(*) FROM accounts WHERE username = 'ann' AND full_name = 'Lee, \"Ann\"' \
               AND phone = '+14155550142' AND phone_verified_at > 0 AND mfa = 0";
    let eve = "SELECT COUNT(*) FROM accounts WHERE username = 'eve' AND phone = '' AND \
               phone_verified_at = 0 AND mfa = 0";
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'account_imported' AND source = \
                   'operator' AND account_id IN (SELECT id FROM accounts)";
    for (query, expected) in [(ann, 1), (eve, 1), (audited, 2)] {
        assert_eq!(probe.read_number(query).await, expected, "{query}");
    }
}

async fn dry_run_reports_the_same_and_writes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let before = app.open_database().await.dump_rows().await;
    let output = app.run_user_command_with_input(
        &["import", "--format=csv", "--dry-run", "-"],
        &valid_and_invalid_rows(),
    );
    assert_eq!(output.exit_code, 2, "{output:?}");
    let rest = output.stdout.strip_prefix(REPORT_OF_MIXED_ROWS);
    assert_eq!(
        rest,
        Some("This was a dry run: nothing was written.\n"),
        "{output:?}"
    );
    assert_eq!(before, app.open_database().await.dump_rows().await);
    // Imports the same rows while the accounts already exist.
    app.run_user_command_with_input(&["import", "--format=csv", "-"], &valid_and_invalid_rows());
    let import = |more: &[&str]| {
        let arguments = [&["import", "--format=csv", "--json", "-"], more].concat();
        app.run_user_command_with_input(&arguments, &valid_and_invalid_rows())
            .stdout
    };
    assert_eq!(import(&["--dry-run"]), import(&[]));
}

async fn repeated_import_changes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let file = app.data.path().join("people.csv");
    std::fs::write(&file, valid_and_invalid_rows()).expect("file is written");
    let file = file.to_str().expect("path is valid UTF-8");
    app.run_user_command(&["import", file]);
    assert!(
        app.new_browser()
            .is_password_accepted("eve", PASSWORD)
            .await
    );
    let count_argon2_hashes =
        "SELECT COUNT(*) FROM accounts WHERE password_hash LIKE '$argon2id$%'";
    let probe = app.open_database().await;
    probe.wait_for_number(count_argon2_hashes, 1).await;
    let before = probe.dump_rows().await;
    let output = app.run_user_command(&["import", file]);
    assert!(
        output
            .stdout
            .ends_with("0 created, 3 unchanged, 6 refused\n"),
        "{output:?}"
    );
    assert_eq!(before, probe.dump_rows().await);
}

async fn existing_account_is_never_overwritten(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let rows = format!(
        "{HEADER}{0},{1},Another Name,,,{BCRYPT}\n{0},new@example.com,New,,,{BCRYPT}\n\
         new,{1},New,,,{BCRYPT}\n",
        ann.username, ann.email
    );
    let before = app.open_database().await.dump_rows().await;
    let output = app.run_user_command_with_input(&["import", "--format=csv", "-"], &rows);
    let expected = "\
line 2: the existing account has another full_name, which the import does not change
line 3: another account already has the username of this row
line 4: another account already has the email of this row
0 created, 0 unchanged, 3 refused
";
    assert_eq!(
        (output.exit_code, output.stdout.as_str()),
        (2, expected),
        "{output:?}"
    );
    assert_eq!(before, app.open_database().await.dump_rows().await);
}

/// Tests docs/security.md#lim-04.
async fn parameters_that_would_exhaust_the_server_are_refused(database: Database) {
    let app = TestApp::start(database).await;
    let tail = "$c2l4dGVlbiBzYWx0eSBieQ$Dy7U1UN5zUM6FnIZ4J03Po+4/atg7lvBxOV9VOKy7SE";
    let hashes = [
        BCRYPT.replace("$05$", "$17$"),
        format!("$argon2id$v=19$m=1048577,t=1,p=1{tail}"),
        format!("$argon2id$v=19$m=4294967295,t=1,p=1{tail}"),
        format!("$argon2i$v=19$m=65536,t=4000000,p=1{tail}"),
        format!("$scrypt$ln=21,r=8,p=1{tail}"),
        format!("$scrypt$ln=14,r=8,p=100000{tail}"),
    ];
    let mut rows = HEADER.to_owned();
    for (at, hash) in hashes.iter().enumerate() {
        writeln!(rows, "user{at},u{at}@example.com,User,,,\"{hash}\"").expect("row is written");
    }
    let output = app.run_user_command_with_input(&["import", "--format=csv", "-"], &rows);
    assert_eq!(output.exit_code, 2);
    for line in output.stdout.lines().take(6) {
        assert!(
            line.ends_with("would exceed the memory or time limit of a sign-in"),
            "{output:?}"
        );
    }
    assert!(
        output
            .stdout
            .ends_with("\n0 created, 0 unchanged, 6 refused\n"),
        "{output:?}"
    );
    assert_eq!(app.open_database().await.count_accounts().await, 0);
}

async fn json_lines_are_imported_like_csv(database: Database) {
    let app = TestApp::start(database).await;
    let row = |name: &str, more: &str| {
        format!(
            "{{\"username\": \"{name}\", \"email\": \"{name}@example.com\", \"full_name\": \"\\u674e \
             \\u5b89\", \"password_hash\": \"{BCRYPT}\"{more}}}"
        )
    };
    let file = app.data.path().join("people.jsonl");
    let rows = [
        row(
            "ann",
            ", \"phone\": \"+14155550142\", \"phone_verified\": true",
        ),
        row("bob", ", \"phone\": null"),
        row("cat", ", \"role\": \"admin\""),
        "{\"username\": \"dan\"".into(),
    ];
    std::fs::write(&file, rows.join("\n")).expect("file is written");
    let output = app.run_user_command(&["import", file.to_str().expect("path is valid UTF-8")]);
    let expected = "\
line 3: the JSON object has an unknown member \"role\"; remove it
line 4: the line is not exactly one JSON object
2 created, 0 unchanged, 2 refused
";
    assert_eq!(
        (output.exit_code, output.stdout.as_str()),
        (2, expected),
        "{output:?}"
    );
    let probe = app.open_database().await;
    let names = "SELECT COUNT(*) FROM accounts WHERE full_name = '李 安'";
    assert_eq!(probe.read_number(names).await, 2);
    assert!(
        app.new_browser()
            .is_password_accepted("bob", PASSWORD)
            .await
    );
}

async fn unreadable_import_file_imports_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let before = app.open_database().await.dump_rows().await;
    let row = format!("ann,ann@example.com,Ann,,,{BCRYPT}\n");
    for (arguments, text, words) in [
        (
            ["import", "--format=csv", "-"].as_slice(),
            String::new(),
            "is empty",
        ),
        (
            &["import", "--format=csv", "-"],
            format!("{},role\n{}", HEADER.trim_end(), row),
            "unknown column \"role\"; nothing was imported",
        ),
        (
            &["import", "--format=csv", "-"],
            row.clone(),
            "nothing was imported",
        ),
        (&["import", "-"], format!("{HEADER}{row}"), "--format"),
        (
            &["import", "no-such-file.csv"],
            String::new(),
            "cannot be read",
        ),
    ] {
        let output = app.run_user_command_with_input(arguments, &text);
        assert_eq!(output.exit_code, 1, "{output:?}");
        assert!(output.stderr.contains(words), "{words}: {output:?}");
        assert!(!output.stderr.contains(BCRYPT), "{output:?}");
    }
    assert_eq!(before, app.open_database().await.dump_rows().await);
}

async fn row_with_a_control_character_is_refused_and_later_rows_are_imported(database: Database) {
    let app = TestApp::start(database).await;
    let django = "pbkdf2_sha256$1000$a\0b$sxX5BLySxgeybV9R5GpgGQTev1QUNg8i7HKmf6LfUiw=";
    let rows = format!(
        "{HEADER}ann,ann@example.com,Ann,,,{django}\nbob,bob@example.com,Bob\0,,,{BCRYPT}\n\
         cat,cat@example.com,Cat,,,{BCRYPT}\n"
    );
    let output = app.run_user_command_with_input(&["import", "--format=csv", "-"], &rows);
    let expected = "\
line 2: the value of password_hash is not accepted: the hash is incomplete or malformed
line 3: full_name: Please use letters, spaces and punctuation only.
1 created, 0 unchanged, 2 refused
";
    assert_eq!(
        (output.exit_code, output.stdout.as_str()),
        (2, expected),
        "{output:?}"
    );
    let member = django.replace('\0', "\\u0000");
    let line = format!(
        "{{\"username\":\"dan\",\"email\":\"dan@example.com\",\"full_name\":\"Dan\",\"password_hash\":\"{member}\"}}\n"
    );
    let output = app.run_user_command_with_input(&["import", "--format=jsonl", "-"], &line);
    assert!(
        output
            .stdout
            .contains("line 1: the value of password_hash is not accepted: the hash is incomplete"),
        "{output:?}"
    );
    assert_eq!(
        app.open_database()
            .await
            .read_number("SELECT COUNT(*) FROM accounts")
            .await,
        1
    );
}

/// Returns a CSV file with 3,000 rows, whose import takes some seconds.
fn csv_with_3000_rows() -> String {
    let mut rows = HEADER.to_owned();
    for at in 0..3000 {
        writeln!(rows, "user{at},u{at}@example.com,User {at},,,{BCRYPT}").expect("row is written");
    }
    rows
}

/// Builds a command that imports 3,000 rows from a file.
fn import_command_with_3000_rows(app: &TestApp) -> Command {
    let file = app.data.path().join("many.csv");
    std::fs::write(&file, csv_with_3000_rows()).expect("file is written");
    app.user_command(&["import", file.to_str().expect("path is valid UTF-8")])
}

/// Tests docs/security.md#dur-01.
async fn killed_import_is_finished_by_a_second_run(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let begun = "SELECT MIN(n) FROM (SELECT COUNT(*) AS n FROM accounts UNION ALL SELECT 200) AS t";
    let mut import = app
        .user_command(&["import", "--format=csv", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("program starts");
    // The import cannot finish before it is killed, because it waits for the end of the last row.
    let mut input = import.stdin.take().expect("standard input is a pipe");
    let writer = std::thread::spawn(move || {
        let _ = input.write_all(csv_with_3000_rows().trim_end().as_bytes());
        input
    });
    probe.wait_for_number(begun, 200).await;
    import.kill().expect("process is killed");
    assert!(!import.wait().expect("process exits").success());
    drop(writer.join().expect("thread ends without a panic"));
    let kept = probe.count_accounts().await;
    assert!((200..3000).contains(&kept), "{kept}");
    let again = import_command_with_3000_rows(&app)
        .output()
        .expect("program starts");
    let output = String::from_utf8_lossy(&again.stdout).into_owned();
    let counts: Vec<i64> = output
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|count| count.parse().ok())
        .collect();
    let [created, unchanged, 0] = counts.as_slice() else {
        panic!("{output}");
    };
    // The database may have committed after the client disconnected.
    assert!(
        *unchanged >= kept && created + unchanged == 3000,
        "{output}"
    );
    assert_eq!(probe.count_accounts().await, 3000);
}

async fn users_sign_in_while_an_import_runs(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut import = import_command_with_3000_rows(&app);
    let import = tokio::task::spawn_blocking(move || import.output().expect("program starts"));
    let mut tries = 0;
    while !import.is_finished() {
        let mut browser = app.new_browser();
        browser.begin_sign_in(&ann).await;
        tries += 1;
    }
    let output = import.await.expect("task ends without a panic");
    let summary = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(summary, "3000 created, 0 unchanged, 0 refused\n");
    assert!(output.status.success() && tries > 0);
    assert_eq!(app.open_database().await.count_accounts().await, 3001);
}
