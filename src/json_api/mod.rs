//! The JSON API for other back ends and mobile apps, under `/v1`.
//!
//! It offers the same flows as the pages, with the same rules: a handler parses the request, calls a flow and returns
//! the outcome as JSON. Flow tokens and sessions, which a browser stores in cookies, travel in the bodies as `flow`
//! and `token`.
//!
//! - Unknown members of a request are ignored, so that a client may be newer than the server.
//! - Every error is `application/problem+json` ([`api_error`]).
//! - A browser may call the API only from a page of this server ([`crate::http`]). The session cookie of a page does
//!   not authenticate API requests, and an access token does not open pages.

pub mod access_token;
mod account;
mod api_error;
mod authentication;
mod deletion;
mod email;
mod error_code;
mod events;
mod export;
mod login;
mod lost_phone;
mod methods;
pub mod openapi;
mod password;
mod payments;
mod pending_flow;
mod register;
mod request_body;
mod response_body;
mod router;
mod state;
mod verification;

pub use router::{create_json_api_router, is_api_path};
pub use state::Api;
