//! Cost parameters of Argon2 hashes.

use ::argon2::Params;

/// Cost parameters of an Argon2 hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashParameters {
    pub memory_kib: u32,
    pub iterations: u32,
    pub parallelism: u32,
}

impl Default for HashParameters {
    /// Returns 19 MiB, two passes and one lane: the minimum of the OWASP Password Storage Cheat Sheet.
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            iterations: 2,
            parallelism: 1,
        }
    }
}

impl HashParameters {
    /// The maximum memory of a stored hash. Above these bounds, verifying it would exhaust memory or time.
    const MAX_MEMORY_KIB: u32 = 1 << 20;
    const MAX_ITERATIONS: u32 = 32;
    const MAX_PARALLELISM: u32 = 16;
    /// The maximum work that the configuration accepts: 16 passes over 1 GiB.
    const MAX_WORK: u64 = 16 << 20;

    /// Converts the parameters for the `argon2` crate.
    ///
    /// Returns `None` if they exceed the bounds of this server or of RFC 9106, section 3.1.
    pub fn to_argon2_params(self) -> Option<Params> {
        let params = Params::new(self.memory_kib, self.iterations, self.parallelism, None);
        params.ok().filter(|_| self.has_acceptable_cost())
    }

    /// Returns whether the hash parameters are within the bounds that this server accepts.
    pub(super) fn has_acceptable_cost(self) -> bool {
        self.memory_kib <= Self::MAX_MEMORY_KIB
            && self.iterations <= Self::MAX_ITERATIONS
            && self.parallelism <= Self::MAX_PARALLELISM
            && self.work_factor() <= Self::MAX_WORK
    }

    /// Returns the number of 1 KiB blocks that a hash computes. The computing time is proportional to this number.
    pub fn work_factor(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.iterations)
    }
}
