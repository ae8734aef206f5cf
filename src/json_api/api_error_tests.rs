use super::*;
use crate::hashing::HashError;
use domain::{FormErrors, PaymentStatus};

/// Creates the API error for these problems of form fields.
fn create_flow_error(problems: &[(Field, Problem)]) -> ApiError {
    let problems = problems.iter().cloned();
    let problems = problems.map(|(field, problem)| FieldProblem { field, problem });
    FlowError::Refused(FormErrors {
        problems: problems.collect(),
        entry: None,
    })
    .into()
}

#[test]
fn error_of_a_wrong_code_has_the_remaining_attempts() {
    let problem = Problem::InvalidCode {
        attempts_remaining: 3,
    };
    let details = create_flow_error(&[(Field::Code, problem)]).into_problem_details();
    assert_eq!((details.status, details.code), (401, "invalid_code"));
    assert_eq!(details.error, "Invalid code");
    assert_eq!(details.response_code, Some("rejected"));
    assert_eq!(details.attempts_remaining, Some(3));
}

#[test]
fn invalid_members_are_reported_together_with_their_api_names() {
    let details = create_flow_error(&[
        (Field::FullName, Problem::Missing),
        (Field::Phone, Problem::PhoneInvalid),
        (Field::Email, Problem::EmailTaken),
    ])
    .into_problem_details();
    assert_eq!((details.status, details.code), (400, "invalid_fields"));
    let fields: Vec<_> = details
        .errors
        .iter()
        .map(|error| (error.field.as_ref(), error.code.as_str()))
        .collect();
    let expected = [
        ("name", "missing"),
        ("phone_number", "phone_invalid"),
        ("email", "email_taken"),
    ];
    assert_eq!(fields, expected);
}

#[test]
fn error_of_a_malformed_member_is_true_for_members_of_every_type() {
    let error = ApiError::from(ErrorCode::MalformedJson { line: 1, column: 9 });
    let details = error
        .with_malformed_json_members(vec!["amount".to_owned()])
        .into_problem_details();
    let member = &details.errors[0];
    assert_eq!(
        (member.field.as_ref(), member.code.as_str()),
        ("amount", "malformed")
    );
    // An amount is a string or a number.
    assert!(!member.error.contains("string"), "{}", member.error);
}

#[test]
fn texts_of_common_api_errors_are_fixed() {
    for (field, problem, status, text) in [
        (
            Field::Email,
            Problem::EmailTaken,
            409,
            "Email already registered",
        ),
        (
            Field::Phone,
            Problem::PhoneTaken,
            409,
            "Phone number already registered",
        ),
        (
            Field::Form,
            Problem::Credentials,
            401,
            "Invalid credentials",
        ),
    ] {
        let details = create_flow_error(&[(field, problem)]).into_problem_details();
        assert_eq!((details.status, details.error.as_str()), (status, text));
    }
}

#[test]
fn reached_rate_limit_gives_429_and_overload_gives_503() {
    let limit = Problem::LimitReached { secs: 60 };
    let details = create_flow_error(&[(Field::Form, limit)]).into_problem_details();
    assert_eq!((details.status, details.code), (429, "too_many_requests"));
    assert_eq!(details.retry_after, Some(60));
    let details = ApiError::from(FlowError::Hash(HashError::Busy)).into_problem_details();
    assert_eq!((details.status, details.code), (503, "overloaded"));
    assert!(details.retry_after.is_some());
}

/// Required by RFC 9110: <https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2>
#[test]
fn only_401_responses_have_a_www_authenticate_header() {
    let codes = [
        ErrorCode::InvalidCredentials,
        ErrorCode::InvalidClient,
        ErrorCode::InvalidToken,
        ErrorCode::InvalidCode {
            attempts_remaining: None,
        },
        ErrorCode::NoPending,
        ErrorCode::Internal,
        ErrorCode::SecondFactorRequired,
    ];
    for code in codes {
        let response = ApiError::from(code).into_response();
        let challenged = response.headers().contains_key(WWW_AUTHENTICATE);
        assert_eq!(challenged, response.status() == 401, "{code:?}");
        let content_type = response.headers()["content-type"].as_bytes();
        assert_eq!(content_type, b"application/problem+json");
    }
}

#[test]
fn error_of_an_open_flow_contains_its_flow_token() {
    let flow_token = Token::generate();
    let failure =
        ApiError::from(ErrorCode::ResendWait { secs: 30 }).with_flow_token(flow_token.clone());
    let details = failure.into_problem_details();
    assert_eq!(details.flow.as_deref(), Some(flow_token.expose()));
    assert_eq!(details.error, "You can request another code in 30 seconds.");
}

#[test]
fn error_of_an_existing_payment_contains_its_id() {
    let id = PaymentId::from_bits(4711);
    let failure = ApiError::from(ErrorCode::Busy).with_payment_id(id.clone());
    let details = failure.into_problem_details();
    assert_eq!(details.payment_id.as_deref(), Some(id.as_str()));
    assert_eq!(
        ApiError::from(ErrorCode::Busy)
            .into_problem_details()
            .payment_id,
        None
    );
}

#[test]
fn error_of_a_failed_send_says_so_and_has_the_time_until_the_next_send() {
    for (wait_secs, retry_after) in [(30, 30), (0, 5)] {
        let errors = FormErrors::for_form(Problem::CouldNotSend);
        let failed = FlowError::CodeNotSent { errors, wait_secs };
        let details = ApiError::from(failed).into_problem_details();
        assert_eq!((details.status, details.code), (503, "could_not_verify"));
        assert_eq!(details.error, "Failed to send verification code");
        assert_eq!(details.retry_after, Some(retry_after));
    }
    let unchecked = create_flow_error(&[(Field::Code, Problem::CouldNotVerify)]);
    assert_eq!(
        unchecked.into_problem_details().error,
        "Could not verify. Check your connection and try again."
    );
}

#[test]
fn error_of_exhausted_attempts_has_no_retry_after() {
    let details =
        create_flow_error(&[(Field::Code, Problem::TooManyAttempts)]).into_problem_details();
    assert_eq!((details.status, details.code), (429, "too_many_attempts"));
    assert_eq!(details.retry_after, None);
    assert_eq!(details.attempts_remaining, Some(0));
}

#[test]
fn response_code_of_the_last_attempt_is_rejected_and_a_later_attempt_has_none() {
    for problem in [Problem::TooManyAttempts, Problem::AttemptsUsedUp] {
        let last = create_flow_error(&[(Field::Code, problem.clone())]).into_problem_details();
        assert_eq!(last.response_code, Some("rejected"));
        let later = create_flow_error(&[(Field::Form, problem)]).into_problem_details();
        assert_eq!(
            (later.code, later.response_code),
            ("too_many_attempts", None)
        );
    }
}

#[test]
fn api_errors_have_the_texts_of_the_original_documents() {
    let text = |code: ErrorCode, purpose| {
        ApiError::from(code)
            .with_flow_purpose(purpose)
            .into_problem_details()
            .error
    };
    let expired = PaymentStatus::Expired;
    for (code, purpose, sentence) in [
        (
            ErrorCode::NoPending,
            Purpose::SignIn,
            "No pending verification. Start login again.",
        ),
        (
            ErrorCode::NoPending,
            Purpose::Registration,
            "No pending registration",
        ),
        (
            ErrorCode::FlowExpired,
            Purpose::SetUp,
            "Verification expired. Start login again.",
        ),
        (
            ErrorCode::FlowExpired,
            Purpose::Registration,
            "Registration expired. Please start again.",
        ),
        (
            ErrorCode::PaymentUnknown,
            Purpose::Payment,
            "Payment not found",
        ),
        (
            ErrorCode::PaymentSettled { status: expired },
            Purpose::Payment,
            "Verification expired. Initiate a new payment.",
        ),
    ] {
        assert_eq!(text(code, purpose), sentence, "{code:?}");
    }
    let missing = create_flow_error(&[
        (Field::Email, Problem::EmailInvalid),
        (Field::Password, Problem::Missing),
    ]);
    assert_eq!(missing.into_problem_details().error, "All fields required");
    let amount = create_flow_error(&[
        (Field::Recipient, Problem::Missing),
        (Field::Amount, Problem::AmountNotPositive),
    ]);
    assert_eq!(amount.into_problem_details().error, "Invalid amount");
}
