//! Limits how many calls to a CAPTCHA service the requests of one network can cause on this node.
//!
//! An invented token costs its sender nothing. Each one uses up the operator's quota at the service, and one of the
//! concurrent calls that all users share. The counts are in memory, because a refused CAPTCHA must write nothing to the
//! database (docs/security.md#reg-09).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::security::rate_limit::{Events, Rule};
use domain::Timestamp;

/// The maximum number of concurrent calls.
///
/// Further ones are refused, so that a slow service does not occupy all request slots.
const MAX_CONCURRENT_CALLS: usize = 64;
/// The maximum number of networks whose rejected tokens are counted at the same time.
const MAX_COUNTED_NETWORKS: usize = 10_000;

/// Counts the calls of a CAPTCHA service: those that are running, and those whose token the service has rejected.
#[derive(Default)]
pub struct ServiceCalls(Mutex<CallCounts>);

#[derive(Default)]
struct CallCounts {
    running: usize,
    running_by_network: HashMap<String, usize>,
    rejected: HashMap<String, Events>,
}

/// Guard of one running call. Its token counts as rejected until [`Self::record_token_that_was_not_rejected`].
#[must_use]
pub struct ServiceCall<'a> {
    calls: &'a ServiceCalls,
    network: &'a str,
    counted_at: Timestamp,
}

impl ServiceCalls {
    /// Counts a call for `network` before it begins.
    ///
    /// Returns `None` if the network has reached `rule`, the limit on its rejected tokens, or if it has as many running
    /// calls as are free. So one network occupies at most half of them.
    pub fn begin_call<'a>(
        &'a self,
        network: &'a str,
        rule: &Rule,
        now: Timestamp,
    ) -> Option<ServiceCall<'a>> {
        let mut counts = self.lock_counts();
        let free = MAX_CONCURRENT_CALLS.saturating_sub(counts.running);
        let of_network = counts.running_by_network.get(network).copied();
        if of_network.unwrap_or(0) >= free || counts.is_limit_reached(network, rule, now) {
            return None;
        }
        counts.running += 1;
        *counts
            .running_by_network
            .entry(network.to_owned())
            .or_default() += 1;
        counts.count_rejected_token(network, rule, now);
        Some(ServiceCall {
            calls: self,
            network,
            counted_at: now,
        })
    }

    /// Returns whether a network has reached `rule`, the limit on its rejected tokens.
    pub fn is_limit_reached(&self, network: &str, rule: &Rule, now: Timestamp) -> bool {
        self.lock_counts().is_limit_reached(network, rule, now)
    }

    /// Locks the counts, ignoring lock poisoning.
    fn lock_counts(&self) -> MutexGuard<'_, CallCounts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CallCounts {
    /// Returns whether a network has reached the limit on its rejected tokens.
    fn is_limit_reached(&mut self, network: &str, rule: &Rule, now: Timestamp) -> bool {
        self.rejected.get_mut(network).is_some_and(|events| {
            events.move_future_events_to_now(now);
            rule.check_event_allowed(events, now).is_err()
        })
    }

    /// Counts a rejected token of a network.
    ///
    /// If too many networks are counted, removes the one whose last token is the oldest.
    fn count_rejected_token(&mut self, network: &str, rule: &Rule, now: Timestamp) {
        if self.rejected.len() >= MAX_COUNTED_NETWORKS && !self.rejected.contains_key(network) {
            let start = now - rule.window;
            self.rejected
                .retain(|_, events| events.count_events_after(start) > 0);
            self.remove_oldest_network_if_full();
        }
        let events = self.rejected.entry(network.to_owned()).or_default();
        rule.count_event(events, now);
    }

    /// Removes the network whose last rejected token is the oldest, if the maximum number of networks is counted.
    fn remove_oldest_network_if_full(&mut self) {
        if self.rejected.len() < MAX_COUNTED_NETWORKS {
            return;
        }
        let oldest = self
            .rejected
            .iter()
            .min_by_key(|(_, events)| events.latest_event_time())
            .map(|(network, _)| network.clone());
        if let Some(network) = oldest {
            self.rejected.remove(&network);
        }
    }

    /// Removes the rejected token that was counted at `counted_at`.
    fn remove_rejected_token(&mut self, network: &str, counted_at: Timestamp) {
        let is_empty = self.rejected.get_mut(network).is_some_and(|events| {
            events.remove_one_event_at(counted_at);
            events.is_empty()
        });
        if is_empty {
            self.rejected.remove(network);
        }
    }
}

impl ServiceCall<'_> {
    /// Ends a call whose token the service has not rejected, so that the token does not count as rejected.
    ///
    /// After an outage or with wrong keys, the service has verified no token.
    pub fn record_token_that_was_not_rejected(self) {
        self.calls
            .lock_counts()
            .remove_rejected_token(self.network, self.counted_at);
    }
}

impl Drop for ServiceCall<'_> {
    fn drop(&mut self) {
        let mut counts = self.calls.lock_counts();
        counts.running -= 1;
        if let Some(running) = counts.running_by_network.get_mut(self.network) {
            *running -= 1;
            if *running == 0 {
                counts.running_by_network.remove(self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
    const HOUR: Duration = Duration::from_hours(1);
    const RULE: Rule = Rule::per_window(HOUR, 3);
    /// A limit that no test reaches.
    const HIGH: Rule = Rule::per_window(HOUR, 1_000_000);

    #[test]
    fn network_occupies_at_most_half_of_the_concurrent_calls() {
        let calls = ServiceCalls::default();
        let attacker: Vec<_> = std::iter::from_fn(|| calls.begin_call("a", &HIGH, NOW)).collect();
        assert_eq!(attacker.len(), MAX_CONCURRENT_CALLS / 2);
        let user = calls.begin_call("b", &HIGH, NOW);
        assert!(user.is_some());
        drop((attacker, user));
        let counts = calls.lock_counts();
        assert!(counts.running == 0 && counts.running_by_network.is_empty());
    }

    #[test]
    fn network_with_too_many_rejected_captcha_tokens_must_wait() {
        let calls = ServiceCalls::default();
        for _ in 0..3 {
            drop(calls.begin_call("a", &RULE, NOW).expect("permitted"));
        }
        assert!(calls.begin_call("a", &RULE, NOW).is_none());
        assert!(calls.is_limit_reached("a", &RULE, NOW));
        assert!(calls.begin_call("b", &RULE, NOW).is_some());
        assert!(calls.begin_call("a", &RULE, NOW + HOUR).is_some());
    }

    #[test]
    fn accepted_captcha_tokens_are_not_counted() {
        let calls = ServiceCalls::default();
        for _ in 0..100 {
            let call = calls.begin_call("a", &RULE, NOW).expect("permitted");
            call.record_token_that_was_not_rejected();
        }
        assert!(calls.lock_counts().rejected.is_empty());
    }

    #[test]
    fn number_of_counted_networks_is_bounded() {
        let calls = ServiceCalls::default();
        for number in 0..=MAX_COUNTED_NETWORKS {
            let now = NOW + Duration::from_millis(u64::try_from(number).expect("few"));
            drop(calls.begin_call(&number.to_string(), &RULE, now));
        }
        let counts = calls.lock_counts();
        assert_eq!(counts.rejected.len(), MAX_COUNTED_NETWORKS);
        assert!(!counts.rejected.contains_key("0"), "the oldest one");
    }
}
