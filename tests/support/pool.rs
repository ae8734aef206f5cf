//! Apps whose test is over, for the next one.

use std::sync::{Mutex, PoisonError};

use super::app::{Database, Running};

static IDLE: Mutex<Vec<Running>> = Mutex::new(Vec::new());

pub(super) fn take(database: Database) -> Option<Running> {
    let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
    let at = idle.iter().position(|app| app.database == database)?;
    Some(idle.swap_remove(at))
}

pub(super) fn put_back(app: Running) {
    IDLE.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(app);
}
