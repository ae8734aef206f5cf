//! The server's side: rules, storage, providers, and the edge they are reached through.

pub mod captcha;
pub mod clock;
pub mod config;
pub mod context;
pub mod cookies;
pub mod device;
pub mod error;
pub mod flows;
pub mod http;
pub mod keyring;
pub mod limits;
pub mod notices;
pub mod password;
pub mod phone;
pub mod recovery;
pub mod request;
pub mod session;
pub mod store;
pub mod subject;
pub mod telemetry;
pub mod token;
pub mod totp;
pub mod verification;
pub mod verify;
pub mod visitor;
pub mod webhooks;
