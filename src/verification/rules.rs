//! The limits of a verification: attempts, lifetimes and cooldowns.

use std::time::Duration;

use domain::Purpose;

pub use verify::PROVIDER_CODE_LIFETIME;

/// The time after which a provider call without a result counts as lost.
///
/// The timeouts of the call and of the cancellations before it are shorter in total. So after this time, the process
/// that made the call has ended.
pub const IN_FLIGHT_LIMIT: Duration = Duration::from_secs(15);

/// The limits of a verification, which depend on its purpose: attempts, lifetimes and resend cooldown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Maximum number of attempts for each code.
    pub tries: u32,
    /// Maximum number of wrong codes of a flow, over all codes and methods.
    pub wrong_codes_per_flow: u32,
    /// Whether a resend creates a new code and invalidates the earlier one. Otherwise it repeats the same code.
    pub new_code_on_resend: bool,
    /// Whether a failed send ends the flow.
    pub ends_if_unsent: bool,
    /// How long a code is valid after it was sent.
    pub code_life: Duration,
    /// How long a flow may last before its first code is sent.
    pub collecting_life: Duration,
    /// How long a flow may last in total.
    pub flow_life: Duration,
    /// The shortest time between two sends (resend cooldown).
    pub resend_gap: Duration,
}

impl Rules {
    /// Returns the limits of a verification with this purpose.
    ///
    /// `attempts_per_code` and `resend_cooldown` come from the configuration; the other limits are fixed.
    pub const fn verification_limits_for_purpose(
        purpose: Purpose,
        attempts_per_code: u32,
        resend_cooldown: Duration,
    ) -> Self {
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
            tries: attempts_per_code,
            wrong_codes_per_flow: if payment { attempts_per_code } else { u32::MAX },
            new_code_on_resend: payment,
            ends_if_unsent: payment,
            code_life,
            collecting_life,
            flow_life,
            resend_gap: resend_cooldown,
        }
    }
}
