//! Faults of the database that a test causes while the server runs.

use std::process::Command;

use super::{Database, TestApp};

/// SQL for PostgreSQL that ends all other connections to the database.
pub const END_CONNECTIONS: &str = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
                                   WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// SQL for PostgreSQL that makes new connections to the database read-only.
pub const REFUSE_WRITES: &str = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET \
                                 default_transaction_read_only = on', current_database()); END $$";

/// SQL for PostgreSQL that ends the effect of [`REFUSE_WRITES`] on new connections.
pub const PERMIT_WRITES: &str = "BEGIN READ WRITE; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET \
                                 default_transaction_read_only = off', current_database()); END $$; COMMIT";

/// Command line that starts the server with the signal `SIGXFSZ` ignored. A write beyond the limit of
/// [`limit_file_size`] is then an error; otherwise the signal ends the process.
pub const FILE_SIZE_LAUNCHER: [&str; 4] = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];

/// Returns SQL that makes the database refuse new audit events. [`end_refusals`] ends the effect.
pub const fn refuse_audit_events(database: Database) -> &'static str {
    match database {
        Database::Sqlite => {
            "CREATE TRIGGER refuse BEFORE INSERT ON audit_events \
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        }
        Database::Postgres => {
            "CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN \
             RAISE EXCEPTION 'refused' USING ERRCODE = '53100'; END $$ LANGUAGE plpgsql; \
             CREATE TRIGGER refuse BEFORE INSERT ON audit_events \
             FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
        }
    }
}

/// Returns SQL that drops the trigger `refuse`, with which the database refuses some writes.
pub const fn end_refusals(database: Database) -> &'static str {
    match database {
        Database::Sqlite => "DROP TRIGGER refuse",
        Database::Postgres => "DROP FUNCTION refuse CASCADE",
    }
}

/// Limits the size of the files that the server writes. `bytes` is a number or `unlimited`.
pub fn limit_file_size(app: &TestApp, bytes: &str) {
    let set = Command::new("prlimit")
        .arg(format!("--pid={}", app.process.id()))
        .arg(format!("--fsize={bytes}:unlimited"))
        .status();
    assert!(set.is_ok_and(|status| status.success()), "prlimit");
}
