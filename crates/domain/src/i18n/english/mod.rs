//! The English texts.

pub(super) mod islands;
pub(super) mod notifications;
pub(super) mod pages;
mod payments;
mod problems;
