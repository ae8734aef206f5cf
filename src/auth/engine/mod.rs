//! One pending verification, whatever it is for: find it, send a code, check a code, end it.
//!
//! The engine knows no purpose. A caller passes in what a purpose adds, for example the amount and payee of
//! a payment, and receives an [`Approved`](check_code::Approved) code together with its open transaction.
//!
//! Every provider call follows one order: reserve the transition and commit, call the provider outside any
//! transaction, commit the result by a conditional update.

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
pub mod unsent;
