//! The simulated Telnyx: Verify v2 (send, check by id or number, read).
//!
//! `routes` receives a call, `call` parses it, `actions` executes it on the state machine in
//! `state`, and `responses` writes the result.

mod actions;
mod auth;
mod call;
mod errors;
pub(crate) mod events;
mod json_body;
pub(crate) mod magic_numbers;
mod responses;
pub(crate) mod routes;
pub(crate) mod state;
mod verification;
mod wire_format;

#[cfg(test)]
mod state_tests;
