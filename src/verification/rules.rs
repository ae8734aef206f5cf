use std::time::Duration;

use domain::Purpose;

pub use verify::PROVIDER_LIFE;

/// A provider call that has not come back after this long never will: its total timeout, with what
/// a send waits for other codes to die before it, is shorter, so the process that made it is gone.
pub const IN_FLIGHT_LIMIT: Duration = Duration::from_secs(15);

/// The limits of product.md, section 7, for one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Tries per code.
    pub tries: u32,
    /// Wrong codes a flow may see in all, whichever the code and the method (PAY-06).
    pub wrong_in_all: u32,
    /// Whether a resend makes a new code and kills the one before, where others send the same one
    /// again (A22, OTP-10).
    pub new_code_on_resend: bool,
    /// Whether a code that could not be sent ends the flow.
    pub ends_unsent: bool,
    /// How long a code is good for, from its sending.
    pub code_life: Duration,
    /// How long a flow may stand before its first code is sent.
    pub collecting_life: Duration,
    /// How long a flow may stand at all.
    pub flow_life: Duration,
    /// Between two sends.
    pub resend_gap: Duration,
}

impl Rules {
    /// The product's numbers. `tries` and `resend_gap` are the operator's to tighten.
    pub const fn of(purpose: Purpose, tries: u32, resend_gap: Duration) -> Self {
        const FIVE: Duration = Duration::from_mins(5);
        const TEN: Duration = Duration::from_mins(10);
        const FIFTEEN: Duration = Duration::from_mins(15);
        let (code_life, collecting_life, flow_life) = match purpose {
            Purpose::Registration => (TEN, TEN, FIFTEEN),
            Purpose::SignIn | Purpose::SetUp | Purpose::PhoneChange | Purpose::StepUp => {
                (FIVE, FIFTEEN, FIFTEEN)
            }
            // Bound to its quote: five minutes in all (PAY-03).
            Purpose::Payment => (FIVE, FIVE, FIVE),
        };
        let payment = matches!(purpose, Purpose::Payment);
        Self {
            tries,
            wrong_in_all: if payment { tries } else { u32::MAX },
            new_code_on_resend: payment,
            ends_unsent: payment,
            code_life,
            collecting_life,
            flow_life,
            resend_gap,
        }
    }
}
