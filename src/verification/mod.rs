//! A verification: the state machine that proves a second factor, with one code at a time and limited attempts.
//!
//! This state machine is shared by all purposes: registration, sign-in, set-up, phone change, step-up and
//! payment differ only in what comes before and after it. It does no I/O and reads no clock;
//! [`crate::auth::engine`] stores its transitions and calls the provider between them.
//!
//! ```text
//! Collecting ─ set_phone ─▶ Ready ─ begin_send ─▶ Sending ─ record_sent ─▶ AwaitingCode ─ begin_check ─▶ Checking ─▶ Approved
//!                           ▲ ▲│                     │ record_not_sent           ▲  ▲                        │
//!                           │ └┼─────────────────────┘       begin_send ─────────┘  └── wrong, unknown ─────┘
//!              discard_code │  ▼ await_factor_code
//!                    AwaitingFactor ─ record_factor_check ─▶ Ended: by an authenticator app or a recovery code
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
