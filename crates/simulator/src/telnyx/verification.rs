//! One verification: one code, one number, one message and a few tries.

use rand::{Rng, RngExt};

use super::super::codes::random_code;

/// Wrong codes one verification takes before it is invalid, unless told otherwise. Telnyx publishes no
/// number; this is the contract's (section 5).
pub(in super::super) const MAX_WRONG_CHECKS: u8 = 5;

/// How a code travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Sms,
    Call,
    Flashcall,
    Whatsapp,
}

impl Kind {
    /// The name on the wire.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Call => "call",
            Self::Flashcall => "flashcall",
            Self::Whatsapp => "whatsapp",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Open {
        wrong_checks: u8,
    },
    Accepted,
    /// The application said that its own code was not the one typed.
    Rejected,
}

/// Where a verification stands at a given time, as the outside sees it (contract section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Pending,
    Accepted,
    Invalid,
    Expired,
}

impl Standing {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Invalid => "invalid",
            Self::Expired => "expired",
        }
    }
}

/// What a new verification is made of.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) kind: Kind,
    pub(super) phone_number: String,
    pub(super) profile: String,
    pub(super) code_length: u8,
    pub(super) timeout_secs: u32,
    pub(super) custom_code: Option<String>,
    /// Keys pressed once a call is answered.
    pub(super) extension: Option<String>,
    pub(super) max_wrong_checks: u8,
}

/// One verification from creation to end. Unlike Twilio's it stays readable afterwards.
#[derive(Clone, Debug)]
pub(super) struct Verification {
    pub(super) id: String,
    pub(super) draft: Draft,
    pub(super) code: String,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    pub(super) phase: Phase,
}

impl Verification {
    pub(super) fn begin(draft: Draft, now: i64, rng: &mut impl Rng) -> Self {
        let code = draft
            .custom_code
            .clone()
            .unwrap_or_else(|| random_code(draft.code_length, rng));
        Self {
            id: random_uuid(rng),
            draft,
            code,
            created_at: now,
            updated_at: now,
            phase: Phase::Open { wrong_checks: 0 },
        }
    }

    pub(super) fn standing(&self, now: i64) -> Standing {
        let lifetime = i64::from(self.draft.timeout_secs) * 1000;
        match self.phase {
            Phase::Accepted => Standing::Accepted,
            Phase::Rejected => Standing::Invalid,
            Phase::Open { wrong_checks } if wrong_checks >= self.draft.max_wrong_checks => {
                Standing::Invalid
            }
            Phase::Open { .. } if now >= self.created_at.saturating_add(lifetime) => {
                Standing::Expired
            }
            Phase::Open { .. } => Standing::Pending,
        }
    }
}

/// A random UUID (RFC 9562, section 5.4).
pub(super) fn random_uuid(rng: &mut impl Rng) -> String {
    let random: u128 = rng.random();
    let fixed = random & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{fixed:032x}");
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

pub(in super::super) fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12])
        && text
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}
