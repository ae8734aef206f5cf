//! The Argon2 family (RFC 9106). Hashes made here are argon2id, version 0x13; those of its
//! siblings and of version 0x10 are verified where they came from another system.

use ::argon2::password_hash::phc;
use ::argon2::{Algorithm, Argon2, Block, Version};
use subtle::ConstantTimeEq as _;

use super::error::{HashError, InvalidHash};
use super::parameters::HashParameters;

/// A stored hash of the family, read.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Argon2Hash {
    algorithm: Algorithm,
    version: Version,
    parameters: HashParameters,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Argon2Hash {
    /// The salt and output of a hash made here, in bytes.
    const SALT: usize = 16;
    const OUTPUT: usize = 32;
    /// What other systems made: the reference implementation's test vectors have 8 and 32.
    const MIN_SALT: usize = 8;
    const MIN_OUTPUT: usize = 16;

    /// Reads a PHC string. One without a version is of the first, 0x10, which wrote none.
    pub(super) fn parse(text: &str) -> Result<Self, InvalidHash> {
        let hash = phc::PasswordHash::new(text).map_err(|_| InvalidHash::Malformed)?;
        let salt = hash.salt.as_ref().filter(|s| s.len() >= Self::MIN_SALT);
        let output = hash.hash.as_ref().filter(|o| o.len() >= Self::MIN_OUTPUT);
        let read = Self {
            algorithm: Algorithm::new(hash.algorithm.as_str())
                .map_err(|_| InvalidHash::Malformed)?,
            version: hash
                .version
                .map_or(Ok(Version::V0x10), Version::try_from)
                .map_err(|_| InvalidHash::Malformed)?,
            parameters: parameters(&hash).ok_or(InvalidHash::Malformed)?,
            salt: salt.ok_or(InvalidHash::Malformed)?.to_vec(),
            output: output.ok_or(InvalidHash::Malformed)?.as_bytes().to_vec(),
        };
        if !read.parameters.is_bounded() {
            return Err(InvalidHash::TooDear);
        }
        let sound = read.parameters.params().is_some();
        sound.then_some(read).ok_or(InvalidHash::Malformed)
    }

    pub(super) const fn memory_kib(&self) -> u32 {
        self.parameters.memory_kib
    }

    /// Whether it is of the form of hashes made here, whatever their parameters were.
    pub(super) fn is_of_our_form(&self) -> bool {
        self.algorithm == Algorithm::Argon2id
            && self.version == Version::V0x13
            && self.salt.len() >= Self::SALT
            && self.output.len() == Self::OUTPUT
    }

    /// Whether it is what [`hash`] makes with these parameters.
    pub(super) fn is_made_with(&self, current: HashParameters) -> bool {
        self.is_of_our_form() && self.parameters == current
    }

    pub(super) fn matches(&self, password: &str, memory: &mut Memory) -> Result<bool, HashError> {
        let params = self
            .parameters
            .params()
            .ok_or(HashError::Parameters(self.parameters))?;
        let mut output = vec![0; self.output.len()];
        let blocks = memory.blocks(params.block_count());
        Argon2::new(self.algorithm, self.version, params)
            .hash_password_into_with_memory(password.as_bytes(), &self.salt, &mut output, blocks)
            .map_err(|error| failed(&error))?;
        Ok(output.ct_eq(&self.output).into())
    }

    /// A hash that takes the time by which this one is cheaper than one of `current`.
    pub(super) fn shortfall(&self, current: HashParameters) -> Option<HashParameters> {
        self.parameters.shortfall(current)
    }
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

/// Hashes with Argon2id and a random salt of 128 bits. Returns the hash in PHC format.
pub(super) fn hash(
    password: &str,
    parameters: HashParameters,
    memory: &mut Memory,
) -> Result<String, HashError> {
    let params = parameters
        .params()
        .ok_or(HashError::Parameters(parameters))?;
    let salt = phc::Salt::generate();
    let mut output = [0; Argon2Hash::OUTPUT];
    let blocks = memory.blocks(params.block_count());
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password.as_bytes(), salt.as_ref(), &mut output, blocks)
        .map_err(|error| failed(&error))?;
    let made = phc::PasswordHash {
        algorithm: Algorithm::Argon2id.into(),
        version: Some(Version::V0x13.into()),
        params: phc::ParamsString::try_from(&params).map_err(|error| failed(&error))?,
        salt: Some(salt),
        hash: Some(phc::Output::new(&output).map_err(|error| failed(&error))?),
    };
    Ok(made.to_string())
}

/// What one hash is computed in, kept for the next. An allocator that is given so much back and
/// asked for it again, on ever other threads, ends up holding many times of it (docs/security.md#lim-04).
#[derive(Default)]
pub(super) struct Memory(Vec<Block>);

impl Memory {
    fn blocks(&mut self, count: usize) -> &mut [Block] {
        if self.0.len() < count {
            self.0.resize(count, Block::default());
        }
        &mut self.0[..count]
    }

    /// Whether it is no more than a hash of these parameters takes.
    pub(super) fn is_within(&self, parameters: HashParameters) -> bool {
        self.0.len() <= usize::try_from(parameters.memory_kib).unwrap_or(usize::MAX)
    }
}

fn failed(error: &impl ToString) -> HashError {
    HashError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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

    /// docs/security.md#log-03
    #[test]
    fn what_is_left_of_a_hash_is_measured_by_its_time() {
        let millis = Duration::from_millis;
        let current = cost(20_000, 2);
        let left = |spent| current.remainder(millis(spent), millis(40));
        assert_eq!(left(0), Some(current));
        assert_eq!(left(20), Some(cost(20_000, 1)));
        assert_eq!(left(10), Some(cost(15_000, 2)));
        assert_eq!(left(40), None);
        assert_eq!(left(300), None);
    }

    /// Known answers of the reference implementation (`src/test.c`) for "password" and the salt
    /// "somesalt"; the last three were computed with it.
    #[test]
    fn every_sibling_and_version_verifies_the_reference_vectors() {
        for text in [
            "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
            "$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQ$T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E",
            "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
            "$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$2gcOV25Q8vOKPIl8vdxsf7QCjocJcf+erntOGHkpXm4",
            "$argon2d$v=16$m=256,t=2,p=1$c29tZXNhbHQ$vUBIaP8AxS51Q8gzLmp3KlckiS1+Mo1c8lO7yOcms3E",
            "$argon2d$v=19$m=256,t=2,p=1$c29tZXNhbHQ$JcTui6RIBUtJ78gE5Hi52CO+H5vS6Z9R1uxAB6OhUB8",
        ] {
            let hash = Argon2Hash::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert!(
                hash.matches("password", &mut Memory::default())
                    .expect("computed"),
                "{text}"
            );
            assert!(
                !hash
                    .matches("Password", &mut Memory::default())
                    .expect("computed"),
                "{text}"
            );
            assert!(!hash.is_of_our_form(), "{text}");
        }
    }
}
