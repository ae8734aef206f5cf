//! Errors of password hashing.

use super::queue::Busy;
use crate::security::password::HashParameters;

/// Why a password could not be hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The queue is full, or the turn did not come in time. The answer is 503 with `Retry-After`.
    #[error("too many passwords are being hashed at once")]
    Busy,
    #[error("these hash parameters are outside the accepted bounds: {0:?}")]
    Parameters(HashParameters),
    #[error("hashing failed: {0}")]
    Failed(String),
}

impl From<Busy> for HashError {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}
