//! The result of carrying out the purpose of a flow.

use crate::auth::outcome::Outcome;
use crate::store::StoreError;
use crate::verification::SentCode;
use domain::PaymentId;

/// Result of a completed verification flow: the outcome for the user, and the work to do after the commit.
pub struct Completion {
    pub outcome: Outcome,
    /// The codes of other flows that ended in the same transaction. The caller cancels them at the provider.
    pub retired: Vec<SentCode>,
    /// The payment that was confirmed. The caller executes it.
    pub payment: Option<PaymentId>,
}

impl From<Outcome> for Completion {
    fn from(outcome: Outcome) -> Self {
        Self {
            outcome,
            retired: Vec::new(),
            payment: None,
        }
    }
}

/// The error for a flow whose stored data does not match its purpose.
pub const UNEXPECTED_DATA: StoreError = StoreError::Inconsistent {
    table: "flows",
    column: "subject",
};
