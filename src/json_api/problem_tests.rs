use super::*;
use crate::security::password::HashError;
use domain::FormErrors;

fn refused(problems: &[(Field, Problem)]) -> Failure {
    let problems = problems.iter().cloned();
    let problems = problems.map(|(field, problem)| FieldProblem { field, problem });
    FlowError::Refused(FormErrors {
        problems: problems.collect(),
        entry: None,
    })
    .into()
}

#[test]
fn a_wrong_code_says_how_many_tries_are_left() {
    let problem = Problem::InvalidCode {
        attempts_remaining: 3,
    };
    let details = refused(&[(Field::Code, problem)]).details();
    assert_eq!((details.status, details.code), (401, "invalid_code"));
    assert_eq!(details.error, "Invalid code. 3 attempts remaining.");
    assert_eq!(details.attempts_remaining, Some(3));
}

#[test]
fn fields_are_told_together_under_the_names_they_have_here() {
    let details = refused(&[
        (Field::FullName, Problem::Missing),
        (Field::Phone, Problem::PhoneInvalid),
        (Field::Email, Problem::EmailTaken),
    ])
    .details();
    assert_eq!((details.status, details.code), (400, "invalid_fields"));
    let fields: Vec<_> = details
        .errors
        .iter()
        .map(|error| (error.field, error.code.as_str()))
        .collect();
    let expected = [
        ("name", "missing"),
        ("phone_number", "phone_invalid"),
        ("email", "email_taken"),
    ];
    assert_eq!(fields, expected);
}

/// Product.md, section 9: the texts of these are fixed.
#[test]
fn the_fixed_texts_read_as_the_product_says() {
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
        let details = refused(&[(field, problem)]).details();
        assert_eq!((details.status, details.error.as_str()), (status, text));
    }
}

#[test]
fn a_limit_is_told_from_a_busy_server() {
    let limit = Problem::Overloaded { secs: 60 };
    let details = refused(&[(Field::Form, limit)]).details();
    assert_eq!((details.status, details.retry_after), (429, Some(60)));
    let details = Failure::from(FlowError::Hash(HashError::Busy)).details();
    assert_eq!((details.status, details.code), (503, "overloaded"));
    assert!(details.retry_after.is_some());
}

/// RFC 9110, section 15.5.2
#[test]
fn every_401_says_what_would_be_accepted_and_nothing_else_does() {
    let kinds = [
        Kind::InvalidCredentials,
        Kind::InvalidClient,
        Kind::InvalidToken,
        Kind::InvalidCode {
            attempts_remaining: None,
        },
        Kind::NoPending,
        Kind::Internal,
        Kind::SecondFactorRequired,
    ];
    for kind in kinds {
        let response = Failure::from(kind).into_response();
        let challenged = response.headers().contains_key(WWW_AUTHENTICATE);
        assert_eq!(challenged, response.status() == 401, "{kind:?}");
        let kind = response.headers()["content-type"].as_bytes();
        assert_eq!(kind, b"application/problem+json");
    }
}

#[test]
fn the_handle_of_a_flow_that_goes_on_is_handed_out() {
    let handle = Token::generate();
    let failure = Failure::from(Kind::ResendWait { secs: 30 }).with_flow(handle.clone());
    let details = failure.details();
    assert_eq!(details.flow.as_deref(), Some(handle.expose()));
    assert_eq!(details.error, "You can request another code in 30 seconds.");
}

/// PAY-04
#[test]
fn a_payment_that_stands_all_the_same_is_named() {
    let id = PaymentId::from_bits(4711);
    let failure = Failure::from(Kind::Busy).with_payment(id.clone());
    let details = failure.details();
    assert_eq!(details.payment_id.as_deref(), Some(id.as_str()));
    assert_eq!(Failure::from(Kind::Busy).details().payment_id, None);
}

#[test]
fn what_waiting_does_not_help_names_no_time() {
    let details = refused(&[(Field::Code, Problem::TooManyAttempts)]).details();
    assert_eq!((details.status, details.code), (429, "too_many_attempts"));
    assert_eq!(details.retry_after, None);
    assert_eq!(details.attempts_remaining, Some(0));
}
