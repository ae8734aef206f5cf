//! What happens to the server and its data.

mod clock;
mod cluster;
mod configuration;
mod crash;
mod import;
#[cfg(target_os = "linux")]
mod memory;
mod outbox;
mod payments;
mod store;
mod users;
