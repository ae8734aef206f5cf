//! The English texts.

mod countries;
pub(super) mod islands;
pub(super) mod notifications;
pub(super) mod pages;
mod payments;
mod problems;
