//! Errors of the JSON API as problem details (<https://www.rfc-editor.org/rfc/rfc9457>).

use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

pub use super::error_code::ErrorCode;
use super::error_code::problem_text_in_english;
use crate::auth::error::FlowError;
use crate::http::problem::{MemberProblem, ProblemDetails};
use crate::security::token::Token;
use crate::store::StoreError;
use domain::{Field, FieldProblem, PaymentId, Problem, Purpose};

/// Error response of the JSON API: an error code, and details for the client.
#[derive(Debug)]
pub struct ApiError {
    pub code: ErrorCode,
    problems: Vec<FieldProblem>,
    /// The members of the request that could not be parsed.
    malformed: Vec<String>,
    flow: Option<Token>,
    payment: Option<PaymentId>,
    /// The purpose of the flow that the request concerns. It selects the text of the error.
    purpose: Option<Purpose>,
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self {
            code,
            problems: Vec::new(),
            malformed: Vec::new(),
            flow: None,
            payment: None,
            purpose: None,
        }
    }
}

impl From<FlowError> for ApiError {
    fn from(error: FlowError) -> Self {
        let wait_secs = match &error {
            FlowError::CodeNotSent { wait_secs, .. } => Some(*wait_secs),
            _ => None,
        };
        let problems = error.into_form_errors().problems;
        let codes: Vec<ErrorCode> = problems
            .iter()
            .map(|found| ErrorCode::from_problem(&found.problem))
            .collect();
        let code = match codes.as_slice() {
            [first, rest @ ..]
                if rest
                    .iter()
                    .all(|code| code.http_status() == first.http_status()) =>
            {
                *first
            }
            [] => ErrorCode::Internal,
            _ => ErrorCode::InvalidFields,
        };
        let code = match (code, wait_secs) {
            (ErrorCode::CouldNotSend { .. }, Some(secs)) => ErrorCode::CouldNotSend { secs },
            (code, _) => code,
        };
        Self {
            problems,
            ..Self::from(code)
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        FlowError::from(error).into()
    }
}

impl ApiError {
    /// Creates an error about one member of the request body.
    pub fn from_field_problem(field: Field, problem: Problem) -> Self {
        FlowError::from_field_problem(field, problem).into()
    }

    /// Replaces the error code by "wrong code", with the number of remaining attempts.
    #[must_use]
    pub fn with_attempts_remaining(self, attempts_remaining: u32) -> Self {
        let attempts_remaining = Some(attempts_remaining);
        Self {
            code: ErrorCode::InvalidCode { attempts_remaining },
            ..self
        }
    }

    /// Adds the names of request members that have the wrong type or occur twice.
    #[must_use]
    pub fn with_malformed_json_members(self, member_names: Vec<String>) -> Self {
        Self {
            malformed: member_names,
            ..self
        }
    }

    /// Sets the purpose of the flow, which selects the wording of the error.
    #[must_use]
    pub fn with_flow_purpose(self, purpose: Purpose) -> Self {
        Self {
            purpose: Some(purpose),
            ..self
        }
    }

    /// Creates the error for a registration whose code was correct, but whose username, e-mail address or phone number
    /// another account has taken meanwhile. `taken_field` names the field and its problem; `None` for an e-mail address,
    /// because the response does not reveal which addresses have accounts.
    pub fn create_registration_conflict(taken_field: Option<(Field, Problem)>) -> Self {
        let to_problem = |(field, problem)| FieldProblem { field, problem };
        Self {
            problems: taken_field.map(to_problem).into_iter().collect(),
            ..ErrorCode::RegistrationConflict.into()
        }
    }

    /// Adds the token of the verification flow to the error. The client can continue this flow.
    #[must_use]
    pub fn with_flow_token(self, flow_token: Token) -> Self {
        Self {
            flow: Some(flow_token),
            ..self
        }
    }

    /// Adds the ID of the payment that was created before the request failed.
    #[must_use]
    pub fn with_payment_id(self, id: PaymentId) -> Self {
        Self {
            payment: Some(id),
            ..self
        }
    }

    /// Converts the error to the response body.
    fn into_problem_details(self) -> ProblemDetails {
        let Self {
            code,
            problems,
            malformed,
            flow,
            payment,
            purpose,
        } = self;
        let (name, status, title) = code.error_code_status_and_title();
        let error = match (
            code.find_message_prescribed_by_telnyx_guide(purpose, &problems),
            problems.first(),
        ) {
            (Some(text), _) => text.to_owned(),
            (None, Some(first)) if code.has_problem_text_as_error_message() => {
                problem_text_in_english(&first.problem)
            }
            (None, _) => code.error_message(),
        };
        let attempts_remaining = match code {
            ErrorCode::InvalidCode { attempts_remaining } => attempts_remaining,
            ErrorCode::TooManyAttempts => Some(0),
            _ => None,
        };
        ProblemDetails {
            response_code: code.telnyx_response_code(&problems),
            attempts_remaining,
            retry_after: code.retry_after_secs(),
            errors: problems
                .iter()
                .filter_map(to_json_member_problem)
                .chain(malformed.into_iter().map(malformed_member_problem))
                .collect(),
            flow: flow.map(|flow| flow.expose().to_owned()),
            payment_id: payment.map(String::from),
            ..ProblemDetails::with_required_members(status, name, title, error)
        }
    }
}

/// Creates the error for a member of the request body that has the wrong type or occurs twice.
fn malformed_member_problem(name: String) -> MemberProblem {
    MemberProblem {
        field: name.into(),
        code: "malformed".to_owned(),
        error: "This member must occur once, with a value of the documented type.".to_owned(),
    }
}

/// Converts an error of a form field to the error of the corresponding JSON member. Returns `None` if the error
/// concerns the whole form.
fn to_json_member_problem(form_problem: &FieldProblem) -> Option<MemberProblem> {
    let field = match form_problem.field {
        Field::Form => return None,
        Field::FullName => "name",
        Field::Phone => "phone_number",
        other => other.name(),
    };
    // Serialised problems have their name in the member `code`.
    let serialised = serde_json::to_value(&form_problem.problem).ok()?;
    Some(MemberProblem {
        field: field.into(),
        code: serialised.get("code")?.as_str()?.to_owned(),
        error: problem_text_in_english(&form_problem.problem),
    })
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let code = self.code;
        let mut response = self.into_problem_details().into_response();
        // A 401 must name an accepted scheme (https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2). It is "Basic"
        // only for API clients: for a page the browser would show its own password dialog.
        let challenge = match code {
            ErrorCode::InvalidClient => Some("Basic realm=\"sallyport\", charset=\"UTF-8\""),
            ErrorCode::InvalidToken => Some("Bearer realm=\"sallyport\", error=\"invalid_token\""),
            _ if code.http_status() == StatusCode::UNAUTHORIZED => {
                Some("Bearer realm=\"sallyport\"")
            }
            _ => None,
        };
        if let Some(challenge) = challenge {
            let challenge = HeaderValue::from_static(challenge);
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

#[cfg(test)]
#[path = "api_error_tests.rs"]
mod tests;
