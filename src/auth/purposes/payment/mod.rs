//! Confirms a payment by an approved code, then executes it exactly once.

pub(super) mod confirm;
pub mod settle;

pub use confirm::payment_transaction_of_flow;
