use serde::{Deserialize, Serialize};

use crate::security::password::FlowHashes;
use crate::security::token::{AccountId, TokenHash};
use crate::store::password_resets::ResetBasis;
use domain::{PaymentId, ProtectedArea, RecoveryId};

/// What a flow has collected for its purpose, stored beside its verification.
///
/// It never contains a plain password: passwords are hashed as soon as they arrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "subject", rename_all = "snake_case")]
pub enum FlowData {
    Registration {
        full_name: String,
        username: String,
        email: String,
        /// The PHC string, once the password was entered.
        password_hash: Option<String>,
        /// How many hashes the flow has caused.
        #[serde(default)]
        hashes: FlowHashes,
    },
    SignIn {
        account: AccountId,
    },
    SetUp {
        account: AccountId,
        /// The number to prove after the verified number on file (E.164).
        next: Option<String>,
        /// Whether the verified number on file was proven in this flow.
        on_file_proven: bool,
        /// The due recovery that permits to replace the number of an enrolled account.
        #[serde(default)]
        recovery: Option<RecoveryId>,
    },
    PhoneChange {
        account: AccountId,
        /// The number to replace (E.164). If the account has another one by then, the change fails.
        from: String,
    },
    StepUp {
        account: AccountId,
        /// The page that the user asked for.
        area: ProtectedArea,
    },
    Payment {
        account: AccountId,
        /// Amount and payee are in the row of the payment only.
        payment: PaymentId,
        /// The session token at the time the payment was begun. Another token cannot confirm it.
        session: TokenHash,
    },
    PasswordReset {
        basis: ResetBasis,
        /// The PHC string of the new password.
        password_hash: String,
    },
}

impl FlowData {
    /// The payment that the flow is for; `None` for other purposes.
    pub const fn payment(&self) -> Option<&PaymentId> {
        match self {
            Self::Payment { payment, .. } => Some(payment),
            Self::Registration { .. }
            | Self::SignIn { .. }
            | Self::SetUp { .. }
            | Self::PhoneChange { .. }
            | Self::StepUp { .. }
            | Self::PasswordReset { .. } => None,
        }
    }

    /// Whether a session with this token may continue the flow, provided that it is of the same account.
    pub fn is_open_to(&self, token: &TokenHash) -> bool {
        match self {
            Self::Payment { session, .. } => session == token,
            Self::Registration { .. }
            | Self::SignIn { .. }
            | Self::SetUp { .. }
            | Self::PhoneChange { .. }
            | Self::StepUp { .. }
            | Self::PasswordReset { .. } => true,
        }
    }
}
