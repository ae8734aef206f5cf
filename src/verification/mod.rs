//! A verification: one number, one code at a time, a few tries.
//!
//! This is the state machine every purpose shares: registration, sign-in, set-up, phone change
//! and payment differ in what comes before and after, never in here. It does no I/O and reads
//! no clock; [`crate::auth::engine`] reserves its transitions in the store, calls the provider
//! and records what came of it.
//!
//! ```text
//! Collecting ─ supply ─▶ Ready ─ begin_send ─▶ Sending ─ sent ─▶ AwaitingCode ─ begin_check ─▶ Checking ─▶ Approved
//!                          ▲                      │ not_sent         ▲   ▲                        │
//!                        ▲ │└─────────────────────┘   begin_send ────┘   └─── wrong, unknown ─────┘
//!               set_aside │ ▼ expect_factor
//!                    AwaitingFactor ─ factor_judged ─▶ Ended: an authenticator app, a recovery code
//! any of them ─ cancel | supersede | void | time | too many tries ─▶ Ended
//! ```

mod code;
#[cfg(test)]
mod properties;
mod rules;
mod state;
#[cfg(test)]
mod tests;
mod transitions;
mod turns;

pub use code::SentCode;
pub use rules::{IN_FLIGHT_LIMIT, PROVIDER_LIFE, Rules};
pub use state::{Ending, State};
pub use transitions::{CheckPlan, Judgement, Refused, SendPlan, Verification};
