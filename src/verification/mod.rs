//! The state machine of a verification, which proves a second factor with one code at a time and limited attempts.
//!
//! Flows of all purposes use this state machine: registration, sign-in, set-up, phone change, step-up, payment and
//! password reset. It does no I/O and reads no clock. [`crate::auth::engine`] stores its transitions and calls the
//! provider between them.
//!
//! ```text
//! Collecting                   ─ set_phone ─────────────────▶ Ready
//! Ready                        ─ begin_code_send ───────────▶ Sending
//! Sending                      ─ record_code_sent ──────────▶ AwaitingCode
//! Sending                      ─ record_code_not_sent ──────▶ Ready, or AwaitingCode if an earlier code is pending
//! AwaitingCode                 ─ begin_code_send ───────────▶ Sending
//! AwaitingCode                 ─ begin_code_check ──────────▶ Checking
//! Checking                     ─ record_code_check_outcome ─▶ Approved, or AwaitingCode after a wrong code or an unknown result
//! Ready                        ─ begin_factor_code_entry ───▶ AwaitingFactor
//! AwaitingFactor               ─ record_factor_check ───────▶ Ended: by an authenticator app or a recovery code
//! AwaitingCode, AwaitingFactor ─ discard_pending_code ──────▶ Ready
//! any state ─ cancelled | superseded | voided | expired | attempts exhausted ─▶ Ended
//! ```

mod checking;
mod code;
mod events;
mod machine;
#[cfg(test)]
mod payment_tests;
#[cfg(test)]
mod properties;
mod rules;
mod sending;
mod state;
#[cfg(test)]
mod test_support;
#[cfg(test)]
mod tests;

pub use code::SentCode;
pub use events::{CheckOutcome, CheckPlan, RefusedTransition, SendPlan};
pub use machine::Verification;
pub use rules::{IN_FLIGHT_LIMIT, PROVIDER_CODE_LIFETIME, Rules};
pub use state::{Ending, State};
