//! Rate limit rules, and the events that one bucket has counted. Pure: without clock and database.
//!
//! A window slides, so that no boundary allows a burst (docs/security.md#res-01). A bucket has a bounded size at any
//! rate: see [`Events`].

use std::time::Duration;

use domain::Timestamp;

/// At most `max` events in any `window`, and `gap` between two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub max: usize,
    pub window: Duration,
    pub gap: Duration,
}

impl Rule {
    /// Up to this maximum, a bucket keeps the time of each event. Above it, a bucket keeps one number for each of
    /// [`SLOTS`](Self::SLOTS) parts of the window.
    const EXACT: usize = 32;
    /// The number of parts of the window of a larger rule.
    const SLOTS: u32 = 32;

    pub const fn per(window: Duration, max: usize) -> Self {
        Self {
            max,
            window,
            gap: Duration::ZERO,
        }
    }

    #[must_use]
    pub const fn with_gap(self, gap: Duration) -> Self {
        Self { gap, ..self }
    }

    /// Whether one more event may happen at `now`; otherwise the time from which it may.
    ///
    /// Events after `now` (a clock set back) count. Above a maximum of 32, that time can be up to 1/32 of the window
    /// too late, never too early.
    pub fn admit(&self, events: &Events, now: Timestamp) -> Result<(), Timestamp> {
        let start = now - self.window;
        let counted = events.count_after(start);
        let after_window = match counted.checked_sub(self.max) {
            // Waits until this event leaves the window. Then one more event fits.
            Some(surplus) => events.nth_after(start, surplus).unwrap_or(now) + self.window,
            None => now,
        };
        let after_gap = match events.last() {
            Some(last) if !self.gap.is_zero() => last + self.gap,
            _ => now,
        };
        let from = after_window.max(after_gap);
        if from > now { Err(from) } else { Ok(()) }
    }

    /// Counts one event at `now`.
    pub fn count(&self, events: &mut Events, now: Timestamp) {
        events.add(now, 1);
        if self.max <= Self::EXACT {
            events.keep_latest(self.max);
        } else {
            events.merge_slots(self.window / Self::SLOTS);
            events.merge_outdated(self.window, self.max);
        }
    }
}

/// The events that one bucket has counted, in rising order of time.
///
/// The size is bounded: for a rule of up to 32 events the times of the latest ones, otherwise about 36 numbers.
/// Outdated events stay until newer ones replace them, so that a clock that is set forward and back loses none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events(Vec<Event>);

/// Events that happened at `at`, or less than one slot before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Event {
    at: Timestamp,
    count: usize,
}

impl Events {
    /// The clocks of two nodes may differ by this much. A later event shows that the clock was set back.
    pub const CLOCK_DIFFERENCE: Duration = Duration::from_mins(1);

    /// From stored times with their counts, in any order.
    pub fn from_stored(stored: impl Iterator<Item = (Timestamp, usize)>) -> Self {
        let mut events: Vec<Event> = stored.map(|(at, count)| Event { at, count }).collect();
        events.sort_by_key(|event| event.at);
        Self(events)
    }

    /// The times with their counts, in rising order.
    pub fn iter(&self) -> impl Iterator<Item = (Timestamp, usize)> + '_ {
        self.0.iter().map(|event| (event.at, event.count))
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The time of the latest event.
    pub fn last(&self) -> Option<Timestamp> {
        self.0.last().map(|event| event.at)
    }

    /// The number of events after `start`.
    pub fn count_after(&self, start: Timestamp) -> usize {
        let counts = self.after(start).iter().map(|event| event.count);
        counts.fold(0, usize::saturating_add)
    }

    /// Removes one event that was counted at `at`.
    pub fn remove(&mut self, at: Timestamp) {
        // The event may have been merged with a later one of its slot.
        let index = self.0.partition_point(|event| event.at < at);
        if let Some(event) = self.0.get_mut(index) {
            event.count = event.count.saturating_sub(1);
        }
        self.0.retain(|event| event.count > 0);
    }

    /// Dates one event that was counted at `at` back by `gap`, so that it still counts in its window and the gap after it is
    /// over. An event that was merged with others stays.
    pub fn release_gap(&mut self, at: Timestamp, gap: Duration) {
        if self.0.binary_search_by_key(&at, |event| event.at).is_ok() {
            self.remove(at);
            self.add(at - gap, 1);
        }
    }

    /// Dates events back to `now` that are later than the clocks of two nodes differ: the clock was ahead when they
    /// were counted. Returns whether there were any.
    pub fn date_back(&mut self, now: Timestamp) -> bool {
        let first = self
            .0
            .partition_point(|event| event.at <= now + Self::CLOCK_DIFFERENCE);
        let later = self.0.split_off(first);
        if later.is_empty() {
            return false;
        }
        self.add(now, later.iter().map(|event| event.count).sum());
        true
    }

    fn add(&mut self, at: Timestamp, count: usize) {
        match self.0.binary_search_by_key(&at, |event| event.at) {
            Ok(index) => self.0[index].count = self.0[index].count.saturating_add(count),
            Err(index) => self.0.insert(index, Event { at, count }),
        }
    }

    fn after(&self, start: Timestamp) -> &[Event] {
        &self.0[self.0.partition_point(|event| event.at <= start)..]
    }

    /// The time of the event number `n`, from 0, after `start`.
    fn nth_after(&self, start: Timestamp, n: usize) -> Option<Timestamp> {
        let mut before = 0_usize;
        let found = self.after(start).iter().find(|event| {
            before = before.saturating_add(event.count);
            before > n
        });
        found.map(|event| event.at)
    }

    /// Drops the oldest events until at most `max` are left.
    fn keep_latest(&mut self, max: usize) {
        let all: usize = self.0.iter().map(|event| event.count).sum();
        let mut surplus = all.saturating_sub(max);
        for event in &mut self.0 {
            let dropped = event.count.min(surplus);
            event.count -= dropped;
            surplus -= dropped;
        }
        self.0.retain(|event| event.count > 0);
    }

    /// Merges the events of each slot into one with the time of the latest, so that none leaves the window too early.
    fn merge_slots(&mut self, slot: Duration) {
        let millis = i64::try_from(slot.as_millis()).unwrap_or(i64::MAX).max(1);
        self.0.dedup_by(|later, earlier| {
            let same = later.at.as_millis().div_euclid(millis)
                == earlier.at.as_millis().div_euclid(millis);
            if same {
                earlier.at = later.at;
                earlier.count = earlier.count.saturating_add(later.count);
            }
            same
        });
    }

    /// Merges the events that have left the window into one of at most `max`. Those that have left it by less than two
    /// slots stay as they are, because the clock of another node may be behind.
    fn merge_outdated(&mut self, window: Duration, max: usize) {
        let Some(last) = self.last() else { return };
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
        self.0.insert(0, Event { count, ..latest });
    }
}

/// Wrong passwords slow an account down, and never lock it for long (docs/security.md#log-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slowdown {
    /// The number of failures without a wait.
    pub free: usize,
    /// The wait after the next one; each further one doubles it.
    pub first: Duration,
    /// The maximum wait.
    pub longest: Duration,
}

impl Slowdown {
    /// How long a failure counts.
    const WINDOW: Duration = Duration::from_hours(24);
    /// More failures than any wait depends on.
    const MOST: usize = 1_000;

    /// The rule that failures are stored by. It refuses nothing before [`admit`](Self::admit) does.
    pub const fn rule() -> Rule {
        Rule::per(Self::WINDOW, Self::MOST)
    }

    /// Whether another try may be evaluated at `now`; otherwise the time from which it may.
    pub fn admit(&self, failures: &Events, now: Timestamp) -> Result<(), Timestamp> {
        let counted = failures.count_after(now - Self::WINDOW);
        let Some(over) = counted.checked_sub(self.free) else {
            return Ok(());
        };
        let doublings = u32::try_from(over).unwrap_or(u32::MAX).min(20);
        let wait = self
            .first
            .saturating_mul(2_u32.pow(doublings))
            .min(self.longest);
        match failures.last() {
            Some(last) if last + wait > now => Err(last + wait),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "rate_limit_tests.rs"]
mod tests;
