//! Every way a call can end other than well: one code, status and wording for each.

use axum::http::StatusCode;

use crate::domain::{Language, PaymentStatus, Problem};

/// What kept a call from being carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Not JSON, or not of the members and types this call takes.
    MalformedJson {
        line: usize,
        column: usize,
    },
    InvalidFields,
    CaptchaFailed,
    /// Unknown account, wrong password, held or disabled: one answer for all (LOG-03).
    InvalidCredentials,
    /// The client's own name and secret.
    InvalidClient,
    /// No token, or one that is not good any more.
    InvalidToken,
    /// The session is of a password alone.
    SecondFactorRequired,
    StepUpNeeded,
    /// The number changed too recently for this (PHN-05).
    Cooling {
        secs: u64,
    },
    /// There is no flow of this handle, or it is over.
    NoPending,
    FlowExpired,
    InvalidCode {
        attempts_remaining: Option<u32>,
    },
    /// Not even the shape of a code; no attempt was used.
    MalformedCode,
    CodeExpired,
    /// The flow is over; the number may get a new code after `secs`.
    TooManyAttempts {
        secs: u64,
    },
    ResendWait {
        secs: u64,
    },
    FactorHeld {
        secs: u64,
    },
    /// A limit on calls from one place.
    TooManyRequests {
        secs: u64,
    },
    MethodUnavailable,
    /// No payment of this account.
    PaymentUnknown,
    /// Past its confirmation, one way or another.
    PaymentSettled {
        status: PaymentStatus,
    },
    UsernameTaken,
    EmailTaken,
    PhoneTaken,
    /// Proven, and then not made: one of the names or the number are others' by now.
    RegistrationConflict,
    PhoneUnreachable,
    Busy,
    /// Provider or network trouble; nothing was used up.
    CouldNotVerify,
    Overloaded {
        secs: u64,
    },
    Internal,
}

/// What a payment that is past its confirmation is to whoever confirms it.
const fn settled(status: PaymentStatus) -> (&'static str, StatusCode) {
    match status {
        PaymentStatus::Expired => ("payment_expired", StatusCode::GONE),
        PaymentStatus::Failed => ("payment_failed", StatusCode::BAD_REQUEST),
        PaymentStatus::Pending | PaymentStatus::Processing => {
            ("payment_processing", StatusCode::CONFLICT)
        }
        PaymentStatus::Completed => ("payment_completed", StatusCode::BAD_REQUEST),
    }
}

/// When to come back after trouble that nobody can put a time to.
const RETRY_SECS: u64 = 5;

impl Kind {
    /// Stable, and part of what callers build on.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MalformedJson { .. } => "malformed_json",
            Self::InvalidFields => "invalid_fields",
            Self::CaptchaFailed => "captcha_failed",
            Self::InvalidCredentials => "invalid_credentials",
            Self::InvalidClient => "invalid_client",
            Self::InvalidToken => "invalid_token",
            Self::SecondFactorRequired => "second_factor_required",
            Self::StepUpNeeded => "step_up_needed",
            Self::Cooling { .. } => "cooling",
            Self::NoPending => "no_pending",
            Self::FlowExpired => "flow_expired",
            Self::InvalidCode { .. } => "invalid_code",
            Self::MalformedCode => "malformed_code",
            Self::CodeExpired => "code_expired",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::ResendWait { .. } => "resend_wait",
            Self::FactorHeld { .. } => "factor_held",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::MethodUnavailable => "method_unavailable",
            Self::PaymentUnknown => "payment_not_found",
            Self::PaymentSettled { status } => settled(status).0,
            Self::UsernameTaken => "username_taken",
            Self::EmailTaken => "email_taken",
            Self::PhoneTaken => "phone_taken",
            Self::RegistrationConflict => "registration_conflict",
            Self::PhoneUnreachable => "phone_unreachable",
            Self::Busy => "busy",
            Self::CouldNotVerify => "could_not_verify",
            Self::Overloaded { .. } => "overloaded",
            Self::Internal => "internal",
        }
    }

    pub const fn status(self) -> StatusCode {
        match self {
            Self::MalformedJson { .. }
            | Self::InvalidFields
            | Self::CaptchaFailed
            | Self::NoPending
            | Self::MalformedCode
            | Self::MethodUnavailable
            | Self::PhoneUnreachable => StatusCode::BAD_REQUEST,
            Self::InvalidCredentials
            | Self::InvalidClient
            | Self::InvalidToken
            | Self::InvalidCode { .. } => StatusCode::UNAUTHORIZED,
            Self::SecondFactorRequired | Self::StepUpNeeded | Self::Cooling { .. } => {
                StatusCode::FORBIDDEN
            }
            Self::UsernameTaken
            | Self::EmailTaken
            | Self::PhoneTaken
            | Self::RegistrationConflict
            | Self::Busy => StatusCode::CONFLICT,
            Self::PaymentUnknown => StatusCode::NOT_FOUND,
            Self::PaymentSettled { status } => settled(status).1,
            Self::FlowExpired | Self::CodeExpired => StatusCode::GONE,
            Self::TooManyAttempts { .. }
            | Self::ResendWait { .. }
            | Self::FactorHeld { .. }
            | Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::CouldNotVerify | Self::Overloaded { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What all of this kind are called (RFC 9457, section 3.1.3).
    pub const fn title(self) -> &'static str {
        match self {
            Self::MalformedJson { .. } => "Malformed JSON",
            Self::InvalidFields => "Invalid fields",
            Self::CaptchaFailed => "CAPTCHA failed",
            Self::InvalidCredentials => "Invalid credentials",
            Self::InvalidClient => "Invalid client",
            Self::InvalidToken => "Invalid token",
            Self::SecondFactorRequired => "Second factor required",
            Self::StepUpNeeded => "Step-up needed",
            Self::Cooling { .. } => "Cooling down",
            Self::NoPending => "No pending verification",
            Self::FlowExpired => "Verification expired",
            Self::InvalidCode { .. } => "Invalid code",
            Self::MalformedCode => "Malformed code",
            Self::CodeExpired => "Code expired",
            Self::TooManyAttempts { .. } => "Too many attempts",
            Self::ResendWait { .. } => "Too early to resend",
            Self::FactorHeld { .. } => "Second factor held",
            Self::TooManyRequests { .. } => "Too many requests",
            Self::MethodUnavailable => "Method unavailable",
            Self::PaymentUnknown => "Payment not found",
            Self::PaymentSettled { .. } => "Payment settled",
            Self::UsernameTaken => "Username taken",
            Self::EmailTaken => "Email taken",
            Self::PhoneTaken => "Phone number taken",
            Self::RegistrationConflict => "Registration conflict",
            Self::PhoneUnreachable => "Phone unreachable",
            Self::Busy => "Busy",
            Self::CouldNotVerify => "Could not verify",
            Self::Overloaded { .. } => "Overloaded",
            Self::Internal => "Internal error",
        }
    }

    /// The words where the flows have none of their own, or the API's are fixed (product.md,
    /// section 9).
    pub fn text(self) -> String {
        match self {
            Self::MalformedJson { line, column } => format!(
                "The body is not the JSON this call takes: see line {line}, column {column}."
            ),
            Self::InvalidFields => "Some members are not as they should be.".into(),
            Self::InvalidCredentials => "Invalid credentials".into(),
            Self::InvalidClient => "The client's name or secret is wrong.".into(),
            Self::InvalidToken => "A valid access token is needed.".into(),
            Self::SecondFactorRequired => {
                "This needs a session that was opened with a second factor.".into()
            }
            Self::NoPending => "No pending verification. Please start again.".into(),
            Self::FlowExpired => "This verification has expired. Please start again.".into(),
            Self::RegistrationConflict => {
                "The account could not be created. If you have one already, sign in.".into()
            }
            Self::TooManyRequests { .. } => {
                "Too many requests. Please wait before you try again.".into()
            }
            Self::CaptchaFailed => said(&Problem::CaptchaFailed),
            Self::StepUpNeeded => said(&Problem::StepUpNeeded),
            Self::Cooling { secs } => said(&Problem::Cooling { secs }),
            Self::InvalidCode { .. } => "Invalid code.".into(),
            Self::MalformedCode => "This is not a code.".into(),
            Self::CodeExpired => said(&Problem::CodeExpired),
            Self::TooManyAttempts { .. } => said(&Problem::TooManyAttempts),
            Self::ResendWait { secs } => said(&Problem::ResendWait { secs }),
            Self::FactorHeld { secs } => said(&Problem::FactorHeld { secs }),
            Self::MethodUnavailable => said(&Problem::MethodUnavailable),
            Self::PaymentUnknown => said(&Problem::PaymentUnknown),
            Self::PaymentSettled { status } => said(&Problem::PaymentSettled { status }),
            Self::UsernameTaken => said(&Problem::UsernameTaken),
            Self::EmailTaken => said(&Problem::EmailTaken),
            Self::PhoneTaken => said(&Problem::PhoneTaken),
            Self::PhoneUnreachable => said(&Problem::PhoneUnreachable),
            Self::Busy => said(&Problem::Busy),
            Self::CouldNotVerify => said(&Problem::CouldNotVerify),
            Self::Overloaded { secs } => said(&Problem::Overloaded { secs }),
            Self::Internal => said(&Problem::Internal),
        }
    }

    pub const fn retry_after(self) -> Option<u64> {
        match self {
            Self::TooManyAttempts { secs }
            | Self::ResendWait { secs }
            | Self::FactorHeld { secs }
            | Self::Cooling { secs }
            | Self::TooManyRequests { secs }
            | Self::Overloaded { secs } => Some(secs),
            Self::CouldNotVerify => Some(RETRY_SECS),
            Self::Busy => Some(1),
            _ => None,
        }
    }

    /// What a flow's problem is to a caller.
    pub const fn of(problem: &Problem) -> Self {
        match problem {
            Problem::Missing
            | Problem::TooLong
            | Problem::NameInvalid
            | Problem::UsernameInvalid
            | Problem::EmailInvalid
            | Problem::PasswordTooShort
            | Problem::PasswordTooLong
            | Problem::PasswordCommon
            | Problem::PasswordResembles
            | Problem::PasswordWrong
            | Problem::PhoneInvalid
            | Problem::PhoneUnsupported
            | Problem::PhoneUnchanged
            | Problem::PhoneCrowded
            | Problem::AuthenticatorVoided
            | Problem::OnlyMethod
            | Problem::LineInvalid
            | Problem::AmountInvalid
            | Problem::AmountTooFine { .. }
            | Problem::AmountNotPositive
            | Problem::AmountTooLarge
            | Problem::CurrencyUnknown
            | Problem::BadRequest => Self::InvalidFields,
            Problem::SecondFactorNeeded => Self::SecondFactorRequired,
            Problem::PaymentUnknown => Self::PaymentUnknown,
            Problem::PaymentSettled { status } => Self::PaymentSettled { status: *status },
            Problem::UsernameTaken => Self::UsernameTaken,
            Problem::EmailTaken => Self::EmailTaken,
            Problem::PhoneTaken => Self::PhoneTaken,
            Problem::PhoneUnreachable => Self::PhoneUnreachable,
            Problem::CaptchaFailed => Self::CaptchaFailed,
            Problem::Credentials => Self::InvalidCredentials,
            Problem::MethodUnavailable => Self::MethodUnavailable,
            Problem::RecoveryCodeWrong => Self::InvalidCode {
                attempts_remaining: None,
            },
            Problem::InvalidCode { attempts_remaining } => Self::InvalidCode {
                attempts_remaining: Some(*attempts_remaining),
            },
            Problem::MalformedCode { .. } => Self::MalformedCode,
            Problem::CodeExpired => Self::CodeExpired,
            Problem::TooManyAttempts => Self::TooManyAttempts { secs: 0 },
            Problem::CouldNotVerify => Self::CouldNotVerify,
            Problem::ResendWait { secs } => Self::ResendWait { secs: *secs },
            Problem::FactorHeld { secs } => Self::FactorHeld { secs: *secs },
            Problem::Busy => Self::Busy,
            Problem::FlowEnded => Self::NoPending,
            Problem::StepUpNeeded => Self::StepUpNeeded,
            Problem::Cooling { secs } => Self::Cooling { secs: *secs },
            Problem::Overloaded { secs } => Self::TooManyRequests { secs: *secs },
            Problem::Internal => Self::Internal,
        }
    }

    /// The words of the flow, where the API has none that are fixed.
    pub const fn keeps_the_flows_words(self) -> bool {
        !matches!(
            self,
            Self::InvalidCredentials | Self::NoPending | Self::TooManyRequests { .. }
        )
    }
}

/// What a page says of it, in English: what changes with the reader is no part of an interface.
pub fn said(problem: &Problem) -> String {
    (Language::English.words().problem)(problem)
}
