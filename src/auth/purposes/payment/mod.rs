//! Confirms a payment by an approved code, then executes it exactly once.

pub(super) mod confirm;
pub mod settle;

pub use confirm::find_amount_and_payee_of_flow;
