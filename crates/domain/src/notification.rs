use serde::{Deserialize, Serialize};

use crate::calendar_day::CalendarDay;
use crate::device::Device;
use crate::phone::PhoneHint;
use crate::record_id::{ChangeId, RecoveryId};
use crate::time::Timestamp;

/// Notification by mail or SMS about an event of an account, such as a new password.
///
/// No variant contains a code, a token or a complete phone number, because other people may read mail and SMS. The
/// token of a link and the code of a mail are created when the mail is sent: see [`Self::page`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notification {
    /// A registration used the e-mail address of this account. Sent instead of an error message, which would reveal to
    /// the registrant that the account exists.
    RegistrationConflict,
    TwoFactorSetUp {
        phone: PhoneHint,
    },
    /// The phone number was replaced by this one.
    PhoneChanged {
        phone: PhoneHint,
        /// The change that the link in the message undoes; `None` for a change by an operator.
        #[serde(default)]
        undo: Option<ChangeId>,
    },
    /// The link in an earlier message has restored this phone number. The account cannot be used until its password is
    /// reset.
    PhoneRestored {
        phone: PhoneHint,
    },
    /// The user asked to replace a lost phone. The link of this mail opens the recovery. Sent by mail only.
    RecoveryRequested,
    /// An account recovery was started: the phone number can be replaced without a code in this many hours.
    RecoveryOpened {
        recovery: RecoveryId,
        hours: u32,
    },
    /// Half of the waiting time of a recovery is over.
    RecoveryReminder {
        recovery: RecoveryId,
        hours: u32,
    },
    RecoveryCancelled,
    /// A recovery has replaced the phone number by this one.
    RecoveryCompleted {
        phone: PhoneHint,
    },
    AuthenticatorAdded,
    AuthenticatorRemoved,
    RecoveryCodesCreated,
    RecoveryCodeUsed {
        /// The number of unused codes.
        left: u32,
    },
    /// The second factor is blocked for a day after too many wrong codes.
    FactorHeld,
    /// Wrong codes were entered after a correct password.
    FactorFailures,
    /// A browser without a device cookie of the account has signed in. Sent by mail to a verified address only.
    NewDeviceSignIn {
        device: Device,
        /// When the sign-in was completed.
        at: Timestamp,
    },
    /// An administrator removed the second factor.
    TwoFactorReset,
    /// A link to a new password was requested. Sent by mail only.
    PasswordResetRequested,
    /// The password was changed, or reset by mail and second factor.
    PasswordChanged,
    /// The mail contains the code that proves an e-mail address. Sent to that address only.
    EmailProof,
    /// Another account requested a code for this address, which an account has already verified. Sent by mail only.
    EmailProofConflict,
    /// A code for a new e-mail address was requested. Sent by mail to the old verified address only.
    EmailChangeRequested,
    /// The e-mail address was replaced.
    EmailChanged {
        /// The change that the link in the mail undoes; `None` for a change by an operator, and in text messages.
        #[serde(default)]
        undo: Option<ChangeId>,
    },
    /// The link in an earlier mail has restored the e-mail address before a change. The account cannot be used until
    /// its password is reset.
    EmailRestored,
    UsernameChanged,
    /// The account will be erased on this day, in UTC.
    DeletionRequested {
        on: CalendarDay,
    },
    /// The account holder keeps an account that was to be deleted.
    DeletionWithdrawn,
    /// The account was erased on this day, in UTC.
    AccountErased {
        on: CalendarDay,
    },
}

/// What a notification mail contains: a link to a page, or a kind of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationPage {
    SignIn,
    /// The page on which the user requests a password reset link.
    ForgotPassword,
    /// The page of the password reset link. The link works once.
    ResetLink,
    /// The page on which the user enters the code that proves the e-mail address. The mail contains the code.
    EmailCode,
    /// The page that cancels a change of the e-mail address. Its link works once.
    EmailChangeLink,
    /// The sign-in page, where the holder can keep an account that is to be deleted.
    KeepAccount,
    /// The page that starts an account recovery. Its link works once.
    RecoveryLink,
    /// The page that cancels an account recovery.
    CancelRecoveryLink,
    /// The page that undoes a change of phone number or e-mail address.
    UndoLink,
}

impl NotificationPage {
    /// Returns whether text messages contain the link to this page, as mails do. The page opens without a sign-in.
    pub const fn is_page_linked_in_sms(self) -> bool {
        matches!(
            self,
            Self::ForgotPassword | Self::CancelRecoveryLink | Self::UndoLink
        )
    }
}

impl Notification {
    /// Returns the name of this kind of notification, which is the JSON member `notice`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RegistrationConflict => "registration_conflict",
            Self::TwoFactorSetUp { .. } => "two_factor_set_up",
            Self::PhoneChanged { .. } => "phone_changed",
            Self::PhoneRestored { .. } => "phone_restored",
            Self::RecoveryRequested => "recovery_requested",
            Self::RecoveryOpened { .. } => "recovery_opened",
            Self::RecoveryReminder { .. } => "recovery_reminder",
            Self::RecoveryCancelled => "recovery_cancelled",
            Self::RecoveryCompleted { .. } => "recovery_completed",
            Self::AuthenticatorAdded => "authenticator_added",
            Self::AuthenticatorRemoved => "authenticator_removed",
            Self::RecoveryCodesCreated => "recovery_codes_created",
            Self::RecoveryCodeUsed { .. } => "recovery_code_used",
            Self::FactorHeld => "factor_held",
            Self::FactorFailures => "factor_failures",
            Self::NewDeviceSignIn { .. } => "new_device_sign_in",
            Self::TwoFactorReset => "two_factor_reset",
            Self::PasswordResetRequested => "password_reset_requested",
            Self::PasswordChanged => "password_changed",
            Self::EmailProof => "email_proof",
            Self::EmailProofConflict => "email_proof_conflict",
            Self::EmailChangeRequested => "email_change_requested",
            Self::EmailChanged { .. } => "email_changed",
            Self::EmailRestored => "email_restored",
            Self::UsernameChanged => "username_changed",
            Self::DeletionRequested { .. } => "deletion_requested",
            Self::DeletionWithdrawn => "deletion_withdrawn",
            Self::AccountErased { .. } => "account_erased",
        }
    }

    /// Returns the ID of the change or account recovery that the notification's link undoes or cancels.
    ///
    /// The server never merges notifications with different IDs into one message.
    pub fn id_of_linked_change_or_recovery(&self) -> Option<&str> {
        match self {
            Self::PhoneChanged {
                undo: Some(change), ..
            }
            | Self::EmailChanged { undo: Some(change) } => Some(change.as_str()),
            Self::RecoveryOpened { recovery, .. } | Self::RecoveryReminder { recovery, .. } => {
                Some(recovery.as_str())
            }
            _ => None,
        }
    }

    /// Returns the notification without the link that undoes the change.
    #[must_use]
    pub fn without_undo_link(self) -> Self {
        match self {
            Self::PhoneChanged { phone, .. } => Self::PhoneChanged { phone, undo: None },
            Self::EmailChanged { .. } => Self::EmailChanged { undo: None },
            other => other,
        }
    }

    /// Returns the notification of a recovery with `hours` as the hours until the phone number can be replaced.
    ///
    /// Returns other notifications unchanged.
    #[must_use]
    pub fn with_hours_until_replacement(self, hours: u32) -> Self {
        match self {
            Self::RecoveryOpened { recovery, .. } => Self::RecoveryOpened { recovery, hours },
            Self::RecoveryReminder { recovery, .. } => Self::RecoveryReminder { recovery, hours },
            other => other,
        }
    }

    /// Returns whether the account requires a password reset after this notification.
    pub const fn is_new_password_needed(&self) -> bool {
        matches!(self, Self::PhoneRestored { .. } | Self::EmailRestored)
    }

    /// Returns whether the advice of the mail has a second link, to the page for a new password.
    pub const fn is_password_page_linked_in_advice(&self) -> bool {
        matches!(
            self,
            Self::RecoveryRequested | Self::RecoveryOpened { .. } | Self::RecoveryReminder { .. }
        )
    }

    /// Returns the page to which the notification mail links, or the kind of code that the mail contains.
    ///
    /// Returns `None` if the mail contains neither link nor code.
    pub const fn page(&self) -> Option<NotificationPage> {
        match self {
            Self::RegistrationConflict => Some(NotificationPage::SignIn),
            Self::PasswordResetRequested => Some(NotificationPage::ResetLink),
            Self::EmailProof => Some(NotificationPage::EmailCode),
            Self::EmailChangeRequested => Some(NotificationPage::EmailChangeLink),
            Self::RecoveryRequested => Some(NotificationPage::RecoveryLink),
            Self::RecoveryOpened { .. } | Self::RecoveryReminder { .. } => {
                Some(NotificationPage::CancelRecoveryLink)
            }
            Self::PhoneChanged { undo: Some(_), .. } | Self::EmailChanged { undo: Some(_) } => {
                Some(NotificationPage::UndoLink)
            }
            Self::DeletionRequested { .. } => Some(NotificationPage::KeepAccount),
            // An attacker knows the password, or may know it.
            Self::FactorHeld
            | Self::FactorFailures
            | Self::NewDeviceSignIn { .. }
            | Self::PasswordChanged
            | Self::PhoneRestored { .. }
            | Self::EmailRestored
            | Self::UsernameChanged
            | Self::AuthenticatorAdded
            | Self::AuthenticatorRemoved
            | Self::RecoveryCodesCreated
            | Self::RecoveryCodeUsed { .. } => Some(NotificationPage::ForgotPassword),
            Self::TwoFactorSetUp { .. }
            | Self::PhoneChanged { undo: None, .. }
            | Self::RecoveryCancelled
            | Self::RecoveryCompleted { .. }
            | Self::TwoFactorReset
            | Self::EmailProofConflict
            | Self::EmailChanged { undo: None }
            | Self::DeletionWithdrawn
            | Self::AccountErased { .. } => None,
        }
    }
}
