//! How many streams of events there may be on this node: each holds a connection (SSE-03).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::context::RequestContext;
use crate::security::token::Token;
use domain::Purpose;

/// Streams of one flow: a tab and its successor.
const PER_FLOW: usize = 2;
const PER_SESSION: usize = 5;
/// Streams of one address; behind some there is a whole office.
const PER_SOURCE: usize = 50;
/// Streams of a client we know, in place of those of its address: everybody behind it shares that.
const PER_CLIENT: usize = 1024;
const ALL: usize = 4096;

/// Who listens on this node.
#[derive(Clone, Default)]
pub struct Streams(Arc<Mutex<HashMap<String, usize>>>);

/// A place among them; given back when dropped.
pub struct Seat {
    streams: Streams,
    keys: Vec<String>,
}

impl Streams {
    /// A place for a stream of this context's flow; `None` when the flow, the session, the client,
    /// the address or the house has all it may.
    pub fn sit(&self, context: &RequestContext, purpose: Purpose) -> Option<Seat> {
        let keys = keys(context, purpose);
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let free = |(key, most): &(String, usize)| taken.get(key).copied().unwrap_or(0) < *most;
        if !keys.iter().all(free) {
            return None;
        }
        let keys: Vec<String> = keys.into_iter().map(|(key, _)| key).collect();
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

/// Everything a stream counts for, and how many of it there may be.
fn keys(context: &RequestContext, purpose: Purpose) -> Vec<(String, usize)> {
    let of = |kind, token: &Token| format!("{kind} {}", token.hash().as_str());
    let flow = context.flow_token(purpose);
    let flow = flow.map(|handle| (of("flow", handle), PER_FLOW));
    let session = context.session.as_ref();
    let session = session.map(|token| (of("session", token), PER_SESSION));
    let place = match context.caller.client() {
        Some(client) => (format!("client {}", client.as_str()), PER_CLIENT),
        None => (format!("source {}", context.source), PER_SOURCE),
    };
    let all = (String::new(), ALL);
    flow.into_iter()
        .chain(session)
        .chain([place, all])
        .collect()
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
    use crate::context::Caller;
    use crate::security::api_clients::Clients;

    const PURPOSE: Purpose = Purpose::Registration;

    /// Somebody with a flow nobody else has, calling from here.
    fn at(source: &str) -> RequestContext {
        let context = RequestContext {
            source: source.to_owned(),
            ..RequestContext::default()
        };
        context.with_flow_token(PURPOSE, Token::generate())
    }

    fn crowd(
        streams: &Streams,
        most: usize,
        context: impl Fn() -> RequestContext,
    ) -> Vec<Option<Seat>> {
        let seats: Vec<_> = (0..most)
            .map(|_| streams.sit(&context(), PURPOSE))
            .collect();
        assert!(seats.iter().all(Option::is_some));
        assert!(streams.sit(&context(), PURPOSE).is_none());
        seats
    }

    /// SSE-03
    #[test]
    fn a_flow_and_an_address_have_so_many_streams_and_get_them_back() {
        let streams = Streams::default();
        let ann = at("1");
        let mut seats = crowd(&streams, PER_FLOW, || ann.clone());
        seats.pop();
        assert!(streams.sit(&ann, PURPOSE).is_some());
        let office = crowd(&streams, PER_SOURCE, || at("3"));
        drop((office, seats));
        assert!(streams.0.lock().expect("nobody panicked").is_empty());
    }

    /// SSE-03
    #[test]
    fn a_session_has_five_streams_whatever_the_flow_and_the_address() {
        let streams = Streams::default();
        let session = Token::generate();
        let _seats = crowd(&streams, 5, || at("1").with_session(session.clone()));
        let elsewhere = at("2").with_session(session);
        assert!(streams.sit(&elsewhere, PURPOSE).is_none());
        let other = at("1").with_session(Token::generate());
        assert!(streams.sit(&other, PURPOSE).is_some());
    }

    /// SSE-03
    #[test]
    fn a_client_counts_by_its_name_and_not_by_its_address() {
        let streams = Streams::default();
        let known = Clients::new([("shop", "secret")].into_iter());
        let client = known.authenticate("shop", "secret");
        let behind = || RequestContext {
            caller: Caller::ApiClient {
                name: client.clone(),
            },
            ..at("1")
        };
        let _seats = crowd(&streams, PER_CLIENT, behind);
        assert!(streams.sit(&at("1"), PURPOSE).is_some());
    }
}
