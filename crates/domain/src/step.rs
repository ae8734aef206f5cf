use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::code_entry::CodeEntry;
use crate::is_in_browser;
use crate::method::Method;
use crate::payment::PaymentId;
use crate::phone::PhoneHint;
use crate::protected_area::ProtectedArea;
use crate::purpose::Purpose;
use crate::routes;
use crate::time::Timestamp;

/// Next step of the user in a verification flow, for example entering a code. Pages and islands render the step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Registration: the user enters name, username and e-mail address.
    Details,
    /// Registration: the user enters password and phone number.
    Credentials,
    /// The phone number is known; the user confirms that a code is sent to it.
    SendCode { purpose: Purpose, hint: PhoneHint },
    /// The user enters the code that was sent or that the authenticator app shows.
    EnterCode(CodeEntry),
    /// The user enters a recovery code.
    EnterRecoveryCode {
        purpose: Purpose,
        /// The server's time when it created this value.
        now: Timestamp,
    },
    /// The password was right; the user chooses the second factor.
    ChooseMethod {
        purpose: Purpose,
        methods: Vec<MethodOption>,
    },
    /// Sign-in: the password was right, and the account has no second factor yet. `stored_phone` is the masked phone
    /// number of the account.
    SetUp {
        #[serde(rename = "on_file")]
        stored_phone: Option<PhoneHint>,
    },
    /// Sign-in: the user enters the password.
    SignIn,
    /// Registration is over; the user signs in now. A conflict with another account leads to the same step, so that it
    /// reveals nothing.
    Registered,
    /// The user is signed in.
    Dashboard,
    /// Step-up: the user has confirmed password and second factor, and can open the protected settings.
    #[serde(rename = "opened")]
    ProtectedAreaOpened { area: ProtectedArea },
    /// Phone change: the new number is verified; the user confirms that it is saved.
    ConfirmPhone { hint: PhoneHint },
    /// Phone change: the new number is saved.
    PhoneChanged,
    /// An authenticator app was added or replaced.
    AuthenticatorAdded,
    /// The authenticator app was removed.
    AuthenticatorRemoved,
    /// Password reset: a mail was requested. The step is the same whether or not the account exists.
    ResetRequested,
    /// Password reset: the new password is saved; the user signs in with it.
    PasswordReset,
    /// Password change: the new password is saved.
    PasswordChanged,
    /// The user enters the code that was sent to an e-mail address. The step is the same if the address belongs to
    /// another account and no code was sent.
    EnterEmailCode,
    /// The e-mail address of the account is verified.
    EmailVerified,
    /// E-mail change: the new address is verified and saved.
    EmailChanged,
    /// E-mail change: the link in the mail has cancelled it. All sessions have ended.
    EmailChangeCancelled,
    /// Name and username are saved.
    NamesChanged,
    /// Lost phone: a mail with a link was requested.
    RecoveryRequested,
    /// Lost phone: the recovery is open, and its waiting time has begun.
    RecoveryOpened,
    /// Lost phone: the password was right and the waiting time is over, but another browser has opened the recovery. The
    /// user requests a link for this browser, or signs in with the earlier second factor.
    RecoveryInOtherBrowser,
    /// Lost phone: the open recovery now belongs to this browser. `is_due` says whether its waiting time is over.
    RecoveryBrowserChanged { is_due: bool },
    /// The user signed in while a recovery is pending, and says whether it is theirs.
    ConfirmRecovery,
    /// Lost phone: the recovery was cancelled. A user who is signed in goes on to a page of the account, others to the
    /// sign-in.
    RecoveryCancelled { signed_in: bool },
    /// A change of the phone number was undone; the user resets the password now.
    #[serde(rename = "change_undone")]
    PhoneChangeUndone,
    /// A change of the e-mail address was undone; the user resets the password now.
    EmailChangeUndone,
    /// The deletion of the account is requested, and the user is signed out.
    DeletionRequested,
    /// The user signed in to an account that is to be deleted, and decides whether to keep it.
    DecideDeletion,
    /// The user keeps the account.
    DeletionWithdrawn,
    /// The profile page; no flow is in progress.
    Profile,
    /// Another session of the user was ended.
    SessionEnded,
    /// All other sessions of the user were ended.
    SessionsEnded,
    /// Payment: confirmed, or no confirmation was required. Its page shows the status.
    Payment { id: PaymentId },
}

/// Second factor in the dialog "Choose Verification Method".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodOption {
    #[serde(skip_serializing_if = "is_in_browser")]
    pub method: Method,
    #[serde(skip_serializing_if = "is_in_browser")]
    pub enrolled: bool,
    /// The masked phone number, for SMS only.
    #[serde(skip_serializing_if = "is_in_browser")]
    pub hint: Option<PhoneHint>,
}

impl Step {
    /// Returns the URL path of the page that shows this step.
    pub fn path(&self) -> Cow<'static, str> {
        let fixed = match self {
            Self::Details => routes::REGISTER,
            Self::Credentials => routes::REGISTER_CREDENTIALS,
            Self::EnterCode(entry) => routes::code_entry_page(entry.purpose),
            Self::SendCode { purpose, .. } | Self::EnterRecoveryCode { purpose, .. } => {
                routes::code_entry_page(*purpose)
            }
            Self::ChooseMethod { purpose, .. } => routes::start_page(*purpose),
            Self::SetUp { .. }
            | Self::SignIn
            | Self::Registered
            | Self::PasswordReset
            | Self::EmailChangeCancelled
            | Self::DeletionRequested
            | Self::RecoveryOpened
            | Self::RecoveryBrowserChanged { .. }
            | Self::RecoveryCancelled { signed_in: false } => routes::LOGIN,
            Self::EnterEmailCode => routes::VERIFY_EMAIL,
            Self::ResetRequested | Self::PhoneChangeUndone | Self::EmailChangeUndone => {
                routes::FORGOT_PASSWORD
            }
            Self::Dashboard | Self::EmailVerified | Self::RecoveryCancelled { signed_in: true } => {
                routes::DASHBOARD
            }
            Self::RecoveryRequested | Self::RecoveryInOtherBrowser => routes::LOST_PHONE,
            Self::ConfirmRecovery => routes::RECOVERY,
            Self::DecideDeletion => routes::KEEP_ACCOUNT,
            Self::ProtectedAreaOpened { area } => area.path(),
            Self::ConfirmPhone { .. } => routes::PROFILE_PHONE,
            Self::AuthenticatorAdded | Self::AuthenticatorRemoved => routes::PROFILE_AUTHENTICATOR,
            Self::PhoneChanged
            | Self::PasswordChanged
            | Self::EmailChanged
            | Self::NamesChanged
            | Self::DeletionWithdrawn
            | Self::Profile => routes::PROFILE,
            Self::SessionEnded | Self::SessionsEnded => routes::PROFILE_SESSIONS,
            Self::Payment { id } => return routes::payment_page_path(id).into(),
        };
        fixed.into()
    }
}
