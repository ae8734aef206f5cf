//! Drives the running program over HTTP, as people, browsers and attackers do.
//!
//! The modules are in folders, since Cargo takes every file beside this one for a test of its own.

mod attacks;
mod journeys;
mod operation;
mod provider;
mod support;
