//! Idle apps of finished tests, for reuse.

use std::sync::{Mutex, PoisonError};

use super::app::{Database, RunningApp};

static IDLE: Mutex<Vec<RunningApp>> = Mutex::new(Vec::new());

/// Takes an idle app with this database.
pub(super) fn take(database: Database) -> Option<RunningApp> {
    let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
    let at = idle.iter().position(|app| app.database == database)?;
    Some(idle.swap_remove(at))
}

/// Makes an app available to another test.
pub(super) fn put_back(app: RunningApp) {
    IDLE.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(app);
}
