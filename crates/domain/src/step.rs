use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{
    Channel, CodeLength, FormErrors, Method, PaymentId, PhoneHint, ProtectedArea, Purpose,
    Timestamp,
};

/// What a person does next. A flow answers with one; a page or an island draws it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Registration: name, username, e-mail.
    Details,
    /// Registration: password and phone number.
    Credentials,
    /// The number is known, sending a code to it is next.
    SendCode { purpose: Purpose, hint: PhoneHint },
    /// A code is out, or an authenticator app shows one.
    EnterCode(CodeEntry),
    /// One of the recovery codes is asked for.
    EnterRecoveryCode { purpose: Purpose },
    /// The password was right, a second factor is next.
    ChooseMethod {
        purpose: Purpose,
        methods: Vec<MethodOption>,
    },
    /// Sign-in: the password was right, and no second factor is set up yet. The number on file,
    /// if there is one, masked.
    SetUp { on_file: Option<PhoneHint> },
    /// Sign-in: from the start.
    SignIn,
    /// Registration is complete; sign in now.
    Registered,
    /// Signed in.
    Dashboard,
    /// The person has just proven to be the same: the sensitive page is open to them.
    Opened { area: ProtectedArea },
    /// Phone change: the new number is verified, "Confirm" saves it.
    ConfirmPhone { hint: PhoneHint },
    /// Phone change: saved.
    PhoneChanged,
    /// An authenticator app is set up, for the first time or in place of another.
    AuthenticatorAdded,
    /// The account has no authenticator app any more.
    AuthenticatorRemoved,
    /// Back on the profile, nothing under way.
    Profile,
    /// Another of the person's sessions was ended.
    SessionEnded,
    /// All of them but this one were.
    SessionsEnded,
    /// A payment is past its confirmation, or needed none: its page says how it stands.
    Payment { id: PaymentId },
}

/// What the code entry has to know; every time is the server's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeEntry {
    pub purpose: Purpose,
    pub length: CodeLength,
    /// The server's clock when this was said: the browser's own is never trusted.
    pub now: Timestamp,
    /// The message the code is in; `None` when an authenticator app shows it.
    pub sent: Option<SentMessage>,
}

/// A code on its way to a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentMessage {
    pub hint: PhoneHint,
    pub channel: Channel,
    pub expires_at: Timestamp,
    /// From when on another code may be asked for.
    pub resend_at: Timestamp,
    /// Whether a voice call is worth offering: text messages do not seem to arrive.
    pub offer_call: bool,
}

/// One row of "Choose Verification Method".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodOption {
    pub method: Method,
    pub enrolled: bool,
    /// Where its code would go; only for SMS.
    pub hint: Option<PhoneHint>,
}

/// What every call of a flow answers: what comes next, or why nothing did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", content = "of", rename_all = "snake_case")]
pub enum Answer {
    Step(Step),
    Refused(FormErrors),
}

impl Step {
    /// The page this step is on.
    pub fn path(&self) -> Cow<'static, str> {
        use crate::routes;
        let fixed = match self {
            Self::Details => routes::REGISTER,
            Self::Credentials => routes::REGISTER_CREDENTIALS,
            Self::EnterCode(entry) => routes::verify(entry.purpose),
            Self::SendCode { purpose, .. } | Self::EnterRecoveryCode { purpose } => {
                routes::verify(*purpose)
            }
            Self::ChooseMethod { purpose, .. } => routes::start(*purpose),
            Self::SetUp { .. } | Self::SignIn | Self::Registered => routes::LOGIN,
            Self::Dashboard => routes::DASHBOARD,
            Self::Opened { area } => area.path(),
            Self::ConfirmPhone { .. } => routes::PROFILE_PHONE,
            Self::AuthenticatorAdded | Self::AuthenticatorRemoved => routes::PROFILE_AUTHENTICATOR,
            Self::PhoneChanged | Self::Profile => routes::PROFILE,
            Self::SessionEnded | Self::SessionsEnded => routes::PROFILE_SESSIONS,
            Self::Payment { id } => return routes::payment(id).into(),
        };
        fixed.into()
    }
}
