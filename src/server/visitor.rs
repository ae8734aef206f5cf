//! Who is asking, as far as a request tells.

use std::net::IpAddr;

use crate::domain::{Language, Purpose};
use crate::server::token::Token;

/// The browser at the other end: what it holds, and where it calls from.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The address as limits count it: IPv4, or the /64 of IPv6 (LOG-01).
    pub source: String,
    /// The address itself, for the provider's own fraud checks.
    pub ip: Option<IpAddr>,
    pub user_agent: String,
    /// What pages are drawn in, and the holder is written to from here on.
    pub language: Language,
    pub session: Option<Token>,
    /// The handles of this browser's flows, one a purpose at most (SM-10).
    pub handles: Vec<(Purpose, Token)>,
}

impl Visitor {
    /// The handle of this browser's flow of that purpose.
    pub fn handle(&self, purpose: Purpose) -> Option<&Token> {
        self.handles
            .iter()
            .find(|(of, _)| *of == purpose)
            .map(|(_, handle)| handle)
    }
}
