//! The edge as a whole, with a router of its own behind it.

mod callers;
mod crawl;
mod dial;
mod door;
mod files;
mod load;
mod sockets;
mod stopping;
mod support;
