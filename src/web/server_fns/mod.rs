//! The seam: every call the browser can make, and nothing but the call. A body finds its
//! request, asks one flow, and answers; what happens in between is the flow's.
//!
//! All of them are POST with URL-encoded arguments taken as typed, so that a plain form and a
//! script make the same request. What they return is public by nature.

pub mod authenticator;
pub mod captcha;
mod error;
pub mod payments;
pub mod phone_change;
pub mod registration;
pub mod sessions;
pub mod set_up;
pub mod sign_in;
pub mod step_up;
pub mod verification;

pub use error::ServerFunctionError;
