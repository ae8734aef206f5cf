//! Runs one pending verification of any purpose: finds it, sends a code, checks a code, and ends it.
//!
//! The engine does not depend on purposes. A caller passes in the data that a purpose adds, for example the amount and
//! payee of a payment. It receives an [`ApprovedCode`](check_code::ApprovedCode) with its open transaction.
//!
//! Every provider call has three steps: reserve the transition and commit, call the provider outside any transaction,
//! and commit the result by a conditional update.

pub mod background;
pub mod check_code;
pub mod check_factor;
pub mod code_entry;
pub mod factors;
pub mod neutral_wait;
pub mod persistence;
pub mod position;
pub mod rate_limit;
pub mod security_alerts;
pub mod send_code;
pub mod send_limits;
pub mod totp_secret;
pub mod transition;
pub mod unsent;
pub mod wrong_codes;
