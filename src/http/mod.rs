//! The HTTP layer: everything between the socket and the router.
//!
//! [`accept_loop::serve_connections`] accepts connections, [`middleware::add_middleware_to_router`] wraps the router,
//! and [`site::Site`] serves the files that browsers load. This folder does not depend on pages or flows.

pub mod accept_loop;
mod body;
pub mod brand_files;
pub mod client_ip;
mod compression;
mod connection_activity;
mod connection_pool;
pub mod cookies;
mod cross_site;
mod encoding;
pub mod error_page;
pub mod error_response;
mod host;
pub mod html;
mod load_shedding;
pub(crate) mod log_throttle;
pub mod middleware;
pub mod open_files;
pub mod problem;
pub mod request_guard;
pub mod request_id;
mod response_metrics;
pub mod security_headers;
pub mod single_header;
pub mod site;
mod slot_pool;
mod static_file;
#[cfg(test)]
mod tests;
mod tracked_io;
