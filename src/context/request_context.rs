//! Who is asking, as far as a request tells.

use std::net::IpAddr;

use crate::security::api_clients::ClientName;
use crate::security::token::Token;
use domain::{Language, Purpose};

/// What is at the other end, and so in what form it holds what a flow grants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Caller {
    /// A browser on one of our pages: cookies.
    #[default]
    Browser,
    /// Another program, over the JSON API: tokens. The name is that of a client we know.
    Program { client: Option<ClientName> },
}

impl Caller {
    /// The client that vouches for whoever is behind it.
    pub const fn client(&self) -> Option<&ClientName> {
        match self {
            Self::Browser => None,
            Self::Program { client } => client.as_ref(),
        }
    }
}

/// The browser or program at the other end: what it holds, and where it calls from.
#[derive(Clone, Debug, Default)]
pub struct RequestContext {
    pub caller: Caller,
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

impl RequestContext {
    /// The handle of this browser's flow of that purpose.
    pub fn handle(&self, purpose: Purpose) -> Option<&Token> {
        self.handles
            .iter()
            .find(|(of, _)| *of == purpose)
            .map(|(_, handle)| handle)
    }

    /// The same, holding the handle of this flow and no other.
    #[must_use]
    pub fn holding(&self, purpose: Purpose, handle: Token) -> Self {
        Self {
            handles: vec![(purpose, handle)],
            ..self.clone()
        }
    }

    /// The same, holding this session.
    #[must_use]
    pub fn with_session(&self, token: Token) -> Self {
        Self {
            session: Some(token),
            ..self.clone()
        }
    }
}
