//! Passwords at rest: hashed with argon2id, a few at a time, and never kept in plain text.
//!
//! Hashing is the dearest thing this server does (security.md, fact 13), so it runs on blocking
//! threads behind a fixed number of permits. A permit moves into the blocking task: a request
//! that is given up cannot free it while its hash still runs (LIM-04).
//!
//! A password is brought to Unicode Normalization Form C before it is hashed, when it is set and
//! when it is verified, so that "é" is one password however a keyboard composes it (REG-06; NIST
//! SP 800-63B-4, section 3.1.1.2). Nothing else about it is changed: spaces and case count.

mod argon2id;
pub mod policy;
mod stored;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::{task, time};
use unicode_normalization::UnicodeNormalization;

pub use argon2id::HashParameters;
pub use stored::{InvalidHash, PasswordHash};

use crate::domain::Password;
use stored::Scheme;

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    No,
    Yes,
    /// Right, but stored with other parameters than today's: hash it anew and store that (REG-07).
    YesRehash,
}

#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Every permit stayed taken for as long as a request may wait: answer 503 and `Retry-After`.
    #[error("too many passwords are being hashed at once")]
    Busy,
    #[error("these hash parameters are outside the accepted bounds: {0:?}")]
    Parameters(HashParameters),
    #[error("hashing failed: {0}")]
    Failed(String),
}

/// Hashes and verifies passwords. Clones share the permits.
#[derive(Clone)]
pub struct Hasher(Arc<Inner>);

struct Inner {
    current: HashParameters,
    permits: Arc<Semaphore>,
    max_wait: Duration,
    /// What the password of an unknown user is compared with; made with the current parameters.
    dummy: PasswordHash,
    started: AtomicU64,
}

impl Hasher {
    /// At most `permits` hashes run at once, so they hold at most `permits` times the memory of
    /// `current`; a request waits no longer than `max_wait` for its turn.
    ///
    /// Computes one hash, so it takes as long as one sign-in does.
    pub fn new(
        current: HashParameters,
        permits: usize,
        max_wait: Duration,
    ) -> Result<Self, HashError> {
        let dummy = argon2id::hash("the password of nobody", current)?;
        let permits = Arc::new(Semaphore::new(permits));
        let started = AtomicU64::new(0);
        Ok(Self(Arc::new(Inner {
            current,
            permits,
            max_wait,
            dummy,
            started,
        })))
    }

    /// A hash to store, under a random salt of its own.
    pub async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        let password = normalised(password);
        let current = self.0.current;
        self.run(move || argon2id::hash(&password, current)).await?
    }

    /// Compares `password` with what is stored; with `None`, the user is unknown and the answer
    /// is no, after the work of one real hash (LOG-03).
    ///
    /// A hash stored with weaker parameters is quicker to compute. A wrong password for it is
    /// answered only after the difference was made up, as nearly as it can be computed, or that
    /// speed would tell which accounts exist. One stored with stronger parameters is slower until its owner's next sign-in.
    pub async fn verify(
        &self,
        password: &Password,
        stored: Option<&PasswordHash>,
    ) -> Result<Verified, HashError> {
        let password = normalised(password);
        let current = self.0.current;
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.0.dummy).clone();
        let found = self
            .run(move || compare(&password, &stored, current))
            .await??;
        Ok(if known { found } else { Verified::No })
    }

    /// How many hashes were begun since the start: for metrics, and to prove that garbage costs
    /// none (LIM-05).
    pub fn hashes_begun(&self) -> u64 {
        self.0.started.load(Ordering::Relaxed)
    }

    /// Runs `work` on a blocking thread, with a permit that is freed when it ends.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let permit = time::timeout(self.0.max_wait, self.0.permits.clone().acquire_owned())
            .await
            .map_err(|_| HashError::Busy)?
            .map_err(|closed| HashError::Failed(closed.to_string()))?;
        self.0.started.fetch_add(1, Ordering::Relaxed);
        task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        })
        .await
        .map_err(|broken| HashError::Failed(broken.to_string()))
    }
}

/// The one place that knows every scheme a stored hash may be of.
fn compare(
    password: &str,
    stored: &PasswordHash,
    current: HashParameters,
) -> Result<Verified, HashError> {
    match stored.scheme() {
        Scheme::Argon2id => argon2id::verify(password, stored, current),
    }
}

fn normalised(password: &Password) -> String {
    password.expose().nfc().collect()
}
