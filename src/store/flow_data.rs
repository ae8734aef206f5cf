use serde::{Deserialize, Serialize};

use crate::security::password::FlowHashes;
use crate::security::token::{AccountId, TokenHash};
use crate::store::password_resets::ResetBasis;
use domain::{PaymentId, ProtectedArea, RecoveryId};

/// The data that a flow has collected for its purpose, stored as JSON. Passwords are stored only as hashes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "subject", rename_all = "snake_case")]
pub enum FlowData {
    Registration {
        full_name: String,
        username: String,
        email: String,
        /// The PHC string of the password; `None` until it was entered.
        password_hash: Option<String>,
        /// The number of password hashes that the flow has computed.
        #[serde(default)]
        hashes: FlowHashes,
    },
    SignIn {
        account: AccountId,
    },
    SetUp {
        account: AccountId,
        /// The new phone number (E.164), to be proven after the stored verified number.
        next: Option<String>,
        /// Whether the stored verified number was proven in this flow.
        on_file_proven: bool,
        /// The due recovery that allows replacing the phone number of an enrolled account.
        #[serde(default)]
        recovery: Option<RecoveryId>,
    },
    PhoneChange {
        account: AccountId,
        /// The phone number to replace (E.164). The change fails if the account has another number at its end.
        from: String,
    },
    StepUp {
        account: AccountId,
        /// The protected page that the user requested.
        area: ProtectedArea,
    },
    Payment {
        account: AccountId,
        /// The id of the payment, whose row contains amount and recipient.
        payment: PaymentId,
        /// The hash of the session token that started the payment. A session with another token cannot confirm it.
        session: TokenHash,
    },
    PasswordReset {
        basis: ResetBasis,
        /// The PHC string of the new password.
        password_hash: String,
    },
}

impl FlowData {
    /// Returns the ID of the payment that the flow confirms; `None` for flows of other purposes.
    pub const fn payment_id(&self) -> Option<&PaymentId> {
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

    /// Returns whether the session with this token may continue the flow. The caller checks that flow and session have
    /// the same account.
    pub fn may_session_continue_flow(&self, token: &TokenHash) -> bool {
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
