use serde::{Deserialize, Serialize};

use crate::phone::PhoneHint;

/// A message to an account holder about a change of the account.
///
/// A closed enum, so that no other text is ever sent. No variant carries a code, a token or a complete phone number:
/// mail and SMS can be read by others. A mail can name one page of this site: see [`Self::page`]. The token of a reset
/// link is made when its mail is sent.
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
    /// Someone asked for a mail with a link to a new password. Sent by mail only.
    PasswordResetRequested,
    /// The password was changed, or reset by mail and second factor.
    PasswordChanged,
}

/// The page that a mail names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationPage {
    SignIn,
    /// The page that asks for a reset link.
    ForgotPassword,
    /// The reset link itself: it works once.
    ResetLink,
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
            Self::PasswordResetRequested => "password_reset_requested",
            Self::PasswordChanged => "password_changed",
        }
    }

    /// The page that the mail names, if it names one.
    pub const fn page(&self) -> Option<NotificationPage> {
        match self {
            Self::RegistrationConflict => Some(NotificationPage::SignIn),
            Self::PasswordResetRequested => Some(NotificationPage::ResetLink),
            // The password is known to an attacker, or may be.
            Self::FactorHeld | Self::FactorFailures | Self::PasswordChanged => {
                Some(NotificationPage::ForgotPassword)
            }
            Self::TwoFactorSetUp { .. }
            | Self::PhoneChanged { .. }
            | Self::AuthenticatorAdded
            | Self::AuthenticatorRemoved
            | Self::RecoveryCodesCreated
            | Self::RecoveryCodeUsed { .. }
            | Self::TwoFactorReset
            | Self::SessionsEnded => None,
        }
    }
}
