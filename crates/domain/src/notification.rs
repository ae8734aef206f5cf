use serde::{Deserialize, Serialize};

use super::PhoneHint;

/// What a holder can be told. Closed on purpose: nothing else is ever written to anybody, and
/// none of it holds a code, a token, a link or a whole number (LEAK-01).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notification {
    /// Somebody tried to register with the e-mail of this account (ENUM-02).
    RegistrationConflict,
    TwoFactorSetUp {
        phone: PhoneHint,
    },
    /// The number on file was replaced, by this one (PHN-04).
    PhoneChanged {
        phone: PhoneHint,
    },
    AuthenticatorAdded,
    AuthenticatorRemoved,
    RecoveryCodesCreated,
    RecoveryCodeUsed {
        /// How many are left.
        left: u32,
    },
    /// No second factor is taken for a day, after too many wrong codes (OTP-07).
    FactorHeld,
    /// Wrong codes after a right password (LOG-11).
    FactorFailures,
    /// An administrator removed the second factor.
    TwoFactorReset,
    /// Every session was ended.
    SessionsEnded,
}
