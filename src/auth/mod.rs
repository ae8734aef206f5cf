//! Registration, sign-in and every other operation that requires a second factor, in three layers.
//!
//! [`entry`] handles requests: it parses input, checks limits and opens flows. [`purposes`] carries out what an
//! approved code permits, for example a session or a payment. [`engine`] runs one pending verification of any
//! purpose. Each layer uses only the layers below it.

pub mod device;
pub mod engine;
pub mod entry;
pub mod error;
pub mod outcome;
pub mod purposes;
pub mod session;
