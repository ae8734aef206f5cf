//! The simulated Twilio: Verify v2 (create, check, update, fetch), and message creation of
//! Programmable Messaging.
//!
//! `routes` receives a call, `call` parses it, `actions` executes it on the state machine in
//! `state`, and `responses` writes the result.

mod actions;
mod auth;
mod call;
mod errors;
pub(crate) mod events;
mod form;
pub(crate) mod magic_numbers;
mod responses;
pub(crate) mod routes;
pub(crate) mod state;
mod text_message;
mod verification;
mod wire_format;

#[cfg(test)]
mod state_properties;
#[cfg(test)]
mod state_tests;
