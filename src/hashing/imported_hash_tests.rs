//! Tests of the hasher with password hashes that were imported from other systems.

use super::compute;
use super::tests::{CHEAP, IMPORTED, LONG, Match, new_hasher, parse_password, verify_typed};
use crate::security::password::PasswordHash;

#[tokio::test]
async fn imported_hash_is_accepted_and_marked_for_replacement() {
    let hasher = new_hasher(2, LONG);
    for text in IMPORTED {
        let stored = PasswordHash::parse(text).expect(text);
        for (typed, expected) in [
            ("correct horse 1 staple", Match::YesRehash),
            ("correct horse 2 staple", Match::No),
        ] {
            let found = verify_typed(&hasher, &parse_password(typed), Some(&stored)).await;
            assert_eq!(found, expected, "{text}");
        }
    }
}

/// Tests docs/security.md#reg-06.
#[tokio::test]
async fn imported_hash_of_the_composed_or_decomposed_form_is_accepted() {
    let hasher = new_hasher(2, LONG);
    let composed = "$2b$04$7LCcf6rKdtqPJdKeRLEhZeWYg35rISJEj736NEDrmpcVClhLJgr/G";
    let decomposed = "$2b$04$abcdefghijklmnopqrstuu.oMTCQjdCbYvSW3IQEvGWmdb6wOIFXe";
    for (text, typed, expected) in [
        (composed, "caf\u{e9} au lait", Match::YesRehash),
        (composed, "cafe\u{301} au lait", Match::YesRehash),
        (composed, "cafe au lait", Match::No),
        (decomposed, "cafe\u{301} au lait", Match::YesRehash),
        (decomposed, "caf\u{e9} au lait", Match::YesRehash),
        (decomposed, "cafe au lait", Match::No),
        (decomposed, "cafe\u{300} au lait", Match::No),
    ] {
        let stored = PasswordHash::parse(text).expect(text);
        let found = verify_typed(&hasher, &parse_password(typed), Some(&stored)).await;
        assert_eq!(found, expected, "{typed}");
    }
}

/// Uses hashes of "caf\u{e9} \u{fc}ber alles" in NFC, in NFD and as a mixture, computed with Python.
#[tokio::test]
async fn imported_hash_accepts_every_unicode_form_that_a_keyboard_sends() {
    let hasher = new_hasher(2, LONG);
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
            let found = verify_typed(&hasher, &parse_password(typed), Some(&stored)).await;
            assert_eq!(found, Match::YesRehash, "{typed} {text}");
            let wrong = parse_password(&format!("{typed}!"));
            assert_eq!(
                verify_typed(&hasher, &wrong, Some(&stored)).await,
                Match::No
            );
        }
    }
    let stored = PasswordHash::parse(of_mixed).expect(of_mixed);
    let found = verify_typed(&hasher, &parse_password(mixed), Some(&stored)).await;
    assert_eq!(found, Match::YesRehash);
    // An Argon2id hash with today's parameters may be imported as well.
    let ours = compute::hash_password(decomposed, CHEAP, &mut compute::HashMemory::default())
        .expect("hash is computed");
    let found = verify_typed(&hasher, &parse_password(composed), Some(&ours)).await;
    assert_eq!(found, Match::YesRehash);
}
