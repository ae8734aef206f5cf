use serde::{Deserialize, Serialize};

use crate::phone::PhoneHint;

/// A message to an account holder about a change of the account.
///
/// A closed enum, so that no other text is ever sent. No variant carries a code, a token or a complete phone number:
/// mail and SMS can be read by others. The only link is that to the sign-in page, in the mail about a registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notification {
    /// A registration used the e-mail address of this account. Sent instead of an error message, which would
    /// reveal to the registrant that the account exists.
    RegistrationConflict,
    TwoFactorSetUp {
        phone: PhoneHint,
    },
    /// The phone number was replaced by this one.
    PhoneChanged {
        phone: PhoneHint,
    },
    AuthenticatorAdded,
    AuthenticatorRemoved,
    RecoveryCodesCreated,
    RecoveryCodeUsed {
        /// The number of unused codes.
        left: u32,
    },
    /// The second factor is locked for a day after too many wrong codes.
    FactorHeld,
    /// Wrong codes were entered after a correct password.
    FactorFailures,
    /// An administrator removed the second factor.
    TwoFactorReset,
    /// All sessions were ended.
    SessionsEnded,
}

impl Notification {
    /// The name of the variant, as serialised in `notice`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RegistrationConflict => "registration_conflict",
            Self::TwoFactorSetUp { .. } => "two_factor_set_up",
            Self::PhoneChanged { .. } => "phone_changed",
            Self::AuthenticatorAdded => "authenticator_added",
            Self::AuthenticatorRemoved => "authenticator_removed",
            Self::RecoveryCodesCreated => "recovery_codes_created",
            Self::RecoveryCodeUsed { .. } => "recovery_code_used",
            Self::FactorHeld => "factor_held",
            Self::FactorFailures => "factor_failures",
            Self::TwoFactorReset => "two_factor_reset",
            Self::SessionsEnded => "sessions_ended",
        }
    }
}
