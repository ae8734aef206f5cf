//! Operation: start, configuration, storage, crashes, clusters, accounts.

mod clock;
mod cluster;
mod configuration;
mod crash;
mod database_files;
mod import;
#[cfg(target_os = "linux")]
mod memory;
mod outbox;
mod payments;
mod store;
mod users;
