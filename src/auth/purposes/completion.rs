//! What carrying out a purpose has led to.

use crate::auth::outcome::Outcome;
use crate::store::StoreError;
use crate::verification::SentCode;
use domain::PaymentId;

/// The answer to the user, and what has to be done after the commit.
pub struct Completion {
    pub outcome: Outcome,
    /// Codes of other flows that ended in the same transaction; cancel them at the provider.
    pub retired: Vec<SentCode>,
    /// A confirmed payment; have it executed.
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

/// The stored data of a flow do not fit its purpose.
pub const UNEXPECTED_DATA: StoreError = StoreError::Inconsistent {
    table: "flows",
    column: "subject",
};
