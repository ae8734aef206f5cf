//! Rate limit rules and the events that a bucket has counted, independent of clock and database.
//!
//! The window of a rule slides, so that no boundary allows a burst (docs/security.md#res-01). The size of a bucket is
//! bounded at any rate: see [`Events`].

use std::time::Duration;

use super::token::BucketKey;
use domain::Timestamp;

/// Rate limit: the bucket that counts its events, and the rule that the events must follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    pub key: BucketKey,
    pub rule: Rule,
}

impl RateLimit {
    /// Creates the rate limit that counts its events in the bucket `key`.
    pub const fn new(key: BucketKey, rule: Rule) -> Self {
        Self { key, rule }
    }
}

/// Rule of a rate limit: at most `max` events in any period of length `window`, and at least `gap` between two events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub max: usize,
    pub window: Duration,
    pub gap: Duration,
}

impl Rule {
    /// The highest maximum for which a bucket stores the time of each event.
    ///
    /// For higher ones it stores one count for each of [`SLOTS_PER_WINDOW`](Self::SLOTS_PER_WINDOW) parts of the
    /// window.
    const MAX_EXACT_EVENTS: usize = 32;
    /// The number of parts into which the window of a rule with a high maximum is divided.
    const SLOTS_PER_WINDOW: u32 = 32;

    /// Creates a rate limit of `max_events` events in any period of length `window`.
    pub const fn per_window(window: Duration, max_events: usize) -> Self {
        Self {
            max: max_events,
            window,
            gap: Duration::ZERO,
        }
    }

    /// Returns this rate limit with a minimum time of `gap` between two events.
    #[must_use]
    pub const fn with_minimum_time_between_events(self, gap: Duration) -> Self {
        Self { gap, ..self }
    }

    /// Checks whether one more event is allowed at `now`.
    ///
    /// On failure, returns the time at which it is allowed; this time can be late by up to 1/32 of the window.
    pub fn check_event_allowed(&self, events: &Events, now: Timestamp) -> Result<(), Timestamp> {
        // Events later than `now` count too, because the clock may have been set back.
        let start = now - self.window;
        let counted = events.count_events_after(start);
        let after_window = match counted.checked_sub(self.max) {
            // Waits until this event leaves the window. Then one more event fits.
            Some(surplus) => {
                events
                    .time_of_nth_event_after(start, surplus)
                    .unwrap_or(now)
                    + self.window
            }
            None => now,
        };
        let after_gap = match events.latest_event_time() {
            Some(last) if !self.gap.is_zero() => last + self.gap,
            _ => now,
        };
        let allowed_from = after_window.max(after_gap);
        if allowed_from > now {
            Err(allowed_from)
        } else {
            Ok(())
        }
    }

    /// Adds one event at the time `now`. Drops or merges old events that this rate limit no longer needs.
    pub fn count_event(&self, events: &mut Events, now: Timestamp) {
        events.add_events(now, 1);
        if self.max <= Self::MAX_EXACT_EVENTS {
            events.drop_oldest_events(self.max);
        } else {
            events.merge_events_in_each_time_slot(self.window / Self::SLOTS_PER_WINDOW);
            events.merge_outdated_events_into_one(self.window, self.max);
        }
    }
}

/// Events that a rate limit has counted, sorted by time.
///
/// To bound the memory, at most 32 events keep their exact times. More events are merged into about 36 time slots with
/// one count each. Old events stay until newer events replace them, so a clock that is set forward and back loses no
/// event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events(Vec<EventCount>);

/// Number of counted events that share one time or one time slot. `at` is the time of the latest of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct EventCount {
    at: Timestamp,
    count: usize,
}

impl Events {
    /// The maximum difference between the clocks of two nodes.
    ///
    /// An event that is later by more shows that the clock was set back.
    pub const CLOCK_DIFFERENCE: Duration = Duration::from_mins(1);

    /// Creates the events from stored pairs of time and number of events, in any order.
    pub fn from_stored(stored: impl Iterator<Item = (Timestamp, usize)>) -> Self {
        let mut events: Vec<EventCount> =
            stored.map(|(at, count)| EventCount { at, count }).collect();
        events.sort_by_key(|event| event.at);
        Self(events)
    }

    /// Iterates over pairs of time and number of events at that time, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (Timestamp, usize)> + '_ {
        self.0.iter().map(|event| (event.at, event.count))
    }

    /// Returns whether the rate limit has counted no event.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the time of the latest counted event; `None` if there is none.
    pub fn latest_event_time(&self) -> Option<Timestamp> {
        self.0.last().map(|event| event.at)
    }

    /// Returns the number of counted events that are later than the time `start`.
    pub fn count_events_after(&self, start: Timestamp) -> usize {
        let counts = self.events_after(start).iter().map(|event| event.count);
        counts.fold(0, usize::saturating_add)
    }

    /// Removes one event that was counted at the time `at`.
    pub fn remove_one_event_at(&mut self, at: Timestamp) {
        // The event may have been merged with a later one of its slot.
        let index = self.0.partition_point(|event| event.at < at);
        if let Some(event) = self.0.get_mut(index) {
            event.count = event.count.saturating_sub(1);
        }
        self.0.retain(|event| event.count > 0);
    }

    /// Ends the minimum gap after the event at `event_time`: sets the time of the event back by `gap`.
    ///
    /// The event still counts for the rate limit.
    pub fn end_minimum_gap_after_event(&mut self, event_time: Timestamp, gap: Duration) {
        // An event that was merged with others is no longer found and keeps its time.
        if self
            .0
            .binary_search_by_key(&event_time, |event| event.at)
            .is_ok()
        {
            self.remove_one_event_at(event_time);
            self.add_events(event_time - gap, 1);
        }
    }

    /// Sets the time of future events to `now` if they exceed the tolerated clock difference between server nodes.
    ///
    /// Returns whether an event was changed.
    pub fn move_future_events_to_now(&mut self, now: Timestamp) -> bool {
        // Future events were counted while the clock was ahead.
        let first = self
            .0
            .partition_point(|event| event.at <= now + Self::CLOCK_DIFFERENCE);
        let later = self.0.split_off(first);
        if later.is_empty() {
            return false;
        }
        self.add_events(now, later.iter().map(|event| event.count).sum());
        true
    }

    /// Adds `count` events at the time `at`.
    fn add_events(&mut self, at: Timestamp, count: usize) {
        match self.0.binary_search_by_key(&at, |event| event.at) {
            Ok(index) => {
                if let Some(event) = self.0.get_mut(index) {
                    event.count = event.count.saturating_add(count);
                }
            }
            Err(index) => self.0.insert(index, EventCount { at, count }),
        }
    }

    /// Returns the counted events that are later than the time `start`.
    fn events_after(&self, start: Timestamp) -> &[EventCount] {
        let first = self.0.partition_point(|event| event.at <= start);
        self.0.get(first..).unwrap_or_default()
    }

    /// Returns the time of the event number `index` after `start`, counted from 0.
    fn time_of_nth_event_after(&self, start: Timestamp, index: usize) -> Option<Timestamp> {
        let mut before = 0_usize;
        let found = self.events_after(start).iter().find(|event| {
            before = before.saturating_add(event.count);
            before > index
        });
        found.map(|event| event.at)
    }

    /// Removes the oldest events until at most `max_events` are left.
    fn drop_oldest_events(&mut self, max_events: usize) {
        let total: usize = self.0.iter().map(|event| event.count).sum();
        let mut surplus = total.saturating_sub(max_events);
        for event in &mut self.0 {
            let dropped = event.count.min(surplus);
            event.count -= dropped;
            surplus -= dropped;
        }
        self.0.retain(|event| event.count > 0);
    }

    /// Merges all events within a time slot of length `slot_length` into one entry.
    ///
    /// The entry has the latest time among them, so that no event expires early.
    fn merge_events_in_each_time_slot(&mut self, slot_length: Duration) {
        let millis = i64::try_from(slot_length.as_millis())
            .unwrap_or(i64::MAX)
            .max(1);
        self.0.dedup_by(|later, earlier| {
            let is_same_slot = later.at.as_millis().div_euclid(millis)
                == earlier.at.as_millis().div_euclid(millis);
            if is_same_slot {
                earlier.at = later.at;
                earlier.count = earlier.count.saturating_add(later.count);
            }
            is_same_slot
        });
    }

    /// Merges all events older than `window` into one entry with their total number.
    ///
    /// The number is at most `max`, which is enough to reach the limit.
    fn merge_outdated_events_into_one(&mut self, window: Duration, max: usize) {
        // Keeps events that left the window less than two slots ago, because the clock of another node may be behind.
        let Some(last) = self.latest_event_time() else {
            return;
        };
        let outdated = last - (window + window / 16).max(window + Self::CLOCK_DIFFERENCE / 4);
        let first = self.0.partition_point(|event| event.at <= outdated);
        let Some(latest) = first.checked_sub(1).and_then(|at| self.0.get(at)).copied() else {
            return;
        };
        let count = self
            .0
            .drain(..first)
            .map(|event| event.count)
            .sum::<usize>();
        let count = count.min(max);
        self.0.insert(0, EventCount { count, ..latest });
    }
}

/// Rule that delays further sign-in attempts after wrong passwords.
///
/// The delay doubles with each wrong password, up to a maximum (docs/security.md#log-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slowdown {
    /// The number of failures without a delay.
    pub free: usize,
    /// The delay after the next failure. Each further failure doubles it.
    pub first: Duration,
    /// The maximum delay.
    pub longest: Duration,
}

impl Slowdown {
    /// How long a failed attempt counts.
    const WINDOW: Duration = Duration::from_hours(24);
    /// The maximum number of stored failures, more than any delay depends on.
    const MAX_STORED_FAILURES: usize = 1_000;

    /// Returns the rule by which failed attempts are stored: for how long, and how many at most.
    ///
    /// [`check_attempt_allowed`](Self::check_attempt_allowed) delays further attempts long before the maximum is
    /// reached.
    pub const fn rule_for_storing_failed_attempts() -> Rule {
        Rule::per_window(Self::WINDOW, Self::MAX_STORED_FAILURES)
    }

    /// Checks whether the delay after wrong passwords allows another attempt at `now`.
    ///
    /// On failure, returns the time at which an attempt is allowed.
    pub fn check_attempt_allowed(
        &self,
        failed_attempts: &Events,
        now: Timestamp,
    ) -> Result<(), Timestamp> {
        let counted = failed_attempts.count_events_after(now - Self::WINDOW);
        let Some(over) = counted.checked_sub(self.free) else {
            return Ok(());
        };
        let doublings = u32::try_from(over).unwrap_or(u32::MAX).min(20);
        let wait = self
            .first
            .saturating_mul(2_u32.pow(doublings))
            .min(self.longest);
        match failed_attempts.latest_event_time() {
            Some(last) if last + wait > now => Err(last + wait),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "rate_limit_tests.rs"]
mod tests;
