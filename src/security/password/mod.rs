//! Passwords at rest: hashed with argon2id, a few at a time, and never kept in plain text. Hashes
//! of other schemes, taken over from other systems, are verified until their owners sign in.
//!
//! Hashing is the dearest thing this server does (security.md, fact 13), so it runs on blocking
//! threads behind a fixed number of permits. A permit moves into the blocking task: a request
//! that is given up cannot free it while its hash still runs (docs/security.md#lim-04).
//!
//! A password is brought to Unicode Normalization Form C before it is hashed, when it is set and
//! when it is verified, so that "é" is one password however a keyboard composes it (docs/security.md#reg-06; NIST
//! SP 800-63B-4, section 3.1.1.2). Nothing else about it is changed: spaces and case count.

mod argon2;
mod bcrypt;
mod error;
mod parameters;
pub mod policy;
mod scrypt;
mod stored;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::{task, time};
use unicode_normalization::UnicodeNormalization;

pub use error::{HashError, InvalidHash};
pub use parameters::HashParameters;
pub use stored::PasswordHash;

use crate::config::PasswordConfig;
use argon2::Memory;
use domain::Password;
use stored::Scheme;

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    No,
    Yes,
    /// Right, but stored with another scheme or other parameters than today's: hash it again and
    /// store the result (docs/security.md#reg-07).
    YesRehash,
}

/// Hashes and verifies passwords. Clones share the permits.
#[derive(Clone)]
pub struct Hasher(Arc<Inner>);

struct Inner {
    current: HashParameters,
    permits: Arc<Semaphore>,
    /// How many permits there are in all.
    all_permits: u32,
    max_wait: Duration,
    /// What the password of an unknown user is compared with; made with the current parameters.
    dummy: PasswordHash,
    /// How long making that took: what any hash takes that is made here.
    pace: Duration,
    started: AtomicU64,
    /// Memory that no hash uses at the moment: at most one block list for each permit.
    idle: Mutex<Vec<Memory>>,
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
        let began = Instant::now();
        let mut memory = Memory::default();
        let dummy = PasswordHash::compute("no account has this password", current, &mut memory)?;
        Ok(Self(Arc::new(Inner {
            current,
            permits: Arc::new(Semaphore::new(permits)),
            all_permits: u32::try_from(permits).unwrap_or(u32::MAX),
            max_wait,
            dummy,
            pace: began.elapsed(),
            started: AtomicU64::new(0),
            idle: Mutex::new(vec![memory]),
        })))
    }

    /// The hasher the operator configured.
    pub fn configured(config: &PasswordConfig) -> Result<Self, HashError> {
        let parameters = HashParameters {
            memory_kib: config.argon2_memory_kib,
            iterations: config.argon2_iterations,
            parallelism: config.argon2_parallelism,
        };
        Self::new(parameters, config.hash_permits, config.hash_wait)
    }

    /// A hash to store, under a random salt of its own.
    pub async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        let password = normalised(password);
        let current = self.0.current;
        self.run(1, move |memory| {
            PasswordHash::compute(&password, current, memory)
        })
        .await?
    }

    /// Compares `password` with what is stored; with `None`, the user is unknown and the answer
    /// is no, after the work of one real hash (docs/security.md#log-03).
    ///
    /// A hash that is cheaper than today's is quicker to compute. A wrong password for it is
    /// answered only after the difference was made up, as nearly as it can be computed, or that
    /// speed would tell which accounts exist. A dearer one is slower until its owner's next
    /// sign-in, and takes as many permits as it takes memory; one that needs more than all of
    /// them runs alone.
    pub async fn verify(
        &self,
        password: &Password,
        stored: Option<&PasswordHash>,
    ) -> Result<Verified, HashError> {
        let typed = Typed::new(password);
        let (current, pace) = (self.0.current, self.0.pace);
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.0.dummy).clone();
        let permits = stored.memory_kib().div_ceil(current.memory_kib.max(1));
        let found = self
            .run(permits, move |memory| {
                compare(&typed, &stored, current, pace, memory)
            })
            .await??;
        Ok(if known { found } else { Verified::No })
    }

    /// How many hashes were begun since the start: for metrics, and to prove that garbage costs
    /// none (docs/security.md#lim-05).
    pub fn hashes_begun(&self) -> u64 {
        self.0.started.load(Ordering::Relaxed)
    }

    /// Runs `work` on a blocking thread, with permits that are freed when it ends.
    async fn run<T: Send + 'static>(
        &self,
        permits: u32,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let permits = permits.clamp(1, self.0.all_permits.max(1));
        let acquired = self.0.permits.clone().acquire_many_owned(permits);
        let permit = time::timeout(self.0.max_wait, acquired)
            .await
            .map_err(|_| HashError::Busy)?
            .map_err(|closed| HashError::Failed(closed.to_string()))?;
        self.0.started.fetch_add(1, Ordering::Relaxed);
        let inner = Arc::clone(&self.0);
        task::spawn_blocking(move || {
            let mut memory = inner.take();
            let done = work(&mut memory);
            inner.put_back(memory);
            drop(permit);
            done
        })
        .await
        .map_err(|broken| HashError::Failed(broken.to_string()))
    }
}

impl Inner {
    fn take(&self) -> Memory {
        self.idle().pop().unwrap_or_default()
    }

    /// What a dearer hash of another system took is not kept.
    fn put_back(&self, memory: Memory) {
        if memory.is_within(self.current) {
            self.idle().push(memory);
        }
    }

    /// A panic elsewhere leaves it whole.
    fn idle(&self) -> MutexGuard<'_, Vec<Memory>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A password in the forms it is compared in.
struct Typed {
    /// As it is hashed here.
    normalised: String,
    /// As it was typed, where that is not the same: another system hashed it like that.
    as_typed: Option<String>,
}

impl Typed {
    fn new(password: &Password) -> Self {
        let normalised = normalised(password);
        let as_typed = (normalised != password.expose()).then(|| password.expose().to_owned());
        Self {
            normalised,
            as_typed,
        }
    }
}

/// Compares both forms for every hash, so that the time depends on the input only.
fn compare(
    typed: &Typed,
    stored: &PasswordHash,
    current: HashParameters,
    pace: Duration,
    memory: &mut Memory,
) -> Result<Verified, HashError> {
    if is_right(&typed.normalised, stored, current, pace, memory)? {
        return Ok(if stored.is_made_with(current) {
            Verified::Yes
        } else {
            Verified::YesRehash
        });
    }
    match &typed.as_typed {
        Some(text) if is_right(text, stored, current, pace, memory)? => Ok(Verified::YesRehash),
        _ => Ok(Verified::No),
    }
}

/// Whether the hash is of this text; a no takes at least the time of a hash made here.
fn is_right(
    text: &str,
    stored: &PasswordHash,
    current: HashParameters,
    pace: Duration,
    memory: &mut Memory,
) -> Result<bool, HashError> {
    let began = Instant::now();
    let right = stored.matches(text, memory)?;
    let rest = match stored.scheme() {
        _ if right => None,
        Scheme::Argon2(hash) => hash.shortfall(current),
        Scheme::Bcrypt(_) | Scheme::Scrypt(_) => current.remainder(began.elapsed(), pace),
    };
    if let Some(rest) = rest {
        argon2::hash(text, rest, memory)?;
    }
    Ok(right)
}

fn normalised(password: &Password) -> String {
    password.expose().nfc().collect()
}
