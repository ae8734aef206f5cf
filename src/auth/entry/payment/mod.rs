//! Payments: the quote is stored first, and a fresh second factor confirms exactly that quote.
//!
//! Amount and payee are read from the stored row only, so a code can confirm nothing else.

mod confirm;
mod initiate;
mod lookup;
pub(super) mod refusals;

pub use confirm::{confirm, request_code};
pub use initiate::{AmountText, Initiated, Request, begin, initiate, new_key};
pub use lookup::{current, find, newest, page, with_flow_token};
