//! The two simulated providers.

use std::fmt;

use serde::Serialize;

/// A simulated provider. Serialised as `twilio` or `telnyx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Provider {
    Twilio,
    Telnyx,
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Twilio => "twilio",
            Self::Telnyx => "telnyx",
        })
    }
}
