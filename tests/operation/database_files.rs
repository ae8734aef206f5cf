//! The databases that the program accepts, creates and migrates.

use std::path::PathBuf;
use std::process::Output;

use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};

use super::configuration::production_settings;
use crate::support::{Database, Postgres, Process, TestApp, sallyport_command};

/// Runs a command in production mode on the database of `settings`.
fn run_in_production(
    directory: &tempfile::TempDir,
    command: &[&str],
    settings: &[(String, String)],
) -> Output {
    sallyport_command(directory.path(), command[0], settings)
        .args(&command[1..])
        .env_remove("SALLYPORT_SIMULATOR_LISTEN")
        .output()
        .expect("program starts")
}

/// Returns the standard error of a command.
fn error_lines(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Tests docs/security.md#dur-05.
#[tokio::test(flavor = "multi_thread")]
async fn production_serves_no_missing_database_until_migrate_has_created_it() {
    let directory = tempfile::tempdir().expect("temporary directory is created");
    let server = Postgres::start().await;
    let file = directory.path().join("sallyport.db");
    let sqlite = ("sqlite".to_owned(), format!("sqlite://{}", file.display()));
    let postgres = ("empty".to_owned(), server.create_database().await);
    for (kind, url) in [sqlite, postgres] {
        let mut settings = production_settings();
        settings.push(("DATABASE_URL".to_owned(), url));
        for command in [&["serve"][..], &["user", "list"], &["user", "show", "ann"]] {
            let output = run_in_production(&directory, command, &settings);
            assert!(!output.status.success(), "{kind} {command:?}");
            let error_text = error_lines(&output);
            assert!(
                error_text.contains("sallyport migrate"),
                "{kind}: {error_text}"
            );
        }
        assert!(!file.exists() || kind == "empty");
        let create = [
            "user",
            "create",
            "--username",
            "ann",
            "--email",
            "ann@example.com",
        ];
        let more = ["--full-name", "Ann Lee", "--generate-password"];
        let create = [&create[..], &more].concat();
        assert!(
            !run_in_production(&directory, &create, &settings)
                .status
                .success()
        );

        let output = run_in_production(&directory, &["migrate"], &settings);
        assert!(output.status.success(), "{}", error_lines(&output));
        let output = run_in_production(&directory, &["user", "list"], &settings);
        assert!(output.status.success(), "{}", error_lines(&output));
        let mut command = sallyport_command(directory.path(), "serve", &settings);
        command.env_remove("SALLYPORT_SIMULATOR_LISTEN");
        let mut process = Process::start(&command, "KILL", None).await;
        process
            .wait_for_output("Sallyport is listening on http://")
            .await;
    }
}

/// Tests docs/security.md#leak-04.
#[tokio::test(flavor = "multi_thread")]
async fn start_without_a_database_names_place_and_cause_and_never_the_password() {
    let directory = tempfile::tempdir().expect("temporary directory is created");
    let mut server = Postgres::start().await;
    let right = server
        .add_user_with_password("sally", "hunter22right")
        .await;
    let wrong = right.replace("hunter22right", "hunter22wrong");
    let missing = right.replace("///postgres?", "///nowhere?");
    let no_role = server
        .database_url("postgres")
        .replace("user=postgres", "user=absent");
    let folder = directory.path().join("absent");
    let file = format!("sqlite://{}/sallyport.db?mode=rwc", folder.display());
    let cases = [
        (
            "postgres://sally:hunter22@no-such-host.invalid:6543/port",
            "server no-such-host.invalid:6543, database port, user sally: ",
            "check host and port in DATABASE_URL",
        ),
        (
            "postgres://sally:hunter22@127.0.0.1:1/port",
            "server 127.0.0.1:1, database port, user sally: ",
            "no server listens there",
        ),
        (
            &wrong,
            "database postgres, user sally: ",
            "password authentication failed for user \"sally\"",
        ),
        (
            &missing,
            "database nowhere, user sally: ",
            "the server has no database nowhere",
        ),
        (
            &no_role,
            "database postgres, user absent: ",
            "role \"absent\" does not exist",
        ),
        (&file, "the folder ", "absent does not exist. Create it"),
        (
            "postgres://sally:1#hunter22@127.0.0.1:1/port",
            "DATABASE_URL: ",
            "write # as %23",
        ),
        (
            "postgres://sally:1/hunter22@127.0.0.1:1/port",
            "DATABASE_URL: ",
            "/ as %2F",
        ),
        (
            "postgres://sally:hunter22@127.0.0.1:99999/port",
            "DATABASE_URL: ",
            "invalid port number",
        ),
        (
            "postgres://sally:hunter22@127.0.0.1:1/port?sslmod=verify-full",
            "DATABASE_URL: ",
            "the parameter `sslmod`, which is not known",
        ),
    ];
    for (url, place, cause) in cases {
        let mut settings = production_settings();
        settings.push(("DATABASE_URL".to_owned(), url.to_owned()));
        for command in [&["migrate"][..], &["serve"], &["user", "list"]] {
            let output = run_in_production(&directory, command, &settings);
            assert!(!output.status.success(), "{command:?}");
            let error_text = error_lines(&output) + &String::from_utf8_lossy(&output.stdout);
            // The log of the server is JSON in production.
            let error_text = error_text.replace("\\\"", "\"");
            assert!(error_text.contains(place), "{command:?}: {error_text}");
            assert!(error_text.contains(cause), "{command:?}: {error_text}");
            assert!(
                !error_text.contains("hunter22"),
                "{command:?}: {error_text}"
            );
        }
    }
    let mut settings = production_settings();
    settings.push(("DATABASE_URL".to_owned(), right));
    let migrated = run_in_production(&directory, &["migrate"], &settings);
    assert!(migrated.status.success(), "{}", error_lines(&migrated));
}

#[test]
fn failed_start_in_production_is_an_error_of_the_json_log() {
    let directory = tempfile::tempdir().expect("temporary directory is created");
    let output = run_in_production(&directory, &["serve"], &production_settings());
    assert_eq!(output.status.code(), Some(1));
    let error_text = error_lines(&output);
    let events = error_text.lines().map(|line| {
        serde_json::from_str::<serde_json::Value>(line)
            .unwrap_or_else(|_| panic!("line is not JSON: {line}"))
    });
    let events: Vec<serde_json::Value> = events.collect();
    let last = events.last().expect("failed start is reported");
    assert_eq!(last["level"], "ERROR", "{last}");
    let message = last["message"].as_str().unwrap_or_default();
    let begin = "the server did not start: opening the database failed: ";
    assert!(message.starts_with(begin), "{last}");
}

/// Builds the same command for an operating system user who may not read the files of this one.
fn command_as_another_user(command: &std::process::Command) -> std::process::Command {
    let mut stranger = std::process::Command::new("setpriv");
    stranger
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            stranger.env(name, value);
        }
    }
    stranger
}

/// Tests docs/security.md#leak-08.
#[tokio::test(flavor = "multi_thread")]
async fn sqlite_file_without_permission_is_named_with_the_cause() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().expect("temporary directory is created");
    let set_mode = |path: &std::path::Path, mode: u32| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(path, permissions).expect("the mode is set");
    };
    let file = directory.path().join("sallyport.db");
    let url = format!("sqlite://{}", file.display());
    let mut settings = production_settings();
    settings.push(("DATABASE_URL".to_owned(), url));
    let migrated = run_in_production(&directory, &["migrate"], &settings);
    assert!(migrated.status.success(), "{}", error_lines(&migrated));
    let closed = directory.path().join("closed");
    std::fs::create_dir(&closed).expect("folder is created");
    set_mode(&closed, 0o700);
    set_mode(directory.path(), 0o755);
    // A file and a folder of another user, and a folder in which no file may be created.
    for (file, cause) in [
        (file.clone(), "Permission denied"),
        (closed.join("sallyport.db"), "Permission denied"),
        (directory.path().join("new.db"), "Permission denied"),
    ] {
        let mut settings = production_settings();
        let url = format!("sqlite://{}", file.display());
        settings.push(("DATABASE_URL".to_owned(), url));
        let mut command = sallyport_command(directory.path(), "migrate", &settings);
        command.env_remove("SALLYPORT_SIMULATOR_LISTEN");
        let output = if is_running_as_root() {
            command_as_another_user(&command).output()
        } else {
            // The owner of a file loses his permission with its mode.
            set_mode(directory.path(), 0o555);
            if file.exists() {
                set_mode(&file, 0o000);
            }
            set_mode(&closed, 0o000);
            command.output()
        };
        let output = output.expect("program starts");
        set_mode(directory.path(), 0o755);
        let error_text = error_lines(&output);
        assert!(!output.status.success(), "{error_text}");
        assert!(
            error_text.contains(&file.display().to_string()),
            "{error_text}"
        );
        assert!(error_text.contains(cause), "{error_text}");
    }
}

/// Returns whether the tests run as root.
fn is_running_as_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

/// Tests docs/security.md#clu-08.
#[tokio::test(flavor = "multi_thread")]
async fn second_server_on_one_sqlite_file_is_refused_and_commands_work_beside_it() {
    let mut app = TestApp::builder(Database::Sqlite)
        .with_separate_simulator()
        .start()
        .await;
    let ann = app.register_user().await;
    for _ in 0..2 {
        let error_text = app.start_and_read_failure().await;
        assert!(
            error_text.contains("another process serves"),
            "{error_text}"
        );
        let listed = app.run_user_command(&["list"]);
        assert_eq!(listed.exit_code, 0, "{listed:?}");
        assert!(listed.stdout.contains(&ann.username), "{listed:?}");
        let changed = app.run_user_command(&["disable", &ann.username]);
        assert_eq!(changed.exit_code, 0, "{changed:?}");
        let migrated = app.run_command("migrate");
        assert_eq!(migrated.exit_code, 0, "{migrated:?}");
        // The lock ends with the killed process.
        app.process.kill().await;
        app.restart().await;
    }
}

/// Creates a database with an app, and stops the app.
async fn stop_app_with_database() -> (TestApp, PathBuf) {
    let mut app = TestApp::start(Database::Sqlite).await;
    app.register_user().await;
    app.process.kill().await;
    let mut connection = SqliteConnection::connect(&app.database_url)
        .await
        .expect("database is opened");
    // Writes all changes from the log into the database file.
    connection
        .execute("PRAGMA wal_checkpoint(TRUNCATE)")
        .await
        .expect("log is written");
    // A connection that is only dropped would close later, while a test replaces the files.
    connection.close().await.expect("connection is closed");
    let file = app.data.path().join("sallyport.db");
    (app, file)
}

/// Tests docs/security.md#dur-05.
#[tokio::test(flavor = "multi_thread")]
async fn corrupt_and_foreign_files_are_named_and_left_unchanged() {
    let (app, file) = stop_app_with_database().await;
    let content_before = std::fs::read(&file).expect("file is read");
    let mut header = content_before.clone();
    header[..16].fill(0);
    // Every page except the first, which lists the tables.
    let mut pages = content_before.clone();
    pages[4096..].fill(0xA5);
    for (content, words) in [
        (header, "corrupt or not an SQLite database"),
        (
            b"A letter, and no database.".to_vec(),
            "corrupt or not an SQLite database",
        ),
        (pages, "the database is corrupt"),
    ] {
        for log in ["sallyport.db-wal", "sallyport.db-shm"] {
            let _ = std::fs::remove_file(app.data.path().join(log));
        }
        std::fs::write(&file, &content).expect("file is written");
        let error_text = app.start_and_read_failure().await;
        assert!(error_text.contains(words), "{error_text}");
        assert!(!error_text.contains("busy"), "{error_text}");
        let listed = app.run_user_command(&["list"]);
        assert!(
            listed.exit_code != 0 && listed.stderr.contains(words),
            "{listed:?}"
        );
        let kept = std::fs::read(&file).expect("file is read");
        assert!(kept == content, "the file was changed");
    }
}

/// Tests docs/security.md#dur-05.
#[tokio::test(flavor = "multi_thread")]
async fn database_of_another_program_is_refused() {
    let (app, file) = stop_app_with_database().await;
    for log in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{log}", file.display()));
    }
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let mut other = SqliteConnection::connect(&url)
        .await
        .expect("database is created");
    other
        .execute("CREATE TABLE albums (title TEXT)")
        .await
        .expect("table is created");
    other.close().await.expect("connection is closed");
    let error_text = app.start_and_read_failure().await;
    assert!(
        error_text.contains("tables of another program"),
        "{error_text}"
    );
    let migrated = app.run_command("migrate");
    assert!(migrated.exit_code != 0, "{migrated:?}");
}

/// Tests docs/security.md#dur-05.
#[tokio::test(flavor = "multi_thread")]
async fn postgresql_schema_with_tables_of_another_program_is_refused_and_left_unchanged() {
    let directory = tempfile::tempdir().expect("temporary directory is created");
    let server = Postgres::start().await;
    let url = server.database_url("postgres");
    server
        .execute("postgres", "CREATE TABLE albums (title TEXT)")
        .await;
    let mut settings = production_settings();
    settings.push(("DATABASE_URL".to_owned(), url.clone()));
    for command in [&["serve"][..], &["user", "list"], &["migrate"]] {
        let output = run_in_production(&directory, command, &settings);
        assert!(!output.status.success(), "{command:?}");
        let output = error_lines(&output);
        assert!(
            output.contains("tables of another program"),
            "{command:?}: {output}"
        );
    }
    let mut connection = PgConnection::connect(&url)
        .await
        .expect("temporary PostgreSQL server accepts connections");
    let tables: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'")
            .fetch_one(&mut connection)
            .await
            .expect("tables are counted");
    assert_eq!(tables, 1);

    // Tables of extensions do not count.
    server
        .execute("postgres", "ALTER EXTENSION plpgsql ADD TABLE albums")
        .await;
    let migrated = run_in_production(&directory, &["migrate"], &settings);
    assert!(migrated.status.success(), "{}", error_lines(&migrated));
}
