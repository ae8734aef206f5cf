//! Tests of the hasher, with parameters for which a hash takes almost no time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tokio::task;

use super::*;
use crate::security::password::{HashParameters, PasswordHash};
use domain::Password;

pub(super) const CHEAP: HashParameters = HashParameters {
    memory_kib: 8,
    iterations: 1,
    parallelism: 1,
};

pub(super) const LONG: Duration = Duration::from_mins(1);

/// Creates a hasher with minimal cost parameters.
pub(super) fn new_hasher(hash_slots: usize, max_wait: Duration) -> Hasher {
    Hasher::new(CHEAP, hash_slots, max_wait, Arc::default()).expect("valid hash parameters")
}

/// Parses a password that the test expects to be valid.
pub(super) fn parse_password(text: &str) -> Password {
    Password::parse_as_existing_password(text.to_owned()).expect("password is not empty")
}

/// Creates a permit that no rate limit has counted.
fn test_permit() -> HashPermit {
    HashPermit::create_hash_permit_for_tests("192.0.2.1")
}

/// Result of verifying a password, without the permit for a new hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    No,
    Yes,
    YesRehash,
}

/// Computes the hash of a password.
async fn compute_hash(hasher: &Hasher, password: &Password) -> PasswordHash {
    let computed = hasher.hash_password(test_permit(), password).await;
    computed.expect("hash is computed")
}

/// Verifies a password against a stored hash, and drops the permit for a new hash.
pub(super) async fn verify_typed(
    hasher: &Hasher,
    typed: &Password,
    stored: Option<&PasswordHash>,
) -> Match {
    match hasher.verify_password(test_permit(), typed, stored).await {
        Ok(PasswordVerification::No) => Match::No,
        Ok(PasswordVerification::Yes) => Match::Yes,
        Ok(PasswordVerification::YesRehash(_)) => Match::YesRehash,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn new_password_that_must_differ_is_hashed_only_if_it_differs() {
    let hasher = new_hasher(2, LONG);
    let old = compute_hash(&hasher, &parse_password("caf\u{e9} horse")).await;
    for (typed, is_hashed) in [
        ("caf\u{e9} horse", false),
        ("cafe\u{301} horse", false),
        ("caf\u{e9} horse ", true),
    ] {
        let typed = parse_password(typed);
        let computed = hasher.hash_password_other_than(test_permit(), &typed, &old);
        let computed = computed.await.expect("hash is computed");
        assert_eq!(computed.is_some(), is_hashed, "{}", typed.expose());
        if let Some(hash) = computed {
            assert_eq!(verify_typed(&hasher, &typed, Some(&hash)).await, Match::Yes);
        }
    }
}

#[tokio::test]
async fn correct_password_is_accepted_and_another_one_is_refused() {
    let hasher = new_hasher(2, LONG);
    let stored = compute_hash(&hasher, &parse_password("correct horse")).await;
    for (typed, expected) in [
        ("correct horse", Match::Yes),
        ("correct horse ", Match::No),
        (" correct horse", Match::No),
        ("Correct horse", Match::No),
        ("x", Match::No),
    ] {
        let found = verify_typed(&hasher, &parse_password(typed), Some(&stored)).await;
        assert_eq!(found, expected, "{typed:?}");
    }
}

#[tokio::test]
async fn new_hash_is_argon2id_with_the_current_parameters_and_a_random_salt() {
    let hasher = new_hasher(2, LONG);
    let one = compute_hash(&hasher, &parse_password("correct horse")).await;
    let two = compute_hash(&hasher, &parse_password("correct horse")).await;
    assert!(one.as_str().starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
    assert_ne!(one, two);
    // 16 bytes in base64 without padding.
    assert_eq!(one.as_str().split('$').nth(4).map(str::len), Some(22));
}

#[tokio::test]
async fn passwords_that_share_their_first_72_bytes_are_different() {
    let hasher = new_hasher(2, LONG);
    let head = "a".repeat(72);
    let one = parse_password(&format!("{head}one"));
    let stored = compute_hash(&hasher, &one).await;
    for typed in [parse_password(&format!("{head}two")), parse_password(&head)] {
        let found = verify_typed(&hasher, &typed, Some(&stored)).await;
        assert_eq!(found, Match::No);
    }
}

#[tokio::test]
async fn composed_and_decomposed_letters_are_the_same_password() {
    let hasher = new_hasher(2, LONG);
    let composed = parse_password("caf\u{e9} au lait");
    let decomposed = parse_password("cafe\u{301} au lait");
    let stored = compute_hash(&hasher, &composed).await;
    let found = verify_typed(&hasher, &decomposed, Some(&stored)).await;
    assert_eq!(found, Match::Yes);
    // NFC does not replace the ligature "ﬁ" by the letters "fi", which only look alike.
    let stored = compute_hash(&hasher, &parse_password("ﬁle ten!")).await;
    let found = verify_typed(&hasher, &parse_password("file ten!"), Some(&stored)).await;
    assert_eq!(found, Match::No);
}

#[tokio::test]
async fn password_of_an_unknown_user_is_refused_after_one_hash() {
    let hasher = new_hasher(2, LONG);
    for typed in ["anything", "no account has this password"] {
        let before = hasher.count_computed_hashes();
        let found = verify_typed(&hasher, &parse_password(typed), None).await;
        assert_eq!(found, Match::No);
        assert_eq!(hasher.count_computed_hashes(), before + 1);
    }
}

#[tokio::test]
async fn correct_password_with_an_outdated_hash_returns_a_permit_for_a_new_hash() {
    let old = new_hasher(2, LONG);
    let right = parse_password("correct horse");
    let stored = old
        .hash_password(test_permit(), &right)
        .await
        .expect("hash is computed");
    let raised = HashParameters {
        iterations: 3,
        ..CHEAP
    };
    let new = Hasher::new(raised, 2, LONG, Arc::default()).expect("valid hash parameters");
    let found = verify_typed(&new, &parse_password("wrong horse"), Some(&stored)).await;
    assert_eq!(found, Match::No);
    let found = new
        .verify_password(test_permit(), &right, Some(&stored))
        .await;
    let Ok(PasswordVerification::YesRehash(permit)) = found else {
        panic!("{found:?}");
    };
    let stored = new
        .hash_password(permit, &right)
        .await
        .expect("hash is computed");
    assert_eq!(verify_typed(&new, &right, Some(&stored)).await, Match::Yes);
}

#[test]
fn parameters_outside_the_bounds_are_rejected() {
    for memory_kib in [0, 7, u32::MAX] {
        let excessive = HashParameters {
            memory_kib,
            ..CHEAP
        };
        let made = Hasher::new(excessive, 1, LONG, Arc::default());
        assert!(matches!(made, Err(HashError::Parameters(p)) if p == excessive));
    }
}

#[tokio::test]
async fn request_that_waits_too_long_for_a_hash_slot_is_refused_as_busy() {
    let hasher = new_hasher(1, Duration::from_millis(5));
    let taken = hasher
        .queue()
        .acquire_hash_slots(test_permit().queue_lane(), 1)
        .await;
    let refused = hasher
        .hash_password(test_permit(), &parse_password("correct horse"))
        .await;
    assert!(matches!(refused, Err(HashError::Busy)));
    let refused = hasher
        .verify_password(test_permit(), &parse_password("correct horse"), None)
        .await;
    assert!(matches!(refused, Err(HashError::Busy)));
    assert_eq!(hasher.count_computed_hashes(), 0);
    drop(taken.expect("hash slot is free"));
    let made = hasher
        .hash_password(test_permit(), &parse_password("correct horse"))
        .await;
    assert!(made.is_ok());
}

/// Blocks tasks until it is opened, and records how many tasks run at once.
#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
    running: AtomicUsize,
    peak: AtomicUsize,
}

impl Gate {
    /// Blocks the calling task until the gate is open.
    fn wait_until_open(&self) {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.peak.fetch_max(running, Ordering::SeqCst);
        let closed = self.open.lock().expect("mutex is not poisoned");
        drop(self.opened.wait_while(closed, |open| !*open));
        self.running.fetch_sub(1, Ordering::SeqCst);
    }

    /// Releases all tasks that wait at the gate.
    fn open_gate(&self) {
        *self.open.lock().expect("mutex is not poisoned") = true;
        self.opened.notify_all();
    }
}

/// Starts fifty requests of different sources, whose hashes end when the gate opens. Returns when two hashes are
/// running.
async fn start_fifty_requests(hasher: &Hasher, gate: &Arc<Gate>) -> Vec<task::JoinHandle<()>> {
    let begin = |number: u32| {
        let (hasher, gate) = (hasher.clone(), gate.clone());
        let lane = Lane::of_client_network(&format!("192.0.2.{number}"));
        tokio::spawn(async move {
            let done = hasher
                .run_with_hash_slots(&lane, 1, move |_| gate.wait_until_open())
                .await;
            done.expect("request ends in time");
        })
    };
    let requests = (0..50).map(begin).collect();
    while gate.running.load(Ordering::SeqCst) < 2 {
        task::yield_now().await;
    }
    requests
}

#[tokio::test]
async fn aborted_requests_do_not_release_the_slots_of_running_hashes() {
    let (hasher, gate) = (new_hasher(2, LONG), Arc::new(Gate::default()));
    for request in start_fifty_requests(&hasher, &gate).await {
        request.abort();
        assert!(request.await.is_err_and(|ended| ended.is_cancelled()));
    }
    // All requests have ended, but the two hashes that were begun still hold their slots.
    let second = start_fifty_requests(&hasher, &gate).await;
    assert_eq!(hasher.count_computed_hashes(), 2);
    gate.open_gate();
    for request in second {
        request.await.expect("task is not aborted");
    }
    assert_eq!(hasher.count_computed_hashes(), 52);
    assert_eq!(gate.peak.load(Ordering::SeqCst), 2);
    assert!(
        hasher
            .queue()
            .acquire_hash_slots(test_permit().queue_lane(), 2)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn hash_that_panics_releases_its_hash_slot() {
    let hasher = new_hasher(1, LONG);
    let lane = Lane::of_client_network("192.0.2.1");
    let broken = hasher
        .run_with_hash_slots(&lane, 1, |_| assert_eq!(1, 2, "the test panics on purpose"))
        .await;
    assert!(matches!(broken, Err(HashError::Failed(_))));
    let made = hasher
        .hash_password(test_permit(), &parse_password("correct horse"))
        .await;
    assert!(made.is_ok());
}

/// Hashes of "correct horse 1 staple" from other systems: libxcrypt, Python's `hashlib`, and the reference
/// implementation of Argon2.
pub(super) const IMPORTED: [&str; 7] = [
    "$2b$05$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG",
    "$2y$05$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG",
    "$scrypt$ln=10,r=8,p=1$c2l4dGVlbiBzYWx0eSBieQ$Dy7U1UN5zUM6FnIZ4J03Po+4/atg7lvBxOV9VOKy7SE",
    "$argon2i$v=19$m=256,t=2,p=1$c2l4dGVlbiBzYWx0eSBieQ$gxf68LIBG+fm1ZMoVkIfH/a3cIZoTtMusAUFQbn/P20",
    "$argon2d$v=19$m=256,t=2,p=1$c2l4dGVlbiBzYWx0eSBieQ$Y2YpxTOIplwDjUuFF3n5yd1MiqZTyzq6//oJC8a9vaI",
    "$argon2id$v=16$m=256,t=2,p=1$c2l4dGVlbiBzYWx0eSBieQ$IGUVUn9g7MP+SSG+ZUaCBqVB+1O+dzm1V3tl1v4TUJA",
    "$argon2id$v=19$m=256,t=2,p=1$c2l4dGVlbiBzYWx0eSBieQ$jXYgnKKDu6gHX0vXAifuqL5WiwiNXQOnpJZhUGt5kAk",
];

/// Tests docs/security.md#lim-04.
#[tokio::test]
async fn hashes_reuse_the_memory_of_earlier_hashes() {
    let hasher = new_hasher(3, LONG);
    let many = (0..20).map(|_| {
        let hasher = hasher.clone();
        tokio::spawn(async move { verify_typed(&hasher, &parse_password("wrong"), None).await })
    });
    for one in many.collect::<Vec<_>>() {
        assert_eq!(one.await.expect("task ends without a panic"), Match::No);
    }
    assert!(
        hasher
            .count_memory_buffers_kept_for_reuse()
            .is_some_and(|kept| (1..=3).contains(&kept))
    );
    let large = PasswordHash::parse(IMPORTED[6]).expect("valid");
    assert_eq!(
        verify_typed(&hasher, &parse_password("wrong"), Some(&large)).await,
        Match::No
    );
    assert!(
        hasher.count_memory_buffers_kept_for_reuse().is_some(),
        "larger memory is not kept"
    );
}

/// Tests docs/security.md#lim-04.
#[tokio::test]
async fn hash_with_more_memory_takes_more_hash_slots() {
    let hasher = new_hasher(3, Duration::from_millis(5));
    // With 8 KiB for each slot, a hash of 256 KiB needs more than all slots together.
    let large = PasswordHash::parse(IMPORTED[6]).expect("valid");
    let taken = hasher
        .queue()
        .acquire_hash_slots(test_permit().queue_lane(), 1)
        .await;
    let refused = hasher
        .verify_password(test_permit(), &parse_password("wrong"), Some(&large))
        .await;
    assert!(matches!(refused, Err(HashError::Busy)));
    assert_eq!(
        verify_typed(&hasher, &parse_password("wrong"), None).await,
        Match::No
    );
    drop(taken.expect("hash slot is free"));
    assert_eq!(
        verify_typed(&hasher, &parse_password("wrong"), Some(&large)).await,
        Match::No
    );
}
