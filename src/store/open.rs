//! Opens the database: checks its file and schema, and creates or migrates it if the command may.

use std::sync::Arc;

use sqlx::{AnyConnection, AnyPool, Connection as _, Row as _};

use super::location::DatabaseLocation;
use super::migrations::embedded_migrator;
use super::open_error::OpenError;
use super::pooler;
use super::postgres_diagnosis::DatabaseRefusal;
use super::sqlite_file::SqliteFile;
use super::{MAX_OPEN_ATTEMPTS, Outage, Store, StoreError};

/// The database access of a command: whether the command may create or migrate the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Serves requests. On SQLite no other process may serve the same file.
    Serve { create: bool },
    /// Changes rows, possibly while servers of an earlier release are running. Creates the schema of a new database, and
    /// never migrates an existing one.
    Change { create: bool },
    /// Changes rows while no server is running. On SQLite no process may serve the file. Neither creates nor migrates
    /// the database.
    ChangeOffline,
    /// Creates the database if it is missing, and applies missing migrations.
    Migrate,
    /// Reads rows only. Neither creates nor migrates the database.
    Read,
}

impl Access {
    /// Returns whether opening the database with this access mode creates a missing database.
    const fn may_create_database(self) -> bool {
        match self {
            Self::Serve { create } | Self::Change { create } => create,
            Self::Migrate => true,
            Self::ChangeOffline | Self::Read => false,
        }
    }

    /// Returns whether opening the database with this access mode applies missing migrations to an existing schema.
    const fn may_migrate_existing_schema(self) -> bool {
        match self {
            Self::Serve { .. } | Self::Migrate => true,
            Self::Change { .. } | Self::ChangeOffline | Self::Read => false,
        }
    }
}

impl Store {
    /// Opens the database at `database_url` (`sqlite:` or `postgres:`).
    ///
    /// Creates the database if it is missing, and applies missing migrations.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Store::open_with_access`] with [`Access::Migrate`].
    pub async fn open(database_url: &str) -> Result<Self, OpenError> {
        Self::open_with_access(database_url, Access::Migrate).await
    }

    /// Opens the database at `database_url`, and creates or migrates it only if `access` allows that.
    ///
    /// A new SQLite file has mode 0600 (docs/security.md#leak-08).
    ///
    /// # Errors
    ///
    /// Fails if the database is missing or empty and `access` does not create it, or if it is corrupt or of another
    /// program. Fails if another process serves it, if a connection pooler shares its sessions, or if its schema does
    /// not fit this program.
    pub async fn open_with_access(database_url: &str, access: Access) -> Result<Self, OpenError> {
        let location = Arc::new(DatabaseLocation::from_url(database_url)?);
        match Self::open_database_at_location(database_url, &location, access).await {
            Ok(store) => Ok(store),
            Err(error) => {
                let refusal = DatabaseRefusal::find_postgres_error_in_causes(&error);
                let explained = location
                    .explain_statement_refused_by_postgres(refusal)
                    .await;
                Err(explained
                    .map_or(error, OpenError::Refused)
                    .with_location(&location))
            }
        }
    }

    /// Opens the database at `url`: checks its location, connects, and checks or migrates the schema.
    ///
    /// Checks the SQLite file or the PostgreSQL connection pooler. [`Access::Serve`] and [`Access::ChangeOffline`] lock
    /// an SQLite file, so that no other process can serve it.
    async fn open_database_at_location(
        url: &str,
        location: &Arc<DatabaseLocation>,
        access: Access,
    ) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let file = SqliteFile::from_url(url)?;
        let mut serve_lock = None;
        if let Some(file) = &file {
            file.check_or_create_database_file(access.may_create_database())?;
            serve_lock = match access {
                Access::Serve { .. } => Some(file.lock_database_file_for_serving()?),
                Access::ChangeOffline => {
                    let lock = file.lock_database_file_for_serving();
                    Some(lock.map_err(OpenError::for_offline_command)?)
                }
                Access::Change { .. } | Access::Migrate | Access::Read => None,
            };
            // The pool retries a failed connection until it times out, and loses the cause.
            let mut probe = AnyConnection::connect(url).await?;
            Self::configure_connection(&mut probe, true).await?;
            probe.close().await?;
        }
        let mut undetected = None;
        if let Some(options) = location.postgres_options() {
            match pooler::is_database_behind_transaction_pooler(options).await {
                Ok(true) => return Err(OpenError::SharedSessions),
                Ok(false) => {}
                // Opening the pools waits for a database that is starting, and otherwise reports the cause.
                Err(error) => undetected = Some((options, StoreError::from(error))),
            }
        }
        let store = match Self::open_connection_pools(url, location, serve_lock).await {
            Ok(store) => store,
            Err(error) => {
                // The failed pools have closed their connections, so a new connection would not reach a limit again.
                let limit = undetected
                    .map(|(_, error)| error)
                    .filter(is_resource_shortage);
                return Err(explain_failed_connection(location, limit.unwrap_or(error)).await);
            }
        };
        if let Some((options, _)) = undetected {
            // The pooler may have started while the pools were opened.
            match pooler::detect_transaction_pooler_with_retries(options).await {
                Ok(true) => return Err(OpenError::SharedSessions),
                Ok(false) => {}
                Err(error) => return Err(explain_failed_connection(location, error.into()).await),
            }
        }
        let opened_file = file.as_ref().map(SqliteFile::identify_opened_file);
        let store = Self {
            opened_file: opened_file.transpose()?.map(Arc::new),
            ..store
        };
        store.check_schema_with_retries(access).await?;
        Ok(store)
    }

    /// Checks or migrates the schema.
    ///
    /// Repeats this if no connection was available in time although PostgreSQL accepts connections, as happens under
    /// heavy load.
    async fn check_schema_with_retries(&self, access: Access) -> Result<(), OpenError> {
        for _ in 1..MAX_OPEN_ATTEMPTS {
            match self.check_schema(access).await {
                Err(error)
                    if error.is_pool_timeout()
                        && self.location.does_postgres_accept_connections().await => {}
                checked => return checked,
            }
        }
        self.check_schema(access).await
    }

    /// Compares the applied migrations with the embedded ones.
    ///
    /// Applies missing migrations if `access` allows it, and fails otherwise.
    async fn check_schema(&self, access: Access) -> Result<(), OpenError> {
        let migrator = embedded_migrator(self.is_sqlite())?;
        let mut found = read_applied_migrations(self.reader(), self.is_sqlite()).await?;
        if found.is_none() && has_application_tables(self.reader(), self.is_sqlite()).await? {
            // Another process may have applied the first migration after the list was read.
            found = read_applied_migrations(self.reader(), self.is_sqlite()).await?;
            if found.is_none() {
                return Err(OpenError::Foreign);
            }
        }
        let may_apply_migrations = found.is_none() || access.may_migrate_existing_schema();
        let applied = if let Some(applied) = found {
            applied
        } else {
            if !access.may_create_database() {
                return Err(OpenError::Empty);
            }
            Vec::new()
        };
        for (version, checksum) in &applied {
            let known = migrator.iter().find(|known| known.version == *version);
            let known = known.ok_or(OpenError::NewerSchema(*version))?;
            if *known.checksum != **checksum {
                return Err(OpenError::ChangedSchema(*version));
            }
        }
        let is_applied = |version| applied.iter().any(|(applied, _)| *applied == version);
        if migrator.iter().all(|known| is_applied(known.version)) {
            return Ok(());
        }
        if !may_apply_migrations {
            return Err(OpenError::OlderSchema);
        }
        Ok(migrator.run(&self.writers).await?)
    }
}

/// Returns whether the database server has refused a connection because too many are open, or for lack of memory.
const fn is_resource_shortage(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Unavailable {
            outage: Outage::Resources,
            ..
        }
    )
}

/// Returns the error of a failed connection, with the location of the database and the cause.
async fn explain_failed_connection(location: &DatabaseLocation, error: StoreError) -> OpenError {
    OpenError::NotConnected(location.explain_database_error(&error).await)
}

/// Returns version and checksum of each applied migration. Returns `None` if the database was never migrated.
async fn read_applied_migrations(
    pool: &AnyPool,
    sqlite: bool,
) -> Result<Option<Vec<(i64, Vec<u8>)>>, sqlx::Error> {
    let table = if sqlite {
        "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'"
    } else {
        "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('_sqlx_migrations')"
    };
    let tables: i64 = sqlx::query_scalar(table).fetch_one(pool).await?;
    if tables == 0 {
        return Ok(None);
    }
    let rows = sqlx::query("SELECT version, checksum FROM _sqlx_migrations ORDER BY version")
        .fetch_all(pool)
        .await?;
    let migrations: Result<Vec<_>, sqlx::Error> = rows
        .iter()
        .map(|row| Ok((row.try_get("version")?, row.try_get("checksum")?)))
        .collect();
    // The table is empty if the first migration failed.
    Ok(Some(migrations?).filter(|applied| !applied.is_empty()))
}

/// Returns whether the database has any table other than the list of applied migrations.
///
/// On PostgreSQL, counts the tables of the current schema, except those of extensions.
async fn has_application_tables(pool: &AnyPool, sqlite: bool) -> Result<bool, sqlx::Error> {
    let count = if sqlite {
        "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name <> '_sqlx_migrations'"
    } else {
        // `r` and `p` are ordinary and partitioned tables. A dependency `e` makes a table part of an extension.
        "SELECT COUNT(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relname <> '_sqlx_migrations' \
         AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) \
         AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE classid = 'pg_class'::regclass \
         AND objid = pg_class.oid AND deptype = 'e')"
    };
    let tables: i64 = sqlx::query_scalar(count).fetch_one(pool).await?;
    Ok(tables > 0)
}
