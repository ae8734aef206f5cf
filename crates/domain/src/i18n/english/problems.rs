use crate::calendar_day::CalendarDay;
use crate::name::Username;
use crate::password::MIN_PASSWORD_CHARS;
use crate::payment_status::PaymentStatus;
use crate::problem::Problem;

// Texts that islands need too.
pub(super) const CODE_EXPIRED: &str = "Code expired. Click Resend to get a new code.";
pub(super) const COULD_NOT_SEND: &str = "The code could not be sent. Please try again.";
pub(super) const COULD_NOT_VERIFY: &str = "Could not verify. Check your connection and try again.";
pub(super) const BAD_REQUEST: &str = "The request could not be understood.";
pub(super) const INTERNAL: &str = "Something went wrong on our side. Please try again.";

/// Returns the English error message for a refused request. `docs/product.md` fixes the wording of some.
pub fn problem_text(problem: &Problem) -> String {
    use Problem as P;
    match problem {
        P::Missing => "Please fill in this field.".into(),
        P::TooLong => "This is too long.".into(),
        P::NameInvalid => "Please use letters, spaces and punctuation only.".into(),
        P::UsernameInvalid => format!(
            "Use {} to {} letters, digits, dots, dashes or underscores.",
            Username::MIN_CHARS,
            Username::MAX_CHARS
        ),
        P::UsernameTaken => "This username is already taken.".into(),
        P::EmailInvalid => "Enter an email address like name@example.com.".into(),
        P::EmailTaken => "Email already registered".into(),
        P::EmailUnchanged => "This is already your email address. Enter a different one.".into(),
        P::EmailUnproven => "Confirm your email address first.".into(),
        P::PhoneTaken => "Phone number already registered".into(),
        P::PasswordTooShort => format!("Use at least {MIN_PASSWORD_CHARS} characters."),
        P::PasswordTooLong => "This password is too long. Choose a shorter one.".into(),
        P::PasswordCommon => "This password is too common. Choose another.".into(),
        P::PasswordResembles => "Do not use your name, email or phone number as the password.".into(),
        P::PasswordUnchanged => "This is the current password. Choose a different one.".into(),
        P::PhoneInvalid => "Enter a valid phone number, with country code if it is not local.".into(),
        P::PhoneUnsupported => "This kind of number cannot receive codes. Use a mobile number.".into(),
        P::PhoneCountryUnsupported => "Phone numbers of this country are not accepted. Use a number of another country.".into(),
        P::PhoneUnreachable => "We cannot send a code to this number. Check it, or use another.".into(),
        P::CaptchaFailed => "Please confirm that you are not a robot.".into(),
        P::Credentials => "Incorrect username or password. After several failures, wait a few minutes before you try again.".into(),
        P::MethodUnavailable => "This method is not set up for your account.".into(),
        P::PhoneUnchanged => "This is already your number. Enter a different one.".into(),
        P::PhoneUnavailable => "This number cannot be used. Enter a different one.".into(),
        P::PhoneAccountLimitReached => "This phone number already has as many accounts as one number may have. Use a different number.".into(),
        P::RecoveryCodeWrong => "This is not one of your unused recovery codes.".into(),
        P::RecoveryCodeMalformed => "Enter a recovery code: 13 letters and digits, or 24 if the code is older.".into(),
        P::PasswordWrong => "Incorrect password. After several failures, wait a few minutes before you try again.".into(),
        P::UsernameMismatch => "This is not your username.".into(),
        P::ResetLinkInvalid => "This link has expired, was used, or is incomplete. Request a new one.".into(),
        P::LinkInvalid => "This link has expired, was used, or is incomplete.".into(),
        P::ChangeWait { secs } => format!("You have changed this several times. Try again in {}.", format_waiting_time(*secs)),
        P::ExportWait { secs } => format!("You have downloaded your data several times. Try again in {}.", format_waiting_time(*secs)),
        P::RecoveryPending { secs } => format!("Your phone is reported lost already. In {} your password is enough to set up a new number.", format_waiting_time(*secs)),
        P::PasswordFromMail => "You have reset your password by email alone. To replace a lost phone too, contact your administrator.".into(),
        P::AuthenticatorVoided => "Too many wrong codes. Please set up the app again, with a new key.".into(),
        P::OnlyMethod => "This is the only method of your account. Set up another one first.".into(),
        P::StepUpNeeded => "Please confirm that it is you first.".into(),
        P::SecondFactorNeeded => "Sign in with a second factor to make payments.".into(),
        P::LineInvalid => "Please leave out line breaks and control characters.".into(),
        P::AmountInvalid => "Enter an amount in digits, with a point before the decimals, like 1234.50.".into(),
        P::AmountTooFine { decimals: 0 } => "Amounts in this currency have no decimals.".into(),
        P::AmountTooFine { decimals } => format!("Amounts in this currency have at most {decimals} decimals."),
        P::AmountNotPositive => "Enter an amount greater than zero.".into(),
        P::AmountTooLarge => "This amount is too large.".into(),
        P::CurrencyUnknown => "Choose a currency from the list.".into(),
        P::PaymentUnknown => "There is no such payment.".into(),
        P::PaymentSettled { status } => settled_payment_text(*status).into(),
        P::InvalidCode { attempts_remaining } => format!("Invalid code. {} remaining.", format_count(u64::from(*attempts_remaining), "attempt")),
        P::UsedCode { attempts_remaining } => format!(
            "This code was used already. Wait for the next code in your app. {} remaining.",
            format_count(u64::from(*attempts_remaining), "attempt")
        ),
        P::CodeOfAnotherTime { attempts_remaining } => format!(
            "The code is correct for another time. Check that the clock of your device is set automatically. {} remaining.",
            format_count(u64::from(*attempts_remaining), "attempt")
        ),
        P::MalformedCode { digits } => format!("Enter the {digits} digits of the code."),
        P::CodeExpired => CODE_EXPIRED.into(),
        P::TooManyAttempts => "Too many attempts. Please start the login process again.".into(),
        P::AttemptsUsedUp => "Too many attempts. Please start again.".into(),
        P::CouldNotSend => COULD_NOT_SEND.into(),
        P::CouldNotVerify => COULD_NOT_VERIFY.into(),
        P::ResendWait { secs } => format!("You can request another code in {}.", format_waiting_time(*secs)),
        P::FactorHeld { secs } if *secs > P::LONGEST_TEMPORARY_HOLD_SECS => "Too many wrong codes for this account. Use \"Forgot your password?\", or contact your administrator.".into(),
        P::FactorHeld { secs } => format!("Too many wrong codes for this account. Try again in {}.", format_waiting_time(*secs)),
        P::ResetHeld { .. } => "Too many wrong codes for this account. Contact your administrator.".into(),
        P::Cooling { secs } => format!("Your phone number was changed recently. For your safety, this is possible in {}.", format_waiting_time(*secs)),
        P::Busy => "Your last entry is still being checked. Please wait a moment.".into(),
        P::FlowEnded => "This step has expired or was finished elsewhere. Please start again.".into(),
        P::LimitReached { secs } => format!("Too many requests. Try again in {}.", format_waiting_time(*secs)),
        P::Overloaded { secs } => format!("We are very busy. Please try again in {}.", format_waiting_time(*secs)),
        P::BadRequest => BAD_REQUEST.into(),
        P::Internal => INTERNAL.into(),
    }
}

/// Returns the English error message for an action on a payment that already has the final status `status`.
const fn settled_payment_text(status: PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Pending => "Payment not confirmed yet",
        PaymentStatus::Processing => "Payment already being processed",
        PaymentStatus::Completed => "Payment already completed",
        PaymentStatus::Failed => "Payment already failed",
        PaymentStatus::Expired => "Payment already expired",
    }
}

/// Formats a waiting time of `secs` seconds in English, rounded up: "30 seconds", "12 minutes", "3 hours".
fn format_waiting_time(secs: u64) -> String {
    match secs {
        0..=90 => format_count(secs.max(1), "second"),
        91..=5400 => format_count(secs.div_ceil(60), "minute"),
        _ => format_count(secs.div_ceil(3600), "hour"),
    }
}

/// Formats a number with its English unit: "1 day", "2 days".
pub(super) fn format_count(count: u64, unit: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

/// The names of the months in notifications, short enough for a text message.
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Formats a day in English notation: "31 Jan 2026".
pub(super) fn format_day(day: CalendarDay) -> String {
    let index = usize::try_from(day.month - 1).unwrap_or_default();
    let month = MONTHS.get(index).copied().unwrap_or_default();
    format!("{} {month} {}", day.day, day.year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_messages_have_the_wording_that_the_verify_guide_prescribes() {
        for (found, text) in [
            (
                Problem::InvalidCode {
                    attempts_remaining: 3,
                },
                "Invalid code. 3 attempts remaining.",
            ),
            (
                Problem::InvalidCode {
                    attempts_remaining: 1,
                },
                "Invalid code. 1 attempt remaining.",
            ),
            (
                Problem::CodeExpired,
                "Code expired. Click Resend to get a new code.",
            ),
            (
                Problem::TooManyAttempts,
                "Too many attempts. Please start the login process again.",
            ),
            (
                Problem::CouldNotVerify,
                "Could not verify. Check your connection and try again.",
            ),
            (
                Problem::PaymentSettled {
                    status: PaymentStatus::Completed,
                },
                "Payment already completed",
            ),
        ] {
            assert_eq!(problem_text(&found), text);
        }
    }

    #[test]
    fn waiting_times_are_rounded_up_to_a_readable_unit() {
        assert_eq!(format_waiting_time(0), "1 second");
        assert_eq!(format_waiting_time(30), "30 seconds");
        assert_eq!(format_waiting_time(91), "2 minutes");
        assert_eq!(format_waiting_time(3540), "59 minutes");
        assert_eq!(format_waiting_time(86_400), "24 hours");
    }
}
