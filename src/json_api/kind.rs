//! Every way a call can end other than well: one code, status, title and wording for each.

use axum::http::StatusCode;

use domain::{Language, PaymentStatus, Problem};

/// What kept a call from being carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Not JSON, or not of the members and types this call takes.
    MalformedJson {
        line: usize,
        column: usize,
    },
    InvalidFields,
    /// Taken for none, a key that cannot be read would let a repetition pay twice (PAY-04).
    InvalidIdempotencyKey,
    CaptchaFailed,
    /// Unknown account, wrong password, held or disabled: one answer for all (LOG-03).
    InvalidCredentials,
    /// The client's own name and secret.
    InvalidClient,
    /// No token, or one that is not good any more.
    InvalidToken,
    /// The session is of a password alone.
    SecondFactorRequired,
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
    /// The flow is over, and waiting does not bring it back.
    TooManyAttempts,
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

/// When to come back after trouble that nobody can put a time to.
const RETRY_SECS: u64 = 5;

impl Kind {
    /// Its code, which is stable and what callers build on; its status; and what all of this kind
    /// are called (RFC 9457, section 3.1.3).
    #[rustfmt::skip]
    pub const fn told(self) -> (&'static str, StatusCode, &'static str) {
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
            Self::InvalidCredentials => ("invalid_credentials", StatusCode::UNAUTHORIZED, "Invalid credentials"),
            Self::InvalidClient => ("invalid_client", StatusCode::UNAUTHORIZED, "Invalid client"),
            Self::InvalidToken => ("invalid_token", StatusCode::UNAUTHORIZED, "Invalid token"),
            Self::InvalidCode { .. } => ("invalid_code", StatusCode::UNAUTHORIZED, "Invalid code"),
            Self::SecondFactorRequired => ("second_factor_required", StatusCode::FORBIDDEN, "Second factor required"),
            Self::Cooling { .. } => ("cooling", StatusCode::FORBIDDEN, "Cooling down"),
            Self::PaymentUnknown => ("payment_not_found", StatusCode::NOT_FOUND, "Payment not found"),
            Self::UsernameTaken => ("username_taken", StatusCode::CONFLICT, "Username taken"),
            Self::EmailTaken => ("email_taken", StatusCode::CONFLICT, "Email taken"),
            Self::PhoneTaken => ("phone_taken", StatusCode::CONFLICT, "Phone number taken"),
            Self::RegistrationConflict => ("registration_conflict", StatusCode::CONFLICT, "Registration conflict"),
            Self::Busy => ("busy", StatusCode::CONFLICT, "Busy"),
            Self::PaymentSettled { status: P::Pending | P::Processing } => ("payment_processing", StatusCode::CONFLICT, "Payment processing"),
            Self::FlowExpired => ("flow_expired", StatusCode::GONE, "Verification expired"),
            Self::CodeExpired => ("code_expired", StatusCode::GONE, "Code expired"),
            Self::PaymentSettled { status: P::Expired } => ("payment_expired", StatusCode::GONE, "Payment expired"),
            Self::TooManyAttempts => ("too_many_attempts", StatusCode::TOO_MANY_REQUESTS, "Too many attempts"),
            Self::ResendWait { .. } => ("resend_wait", StatusCode::TOO_MANY_REQUESTS, "Too early to resend"),
            Self::FactorHeld { .. } => ("factor_held", StatusCode::TOO_MANY_REQUESTS, "Second factor held"),
            Self::TooManyRequests { .. } => ("too_many_requests", StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
            Self::CouldNotVerify => ("could_not_verify", StatusCode::SERVICE_UNAVAILABLE, "Could not verify"),
            Self::Overloaded { .. } => ("overloaded", StatusCode::SERVICE_UNAVAILABLE, "Overloaded"),
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, "Internal error"),
        }
    }

    pub const fn status(self) -> StatusCode {
        self.told().1
    }

    /// The words where the flows have none of their own, or the API's are fixed (product.md,
    /// section 9).
    pub fn text(self) -> String {
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
            Self::NoPending => "No pending verification. Please start again.".into(),
            Self::FlowExpired => "This verification has expired. Please start again.".into(),
            Self::RegistrationConflict => {
                "The account could not be created. If you have one already, sign in.".into()
            }
            Self::TooManyRequests { .. } => {
                "Too many requests. Please wait before you try again.".into()
            }
            Self::CaptchaFailed => said(&Problem::CaptchaFailed),
            Self::Cooling { secs } => said(&Problem::Cooling { secs }),
            Self::InvalidCode { .. } => "Invalid code.".into(),
            Self::MalformedCode => "This is not a code.".into(),
            Self::CodeExpired => said(&Problem::CodeExpired),
            Self::TooManyAttempts => said(&Problem::TooManyAttempts),
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
            Self::ResendWait { secs }
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
            Problem::SecondFactorNeeded | Problem::StepUpNeeded => Self::SecondFactorRequired,
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
            Problem::TooManyAttempts => Self::TooManyAttempts,
            Problem::CouldNotVerify => Self::CouldNotVerify,
            Problem::ResendWait { secs } => Self::ResendWait { secs: *secs },
            Problem::FactorHeld { secs } => Self::FactorHeld { secs: *secs },
            Problem::Busy => Self::Busy,
            Problem::FlowEnded => Self::NoPending,
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

#[cfg(test)]
mod tests {
    use crate::http::error_response::ErrorResponse;

    /// What a call is refused with before a handler sees it.
    const EDGE: [ErrorResponse; 12] = [
        ErrorResponse::MALFORMED,
        ErrorResponse::CROSS_SITE,
        ErrorResponse::NOT_FOUND,
        ErrorResponse::METHOD,
        ErrorResponse::BODY_TOO_SLOW,
        ErrorResponse::BODY_TOO_LARGE,
        ErrorResponse::MEDIA_TYPE,
        ErrorResponse::WRONG_HOST,
        ErrorResponse::TOO_MANY_HEADERS,
        ErrorResponse::INTERNAL,
        ErrorResponse::OVERLOADED,
        ErrorResponse::TOO_SLOW,
    ];

    /// Every code of the table above, read as it stands there.
    fn codes() -> Vec<&'static str> {
        let told = include_str!("kind.rs").lines();
        let code = |line: &'static str| line.split_once("=> (\"")?.1.split('"').next();
        told.filter_map(code).collect()
    }

    #[test]
    fn the_readme_lists_every_code() {
        let readme = include_str!("../../README.md");
        let section = readme.split("\n## ");
        let mut section = section.filter(|part| part.starts_with("For other programs"));
        let section = section.next().expect("the section of the API");
        let codes = codes();
        assert!(codes.contains(&"malformed_json") && codes.contains(&"internal"));
        for code in codes.into_iter().chain(EDGE.map(|refusal| refusal.reason)) {
            assert!(section.contains(&format!("`{code}`")), "{code} is missing");
        }
    }
}
