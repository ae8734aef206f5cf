//! Tests of the running server over HTTP.
//!
//! The modules are in folders, because Cargo builds every file next to this one as a separate test.

mod attacks;
mod journeys;
mod operation;
mod provider;
mod support;
