//! Registration, sign-in and everything else that asks for a second factor.

pub mod error;
pub mod flows;
pub mod session;
