//! A call that was not carried out, in the words of RFC 9457.

use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

pub use super::kind::Kind;
use super::kind::said;
use crate::auth::error::FlowError;
use crate::http::problem::{MemberProblem, ProblemDetails};
use crate::security::token::Token;
use crate::store::StoreError;
use domain::{Field, FieldProblem, PaymentId, Problem};

/// A call that was not carried out, with what the caller is told.
#[derive(Debug)]
pub struct Failure {
    pub kind: Kind,
    problems: Vec<FieldProblem>,
    flow: Option<Token>,
    payment: Option<PaymentId>,
}

impl From<Kind> for Failure {
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            problems: Vec::new(),
            flow: None,
            payment: None,
        }
    }
}

impl From<FlowError> for Failure {
    fn from(error: FlowError) -> Self {
        // A limit was reached, or all of us are busy: the flows say both in one way.
        let refused = matches!(error, FlowError::Refused(_));
        let problems = error.into_form_errors().problems;
        let kinds: Vec<Kind> = problems
            .iter()
            .map(|found| Kind::of(&found.problem))
            .collect();
        let kind = match kinds.as_slice() {
            [Kind::TooManyRequests { secs }] if !refused => Kind::Overloaded { secs: *secs },
            [first, rest @ ..] if rest.iter().all(|kind| kind.status() == first.status()) => *first,
            [] => Kind::Internal,
            _ => Kind::InvalidFields,
        };
        Self {
            kind,
            problems,
            flow: None,
            payment: None,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        FlowError::from(error).into()
    }
}

impl Failure {
    /// About one member of the request.
    pub fn about(field: Field, problem: Problem) -> Self {
        FlowError::on_field(field, problem).into()
    }

    /// The same with the number of tries that are left, where the flow's own words leave it out.
    #[must_use]
    pub fn counting(self, attempts_remaining: u32) -> Self {
        let attempts_remaining = Some(attempts_remaining);
        Self {
            kind: Kind::InvalidCode { attempts_remaining },
            ..self
        }
    }

    /// The same, of a flow that goes on.
    #[must_use]
    pub fn with_flow(self, handle: Token) -> Self {
        Self {
            flow: Some(handle),
            ..self
        }
    }

    /// The same, of a payment that stands all the same.
    #[must_use]
    pub fn with_payment(self, id: PaymentId) -> Self {
        Self {
            payment: Some(id),
            ..self
        }
    }

    fn details(self) -> ProblemDetails {
        let Self {
            kind,
            problems,
            flow,
            payment,
        } = self;
        let (code, status, title) = kind.told();
        let error = match problems.first() {
            Some(first) if kind.keeps_the_flows_words() => said(&first.problem),
            _ => kind.text(),
        };
        let attempts_remaining = match kind {
            Kind::InvalidCode { attempts_remaining } => attempts_remaining,
            Kind::TooManyAttempts => Some(0),
            _ => None,
        };
        ProblemDetails {
            attempts_remaining,
            retry_after: kind.retry_after(),
            errors: problems.iter().filter_map(member).collect(),
            flow: flow.map(|flow| flow.expose().to_owned()),
            payment_id: payment.map(String::from),
            ..ProblemDetails::new(status, code, title, error)
        }
    }
}

/// The problem of a member, under the name it has here.
fn member(found: &FieldProblem) -> Option<MemberProblem> {
    let field = match found.field {
        Field::Form => return None,
        Field::FullName => "name",
        Field::Phone => "phone_number",
        other => other.name(),
    };
    // The stored name of the problem, which is one of a closed set.
    let written = serde_json::to_value(&found.problem).ok()?;
    Some(MemberProblem {
        field,
        code: written.get("code")?.as_str()?.to_owned(),
        error: said(&found.problem),
    })
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let kind = self.kind;
        let mut response = self.details().into_response();
        // RFC 9110, section 15.5.2: a 401 says what would be accepted. Not "Basic" where a page
        // may call: the browser would ask the person for a name and password of its own.
        let challenge = match kind {
            Kind::InvalidClient => Some("Basic realm=\"sallyport\", charset=\"UTF-8\""),
            Kind::InvalidToken => Some("Bearer realm=\"sallyport\", error=\"invalid_token\""),
            _ if kind.status() == StatusCode::UNAUTHORIZED => Some("Bearer realm=\"sallyport\""),
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
#[path = "problem_tests.rs"]
mod tests;
