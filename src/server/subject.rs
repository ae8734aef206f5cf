use serde::{Deserialize, Serialize};

use crate::domain::Method;
use crate::server::token::AccountId;

/// What a flow collects for its purpose, stored beside its verification.
///
/// The plain password is never part of it: it is hashed the moment it arrives (REG-08).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "subject", rename_all = "snake_case")]
pub enum Subject {
    Registration {
        full_name: String,
        username: String,
        email: String,
        /// The PHC string, once the password was given.
        password_hash: Option<String>,
    },
    SignIn {
        account: AccountId,
        /// The method being used, once chosen.
        method: Option<Method>,
    },
}
