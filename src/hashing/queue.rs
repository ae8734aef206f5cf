//! The queue in which requests wait to compute a password hash. It is limited in length and fair to each source.
//!
//! A request needs a free hash slot; the number of slots limits how many hashes run at once. The waiting requests of
//! one source (a client network or an API client) form a lane. Free slots go to the lanes by round robin, so a source
//! that sends many requests delays mainly its own requests.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot::{self, error::TryRecvError};
use tokio::time;

use crate::security::request_slot::release_concurrency_slot_of_request;
use crate::security::send_limits::find_network_of_internet_customer;

/// Identifies a lane of the hash queue.
///
/// A lane holds the waiting requests of one source: a client network or an API client.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lane(String);

impl Lane {
    /// Returns the lane of a client network, which holds its requests that wait for a password hash.
    ///
    /// `source` is an IPv4 address or an IPv6 /64 network. All /64 networks of an IPv6 /48 share a lane. A site can
    /// have 65,536 of them (RFC 6177), and with a lane for each it would fill the queue.
    pub fn of_client_network(source: &str) -> Self {
        let ipv6 = source
            .strip_suffix("/64")
            .and_then(|network| network.parse::<Ipv6Addr>().ok());
        Self(match ipv6 {
            Some(network) => find_network_of_internet_customer(IpAddr::V6(network)).to_string(),
            None => source.to_owned(),
        })
    }

    /// Returns the lane of the hash queue for the requests of an authenticated API client.
    pub fn of_api_client(name: &str) -> Self {
        // The space prevents a collision with the lane of an IP address.
        Self(format!("client {name}"))
    }
}

/// Error for a request that found the hash queue full, or waited too long for a hash slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

/// Fair queue of requests that wait to compute a password hash.
///
/// The number of hash slots limits the hashes that run at the same time; clones share the slots.
#[derive(Clone)]
pub struct Queue(Arc<Shared>);

/// State shared by all clones of a [`Queue`].
struct Shared {
    /// The number of hashes that may run at once.
    total_slots: u32,
    max_wait: Duration,
    state: Mutex<QueueState>,
}

/// The waiting requests of the hash queue in order.
///
/// Each request has a channel on which it receives hash slots, the permission to compute a password hash.
struct QueueState {
    schedule: Schedule,
    /// The channels of the waiting requests by request number.
    waiting: HashMap<RequestNumber, oneshot::Sender<HashSlots>>,
}

/// Guard of the hash slots that a request holds while it computes a password hash.
///
/// Dropping the guard releases the slots.
pub struct HashSlots {
    shared: Arc<Shared>,
    count: u32,
}

impl Queue {
    /// Maximum number of waiting requests of one source, for each hash slot.
    const LANE_REQUESTS_PER_SLOT: usize = 8;
    /// Maximum number of waiting requests in the queue, for each hash slot.
    ///
    /// With 50 ms for a hash, the last request of a full queue waits 1.6 seconds.
    const QUEUE_REQUESTS_PER_SLOT: usize = 32;

    /// Creates a queue that permits `hash_slots` concurrent hashes. A request waits at most `max_wait` for a free slot.
    pub fn new(hash_slots: usize, max_wait: Duration) -> Self {
        let hash_slots = hash_slots.max(1);
        let total_slots = u32::try_from(hash_slots).unwrap_or(u32::MAX);
        Self(Arc::new(Shared {
            total_slots,
            max_wait,
            state: Mutex::new(QueueState {
                schedule: Schedule::new(
                    total_slots,
                    Self::LANE_REQUESTS_PER_SLOT * hash_slots,
                    Self::QUEUE_REQUESTS_PER_SLOT * hash_slots,
                ),
                waiting: HashMap::new(),
            }),
        }))
    }

    /// Waits until `slots` hash slots are free and takes them. `lane` identifies the source of the request.
    ///
    /// Fails with [`Busy`] after the maximum wait, or if too many requests wait, in total or from this source. In a
    /// full queue, a new request from a source with fewer waiting requests can replace this request.
    ///
    /// While a request waits, it does not count against the limit of concurrent HTTP requests.
    pub async fn acquire_hash_slots(&self, lane: &Lane, slots: u32) -> Result<HashSlots, Busy> {
        let (_place, receiver) =
            self.add_request_to_queue(lane, slots.clamp(1, self.0.total_slots))?;
        self.wait_for_hash_slots(receiver).await
    }

    /// Returns the number of waiting requests of all sources.
    pub fn count_waiting_requests(&self) -> usize {
        self.0.lock_queue_state().schedule.waiting
    }

    /// Waits until a queued request may compute the password hash.
    ///
    /// Fails with [`Busy`] after the maximum wait, or if the request was evicted from the queue.
    async fn wait_for_hash_slots(
        &self,
        mut receiver: oneshot::Receiver<HashSlots>,
    ) -> Result<HashSlots, Busy> {
        match receiver.try_recv() {
            Ok(slots) => return Ok(slots),
            // Another request can evict this one at any time. The receiver must not be awaited then.
            Err(TryRecvError::Closed) => return Err(Busy),
            Err(TryRecvError::Empty) => {}
        }
        release_concurrency_slot_of_request();
        match time::timeout(self.0.max_wait, receiver).await {
            Ok(Ok(slots)) => Ok(slots),
            Ok(Err(_)) | Err(_) => Err(Busy),
        }
    }

    /// Adds a request that needs `slots` hash slots to the waiting requests of its source.
    ///
    /// Returns the request's place in the queue, and the channel that receives the slots.
    fn add_request_to_queue(
        &self,
        lane: &Lane,
        slots: u32,
    ) -> Result<(Place, oneshot::Receiver<HashSlots>), Busy> {
        let (sender, receiver) = oneshot::channel();
        let number = {
            let mut state = self.0.lock_queue_state();
            let added = state.schedule.add_request(lane, slots)?;
            if let Some(evicted) = added.evicted {
                // The receiver of the evicted request detects that its sender is dropped.
                state.waiting.remove(&evicted);
            }
            state.waiting.insert(added.number, sender);
            added.number
        };
        let place = Place {
            shared: Arc::clone(&self.0),
            lane: lane.clone(),
            number,
        };
        self.0.assign_free_hash_slots();
        Ok((place, receiver))
    }
}

impl Shared {
    /// Locks the waiting requests of the hash queue, ignoring lock poisoning.
    fn lock_queue_state(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Assigns free hash slots to the next waiting requests.
    fn assign_free_hash_slots(self: &Arc<Self>) {
        loop {
            let mut state = self.lock_queue_state();
            let Some(next) = state.schedule.take_next_request() else {
                return;
            };
            let sender = state.waiting.remove(&next.number);
            drop(state);
            let slots = HashSlots {
                shared: Arc::clone(self),
                count: next.slots,
            };
            // If the request has left the queue, the guard is dropped, which releases the slots.
            drop(sender.map(|sender| sender.send(slots)));
        }
    }
}

impl Drop for HashSlots {
    fn drop(&mut self) {
        self.shared
            .lock_queue_state()
            .schedule
            .release_slots(self.count);
        self.shared.assign_free_hash_slots();
    }
}

/// Guard of a waiting request's place in the hash queue. Dropping the guard removes the request.
struct Place {
    shared: Arc<Shared>,
    lane: Lane,
    number: RequestNumber,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.shared.lock_queue_state();
        state.schedule.remove_request(&self.lane, self.number);
        let sender = state.waiting.remove(&self.number);
        drop(state);
        if sender.is_some() {
            // This request may have been the first of the queue, and the next one may need fewer slots.
            self.shared.assign_free_hash_slots();
        }
    }
}

/// Number that identifies a request in the hash queue. Later requests have greater numbers.
type RequestNumber = u64;

/// A request that waits in the hash queue, with the number of hash slots that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct WaitingRequest {
    number: RequestNumber,
    slots: u32,
}

/// Decides the order in which waiting requests get free hash slots: the sources take turns.
///
/// It uses no clock and no I/O.
struct Schedule {
    free_slots: u32,
    lane_capacity: usize,
    capacity: usize,
    /// The waiting requests of each source in the order of arrival. No lane is empty.
    lanes: HashMap<Lane, VecDeque<WaitingRequest>>,
    /// The lanes in the order in which they get the next free slots.
    order: VecDeque<Lane>,
    waiting: usize,
    last_number: RequestNumber,
}

/// A request that was added to the hash queue, and the request that it displaced from a full queue.
#[derive(Debug, PartialEq, Eq)]
struct AddedRequest {
    number: RequestNumber,
    /// The last request of the source with the most waiting requests; `None` if the queue was not full.
    evicted: Option<RequestNumber>,
}

impl Schedule {
    /// Creates an empty schedule with `free_slots` free hash slots.
    ///
    /// `lane_capacity` is the maximum number of waiting requests of one source, and `queue_capacity` that of all
    /// sources together.
    fn new(free_slots: u32, lane_capacity: usize, queue_capacity: usize) -> Self {
        Self {
            free_slots,
            lane_capacity,
            capacity: queue_capacity,
            lanes: HashMap::new(),
            order: VecDeque::new(),
            waiting: 0,
            last_number: 0,
        }
    }

    /// Adds a request that needs `slots` hash slots to the waiting requests of its source.
    ///
    /// If the queue is full, removes the last request of the source with the most waiting requests.
    fn add_request(&mut self, lane: &Lane, slots: u32) -> Result<AddedRequest, Busy> {
        let before = self.lanes.get(lane).map_or(0, VecDeque::len);
        if before >= self.lane_capacity {
            return Err(Busy);
        }
        let evicted = if self.waiting < self.capacity {
            None
        } else {
            Some(self.evict_request_from_longest_lane(before)?)
        };
        self.last_number += 1;
        let number = self.last_number;
        let requests = self.lanes.entry(lane.clone()).or_default();
        if requests.is_empty() {
            self.order.push_back(lane.clone());
        }
        requests.push_back(WaitingRequest { number, slots });
        self.waiting += 1;
        Ok(AddedRequest { number, evicted })
    }

    /// Removes the last request of the source with the most waiting requests, and returns the number of the request.
    ///
    /// Fails if that source has at most `length` waiting requests.
    fn evict_request_from_longest_lane(&mut self, length: usize) -> Result<RequestNumber, Busy> {
        let longest = self
            .lanes
            .iter()
            .max_by_key(|(_, requests)| (requests.len(), requests.back().copied()))
            .filter(|(_, requests)| requests.len() > length);
        let (lane, requests) = longest.ok_or(Busy)?;
        let (lane, last) = (lane.clone(), *requests.back().ok_or(Busy)?);
        self.remove_request(&lane, last.number);
        Ok(last.number)
    }

    /// Removes the next request from the queue if enough hash slots are free, and returns the request.
    ///
    /// The slots stay occupied until [`Self::release_slots`].
    fn take_next_request(&mut self) -> Option<WaitingRequest> {
        let lane = self.order.front()?;
        let next = *self.lanes.get(lane)?.front()?;
        self.free_slots = self.free_slots.checked_sub(next.slots)?;
        let lane = self.order.pop_front()?;
        let requests = self.lanes.get_mut(&lane)?;
        requests.pop_front();
        self.waiting -= 1;
        if requests.is_empty() {
            self.lanes.remove(&lane);
        } else {
            self.order.push_back(lane);
        }
        Some(next)
    }

    /// Makes the hash slots of a finished hash free for other requests.
    const fn release_slots(&mut self, slots: u32) {
        self.free_slots += slots;
    }

    /// Removes a waiting request from the lane of its source. Does nothing if the request no longer waits.
    fn remove_request(&mut self, lane: &Lane, number: RequestNumber) {
        let Some(requests) = self.lanes.get_mut(lane) else {
            return;
        };
        let before = requests.len();
        requests.retain(|waiting| waiting.number != number);
        self.waiting -= before - requests.len();
        if requests.is_empty() {
            self.lanes.remove(lane);
            self.order.retain(|ordered| ordered != lane);
        }
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
