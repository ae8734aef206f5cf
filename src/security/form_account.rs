//! Identifier of an account in the forms of the signed-in area.

use super::token::{AccountId, BucketKey};

/// Identifier of the account for which a form of the signed-in area was rendered.
///
/// Another tab of the browser can sign in to another account. The server refuses a form whose identifier belongs to
/// another account than that of the session. The identifier grants no access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormAccountId(String);

impl FormAccountId {
    /// Computes the identifier of an account, as keyed hash.
    pub fn new(account: &AccountId, hash_key: &[u8]) -> Self {
        let key = BucketKey::new("form-account", account.as_str(), hash_key);
        Self(key.as_str().to_owned())
    }

    /// Reads the identifier from a form. Returns `None` for a form without it.
    pub fn from_form(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// Returns the identifier as text for a form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_account_id_depends_on_account_and_key_and_hides_the_account() {
        let id = |account: &str, key: &[u8]| {
            FormAccountId::new(&AccountId::from_stored(account.to_owned()), key)
        };
        let one = id("account-1", b"key");
        assert_eq!(one, id("account-1", b"key"));
        assert_ne!(one, id("account-2", b"key"));
        assert_ne!(one, id("account-1", b"other"));
        assert!(!one.as_str().contains("account-1"));
        assert_eq!(FormAccountId::from_form(one.as_str()), Some(one));
        assert_eq!(FormAccountId::from_form(""), None);
    }
}
