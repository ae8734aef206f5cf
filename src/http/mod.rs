//! The HTTP edge: from the socket to the router, and what is refused on the way.
//!
//! [`serve`](serve::serve) accepts connections, [`edge`](edge::edge) wraps the router, and [`Site`](assets::Site)
//! serves what the browser loads. Nothing in here knows the pages or the flows.

mod activity;
mod asset;
pub mod assets;
mod body;
pub mod client_ip;
mod connection;
pub mod cookies;
mod cross_site;
pub mod edge;
pub mod field;
pub mod guard;
pub mod headers;
mod host;
pub mod overload;
pub mod panic;
pub mod problem;
pub mod refusal;
mod seats;
pub mod serve;
#[cfg(test)]
mod tests;
