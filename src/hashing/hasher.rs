//! The hasher: computes and verifies password hashes for requests that have a permit.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::task;
use unicode_normalization::UnicodeNormalization;

use super::compute::{self, HashMemory};
use super::error::HashError;
use super::permit::{self, HashPermit, OperatorPermit};
use super::queue::{Lane, Queue};
use super::refusal_time::RefusalTime;
use crate::config::PasswordConfig;
use crate::metrics::Metrics;
use crate::security::password::{HashParameters, PasswordHash};
use domain::Password;

/// Result of verifying a password against a stored hash.
#[derive(Debug)]
pub enum PasswordVerification {
    /// The password is wrong, or the user is unknown.
    No,
    /// The password is correct.
    Yes,
    /// The password is correct, but the stored hash has another scheme or other parameters than new hashes. The permit
    /// allows computing the hash that replaces it (docs/security.md#reg-07).
    YesRehash(HashPermit),
}

/// Password hasher that limits how many hashes run at the same time. Clones share the queue of waiting requests.
#[derive(Clone)]
pub struct Hasher(Arc<Inner>);

/// State shared by all clones of a [`Hasher`].
struct Inner {
    current: HashParameters,
    queue: Queue,
    /// The hash with which the password of an unknown user is compared. It has the current parameters.
    dummy: PasswordHash,
    refusal_time: RefusalTime,
    computed: AtomicU64,
    metrics: Arc<Metrics>,
    /// Memory that no hash uses at the moment: at most one list of blocks for each hash slot.
    idle: Mutex<Vec<HashMemory>>,
}

impl Hasher {
    /// Number of hashes whose time is measured at start.
    ///
    /// Only the fastest one counts, so that other work at start does not lengthen the response time of refused
    /// passwords.
    const MEASURED_HASHES: usize = 3;

    /// Creates a hasher. `current` are the parameters of new hashes.
    ///
    /// `hash_slots` is the maximum number of concurrent hashes. `max_wait` is how long a request may wait for a free
    /// slot. Records in `metrics` how long requests wait in the hash queue.
    pub(super) fn new(
        current: HashParameters,
        hash_slots: usize,
        max_wait: Duration,
        metrics: Arc<Metrics>,
    ) -> Result<Self, HashError> {
        // The time of these hashes determines the response time of refused passwords.
        let mut memory = HashMemory::default();
        let mut compute_dummy = || {
            let began = Instant::now();
            let hash =
                compute::hash_password("no account has this password", current, &mut memory)?;
            Ok::<_, HashError>((hash, began.elapsed()))
        };
        let (dummy, mut pace) = compute_dummy()?;
        for _ in 1..Self::MEASURED_HASHES {
            pace = pace.min(compute_dummy()?.1);
        }
        Ok(Self(Arc::new(Inner {
            current,
            queue: Queue::new(hash_slots, max_wait),
            dummy,
            refusal_time: RefusalTime::from_hash_time(pace),
            computed: AtomicU64::new(0),
            metrics,
            idle: Mutex::new(vec![memory]),
        })))
    }

    /// Creates a hasher from the operator's configuration.
    pub fn from_config(config: &PasswordConfig, metrics: Arc<Metrics>) -> Result<Self, HashError> {
        Self::new(
            permit::configured_parameters(config),
            config.hash_permits,
            config.hash_wait,
            metrics,
        )
    }

    /// Returns the fixed response time of refused passwords, derived from the speed of this machine.
    pub fn response_time_of_refused_passwords(&self) -> RefusalTime {
        self.0.refusal_time
    }

    /// Computes the Argon2id hash of a password with a random salt.
    ///
    /// Waits in the queue for a hash slot first.
    pub async fn hash_password(
        &self,
        permit: HashPermit,
        password: &Password,
    ) -> Result<PasswordHash, HashError> {
        let password = normalise_password(password);
        let current = self.0.current;
        self.run_with_hash_slots(permit.queue_lane(), 1, move |memory| {
            compute::hash_password(&password, current, memory)
        })
        .await?
    }

    /// Computes the hash of a new password that must not be the one with the hash `old`.
    ///
    /// Compares the two first. Returns `None` if the password is the old one.
    pub async fn hash_password_other_than(
        &self,
        permit: HashPermit,
        password: &Password,
        old: &PasswordHash,
    ) -> Result<Option<PasswordHash>, HashError> {
        match self.compare_with_hash(&permit, password, old).await? {
            Comparison::Same | Comparison::SameButOutdated => Ok(None),
            Comparison::Different => self.hash_password(permit, password).await.map(Some),
        }
    }

    /// Verifies a password against the hash `stored`.
    ///
    /// For an unknown user (`None`), computes one hash and returns [`PasswordVerification::No`].
    pub async fn verify_password(
        &self,
        permit: HashPermit,
        password: &Password,
        stored: Option<&PasswordHash>,
    ) -> Result<PasswordVerification, HashError> {
        let is_known = stored.is_some();
        let stored = stored.unwrap_or(&self.0.dummy);
        let found = self.compare_with_hash(&permit, password, stored).await?;
        Ok(match found {
            Comparison::Same if is_known => PasswordVerification::Yes,
            Comparison::SameButOutdated if is_known => PasswordVerification::YesRehash(permit),
            _ => PasswordVerification::No,
        })
    }

    /// Compares a typed password with the hash `stored`. Waits in the queue for hash slots first.
    async fn compare_with_hash(
        &self,
        permit: &HashPermit,
        password: &Password,
        stored: &PasswordHash,
    ) -> Result<Comparison, HashError> {
        // A hash that needs more memory than a new one takes proportionally more hash slots, at most all of them.
        let typed = TypedForms::from_typed_password(password);
        let current = self.0.current;
        let stored = stored.clone();
        let slots = stored.memory_kib().div_ceil(current.memory_kib.max(1));
        self.run_with_hash_slots(permit.queue_lane(), slots, move |memory| {
            compare_typed_password_with_hash(&typed, &stored, current, memory)
        })
        .await?
    }

    /// Returns the number of hashes computed since the program started.
    pub fn count_computed_hashes(&self) -> u64 {
        self.0.computed.load(Ordering::Relaxed)
    }

    /// Returns the number of requests that wait to compute a password hash.
    pub fn count_waiting_requests(&self) -> usize {
        self.0.queue.count_waiting_requests()
    }

    /// Waits in the hash queue until `slots` hash slots are free, then runs `work` on a blocking thread.
    ///
    /// The slots are released when `work` ends, even if the request is aborted earlier.
    pub(super) async fn run_with_hash_slots<T: Send + 'static>(
        &self,
        lane: &Lane,
        slots: u32,
        work: impl FnOnce(&mut HashMemory) -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let began = Instant::now();
        let acquired = self.0.queue.acquire_hash_slots(lane, slots).await;
        let node = &self.0.metrics.node;
        node.record_hash_queue_wait(began.elapsed(), acquired.is_ok());
        let acquired = acquired?;
        let total = self.0.computed.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::debug!(total, "computing a password hash");
        let inner = Arc::clone(&self.0);
        task::spawn_blocking(move || {
            let mut memory = inner.reuse_or_create_hash_memory();
            let done = work(&mut memory);
            inner.keep_hash_memory_for_reuse(memory);
            drop(acquired);
            done
        })
        .await
        .map_err(|broken| HashError::Failed(broken.to_string()))
    }
}

/// Computes a password hash for an operator's command, without rate limit and queue.
pub fn hash_password_set_by_operator(
    permit: &OperatorPermit,
    password: &Password,
) -> Result<PasswordHash, HashError> {
    let password = normalise_password(password);
    compute::hash_password(&password, permit.parameters(), &mut HashMemory::default())
}

/// Returns whether a password is the one with the hash `stored`, for an operator's command.
///
/// Uses no rate limit and no queue.
pub fn is_password_with_hash(
    permit: &OperatorPermit,
    password: &Password,
    stored: &PasswordHash,
) -> Result<bool, HashError> {
    let typed = TypedForms::from_typed_password(password);
    let mut memory = HashMemory::default();
    let found = compare_typed_password_with_hash(&typed, stored, permit.parameters(), &mut memory)?;
    Ok(!matches!(found, Comparison::Different))
}

impl Inner {
    /// Returns the working memory of an earlier hash for reuse, or creates empty working memory.
    fn reuse_or_create_hash_memory(&self) -> HashMemory {
        self.lock_unused_hash_memory().pop().unwrap_or_default()
    }

    /// Keeps the working memory of a finished hash for the next hash.
    ///
    /// Frees working memory that is larger than a new hash needs.
    fn keep_hash_memory_for_reuse(&self, memory: HashMemory) {
        if !memory.is_memory_larger_than_hash_needs(self.current) {
            self.lock_unused_hash_memory().push(memory);
        }
    }

    /// Locks the list of working memory that no running hash uses, ignoring lock poisoning.
    fn lock_unused_hash_memory(&self) -> MutexGuard<'_, Vec<HashMemory>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl Hasher {
    /// Returns the queue of waiting requests.
    pub(super) fn queue(&self) -> &Queue {
        &self.0.queue
    }

    /// Returns the number of memory buffers kept for later hashes.
    ///
    /// Returns `None` if a buffer is larger than a new hash needs and should have been freed.
    pub(super) fn count_memory_buffers_kept_for_reuse(&self) -> Option<usize> {
        let idle = self.0.lock_unused_hash_memory();
        let bounded = idle
            .iter()
            .all(|memory| !memory.is_memory_larger_than_hash_needs(self.0.current));
        bounded.then_some(idle.len())
    }
}

/// A typed password in the Unicode forms that are compared with stored hashes.
struct TypedForms {
    /// The form that new hashes use: Unicode NFC.
    normalised: String,
    /// The typed form and the decomposed form (NFD), if they differ. Other systems hash what a keyboard sends, and
    /// keyboards differ.
    other_forms: Vec<String>,
}

impl TypedForms {
    /// Computes the Unicode forms of a typed password: NFC, as typed, and NFD.
    fn from_typed_password(password: &Password) -> Self {
        let normalised = normalise_password(password);
        let mut other_forms = Vec::new();
        for form in [
            password.expose().to_owned(),
            password.expose().nfd().collect(),
        ] {
            if form != normalised && !other_forms.contains(&form) {
                other_forms.push(form);
            }
        }
        Self {
            normalised,
            other_forms,
        }
    }
}

/// Result of comparing a typed password, in each of its Unicode forms, with a stored hash.
enum Comparison {
    Different,
    Same,
    /// The password is the same, but a new hash would have another scheme or other parameters.
    SameButOutdated,
}

/// Compares the Unicode forms of a typed password with a stored hash, until one form matches.
///
/// Returns whether the password is correct, and whether the hash must be replaced.
fn compare_typed_password_with_hash(
    typed: &TypedForms,
    stored: &PasswordHash,
    current: HashParameters,
    memory: &mut HashMemory,
) -> Result<Comparison, HashError> {
    if compute::verify_password(&typed.normalised, stored, memory)? {
        return Ok(if stored.has_format_and_cost_of_new_hash(current) {
            Comparison::Same
        } else {
            Comparison::SameButOutdated
        });
    }
    for form in &typed.other_forms {
        if compute::verify_password(form, stored, memory)? {
            return Ok(Comparison::SameButOutdated);
        }
    }
    Ok(Comparison::Different)
}

/// Converts a password to Unicode NFC.
fn normalise_password(password: &Password) -> String {
    password.expose().nfc().collect()
}
