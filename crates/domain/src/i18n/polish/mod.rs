//! Polish texts of the user interface and of notifications.

mod activity;
mod countries;
mod flash_messages;
pub(super) mod islands;
pub(super) mod notifications;
pub(super) mod pages;
mod payments;
mod problems;
