use serde::{Deserialize, Serialize};

use super::{CodeLength, Method, PhoneHint, Purpose, Refusal, Timestamp};

/// What a person does next. A flow answers with one; a page or an island draws it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Registration: name, username, e-mail.
    Details,
    /// Registration: password and phone number.
    Credentials,
    /// Registration: the number is known, "Send OTP" is next.
    SendCode { purpose: Purpose, hint: PhoneHint },
    /// A code is out.
    EnterCode(CodeEntry),
    /// Sign-in: the password was right.
    ChooseMethod { methods: Vec<MethodOption> },
    /// Sign-in: from the start.
    SignIn,
    /// Registration is complete; sign in now.
    Registered,
    /// Signed in.
    Dashboard,
}

/// What the code entry has to know; every time is the server's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeEntry {
    pub purpose: Purpose,
    pub hint: PhoneHint,
    pub length: CodeLength,
    /// The server's clock when this was said: the browser's own is never trusted.
    pub now: Timestamp,
    pub expires_at: Timestamp,
    /// From when on another code may be asked for.
    pub resend_at: Timestamp,
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
    Refused(Refusal),
}

impl Step {
    /// The page this step is on.
    pub const fn path(&self) -> &'static str {
        use crate::routes;
        match self {
            Self::Details => routes::REGISTER,
            Self::Credentials => routes::REGISTER_CREDENTIALS,
            Self::SendCode { purpose, .. } => routes::verify(*purpose),
            Self::EnterCode(entry) => routes::verify(entry.purpose),
            Self::ChooseMethod { .. } | Self::SignIn | Self::Registered => routes::LOGIN,
            Self::Dashboard => routes::DASHBOARD,
        }
    }
}
