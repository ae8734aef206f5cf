use serde::{Deserialize, Serialize};

macro_rules! record_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Creates a record ID from 128 random bits.
            pub fn from_bits(bits: u128) -> Self {
                Self(format!("{bits:032x}"))
            }

            /// Wraps a record ID from the database without validation.
            pub const fn from_stored(text: String) -> Self {
                Self(text)
            }

            /// Returns the record ID in hexadecimal.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    )*};
}

record_ids! {
    /// The ID of a recovery after a lost phone: 128 random bits in hexadecimal. It grants no access; only a link does.
    RecoveryId;
    /// The ID of a change of phone number or e-mail address that can be undone. It grants no access; only a link does.
    ChangeId;
}
