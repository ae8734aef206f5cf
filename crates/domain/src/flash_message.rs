use serde::{Deserialize, Serialize};

/// A success message that the next page shows once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlashMessage {
    Registered,
    SignedOut,
    PhoneChanged,
    AuthenticatorAdded,
    AuthenticatorRemoved,
    SessionEnded,
    SessionsEnded,
}
