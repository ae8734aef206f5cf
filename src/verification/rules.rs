//! The limits of a verification.

use std::time::Duration;

use domain::Purpose;

pub use verify::PROVIDER_LIFE;

/// A provider call that has not returned after this time never will: the timeouts of a call, with the
/// cancellations before it, are shorter in total, so the process that made the call is gone.
pub const IN_FLIGHT_LIMIT: Duration = Duration::from_secs(15);

/// The limits for one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Attempts per code.
    pub tries: u32,
    /// Wrong codes per flow, over all codes and methods.
    pub wrong_codes_per_flow: u32,
    /// Whether a resend creates a new code and invalidates the earlier one. Otherwise it repeats the same code.
    pub new_code_on_resend: bool,
    /// Whether a failed send ends the flow.
    pub ends_if_unsent: bool,
    /// How long a code is valid after it was sent.
    pub code_life: Duration,
    /// How long a flow lives before its first code is sent.
    pub collecting_life: Duration,
    /// How long a flow lives in total.
    pub flow_life: Duration,
    /// The cooldown between two sends.
    pub resend_gap: Duration,
}

impl Rules {
    /// The limits of the product. `tries` and `resend_gap` are configured by the operator.
    pub const fn of(purpose: Purpose, tries: u32, resend_gap: Duration) -> Self {
        const FIVE: Duration = Duration::from_mins(5);
        const TEN: Duration = Duration::from_mins(10);
        const FIFTEEN: Duration = Duration::from_mins(15);
        let (code_life, collecting_life, flow_life) = match purpose {
            Purpose::Registration => (TEN, TEN, FIFTEEN),
            Purpose::SignIn
            | Purpose::SetUp
            | Purpose::PhoneChange
            | Purpose::StepUp
            | Purpose::PasswordReset => (FIVE, FIFTEEN, FIFTEEN),
            // A payment is confirmed within five minutes after its quote.
            Purpose::Payment => (FIVE, FIVE, FIVE),
        };
        let payment = matches!(purpose, Purpose::Payment);
        Self {
            tries,
            wrong_codes_per_flow: if payment { tries } else { u32::MAX },
            new_code_on_resend: payment,
            ends_if_unsent: payment,
            code_life,
            collecting_life,
            flow_life,
            resend_gap,
        }
    }
}
