//! Computes and verifies password hashes, a limited number at once.
//!
//! A hash takes about 50 ms of one core and 19 MiB, more than all other work of a request together. Three rules keep
//! an attacker from using that up (docs/security.md#lim-04):
//!
//! - A hash needs a [`HashPermit`], and only a committed reservation in the database creates one.
//! - Hashes wait in a [`Queue`] that is bounded and fair to each source.
//! - A turn moves into the blocking task. A request that is given up cannot free it while its hash still runs.
//!
//! A password is normalised to Unicode NFC before it is hashed and before it is verified, so that "é" is one password
//! however a keyboard composes it (NIST SP 800-63B-4, section 3.1.1.2). Other systems hash it as typed, so the typed
//! and the decomposed form are compared too. Spaces and case count.

mod compute;
mod error;
mod hasher;
mod permit;
mod queue;
mod refusal_time;
#[cfg(test)]
mod tests;

pub use error::HashError;
pub use hasher::{Hasher, Verified, hash_for_operator};
pub use permit::{CountedForSubject, HashPermit, NotPermitted, OperatorPermit};
pub use queue::{Busy, Lane, Queue, Turn};
pub use refusal_time::RefusalTime;
