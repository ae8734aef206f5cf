//! Errors of password hashing.

use super::queue::Busy;
use crate::security::password::HashParameters;

/// Reason why a password hash was not computed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The queue is full, or the request waited too long. The client gets 503 with `Retry-After`.
    #[error("the password was not hashed, because too many requests are waiting; retry later")]
    Busy,
    #[error("the cost parameters of the password hash are outside the accepted bounds: {0:?}")]
    Parameters(HashParameters),
    #[error("computing the password hash failed: {0}")]
    Failed(String),
}

impl From<Busy> for HashError {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}
