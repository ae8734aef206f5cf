//! Stored password hashes and the rules for new passwords. [`crate::hashing`] computes hashes.

mod argon2;
mod bcrypt;
mod error;
mod firebase;
mod flow_hashes;
mod parameters;
mod pbkdf2;
mod phc_padding;
pub mod policy;
mod scrypt;
mod sha_crypt;
mod stored;

pub use argon2::Argon2Hash;
pub use bcrypt::{BcryptHash, Prehash};
pub use error::InvalidHash;
pub use firebase::FirebaseHash;
pub use flow_hashes::{FlowHashes, HashComputationRefusal};
pub use parameters::HashParameters;
pub use pbkdf2::{Pbkdf2Digest, Pbkdf2Hash};
pub use scrypt::ScryptHash;
pub use sha_crypt::ShaCryptHash;
pub use stored::{PasswordHash, Scheme};
