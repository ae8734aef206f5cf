use serde::{Deserialize, Serialize};

use super::{MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS, Username};

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

impl Problem {
    /// The words, exactly as product.md fixes them where it does.
    pub fn text(&self) -> String {
        match self {
            Self::Missing => "Please fill in this field.".into(),
            Self::TooLong => "This is too long.".into(),
            Self::NameInvalid => "Please use letters, spaces and punctuation only.".into(),
            Self::UsernameInvalid => format!(
                "Use {} to {} letters, digits, dots, dashes or underscores.",
                Username::MIN_CHARS,
                Username::MAX_CHARS
            ),
            Self::UsernameTaken => "This username is already taken.".into(),
            Self::EmailInvalid => "Enter an email address like name@example.com.".into(),
            Self::PasswordTooShort => format!("Use at least {MIN_PASSWORD_CHARS} characters."),
            Self::PasswordTooLong => format!("Use at most {MAX_PASSWORD_BYTES} bytes."),
            Self::PasswordCommon => "This password is too common. Choose another.".into(),
            Self::PasswordResembles => "Do not use your name, email or phone number as the password.".into(),
            Self::PhoneInvalid => "Enter a valid phone number, with country code if it is not local.".into(),
            Self::PhoneUnsupported => "This kind of number cannot receive codes. Use a mobile number.".into(),
            Self::PhoneUnreachable => "We cannot send a code to this number. Check it, or use another.".into(),
            Self::CaptchaFailed => "Please confirm that you are not a robot.".into(),
            Self::Credentials => "Incorrect username or password. After several failures, wait a few minutes before you try again.".into(),
            Self::MethodUnavailable => "This method is not set up for your account.".into(),
            Self::PhoneUnchanged => "This is already your number. Enter a different one.".into(),
            Self::PhoneCrowded => "This number cannot be used. Enter a different one.".into(),
            Self::RecoveryCodeWrong => "This is not one of your unused recovery codes.".into(),
            Self::PasswordWrong => "Incorrect password. After several failures, wait a few minutes before you try again.".into(),
            Self::AuthenticatorVoided => "Too many wrong codes. Please set up the app again, with a new key.".into(),
            Self::OnlyMethod => "This is the only method of your account. Set up another one first.".into(),
            Self::StepUpNeeded => "Please confirm that it is you first.".into(),
            Self::InvalidCode { attempts_remaining } => format!("Invalid code. {attempts_remaining} attempts remaining."),
            Self::MalformedCode { digits } => format!("Enter the {digits} digits of the code."),
            Self::CodeExpired => "Code expired. Click Resend to get a new code.".into(),
            Self::TooManyAttempts => "Too many attempts. Please start the login process again.".into(),
            Self::CouldNotVerify => "Could not verify. Check your connection and try again.".into(),
            Self::ResendWait { secs } => format!("You can request another code in {}.", span(*secs)),
            Self::FactorHeld { secs } => format!("Too many wrong codes for this account. Try again in {}.", span(*secs)),
            Self::Busy => "Your last entry is still being checked. Please wait a moment.".into(),
            Self::FlowEnded => "This step has expired or was finished elsewhere. Please start again.".into(),
            Self::Overloaded { secs } => format!("We are very busy. Please try again in {}.", span(*secs)),
            Self::BadRequest => "The request could not be understood.".into(),
            Self::Internal => "Something went wrong on our side. Please try again.".into(),
        }
    }
}

/// "30 seconds", "12 minutes", "3 hours": rounded up, so that nobody comes too early.
fn span(secs: u64) -> String {
    let (count, unit) = match secs {
        0..=90 => (secs.max(1), "second"),
        91..=5400 => (secs.div_ceil(60), "minute"),
        _ => (secs.div_ceil(3600), "hour"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixed_texts_read_exactly_as_the_product_says() {
        assert_eq!(
            Problem::InvalidCode {
                attempts_remaining: 3
            }
            .text(),
            "Invalid code. 3 attempts remaining."
        );
        assert_eq!(
            Problem::CodeExpired.text(),
            "Code expired. Click Resend to get a new code."
        );
        assert_eq!(
            Problem::TooManyAttempts.text(),
            "Too many attempts. Please start the login process again."
        );
        assert_eq!(
            Problem::CouldNotVerify.text(),
            "Could not verify. Check your connection and try again."
        );
    }

    #[test]
    fn waits_are_rounded_up_to_a_readable_unit() {
        assert_eq!(span(0), "1 second");
        assert_eq!(span(30), "30 seconds");
        assert_eq!(span(91), "2 minutes");
        assert_eq!(span(3540), "59 minutes");
        assert_eq!(span(86_400), "24 hours");
    }
}
