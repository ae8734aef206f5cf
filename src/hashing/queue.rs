//! The queue for hash turns: bounded, and fair to each source.
//!
//! Each source has a lane, and turns go round the lanes. A source that sends many requests fills its own lane only.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time;

use crate::security::request_slot::free_request_slot;

/// The requests of one source wait in one lane.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lane(String);

impl Lane {
    /// The lane of an address, as rate limits count it: an IPv4 address or an IPv6 /64 network.
    pub fn of_source(source: &str) -> Self {
        Self(source.to_owned())
    }

    /// The lane of an authenticated API client, whose users share its address.
    pub fn of_client(name: &str) -> Self {
        // No address contains a space.
        Self(format!("client {name}"))
    }
}

/// The queue is full, or the turn did not come in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

/// Gives turns to waiting requests. Clones share the turns.
#[derive(Clone)]
pub struct Queue(Arc<Shared>);

struct Shared {
    /// The number of turns in all.
    turns: u32,
    max_wait: Duration,
    state: Mutex<State>,
}

struct State {
    schedule: Schedule,
    /// The requests that wait, by ticket.
    waiting: HashMap<Ticket, oneshot::Sender<Turn>>,
}

/// One or more turns. Dropping it frees them.
pub struct Turn {
    shared: Arc<Shared>,
    weight: u32,
}

impl Queue {
    /// A lane holds at most 8 requests for each turn, the queue 32. With one turn taking 50 ms, the last request of a
    /// full queue waits 1.6 seconds.
    const LANE: usize = 8;
    const WHOLE: usize = 32;

    /// A queue for `turns` hashes at once. A request waits at most `max_wait`.
    pub fn new(turns: usize, max_wait: Duration) -> Self {
        let turns = turns.max(1);
        let count = u32::try_from(turns).unwrap_or(u32::MAX);
        Self(Arc::new(Shared {
            turns: count,
            max_wait,
            state: Mutex::new(State {
                schedule: Schedule::new(count, Self::LANE * turns, Self::WHOLE * turns),
                waiting: HashMap::new(),
            }),
        }))
    }

    /// Waits for `weight` turns, at most all of them. A request that waits frees its request slot.
    ///
    /// [`Busy`] if the lane is full, if the queue is full and no other lane is longer, if a shorter lane took the
    /// place in a full queue, or after the longest wait.
    pub async fn acquire(&self, lane: &Lane, weight: u32) -> Result<Turn, Busy> {
        let (_place, mut turn) = self.join(lane, weight.clamp(1, self.0.turns))?;
        if let Ok(turn) = turn.try_recv() {
            return Ok(turn);
        }
        free_request_slot();
        match time::timeout(self.0.max_wait, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(Busy),
        }
    }

    fn join(&self, lane: &Lane, weight: u32) -> Result<(Place, oneshot::Receiver<Turn>), Busy> {
        let (sender, receiver) = oneshot::channel();
        let ticket = {
            let mut state = self.0.state();
            let arrival = state.schedule.arrive(lane, weight)?;
            if let Some(evicted) = arrival.evicted {
                // Its receiver reads that the sender is gone.
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
        self.0.dispatch();
        Ok((place, receiver))
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the free turns to the requests that are next.
    fn dispatch(self: &Arc<Self>) {
        loop {
            let mut state = self.state();
            let Some((ticket, weight)) = state.schedule.next() else {
                return;
            };
            let sender = state.waiting.remove(&ticket);
            drop(state);
            let turn = Turn {
                shared: Arc::clone(self),
                weight,
            };
            // A request that has left drops the turn, which frees it.
            drop(sender.map(|sender| sender.send(turn)));
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.shared.state().schedule.free(self.weight);
        self.shared.dispatch();
    }
}

/// The place of a request in the queue. Dropping it leaves the queue.
struct Place {
    shared: Arc<Shared>,
    lane: Lane,
    ticket: Ticket,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.schedule.leave(&self.lane, self.ticket);
        let sender = state.waiting.remove(&self.ticket);
        drop(state);
        if sender.is_some() {
            // The place may have been the first of the queue, and the next request may need fewer turns.
            self.shared.dispatch();
        }
    }
}

/// Names one waiting request. Later tickets are greater.
type Ticket = u64;

/// Which request is next: the pure part of the queue.
struct Schedule {
    free: u32,
    lane_capacity: usize,
    capacity: usize,
    /// The tickets and weights that wait, in the order of arrival. No lane is empty.
    lanes: HashMap<Lane, VecDeque<(Ticket, u32)>>,
    /// The lanes in the order of their next turn.
    order: VecDeque<Lane>,
    waiting: usize,
    last_ticket: Ticket,
}

/// A request that was let into the queue.
#[derive(Debug, PartialEq, Eq)]
struct Arrival {
    ticket: Ticket,
    /// The request that lost its place.
    evicted: Option<Ticket>,
}

impl Schedule {
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

    /// Lets a request into its lane. If the queue is full, the longest lane loses its last request.
    fn arrive(&mut self, lane: &Lane, weight: u32) -> Result<Arrival, Busy> {
        let before = self.lanes.get(lane).map_or(0, VecDeque::len);
        if before >= self.lane_capacity {
            return Err(Busy);
        }
        let evicted = if self.waiting < self.capacity {
            None
        } else {
            Some(self.evict_longer_than(before)?)
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

    /// Removes the last request of the longest lane, if more than `count` requests wait in it.
    fn evict_longer_than(&mut self, count: usize) -> Result<Ticket, Busy> {
        let longest = self
            .lanes
            .iter()
            .max_by_key(|(_, tickets)| (tickets.len(), tickets.back().copied()))
            .filter(|(_, tickets)| tickets.len() > count);
        let (lane, tickets) = longest.ok_or(Busy)?;
        let (lane, (ticket, _)) = (lane.clone(), *tickets.back().ok_or(Busy)?);
        self.leave(&lane, ticket);
        Ok(ticket)
    }

    /// The request whose turn it is, if enough turns are free. Its lane goes to the end of the order.
    fn next(&mut self) -> Option<(Ticket, u32)> {
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

    const fn free(&mut self, weight: u32) {
        self.free += weight;
    }

    /// Removes a request that waits. Without it, nothing changes.
    fn leave(&mut self, lane: &Lane, ticket: Ticket) {
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
