//! The hasher, with parameters so cheap that only the bookkeeping is measured.

use std::sync::atomic::AtomicUsize;
use std::sync::{Condvar, Mutex};

use super::*;

const CHEAP: HashParameters = HashParameters {
    memory_kib: 8,
    iterations: 1,
    parallelism: 1,
};

const LONG: Duration = Duration::from_mins(1);

fn hasher(permits: usize, max_wait: Duration) -> Hasher {
    Hasher::new(CHEAP, permits, max_wait).expect("accepted parameters")
}

fn password(text: &str) -> Password {
    Password::parse_existing(text.to_owned()).expect("not empty")
}

#[tokio::test]
async fn the_right_password_is_right_and_another_is_wrong() {
    let hasher = hasher(2, LONG);
    let stored = hasher.hash(&password("correct horse")).await.expect("hash");
    for (typed, expected) in [
        ("correct horse", Verified::Yes),
        ("correct horse ", Verified::No),
        (" correct horse", Verified::No),
        ("Correct horse", Verified::No),
        ("x", Verified::No),
    ] {
        let found = hasher.verify(&password(typed), Some(&stored)).await;
        assert_eq!(found.expect("computed"), expected, "{typed:?}");
    }
}

#[tokio::test]
async fn a_stored_hash_is_argon2id_with_the_current_parameters_and_its_own_salt() {
    let hasher = hasher(2, LONG);
    let one = hasher.hash(&password("correct horse")).await.expect("hash");
    let two = hasher.hash(&password("correct horse")).await.expect("hash");
    assert!(one.as_str().starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
    assert_ne!(one, two);
    // 16 bytes in base64 without padding.
    assert_eq!(one.as_str().split('$').nth(4).map(str::len), Some(22));
}

#[tokio::test]
async fn passwords_that_share_their_first_72_bytes_are_different() {
    let hasher = hasher(2, LONG);
    let head = "a".repeat(72);
    let one = password(&format!("{head}one"));
    let stored = hasher.hash(&one).await.expect("hash");
    for typed in [password(&format!("{head}two")), password(&head)] {
        let found = hasher.verify(&typed, Some(&stored)).await;
        assert_eq!(found.expect("computed"), Verified::No);
    }
}

#[tokio::test]
async fn composed_and_decomposed_letters_are_one_password() {
    let hasher = hasher(2, LONG);
    let composed = password("caf\u{e9} au lait");
    let decomposed = password("cafe\u{301} au lait");
    let stored = hasher.hash(&composed).await.expect("hash");
    let found = hasher.verify(&decomposed, Some(&stored)).await;
    assert_eq!(found.expect("computed"), Verified::Yes);
    // NFC keeps apart what only looks alike.
    let stored = hasher.hash(&password("ﬁle ten!")).await.expect("hash");
    let found = hasher.verify(&password("file ten!"), Some(&stored)).await;
    assert_eq!(found.expect("computed"), Verified::No);
}

#[tokio::test]
async fn an_unknown_user_costs_a_hash_and_is_never_right() {
    let hasher = hasher(2, LONG);
    for typed in ["anything", "no account has this password"] {
        let before = hasher.hashes_begun();
        let found = hasher.verify(&password(typed), None).await;
        assert_eq!(found.expect("computed"), Verified::No);
        assert_eq!(hasher.hashes_begun(), before + 1);
    }
    assert!(hasher.0.dummy.as_str().contains("$m=8,t=1,p=1$"));
}

#[tokio::test]
async fn a_password_stored_with_other_parameters_is_to_be_hashed_anew() {
    let old = hasher(2, LONG);
    let stored = old.hash(&password("correct horse")).await.expect("hash");
    let raised = HashParameters {
        iterations: 3,
        ..CHEAP
    };
    let new = Hasher::new(raised, 2, LONG).expect("accepted parameters");
    let right = new.verify(&password("correct horse"), Some(&stored)).await;
    assert_eq!(right.expect("computed"), Verified::YesRehash);
    let wrong = new.verify(&password("wrong horse"), Some(&stored)).await;
    assert_eq!(wrong.expect("computed"), Verified::No);
    let stored = new.hash(&password("correct horse")).await.expect("hash");
    let right = new.verify(&password("correct horse"), Some(&stored)).await;
    assert_eq!(right.expect("computed"), Verified::Yes);
}

#[test]
fn absurd_parameters_make_no_hasher() {
    for memory_kib in [0, 7, u32::MAX] {
        let absurd = HashParameters {
            memory_kib,
            ..CHEAP
        };
        let made = Hasher::new(absurd, 1, LONG);
        assert!(matches!(made, Err(HashError::Parameters(p)) if p == absurd));
    }
}

#[tokio::test]
async fn whoever_waits_too_long_is_told_that_we_are_busy() {
    let hasher = hasher(1, Duration::from_millis(5));
    let taken = hasher.0.permits.clone().acquire_owned().await;
    let refused = hasher.hash(&password("correct horse")).await;
    assert!(matches!(refused, Err(HashError::Busy)));
    let refused = hasher.verify(&password("correct horse"), None).await;
    assert!(matches!(refused, Err(HashError::Busy)));
    assert_eq!(hasher.hashes_begun(), 0);
    drop(taken.expect("open"));
    assert!(hasher.hash(&password("correct horse")).await.is_ok());
}

/// Work that counts how much of it runs at once, and lasts until the gate opens.
#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
    running: AtomicUsize,
    peak: AtomicUsize,
}

impl Gate {
    fn pass(&self) {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.peak.fetch_max(running, Ordering::SeqCst);
        let closed = self.open.lock().expect("not poisoned");
        drop(self.opened.wait_while(closed, |open| !*open));
        self.running.fetch_sub(1, Ordering::SeqCst);
    }

    fn open(&self) {
        *self.open.lock().expect("not poisoned") = true;
        self.opened.notify_all();
    }
}

/// Fifty callers, each with work that ends when the gate opens; returns once two have begun.
async fn fifty_callers(hasher: &Hasher, gate: &Arc<Gate>) -> Vec<task::JoinHandle<()>> {
    let begin = || {
        let (hasher, gate) = (hasher.clone(), gate.clone());
        tokio::spawn(async move { hasher.run(1, move |_| gate.pass()).await.expect("in time") })
    };
    let callers = (0..50).map(|_| begin()).collect();
    while gate.running.load(Ordering::SeqCst) < 2 {
        task::yield_now().await;
    }
    callers
}

#[tokio::test]
async fn callers_who_give_up_do_not_free_the_permits_of_their_hashes() {
    let (hasher, gate) = (hasher(2, LONG), Arc::new(Gate::default()));
    for caller in fifty_callers(&hasher, &gate).await {
        caller.abort();
        assert!(caller.await.is_err_and(|ended| ended.is_cancelled()));
    }
    // Everyone has left, and yet the two hashes that were begun still hold their permits.
    assert_eq!(hasher.0.permits.available_permits(), 0);
    let second = fifty_callers(&hasher, &gate).await;
    assert_eq!(hasher.hashes_begun(), 2);
    gate.open();
    for caller in second {
        caller.await.expect("not aborted");
    }
    assert_eq!(hasher.hashes_begun(), 52);
    assert_eq!(gate.peak.load(Ordering::SeqCst), 2);
    let all = hasher.0.permits.clone().acquire_many_owned(2).await;
    assert!(all.is_ok());
}

#[tokio::test]
async fn work_that_panics_gives_its_permit_back() {
    let hasher = hasher(1, LONG);
    let broken = hasher.run(1, |_| assert_eq!(1, 2, "on purpose")).await;
    assert!(matches!(broken, Err(HashError::Failed(_))));
    assert!(hasher.hash(&password("correct horse")).await.is_ok());
}

/// Hashes of "correct horse 1 staple" as other systems made them: libxcrypt, Python's `hashlib`,
/// and the reference implementation of Argon2.
const TAKEN_OVER: [&str; 7] = [
    "$2b$05$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG",
    "$2y$05$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG",
    "$scrypt$ln=10,r=8,p=1$c2l4dGVlbiBzYWx0eSBieQ$Dy7U1UN5zUM6FnIZ4J03Po+4/atg7lvBxOV9VOKy7SE",
    "$argon2i$v=19$m=256,t=2,p=1$c2l4dGVlbiBzYWx0eSBieQ$gxf68LIBG+fm1ZMoVkIfH/a3cIZoTtMusAUFQbn/P20",
    "$argon2d$v=19$m=256,t=2,p=1$c2l4dGVlbiBzYWx0eSBieQ$Y2YpxTOIplwDjUuFF3n5yd1MiqZTyzq6//oJC8a9vaI",
    "$argon2id$v=16$m=256,t=2,p=1$c2l4dGVlbiBzYWx0eSBieQ$IGUVUn9g7MP+SSG+ZUaCBqVB+1O+dzm1V3tl1v4TUJA",
    "$argon2id$v=19$m=256,t=2,p=1$c2l4dGVlbiBzYWx0eSBieQ$jXYgnKKDu6gHX0vXAifuqL5WiwiNXQOnpJZhUGt5kAk",
];

#[tokio::test]
async fn a_hash_taken_over_is_right_and_to_be_hashed_anew() {
    let hasher = hasher(2, LONG);
    for text in TAKEN_OVER {
        let stored = PasswordHash::parse(text).expect(text);
        let verify = async |typed: &str| {
            let found = hasher.verify(&password(typed), Some(&stored)).await;
            found.expect("computed")
        };
        assert_eq!(
            verify("correct horse 1 staple").await,
            Verified::YesRehash,
            "{text}"
        );
        assert_eq!(
            verify("correct horse 2 staple").await,
            Verified::No,
            "{text}"
        );
    }
}

/// docs/security.md#reg-06
#[tokio::test]
async fn another_system_hashed_what_was_typed_and_not_its_normal_form() {
    let hasher = hasher(2, LONG);
    let composed = "$2b$04$7LCcf6rKdtqPJdKeRLEhZeWYg35rISJEj736NEDrmpcVClhLJgr/G";
    let decomposed = "$2b$04$abcdefghijklmnopqrstuu.oMTCQjdCbYvSW3IQEvGWmdb6wOIFXe";
    for (text, typed, expected) in [
        (composed, "caf\u{e9} au lait", Verified::YesRehash),
        (composed, "cafe\u{301} au lait", Verified::YesRehash),
        (composed, "cafe au lait", Verified::No),
        (decomposed, "cafe\u{301} au lait", Verified::YesRehash),
        (decomposed, "cafe\u{300} au lait", Verified::No),
    ] {
        let stored = PasswordHash::parse(text).expect(text);
        let found = hasher.verify(&password(typed), Some(&stored)).await;
        assert_eq!(found.expect("computed"), expected, "{typed}");
    }
}

/// docs/security.md#log-03
#[tokio::test]
async fn a_wrong_password_for_a_cheap_hash_takes_the_time_of_a_dear_one() {
    let dear = HashParameters {
        memory_kib: 16 * 1024,
        iterations: 4,
        parallelism: 1,
    };
    let hasher = Hasher::new(dear, 1, LONG).expect("accepted parameters");
    let cheap = PasswordHash::parse("$2b$04$7LCcf6rKdtqPJdKeRLEhZeWYg35rISJEj736NEDrmpcVClhLJgr/G");
    let began = Instant::now();
    let found = hasher.verify(&password("wrong"), cheap.as_ref().ok()).await;
    assert_eq!(found.expect("computed"), Verified::No);
    // On a busy machine one measurement is only roughly like another.
    assert!(began.elapsed() * 3 > hasher.0.pace, "{:?}", began.elapsed());
}

/// docs/security.md#lim-04
#[tokio::test]
async fn hashes_use_the_memory_of_those_before_them() {
    let hasher = hasher(3, LONG);
    let many = (0..20).map(|_| {
        let hasher = hasher.clone();
        tokio::spawn(async move { hasher.verify(&password("wrong"), None).await })
    });
    for one in many.collect::<Vec<_>>() {
        assert!(one.await.expect("no panic").is_ok());
    }
    assert!((1..=3).contains(&hasher.0.idle().len()));
    let large = PasswordHash::parse(TAKEN_OVER[6]).expect("sound");
    let large = hasher.verify(&password("wrong"), Some(&large)).await;
    assert!(large.is_ok());
    let current = hasher.0.current;
    assert!(
        hasher
            .0
            .idle()
            .iter()
            .all(|memory| memory.is_within(current))
    );
}

/// docs/security.md#lim-04
#[tokio::test]
async fn a_hash_takes_as_many_permits_as_it_takes_memory() {
    let hasher = hasher(3, Duration::from_millis(5));
    // 8 KiB each, as configured above: this one takes 256 KiB, more than all permits together.
    let large = PasswordHash::parse(TAKEN_OVER[6]).expect("sound");
    let taken = hasher.0.permits.clone().acquire_owned().await;
    let refused = hasher.verify(&password("wrong"), Some(&large)).await;
    assert!(matches!(refused, Err(HashError::Busy)));
    assert!(hasher.verify(&password("wrong"), None).await.is_ok());
    drop(taken.expect("open"));
    assert!(
        hasher
            .verify(&password("wrong"), Some(&large))
            .await
            .is_ok()
    );
}
