//! Mailbox of the simulator: an SMTP server that keeps every mail and forwards none.

pub(crate) mod mail;
pub(crate) mod server;
mod session;
