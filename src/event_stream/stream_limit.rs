//! Limits on the open event streams of this node. Each stream holds a connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::context::RequestContext;
use crate::security::token::Token;
use domain::Purpose;

/// Limit for one flow. A tab has one stream, and for a short time two while it reconnects.
const PER_FLOW: usize = 2;
/// Limit for one session.
const PER_SESSION: usize = 5;
/// Limit for one address. All users of an office may share it.
const PER_SOURCE: usize = 50;
/// Limit for one API client. Its streams do not count for its address, which all its users share.
const PER_CLIENT: usize = 1024;
/// Limit for the whole node.
const PER_NODE: usize = 4096;

/// Counts the open streams of this node, by flow, session, API client and address.
#[derive(Clone, Default)]
pub struct StreamLimit(Arc<Mutex<HashMap<String, usize>>>);

/// The permission to hold one stream open, until it is dropped.
pub struct StreamPermit {
    limit: StreamLimit,
    keys: Vec<String>,
}

impl StreamLimit {
    /// Acquires a permit for a stream of this flow; `None` if a limit of the flow, the session, the API client, the
    /// address or the node is reached.
    pub fn acquire(&self, context: &RequestContext, purpose: Purpose) -> Option<StreamPermit> {
        let keys = limit_keys(context, purpose);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_free =
            |(key, limit): &(String, usize)| counts.get(key).copied().unwrap_or(0) < *limit;
        if !keys.iter().all(is_free) {
            return None;
        }
        let keys: Vec<String> = keys.into_iter().map(|(key, _)| key).collect();
        for key in &keys {
            *counts.entry(key.clone()).or_default() += 1;
        }
        drop(counts);
        Some(StreamPermit {
            limit: self.clone(),
            keys,
        })
    }
}

/// The keys that a stream counts for, each with its limit.
fn limit_keys(context: &RequestContext, purpose: Purpose) -> Vec<(String, usize)> {
    let key = |kind, token: &Token| format!("{kind} {}", token.hash().as_str());
    let flow = context.flow_token(purpose);
    let flow = flow.map(|token| (key("flow", token), PER_FLOW));
    let session = context.session.as_ref();
    let session = session.map(|token| (key("session", token), PER_SESSION));
    let source = match context.caller.client() {
        Some(client) => (format!("client {}", client.as_str()), PER_CLIENT),
        None => (format!("source {}", context.source), PER_SOURCE),
    };
    let node = (String::new(), PER_NODE);
    flow.into_iter()
        .chain(session)
        .chain([source, node])
        .collect()
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut counts = self.limit.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &self.keys {
            if let Some(count) = counts.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(key);
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

    /// A context with a new flow at this address.
    fn context_at(source: &str) -> RequestContext {
        let context = RequestContext {
            source: source.to_owned(),
            ..RequestContext::default()
        };
        context.with_flow_token(PURPOSE, Token::generate())
    }

    fn fill(
        limit: &StreamLimit,
        most: usize,
        context: impl Fn() -> RequestContext,
    ) -> Vec<Option<StreamPermit>> {
        let permits: Vec<_> = (0..most)
            .map(|_| limit.acquire(&context(), PURPOSE))
            .collect();
        assert!(permits.iter().all(Option::is_some));
        assert!(limit.acquire(&context(), PURPOSE).is_none());
        permits
    }

    #[test]
    fn streams_are_limited_per_flow_and_per_address_and_freed_on_drop() {
        let limit = StreamLimit::default();
        let ann = context_at("1");
        let mut permits = fill(&limit, PER_FLOW, || ann.clone());
        permits.pop();
        assert!(limit.acquire(&ann, PURPOSE).is_some());
        let office = fill(&limit, PER_SOURCE, || context_at("3"));
        drop((office, permits));
        assert!(limit.0.lock().expect("no test panics here").is_empty());
    }

    #[test]
    fn streams_are_limited_to_five_per_session() {
        let limit = StreamLimit::default();
        let session = Token::generate();
        let _permits = fill(&limit, 5, || context_at("1").with_session(session.clone()));
        let other_address = context_at("2").with_session(session);
        assert!(limit.acquire(&other_address, PURPOSE).is_none());
        let other = context_at("1").with_session(Token::generate());
        assert!(limit.acquire(&other, PURPOSE).is_some());
    }

    #[test]
    fn streams_of_an_api_client_count_by_its_name_and_not_by_its_address() {
        let limit = StreamLimit::default();
        let known = Clients::new([("shop", "secret")].into_iter());
        let client = known.authenticate("shop", "secret");
        let behind = || RequestContext {
            caller: Caller::ApiClient {
                name: client.clone(),
            },
            ..context_at("1")
        };
        let _permits = fill(&limit, PER_CLIENT, behind);
        assert!(limit.acquire(&context_at("1"), PURPOSE).is_some());
    }
}
