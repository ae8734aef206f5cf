//! The errors that prevent the start of the server.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::security::keyring::KeyringError;
use crate::store::{OpenError, StoreError};

/// Error that prevents the server from starting.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "cannot listen on {address}: {source}; stop the program that uses it, or set another address in {setting}"
    )]
    Listen {
        /// The name of the setting that holds the address.
        setting: &'static str,
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("opening the database failed: {0}")]
    Store(#[from] OpenError),
    #[error("reading or storing the HMAC key of the rate limit buckets failed: {0}")]
    Query(#[from] StoreError),
    /// The database failed after it was opened. The text contains its location and the cause.
    #[error("reading or storing the HMAC key of the rate limit buckets failed: {0}")]
    Database(String),
    #[error(
        "the clock of this node is {secs} seconds {direction} the clock of the database; at most 30 seconds are \
         permitted. Synchronise the clocks of both hosts, for example with chrony, and start the server again"
    )]
    Clock {
        secs: u64,
        /// `ahead of` or `behind`.
        direction: &'static str,
    },
    #[error("setting up the client of the phone provider failed: {0}")]
    Provider(String),
    #[error("setting up the client of the mail server failed: {0}")]
    Mail(String),
    #[error("setting up the password hasher failed: {0}")]
    Hasher(String),
    #[error("encrypting the HMAC key of the rate limit buckets failed: {0}")]
    LimitKey(String),
    /// Production keeps a stored key that it cannot decrypt. Development replaces it.
    #[error(
        "the HMAC key of the rate limit buckets cannot be decrypted: {0}. Add the earlier secret key to \
         SALLYPORT_PREVIOUS_SECRET_KEYS. If that key is lost, stop all nodes and execute `DELETE FROM sealed_keys` in \
         the database: at the next start all limits start from zero, recovery codes are void, and a repeated payment \
         request pays again"
    )]
    UnreadableLimitKey(KeyringError),
    #[error("setting up the CAPTCHA failed: {0}")]
    Captcha(String),
    #[error("`SALLYPORT_DEFAULT_COUNTRY` or `SALLYPORT_ALLOWED_COUNTRIES` is not valid: {0}")]
    Phone(String),
}

impl StartError {
    /// Creates the error for a clock that differs too much from the clock of the database.
    ///
    /// `node_ahead_ms` is the difference in milliseconds; negative if the node is behind.
    pub(super) const fn describe_clock_difference(node_ahead_ms: i64) -> Self {
        Self::Clock {
            secs: node_ahead_ms.unsigned_abs() / 1000,
            direction: if node_ahead_ms > 0 {
                "ahead of"
            } else {
                "behind"
            },
        }
    }
}

/// Opens a TCP listener on `address`. The error message names `setting`, the setting that contains the address.
pub(super) async fn bind_tcp_listener(
    setting: &'static str,
    address: SocketAddr,
) -> Result<TcpListener, StartError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|source| StartError::Listen {
        setting,
        address,
        source,
    })
}
