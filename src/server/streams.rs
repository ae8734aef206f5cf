//! How many streams of events there may be on this node: each holds a connection (SSE-03).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Streams of one flow: a tab and its successor (SSE-03).
const PER_FLOW: usize = 2;
/// Streams of one address; behind some there is a whole office.
const PER_SOURCE: usize = 50;
const ALL: usize = 4096;
/// Who listens on this node.
#[derive(Clone, Default)]
pub struct Streams(Arc<Mutex<HashMap<String, usize>>>);

/// A place among them; given back when dropped.
pub struct Seat {
    streams: Streams,
    keys: [String; 3],
}

impl Streams {
    /// A place for a stream; `None` when the flow, the address or the house has all it may.
    pub fn sit(&self, flow: &str, source: &str) -> Option<Seat> {
        let keys = [
            (format!("flow {flow}"), PER_FLOW),
            (format!("source {source}"), PER_SOURCE),
            (String::new(), ALL),
        ];
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let free = |(key, most): &(String, usize)| taken.get(key).copied().unwrap_or(0) < *most;
        if !keys.iter().all(free) {
            return None;
        }
        let keys = keys.map(|(key, _)| key);
        for key in &keys {
            *taken.entry(key.clone()).or_default() += 1;
        }
        drop(taken);
        Some(Seat {
            streams: self.clone(),
            keys,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self
            .streams
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for key in &self.keys {
            if let Some(count) = taken.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    taken.remove(key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SSE-03
    #[test]
    fn a_flow_and_an_address_have_so_many_streams_and_get_them_back() {
        let streams = Streams::default();
        let mut seats = vec![streams.sit("a", "1"), streams.sit("a", "1")];
        assert!(seats.iter().all(Option::is_some));
        assert!(streams.sit("a", "2").is_none());
        seats.pop();
        assert!(streams.sit("a", "2").is_some());
        let crowd: Vec<_> = (0..PER_SOURCE)
            .map(|flow| streams.sit(&flow.to_string(), "3"))
            .collect();
        assert!(crowd.iter().all(Option::is_some));
        assert!(streams.sit("b", "3").is_none());
        drop((crowd, seats));
        assert!(streams.0.lock().expect("nobody panicked").is_empty());
    }
}
