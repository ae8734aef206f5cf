//! Tests of the running server over HTTP.
//!
//! The modules are in folders, since Cargo takes every file beside this one for a test of its own.

mod attacks;
mod journeys;
mod operation;
mod provider;
mod support;
