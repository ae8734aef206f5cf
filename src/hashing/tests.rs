//! The hasher, with parameters so cheap that only the bookkeeping is measured.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tokio::task;

use super::*;
use crate::security::password::{HashParameters, PasswordHash};
use domain::Password;

const CHEAP: HashParameters = HashParameters {
    memory_kib: 8,
    iterations: 1,
    parallelism: 1,
};

const LONG: Duration = Duration::from_mins(1);

fn hasher(turns: usize, max_wait: Duration) -> Hasher {
    Hasher::new(CHEAP, turns, max_wait).expect("accepted parameters")
}

fn password(text: &str) -> Password {
    Password::parse_existing(text.to_owned()).expect("not empty")
}

fn permit() -> HashPermit {
    HashPermit::for_test("192.0.2.1")
}

/// The result of a comparison, without the permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    No,
    Yes,
    YesRehash,
}

async fn verify(hasher: &Hasher, typed: &Password, stored: Option<&PasswordHash>) -> Found {
    match hasher.verify_password(permit(), typed, stored).await {
        Ok(Verified::No) => Found::No,
        Ok(Verified::Yes) => Found::Yes,
        Ok(Verified::YesRehash(_)) => Found::YesRehash,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn right_password_is_accepted_and_another_is_refused() {
    let hasher = hasher(2, LONG);
    let stored = hasher
        .hash_password(permit(), &password("correct horse"))
        .await
        .expect("hash");
    for (typed, expected) in [
        ("correct horse", Found::Yes),
        ("correct horse ", Found::No),
        (" correct horse", Found::No),
        ("Correct horse", Found::No),
        ("x", Found::No),
    ] {
        let found = verify(&hasher, &password(typed), Some(&stored)).await;
        assert_eq!(found, expected, "{typed:?}");
    }
}

#[tokio::test]
async fn new_hash_is_argon2id_with_the_current_parameters_and_a_random_salt() {
    let hasher = hasher(2, LONG);
    let one = hasher
        .hash_password(permit(), &password("correct horse"))
        .await
        .expect("hash");
    let two = hasher
        .hash_password(permit(), &password("correct horse"))
        .await
        .expect("hash");
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
    let stored = hasher.hash_password(permit(), &one).await.expect("hash");
    for typed in [password(&format!("{head}two")), password(&head)] {
        let found = verify(&hasher, &typed, Some(&stored)).await;
        assert_eq!(found, Found::No);
    }
}

#[tokio::test]
async fn composed_and_decomposed_letters_are_one_password() {
    let hasher = hasher(2, LONG);
    let composed = password("caf\u{e9} au lait");
    let decomposed = password("cafe\u{301} au lait");
    let stored = hasher
        .hash_password(permit(), &composed)
        .await
        .expect("hash");
    let found = verify(&hasher, &decomposed, Some(&stored)).await;
    assert_eq!(found, Found::Yes);
    // NFC keeps apart what only looks alike.
    let stored = hasher
        .hash_password(permit(), &password("ﬁle ten!"))
        .await
        .expect("hash");
    let found = verify(&hasher, &password("file ten!"), Some(&stored)).await;
    assert_eq!(found, Found::No);
}

#[tokio::test]
async fn unknown_user_costs_a_hash_and_is_never_right() {
    let hasher = hasher(2, LONG);
    for typed in ["anything", "no account has this password"] {
        let before = hasher.hashes_computed();
        let found = verify(&hasher, &password(typed), None).await;
        assert_eq!(found, Found::No);
        assert_eq!(hasher.hashes_computed(), before + 1);
    }
}

#[tokio::test]
async fn right_password_with_outdated_parameters_returns_the_permit_for_a_new_hash() {
    let old = hasher(2, LONG);
    let right = password("correct horse");
    let stored = old.hash_password(permit(), &right).await.expect("hash");
    let raised = HashParameters {
        iterations: 3,
        ..CHEAP
    };
    let new = Hasher::new(raised, 2, LONG).expect("accepted parameters");
    let found = verify(&new, &password("wrong horse"), Some(&stored)).await;
    assert_eq!(found, Found::No);
    let found = new.verify_password(permit(), &right, Some(&stored)).await;
    let Ok(Verified::YesRehash(permit)) = found else {
        panic!("{found:?}");
    };
    let stored = new.hash_password(permit, &right).await.expect("hash");
    assert_eq!(verify(&new, &right, Some(&stored)).await, Found::Yes);
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
async fn request_without_a_turn_in_time_is_refused_as_busy() {
    let hasher = hasher(1, Duration::from_millis(5));
    let taken = hasher.queue().acquire_turns(permit().lane(), 1).await;
    let refused = hasher
        .hash_password(permit(), &password("correct horse"))
        .await;
    assert!(matches!(refused, Err(HashError::Busy)));
    let refused = hasher
        .verify_password(permit(), &password("correct horse"), None)
        .await;
    assert!(matches!(refused, Err(HashError::Busy)));
    assert_eq!(hasher.hashes_computed(), 0);
    drop(taken.expect("free"));
    let made = hasher
        .hash_password(permit(), &password("correct horse"))
        .await;
    assert!(made.is_ok());
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

/// Fifty requests of different sources. Their work ends when the gate opens. Returns when two have begun.
async fn fifty_requests(hasher: &Hasher, gate: &Arc<Gate>) -> Vec<task::JoinHandle<()>> {
    let begin = |number: u32| {
        let (hasher, gate) = (hasher.clone(), gate.clone());
        let lane = Lane::of_source(&format!("192.0.2.{number}"));
        tokio::spawn(async move {
            let done = hasher.run_in_turn(&lane, 1, move |_| gate.pass()).await;
            done.expect("in time");
        })
    };
    let requests = (0..50).map(begin).collect();
    while gate.running.load(Ordering::SeqCst) < 2 {
        task::yield_now().await;
    }
    requests
}

#[tokio::test]
async fn aborted_requests_do_not_free_the_turns_of_their_hashes() {
    let (hasher, gate) = (hasher(2, LONG), Arc::new(Gate::default()));
    for request in fifty_requests(&hasher, &gate).await {
        request.abort();
        assert!(request.await.is_err_and(|ended| ended.is_cancelled()));
    }
    // All requests have ended, but the two hashes that were begun still hold their turns.
    let second = fifty_requests(&hasher, &gate).await;
    assert_eq!(hasher.hashes_computed(), 2);
    gate.open();
    for request in second {
        request.await.expect("not aborted");
    }
    assert_eq!(hasher.hashes_computed(), 52);
    assert_eq!(gate.peak.load(Ordering::SeqCst), 2);
    assert!(
        hasher
            .queue()
            .acquire_turns(permit().lane(), 2)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn work_that_panics_gives_its_turn_back() {
    let hasher = hasher(1, LONG);
    let lane = Lane::of_source("192.0.2.1");
    let broken = hasher
        .run_in_turn(&lane, 1, |_| assert_eq!(1, 2, "on purpose"))
        .await;
    assert!(matches!(broken, Err(HashError::Failed(_))));
    let made = hasher
        .hash_password(permit(), &password("correct horse"))
        .await;
    assert!(made.is_ok());
}

/// Hashes of "correct horse 1 staple" as other systems made them: libxcrypt, Python's `hashlib`,
/// and the reference implementation of Argon2.
const IMPORTED: [&str; 7] = [
    "$2b$05$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG",
    "$2y$05$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG",
    "$scrypt$ln=10,r=8,p=1$c2l4dGVlbiBzYWx0eSBieQ$Dy7U1UN5zUM6FnIZ4J03Po+4/atg7lvBxOV9VOKy7SE",
    "$argon2i$v=19$m=256,t=2,p=1$c2l4dGVlbiBzYWx0eSBieQ$gxf68LIBG+fm1ZMoVkIfH/a3cIZoTtMusAUFQbn/P20",
    "$argon2d$v=19$m=256,t=2,p=1$c2l4dGVlbiBzYWx0eSBieQ$Y2YpxTOIplwDjUuFF3n5yd1MiqZTyzq6//oJC8a9vaI",
    "$argon2id$v=16$m=256,t=2,p=1$c2l4dGVlbiBzYWx0eSBieQ$IGUVUn9g7MP+SSG+ZUaCBqVB+1O+dzm1V3tl1v4TUJA",
    "$argon2id$v=19$m=256,t=2,p=1$c2l4dGVlbiBzYWx0eSBieQ$jXYgnKKDu6gHX0vXAifuqL5WiwiNXQOnpJZhUGt5kAk",
];

#[tokio::test]
async fn imported_hash_is_right_and_to_be_replaced() {
    let hasher = hasher(2, LONG);
    for text in IMPORTED {
        let stored = PasswordHash::parse(text).expect(text);
        for (typed, expected) in [
            ("correct horse 1 staple", Found::YesRehash),
            ("correct horse 2 staple", Found::No),
        ] {
            let found = verify(&hasher, &password(typed), Some(&stored)).await;
            assert_eq!(found, expected, "{text}");
        }
    }
}

/// docs/security.md#reg-06
#[tokio::test]
async fn imported_hash_of_the_composed_or_decomposed_form_is_right() {
    let hasher = hasher(2, LONG);
    let composed = "$2b$04$7LCcf6rKdtqPJdKeRLEhZeWYg35rISJEj736NEDrmpcVClhLJgr/G";
    let decomposed = "$2b$04$abcdefghijklmnopqrstuu.oMTCQjdCbYvSW3IQEvGWmdb6wOIFXe";
    for (text, typed, expected) in [
        (composed, "caf\u{e9} au lait", Found::YesRehash),
        (composed, "cafe\u{301} au lait", Found::YesRehash),
        (composed, "cafe au lait", Found::No),
        (decomposed, "cafe\u{301} au lait", Found::YesRehash),
        (decomposed, "caf\u{e9} au lait", Found::YesRehash),
        (decomposed, "cafe au lait", Found::No),
        (decomposed, "cafe\u{300} au lait", Found::No),
    ] {
        let stored = PasswordHash::parse(text).expect(text);
        let found = verify(&hasher, &password(typed), Some(&stored)).await;
        assert_eq!(found, expected, "{typed}");
    }
}

/// Hashes of "caf\u{e9} \u{fc}ber alles" in NFC, in NFD and as a mixture, computed with Python. The first two are
/// right whichever form is typed.
#[tokio::test]
async fn imported_hash_is_right_whichever_form_the_keyboard_sends() {
    let hasher = hasher(2, LONG);
    let (composed, decomposed, mixed) = (
        "caf\u{e9} \u{fc}ber alles",
        "cafe\u{301} u\u{308}ber alles",
        "caf\u{e9} u\u{308}ber alles",
    );
    let of_composed =
        "pbkdf2_sha256$1000$seasalt12345$dUAHZ3SG6zMykAk1k17aHRCBYKFvwJp2k3tVDHjx+CI=";
    let of_decomposed =
        "pbkdf2_sha256$1000$seasalt12345$sxX5BLySxgeybV9R5GpgGQTev1QUNg8i7HKmf6LfUiw=";
    let of_mixed = "pbkdf2_sha256$1000$seasalt12345$U6512d0FDXgw7fsYWym0ik7c5JBPZa6qJH1/HU5K8Q8=";
    for typed in [composed, decomposed, mixed] {
        for text in [of_composed, of_decomposed] {
            let stored = PasswordHash::parse(text).expect(text);
            let found = verify(&hasher, &password(typed), Some(&stored)).await;
            assert_eq!(found, Found::YesRehash, "{typed} {text}");
            let wrong = password(&format!("{typed}!"));
            assert_eq!(verify(&hasher, &wrong, Some(&stored)).await, Found::No);
        }
    }
    let stored = PasswordHash::parse(of_mixed).expect(of_mixed);
    let found = verify(&hasher, &password(mixed), Some(&stored)).await;
    assert_eq!(found, Found::YesRehash);
    // An Argon2id hash with today's parameters may be imported as well.
    let ours =
        compute::hash_password(decomposed, CHEAP, &mut compute::Memory::default()).expect("hash");
    let found = verify(&hasher, &password(composed), Some(&ours)).await;
    assert_eq!(found, Found::YesRehash);
}

/// docs/security.md#lim-04
#[tokio::test]
async fn hashes_use_the_memory_of_those_before_them() {
    let hasher = hasher(3, LONG);
    let many = (0..20).map(|_| {
        let hasher = hasher.clone();
        tokio::spawn(async move { verify(&hasher, &password("wrong"), None).await })
    });
    for one in many.collect::<Vec<_>>() {
        assert_eq!(one.await.expect("no panic"), Found::No);
    }
    assert!(
        hasher
            .kept_memory()
            .is_some_and(|kept| (1..=3).contains(&kept))
    );
    let large = PasswordHash::parse(IMPORTED[6]).expect("valid");
    assert_eq!(
        verify(&hasher, &password("wrong"), Some(&large)).await,
        Found::No
    );
    assert!(hasher.kept_memory().is_some(), "larger memory is not kept");
}

/// docs/security.md#lim-04
#[tokio::test]
async fn hash_takes_as_many_turns_as_it_takes_memory() {
    let hasher = hasher(3, Duration::from_millis(5));
    // With 8 KiB for each turn, a hash of 256 KiB needs more than all turns together.
    let large = PasswordHash::parse(IMPORTED[6]).expect("valid");
    let taken = hasher.queue().acquire_turns(permit().lane(), 1).await;
    let refused = hasher
        .verify_password(permit(), &password("wrong"), Some(&large))
        .await;
    assert!(matches!(refused, Err(HashError::Busy)));
    assert_eq!(verify(&hasher, &password("wrong"), None).await, Found::No);
    drop(taken.expect("free"));
    assert_eq!(
        verify(&hasher, &password("wrong"), Some(&large)).await,
        Found::No
    );
}
