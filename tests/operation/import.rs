//! Import of accounts with password hashes of other systems.

use std::fmt::Write as _;
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
    users_sign_in_while_an_import_runs,
    every_imported_hash_is_upgraded_at_sign_in,
    only_the_first_72_bytes_count_until_a_bcrypt_hash_is_replaced,
];

/// Hash of "correct horse 1 staple", made by libxcrypt.
const BCRYPT: &str = "$2b$05$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG";
const PASSWORD: &str = "correct horse 1 staple";
const HEADER: &str = "username,email,full_name,phone,phone_verified,password_hash\n";

/// A file with valid and invalid rows of every kind.
fn mixed_rows() -> String {
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
number, with country code if it is not local.; phone_verified: write true or false
line 5: password_hash: hashes are taken of Argon2, bcrypt ($2a$, $2b$, $2y$), scrypt and PBKDF2 only
line 6: password_hash: a $2x$ hash fits several passwords; its owner needs a new password
line 7: there are 4 fields and 6 columns
line 9: username: another account has it
line 10: email: another account has it
2 created, 1 unchanged, 6 refused
";

async fn valid_rows_are_imported_and_invalid_ones_reported_by_line(database: Database) {
    let app = TestApp::start(database).await;
    let output = app.user_with_input(&["import", "--format=csv", "-"], &mixed_rows());
    assert_eq!(
        (output.code, output.out.as_str()),
        (2, REPORT_OF_MIXED_ROWS),
        "{output:?}"
    );
    for secret in [BCRYPT, "5f4dcc3b", "$2x$05"] {
        assert!(!output.out.contains(secret) && !output.err.contains(secret));
    }
    let probe = app.probe().await;
    assert_eq!(probe.accounts().await, 2);
    let ann = "SELECT COUNT(*) FROM accounts WHERE username = 'ann' AND full_name = 'Lee, \"Ann\"' \
               AND phone = '+14155550142' AND phone_verified_at > 0 AND mfa = 0";
    let eve = "SELECT COUNT(*) FROM accounts WHERE username = 'eve' AND phone = '' AND \
               phone_verified_at = 0 AND mfa = 0";
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'account_imported' AND source = \
                   'operator' AND account_id IN (SELECT id FROM accounts)";
    for (query, expected) in [(ann, 1), (eve, 1), (audited, 2)] {
        assert_eq!(probe.number(query).await, expected, "{query}");
    }
}

async fn dry_run_reports_the_same_and_writes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let before = app.probe().await.dump().await;
    let output = app.user_with_input(&["import", "--format=csv", "--dry-run", "-"], &mixed_rows());
    assert_eq!(output.code, 2, "{output:?}");
    let rest = output.out.strip_prefix(REPORT_OF_MIXED_ROWS);
    assert_eq!(
        rest,
        Some("This was a dry run: nothing was written.\n"),
        "{output:?}"
    );
    assert_eq!(before, app.probe().await.dump().await);
    // The same with existing accounts.
    app.user_with_input(&["import", "--format=csv", "-"], &mixed_rows());
    let import = |more: &[&str]| {
        let arguments = [&["import", "--format=csv", "--json", "-"], more].concat();
        app.user_with_input(&arguments, &mixed_rows()).out
    };
    assert_eq!(import(&["--dry-run"]), import(&[]));
}

async fn repeated_import_changes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let file = app.data.path().join("people.csv");
    std::fs::write(&file, mixed_rows()).expect("a file");
    let file = file.to_str().expect("a path in UTF-8");
    app.user(&["import", file]);
    assert!(app.browser().password_is_accepted("eve", PASSWORD).await);
    let ours = "SELECT COUNT(*) FROM accounts WHERE password_hash LIKE '$argon2id$%'";
    let probe = app.probe().await;
    probe.wait_for_number(ours, 1).await;
    let before = probe.dump().await;
    let output = app.user(&["import", file]);
    assert!(
        output.out.ends_with("0 created, 3 unchanged, 6 refused\n"),
        "{output:?}"
    );
    assert_eq!(before, probe.dump().await);
}

async fn existing_account_is_never_overwritten(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let rows = format!(
        "{HEADER}{0},{1},Another Name,,,{BCRYPT}\n{0},new@example.com,New,,,{BCRYPT}\n\
         new,{1},New,,,{BCRYPT}\n",
        ann.username, ann.email
    );
    let before = app.probe().await.dump().await;
    let output = app.user_with_input(&["import", "--format=csv", "-"], &rows);
    let expected = "\
line 2: full_name: the account exists with another, and keeps it
line 3: username: another account has it
line 4: email: another account has it
0 created, 0 unchanged, 3 refused
";
    assert_eq!(
        (output.code, output.out.as_str()),
        (2, expected),
        "{output:?}"
    );
    assert_eq!(before, app.probe().await.dump().await);
}

/// docs/security.md#lim-04
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
        writeln!(rows, "user{at},u{at}@example.com,User,,,\"{hash}\"").expect("a String");
    }
    let output = app.user_with_input(&["import", "--format=csv", "-"], &rows);
    assert_eq!(output.code, 2);
    for line in output.out.lines().take(6) {
        assert!(
            line.ends_with("would take more memory or time than a sign-in may"),
            "{output:?}"
        );
    }
    assert!(
        output
            .out
            .ends_with("\n0 created, 0 unchanged, 6 refused\n"),
        "{output:?}"
    );
    assert_eq!(app.probe().await.accounts().await, 0);
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
    std::fs::write(&file, rows.join("\n")).expect("a file");
    let output = app.user(&["import", file.to_str().expect("a path in UTF-8")]);
    let expected = "\
line 3: there is a member \"role\", which is not known
line 4: this is not one JSON object
2 created, 0 unchanged, 2 refused
";
    assert_eq!(
        (output.code, output.out.as_str()),
        (2, expected),
        "{output:?}"
    );
    let probe = app.probe().await;
    let names = "SELECT COUNT(*) FROM accounts WHERE full_name = '李 安'";
    assert_eq!(probe.number(names).await, 2);
    assert!(app.browser().password_is_accepted("bob", PASSWORD).await);
}

async fn unreadable_import_file_imports_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let before = app.probe().await.dump().await;
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
            "\"role\", which is not known; nothing was imported",
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
        let output = app.user_with_input(arguments, &text);
        assert_eq!(output.code, 1, "{output:?}");
        assert!(output.err.contains(words), "{words}: {output:?}");
        assert!(!output.err.contains(BCRYPT), "{output:?}");
    }
    assert_eq!(before, app.probe().await.dump().await);
}

/// A command for an import that takes some seconds.
fn import_of_3000(app: &TestApp) -> Command {
    let mut rows = HEADER.to_owned();
    for at in 0..3000 {
        writeln!(rows, "user{at},u{at}@example.com,User {at},,,{BCRYPT}").expect("a String");
    }
    let file = app.data.path().join("many.csv");
    std::fs::write(&file, rows).expect("a file");
    app.user_command(&["import", file.to_str().expect("a path in UTF-8")])
}

/// docs/security.md#dur-01
async fn killed_import_is_finished_by_a_second_run(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.probe().await;
    let begun = "SELECT MIN(n) FROM (SELECT COUNT(*) AS n FROM accounts UNION ALL SELECT 200) AS t";
    let mut import = import_of_3000(&app)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    probe.wait_for_number(begun, 200).await;
    import.kill().expect("a signal");
    assert!(!import.wait().expect("it ends").success());
    let kept = probe.accounts().await;
    assert!((200..3000).contains(&kept), "{kept}");
    let again = import_of_3000(&app).output().expect("the program runs");
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
    assert_eq!(probe.accounts().await, 3000);
}

async fn users_sign_in_while_an_import_runs(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut import = import_of_3000(&app);
    let import = tokio::task::spawn_blocking(move || import.output().expect("the program runs"));
    let mut tries = 0;
    while !import.is_finished() {
        let mut browser = app.browser();
        let reply = browser.enter_password(&ann.username, &ann.password).await;
        reply.step();
        tries += 1;
    }
    let output = import.await.expect("it ended");
    let summary = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(summary, "3000 created, 0 unchanged, 0 refused\n");
    assert!(output.status.success() && tries > 0);
    assert_eq!(app.probe().await.accounts().await, 3001);
}

/// docs/security.md#reg-06, docs/security.md#reg-07
async fn every_imported_hash_is_upgraded_at_sign_in(database: Database) {
    let app = TestApp::start(database).await;
    let tail = "c2l4dGVlbiBzYWx0eSBieQ";
    let hashes = [
        BCRYPT.to_owned(),
        BCRYPT.replace("$2b$", "$2a$"),
        BCRYPT.replace("$2b$", "$2y$"),
        format!("$scrypt$ln=10,r=8,p=1${tail}$Dy7U1UN5zUM6FnIZ4J03Po+4/atg7lvBxOV9VOKy7SE"),
        format!("$argon2i$v=19$m=256,t=2,p=1${tail}$gxf68LIBG+fm1ZMoVkIfH/a3cIZoTtMusAUFQbn/P20"),
        format!("$argon2i$m=256,t=2,p=1${tail}$3wtQ3PEsta+vkaSmewVosw3ibEb1kbkLy4cBemTrRWg"),
        format!("$argon2d$v=19$m=256,t=2,p=1${tail}$Y2YpxTOIplwDjUuFF3n5yd1MiqZTyzq6//oJC8a9vaI"),
        format!("$argon2id$v=19$m=256,t=2,p=1${tail}$jXYgnKKDu6gHX0vXAifuqL5WiwiNXQOnpJZhUGt5kAk"),
        "pbkdf2_sha256$1000$seasalt12345$56LKQibeBl9LO8yXm1zRErUCFUuApVw4oPJGvE84898=".to_owned(),
        "$pbkdf2-sha256$1000$................AQIDBA$qrHaYKJyvl4IMGeZ818hHTi1wZI/0hEuiYsqAgH3Rbg".to_owned(),
        "$pbkdf2-sha512$i=1000,l=64$++++++++++++++++AQIDBA==$5QhV7m351U0R/VpFUJAWfaX0qOUyIe7clfUzXb4kzrnE1dqSLbnlOC9vRD0qE3oQ9s8gRQk/eMk26GcPJkZXJQ==".to_owned(),
        "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuu6WOfLE/HhIg6Lr1ZGj9evCgaAqCq7Hu".to_owned(),
        "bcrypt$$2b$04$abcdefghijklmnopqrstuunIeaGDl2al.eJAWw3JMztOBR1UPeBF2".to_owned(),
        format!("argon2$argon2id$v=19$m=256,t=2,p=1${tail}$jXYgnKKDu6gHX0vXAifuqL5WiwiNXQOnpJZhUGt5kAk"),
    ];
    let mut rows = HEADER.to_owned();
    for (at, hash) in hashes.iter().enumerate() {
        writeln!(rows, "user{at},u{at}@example.com,User,,,\"{hash}\"").expect("a String");
    }
    let output = app.user_with_input(&["import", "--format=csv", "-"], &rows);
    assert_eq!(output.code, 0, "{output:?}");
    let probe = app.probe().await;
    let todays =
        "SELECT COUNT(*) FROM accounts WHERE password_hash LIKE '$argon2id$v=19$m=64,t=1,p=1$%'";
    for (at, hash) in hashes.iter().enumerate() {
        let name = format!("user{at}");
        assert!(
            !app.browser()
                .password_is_accepted(&name, "correct horse 2 staple")
                .await
        );
        let expected = i64::try_from(at).expect("a few");
        assert_eq!(probe.number(todays).await, expected);
        assert!(
            app.browser().password_is_accepted(&name, PASSWORD).await,
            "{hash}"
        );
        probe.wait_for_number(todays, expected + 1).await;
        assert!(app.browser().password_is_accepted(&name, PASSWORD).await);
        assert!(
            !app.browser()
                .password_is_accepted(&name, "correct horse 2 staple")
                .await
        );
    }
}

/// docs/security.md#reg-05
async fn only_the_first_72_bytes_count_until_a_bcrypt_hash_is_replaced(database: Database) {
    let app = TestApp::start(database).await;
    let head = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let hash = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
    let rows = format!("{HEADER}ann,ann@example.com,Ann,,,{hash}\n");
    assert_eq!(
        app.user_with_input(&["import", "--format=csv", "-"], &rows)
            .code,
        0
    );
    let whole = format!("{head} and what the old system never read");
    assert!(app.browser().password_is_accepted("ann", &whole).await);
    let ours = "SELECT COUNT(*) FROM accounts WHERE password_hash LIKE '$argon2id$%'";
    app.probe().await.wait_for_number(ours, 1).await;
    assert!(app.browser().password_is_accepted("ann", &whole).await);
    assert!(!app.browser().password_is_accepted("ann", head).await);
}
