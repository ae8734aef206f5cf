//! Registration, sign-in and everything else that asks for a second factor, on three floors.
//!
//! [`entry`] answers requests: it parses input, checks limits and opens flows. [`purposes`] says what an
//! approved code means, for example a session or a payment. [`engine`] runs one pending verification,
//! whatever it is for. Each floor uses only the ones below it.

pub mod device;
pub mod engine;
pub mod entry;
pub mod error;
pub mod outcome;
pub mod purposes;
pub mod session;
