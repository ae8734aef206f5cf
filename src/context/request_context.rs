//! What is known about one request: its caller, and the tokens it holds.

use std::net::IpAddr;

use crate::security::api_clients::ClientName;
use crate::security::token::Token;
use domain::{Language, Purpose};

/// The kind of client, which decides how it holds its tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Caller {
    /// A browser on a page of this application: cookies.
    #[default]
    Browser,
    /// A client of the JSON API: tokens in the body. `name` is set if it has authenticated itself.
    ApiClient { name: Option<ClientName> },
}

impl Caller {
    /// The name of an authenticated API client, which is responsible for its own users.
    pub const fn client(&self) -> Option<&ClientName> {
        match self {
            Self::Browser => None,
            Self::ApiClient { name } => name.as_ref(),
        }
    }
}

/// A request: its caller, address, language and tokens.
#[derive(Clone, Debug, Default)]
pub struct RequestContext {
    pub caller: Caller,
    /// The address as rate limits count it: IPv4, or the /64 network of IPv6.
    pub source: String,
    /// The full address, for the provider's fraud checks.
    pub ip: Option<IpAddr>,
    pub user_agent: String,
    /// The language of the pages, and of messages to the user from now on.
    pub language: Language,
    pub session: Option<Token>,
    /// The flow tokens of the caller, at most one per purpose.
    pub flow_tokens: Vec<(Purpose, Token)>,
}

impl RequestContext {
    /// The flow token of this purpose.
    pub fn flow_token(&self, purpose: Purpose) -> Option<&Token> {
        self.flow_tokens
            .iter()
            .find(|(of, _)| *of == purpose)
            .map(|(_, token)| token)
    }

    /// The same request with this flow token and no other.
    #[must_use]
    pub fn with_flow_token(&self, purpose: Purpose, token: Token) -> Self {
        Self {
            flow_tokens: vec![(purpose, token)],
            ..self.clone()
        }
    }

    /// The same request with this session.
    #[must_use]
    pub fn with_session(&self, token: Token) -> Self {
        Self {
            session: Some(token),
            ..self.clone()
        }
    }
}
