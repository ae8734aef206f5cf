//! A fixed number of slots for concurrent work, shared fairly between sources.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::client_ip::SourceKey;

/// Slots that no source can take whole: a source may hold at most as many slots as are free.
///
/// One source alone holds at most half of the pool. As requests end, busy sources approach equal shares and leave one
/// share free for a further source. The rule is a dynamic threshold (Choudhury and Hahne, 1998) with factor 1.
#[derive(Clone)]
pub(super) struct SlotPool(Arc<Shared>);

struct Shared {
    size: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    total: usize,
    by_source: HashMap<SourceKey, usize>,
}

impl SlotPool {
    pub(super) fn new(size: usize) -> Self {
        Self(Arc::new(Shared {
            size,
            taken: Mutex::default(),
        }))
    }

    /// Takes a slot for a source. `None` as the source is for trusted proxies, which are not limited by source.
    ///
    /// Returns `None` if the pool is full, or if the source holds as many slots as are free.
    pub(super) fn take(&self, source: Option<SourceKey>) -> Option<Slot> {
        let mut taken = self.taken();
        let free = self.0.size.saturating_sub(taken.total);
        let held = source.and_then(|source| taken.by_source.get(&source).copied());
        if held.unwrap_or(0) >= free {
            return None;
        }
        taken.total += 1;
        if let Some(source) = source {
            *taken.by_source.entry(source).or_default() += 1;
        }
        Some(Slot {
            pool: self.clone(),
            source,
        })
    }

    /// Ignores poisoning: no code panics while it holds the lock.
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One slot of a [`SlotPool`]. Dropping it frees the slot.
pub(super) struct Slot {
    pool: SlotPool,
    source: Option<SourceKey>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.pool.taken();
        taken.total -= 1;
        let Some(source) = self.source else { return };
        if let Some(count) = taken.by_source.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                taken.by_source.remove(&source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[expect(
        clippy::unnecessary_wraps,
        reason = "the pool takes an optional source"
    )]
    const fn source(last: u8) -> Option<SourceKey> {
        Some(SourceKey::V4(Ipv4Addr::new(192, 0, 2, last)))
    }

    /// Takes slots until the pool refuses one.
    fn take_all(pool: &SlotPool, source: Option<SourceKey>) -> Vec<Slot> {
        std::iter::from_fn(|| pool.take(source)).collect()
    }

    #[test]
    fn one_source_takes_at_most_half_of_the_pool() {
        let pool = SlotPool::new(1_024);
        let attacker = take_all(&pool, source(1));
        assert_eq!(attacker.len(), 512);
        assert!(pool.take(source(2)).is_some());
    }

    #[test]
    fn busy_sources_approach_equal_shares_and_leave_one_free() {
        let pool = SlotPool::new(1_024);
        let mut attackers: Vec<Vec<Slot>> = (0..9).map(|_| Vec::new()).collect();
        // One request of each attacker ends, and each sends as many as it can.
        for _ in 0..2_000 {
            for (slots, last) in attackers.iter_mut().zip(1..) {
                slots.pop();
                slots.extend(take_all(&pool, source(last)));
            }
        }
        for slots in &attackers {
            assert!((90..=115).contains(&slots.len()), "{}", slots.len());
        }
        let user = take_all(&pool, source(200));
        assert!(user.len() > 40, "{}", user.len());
    }

    #[test]
    fn trusted_proxy_may_take_the_whole_pool() {
        let pool = SlotPool::new(8);
        let proxy = take_all(&pool, None);
        assert_eq!(proxy.len(), 8);
        assert!(pool.take(source(1)).is_none());
    }

    #[test]
    fn dropped_slots_are_free_again() {
        let pool = SlotPool::new(1);
        for _ in 0..3 {
            let slot = pool.take(source(1));
            assert!(slot.is_some());
            assert!(pool.take(source(2)).is_none());
        }
        assert!(pool.taken().by_source.is_empty());
    }
}
