//! The sender of a request: the kind of caller, and the tokens that it sent.

use std::net::IpAddr;

use crate::hashing::Lane;
use crate::http::request_id::RequestId;
use crate::security::api_clients::ClientName;
use crate::security::device::DeviceMark;
use crate::security::form_account::FormAccountId;
use crate::security::send_limits::find_network_of_internet_customer;
use crate::security::token::{FlowId, Token};
use crate::store::audit::AuditOrigin;
use domain::{Device, Language, Purpose};

/// The kind of caller: a browser or an API client. The kind determines how the caller sends session and flow tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Caller {
    /// A browser on a page of this application. It sends tokens as cookies.
    #[default]
    Browser,
    /// A program that calls the JSON API. It sends tokens in the body. `name` is set if it has authenticated itself.
    ApiClient { name: Option<ClientName> },
}

impl Caller {
    /// Returns the name of an authenticated API client; `None` for a browser or an unauthenticated client.
    pub const fn authenticated_client_name(&self) -> Option<&ClientName> {
        match self {
            Self::Browser => None,
            Self::ApiClient { name } => name.as_ref(),
        }
    }
}

/// Context of a request: its ID, kind of caller, network address, language and tokens.
#[derive(Clone, Debug, Default)]
pub struct RequestContext {
    /// The ID of the request in the log and in `X-Request-Id`; `None` only in tests that call no middleware.
    pub id: Option<RequestId>,
    pub caller: Caller,
    /// The key of rate limits per address: the IPv4 address, or the /64 network of the IPv6 address.
    pub source: String,
    /// The full client address, for the fraud checks of the provider.
    pub ip: Option<IpAddr>,
    pub user_agent: String,
    /// The language of pages and of messages to the user.
    pub language: Language,
    pub session: Option<Token>,
    /// The token of a browser in which the user has opened a lost-phone recovery by a mailed link.
    pub recovery: Option<Token>,
    /// The device marks that the caller sent, one for each account that has signed in with this browser.
    pub devices: Vec<DeviceMark>,
    /// The flow tokens that the caller sent, at most one per purpose.
    pub flow_tokens: Vec<(Purpose, Token)>,
    /// The ID of the flow on the page that sent the request; `None` if the request names no flow.
    ///
    /// The request reaches no other flow, even if another tab has replaced the flow token since.
    pub page_flow: Option<FlowId>,
    /// The account for which the submitted form was rendered; `None` if the request names no account.
    ///
    /// A session of another account does not count as a session of the request.
    pub form_account: Option<FormAccountId>,
}

impl RequestContext {
    /// Returns the ID, network address and device of the request, for the audit trail.
    pub fn audit_origin(&self) -> AuditOrigin<'_> {
        AuditOrigin {
            request_id: self.id.as_ref().map_or("", RequestId::as_str),
            source: &self.source,
            device: Device::from_user_agent(&self.user_agent),
        }
    }

    /// Returns the queue in which this request waits for a password hash computation.
    pub fn password_hash_queue(&self) -> Lane {
        match self.caller.authenticated_client_name() {
            Some(client) => Lane::of_api_client(client.as_str()),
            None => Lane::of_client_network(&self.source),
        }
    }

    /// Returns the network or API client for which the request is rate-limited.
    ///
    /// That is the name of an authenticated API client, or else the IPv4 /24 or IPv6 /48 network of the client address.
    pub fn name_of_rate_limited_network_or_client(&self) -> String {
        match (self.caller.authenticated_client_name(), self.ip) {
            (Some(client), _) => format!("client {}", client.as_str()),
            (None, Some(ip)) => find_network_of_internet_customer(ip).to_string(),
            (None, None) => String::new(),
        }
    }

    /// Returns the flow token in the request for this purpose, for example sign-in; `None` if the request has none.
    pub fn flow_token(&self, purpose: Purpose) -> Option<&Token> {
        self.flow_tokens
            .iter()
            .find(|(of, _)| *of == purpose)
            .map(|(_, token)| token)
    }

    /// Copies the request context with this flow token, and without other flow tokens.
    #[must_use]
    pub fn with_flow_token(&self, purpose: Purpose, token: Token) -> Self {
        Self {
            flow_tokens: vec![(purpose, token)],
            ..self.clone()
        }
    }

    /// Copies the request context with this session token.
    #[must_use]
    pub fn with_session_token(&self, token: Token) -> Self {
        Self {
            session: Some(token),
            ..self.clone()
        }
    }
}
