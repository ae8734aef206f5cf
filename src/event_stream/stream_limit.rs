//! Limits on the open event streams of this node. Each stream holds a connection.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

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
/// Limit for the node.
const PER_NODE: usize = 4096;

/// The open streams of this node.
///
/// A flow or a session with all its streams gets no other one. An address or an API client gets one more, and its oldest
/// stream is closed. When the node has all its streams, the oldest stream of the place that has most is closed.
#[derive(Clone, Default)]
pub struct StreamLimit(Arc<Mutex<OpenStreams>>);

#[derive(Default)]
struct OpenStreams {
    last_id: u64,
    streams: HashMap<u64, OpenStream>,
    /// The number of streams of each flow and session.
    by_owner: HashMap<String, usize>,
    /// The streams of each place, from old to new.
    by_place: HashMap<Place, BTreeSet<u64>>,
}

struct OpenStream {
    owners: Vec<String>,
    place: Place,
    replaced: CancellationToken,
}

/// Where a stream is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Place {
    Source(String),
    ApiClient(String),
}

impl Place {
    fn of(context: &RequestContext) -> Self {
        match context.caller.client() {
            Some(client) => Self::ApiClient(client.as_str().to_owned()),
            None => Self::Source(context.source.clone()),
        }
    }

    const fn max_streams(&self) -> usize {
        match self {
            Self::Source(_) => PER_SOURCE,
            Self::ApiClient(_) => PER_CLIENT,
        }
    }
}

/// The permission to hold one stream open. Dropping it frees the place.
pub struct StreamPermit {
    limit: StreamLimit,
    id: u64,
    replaced: CancellationToken,
}

impl StreamPermit {
    /// Waits until the stream must end, because a newer one takes its place.
    pub async fn replaced(&self) {
        self.replaced.cancelled().await;
    }
}

impl StreamLimit {
    /// Acquires a permit for a stream of this flow; `None` if the flow or the session has all its streams.
    pub fn acquire(&self, context: &RequestContext, purpose: Purpose) -> Option<StreamPermit> {
        let owners = owners(context, purpose);
        let mut open = self.open();
        let is_free =
            |(owner, most): &(String, usize)| open.by_owner.get(owner).is_none_or(|n| n < most);
        if !owners.iter().all(is_free) {
            return None;
        }
        let place = Place::of(context);
        open.make_room(&place);
        let replaced = CancellationToken::new();
        let id = open.add(OpenStream {
            owners: owners.into_iter().map(|(owner, _)| owner).collect(),
            place,
            replaced: replaced.clone(),
        });
        Some(StreamPermit {
            limit: self.clone(),
            id,
            replaced,
        })
    }

    fn open(&self) -> MutexGuard<'_, OpenStreams> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The flow and the session that a stream counts for, each with its limit.
fn owners(context: &RequestContext, purpose: Purpose) -> Vec<(String, usize)> {
    let of = |kind, token: &Token| format!("{kind} {}", token.hash().as_str());
    let flow = context.flow_token(purpose);
    let flow = flow.map(|token| (of("flow", token), PER_FLOW));
    let session = context.session.as_ref();
    let session = session.map(|token| (of("session", token), PER_SESSION));
    flow.into_iter().chain(session).collect()
}

impl OpenStreams {
    fn add(&mut self, stream: OpenStream) -> u64 {
        self.last_id += 1;
        for owner in &stream.owners {
            *self.by_owner.entry(owner.clone()).or_default() += 1;
        }
        let ids = self.by_place.entry(stream.place.clone()).or_default();
        ids.insert(self.last_id);
        self.streams.insert(self.last_id, stream);
        self.last_id
    }

    /// Removes a stream. Does nothing if it was replaced already.
    fn remove(&mut self, id: u64) -> Option<OpenStream> {
        let stream = self.streams.remove(&id)?;
        for owner in &stream.owners {
            if let Some(count) = self.by_owner.get_mut(owner) {
                *count -= 1;
                if *count == 0 {
                    self.by_owner.remove(owner);
                }
            }
        }
        if let Some(ids) = self.by_place.get_mut(&stream.place) {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_place.remove(&stream.place);
            }
        }
        Some(stream)
    }

    /// Closes the oldest stream of a place, or of the node's largest place, if the new stream would exceed a limit.
    fn make_room(&mut self, place: &Place) {
        let own = self.by_place.get(place);
        let ids = if own.is_some_and(|ids| ids.len() >= place.max_streams()) {
            own
        } else if self.streams.len() >= PER_NODE {
            self.by_place.values().max_by_key(|ids| ids.len())
        } else {
            None
        };
        let oldest = ids.and_then(|ids| ids.first().copied());
        if let Some(stream) = oldest.and_then(|id| self.remove(id)) {
            stream.replaced.cancel();
        }
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        drop(self.limit.open().remove(self.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Caller;
    use crate::security::api_clients::ApiClients;

    const PURPOSE: Purpose = Purpose::Registration;

    /// A context with a new flow at this address.
    fn context_at(source: &str) -> RequestContext {
        let context = RequestContext {
            source: source.to_owned(),
            ..RequestContext::default()
        };
        context.with_flow_token(PURPOSE, Token::generate())
    }

    fn open(limit: &StreamLimit, source: &str) -> StreamPermit {
        let permit = limit.acquire(&context_at(source), PURPOSE);
        permit.expect("a new flow has no stream")
    }

    fn replaced(permits: &[StreamPermit]) -> Vec<usize> {
        let all = permits.iter().enumerate();
        all.filter(|(_, permit)| permit.replaced.is_cancelled())
            .map(|(index, _)| index)
            .collect()
    }

    #[test]
    fn streams_are_limited_to_two_per_flow_and_freed_on_drop() {
        let limit = StreamLimit::default();
        let ann = context_at("1");
        let mut permits: Vec<_> = (0..PER_FLOW)
            .filter_map(|_| limit.acquire(&ann, PURPOSE))
            .collect();
        assert_eq!(permits.len(), PER_FLOW);
        assert!(limit.acquire(&ann, PURPOSE).is_none());
        permits.pop();
        assert!(limit.acquire(&ann, PURPOSE).is_some());
        drop(permits);
        let open = limit.open();
        assert!(open.streams.is_empty() && open.by_owner.is_empty() && open.by_place.is_empty());
    }

    #[test]
    fn streams_are_limited_to_five_per_session() {
        let limit = StreamLimit::default();
        let session = Token::generate();
        let of_session = |source| {
            let context = context_at(source).with_session(session.clone());
            limit.acquire(&context, PURPOSE)
        };
        let permits: Vec<_> = (0..PER_SESSION).filter_map(|_| of_session("1")).collect();
        assert_eq!(permits.len(), PER_SESSION);
        assert!(of_session("2").is_none());
        let other = context_at("1").with_session(Token::generate());
        assert!(limit.acquire(&other, PURPOSE).is_some());
    }

    #[test]
    fn address_with_all_its_streams_loses_the_oldest_one() {
        let limit = StreamLimit::default();
        let other = [open(&limit, "2")];
        let office: Vec<_> = (0..PER_SOURCE + 2).map(|_| open(&limit, "1")).collect();
        assert_eq!(replaced(&office), [0, 1]);
        assert_eq!(replaced(&other), [0; 0]);
    }

    #[test]
    fn node_with_all_its_streams_closes_the_oldest_one_of_the_largest_place() {
        let limit = StreamLimit::default();
        let user = [open(&limit, "user")];
        let large: Vec<_> = (0..PER_SOURCE).map(|_| open(&limit, "large")).collect();
        let small: Vec<_> = (PER_SOURCE + 1..PER_NODE)
            .map(|n| open(&limit, &format!("small {}", n / 10)))
            .collect();
        assert_eq!(limit.open().streams.len(), PER_NODE);
        let newcomers = [open(&limit, "3"), open(&limit, "4")];
        assert_eq!(replaced(&large), [0, 1]);
        for others in [&user[..], &small, &newcomers] {
            assert_eq!(replaced(others), [0; 0]);
        }
        assert_eq!(limit.open().streams.len(), PER_NODE);
    }

    #[test]
    fn streams_of_an_api_client_count_by_its_name_and_not_by_its_address() {
        let limit = StreamLimit::default();
        let known = ApiClients::new([("shop", "secret")].into_iter());
        let client = known.authenticate("shop", "secret");
        let behind = || RequestContext {
            caller: Caller::ApiClient {
                name: client.clone(),
            },
            ..context_at("1")
        };
        let permits: Vec<_> = (0..=PER_CLIENT)
            .filter_map(|_| limit.acquire(&behind(), PURPOSE))
            .collect();
        assert_eq!(replaced(&permits), [0]);
        let user = [open(&limit, "1")];
        assert_eq!(replaced(&user), [0; 0]);
    }
}
