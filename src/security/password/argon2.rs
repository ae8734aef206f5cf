//! Parses stored hashes of the Argon2 family (RFC 9106). New hashes are argon2id, version 0x13. Other variants and
//! version 0x10 come from other systems.

use ::argon2::password_hash::phc;
use ::argon2::{Algorithm, Version};

use super::error::InvalidHash;
use super::parameters::HashParameters;
use super::phc_padding::remove_base64_padding;

/// Parsed Argon2 hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Argon2Hash {
    pub algorithm: Algorithm,
    pub version: Version,
    pub parameters: HashParameters,
    pub salt: Vec<u8>,
    pub output: Vec<u8>,
}

impl Argon2Hash {
    /// The length of the salt of new hashes, in bytes.
    const SALT: usize = 16;
    /// The length of the output of new hashes, in bytes.
    pub const OUTPUT: usize = 32;
    /// The minimum length of an accepted salt, in bytes, as in the test vectors of the reference implementation.
    const MIN_SALT: usize = 8;
    const MIN_OUTPUT: usize = 16;

    /// Parses an Argon2 hash in PHC string format, with or without base64 padding. A missing version means version 0x10.
    pub(super) fn parse(argon2_hash: &str) -> Result<Self, InvalidHash> {
        let hash = phc::PasswordHash::new(&remove_base64_padding(argon2_hash))
            .map_err(|_| InvalidHash::Malformed)?;
        let salt = hash.salt.as_ref().filter(|s| s.len() >= Self::MIN_SALT);
        let output = hash.hash.as_ref().filter(|o| o.len() >= Self::MIN_OUTPUT);
        let read = Self {
            algorithm: Algorithm::new(hash.algorithm.as_str())
                .map_err(|_| InvalidHash::Malformed)?,
            version: hash
                .version
                .map_or(Ok(Version::V0x10), Version::try_from)
                .map_err(|_| InvalidHash::Malformed)?,
            parameters: read_cost_parameters(&hash).ok_or(InvalidHash::Malformed)?,
            salt: salt.ok_or(InvalidHash::Malformed)?.to_vec(),
            output: output.ok_or(InvalidHash::Malformed)?.as_bytes().to_vec(),
        };
        if !read.parameters.has_acceptable_cost() {
            return Err(InvalidHash::TooCostly);
        }
        let has_valid_parameters = read.parameters.to_argon2_params().is_some();
        has_valid_parameters
            .then_some(read)
            .ok_or(InvalidHash::Malformed)
    }

    /// Returns whether algorithm, version, salt length and output length equal those of hashes that this server
    /// creates.
    pub(super) fn has_format_of_newly_created_hashes(&self) -> bool {
        self.algorithm == Algorithm::Argon2id
            && self.version == Version::V0x13
            && self.salt.len() >= Self::SALT
            && self.output.len() == Self::OUTPUT
    }

    /// Returns whether this hash has the format and cost of a new hash with these parameters.
    pub(super) fn has_format_and_cost_of_newly_created_hashes(
        &self,
        parameters: HashParameters,
    ) -> bool {
        self.has_format_of_newly_created_hashes() && self.parameters == parameters
    }
}

/// Reads the cost parameters of an Argon2 hash. Returns `None` if a parameter is missing or unknown.
fn read_cost_parameters(hash: &phc::PasswordHash) -> Option<HashParameters> {
    (hash.params.iter().count() == 3).then_some(())?;
    let number = |name| hash.params.get_decimal(name);
    Some(HashParameters {
        memory_kib: number("m")?,
        iterations: number("t")?,
        parallelism: number("p")?,
    })
}
