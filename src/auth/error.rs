//! What can stop a flow: something to tell the person, or something to tell the log.

use crate::security::keyring::KeyringError;
use crate::security::password::HashError;
use crate::store::StoreError;
use domain::{Field, FormErrors, Problem};

/// Why a flow did not move on. [`FlowError::Refused`] is for the person; the rest is ours.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    #[error("refused")]
    Refused(FormErrors),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// A detached piece of work panicked; its own message is in the log already.
    #[error("a detached task did not finish")]
    TaskLost,
}

impl FlowError {
    /// Refused, because of one field.
    pub fn about(field: Field, problem: Problem) -> Self {
        Self::Refused(FormErrors::of(field, problem))
    }

    /// Refused as a whole.
    pub fn whole(problem: Problem) -> Self {
        Self::Refused(FormErrors::whole(problem))
    }

    /// How many seconds no message can be sent, where that is all that is wrong.
    pub fn wait_to_send(&self) -> Option<u64> {
        let Self::Refused(refusal) = self else {
            return None;
        };
        match refusal.about(Field::Form) {
            Some(Problem::ResendWait { secs }) => Some(*secs),
            _ => None,
        }
    }

    /// What the person is told. The one place where an internal failure becomes words; it logs
    /// what it hides.
    pub fn into_refusal(self) -> FormErrors {
        match self {
            Self::Refused(refusal) => refusal,
            // Somebody else was first with this very flow: it is no longer where the page says.
            Self::Store(StoreError::Raced) => FormErrors::whole(Problem::FlowEnded),
            Self::Store(error @ StoreError::Busy(_)) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the database is busy"
                );
                FormErrors::whole(Problem::Overloaded { secs: 2 })
            }
            Self::Hash(HashError::Busy) => FormErrors::whole(Problem::Overloaded { secs: 2 }),
            error @ (Self::Store(_) | Self::Hash(_) | Self::Keyring(_) | Self::TaskLost) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a flow failed");
                FormErrors::whole(Problem::Internal)
            }
        }
    }
}
