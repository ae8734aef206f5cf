use serde::{Deserialize, Serialize};

use crate::security::password::FlowHashes;
use crate::security::token::{AccountId, TokenHash};
use crate::store::account_locks::PasswordProof;
use crate::store::password_resets::ResetBasis;
use domain::{FlashMessage, PaymentId, ProtectedArea, RecoveryId};

/// The data that a verification flow has collected for its purpose, stored as JSON. Passwords are stored only as
/// hashes.
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
        /// The reason that the answer to the correct code gave for creating no account. `None` also if the answer gave
        /// none: an account was created, or another account has verified the e-mail address.
        #[serde(default)]
        shown_refusal: Option<FlashMessage>,
    },
    SignIn {
        account: AccountId,
        /// The device epoch of the account when the password was verified; `None` in flows of earlier versions.
        #[serde(default)]
        epoch: Option<i64>,
    },
    SetUp {
        account: AccountId,
        /// The device epoch of the account when the password was verified; `None` in flows of earlier versions.
        #[serde(default)]
        epoch: Option<i64>,
        /// The new phone number (E.164), to be verified after the stored number.
        next: Option<String>,
        /// Whether a code to the stored number was correct in this flow.
        #[serde(rename = "on_file_proven")]
        stored_phone_verified: bool,
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
        /// The device epoch of the account when the password was verified; `None` in flows of earlier versions.
        #[serde(default)]
        epoch: Option<i64>,
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
    /// Returns the ID of the payment that the verification flow confirms; `None` for flows of other purposes.
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

    /// Returns the proof of the password with which the verification flow began.
    ///
    /// Returns `None` for flows that begin without a password.
    pub fn password_proof(&self) -> Option<PasswordProof> {
        match self {
            Self::SignIn { account, epoch }
            | Self::SetUp { account, epoch, .. }
            | Self::StepUp { account, epoch, .. } => {
                Some(PasswordProof::from_stored(account.clone(), *epoch))
            }
            Self::Registration { .. }
            | Self::PhoneChange { .. }
            | Self::Payment { .. }
            | Self::PasswordReset { .. } => None,
        }
    }

    /// Returns whether the session with this token may continue the verification flow.
    ///
    /// The caller checks that flow and session have the same account.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_in_flow_of_an_earlier_version_is_read_without_an_epoch() {
        let account = AccountId::generate();
        let stored = format!(
            r#"{{"subject":"sign_in","account":"{}"}}"#,
            account.as_str()
        );
        let read: FlowData = serde_json::from_str(&stored).expect("valid flow data");
        let epoch = None;
        assert_eq!(read, FlowData::SignIn { account, epoch });
    }

    #[test]
    fn registration_flow_of_an_earlier_version_is_read_without_a_shown_refusal() {
        let stored = concat!(
            r#"{"subject":"registration","full_name":"Ann Lee","username":"ann","#,
            r#""email":"ann@example.com","password_hash":null}"#
        );
        let read: FlowData = serde_json::from_str(stored).expect("valid flow data");
        let FlowData::Registration { shown_refusal, .. } = read else {
            panic!("{read:?}");
        };
        assert_eq!(shown_refusal, None);
    }
}
