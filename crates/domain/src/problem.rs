use serde::{Deserialize, Serialize};

use crate::payment_status::PaymentStatus;
use crate::purpose::Purpose;

/// Everything that can go wrong, as far as users and API clients may know.
///
/// A closed enum without free text, so that no internal detail leaves the server
/// (`docs/security.md#leak-01`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Problem {
    Missing,
    TooLong,
    NameInvalid,
    UsernameInvalid,
    UsernameTaken,
    EmailInvalid,
    /// Reported only if the operator allows it, because it reveals that an account exists.
    EmailTaken,
    /// Reported only if the operator allows it, because it reveals that an account exists.
    PhoneTaken,
    PasswordTooShort,
    PasswordTooLong,
    PasswordCommon,
    PasswordResembles,
    PhoneInvalid,
    PhoneUnsupported,
    /// The provider refuses to deliver to this number.
    PhoneUnreachable,
    CaptchaFailed,
    /// Unknown account, wrong password, or a locked or disabled account. One message for all of them, so that the answer
    /// does not reveal which accounts exist.
    Credentials,
    MethodUnavailable,
    /// The new phone number equals the current one.
    PhoneUnchanged,
    /// The phone number is already used by the maximum number of accounts. Reported before a code has proven it.
    PhoneCrowded,
    /// As `PhoneCrowded`, where the reason may be named: to the holder of a proven number, and to operators.
    PhoneHasAllAccounts,
    /// The code is not an unused recovery code of the account.
    RecoveryCodeWrong,
    /// The text does not have the shape of a recovery code. No attempt was used.
    RecoveryCodeMalformed,
    /// Wrong password in a step-up.
    PasswordWrong,
    /// The link of a password reset is expired, used, or not a link of this server. One problem for all of them.
    ResetLinkInvalid,
    /// The new authenticator secret was discarded after too many wrong codes.
    AuthenticatorVoided,
    /// The only verification method of an account cannot be removed.
    OnlyMethod,
    /// The action requires a recent step-up.
    StepUpNeeded,
    /// The session was opened with the password alone.
    SecondFactorNeeded,
    /// A line break or control character in a one-line text.
    LineInvalid,
    /// Not an unambiguous decimal number.
    AmountInvalid,
    /// More decimals than the currency has.
    AmountTooFine {
        decimals: u8,
    },
    AmountNotPositive,
    AmountTooLarge,
    CurrencyUnknown,
    /// The user has no payment with this id.
    PaymentUnknown,
    /// The payment is no longer waiting for confirmation.
    PaymentSettled {
        status: PaymentStatus,
    },
    InvalidCode {
        attempts_remaining: u32,
    },
    /// The input does not have the shape of a code. No attempt was used.
    MalformedCode {
        digits: u8,
    },
    CodeExpired,
    /// A sign-in or its set-up has no attempt left.
    TooManyAttempts,
    /// As `TooManyAttempts`, for every other purpose.
    AttemptsUsedUp,
    /// The provider or the network failed. No attempt was used.
    CouldNotVerify,
    /// The provider did not send the code, or it is unknown whether it did.
    CouldNotSend,
    /// A code was sent to this number less than the resend interval ago, or the hourly limit is reached.
    ResendWait {
        secs: u64,
    },
    /// The second factor of this account is locked after too many failures.
    FactorHeld {
        secs: u64,
    },
    /// The phone number was changed recently, so sensitive changes must wait
    /// (`docs/security.md#phn-05`).
    Cooling {
        secs: u64,
    },
    /// Another check of the same flow is in progress.
    Busy,
    /// The flow of this page has ended.
    FlowEnded,
    /// The server is overloaded.
    Overloaded {
        secs: u64,
    },
    /// The arguments of the request could not be parsed.
    BadRequest,
    /// Internal error. The log has the details.
    Internal,
}

impl Problem {
    /// The problem of a verification that has no attempt left. The original documents fix its text for a sign-in.
    pub const fn too_many_attempts(purpose: Purpose) -> Self {
        match purpose {
            Purpose::SignIn | Purpose::SetUp => Self::TooManyAttempts,
            Purpose::Registration
            | Purpose::PhoneChange
            | Purpose::StepUp
            | Purpose::PasswordReset
            | Purpose::Payment => Self::AttemptsUsedUp,
        }
    }
}
