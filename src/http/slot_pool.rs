//! A fixed number of slots for concurrent work, shared fairly between sources.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::client_ip::SourceKey;

/// Slots that no source can take whole: a source may hold at most as many slots as are free.
///
/// One source alone holds at most half of the pool. As requests end, busy sources approach equal shares and leave one
/// share free for a further source. The rule is a dynamic threshold (Choudhury and Hahne, 1998) with factor 1.
///
/// At most [`TURNS`] slots of a source work at the same time; the others wait for their turn. Otherwise the requests of
/// one source would fill the queues of the database, which serve all sources in the order of arrival.
#[derive(Clone)]
pub(super) struct SlotPool(Arc<Shared>);

/// How many requests of a source work at the same time: more than the connections of the database, and few enough that
/// the requests of another source wait for milliseconds behind them.
const TURNS: usize = 16;

struct Shared {
    size: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    total: usize,
    by_source: HashMap<SourceKey, SourceSlots>,
}

/// The slots of one source.
struct SourceSlots {
    held: usize,
    turns: Arc<Semaphore>,
}

impl Default for SourceSlots {
    fn default() -> Self {
        Self {
            held: 0,
            turns: Arc::new(Semaphore::new(TURNS)),
        }
    }
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
        let of_source = source.and_then(|source| taken.by_source.get(&source));
        if of_source.map_or(0, |slots| slots.held) >= free {
            return None;
        }
        taken.total += 1;
        let turns = source.map(|source| {
            let slots = taken.by_source.entry(source).or_default();
            slots.held += 1;
            Arc::clone(&slots.turns)
        });
        Some(Slot {
            pool: self.clone(),
            source,
            turns,
            turn: None,
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
    turns: Option<Arc<Semaphore>>,
    turn: Option<OwnedSemaphorePermit>,
}

impl Slot {
    /// Waits until fewer than [`TURNS`] slots of the source work. The slots of a source wait in the order of arrival.
    pub(super) async fn wait_for_turn(mut self) -> Self {
        if let Some(turns) = self.turns.take() {
            // The semaphore is never closed.
            self.turn = turns.acquire_owned().await.ok();
        }
        self
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.pool.taken();
        taken.total -= 1;
        let Some(source) = self.source else { return };
        if let Some(slots) = taken.by_source.get_mut(&source) {
            slots.held -= 1;
            if slots.held == 0 {
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

    #[tokio::test]
    async fn slots_of_one_source_work_in_turns_and_another_source_does_not_wait() {
        let pool = SlotPool::new(1_024);
        let mut working = Vec::new();
        for slot in take_all(&pool, source(1)).into_iter().take(TURNS) {
            working.push(slot.wait_for_turn().await);
        }
        let next = pool.take(source(1)).expect("a free slot");
        let mut next = std::pin::pin!(next.wait_for_turn());
        for _ in 0..3 {
            let other = pool.take(source(2)).expect("a free slot");
            tokio::select! {
                biased;
                _ = &mut next => panic!("it works beside {TURNS} others"),
                _ = other.wait_for_turn() => {}
            }
        }
        drop(working.pop());
        next.await;
    }

    #[tokio::test]
    async fn slots_of_a_trusted_proxy_do_not_wait_for_turns() {
        let pool = SlotPool::new(1_024);
        let mut working = Vec::new();
        for slot in take_all(&pool, None) {
            working.push(slot.wait_for_turn().await);
        }
        assert_eq!(working.len(), 1_024);
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
