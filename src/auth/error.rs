//! Errors of requests to flows: a problem to show to the user, or an internal error to log.

use crate::hashing::HashError;
use crate::security::keyring::KeyringError;
use crate::store::StoreError;
use domain::{Field, FieldProblem, FormErrors, Problem};

/// The error of a request to a flow. [`FlowError::Refused`] is shown to the user; every other variant is internal.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// The request is not permitted. The form errors say why.
    #[error("the request was refused because of the form errors it returns")]
    Refused(FormErrors),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// A background task panicked. The panic message is in the log already.
    #[error("a background task of the request panicked; see the panic message in the log")]
    TaskLost,
}

impl FlowError {
    /// Creates an error that the form shows at one field.
    pub fn for_field(field: Field, problem: Problem) -> Self {
        Self::Refused(FormErrors::for_field(field, problem))
    }

    /// Creates an error that the form shows above its fields.
    pub fn for_form(problem: Problem) -> Self {
        Self::Refused(FormErrors::for_form(problem))
    }

    /// Returns the seconds until another message can be sent, if a send limit is the reason of the refusal.
    pub fn seconds_until_send(&self) -> Option<u64> {
        let Self::Refused(errors) = self else {
            return None;
        };
        match errors.first_problem_of(Field::Form) {
            Some(Problem::ResendWait { secs }) => Some(*secs),
            _ => None,
        }
    }

    /// Whether code entry is blocked for the account, because too many wrong codes were entered.
    pub fn is_factor_held(&self) -> bool {
        matches!(self, Self::Refused(errors) if errors.is_held())
    }

    /// Converts the error into form errors for the user. Logs an internal error and replaces it by a general message.
    pub fn into_form_errors(self) -> FormErrors {
        match self {
            Self::Refused(errors) => errors,
            // A concurrent request has changed this flow, so the page is out of date.
            Self::Store(StoreError::Raced) => FormErrors::for_form(Problem::FlowEnded),
            Self::Store(error @ StoreError::Unavailable { .. }) => {
                let details = &error as &dyn std::error::Error;
                if error.is_busy() {
                    tracing::warn!(
                        error = details,
                        "a request failed because the database is busy: {error}"
                    );
                } else {
                    tracing::error!(
                        error = details,
                        "a request failed because the database is unavailable: {error}"
                    );
                }
                FormErrors::for_form(Problem::Overloaded { secs: 2 })
            }
            Self::Hash(HashError::Busy) => FormErrors::for_form(Problem::Overloaded { secs: 2 }),
            error @ (Self::Store(_) | Self::Hash(_) | Self::Keyring(_) | Self::TaskLost) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a request failed with an internal error: {error}"
                );
                FormErrors::for_form(Problem::Internal)
            }
        }
    }
}

/// Collects the problems of all fields of a form, so that the user sees them together.
#[derive(Default)]
pub struct FormProblems(Vec<FieldProblem>);

impl FormProblems {
    /// Returns the value of a parsed field. If parsing failed, adds the problem to the list and returns `None`.
    pub fn value_or_add_problem<T>(
        &mut self,
        field: Field,
        parsed: Result<T, Problem>,
    ) -> Option<T> {
        parsed
            .map_err(|problem| self.add_problem(field, problem))
            .ok()
    }

    /// Adds a problem of one field.
    pub fn add_problem(&mut self, field: Field, problem: Problem) {
        self.0.push(FieldProblem { field, problem });
    }

    /// Whether no field has a problem.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the collected problems as a list, for the command line.
    pub fn into_problems(self) -> Vec<FieldProblem> {
        self.0
    }

    /// Returns the collected problems as one error.
    pub fn into_error(self) -> FlowError {
        FlowError::Refused(FormErrors {
            problems: self.0,
            entry: None,
        })
    }
}
