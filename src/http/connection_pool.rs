//! Limits the number of open connections, and selects the connection to close when a limit is reached.
//!
//! The selected connection is the longest idle one of the same source, or of the source with the most connections. A
//! connection is idle while the server waits for its client.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::client_ip::{ClientIp, SourceKey, TrustedProxies};
use super::connection_activity::ConnectionActivity;

/// Where a connection comes from: a client network, or a trusted proxy that forwards for many clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ConnectionOrigin {
    Source(SourceKey),
    /// A trusted proxy. It forwards the requests of many users, so the limit per source does not apply.
    Proxy(IpAddr),
}

impl ConnectionOrigin {
    /// Determines whether the connected peer is a trusted proxy or a client.
    pub(super) fn from_peer(peer: SocketAddr, proxies: &TrustedProxies) -> Self {
        let ip = peer.ip().to_canonical();
        match proxies.source_key_for_concurrency_limit(ClientIp(ip)) {
            Some(source) => Self::Source(source),
            None => Self::Proxy(ip),
        }
    }
}

/// Pool of open connections, limited in total and for each client network.
///
/// Beyond a limit, a new connection replaces the one that has been idle longest.
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
    by_origin: HashMap<ConnectionOrigin, HashMap<u64, ConnectionActivity>>,
}

impl ConnectionPool {
    /// Creates an empty pool with limits on the open connections in total and of one client network.
    pub(super) fn new(max_connections: usize, max_connections_per_source: usize) -> Self {
        Self {
            max: max_connections,
            max_per_source: max_connections_per_source,
            open: Arc::default(),
        }
    }

    /// Admits a new connection to the pool.
    ///
    /// If a limit is reached, closes an idle connection, or returns `None` if no connection is idle.
    pub(super) fn admit_connection(&self, origin: ConnectionOrigin) -> Option<AdmittedConnection> {
        let mut open = self.lock_connections();
        let open_connections_of_origin = open.count_open_connections_of_origin(origin);
        let is_source_full = matches!(origin, ConnectionOrigin::Source(_))
            && open_connections_of_origin >= self.max_per_source;
        let has_room = if is_source_full {
            open.evict_longest_idle_connection_of_origins(&[origin])
        } else {
            open.total < self.max
                || open.evict_idle_connection_for_new_one(origin, open_connections_of_origin)
        };
        has_room.then(|| {
            let activity = ConnectionActivity::of_new_connection();
            AdmittedConnection {
                id: open.add_connection(origin, activity.clone()),
                origin,
                activity,
                pool: self.clone(),
            }
        })
    }

    /// Locks the list of open connections, ignoring lock poisoning.
    fn lock_connections(&self) -> MutexGuard<'_, OpenConnections> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenConnections {
    /// Returns the number of open connections from this origin.
    fn count_open_connections_of_origin(&self, origin: ConnectionOrigin) -> usize {
        self.by_origin.get(&origin).map_or(0, HashMap::len)
    }

    /// Adds a connection to the list of open connections and returns its new ID.
    fn add_connection(&mut self, origin: ConnectionOrigin, activity: ConnectionActivity) -> u64 {
        self.last_id += 1;
        self.total += 1;
        let connections = self.by_origin.entry(origin).or_default();
        connections.insert(self.last_id, activity);
        self.last_id
    }

    /// Removes a connection from the list of open connections. Does nothing if it was already evicted.
    fn remove_connection(&mut self, origin: ConnectionOrigin, connection_id: u64) {
        let Some(connections) = self.by_origin.get_mut(&origin) else {
            return;
        };
        // An evicted connection was removed already.
        if connections.remove(&connection_id).is_some() {
            self.total -= 1;
        }
        if connections.is_empty() {
            self.by_origin.remove(&origin);
        }
    }

    /// Closes an idle connection to admit a new connection from `new_origin`.
    ///
    /// Closes the longest idle connection of the largest source that has an idle connection, or else an idle connection
    /// of a proxy. A new connection from a client displaces no connection of a source with fewer than
    /// `min_connections`. Returns `false` if no connection was closed.
    fn evict_idle_connection_for_new_one(
        &mut self,
        new_origin: ConnectionOrigin,
        min_connections: usize,
    ) -> bool {
        let mut sources: BTreeMap<usize, Vec<ConnectionOrigin>> = BTreeMap::new();
        let mut proxies = Vec::new();
        for (origin, connections) in &self.by_origin {
            match origin {
                ConnectionOrigin::Proxy(_) => proxies.push(*origin),
                ConnectionOrigin::Source(_) => {
                    let count = connections.len();
                    if count >= min_connections || matches!(new_origin, ConnectionOrigin::Proxy(_))
                    {
                        sources.entry(count).or_default().push(*origin);
                    }
                }
            }
        }
        sources
            .values()
            .rev()
            .chain([&proxies])
            .any(|group| self.evict_longest_idle_connection_of_origins(group))
    }

    /// Closes the longest idle connection of the clients or proxies in `origins`.
    ///
    /// Returns `false` if none of their connections is idle.
    fn evict_longest_idle_connection_of_origins(&mut self, origins: &[ConnectionOrigin]) -> bool {
        loop {
            let idle = origins.iter().flat_map(|origin| {
                let connections = self.by_origin.get(origin).into_iter().flatten();
                connections.filter_map(|(id, activity)| {
                    Some((activity.start_of_wait_for_client()?, *origin, *id, activity))
                })
            });
            let Some((_, origin, id, activity)) = idle.min_by_key(|(since, ..)| *since) else {
                return false;
            };
            // `evict_connection_if_waiting_for_client` returns `false` if a request has just begun. Then the loop
            // looks for another connection.
            if activity.evict_connection_if_waiting_for_client() {
                self.remove_connection(origin, id);
                return true;
            }
        }
    }
}

/// Guard of a connection that counts in its [`ConnectionPool`]. Dropping it removes the connection from the pool.
pub(super) struct AdmittedConnection {
    id: u64,
    origin: ConnectionOrigin,
    pub(super) activity: ConnectionActivity,
    pool: ConnectionPool,
}

impl AdmittedConnection {
    /// Returns the current and the maximum number of connections in the pool.
    pub(super) fn open_and_max_connections_of_pool(&self) -> (usize, usize) {
        (self.pool.lock_connections().total, self.pool.max)
    }

    /// Returns whether the connection comes from a trusted proxy.
    pub(super) const fn is_from_trusted_proxy(&self) -> bool {
        matches!(self.origin, ConnectionOrigin::Proxy(_))
    }
}

impl Drop for AdmittedConnection {
    fn drop(&mut self) {
        self.pool
            .lock_connections()
            .remove_connection(self.origin, self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use axum::http::Version;

    use super::*;

    /// Returns an IPv4 client address that ends in this byte.
    const fn client_origin_with_last_address_byte(last: u8) -> ConnectionOrigin {
        ConnectionOrigin::Source(SourceKey::V4(Ipv4Addr::new(192, 0, 2, last)))
    }

    const PROXY: ConnectionOrigin = ConnectionOrigin::Proxy(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)));

    /// Opens `n` connections to the pool, one per second, each idle after its first request.
    async fn open_idle_connections_in_pool(
        pool: &ConnectionPool,
        origin: ConnectionOrigin,
        n: usize,
    ) -> Vec<AdmittedConnection> {
        let mut connections = Vec::new();
        for _ in 0..n {
            tokio::time::advance(Duration::from_secs(1)).await;
            let connection = pool.admit_connection(origin).expect("pool has room");
            drop(connection.activity.begin_request(Version::HTTP_11));
            connections.push(connection);
        }
        connections
    }

    /// Returns the indexes of the connections that the pool has closed.
    fn find_indexes_of_evicted_connections(connections: &[AdmittedConnection]) -> Vec<usize> {
        let closed = |connection: &AdmittedConnection| {
            let open = connection.pool.lock_connections();
            let known = open.by_origin.get(&connection.origin);
            known.is_none_or(|known| !known.contains_key(&connection.id))
        };
        let all = connections.iter().enumerate();
        all.filter(|(_, connection)| closed(connection))
            .map(|(index, _)| index)
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn connection_over_the_source_limit_replaces_an_idle_one_of_that_source() {
        let pool = ConnectionPool::new(100, 3);
        let other =
            open_idle_connections_in_pool(&pool, client_origin_with_last_address_byte(2), 1).await;
        let own =
            open_idle_connections_in_pool(&pool, client_origin_with_last_address_byte(1), 3).await;
        // The first connection gets another request.
        drop(own[0].activity.begin_request(Version::HTTP_11));
        let _newcomer = pool
            .admit_connection(client_origin_with_last_address_byte(1))
            .expect("idle connection is closed");
        assert_eq!(find_indexes_of_evicted_connections(&own), [1]);
        assert_eq!(find_indexes_of_evicted_connections(&other), [0; 0]);
        assert_eq!(pool.lock_connections().total, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn full_pool_closes_the_longest_idle_connection_of_the_largest_source() {
        let pool = ConnectionPool::new(10, 8);
        let user =
            open_idle_connections_in_pool(&pool, client_origin_with_last_address_byte(2), 2).await;
        let attacker =
            open_idle_connections_in_pool(&pool, client_origin_with_last_address_byte(1), 8).await;
        let newcomers: Vec<_> = (3..6)
            .map(|last| pool.admit_connection(client_origin_with_last_address_byte(last)))
            .collect();
        assert!(newcomers.iter().all(Option::is_some));
        assert_eq!(find_indexes_of_evicted_connections(&attacker), [0, 1, 2]);
        assert_eq!(find_indexes_of_evicted_connections(&user), [0; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn full_pool_closes_the_longest_idle_connection_if_each_source_has_one_connection() {
        let pool = ConnectionPool::new(3, 2);
        let mut all = Vec::new();
        for last in 1..=3 {
            all.extend(
                open_idle_connections_in_pool(&pool, client_origin_with_last_address_byte(last), 1)
                    .await,
            );
        }
        assert!(
            pool.admit_connection(client_origin_with_last_address_byte(4))
                .is_some()
        );
        assert_eq!(find_indexes_of_evicted_connections(&all), [0]);
    }

    #[tokio::test(start_paused = true)]
    async fn connections_with_running_handlers_are_never_closed() {
        let pool = ConnectionPool::new(2, 2);
        let busy = [
            client_origin_with_last_address_byte(1),
            client_origin_with_last_address_byte(1),
        ]
        .map(|origin| pool.admit_connection(origin).expect("pool has room"));
        let requests = busy
            .each_ref()
            .map(|connection| connection.activity.begin_request(Version::HTTP_2));
        assert!(
            pool.admit_connection(client_origin_with_last_address_byte(2))
                .is_none()
        );
        drop(requests);
        assert!(
            pool.admit_connection(client_origin_with_last_address_byte(2))
                .is_some()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn source_cannot_evict_connections_of_another_source_that_has_fewer_connections() {
        let pool = ConnectionPool::new(4, 4);
        let idle =
            open_idle_connections_in_pool(&pool, client_origin_with_last_address_byte(1), 1).await;
        let busy: Vec<_> = (0..3)
            .filter_map(|_| pool.admit_connection(client_origin_with_last_address_byte(2)))
            .collect();
        let requests: Vec<_> = busy
            .iter()
            .map(|connection| connection.activity.begin_request(Version::HTTP_11))
            .collect();
        assert!(
            pool.admit_connection(client_origin_with_last_address_byte(2))
                .is_none()
        );
        assert_eq!(find_indexes_of_evicted_connections(&idle), [0; 0]);
        drop(requests);
    }

    #[tokio::test(start_paused = true)]
    async fn trusted_proxy_is_exempt_from_the_source_limit() {
        let pool = ConnectionPool::new(10, 2);
        let proxy = open_idle_connections_in_pool(&pool, PROXY, 8).await;
        let other =
            open_idle_connections_in_pool(&pool, client_origin_with_last_address_byte(1), 2).await;
        assert!(pool.admit_connection(PROXY).is_some());
        assert_eq!(find_indexes_of_evicted_connections(&proxy), [0; 0]);
        assert_eq!(find_indexes_of_evicted_connections(&other), [0]);
    }

    #[test]
    fn dropped_connections_are_no_longer_counted() {
        let pool = ConnectionPool::new(2, 1);
        for last in 0..100 {
            assert!(
                pool.admit_connection(client_origin_with_last_address_byte(last))
                    .is_some()
            );
        }
        assert!(pool.lock_connections().by_origin.is_empty());
        assert_eq!(pool.lock_connections().total, 0);
    }
}
