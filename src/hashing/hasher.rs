//! The hasher: computes and verifies hashes for requests that have a permit.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::task;
use unicode_normalization::UnicodeNormalization;

use super::compute::{self, Memory};
use super::error::HashError;
use super::permit::{self, HashPermit, OperatorPermit};
use super::queue::{Lane, Queue};
use super::refusal_time::RefusalTime;
use crate::config::PasswordConfig;
use crate::security::password::{HashParameters, PasswordHash};
use domain::Password;

/// The result of a comparison.
#[derive(Debug)]
pub enum Verified {
    No,
    Yes,
    /// Right, but the stored hash has another scheme or other parameters than today's. The permit is for the hash
    /// that replaces it (docs/security.md#reg-07).
    YesRehash(HashPermit),
}

/// Hashes and verifies passwords. Clones share the queue.
#[derive(Clone)]
pub struct Hasher(Arc<Inner>);

struct Inner {
    current: HashParameters,
    queue: Queue,
    /// The hash that the password of an unknown user is compared with; made with the current parameters.
    dummy: PasswordHash,
    refusal_time: RefusalTime,
    computed: AtomicU64,
    /// Memory that no hash uses at the moment: at most one block list for each turn.
    idle: Mutex<Vec<Memory>>,
}

impl Hasher {
    /// How many hashes are measured. The fastest counts, so that a machine that is busy at start does not refuse
    /// passwords more slowly for as long as the server runs.
    const MEASURED: usize = 3;

    /// At most `turns` hashes run at once, and they hold at most `turns` times the memory of `current`. A request
    /// waits for its turn at most `max_wait`.
    ///
    /// Computes [`Self::MEASURED`] hashes, each of which takes as long as one sign-in.
    pub fn new(
        current: HashParameters,
        turns: usize,
        max_wait: Duration,
    ) -> Result<Self, HashError> {
        let mut memory = Memory::default();
        let mut compute_dummy = || {
            let began = Instant::now();
            let hash = compute::hash("no account has this password", current, &mut memory)?;
            Ok::<_, HashError>((hash, began.elapsed()))
        };
        let (dummy, mut pace) = compute_dummy()?;
        for _ in 1..Self::MEASURED {
            pace = pace.min(compute_dummy()?.1);
        }
        Ok(Self(Arc::new(Inner {
            current,
            queue: Queue::new(turns, max_wait),
            dummy,
            refusal_time: RefusalTime::of_pace(pace),
            computed: AtomicU64::new(0),
            idle: Mutex::new(vec![memory]),
        })))
    }

    /// The hasher that the operator configured.
    pub fn configured(config: &PasswordConfig) -> Result<Self, HashError> {
        Self::new(
            permit::parameters(config),
            config.hash_permits,
            config.hash_wait,
        )
    }

    /// When a refused password is answered.
    pub fn refusal_time(&self) -> RefusalTime {
        self.0.refusal_time
    }

    /// Hashes a password under a random salt.
    pub async fn hash(
        &self,
        permit: HashPermit,
        password: &Password,
    ) -> Result<PasswordHash, HashError> {
        let password = normalised(password);
        let current = self.0.current;
        self.run(permit.lane(), 1, move |memory| {
            compute::hash(&password, current, memory)
        })
        .await?
    }

    /// Compares `password` with `stored`. With `None` the user is unknown: the result is no, after the work of one
    /// hash.
    ///
    /// A hash takes as many turns as it takes memory. One that needs more than all of them runs alone.
    pub async fn verify(
        &self,
        permit: HashPermit,
        password: &Password,
        stored: Option<&PasswordHash>,
    ) -> Result<Verified, HashError> {
        let typed = Typed::new(password);
        let current = self.0.current;
        let is_known = stored.is_some();
        let stored = stored.unwrap_or(&self.0.dummy).clone();
        let turns = stored.memory_kib().div_ceil(current.memory_kib.max(1));
        let found = self
            .run(permit.lane(), turns, move |memory| {
                compare(&typed, &stored, current, memory)
            })
            .await??;
        Ok(match found {
            Comparison::Same if is_known => Verified::Yes,
            Comparison::SameButOutdated if is_known => Verified::YesRehash(permit),
            _ => Verified::No,
        })
    }

    /// The number of hashes computed since the start.
    pub fn hashes_computed(&self) -> u64 {
        self.0.computed.load(Ordering::Relaxed)
    }

    /// Runs `work` on a blocking thread, with turns that are freed when it ends.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        lane: &Lane,
        turns: u32,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let turn = self.0.queue.acquire(lane, turns).await?;
        let total = self.0.computed.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::debug!(total, "computing a password hash");
        let inner = Arc::clone(&self.0);
        task::spawn_blocking(move || {
            let mut memory = inner.take();
            let done = work(&mut memory);
            inner.put_back(memory);
            drop(turn);
            done
        })
        .await
        .map_err(|broken| HashError::Failed(broken.to_string()))
    }
}

/// Hashes a password for an operator, in the process of a command.
pub fn hash_for_operator(
    permit: &OperatorPermit,
    password: &Password,
) -> Result<PasswordHash, HashError> {
    let password = normalised(password);
    compute::hash(&password, permit.parameters(), &mut Memory::default())
}

impl Inner {
    fn take(&self) -> Memory {
        self.idle().pop().unwrap_or_default()
    }

    /// Keeps the memory for the next hash, unless an imported hash needed more than hashes that are made here.
    fn put_back(&self, memory: Memory) {
        if memory.is_within(self.current) {
            self.idle().push(memory);
        }
    }

    /// A panic elsewhere leaves the list whole.
    fn idle(&self) -> MutexGuard<'_, Vec<Memory>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn idle_within_bounds(&self) -> Option<usize> {
        let idle = self.idle();
        let bounded = idle.iter().all(|memory| memory.is_within(self.current));
        bounded.then_some(idle.len())
    }
}

#[cfg(test)]
impl Hasher {
    /// The queue, to hold a turn.
    pub(super) fn queue(&self) -> &Queue {
        &self.0.queue
    }

    /// The number of kept block lists, if none is larger than a hash that is made here needs.
    pub(super) fn kept_memory(&self) -> Option<usize> {
        self.0.idle_within_bounds()
    }
}

/// A password in the forms in which it is compared.
struct Typed {
    /// The form that is hashed here.
    normalised: String,
    /// The typed form, if it differs: another system hashed that one.
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

/// How a typed password compares with a stored hash.
enum Comparison {
    Different,
    Same,
    /// The same, but a new hash would have other parameters.
    SameButOutdated,
}

/// Compares both forms for every hash, so that the time depends on the input and the scheme only.
fn compare(
    typed: &Typed,
    stored: &PasswordHash,
    current: HashParameters,
    memory: &mut Memory,
) -> Result<Comparison, HashError> {
    if compute::matches(&typed.normalised, stored, memory)? {
        return Ok(if stored.is_made_with(current) {
            Comparison::Same
        } else {
            Comparison::SameButOutdated
        });
    }
    match &typed.as_typed {
        Some(text) if compute::matches(text, stored, memory)? => Ok(Comparison::SameButOutdated),
        _ => Ok(Comparison::Different),
    }
}

fn normalised(password: &Password) -> String {
    password.expose().nfc().collect()
}
