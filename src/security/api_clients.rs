//! Authenticates API clients by name and secret. They present the secret in place of a CAPTCHA, which programs cannot
//! solve.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Name of an authenticated API client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientName(String);

impl ClientName {
    /// Returns the name of the API client as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Configured API clients: their names, and the hashes of their secrets.
#[derive(Clone)]
pub struct ApiClients(Vec<(ClientName, [u8; 32])>);

impl ApiClients {
    /// Creates the list of API clients from pairs of name and secret.
    pub fn new<'a>(names_and_secrets: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let hashed = |(name, secret): (&str, &str)| {
            (ClientName(name.to_owned()), hash_client_secret(secret))
        };
        Self(names_and_secrets.map(hashed).collect())
    }

    /// Checks name and secret of an API client in constant time (ASVS 11.2.4).
    ///
    /// Returns the name of the client if both are correct.
    pub fn authenticate(&self, name: &str, secret: &str) -> Option<ClientName> {
        let hash_of_given_secret = hash_client_secret(secret);
        self.0
            .iter()
            .filter(|(known, hash)| {
                let is_secret_correct = hash.ct_eq(&hash_of_given_secret);
                bool::from(
                    is_secret_correct
                        & hash_client_secret(known.as_str()).ct_eq(&hash_client_secret(name)),
                )
            })
            .map(|(known, _)| known.clone())
            .next_back()
    }
}

/// Computes the SHA-256 hash of an API client's secret.
fn hash_client_secret(secret: &str) -> [u8; 32] {
    // Secrets are long and random, because the configuration rejects others, so they need no salt and no slow hash.
    Sha256::digest(secret.as_bytes()).into()
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
    fn api_client_is_authenticated_only_by_its_secret() {
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
