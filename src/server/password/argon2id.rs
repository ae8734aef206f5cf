//! The argon2id scheme (RFC 9106), version 0x13.

use argon2::password_hash::{self, PasswordHasher, PasswordVerifier, phc};
use argon2::{Algorithm, Argon2, Params, Version};

use super::{HashError, PasswordHash, Verified};

/// What one hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashParameters {
    pub memory_kib: u32,
    pub iterations: u32,
    pub parallelism: u32,
}

impl Default for HashParameters {
    /// 19 MiB, two passes, one lane: the floor of REG-07 (OWASP Password Storage Cheat Sheet).
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            iterations: 2,
            parallelism: 1,
        }
    }
}

impl HashParameters {
    /// Beyond these a stored hash is an attack on our memory or time, not a password's.
    const MAX_MEMORY_KIB: u32 = 1 << 20;
    const MAX_ITERATIONS: u32 = 32;
    const MAX_PARALLELISM: u32 = 16;

    /// `None` outside the bounds above and those of RFC 9106, section 3.1.
    fn params(self) -> Option<Params> {
        let bounded = self.memory_kib <= Self::MAX_MEMORY_KIB
            && self.iterations <= Self::MAX_ITERATIONS
            && self.parallelism <= Self::MAX_PARALLELISM;
        let params = Params::new(self.memory_kib, self.iterations, self.parallelism, None);
        params.ok().filter(|_| bounded)
    }

    /// How many blocks of 1 KiB a hash computes: the measure of the time it takes.
    fn work(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.iterations)
    }

    /// A hash that takes the time by which `self` is cheaper than `dearer`, in no more memory
    /// than `dearer` takes; `None` when it is not cheaper.
    fn shortfall(self, dearer: Self) -> Option<Self> {
        let blocks = dearer.work().checked_sub(self.work())?;
        let iterations = blocks.div_ceil(u64::from(dearer.memory_kib));
        let memory_kib = blocks.checked_div(iterations)?;
        Some(Self {
            // Less than this is no argon2, and too little to be measured.
            memory_kib: u32::try_from(memory_kib).ok()?.max(8),
            iterations: u32::try_from(iterations).ok()?,
            parallelism: 1,
        })
    }
}

/// Whether `hash` is one [`hash`] could have made: right algorithm, version, bounds and lengths.
pub(super) fn is_sound(hash: &phc::PasswordHash) -> bool {
    let salt = hash.salt.is_some_and(|salt| salt.len() >= 16);
    let output = hash.hash.is_some_and(|output| output.len() == 32);
    let version = hash.version == Some(Version::V0x13.into());
    salt && output && version && parameters(hash).is_some_and(|found| found.params().is_some())
}

/// The parameters `hash` was made with; `None` when there are others beside or too few.
fn parameters(hash: &phc::PasswordHash) -> Option<HashParameters> {
    (hash.params.iter().count() == 3).then_some(())?;
    let number = |name| hash.params.get_decimal(name);
    Some(HashParameters {
        memory_kib: number("m")?,
        iterations: number("t")?,
        parallelism: number("p")?,
    })
}

/// Hashes under a fresh salt of 128 random bits.
pub(super) fn hash(password: &str, parameters: HashParameters) -> Result<PasswordHash, HashError> {
    let params = parameters
        .params()
        .ok_or(HashError::Parameters(parameters))?;
    let made: phc::PasswordHash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password(password.as_bytes())
        .map_err(|error| failed(&error))?;
    PasswordHash::parse(&made.to_string()).map_err(|error| failed(&error))
}

/// Verifies with the stored parameters; a "no" takes at least the time `current` takes.
pub(super) fn verify(
    password: &str,
    stored: &PasswordHash,
    current: HashParameters,
) -> Result<Verified, HashError> {
    let stored = phc::PasswordHash::new(stored.as_str()).map_err(|error| failed(&error))?;
    let used = parameters(&stored).ok_or(HashError::Failed("no parameters".into()))?;
    match Argon2::default().verify_password(password.as_bytes(), &stored) {
        Ok(()) if used == current => Ok(Verified::Yes),
        Ok(()) => Ok(Verified::YesRehash),
        Err(password_hash::Error::PasswordInvalid) => {
            if let Some(rest) = used.shortfall(current) {
                hash(password, rest)?;
            }
            Ok(Verified::No)
        }
        Err(error) => Err(failed(&error)),
    }
}

fn failed(error: &impl ToString) -> HashError {
    HashError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(memory_kib: u32, iterations: u32) -> HashParameters {
        HashParameters {
            memory_kib,
            iterations,
            parallelism: 1,
        }
    }

    #[test]
    fn the_shortfall_makes_up_the_difference_in_no_more_memory() {
        for (cheap, dear) in [
            (cost(19_456, 2), cost(19_456, 3)),
            (cost(19_456, 2), cost(47_104, 1)),
            (cost(4_096, 1), cost(65_536, 4)),
            (cost(19_456, 2), cost(19_457, 2)),
        ] {
            let rest = cheap.shortfall(dear).expect("dearer");
            assert!(rest.memory_kib <= dear.memory_kib, "{rest:?}");
            let total = cheap.work() + rest.work();
            assert!(
                total.abs_diff(dear.work()) <= 8,
                "{cheap:?} {dear:?} {rest:?}"
            );
        }
    }

    #[test]
    fn nothing_is_made_up_for_a_hash_that_is_as_dear_or_dearer() {
        assert_eq!(cost(19_456, 2).shortfall(cost(19_456, 2)), None);
        assert_eq!(cost(19_456, 3).shortfall(cost(19_456, 2)), None);
    }
}
