//! Computes and verifies password hashes, with a limited number of hashes at once.
//!
//! A hash takes about 50 ms of one core and 19 MiB, more than all other work of a request together. Three rules keep
//! an attacker from exhausting processor and memory (docs/security.md#lim-04):
//!
//! - A hash needs a [`HashPermit`], which only a committed reservation in the database creates.
//! - Hashes wait in a [`Queue`] that is limited in length and fair to each source.
//! - The blocking task owns the hash slots. So an aborted request does not release its slots while its hash still runs.
//!
//! A password is normalised to Unicode NFC before it is hashed or verified (NIST SP 800-63B-4, section 3.1.1.2). So "é"
//! is the same on every keyboard. Other systems hash a password as typed, so the typed and the decomposed form are
//! compared with stored hashes too. Spaces and case are significant.

mod compute;
mod error;
mod hasher;
#[cfg(test)]
mod imported_hash_tests;
mod permit;
mod queue;
mod refusal_time;
#[cfg(test)]
mod tests;

pub use error::HashError;
pub use hasher::{
    Hasher, PasswordVerification, hash_password_set_by_operator, is_password_with_hash,
};
pub use permit::{CountedForSubject, HashPermit, NotPermitted, OperatorPermit};
pub use queue::{Busy, HashSlots, Lane, Queue};
pub use refusal_time::RefusalTime;
