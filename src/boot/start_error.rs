//! The reasons why the server does not start.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::store::{OpenError, StoreError};

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on {address}: {source}")]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("the database cannot be opened: {0}")]
    Store(#[from] OpenError),
    #[error("the key of the rate limits cannot be read or stored: {0}")]
    Query(#[from] StoreError),
    #[error("the provider client cannot be set up: {0}")]
    Provider(String),
    #[error("the mail client cannot be set up: {0}")]
    Mail(String),
    #[error("the password hasher cannot be set up: {0}")]
    Hasher(String),
    #[error("the key of the rate limits cannot be encrypted: {0}")]
    LimitKey(String),
    #[error("the CAPTCHA cannot be set up: {0}")]
    Captcha(String),
    #[error("SALLYPORT_DEFAULT_COUNTRY or SALLYPORT_ALLOWED_COUNTRIES: {0}")]
    Phone(String),
}

/// Opens a listener.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen { address, source })
}
