//! Payments: confirmed by an approved code, then executed exactly once.

pub(super) mod confirm;
pub mod settle;

pub use confirm::transaction;
