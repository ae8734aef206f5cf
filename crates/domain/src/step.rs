use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::code_entry::CodeEntry;
use crate::form::FormErrors;
use crate::method::Method;
use crate::payment::PaymentId;
use crate::phone::PhoneHint;
use crate::protected_area::ProtectedArea;
use crate::purpose::Purpose;
use crate::routes;

/// What the user does next. Flows return steps; pages and islands render them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Registration: name, username, e-mail.
    Details,
    /// Registration: password and phone number.
    Credentials,
    /// The phone number is known; the user confirms that a code is sent to it.
    SendCode { purpose: Purpose, hint: PhoneHint },
    /// Enter the code that was sent or that the authenticator app shows.
    EnterCode(CodeEntry),
    /// Enter a recovery code.
    EnterRecoveryCode { purpose: Purpose },
    /// The password was correct; choose the second factor.
    ChooseMethod {
        purpose: Purpose,
        methods: Vec<MethodOption>,
    },
    /// Sign-in: the password was correct, and the account has no second factor yet. `on_file` is the masked
    /// phone number of the account.
    SetUp { on_file: Option<PhoneHint> },
    /// Sign-in: enter the password.
    SignIn,
    /// Registration is over; sign in now. Also the step after a conflict with another account, which must look the
    /// same.
    Registered,
    /// Signed in.
    Dashboard,
    /// Step-up: complete; the protected settings are accessible.
    Opened { area: ProtectedArea },
    /// Phone change: the new number is verified; "Confirm" saves it.
    ConfirmPhone { hint: PhoneHint },
    /// Phone change: saved.
    PhoneChanged,
    /// An authenticator app was added or replaced.
    AuthenticatorAdded,
    /// The authenticator app was removed.
    AuthenticatorRemoved,
    /// Password reset: the answer to a request for a mail, whether or not the account exists.
    ResetRequested,
    /// Password reset: the new password is saved; sign in with it.
    PasswordReset,
    /// Password change: saved.
    PasswordChanged,
    /// The profile; no flow is in progress.
    Profile,
    /// Another session of the user was ended.
    SessionEnded,
    /// All other sessions of the user were ended.
    SessionsEnded,
    /// Payment: confirmed, or no confirmation was required; its page shows the status.
    Payment { id: PaymentId },
}

/// One row of "Choose Verification Method".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodOption {
    pub method: Method,
    pub enrolled: bool,
    /// The masked phone number; only for SMS.
    pub hint: Option<PhoneHint>,
}

/// The answer of a server function: the next step, or the errors of the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", content = "of", rename_all = "snake_case")]
pub enum Answer {
    Step(Step),
    Refused(FormErrors),
}

impl Step {
    /// The path of the page that shows this step.
    pub fn path(&self) -> Cow<'static, str> {
        let fixed = match self {
            Self::Details => routes::REGISTER,
            Self::Credentials => routes::REGISTER_CREDENTIALS,
            Self::EnterCode(entry) => routes::verify(entry.purpose),
            Self::SendCode { purpose, .. } | Self::EnterRecoveryCode { purpose } => {
                routes::verify(*purpose)
            }
            Self::ChooseMethod { purpose, .. } => routes::start(*purpose),
            Self::SetUp { .. } | Self::SignIn | Self::Registered | Self::PasswordReset => {
                routes::LOGIN
            }
            Self::ResetRequested => routes::FORGOT_PASSWORD,
            Self::Dashboard => routes::DASHBOARD,
            Self::Opened { area } => area.path(),
            Self::ConfirmPhone { .. } => routes::PROFILE_PHONE,
            Self::AuthenticatorAdded | Self::AuthenticatorRemoved => routes::PROFILE_AUTHENTICATOR,
            Self::PhoneChanged | Self::PasswordChanged | Self::Profile => routes::PROFILE,
            Self::SessionEnded | Self::SessionsEnded => routes::PROFILE_SESSIONS,
            Self::Payment { id } => return routes::payment(id).into(),
        };
        fixed.into()
    }
}
