//! The limits on open connections, and which connection is closed when a limit is reached.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::client_ip::{ClientIp, SourceKey, TrustedProxies};
use super::connection_activity::ConnectionActivity;

/// Where a connection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Origin {
    Source(SourceKey),
    /// A trusted proxy. It carries the requests of many users, so the limit per source does not apply.
    Proxy(IpAddr),
}

impl Origin {
    pub(super) fn of(peer: SocketAddr, proxies: &TrustedProxies) -> Self {
        let ip = peer.ip().to_canonical();
        match proxies.limited_source(ClientIp(ip)) {
            Some(source) => Self::Source(source),
            None => Self::Proxy(ip),
        }
    }
}

/// The open connections, at most `max` in total and `max_per_source` of one source.
///
/// When a limit is reached, a new connection takes the place of an idle one: the idlest of the same source, or the
/// idlest of the source that has most. A connection counts as idle while the server waits for its client.
#[derive(Clone)]
pub(super) struct ConnectionPool {
    max: usize,
    max_per_source: usize,
    open: Arc<Mutex<OpenConnections>>,
}

#[derive(Default)]
struct OpenConnections {
    total: usize,
    last_id: u64,
    by_origin: HashMap<Origin, HashMap<u64, ConnectionActivity>>,
}

impl ConnectionPool {
    pub(super) fn new(max: usize, max_per_source: usize) -> Self {
        Self {
            max,
            max_per_source,
            open: Arc::default(),
        }
    }

    /// Admits a new connection. Returns `None` if a limit is reached and no connection can be closed for it.
    pub(super) fn admit(&self, origin: Origin) -> Option<AdmittedConnection> {
        let mut open = self.open();
        let own = open.count(origin);
        let is_source_full = matches!(origin, Origin::Source(_)) && own >= self.max_per_source;
        let has_room = if is_source_full {
            open.evict_idlest_of(&[origin])
        } else {
            open.total < self.max || open.evict_for(origin, own)
        };
        has_room.then(|| {
            let activity = ConnectionActivity::new();
            AdmittedConnection {
                id: open.add(origin, activity.clone()),
                origin,
                activity,
                pool: self.clone(),
            }
        })
    }

    fn open(&self) -> MutexGuard<'_, OpenConnections> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenConnections {
    fn count(&self, origin: Origin) -> usize {
        self.by_origin.get(&origin).map_or(0, HashMap::len)
    }

    fn add(&mut self, origin: Origin, activity: ConnectionActivity) -> u64 {
        self.last_id += 1;
        self.total += 1;
        let connections = self.by_origin.entry(origin).or_default();
        connections.insert(self.last_id, activity);
        self.last_id
    }

    fn remove(&mut self, origin: Origin, id: u64) {
        let Some(connections) = self.by_origin.get_mut(&origin) else {
            return;
        };
        // An evicted connection was removed already.
        if connections.remove(&id).is_some() {
            self.total -= 1;
        }
        if connections.is_empty() {
            self.by_origin.remove(&origin);
        }
    }

    /// Closes the idlest connection of the source that has most. Sources with fewer than `own` connections keep theirs,
    /// and proxies keep theirs while a source has an idle one.
    fn evict_for(&mut self, newcomer: Origin, own: usize) -> bool {
        let mut sources: BTreeMap<usize, Vec<Origin>> = BTreeMap::new();
        let mut proxies = Vec::new();
        for (origin, connections) in &self.by_origin {
            match origin {
                Origin::Proxy(_) => proxies.push(*origin),
                Origin::Source(_) => {
                    let count = connections.len();
                    if count >= own || matches!(newcomer, Origin::Proxy(_)) {
                        sources.entry(count).or_default().push(*origin);
                    }
                }
            }
        }
        sources
            .values()
            .rev()
            .chain([&proxies])
            .any(|group| self.evict_idlest_of(group))
    }

    /// Closes the connection of these origins that has been idle for the longest time. Returns `false` if none is idle.
    fn evict_idlest_of(&mut self, origins: &[Origin]) -> bool {
        loop {
            let idle = origins.iter().flat_map(|origin| {
                let connections = self.by_origin.get(origin).into_iter().flatten();
                connections.filter_map(|(id, activity)| {
                    Some((activity.waiting_since()?, *origin, *id, activity))
                })
            });
            let Some((_, origin, id, activity)) = idle.min_by_key(|(since, ..)| *since) else {
                return false;
            };
            // `false` if a request has just begun. Another connection is the idlest then.
            if activity.evict() {
                self.remove(origin, id);
                return true;
            }
        }
    }
}

/// A connection that counts for the limits until this value is dropped.
pub(super) struct AdmittedConnection {
    id: u64,
    origin: Origin,
    pub(super) activity: ConnectionActivity,
    pool: ConnectionPool,
}

impl AdmittedConnection {
    /// The number of open connections, and the largest number.
    pub(super) fn occupancy(&self) -> (usize, usize) {
        (self.pool.open().total, self.pool.max)
    }

    pub(super) const fn is_of_proxy(&self) -> bool {
        matches!(self.origin, Origin::Proxy(_))
    }
}

impl Drop for AdmittedConnection {
    fn drop(&mut self) {
        self.pool.open().remove(self.origin, self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use axum::http::Version;

    use super::*;

    const fn source(last: u8) -> Origin {
        Origin::Source(SourceKey::V4(Ipv4Addr::new(192, 0, 2, last)))
    }

    const PROXY: Origin = Origin::Proxy(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)));

    /// Opens connections that have sent a request and are idle, one each second.
    async fn open_idle(pool: &ConnectionPool, origin: Origin, n: usize) -> Vec<AdmittedConnection> {
        let mut connections = Vec::new();
        for _ in 0..n {
            tokio::time::advance(Duration::from_secs(1)).await;
            let connection = pool.admit(origin).expect("there is room");
            drop(connection.activity.begin_request(Version::HTTP_11));
            connections.push(connection);
        }
        connections
    }

    /// The indexes of the connections that were closed.
    fn evicted(connections: &[AdmittedConnection]) -> Vec<usize> {
        let closed = |connection: &AdmittedConnection| {
            let open = connection.pool.open();
            let known = open.by_origin.get(&connection.origin);
            known.is_none_or(|known| !known.contains_key(&connection.id))
        };
        let all = connections.iter().enumerate();
        all.filter(|(_, connection)| closed(connection))
            .map(|(index, _)| index)
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn source_at_its_limit_loses_its_own_idlest_connection() {
        let pool = ConnectionPool::new(100, 3);
        let other = open_idle(&pool, source(2), 1).await;
        let own = open_idle(&pool, source(1), 3).await;
        // The first one is used again.
        drop(own[0].activity.begin_request(Version::HTTP_11));
        let _newcomer = pool.admit(source(1)).expect("an idle one is closed");
        assert_eq!(evicted(&own), [1]);
        assert_eq!(evicted(&other), [0; 0]);
        assert_eq!(pool.open().total, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn full_pool_loses_the_idlest_connection_of_the_largest_source() {
        let pool = ConnectionPool::new(10, 8);
        let user = open_idle(&pool, source(2), 2).await;
        let attacker = open_idle(&pool, source(1), 8).await;
        let newcomers: Vec<_> = (3..6).map(|last| pool.admit(source(last))).collect();
        assert!(newcomers.iter().all(Option::is_some));
        assert_eq!(evicted(&attacker), [0, 1, 2]);
        assert_eq!(evicted(&user), [0; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn many_sources_with_one_connection_each_lose_the_idlest_one() {
        let pool = ConnectionPool::new(3, 2);
        let mut all = Vec::new();
        for last in 1..=3 {
            all.extend(open_idle(&pool, source(last), 1).await);
        }
        assert!(pool.admit(source(4)).is_some());
        assert_eq!(evicted(&all), [0]);
    }

    #[tokio::test(start_paused = true)]
    async fn connections_with_running_handlers_are_never_closed() {
        let pool = ConnectionPool::new(2, 2);
        let busy = [source(1), source(1)].map(|origin| pool.admit(origin).expect("there is room"));
        let requests = busy
            .each_ref()
            .map(|connection| connection.activity.begin_request(Version::HTTP_2));
        assert!(pool.admit(source(2)).is_none());
        drop(requests);
        assert!(pool.admit(source(2)).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn source_does_not_displace_sources_that_have_fewer_connections() {
        let pool = ConnectionPool::new(4, 4);
        let idle = open_idle(&pool, source(1), 1).await;
        let busy: Vec<_> = (0..3).filter_map(|_| pool.admit(source(2))).collect();
        let requests: Vec<_> = busy
            .iter()
            .map(|connection| connection.activity.begin_request(Version::HTTP_11))
            .collect();
        assert!(pool.admit(source(2)).is_none());
        assert_eq!(evicted(&idle), [0; 0]);
        drop(requests);
    }

    #[tokio::test(start_paused = true)]
    async fn trusted_proxy_has_no_limit_per_source_and_keeps_its_idle_connections() {
        let pool = ConnectionPool::new(10, 2);
        let proxy = open_idle(&pool, PROXY, 8).await;
        let other = open_idle(&pool, source(1), 2).await;
        assert!(pool.admit(PROXY).is_some());
        assert_eq!(evicted(&proxy), [0; 0]);
        assert_eq!(evicted(&other), [0]);
    }

    #[test]
    fn dropped_connections_leave_nothing_behind() {
        let pool = ConnectionPool::new(2, 1);
        for last in 0..100 {
            assert!(pool.admit(source(last)).is_some());
        }
        assert!(pool.open().by_origin.is_empty());
        assert_eq!(pool.open().total, 0);
    }
}
