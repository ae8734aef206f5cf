//! A fixed number of slots for concurrent requests, shared fairly between sources.
//!
//! As requests end, busy sources approach equal shares and leave one share free for a further source. The rule is a
//! dynamic threshold (Choudhury and Hahne, 1998) with factor 1. The [`Pace`] keeps the requests of one source from
//! filling the queues of the database, which serve all sources in order of arrival.
//!
//! All sources in an IPv6 /48 count as one here. A site gets at most a /48 (RFC 6177), and each of its 65,536 sources
//! could occupy a slot. Several customers of a provider may share a /48, so its /64 networks share its part by the same
//! rule.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::client_ip::SourceKey;

/// Pool of slots for concurrent requests, shared fairly between client networks.
///
/// A client network gets another slot only while it occupies fewer slots than are free, so it occupies at most half of
/// the pool.
#[derive(Clone)]
pub(super) struct SlotPool(Arc<Shared>);

/// Pace at which the waiting requests of one client network start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// The maximum number of running requests of a source. It is low enough that the requests of another source wait
    /// behind them for milliseconds only.
    turns: usize,
    /// The delay between the end of a request and the start of the next waiting one.
    pause: Duration,
}

impl Pace {
    /// The pace of requests that cost little: a page with all its files never waits.
    pub(super) const READS: Self = Self {
        turns: 16,
        pause: Duration::ZERO,
    };

    /// The pace of requests that write.
    ///
    /// A flooding source gets at most 320 responses a second, which leaves processor time for other sources.
    pub(super) const CHANGES: Self = Self {
        turns: 8,
        pause: Duration::from_millis(25),
    };
}

/// The reason why a request gets no slot from a [`SlotPool`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoSlot {
    /// All slots are occupied.
    PoolIsFull,
    /// The source of the request occupies as many slots as are free.
    SourceHoldsItsShare,
}

struct Shared {
    size: usize,
    pace: Pace,
    taken: Mutex<TakenSlots>,
}

#[derive(Default)]
struct TakenSlots {
    total: usize,
    by_source: HashMap<SourceKey, SourceSlots>,
    /// The number of slots that each IPv6 /64 occupies.
    by_ipv6_network: HashMap<SourceKey, usize>,
}

/// The request slots of one client network, and the semaphore that limits its running requests.
struct SourceSlots {
    held: usize,
    turns: Arc<Semaphore>,
}

impl SlotPool {
    /// Creates a pool of `slot_count` free slots. `pace` limits the requests of each client network.
    pub(super) fn with_free_slots(slot_count: usize, pace: Pace) -> Self {
        Self(Arc::new(Shared {
            size: slot_count,
            pace,
            taken: Mutex::default(),
        }))
    }

    /// Takes a free slot for a request from this client network.
    ///
    /// `None` means a trusted proxy, which may take all slots.
    pub(super) fn take_request_slot(&self, source: Option<SourceKey>) -> Result<Slot, NoSlot> {
        let network = source.filter(|source| matches!(source, SourceKey::V6(_)));
        let source = source.map(SourceKey::widen_to_site);
        let mut taken = self.lock_taken_slot_counts();
        let free = self.0.size.saturating_sub(taken.total);
        if free == 0 {
            return Err(NoSlot::PoolIsFull);
        }
        let of_source = source.and_then(|source| taken.by_source.get(&source));
        let held = of_source.map_or(0, |slots| slots.held);
        let of_network = network.and_then(|network| taken.by_ipv6_network.get(&network));
        let held_by_network = of_network.copied().unwrap_or(0);
        if held >= free || (network.is_some() && held_by_network >= free - held) {
            return Err(NoSlot::SourceHoldsItsShare);
        }
        taken.total += 1;
        if let Some(network) = network {
            *taken.by_ipv6_network.entry(network).or_default() += 1;
        }
        let turns = source.map(|source| {
            let slots = taken.by_source.entry(source);
            let slots = slots.or_insert_with(|| SourceSlots {
                held: 0,
                turns: Arc::new(Semaphore::new(self.0.pace.turns)),
            });
            slots.held += 1;
            Arc::clone(&slots.turns)
        });
        Ok(Slot {
            pool: self.clone(),
            source,
            network,
            turns,
            turn: None,
        })
    }

    /// Locks the counts of occupied request slots, ignoring lock poisoning.
    fn lock_taken_slot_counts(&self) -> MutexGuard<'_, TakenSlots> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A slot that one request occupies in a [`SlotPool`]. Dropping it frees the slot.
pub(super) struct Slot {
    pool: SlotPool,
    source: Option<SourceKey>,
    /// The IPv6 /64 of the request.
    network: Option<SourceKey>,
    turns: Option<Arc<Semaphore>>,
    turn: Option<OwnedSemaphorePermit>,
}

impl Slot {
    /// Waits until the request that occupies this slot may run.
    ///
    /// Requests of one client network start in order of arrival.
    pub(super) async fn wait_until_request_may_run(mut self) -> Self {
        if let Some(turns) = self.turns.take() {
            // The semaphore is never closed.
            self.turn = turns.acquire_owned().await.ok();
        }
        self
    }
}

/// Lets the next waiting request of a client network start, after a request has ended.
///
/// Waits for `pause` first if such a request may be waiting.
fn release_turn_after_pause(permit_to_run: OwnedSemaphorePermit, pause: Duration) {
    if pause.is_zero() || permit_to_run.semaphore().available_permits() > 0 {
        return;
    }
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(async move {
            tokio::time::sleep(pause).await;
            drop(permit_to_run);
        });
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(turn) = self.turn.take() {
            release_turn_after_pause(turn, self.pool.0.pace.pause);
        }
        let mut taken = self.pool.lock_taken_slot_counts();
        taken.total -= 1;
        if let Some(network) = self.network
            && let Some(held) = taken.by_ipv6_network.get_mut(&network)
        {
            *held -= 1;
            if *held == 0 {
                taken.by_ipv6_network.remove(&network);
            }
        }
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
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    /// Returns an IPv4 client network that ends in this byte.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the pool takes an optional source"
    )]
    const fn source_with_last_byte(last: u8) -> Option<SourceKey> {
        Some(SourceKey::V4(Ipv4Addr::new(192, 0, 2, last)))
    }

    /// Takes slots until the pool refuses one.
    fn take_all_request_slots(pool: &SlotPool, source: Option<SourceKey>) -> Vec<Slot> {
        std::iter::from_fn(|| pool.take_request_slot(source).ok()).collect()
    }

    /// Several customers of an Internet provider can have networks in the same /48.
    #[test]
    fn one_ipv6_network_leaves_request_slots_for_its_neighbours() {
        let source = |network: u16| {
            let address = Ipv6Addr::new(0x2001, 0xdb8, 7, network, 0, 0, 0, 0);
            Some(SourceKey::V6(address))
        };
        let pool = SlotPool::with_free_slots(1_024, Pace::READS);
        let attacker = take_all_request_slots(&pool, source(1));
        assert_eq!(attacker.len(), 342);
        let neighbour = take_all_request_slots(&pool, source(2));
        assert!(neighbour.len() > 80, "{}", neighbour.len());
        drop((attacker, neighbour));
        assert_eq!(take_all_request_slots(&pool, source(3)).len(), 342);
    }

    #[test]
    fn one_source_takes_at_most_half_of_the_request_slots() {
        let pool = SlotPool::with_free_slots(1_024, Pace::READS);
        let attacker = take_all_request_slots(&pool, source_with_last_byte(1));
        assert_eq!(attacker.len(), 512);
        assert_eq!(
            pool.take_request_slot(source_with_last_byte(1)).err(),
            Some(NoSlot::SourceHoldsItsShare)
        );
        assert!(pool.take_request_slot(source_with_last_byte(2)).is_ok());
    }

    #[test]
    fn one_ipv6_site_takes_at_most_half_of_the_request_slots() {
        let pool = SlotPool::with_free_slots(1_024, Pace::READS);
        let source_of_site = |site: u16, subnet: u16| {
            let network = Ipv6Addr::new(0x2001, 0xdb8, site, subnet, 0, 0, 0, 0);
            Some(SourceKey::V6(network))
        };
        let attacker: Vec<Slot> = (0..2_000)
            .filter_map(|subnet| pool.take_request_slot(source_of_site(1, subnet)).ok())
            .collect();
        assert_eq!(attacker.len(), 512);
        assert!(pool.take_request_slot(source_of_site(2, 0)).is_ok());
        assert!(pool.take_request_slot(source_with_last_byte(1)).is_ok());
        drop(attacker);
        assert!(pool.lock_taken_slot_counts().by_source.is_empty());
    }

    #[test]
    fn busy_sources_get_equal_shares_of_the_request_slots() {
        let pool = SlotPool::with_free_slots(1_024, Pace::READS);
        let mut attackers: Vec<Vec<Slot>> = (0..9).map(|_| Vec::new()).collect();
        // In each round, one request of each attacker ends, and each attacker sends as many new ones as
        // the pool accepts.
        for _ in 0..2_000 {
            for (slots, last) in attackers.iter_mut().zip(1..) {
                slots.pop();
                slots.extend(take_all_request_slots(&pool, source_with_last_byte(last)));
            }
        }
        for slots in &attackers {
            assert!((90..=115).contains(&slots.len()), "{}", slots.len());
        }
        let user = take_all_request_slots(&pool, source_with_last_byte(200));
        assert!(user.len() > 40, "{}", user.len());
    }

    #[test]
    fn trusted_proxy_may_take_all_request_slots() {
        let pool = SlotPool::with_free_slots(8, Pace::READS);
        let proxy = take_all_request_slots(&pool, None);
        assert_eq!(proxy.len(), 8);
        assert_eq!(
            pool.take_request_slot(source_with_last_byte(1)).err(),
            Some(NoSlot::PoolIsFull)
        );
    }

    #[tokio::test]
    async fn requests_of_one_source_do_not_delay_another_source() {
        let pool = SlotPool::with_free_slots(1_024, Pace::READS);
        let mut working = Vec::new();
        for slot in take_all_request_slots(&pool, source_with_last_byte(1))
            .into_iter()
            .take(Pace::READS.turns)
        {
            working.push(slot.wait_until_request_may_run().await);
        }
        let next = pool
            .take_request_slot(source_with_last_byte(1))
            .expect("request slot is free");
        let mut next = std::pin::pin!(next.wait_until_request_may_run());
        for _ in 0..3 {
            let other = pool
                .take_request_slot(source_with_last_byte(2))
                .expect("request slot is free");
            tokio::select! {
                biased;
                _ = &mut next => panic!("it works beside 16 others"),
                _ = other.wait_until_request_may_run() => {}
            }
        }
        drop(working.pop());
        next.await;
    }

    #[tokio::test]
    async fn requests_of_a_trusted_proxy_start_without_waiting() {
        let pool = SlotPool::with_free_slots(1_024, Pace::READS);
        let mut working = Vec::new();
        for slot in take_all_request_slots(&pool, None) {
            working.push(slot.wait_until_request_may_run().await);
        }
        assert_eq!(working.len(), 1_024);
    }

    #[tokio::test(start_paused = true)]
    async fn state_changing_requests_of_one_source_run_at_a_bounded_rate() {
        let pool = SlotPool::with_free_slots(1_024, Pace::CHANGES);
        let began = tokio::time::Instant::now();
        let mut requests = tokio::task::JoinSet::new();
        for slot in take_all_request_slots(&pool, source_with_last_byte(1))
            .into_iter()
            .take(320)
        {
            requests.spawn(async {
                let slot = slot.wait_until_request_may_run().await;
                // Meanwhile the other requests begin to wait.
                tokio::task::yield_now().await;
                drop(slot);
            });
        }
        requests.join_all().await;
        assert!(began.elapsed() > Duration::from_millis(900));
        let other = pool
            .take_request_slot(source_with_last_byte(2))
            .expect("request slot is free");
        let before = tokio::time::Instant::now();
        drop(other.wait_until_request_may_run().await);
        assert_eq!(before.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn sequential_state_changing_requests_of_one_source_start_without_waiting() {
        let pool = SlotPool::with_free_slots(1_024, Pace::CHANGES);
        let began = tokio::time::Instant::now();
        for _ in 0..1_000 {
            let slot = pool
                .take_request_slot(source_with_last_byte(1))
                .expect("request slot is free");
            drop(slot.wait_until_request_may_run().await);
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
    }

    #[test]
    fn dropping_a_request_slot_frees_it() {
        let pool = SlotPool::with_free_slots(1, Pace::READS);
        for _ in 0..3 {
            let slot = pool.take_request_slot(source_with_last_byte(1));
            assert!(slot.is_ok());
            assert!(pool.take_request_slot(source_with_last_byte(2)).is_err());
        }
        assert!(pool.lock_taken_slot_counts().by_source.is_empty());
    }
}
