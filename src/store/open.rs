//! Opening the database: which files and schemas are accepted, and who may create or migrate them.

use std::sync::Arc;

use sqlx::{AnyConnection, AnyPool, Connection as _, Row as _};

use super::Store;
use super::location::DatabaseLocation;
use super::migrations::migrator;
use super::open_error::OpenError;
use super::pooler;
use super::postgres_diagnosis::DatabaseRefusal;
use super::sqlite_file::SqliteFile;

/// What a command does with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Serves it. On SQLite no other process may serve the same file.
    Serve { create: bool },
    /// Changes rows, possibly while a server is running.
    Change { create: bool },
    /// Creates the database if it is missing, and applies missing migrations.
    Migrate,
    /// Reads rows. Creates and migrates nothing.
    Read,
}

impl Access {
    /// Whether a missing database is created.
    const fn creates(self) -> bool {
        match self {
            Self::Serve { create } | Self::Change { create } => create,
            Self::Migrate => true,
            Self::Read => false,
        }
    }

    const fn migrates(self) -> bool {
        !matches!(self, Self::Read)
    }
}

impl Store {
    /// Opens the database at `url` (`sqlite:` or `postgres:`). Creates the database if it is missing, and
    /// applies missing migrations.
    ///
    /// # Errors
    ///
    /// As [`Store::open_for`] with [`Access::Migrate`].
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::open_for(url, Access::Migrate).await
    }

    /// Opens the database at `url` as far as `access` allows. A new SQLite file has mode 0600
    /// (docs/security.md#leak-08).
    ///
    /// # Errors
    ///
    /// Fails if the database is missing or empty and `access` does not create it, if it is corrupt or of another
    /// program, if another process serves it, if a pooler shares its sessions, or if its schema does not fit this program.
    pub async fn open_for(url: &str, access: Access) -> Result<Self, OpenError> {
        let location = Arc::new(DatabaseLocation::of(url)?);
        match Self::open_at(url, &location, access).await {
            Ok(store) => Ok(store),
            Err(error) => {
                let refusal = DatabaseRefusal::in_causes_of(&error);
                let explained = location.explain_refusal(refusal).await;
                Err(explained.map_or(error, OpenError::Refused).at(&location))
            }
        }
    }

    async fn open_at(
        url: &str,
        location: &Arc<DatabaseLocation>,
        access: Access,
    ) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let file = SqliteFile::of(url)?;
        let mut serve_lock = None;
        if let Some(file) = &file {
            file.check(access.creates())?;
            if matches!(access, Access::Serve { .. }) {
                serve_lock = Some(file.lock_for_serving()?);
            }
            // The pool repeats a failed connection until it times out, and loses the reason.
            let mut probe = AnyConnection::connect(url).await?;
            Self::set_up_connection(&mut probe, true).await?;
            probe.close().await?;
        }
        if let Some(options) = location.postgres()
            && pooler::sessions_are_shared(options).await
        {
            return Err(OpenError::SharedSessions);
        }
        let store = match Self::connect(url, location, serve_lock).await {
            Ok(store) => store,
            Err(error) => return Err(OpenError::NotConnected(location.explain(&error).await)),
        };
        store.check_schema(access).await?;
        Ok(store)
    }

    async fn check_schema(&self, access: Access) -> Result<(), OpenError> {
        let migrator = migrator(self.is_sqlite())?;
        let found = applied_migrations(self.reader(), self.is_sqlite()).await?;
        let applied = if let Some(applied) = found {
            applied
        } else {
            if self.is_sqlite() && has_tables(self.reader()).await? {
                return Err(OpenError::Foreign);
            }
            if !access.creates() {
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
        if !access.migrates() {
            return Err(OpenError::OlderSchema);
        }
        Ok(migrator.run(self.reader()).await?)
    }
}

/// Version and checksum of each applied migration; `None` if the database was never migrated.
async fn applied_migrations(
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
    // A first migration that failed leaves its table empty.
    Ok(Some(migrations?).filter(|applied| !applied.is_empty()))
}

/// Whether an SQLite database has any table except the list of migrations.
async fn has_tables(pool: &AnyPool) -> Result<bool, sqlx::Error> {
    let tables: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name <> '_sqlx_migrations'",
    )
    .fetch_one(pool)
    .await?;
    Ok(tables > 0)
}
