//! A verification: one phone number, one code at a time, a few attempts.
//!
//! This state machine is shared by all purposes: registration, sign-in, set-up, phone change, step-up and
//! payment differ only in what comes before and after it. It does no I/O and reads no clock;
//! [`crate::auth::engine`] stores its transitions and calls the provider between them.
//!
//! ```text
//! Collecting ─ supply ─▶ Ready ─ begin_send ─▶ Sending ─ sent ─▶ AwaitingCode ─ begin_check ─▶ Checking ─▶ Approved
//!                          ▲                      │ not_sent         ▲   ▲                        │
//!                        ▲ │└─────────────────────┘   begin_send ────┘   └─── wrong, unknown ─────┘
//!               set_aside │ ▼ expect_factor
//!                    AwaitingFactor ─ factor_checked ─▶ Ended: by an authenticator app or a recovery code
//! any state ─ cancelled | superseded | voided | expired | attempts exhausted ─▶ Ended
//! ```

mod checking;
mod code;
mod events;
mod machine;
#[cfg(test)]
mod properties;
mod rules;
mod sending;
mod state;
#[cfg(test)]
mod tests;

pub use code::SentCode;
pub use events::{CheckOutcome, CheckPlan, RefusedTransition, SendPlan};
pub use machine::Verification;
pub use rules::{IN_FLIGHT_LIMIT, PROVIDER_LIFE, Rules};
pub use state::{Ending, State};
