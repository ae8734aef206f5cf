//! What happens to the server and its data.

mod clock;
mod cluster;
mod configuration;
mod crash;
mod import;
mod outbox;
mod payments;
mod store;
mod users;
