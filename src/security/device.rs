//! Device marks: signed cookies, one for each account that has signed in with a browser.
//!
//! A mark gives the browser a separate limit of password attempts for that account, and no other right. A sign-in of a
//! browser without a mark is notified. The mark is a keyed hash of the account, its epoch and a random device id. A new
//! epoch revokes all marks of an account.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::token::{AccountId, generate_random_bytes};

/// Random ID of one browser for one account. `Debug` hides the ID.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceId([u8; DEVICE_BYTES]);

const DEVICE_BYTES: usize = 16;
const MAC_BYTES: usize = 32;

impl DeviceId {
    /// Generates a random device ID.
    pub fn generate() -> Self {
        Self(generate_random_bytes())
    }

    /// Formats the device ID in hexadecimal, as the subject of a rate limit.
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceId")
    }
}

/// Signed mark of a browser that has signed in to an account: device ID and keyed hash. `Debug` hides the mark.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceMark {
    device: DeviceId,
    mac: [u8; MAC_BYTES],
}

impl DeviceMark {
    /// Parses a device mark: the signed cookie of a browser that has signed in before.
    ///
    /// Returns `None` if the mark is malformed.
    pub fn parse(device_mark: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(device_mark).ok()?;
        let (device, mac) = bytes.split_first_chunk::<DEVICE_BYTES>()?;
        Some(Self {
            device: DeviceId(*device),
            mac: mac.try_into().ok()?,
        })
    }

    /// Encodes the device mark in base64url, for a cookie or a header.
    pub fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode([&self.device.0[..], &self.mac].concat())
    }
}

impl fmt::Debug for DeviceMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceMark")
    }
}

/// Keys of device marks, the signed cookies of browsers that have signed in before.
///
/// The current key signs and verifies; keys from before a rotation only verify.
pub struct DeviceKeys {
    current: [u8; 32],
    previous: Vec<[u8; 32]>,
}

impl DeviceKeys {
    /// Creates the keys that sign and verify device marks, from the current key and the previous ones.
    ///
    /// A device mark is in the cookie of a browser that has signed in before.
    pub fn new(current_key: [u8; 32], previous_keys: impl Iterator<Item = [u8; 32]>) -> Self {
        Self {
            current: current_key,
            previous: previous_keys.collect(),
        }
    }

    /// Creates a device mark, a signed cookie value which proves that this browser has signed in to the account.
    ///
    /// A new `epoch` of the account revokes all earlier device marks of the account.
    pub fn issue_device_mark(
        &self,
        device: DeviceId,
        account: &AccountId,
        epoch: i64,
    ) -> DeviceMark {
        let mac = compute_hmac_of_device_mark_cookie(&self.current, &device, account, epoch);
        DeviceMark {
            mac: mac.map_or([0; MAC_BYTES], |mac| mac.finalize().into_bytes().into()),
            device,
        }
    }

    /// Returns the device ID of the first device mark (signed cookie of a browser) that is valid for this account.
    ///
    /// Marks with another `epoch` are revoked.
    pub fn find_device_with_valid_mark(
        &self,
        marks: &[DeviceMark],
        account: &AccountId,
        epoch: i64,
    ) -> Option<DeviceId> {
        let genuine = marks.iter().find(|mark| {
            let mut keys = std::iter::once(&self.current).chain(&self.previous);
            keys.any(|key| {
                let expected =
                    compute_hmac_of_device_mark_cookie(key, &mark.device, account, epoch);
                // `verify_slice` compares in constant time.
                expected.is_some_and(|expected| expected.verify_slice(&mark.mac).is_ok())
            })
        });
        genuine.map(|mark| mark.device.clone())
    }
}

/// Computes the HMAC in a device mark, the signed cookie of a browser.
///
/// Always succeeds, because HMAC accepts keys of any length.
fn compute_hmac_of_device_mark_cookie(
    key: &[u8; 32],
    DeviceId(device): &DeviceId,
    account: &AccountId,
    epoch: i64,
) -> Option<Hmac<Sha256>> {
    let mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    // The first two parts have a fixed length, so different values never give the same input.
    let mac = mac.chain_update(device).chain_update(epoch.to_be_bytes());
    Some(mac.chain_update(account.as_str().as_bytes()))
}

impl fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKeys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create_device_keys(current_key_byte: u8, previous_key_bytes: &[u8]) -> DeviceKeys {
        DeviceKeys::new(
            [current_key_byte; 32],
            previous_key_bytes.iter().map(|key| [*key; 32]),
        )
    }

    fn create_account_id(id: &str) -> AccountId {
        AccountId::from_stored(id.into())
    }

    #[test]
    fn device_mark_cookie_is_invalid_for_another_account_and_after_revocation() {
        let (keys, ann, bob) = (
            create_device_keys(1, &[]),
            create_account_id("ann"),
            create_account_id("bob"),
        );
        let mark = keys.issue_device_mark(DeviceId::generate(), &ann, 3);
        let read = DeviceMark::parse(&mark.expose()).expect("a mark");
        assert_eq!(read, mark);
        let marks = [keys.issue_device_mark(DeviceId::generate(), &bob, 3), read];
        assert!(keys.find_device_with_valid_mark(&marks, &ann, 3).is_some());
        assert!(
            keys.find_device_with_valid_mark(&marks[1..], &bob, 3)
                .is_none()
        );
        assert!(
            keys.find_device_with_valid_mark(&marks, &ann, 4).is_none(),
            "revoked"
        );
        assert_eq!(
            format!("{marks:?} {keys:?}"),
            "[DeviceMark, DeviceMark] DeviceKeys"
        );
    }

    #[test]
    fn device_mark_is_valid_with_a_previous_key_and_invalid_with_a_removed_key() {
        let ann = create_account_id("ann");
        let marks = [create_device_keys(1, &[]).issue_device_mark(DeviceId::generate(), &ann, 0)];
        assert!(
            create_device_keys(2, &[1])
                .find_device_with_valid_mark(&marks, &ann, 0)
                .is_some()
        );
        assert!(
            create_device_keys(2, &[3])
                .find_device_with_valid_mark(&marks, &ann, 0)
                .is_none()
        );
    }

    #[test]
    fn device_mark_cookie_with_a_changed_character_is_invalid() {
        let (keys, ann) = (create_device_keys(1, &[]), create_account_id("ann"));
        let text = keys
            .issue_device_mark(DeviceId::generate(), &ann, 0)
            .expose();
        for at in 0..text.len() {
            let other = if text.as_bytes()[at] == b'A' {
                "B"
            } else {
                "A"
            };
            let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            let marks: Vec<DeviceMark> = DeviceMark::parse(&changed).into_iter().collect();
            assert!(
                keys.find_device_with_valid_mark(&marks, &ann, 0).is_none(),
                "{changed}"
            );
        }
        for text in ["", "short", &"A".repeat(65), &"ä".repeat(32)] {
            assert!(DeviceMark::parse(text).is_none(), "{text}");
        }
    }
}
