//! Errors of requests that begin or continue a flow: a problem to show to the user, or an internal error to log.

use crate::hashing::HashError;
use crate::security::keyring::KeyringError;
use crate::store::StoreError;
use domain::{Field, FieldProblem, FormErrors, Problem};

/// Error of a request that begins or continues a verification flow, for example a sign-in.
///
/// The form shows [`FlowError::Refused`] and [`FlowError::CodeNotSent`] to the user. After
/// [`FlowError::SessionEnded`] and [`FlowError::DeletionRequested`], a browser opens another page. After
/// [`FlowError::AnotherAccount`], it loads the page of the form again. All other variants are internal errors.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// The request is not permitted. The form errors say why.
    #[error("the request was refused; the response contains the form errors")]
    Refused(FormErrors),
    /// The phone provider did not send the code, or the result of the send is unknown.
    #[error("the code could not be sent; the response contains the form errors")]
    CodeNotSent {
        errors: FormErrors,
        /// The seconds after which another code can be sent.
        wait_secs: u64,
    },
    /// The request needs a session and has no valid one. A browser goes to the sign-in page.
    #[error("the request has no valid session; the user must sign in again")]
    SessionEnded,
    /// The account of the session will be deleted. A browser goes to the page that withdraws the deletion.
    #[error("the account of the session will be deleted; the user can only withdraw the deletion")]
    DeletionRequested,
    /// The form was rendered for another account than that of the session. A browser loads the page of the form again.
    #[error("the form was rendered for another account; the user must load its page again")]
    AnotherAccount,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// A background task panicked. The panic message is in the log already.
    #[error("the background task of a request panicked; see the panic message in the log")]
    TaskLost,
}

impl FlowError {
    /// Creates an error that the form shows at one field.
    pub fn from_field_problem(field: Field, problem: Problem) -> Self {
        Self::Refused(FormErrors::for_field(field, problem))
    }

    /// Creates an error that the form shows above its fields.
    pub fn from_form_problem(problem: Problem) -> Self {
        Self::Refused(FormErrors::for_form(problem))
    }

    /// Returns the seconds until another code can be sent, if a send limit caused the error. Otherwise returns `None`.
    pub fn seconds_until_next_code(&self) -> Option<u64> {
        let Self::Refused(errors) = self else {
            return None;
        };
        match errors.first_problem_of(Field::Form) {
            Some(Problem::ResendWait { secs }) => Some(*secs),
            _ => None,
        }
    }

    /// Returns whether the error means that the request needs a signed-in user but has none.
    ///
    /// A session of another account than that of the form does not count.
    pub const fn is_session_missing(&self) -> bool {
        matches!(
            self,
            Self::SessionEnded | Self::DeletionRequested | Self::AnotherAccount
        )
    }

    /// Returns whether the error means that too many wrong codes have blocked code entry for the account.
    pub fn is_code_entry_blocked(&self) -> bool {
        matches!(self, Self::Refused(errors) if errors.is_code_entry_blocked())
    }

    /// Converts the error to form errors for the user. Logs an internal error and replaces it by a general message.
    pub fn into_form_errors(self) -> FormErrors {
        match self {
            Self::Refused(errors) | Self::CodeNotSent { errors, .. } => errors,
            // After a race, a concurrent request has changed this flow, so the page is out of date.
            Self::SessionEnded
            | Self::DeletionRequested
            | Self::AnotherAccount
            | Self::Store(StoreError::Raced) => FormErrors::for_form(Problem::FlowEnded),
            Self::Store(error @ StoreError::Unavailable { .. }) => {
                let details = &error as &dyn std::error::Error;
                if error.is_busy() {
                    tracing::warn!(
                        error = details,
                        "a request failed because the database is busy; the client may retry it"
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

/// Collects the errors of all fields of a form, so that the user sees them together.
#[derive(Default)]
pub struct FormProblems(Vec<FieldProblem>);

impl FormProblems {
    /// Returns the value of a parsed form field. If parsing has failed, adds the error of the field and returns `None`.
    pub fn value_or_add_field_problem<T>(
        &mut self,
        field: Field,
        parsed: Result<T, Problem>,
    ) -> Option<T> {
        parsed
            .map_err(|problem| self.add_field_problem(field, problem))
            .ok()
    }

    /// Adds an error of one form field.
    pub fn add_field_problem(&mut self, field: Field, problem: Problem) {
        self.0.push(FieldProblem { field, problem });
    }

    /// Returns whether the form has no field error.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the collected field errors as a list, for the command line.
    pub fn into_field_problems(self) -> Vec<FieldProblem> {
        self.0
    }

    /// Combines the collected field errors into one [`FlowError`].
    pub fn into_flow_error(self) -> FlowError {
        FlowError::Refused(FormErrors {
            problems: self.0,
            entry: None,
        })
    }
}
