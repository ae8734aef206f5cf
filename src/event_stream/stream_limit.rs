//! Limits on the open event streams of this node. Each stream holds a connection.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::context::RequestContext;
use crate::security::token::Token;
use domain::Purpose;

/// Maximum number of open streams of one flow. A tab has one stream, and for a short time two while it reconnects.
const MAX_STREAMS_PER_FLOW: usize = 2;
/// Maximum number of open streams of one session.
const MAX_STREAMS_PER_SESSION: usize = 5;
/// Maximum number of open streams of one address, which all users of an office may share.
const MAX_STREAMS_PER_ADDRESS: usize = 50;
/// Maximum number of open streams of one API client. They do not count for its address, which all its users share.
const MAX_STREAMS_PER_API_CLIENT: usize = 1024;
/// Maximum number of open streams of the node.
const MAX_STREAMS_PER_NODE: usize = 4096;

/// Limits the event streams that are open on this node: per flow, session, client address, API client and in total.
///
/// If the limit of a flow or session is reached, a new stream is refused. If another limit is reached, an older stream
/// is closed.
#[derive(Clone, Default)]
pub struct StreamLimit(Arc<Mutex<OpenStreams>>);

#[derive(Default)]
struct OpenStreams {
    last_id: u64,
    streams: HashMap<u64, OpenStream>,
    /// The number of streams of each flow and session.
    by_owner: HashMap<String, usize>,
    /// The streams of each address and API client, oldest first.
    by_reader: HashMap<StreamClient, BTreeSet<u64>>,
}

struct OpenStream {
    owners: Vec<String>,
    reader: StreamClient,
    replaced: CancellationToken,
}

/// The client that reads an event stream: an API client or a network address.
///
/// Each client has a maximum number of open streams.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum StreamClient {
    Source(String),
    ApiClient(String),
}

impl StreamClient {
    /// Returns the client of a request: the name of an API client, or else the network address.
    fn from_request_context(context: &RequestContext) -> Self {
        match context.caller.authenticated_client_name() {
            Some(client) => Self::ApiClient(client.as_str().to_owned()),
            None => Self::Source(context.source.clone()),
        }
    }

    /// Returns the maximum number of open event streams of this client.
    const fn max_open_streams(&self) -> usize {
        match self {
            Self::Source(_) => MAX_STREAMS_PER_ADDRESS,
            Self::ApiClient(_) => MAX_STREAMS_PER_API_CLIENT,
        }
    }
}

/// Permit to keep one event stream open. When it is dropped, another stream may open.
pub struct StreamPermit {
    limit: StreamLimit,
    id: u64,
    replaced: CancellationToken,
}

impl StreamPermit {
    /// Waits until a newer event stream replaces this stream, which then ends.
    pub async fn wait_until_stream_is_replaced(&self) {
        self.replaced.cancelled().await;
    }
}

impl StreamLimit {
    /// Acquires a permit for an event stream of the request's flow.
    ///
    /// Returns `None` if the flow or the session has the maximum number of streams.
    pub fn acquire_stream_permit(
        &self,
        context: &RequestContext,
        purpose: Purpose,
    ) -> Option<StreamPermit> {
        let owners = list_flow_and_session_limits(context, purpose);
        let mut open = self.lock_open_streams();
        let is_free =
            |(owner, most): &(String, usize)| open.by_owner.get(owner).is_none_or(|n| n < most);
        if !owners.iter().all(is_free) {
            return None;
        }
        let reader = StreamClient::from_request_context(context);
        open.close_oldest_stream_if_limit_reached(&reader);
        let replaced = CancellationToken::new();
        let id = open.add_stream(OpenStream {
            owners: owners.into_iter().map(|(owner, _)| owner).collect(),
            reader,
            replaced: replaced.clone(),
        });
        Some(StreamPermit {
            limit: self.clone(),
            id,
            replaced,
        })
    }

    /// Locks the table of open event streams.
    fn lock_open_streams(&self) -> MutexGuard<'_, OpenStreams> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lists the limits on open event streams of a flow and of a session, each as key and maximum number.
fn list_flow_and_session_limits(
    context: &RequestContext,
    purpose: Purpose,
) -> Vec<(String, usize)> {
    let of = |kind, token: &Token| format!("{kind} {}", token.hash().as_str());
    let flow = context.flow_token(purpose);
    let flow = flow.map(|token| (of("flow", token), MAX_STREAMS_PER_FLOW));
    let session = context.session.as_ref();
    let session = session.map(|token| (of("session", token), MAX_STREAMS_PER_SESSION));
    flow.into_iter().chain(session).collect()
}

impl OpenStreams {
    /// Adds an open event stream to the table, and counts it for the flow, session and client.
    ///
    /// Returns the ID of the stream.
    fn add_stream(&mut self, stream: OpenStream) -> u64 {
        self.last_id += 1;
        for owner in &stream.owners {
            *self.by_owner.entry(owner.clone()).or_default() += 1;
        }
        let ids = self.by_reader.entry(stream.reader.clone()).or_default();
        ids.insert(self.last_id);
        self.streams.insert(self.last_id, stream);
        self.last_id
    }

    /// Removes an event stream from the table, and from the counts of the flow, session and client.
    ///
    /// Does nothing if the stream was removed already.
    fn remove_stream(&mut self, stream_id: u64) -> Option<OpenStream> {
        let stream = self.streams.remove(&stream_id)?;
        for owner in &stream.owners {
            if let Some(count) = self.by_owner.get_mut(owner) {
                *count -= 1;
                if *count == 0 {
                    self.by_owner.remove(owner);
                }
            }
        }
        if let Some(ids) = self.by_reader.get_mut(&stream.reader) {
            ids.remove(&stream_id);
            if ids.is_empty() {
                self.by_reader.remove(&stream.reader);
            }
        }
        Some(stream)
    }

    /// Closes the oldest event stream of a client if another stream would exceed a limit.
    ///
    /// Closes a stream of this client, or of the client with the most streams.
    fn close_oldest_stream_if_limit_reached(&mut self, client: &StreamClient) {
        let own = self.by_reader.get(client);
        let ids = if own.is_some_and(|ids| ids.len() >= client.max_open_streams()) {
            own
        } else if self.streams.len() >= MAX_STREAMS_PER_NODE {
            self.by_reader.values().max_by_key(|ids| ids.len())
        } else {
            None
        };
        let oldest = ids.and_then(|ids| ids.first().copied());
        if let Some(stream) = oldest.and_then(|id| self.remove_stream(id)) {
            stream.replaced.cancel();
        }
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        drop(self.limit.lock_open_streams().remove_stream(self.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Caller;
    use crate::security::api_clients::ApiClients;

    const PURPOSE: Purpose = Purpose::Registration;

    /// Creates a request context with a new flow and this client address.
    fn request_context_from_address(source: &str) -> RequestContext {
        let context = RequestContext {
            source: source.to_owned(),
            ..RequestContext::default()
        };
        context.with_flow_token(PURPOSE, Token::generate())
    }

    /// Opens an event stream from this client address.
    fn open_stream_from_address(limit: &StreamLimit, source: &str) -> StreamPermit {
        let permit = limit.acquire_stream_permit(&request_context_from_address(source), PURPOSE);
        permit.expect("stream is permitted")
    }

    /// Returns the indexes of the event streams that were closed because a newer stream would have exceeded a limit.
    fn indexes_of_streams_closed_by_limit(permits: &[StreamPermit]) -> Vec<usize> {
        let all = permits.iter().enumerate();
        all.filter(|(_, permit)| permit.replaced.is_cancelled())
            .map(|(index, _)| index)
            .collect()
    }

    #[test]
    fn streams_are_limited_to_two_per_flow_and_freed_on_drop() {
        let limit = StreamLimit::default();
        let ann = request_context_from_address("1");
        let mut permits: Vec<_> = (0..MAX_STREAMS_PER_FLOW)
            .filter_map(|_| limit.acquire_stream_permit(&ann, PURPOSE))
            .collect();
        assert_eq!(permits.len(), MAX_STREAMS_PER_FLOW);
        assert!(limit.acquire_stream_permit(&ann, PURPOSE).is_none());
        permits.pop();
        assert!(limit.acquire_stream_permit(&ann, PURPOSE).is_some());
        drop(permits);
        let open = limit.lock_open_streams();
        assert!(open.streams.is_empty() && open.by_owner.is_empty() && open.by_reader.is_empty());
    }

    #[test]
    fn streams_are_limited_to_five_per_session() {
        let limit = StreamLimit::default();
        let session = Token::generate();
        let of_session = |source| {
            let context = request_context_from_address(source).with_session_token(session.clone());
            limit.acquire_stream_permit(&context, PURPOSE)
        };
        let permits: Vec<_> = (0..MAX_STREAMS_PER_SESSION)
            .filter_map(|_| of_session("1"))
            .collect();
        assert_eq!(permits.len(), MAX_STREAMS_PER_SESSION);
        assert!(of_session("2").is_none());
        let other = request_context_from_address("1").with_session_token(Token::generate());
        assert!(limit.acquire_stream_permit(&other, PURPOSE).is_some());
    }

    #[test]
    fn oldest_event_stream_of_an_address_is_closed_at_its_limit() {
        let limit = StreamLimit::default();
        let other = [open_stream_from_address(&limit, "2")];
        let streams_of_one_address: Vec<_> = (0..MAX_STREAMS_PER_ADDRESS + 2)
            .map(|_| open_stream_from_address(&limit, "1"))
            .collect();
        assert_eq!(
            indexes_of_streams_closed_by_limit(&streams_of_one_address),
            [0, 1]
        );
        assert_eq!(indexes_of_streams_closed_by_limit(&other), [0; 0]);
    }

    #[test]
    fn full_node_closes_the_oldest_stream_of_the_client_with_most_streams() {
        let limit = StreamLimit::default();
        let user = [open_stream_from_address(&limit, "user")];
        let large: Vec<_> = (0..MAX_STREAMS_PER_ADDRESS)
            .map(|_| open_stream_from_address(&limit, "large"))
            .collect();
        let small: Vec<_> = (MAX_STREAMS_PER_ADDRESS + 1..MAX_STREAMS_PER_NODE)
            .map(|n| open_stream_from_address(&limit, &format!("small {}", n / 10)))
            .collect();
        assert_eq!(
            limit.lock_open_streams().streams.len(),
            MAX_STREAMS_PER_NODE
        );
        let newcomers = [
            open_stream_from_address(&limit, "3"),
            open_stream_from_address(&limit, "4"),
        ];
        assert_eq!(indexes_of_streams_closed_by_limit(&large), [0, 1]);
        for others in [&user[..], &small, &newcomers] {
            assert_eq!(indexes_of_streams_closed_by_limit(others), [0; 0]);
        }
        assert_eq!(
            limit.lock_open_streams().streams.len(),
            MAX_STREAMS_PER_NODE
        );
    }

    #[test]
    fn event_streams_of_an_api_client_are_limited_by_client_name() {
        let limit = StreamLimit::default();
        let known = ApiClients::new([("shop", "secret")].into_iter());
        let client = known.authenticate("shop", "secret");
        let behind = || RequestContext {
            caller: Caller::ApiClient {
                name: client.clone(),
            },
            ..request_context_from_address("1")
        };
        let permits: Vec<_> = (0..=MAX_STREAMS_PER_API_CLIENT)
            .filter_map(|_| limit.acquire_stream_permit(&behind(), PURPOSE))
            .collect();
        assert_eq!(indexes_of_streams_closed_by_limit(&permits), [0]);
        let user = [open_stream_from_address(&limit, "1")];
        assert_eq!(indexes_of_streams_closed_by_limit(&user), [0; 0]);
    }
}
