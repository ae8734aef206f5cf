//! Parameters of Argon2 hashes, and how their cost compares.

use std::time::Duration;

use ::argon2::Params;

/// The cost of one Argon2 hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashParameters {
    pub memory_kib: u32,
    pub iterations: u32,
    pub parallelism: u32,
}

impl Default for HashParameters {
    /// 19 MiB, two passes, one lane: the minimum of the OWASP Password Storage Cheat Sheet.
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            iterations: 2,
            parallelism: 1,
        }
    }
}

impl HashParameters {
    /// A stored hash above these bounds is refused, because verifying it would exhaust memory or time.
    const MAX_MEMORY_KIB: u32 = 1 << 20;
    const MAX_ITERATIONS: u32 = 32;
    const MAX_PARALLELISM: u32 = 16;
    /// The most work that the configuration accepts: 16 passes over 1 GiB.
    const MAX_WORK: u64 = 16 << 20;

    /// `None` outside the bounds above and those of RFC 9106, section 3.1.
    pub(super) fn params(self) -> Option<Params> {
        let params = Params::new(self.memory_kib, self.iterations, self.parallelism, None);
        params.ok().filter(|_| self.is_bounded())
    }

    pub(super) fn is_bounded(self) -> bool {
        self.memory_kib <= Self::MAX_MEMORY_KIB
            && self.iterations <= Self::MAX_ITERATIONS
            && self.parallelism <= Self::MAX_PARALLELISM
            && self.work() <= Self::MAX_WORK
    }

    /// The number of blocks of 1 KiB that a hash computes. Its time is proportional to it.
    pub(super) fn work(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.iterations)
    }

    /// Parameters of a hash that takes the time by which `self` is cheaper than `dearer`. `None` if it is not cheaper.
    pub(super) fn shortfall(self, dearer: Self) -> Option<Self> {
        dearer.part(dearer.work().checked_sub(self.work())?)
    }

    /// A hash that takes what is left of `whole`, the time of a hash of these parameters, after
    /// `spent` of it; `None` when nothing is left.
    pub(super) fn remainder(self, spent: Duration, whole: Duration) -> Option<Self> {
        let left = whole.checked_sub(spent)?.as_nanos();
        let blocks = u128::from(self.work()) * left / whole.as_nanos().max(1);
        self.part(u64::try_from(blocks).ok()?)
    }

    /// A hash of so many blocks, in no more memory than these parameters take.
    fn part(self, blocks: u64) -> Option<Self> {
        let iterations = blocks.div_ceil(u64::from(self.memory_kib));
        let memory_kib = blocks.checked_div(iterations)?;
        Some(Self {
            // Argon2 needs at least 8 KiB.
            memory_kib: u32::try_from(memory_kib).ok()?.max(8),
            iterations: u32::try_from(iterations).ok()?,
            parallelism: 1,
        })
    }
}
