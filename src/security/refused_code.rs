//! Remembers the last refused code of a flow, so that submitting it twice costs one attempt.

use serde::{Deserialize, Serialize};

use super::token::BucketKey;

/// Keyed hash of a code that was refused. The stored hash detects a repeated attempt and does not reveal the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RefusedCode(String);

impl RefusedCode {
    /// Hashes a refused code.
    ///
    /// `scope` identifies the verification or time step that has refused the code, because the same digits may be
    /// correct in another scope.
    pub fn new(scope: &str, code: &str, hash_key: &[u8]) -> Self {
        let subject = format!("{scope}\n{code}");
        Self(
            BucketKey::new("refused-code", &subject, hash_key)
                .as_str()
                .to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_of_a_refused_code_differs_per_verification_and_does_not_reveal_the_code() {
        let refused = RefusedCode::new("VE1", "123456", b"key");
        assert_eq!(refused, RefusedCode::new("VE1", "123456", b"key"));
        for other in [
            RefusedCode::new("VE2", "123456", b"key"),
            RefusedCode::new("VE1", "123457", b"key"),
            RefusedCode::new("VE1", "123456", b"other"),
        ] {
            assert_ne!(refused, other);
        }
        assert!(!format!("{refused:?}").contains("123456"));
    }
}
