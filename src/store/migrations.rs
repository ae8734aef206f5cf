//! Database migrations, embedded from the folder `migrations`.
//!
//! A migration with the same text for both databases is in that folder. Other migrations are in its folders `sqlite`
//! and `postgresql`. A file is named `<version>_<name>.sql`.
//!
//! Published files never change, comments included: the database stores the hash of each applied migration, and the
//! server does not start if a hash differs.

use std::borrow::Cow;

use include_dir::{Dir, File, include_dir};
use sqlx::SqlStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

static MIGRATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations");

/// Returns the embedded database migrations for SQLite or PostgreSQL, ordered by version.
pub(super) fn embedded_migrator(is_sqlite: bool) -> Result<Migrator, MigrateError> {
    let folder = if is_sqlite { "sqlite" } else { "postgresql" };
    let of_database = MIGRATIONS.get_dir(folder).map(Dir::files);
    let files = MIGRATIONS.files().chain(of_database.into_iter().flatten());
    let migrations = files.map(parse_migration).collect::<Result<_, _>>()?;
    Ok(Migrator::with_migrations(migrations))
}

/// Parses an embedded migration file. Fails if its name or text is malformed.
fn parse_migration(file: &'static File<'static>) -> Result<Migration, MigrateError> {
    let parsed = parse_migration_file_name(file).zip(file.contents_utf8());
    let ((version, name), sql) = parsed.ok_or_else(|| {
        let path = file.path().display();
        MigrateError::Source(format!("malformed file migrations/{path}: its name must be `<version>_<name>.sql` and its text UTF-8").into())
    })?;
    Ok(Migration::new(
        version,
        Cow::Borrowed(name),
        MigrationType::Simple,
        SqlStr::from_static(sql),
        false,
    ))
}

/// Parses version and description from a migration file name `<version>_<name>.sql`.
fn parse_migration_file_name(file: &'static File<'static>) -> Option<(i64, &'static str)> {
    let stem = file.path().file_name()?.to_str()?.strip_suffix(".sql")?;
    let (version, name) = stem.split_once('_')?;
    Some((version.parse().ok()?, name))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const SQLITE: &str = "\
1 accounts 707473a77c634538
2 flows 5f6aafbd1369bc89
3 limits e9544958c0d826fa
4 audit d13c16972394ed8a
5 step_up a5010bfc8da236c9
6 outbox 4cef4adde55ce05d
7 authenticators 786ed09684794e28
8 recovery_codes ae50cd32030dfafc
9 deliveries 2fe697e243ae8ada
10 payments 5e05fdc7d82718ce
11 language 235fed38b6968ff7
12 phone_changed 615561ba0cee8497
13 session_kinds 1a3c46fba0f7d2fb
14 written_once 643a42c8fd3b38fb
15 codes 76ca322f7a290019
16 kept c11577399174d66b
17 tell eae8ecee698e1ca3
";
    const POSTGRESQL: &str = "\
1 accounts 707473a77c634538
2 flows 5f6aafbd1369bc89
3 limits e9544958c0d826fa
4 audit d13c16972394ed8a
5 step_up a5010bfc8da236c9
6 outbox 4cef4adde55ce05d
7 authenticators 786ed09684794e28
8 recovery_codes ae50cd32030dfafc
9 deliveries 2fe697e243ae8ada
10 payments 5e05fdc7d82718ce
11 language 235fed38b6968ff7
12 phone_changed 615561ba0cee8497
13 session_kinds 1a3c46fba0f7d2fb
14 written_once 0e332c3c10cf50ad
15 codes 76ca322f7a290019
16 kept 6199cc98ebe10607
17 tell e0d1db4991c4e3b9
";

    /// Lists the names of the migration files embedded in the program.
    fn list_embedded_migration_files(is_sqlite: bool) -> Vec<String> {
        let migrator = embedded_migrator(is_sqlite).expect("migrations are valid");
        let file = |migration: &Migration| {
            let (version, name) = (migration.version, &migration.description);
            format!("{version:04}_{name}.sql")
        };
        migrator.iter().map(file).collect()
    }

    /// Lists the names of the files in a folder.
    fn list_file_names(folder: &Path) -> Vec<String> {
        std::fs::read_dir(folder)
            .expect("folder is read")
            .map(|file| file.expect("folder entry is read"))
            .filter(|file| file.path().is_file())
            .map(|file| file.file_name().to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn all_migration_files_are_embedded_in_version_order() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        for (sqlite, database) in [(true, "sqlite"), (false, "postgresql")] {
            let mut expected = list_file_names(&folder);
            expected.extend(list_file_names(&folder.join(database)));
            expected.sort();
            assert_eq!(
                list_embedded_migration_files(sqlite),
                expected,
                "{database}"
            );
        }
    }

    /// Published versions have stored these migration names and hashes in their databases, so they must not change.
    #[test]
    fn published_migrations_keep_their_names_and_hashes() {
        for (sqlite, expected) in [(true, SQLITE), (false, POSTGRESQL)] {
            let migrator = embedded_migrator(sqlite).expect("migrations are valid");
            let lines: Vec<String> = migrator
                .iter()
                .map(|migration| {
                    let hash = hex::encode(&migration.checksum[..8]);
                    format!("{} {} {hash}\n", migration.version, migration.description)
                })
                .collect();
            let lines = lines.concat();
            assert!(lines.starts_with(expected), "{lines}");
        }
    }
}
