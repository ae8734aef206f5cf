//! The queue in which requests wait to compute a password hash. It is limited in length and fair to each source.
//!
//! Each source has a lane, and the lanes are served in turn (round robin). So a source that sends many requests delays
//! mainly its own requests.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot::{self, error::TryRecvError};
use tokio::time;

use crate::security::request_slot::free_request_slot;

/// Identifies the part of the queue in which the requests of one client network or API client wait.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lane(String);

impl Lane {
    /// Returns the lane of a client network. `source` is an IPv4 address or an IPv6 /64 network.
    pub fn of_client_network(source: &str) -> Self {
        Self(source.to_owned())
    }

    /// Returns the lane of an authenticated API client.
    pub fn of_api_client(name: &str) -> Self {
        // No address contains a space.
        Self(format!("client {name}"))
    }
}

/// Error for a request that found the queue full, or waited too long for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

/// Fair queue of requests that wait to compute a password hash. A turn permits one hash; clones share the turns.
#[derive(Clone)]
pub struct Queue(Arc<Shared>);

/// State shared by all clones of a [`Queue`].
struct Shared {
    /// The number of hashes that may run at once.
    turns: u32,
    max_wait: Duration,
    state: Mutex<State>,
}

/// Waiting requests: their order, and a channel to each.
struct State {
    schedule: Schedule,
    /// The waiting requests by their ticket.
    waiting: HashMap<Ticket, oneshot::Sender<Turn>>,
}

/// Guard of the turns that a request holds while it computes a hash. Dropping it frees them.
pub struct Turn {
    shared: Arc<Shared>,
    weight: u32,
}

impl Queue {
    /// Maximum number of waiting requests in one lane, for each turn.
    const LANE_REQUESTS_PER_TURN: usize = 8;
    /// Maximum number of waiting requests in the queue, for each turn. With 50 ms for a hash, the last request of a
    /// full queue waits 1.6 seconds.
    const QUEUE_REQUESTS_PER_TURN: usize = 32;

    /// Creates a queue that permits `turns` concurrent hashes. A request waits at most `max_wait` for its turn.
    pub fn new(turns: usize, max_wait: Duration) -> Self {
        let turns = turns.max(1);
        let count = u32::try_from(turns).unwrap_or(u32::MAX);
        Self(Arc::new(Shared {
            turns: count,
            max_wait,
            state: Mutex::new(State {
                schedule: Schedule::new(
                    count,
                    Self::LANE_REQUESTS_PER_TURN * turns,
                    Self::QUEUE_REQUESTS_PER_TURN * turns,
                ),
                waiting: HashMap::new(),
            }),
        }))
    }

    /// Waits in `lane` until `weight` turns are free, and takes them. Fails with [`Busy`] if the queue or lane is
    /// full, or after the maximum wait.
    ///
    /// While it waits, the request holds no request slot. A request from a shorter lane may evict it from a full
    /// queue.
    pub async fn acquire_turns(&self, lane: &Lane, weight: u32) -> Result<Turn, Busy> {
        let (_place, turn) = self.add_request_to_lane(lane, weight.clamp(1, self.0.turns))?;
        self.receive_turn(turn).await
    }

    /// Waits for the turn of a request in the queue. Fails with [`Busy`] if the request was evicted, or after the maximum
    /// wait.
    async fn receive_turn(&self, mut turn: oneshot::Receiver<Turn>) -> Result<Turn, Busy> {
        match turn.try_recv() {
            Ok(turn) => return Ok(turn),
            // Another request can evict this one at any time. The receiver must not be awaited then.
            Err(TryRecvError::Closed) => return Err(Busy),
            Err(TryRecvError::Empty) => {}
        }
        free_request_slot();
        match time::timeout(self.0.max_wait, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(Busy),
        }
    }

    /// Adds a request to its lane. Returns its place in the queue, and the receiver of its turns.
    fn add_request_to_lane(
        &self,
        lane: &Lane,
        weight: u32,
    ) -> Result<(Place, oneshot::Receiver<Turn>), Busy> {
        let (sender, receiver) = oneshot::channel();
        let ticket = {
            let mut state = self.0.lock_state();
            let arrival = state.schedule.admit_request(lane, weight)?;
            if let Some(evicted) = arrival.evicted {
                // The receiver of the evicted request detects that its sender is dropped.
                state.waiting.remove(&evicted);
            }
            state.waiting.insert(arrival.ticket, sender);
            arrival.ticket
        };
        let place = Place {
            shared: Arc::clone(&self.0),
            lane: lane.clone(),
            ticket,
        };
        self.0.assign_free_turns();
        Ok((place, receiver))
    }
}

impl Shared {
    /// Locks the waiting requests, ignoring lock poisoning.
    fn lock_state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives free turns to the next waiting requests.
    fn assign_free_turns(self: &Arc<Self>) {
        loop {
            let mut state = self.lock_state();
            let Some((ticket, weight)) = state.schedule.take_next_request() else {
                return;
            };
            let sender = state.waiting.remove(&ticket);
            drop(state);
            let turn = Turn {
                shared: Arc::clone(self),
                weight,
            };
            // If the request has left the queue, the turn is dropped, which frees it.
            drop(sender.map(|sender| sender.send(turn)));
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.shared.lock_state().schedule.free_turns(self.weight);
        self.shared.assign_free_turns();
    }
}

/// Guard of a waiting request's place in the queue. Dropping it removes the request.
struct Place {
    shared: Arc<Shared>,
    lane: Lane,
    ticket: Ticket,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.shared.lock_state();
        state.schedule.remove_request(&self.lane, self.ticket);
        let sender = state.waiting.remove(&self.ticket);
        drop(state);
        if sender.is_some() {
            // This request may have been the first of the queue, and the next one may need fewer turns.
            self.shared.assign_free_turns();
        }
    }
}

/// Number that identifies a waiting request. Later requests have greater numbers.
type Ticket = u64;

/// Decides the order in which waiting requests get free turns: round robin over the lanes. It has no clock and no
/// I/O.
struct Schedule {
    free: u32,
    lane_capacity: usize,
    capacity: usize,
    /// The tickets and weights of waiting requests, in the order of arrival. No lane is empty.
    lanes: HashMap<Lane, VecDeque<(Ticket, u32)>>,
    /// The lanes in the order of their next turn.
    order: VecDeque<Lane>,
    waiting: usize,
    last_ticket: Ticket,
}

/// Result of adding a request to the queue.
#[derive(Debug, PartialEq, Eq)]
struct Arrival {
    ticket: Ticket,
    /// The request of the longest lane that was removed from the full queue in exchange.
    evicted: Option<Ticket>,
}

impl Schedule {
    /// Creates an empty schedule with `turns` free turns. `lane_capacity` and `capacity` limit the waiting requests
    /// of a lane and in total.
    fn new(turns: u32, lane_capacity: usize, capacity: usize) -> Self {
        Self {
            free: turns,
            lane_capacity,
            capacity,
            lanes: HashMap::new(),
            order: VecDeque::new(),
            waiting: 0,
            last_ticket: 0,
        }
    }

    /// Adds a request that needs `weight` turns to its lane. If the queue is full, removes the last request of the
    /// longest lane.
    fn admit_request(&mut self, lane: &Lane, weight: u32) -> Result<Arrival, Busy> {
        let before = self.lanes.get(lane).map_or(0, VecDeque::len);
        if before >= self.lane_capacity {
            return Err(Busy);
        }
        let evicted = if self.waiting < self.capacity {
            None
        } else {
            Some(self.evict_from_longest_lane(before)?)
        };
        self.last_ticket += 1;
        let ticket = self.last_ticket;
        let tickets = self.lanes.entry(lane.clone()).or_default();
        if tickets.is_empty() {
            self.order.push_back(lane.clone());
        }
        tickets.push_back((ticket, weight));
        self.waiting += 1;
        Ok(Arrival { ticket, evicted })
    }

    /// Removes the last request of the longest lane, and returns its ticket. Fails if that lane has at most `count`
    /// requests.
    fn evict_from_longest_lane(&mut self, count: usize) -> Result<Ticket, Busy> {
        let longest = self
            .lanes
            .iter()
            .max_by_key(|(_, tickets)| (tickets.len(), tickets.back().copied()))
            .filter(|(_, tickets)| tickets.len() > count);
        let (lane, tickets) = longest.ok_or(Busy)?;
        let (lane, (ticket, _)) = (lane.clone(), *tickets.back().ok_or(Busy)?);
        self.remove_request(&lane, ticket);
        Ok(ticket)
    }

    /// Removes the next request from the queue if enough turns are free. Returns its ticket and its number of turns.
    fn take_next_request(&mut self) -> Option<(Ticket, u32)> {
        let lane = self.order.front()?;
        let (ticket, weight) = *self.lanes.get(lane)?.front()?;
        self.free = self.free.checked_sub(weight)?;
        let lane = self.order.pop_front()?;
        let tickets = self.lanes.get_mut(&lane)?;
        tickets.pop_front();
        self.waiting -= 1;
        if tickets.is_empty() {
            self.lanes.remove(&lane);
        } else {
            self.order.push_back(lane);
        }
        Some((ticket, weight))
    }

    /// Frees `weight` turns of a finished hash.
    const fn free_turns(&mut self, weight: u32) {
        self.free += weight;
    }

    /// Removes a waiting request from its lane. Does nothing if it no longer waits.
    fn remove_request(&mut self, lane: &Lane, ticket: Ticket) {
        let Some(tickets) = self.lanes.get_mut(lane) else {
            return;
        };
        let before = tickets.len();
        tickets.retain(|(waiting, _)| *waiting != ticket);
        self.waiting -= before - tickets.len();
        if tickets.is_empty() {
            self.lanes.remove(lane);
            self.order.retain(|ordered| ordered != lane);
        }
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
