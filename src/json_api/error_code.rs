//! The error codes of the JSON API, each with its HTTP status, title and text.

use axum::http::StatusCode;

use domain::{Field, FieldProblem, Language, PaymentStatus, Problem, Purpose};

/// Error code of the JSON API: the reason why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The body is not JSON, or a member has the wrong type.
    MalformedJson {
        line: usize,
        column: usize,
    },
    InvalidFields,
    /// The header `Idempotency-Key` is malformed. Ignoring it would let a retry pay twice.
    InvalidIdempotencyKey,
    CaptchaFailed,
    /// The account is unknown, locked or disabled, or the password is wrong. One code for all, so that it does not
    /// reveal whether an account exists.
    InvalidCredentials,
    /// The name or secret of the API client is wrong.
    InvalidClient,
    /// The access token is missing, invalid or expired.
    InvalidToken,
    /// The session was opened with a password only, but the operation needs a second factor.
    SecondFactorRequired,
    /// The account must first prove its e-mail address.
    EmailUnproven,
    /// The account will be deleted. The token can only keep it.
    DeletionPending,
    /// No deletion of the account is requested.
    DeletionNotRequested,
    /// The phone number changed too recently for this operation.
    Cooling {
        secs: u64,
    },
    /// No pending flow has this flow token.
    NoPending,
    FlowExpired,
    InvalidCode {
        attempts_remaining: Option<u32>,
    },
    /// The text does not have the format of a code. It did not count as an attempt.
    MalformedCode,
    CodeExpired,
    /// All attempts of the flow are used, and the flow has ended.
    TooManyAttempts,
    ResendWait {
        secs: u64,
    },
    FactorHeld {
        secs: u64,
    },
    /// A rate limit was reached.
    TooManyRequests {
        secs: u64,
    },
    MethodUnavailable,
    /// No flow with this token exists.
    FlowUnknown,
    /// The account has no such payment.
    PaymentUnknown,
    /// Another session of the account began the payment.
    OtherSession,
    /// The payment can no longer be confirmed.
    PaymentSettled {
        status: PaymentStatus,
    },
    UsernameTaken,
    EmailTaken,
    PhoneTaken,
    /// The code was correct, but another account has taken the username, e-mail address or phone number since.
    RegistrationConflict,
    PhoneUnreachable,
    /// The link of a password reset is expired, used or unknown.
    ResetLinkInvalid,
    /// Another mailed link is expired, used or unknown.
    LinkInvalid,
    /// Another browser may replace the lost phone. The response has the flow of a sign-in with the earlier second factor.
    RecoveryInOtherBrowser,
    Busy,
    /// The provider could not be reached. No attempt was used.
    CouldNotVerify,
    /// The code could not be sent. Another one can be sent after this number of seconds.
    CouldNotSend {
        secs: u64,
    },
    Overloaded {
        secs: u64,
    },
    Internal,
}

/// The shortest retry delay in seconds if the provider is unreachable.
const RETRY_SECS: u64 = 5;

impl ErrorCode {
    /// Returns the stable code, HTTP status and title of this error
    /// (<https://www.rfc-editor.org/rfc/rfc9457#section-3.1.3>).
    #[rustfmt::skip]
    pub const fn error_code_status_and_title(self) -> (&'static str, StatusCode, &'static str) {
        use PaymentStatus as P;
        match self {
            Self::MalformedJson { .. } => ("malformed_json", StatusCode::BAD_REQUEST, "Malformed JSON"),
            Self::InvalidFields => ("invalid_fields", StatusCode::BAD_REQUEST, "Invalid fields"),
            Self::InvalidIdempotencyKey => ("invalid_idempotency_key", StatusCode::BAD_REQUEST, "Invalid Idempotency-Key"),
            Self::CaptchaFailed => ("captcha_failed", StatusCode::BAD_REQUEST, "CAPTCHA failed"),
            Self::NoPending => ("no_pending", StatusCode::BAD_REQUEST, "No pending verification"),
            Self::MalformedCode => ("malformed_code", StatusCode::BAD_REQUEST, "Malformed code"),
            Self::MethodUnavailable => ("method_unavailable", StatusCode::BAD_REQUEST, "Method unavailable"),
            Self::PhoneUnreachable => ("phone_unreachable", StatusCode::BAD_REQUEST, "Phone unreachable"),
            Self::PaymentSettled { status: P::Completed } => ("payment_completed", StatusCode::BAD_REQUEST, "Payment completed"),
            Self::PaymentSettled { status: P::Failed } => ("payment_failed", StatusCode::BAD_REQUEST, "Payment failed"),
            Self::ResetLinkInvalid => ("reset_link_invalid", StatusCode::BAD_REQUEST, "Reset link invalid"),
            Self::LinkInvalid => ("link_invalid", StatusCode::BAD_REQUEST, "Link invalid"),
            Self::InvalidCredentials => ("invalid_credentials", StatusCode::UNAUTHORIZED, "Invalid credentials"),
            Self::InvalidClient => ("invalid_client", StatusCode::UNAUTHORIZED, "Invalid client"),
            Self::InvalidToken => ("invalid_token", StatusCode::UNAUTHORIZED, "Invalid token"),
            Self::InvalidCode { .. } => ("invalid_code", StatusCode::UNAUTHORIZED, "Invalid code"),
            Self::SecondFactorRequired => ("second_factor_required", StatusCode::FORBIDDEN, "Second factor required"),
            Self::OtherSession => ("other_session", StatusCode::FORBIDDEN, "Other session"),
            Self::EmailUnproven => ("email_unproven", StatusCode::FORBIDDEN, "Email not confirmed"),
            Self::DeletionPending => ("deletion_pending", StatusCode::FORBIDDEN, "Deletion pending"),
            Self::Cooling { .. } => ("cooling", StatusCode::FORBIDDEN, "Cooling down"),
            Self::FlowUnknown => ("not_found", StatusCode::NOT_FOUND, "Not Found"),
            Self::PaymentUnknown => ("payment_not_found", StatusCode::NOT_FOUND, "Payment not found"),
            Self::UsernameTaken => ("username_taken", StatusCode::CONFLICT, "Username taken"),
            Self::EmailTaken => ("email_taken", StatusCode::CONFLICT, "Email taken"),
            Self::PhoneTaken => ("phone_taken", StatusCode::CONFLICT, "Phone number taken"),
            Self::RegistrationConflict => ("registration_conflict", StatusCode::CONFLICT, "Registration conflict"),
            Self::DeletionNotRequested => ("deletion_not_requested", StatusCode::CONFLICT, "Deletion not requested"),
            Self::RecoveryInOtherBrowser => ("recovery_in_other_browser", StatusCode::CONFLICT, "Recovery in another browser"),
            Self::Busy => ("busy", StatusCode::CONFLICT, "Busy"),
            Self::PaymentSettled { status: P::Pending | P::Processing } => ("payment_processing", StatusCode::CONFLICT, "Payment processing"),
            Self::FlowExpired => ("flow_expired", StatusCode::GONE, "Verification expired"),
            Self::CodeExpired => ("code_expired", StatusCode::GONE, "Code expired"),
            Self::PaymentSettled { status: P::Expired } => ("payment_expired", StatusCode::GONE, "Payment expired"),
            Self::TooManyAttempts => ("too_many_attempts", StatusCode::TOO_MANY_REQUESTS, "Too many attempts"),
            Self::ResendWait { .. } => ("resend_wait", StatusCode::TOO_MANY_REQUESTS, "Too early to resend"),
            Self::FactorHeld { .. } => ("factor_held", StatusCode::TOO_MANY_REQUESTS, "Second factor held"),
            Self::TooManyRequests { .. } => ("too_many_requests", StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
            Self::CouldNotVerify | Self::CouldNotSend { .. } => ("could_not_verify", StatusCode::SERVICE_UNAVAILABLE, "Could not verify"),
            Self::Overloaded { .. } => ("overloaded", StatusCode::SERVICE_UNAVAILABLE, "Overloaded"),
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, "Internal error"),
        }
    }

    /// Returns the HTTP status of this error.
    pub const fn http_status(self) -> StatusCode {
        self.error_code_status_and_title().1
    }

    /// Returns the English error message of this API error.
    pub fn error_message(self) -> String {
        match self {
            Self::MalformedJson { line, column } => format!(
                "The body is not the JSON this call takes: see line {line}, column {column}."
            ),
            Self::InvalidFields => "Some members are not as they should be.".into(),
            Self::InvalidIdempotencyKey => {
                "Idempotency-Key takes one value of printable ASCII, and not an empty one.".into()
            }
            Self::InvalidCredentials => "Invalid credentials".into(),
            Self::InvalidClient => "The client's name or secret is wrong.".into(),
            Self::InvalidToken => "A valid access token is needed.".into(),
            Self::SecondFactorRequired => {
                "This needs a session that was opened with a second factor.".into()
            }
            Self::OtherSession => {
                "Another session began this payment. Confirm it there, or cancel it.".into()
            }
            Self::DeletionPending => {
                "The account will be deleted. Keep it first, with /v1/me/keep.".into()
            }
            Self::DeletionNotRequested => "The account will not be deleted.".into(),
            Self::RecoveryInOtherBrowser => {
                "Set up the new number in the browser that reported the lost phone, or request a \
                 new link on the page /lost-phone."
                    .into()
            }
            Self::NoPending => "No pending verification".into(),
            Self::FlowExpired => "This verification has expired. Please start again.".into(),
            Self::RegistrationConflict => {
                "The account could not be created. If you have one already, sign in.".into()
            }
            Self::TooManyRequests { .. } => {
                "Too many requests. Please wait before you try again.".into()
            }
            Self::CaptchaFailed => problem_text_in_english(&Problem::CaptchaFailed),
            Self::Cooling { secs } => problem_text_in_english(&Problem::Cooling { secs }),
            Self::InvalidCode { .. } => "Invalid code".into(),
            Self::MalformedCode => "This is not a code.".into(),
            Self::CodeExpired => problem_text_in_english(&Problem::CodeExpired),
            Self::TooManyAttempts => problem_text_in_english(&Problem::TooManyAttempts),
            Self::ResendWait { secs } => problem_text_in_english(&Problem::ResendWait { secs }),
            Self::FactorHeld { secs } => problem_text_in_english(&Problem::FactorHeld { secs }),
            Self::MethodUnavailable => problem_text_in_english(&Problem::MethodUnavailable),
            Self::FlowUnknown => "The flow does not exist.".into(),
            Self::PaymentUnknown => "Payment not found".into(),
            Self::PaymentSettled {
                status: PaymentStatus::Expired,
            } => "Verification expired. Initiate a new payment.".into(),
            Self::PaymentSettled { status } => {
                problem_text_in_english(&Problem::PaymentSettled { status })
            }
            Self::UsernameTaken => problem_text_in_english(&Problem::UsernameTaken),
            Self::EmailTaken => problem_text_in_english(&Problem::EmailTaken),
            Self::PhoneTaken => problem_text_in_english(&Problem::PhoneTaken),
            Self::PhoneUnreachable => problem_text_in_english(&Problem::PhoneUnreachable),
            Self::Busy => problem_text_in_english(&Problem::Busy),
            Self::ResetLinkInvalid => problem_text_in_english(&Problem::ResetLinkInvalid),
            Self::LinkInvalid => problem_text_in_english(&Problem::LinkInvalid),
            Self::EmailUnproven => problem_text_in_english(&Problem::EmailUnproven),
            Self::CouldNotVerify => problem_text_in_english(&Problem::CouldNotVerify),
            Self::CouldNotSend { .. } => "Failed to send verification code".into(),
            Self::Overloaded { secs } => problem_text_in_english(&Problem::Overloaded { secs }),
            Self::Internal => problem_text_in_english(&Problem::Internal),
        }
    }

    /// Returns the error message that `docs/original/telnyx-verify-guide.md` prescribes for this error in a flow with
    /// this purpose. Returns `None` if it prescribes none.
    pub fn find_message_prescribed_by_telnyx_guide(
        self,
        purpose: Option<Purpose>,
        problems: &[FieldProblem],
    ) -> Option<&'static str> {
        let registers = purpose == Some(Purpose::Registration);
        let signs_in = matches!(purpose, Some(Purpose::SignIn | Purpose::SetUp));
        match self {
            Self::InvalidFields if has_amount_problem(problems) => Some("Invalid amount"),
            Self::InvalidFields if has_missing_field_problem(problems) => {
                Some("All fields required")
            }
            Self::NoPending if registers => Some("No pending registration"),
            Self::NoPending if signs_in => Some("No pending verification. Start login again."),
            Self::FlowExpired if registers => Some("Registration expired. Please start again."),
            Self::FlowExpired if signs_in => Some("Verification expired. Start login again."),
            _ => None,
        }
    }

    /// Returns the member `response_code` of the error response, as in Telnyx Verify: `rejected` for a wrong code, and
    /// no member for other errors.
    ///
    /// A wrong code that uses the last attempt is a problem of the code field. A later attempt is refused unchecked, as
    /// a problem of the whole form.
    pub fn telnyx_response_code(self, problems: &[FieldProblem]) -> Option<&'static str> {
        match self {
            Self::InvalidCode { .. } => Some("rejected"),
            Self::TooManyAttempts if has_code_problem(problems) => Some("rejected"),
            _ => None,
        }
    }

    /// Returns the number of seconds after which a retry can succeed. Returns `None` if waiting does not help.
    pub const fn retry_after_secs(self) -> Option<u64> {
        match self {
            Self::ResendWait { secs }
            | Self::FactorHeld { secs }
            | Self::Cooling { secs }
            | Self::TooManyRequests { secs }
            | Self::Overloaded { secs } => Some(secs),
            Self::CouldNotSend { secs } if secs > RETRY_SECS => Some(secs),
            Self::CouldNotVerify | Self::CouldNotSend { .. } => Some(RETRY_SECS),
            Self::Busy => Some(1),
            _ => None,
        }
    }

    /// Converts a problem of the sign-in or payment flow to an API error code.
    pub const fn from_problem(problem: &Problem) -> Self {
        match problem {
            Problem::Missing
            | Problem::TooLong
            | Problem::NameInvalid
            | Problem::UsernameInvalid
            | Problem::EmailInvalid
            | Problem::EmailUnchanged
            | Problem::PasswordTooShort
            | Problem::PasswordTooLong
            | Problem::PasswordCommon
            | Problem::PasswordResembles
            | Problem::PasswordUnchanged
            | Problem::PasswordWrong
            | Problem::PhoneInvalid
            | Problem::PhoneUnsupported
            | Problem::PhoneCountryUnsupported
            | Problem::PhoneUnchanged
            | Problem::PhoneUnavailable
            | Problem::PhoneAccountLimitReached
            | Problem::AuthenticatorVoided
            | Problem::OnlyMethod
            | Problem::LineInvalid
            | Problem::AmountInvalid
            | Problem::AmountTooFine { .. }
            | Problem::AmountNotPositive
            | Problem::AmountTooLarge
            | Problem::CurrencyUnknown
            | Problem::UsernameMismatch
            | Problem::BadRequest => Self::InvalidFields,
            Problem::SecondFactorNeeded | Problem::StepUpNeeded => Self::SecondFactorRequired,
            Problem::EmailUnproven => Self::EmailUnproven,
            Problem::LinkInvalid => Self::LinkInvalid,
            Problem::PaymentUnknown => Self::PaymentUnknown,
            Problem::PaymentSettled { status } => Self::PaymentSettled { status: *status },
            Problem::UsernameTaken => Self::UsernameTaken,
            Problem::EmailTaken => Self::EmailTaken,
            Problem::PhoneTaken => Self::PhoneTaken,
            Problem::PhoneUnreachable => Self::PhoneUnreachable,
            Problem::ResetLinkInvalid => Self::ResetLinkInvalid,
            Problem::CaptchaFailed => Self::CaptchaFailed,
            Problem::Credentials => Self::InvalidCredentials,
            Problem::MethodUnavailable => Self::MethodUnavailable,
            Problem::RecoveryCodeWrong => Self::InvalidCode {
                attempts_remaining: None,
            },
            Problem::InvalidCode { attempts_remaining }
            | Problem::UsedCode { attempts_remaining }
            | Problem::CodeOfAnotherTime { attempts_remaining } => Self::InvalidCode {
                attempts_remaining: Some(*attempts_remaining),
            },
            Problem::MalformedCode { .. } | Problem::RecoveryCodeMalformed => Self::MalformedCode,
            Problem::CodeExpired => Self::CodeExpired,
            Problem::TooManyAttempts | Problem::AttemptsUsedUp => Self::TooManyAttempts,
            Problem::CouldNotVerify => Self::CouldNotVerify,
            Problem::CouldNotSend => Self::CouldNotSend { secs: 0 },
            Problem::ResendWait { secs } => Self::ResendWait { secs: *secs },
            Problem::FactorHeld { secs } | Problem::ResetHeld { secs } => {
                Self::FactorHeld { secs: *secs }
            }
            Problem::Busy => Self::Busy,
            // The JSON API does not start recoveries.
            Problem::FlowEnded | Problem::RecoveryPending { .. } | Problem::PasswordFromMail => {
                Self::NoPending
            }
            Problem::Cooling { secs } => Self::Cooling { secs: *secs },
            Problem::LimitReached { secs }
            | Problem::ChangeWait { secs }
            | Problem::ExportWait { secs } => Self::TooManyRequests { secs: *secs },
            Problem::Overloaded { secs } => Self::Overloaded { secs: *secs },
            Problem::Internal => Self::Internal,
        }
    }

    /// Returns whether the error message is the text of the problem that occurred, not the fixed message of this error
    /// code.
    pub const fn has_problem_text_as_error_message(self) -> bool {
        !matches!(
            self,
            Self::InvalidCredentials
                | Self::NoPending
                | Self::TooManyRequests { .. }
                | Self::InvalidCode { .. }
                | Self::CouldNotVerify
                | Self::CouldNotSend { .. }
                | Self::PaymentUnknown
                | Self::PaymentSettled {
                    status: PaymentStatus::Expired
                }
        )
    }
}

/// Returns whether one of the problems is about the amount.
fn has_amount_problem(problems: &[FieldProblem]) -> bool {
    problems.iter().any(|found| found.field == Field::Amount)
}

/// Returns whether one of the problems is about the code.
fn has_code_problem(problems: &[FieldProblem]) -> bool {
    problems.iter().any(|found| found.field == Field::Code)
}

/// Returns whether one of the problems is a missing field.
fn has_missing_field_problem(problems: &[FieldProblem]) -> bool {
    problems
        .iter()
        .any(|found| found.problem == Problem::Missing)
}

/// Returns the English text of a problem, because API errors are not translated.
pub fn problem_text_in_english(problem: &Problem) -> String {
    (Language::English.page_texts().problem)(problem)
}

#[cfg(test)]
#[path = "error_code_tests.rs"]
mod tests;
