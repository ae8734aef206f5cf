use serde::{Deserialize, Serialize};

/// Good news for the next page.
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
