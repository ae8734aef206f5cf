//! The programs we know by name: a secret in place of the CAPTCHA that only people solve.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The name of a client that has proven to be it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientName(String);

impl ClientName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Every client with the hash of its secret. Secrets are long and random (the configuration
/// refuses others), so that they need no salt and no slow hash.
#[derive(Clone)]
pub struct ApiClients(Vec<(ClientName, [u8; 32])>);

impl ApiClients {
    /// Stores a hash of each secret by the name of its client.
    pub fn new<'a>(clients: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let hashed = |(name, secret): (&str, &str)| (ClientName(name.to_owned()), digest(secret));
        Self(clients.map(hashed).collect())
    }

    /// The client of this name, if the secret is its own. Takes the same time whichever of the two
    /// is wrong (ASVS 11.2.4).
    pub fn authenticate(&self, name: &str, secret: &str) -> Option<ClientName> {
        let given = digest(secret);
        self.0
            .iter()
            .filter(|(known, hash)| {
                let right = hash.ct_eq(&given);
                bool::from(right & digest(known.as_str()).ct_eq(&digest(name)))
            })
            .map(|(known, _)| known.clone())
            .next_back()
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

impl fmt::Debug for ApiClients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiClients")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_known_by_its_own_secret_alone() {
        let clients = ApiClients::new([("shop", "the shop's"), ("bank", "the bank's")].into_iter());
        let name = |name, secret| {
            let client = clients.authenticate(name, secret)?;
            Some(client.as_str().to_owned())
        };
        assert_eq!(name("shop", "the shop's").as_deref(), Some("shop"));
        assert_eq!(name("bank", "the bank's").as_deref(), Some("bank"));
        for (wrong, secret) in [
            ("shop", "the bank's"),
            ("Shop", "the shop's"),
            ("shop", ""),
            ("", "the shop's"),
            ("", ""),
        ] {
            assert_eq!(name(wrong, secret), None, "{wrong} {secret}");
        }
        assert_eq!(format!("{clients:?}"), "ApiClients");
    }
}
