//! The reasons why the server does not start.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::store::{OpenError, StoreError};

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
    #[error("the database cannot be opened: {0}")]
    Store(#[from] OpenError),
    #[error("the key of the rate limits cannot be read or stored: {0}")]
    Query(#[from] StoreError),
    /// The database failed after it was opened. The text names it and the cause.
    #[error("the key of the rate limits cannot be read or stored: {0}")]
    Database(String),
    #[error("the client of the phone provider cannot be set up: {0}")]
    Provider(String),
    #[error("the client of the mail server cannot be set up: {0}")]
    Mail(String),
    #[error("the password hasher cannot be set up: {0}")]
    Hasher(String),
    #[error("the key of the rate limits cannot be encrypted: {0}")]
    LimitKey(String),
    #[error("the CAPTCHA cannot be set up: {0}")]
    Captcha(String),
    #[error("SALLYPORT_DEFAULT_COUNTRY or SALLYPORT_ALLOWED_COUNTRIES is not valid: {0}")]
    Phone(String),
}

/// Listens on `address`. `setting` is the name of the setting that holds it, for the error message.
pub(super) async fn bind_listener(
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
