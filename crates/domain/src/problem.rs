use serde::{Deserialize, Serialize};

use super::PaymentStatus;

/// Everything a person may be told. Closed on purpose: nothing else leaves the server (LEAK-01).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Problem {
    Missing,
    TooLong,
    NameInvalid,
    UsernameInvalid,
    UsernameTaken,
    EmailInvalid,
    /// Said only where the operator wants it said (ENUM-02); so is the next one.
    EmailTaken,
    PhoneTaken,
    PasswordTooShort,
    PasswordTooLong,
    PasswordCommon,
    PasswordResembles,
    PhoneInvalid,
    PhoneUnsupported,
    /// The provider will not deliver to this number.
    PhoneUnreachable,
    CaptchaFailed,
    /// Unknown account, wrong password, held or disabled: one text for all (LOG-03).
    Credentials,
    MethodUnavailable,
    /// The account's own number, given as the new one.
    PhoneUnchanged,
    /// Serves as many accounts as it may.
    PhoneCrowded,
    /// Not one of the account's unused recovery codes.
    RecoveryCodeWrong,
    /// The password given to confirm it is the same person.
    PasswordWrong,
    /// Too many wrong codes for a secret that is being set up: it is void.
    AuthenticatorVoided,
    /// What is to be removed is all the account has.
    OnlyMethod,
    /// What is asked for needs a fresh confirmation first.
    StepUpNeeded,
    /// The session was opened with a password alone.
    SecondFactorNeeded,
    /// Something in a text that is to stay one line.
    LineInvalid,
    /// No decimal number that can be read in one way only.
    AmountInvalid,
    /// More decimals than the currency has.
    AmountTooFine {
        decimals: u8,
    },
    AmountNotPositive,
    AmountTooLarge,
    CurrencyUnknown,
    /// No payment of this person's.
    PaymentUnknown,
    /// It is past its confirmation: how it stands is all there is to say.
    PaymentSettled {
        status: PaymentStatus,
    },
    InvalidCode {
        attempts_remaining: u32,
    },
    /// Not even the shape of a code; no attempt was used.
    MalformedCode {
        digits: u8,
    },
    CodeExpired,
    TooManyAttempts,
    /// Provider or network trouble; nothing was used up.
    CouldNotVerify,
    /// A code went out to this number a moment ago, or too many did.
    ResendWait {
        secs: u64,
    },
    /// The second factor of this account is held after too many failures.
    FactorHeld {
        secs: u64,
    },
    /// The number changed too recently for this (PHN-05).
    Cooling {
        secs: u64,
    },
    /// A check of this flow is still under way.
    Busy,
    /// The flow this page belonged to is over.
    FlowEnded,
    /// The server has more work than it can take.
    Overloaded {
        secs: u64,
    },
    /// The request was not one our pages make.
    BadRequest,
    /// Our own fault; the detail is in the log.
    Internal,
}
