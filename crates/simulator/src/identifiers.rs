//! Random identifiers of the simulated providers: Twilio SIDs and Telnyx UUIDs.

use rand::{Rng, RngExt};

/// Creates a random Twilio SID: a prefix of two letters and 32 hexadecimal digits.
pub(crate) fn generate_random_twilio_sid(prefix: &str, rng: &mut impl Rng) -> String {
    format!("{prefix}{:032x}", rng.random::<u128>())
}

/// Returns whether `text` is `prefix` and 32 hexadecimal digits of either case.
pub(crate) fn has_twilio_sid_format(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|hex| hex.len() == 32 && hex.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// Creates a random UUID of version 4 (RFC 9562, section 5.4).
pub(crate) fn generate_random_uuid(rng: &mut impl Rng) -> String {
    let random: u128 = rng.random();
    let fixed = random & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{fixed:032x}");
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

/// Returns whether `text` is a UUID of any version, in either case.
pub(crate) fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12])
        && text
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn random_uuids_are_of_version_four() {
        let mut rng = StdRng::seed_from_u64(7);
        for _ in 0..1000 {
            let id = generate_random_uuid(&mut rng);
            assert!(is_uuid(&id), "{id}");
            assert_eq!(id.as_bytes()[14], b'4', "{id}");
            assert!(
                matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'),
                "{id}"
            );
        }
    }
}
