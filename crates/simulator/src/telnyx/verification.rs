//! A verification of Telnyx: one code for one phone number, with one message and limited checks.

use rand::Rng;

use crate::codes::generate_random_code;
use crate::identifiers::generate_random_uuid;

/// Delivery method of a Telnyx code, for example SMS or voice call. Telnyx calls it `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageType {
    Sms,
    Call,
    Flashcall,
    Whatsapp,
}

impl MessageType {
    /// Returns the name of the method in Telnyx's URL paths and JSON.
    pub(crate) fn name_in_telnyx_api(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Call => "call",
            Self::Flashcall => "flashcall",
            Self::Whatsapp => "whatsapp",
        }
    }
}

/// Stored phase of a Telnyx verification.
///
/// The status at a given time also depends on the lifetime and the limit of wrong codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TelnyxPhase {
    Open {
        wrong_checks: u8,
    },
    Accepted,
    /// The application reported that the user entered a code different from its custom code.
    Rejected,
}

/// Status of a Telnyx verification at a given time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TelnyxStatus {
    Pending,
    Accepted,
    Invalid,
    Expired,
}

impl TelnyxStatus {
    /// Returns the name of the status in Telnyx's JSON.
    pub(crate) fn name_in_telnyx_json(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Invalid => "invalid",
            Self::Expired => "expired",
        }
    }
}

/// Parameters of a new Telnyx verification.
#[derive(Clone, Debug)]
pub(crate) struct NewVerification {
    pub(crate) kind: MessageType,
    pub(crate) phone_number: String,
    pub(crate) profile: String,
    pub(crate) code_length: u8,
    pub(crate) timeout_secs: u32,
    pub(crate) custom_code: Option<String>,
    /// Keys that are pressed after a call is answered.
    pub(crate) extension: Option<String>,
    pub(crate) max_wrong_checks: u8,
}

/// Telnyx verification of one phone number. Requests can still read a verification that has ended.
#[derive(Clone, Debug)]
pub(crate) struct TelnyxVerification {
    pub(crate) id: String,
    pub(crate) parameters: NewVerification,
    pub(crate) code: String,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) phase: TelnyxPhase,
}

impl TelnyxVerification {
    /// Creates a pending Telnyx verification with a new id at `now_millis` (Unix milliseconds).
    pub(crate) fn create_pending_verification(
        parameters: NewVerification,
        now_millis: i64,
        rng: &mut impl Rng,
    ) -> Self {
        let code = parameters
            .custom_code
            .clone()
            .unwrap_or_else(|| generate_random_code(parameters.code_length, rng));
        Self {
            id: generate_random_uuid(rng),
            parameters,
            code,
            created_at: now_millis,
            updated_at: now_millis,
            phase: TelnyxPhase::Open { wrong_checks: 0 },
        }
    }

    /// Returns the status of the verification at `now_millis` (Unix milliseconds).
    pub(crate) fn status_at(&self, now_millis: i64) -> TelnyxStatus {
        let lifetime = i64::from(self.parameters.timeout_secs) * 1000;
        match self.phase {
            TelnyxPhase::Accepted => TelnyxStatus::Accepted,
            TelnyxPhase::Rejected => TelnyxStatus::Invalid,
            TelnyxPhase::Open { wrong_checks }
                if wrong_checks >= self.parameters.max_wrong_checks =>
            {
                TelnyxStatus::Invalid
            }
            TelnyxPhase::Open { .. } if now_millis >= self.created_at.saturating_add(lifetime) => {
                TelnyxStatus::Expired
            }
            TelnyxPhase::Open { .. } => TelnyxStatus::Pending,
        }
    }
}
