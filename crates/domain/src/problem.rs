use serde::{Deserialize, Serialize};

use crate::payment_status::PaymentStatus;
use crate::purpose::Purpose;

/// Reason why the server refused a request, in terms that users and API clients may know.
///
/// The enum is closed and has no free text, so that no internal detail leaves the server (`docs/security.md#leak-01`).
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
    /// The new e-mail address equals the current one.
    EmailUnchanged,
    /// The action requires a verified e-mail address. The JSON API has the code `email_unproven`.
    EmailUnproven,
    /// Reported only if the operator allows it, because it reveals that an account exists.
    PhoneTaken,
    PasswordTooShort,
    PasswordTooLong,
    PasswordCommon,
    PasswordResembles,
    /// The new password equals the current one, which the account must replace after an undone contact change.
    PasswordUnchanged,
    PhoneInvalid,
    PhoneUnsupported,
    /// The operator does not allow phone numbers of this country.
    PhoneCountryUnsupported,
    /// The provider refuses to deliver to this number.
    PhoneUnreachable,
    CaptchaFailed,
    /// Unknown account, wrong password, or a locked or disabled account. One message for all of them, so that the
    /// answer does not reveal which accounts exist.
    Credentials,
    MethodUnavailable,
    /// The new phone number equals the current one.
    PhoneUnchanged,
    /// The phone number already has the maximum number of accounts. Reported before a code has verified the number.
    #[serde(rename = "phone_crowded")]
    PhoneUnavailable,
    /// The phone number already has the maximum number of accounts. Reported only to the holder of the verified number
    /// and to operators.
    #[serde(rename = "phone_has_all_accounts")]
    PhoneAccountLimitReached,
    /// The code is not an unused recovery code of the account.
    RecoveryCodeWrong,
    /// The text does not have the shape of a recovery code. No attempt was used.
    RecoveryCodeMalformed,
    /// The password was wrong when the user confirmed a sensitive action (step-up).
    PasswordWrong,
    /// The username that confirms a deletion is not the one of the account.
    UsernameMismatch,
    /// The link of a password reset has expired, was used, or is no link of this server. One problem for all of these
    /// cases.
    ResetLinkInvalid,
    /// The link of another mail has expired, was used, or is no link of this server. One problem for all of these
    /// cases.
    LinkInvalid,
    /// The value was changed too often, and can be changed again in this many seconds.
    ChangeWait {
        secs: u64,
    },
    /// The data of the account were exported too often, and can be exported again in this many seconds.
    ExportWait {
        secs: u64,
    },
    /// A recovery is pending; a new phone number can be set up in this many seconds.
    RecoveryPending {
        secs: u64,
    },
    /// A lost phone cannot be replaced, because the password was reset with a mailed link alone.
    PasswordFromMail,
    /// The new authenticator secret was discarded after too many wrong codes.
    AuthenticatorVoided,
    /// The only verification method of an account cannot be removed.
    OnlyMethod,
    /// The action requires a recent step-up.
    StepUpNeeded,
    /// The session was opened with the password alone.
    SecondFactorNeeded,
    /// A one-line text contains a line break or a control character.
    LineInvalid,
    /// The text is not an unambiguous decimal number.
    AmountInvalid,
    /// The amount has more decimals than its currency.
    AmountTooFine {
        decimals: u8,
    },
    AmountNotPositive,
    AmountTooLarge,
    CurrencyUnknown,
    /// The user has no payment with this ID.
    PaymentUnknown,
    /// The payment is no longer waiting for confirmation.
    PaymentSettled {
        status: PaymentStatus,
    },
    InvalidCode {
        attempts_remaining: u32,
    },
    /// A code of an authenticator app that was used before, or an earlier code. The app may still show it.
    UsedCode {
        attempts_remaining: u32,
    },
    /// A code of an authenticator app that is correct for another time, up to 10 minutes away. The clock of the app is
    /// wrong.
    CodeOfAnotherTime {
        attempts_remaining: u32,
    },
    /// The input does not have the format of a one-time code. No attempt was used up.
    MalformedCode {
        digits: u8,
    },
    CodeExpired,
    /// A sign-in or its set-up has no attempt left.
    TooManyAttempts,
    /// A flow with a purpose other than sign-in or set-up has no attempt left.
    AttemptsUsedUp,
    /// The provider or the network failed. No attempt was used up.
    CouldNotVerify,
    /// The provider did not send the code, or it is not known whether it did.
    CouldNotSend,
    /// A code was sent to this number too recently, or the hourly limit is reached. Another send is possible in this
    /// many seconds.
    ResendWait {
        secs: u64,
    },
    /// The second factor of this account is blocked for this many seconds after too many failures.
    ///
    /// More than [`Self::LONGEST_TEMPORARY_HOLD_SECS`] means that no time ends the block: only a password reset, an operator,
    /// or a correct code where codes are accepted.
    FactorHeld {
        secs: u64,
    },
    /// Password resets of this account accept no code for this many seconds after too many wrong ones.
    ///
    /// No time ends this block: only an operator, or a correct code of a sign-in.
    ResetHeld {
        secs: u64,
    },
    /// The phone number was changed recently, so sensitive changes must wait for this many seconds
    /// (`docs/security.md#phn-05`).
    Cooling {
        secs: u64,
    },
    /// Another check of the same verification flow is in progress.
    Busy,
    /// The verification flow of the page has ended.
    FlowEnded,
    /// The user, browser or network has reached a limit; the request can be repeated in this many seconds.
    LimitReached {
        secs: u64,
    },
    /// The server is overloaded; the request can be repeated in this many seconds.
    Overloaded {
        secs: u64,
    },
    /// The arguments of the request could not be parsed.
    BadRequest,
    /// Internal error. The log has the details.
    Internal,
}

impl Problem {
    /// The longest block of a second factor that ends by itself, in seconds: 24 hours and a margin for the clocks.
    pub const LONGEST_TEMPORARY_HOLD_SECS: u64 = 25 * 3600;

    /// Returns the problem to report for a verification with this purpose that has no attempt left.
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

    /// Returns the problem to report while no code of a flow with this purpose is accepted for `secs` seconds.
    ///
    /// In a password reset, the advice to reset the password would be circular.
    pub const fn factor_held(purpose: Purpose, secs: u64) -> Self {
        match purpose {
            Purpose::PasswordReset if secs > Self::LONGEST_TEMPORARY_HOLD_SECS => {
                Self::ResetHeld { secs }
            }
            _ => Self::FactorHeld { secs },
        }
    }

    /// Returns whether no code is accepted because of too many wrong codes for the account.
    pub const fn is_factor_held(&self) -> bool {
        matches!(self, Self::FactorHeld { .. } | Self::ResetHeld { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hold_without_an_end_has_a_separate_problem_in_a_password_reset() {
        let (temporary, endless) = (24 * 3600, 300 * 24 * 3600);
        for (purpose, secs, problem) in [
            (
                Purpose::PasswordReset,
                endless,
                Problem::ResetHeld { secs: endless },
            ),
            (
                Purpose::PasswordReset,
                temporary,
                Problem::FactorHeld { secs: temporary },
            ),
            (
                Purpose::SignIn,
                endless,
                Problem::FactorHeld { secs: endless },
            ),
        ] {
            assert_eq!(Problem::factor_held(purpose, secs), problem);
            assert!(problem.is_factor_held());
        }
    }
}
