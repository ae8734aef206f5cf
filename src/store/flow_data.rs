use serde::{Deserialize, Serialize};

use crate::security::token::{AccountId, TokenHash};
use domain::{PaymentId, ProtectedArea};

/// What a flow collects for its purpose, stored beside its verification.
///
/// The plain password is never part of it: it is hashed the moment it arrives (REG-08).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "subject", rename_all = "snake_case")]
pub enum FlowData {
    Registration {
        full_name: String,
        username: String,
        email: String,
        /// The PHC string, once the password was given.
        password_hash: Option<String>,
    },
    SignIn {
        account: AccountId,
    },
    SetUp {
        account: AccountId,
        /// The number to be proven after the verified one on file (E.164, ENR-02).
        next: Option<String>,
        /// Whether the verified number on file was proven in this flow.
        on_file_proven: bool,
    },
    PhoneChange {
        account: AccountId,
        /// The number it takes the place of (E.164): another change meanwhile voids this one.
        from: String,
    },
    StepUp {
        account: AccountId,
        /// Where the person wanted to go.
        area: ProtectedArea,
    },
    Payment {
        account: AccountId,
        /// Its row holds what is paid to whom; nothing of it is repeated here.
        payment: PaymentId,
        /// The token the session had when it was begun: another one confirms nothing (PAY-07).
        session: TokenHash,
    },
}

impl FlowData {
    /// Whether a session of this token may go on with it, its account being the right one.
    pub fn is_open_to(&self, token: &TokenHash) -> bool {
        match self {
            Self::Payment { session, .. } => session == token,
            Self::Registration { .. }
            | Self::SignIn { .. }
            | Self::SetUp { .. }
            | Self::PhoneChange { .. }
            | Self::StepUp { .. } => true,
        }
    }
}
