//! Why a request to a flow fails: a problem to show to the user, or an internal error to log.

use crate::hashing::HashError;
use crate::security::keyring::KeyringError;
use crate::store::StoreError;
use domain::{Field, FieldProblem, FormErrors, Problem};

/// [`FlowError::Refused`] is shown to the user; every other variant is internal.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    #[error("the request was refused")]
    Refused(FormErrors),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// A detached task panicked; the panic message is in the log already.
    #[error("a detached task did not finish")]
    TaskLost,
}

impl FlowError {
    /// An error about one field of the form.
    pub fn on_field(field: Field, problem: Problem) -> Self {
        Self::Refused(FormErrors::for_field(field, problem))
    }

    /// An error about the whole form.
    pub fn on_form(problem: Problem) -> Self {
        Self::Refused(FormErrors::for_form(problem))
    }

    /// The seconds until a message can be sent, if a send limit is the only problem.
    pub fn seconds_until_send(&self) -> Option<u64> {
        let Self::Refused(errors) = self else {
            return None;
        };
        match errors.first_problem_of(Field::Form) {
            Some(Problem::ResendWait { secs }) => Some(*secs),
            _ => None,
        }
    }

    /// Whether the account may not enter codes for now.
    pub fn is_held(&self) -> bool {
        matches!(self, Self::Refused(errors) if errors.is_held())
    }

    /// The errors to show to the user. Logs an internal error and replaces it by a general message.
    pub fn into_form_errors(self) -> FormErrors {
        match self {
            Self::Refused(errors) => errors,
            // A concurrent request has moved this flow, so the page is out of date.
            Self::Store(StoreError::Raced) => FormErrors::for_form(Problem::FlowEnded),
            Self::Store(error @ StoreError::Unavailable { .. }) => {
                let details = &error as &dyn std::error::Error;
                if error.is_busy() {
                    tracing::warn!(error = details, "a request was refused: {error}");
                } else {
                    tracing::error!(error = details, "a request was refused: {error}");
                }
                FormErrors::for_form(Problem::Overloaded { secs: 2 })
            }
            Self::Hash(HashError::Busy) => FormErrors::for_form(Problem::Overloaded { secs: 2 }),
            error @ (Self::Store(_) | Self::Hash(_) | Self::Keyring(_) | Self::TaskLost) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a flow failed");
                FormErrors::for_form(Problem::Internal)
            }
        }
    }
}

/// The problems of a form, collected so that all of them are shown together.
#[derive(Default)]
pub struct FormProblems(Vec<FieldProblem>);

impl FormProblems {
    /// The parsed value, or `None` after adding the problem.
    pub fn take<T>(&mut self, field: Field, parsed: Result<T, Problem>) -> Option<T> {
        parsed.map_err(|problem| self.add(field, problem)).ok()
    }

    pub fn add(&mut self, field: Field, problem: Problem) {
        self.0.push(FieldProblem { field, problem });
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All problems, for a command.
    pub fn into_list(self) -> Vec<FieldProblem> {
        self.0
    }

    pub fn into_error(self) -> FlowError {
        FlowError::Refused(FormErrors {
            problems: self.0,
            entry: None,
        })
    }
}
