//! The shared state of the JSON API.

use std::sync::Arc;

use crate::context::SharedAppState;
use crate::event_stream::stream_limit::StreamLimit;
use crate::http::cookies::Cookies;
use crate::json_api::access_token::AccessTokens;
use crate::security::api_clients::ApiClients;

/// State shared by all handlers of the JSON API.
#[derive(Clone)]
pub struct Api {
    pub app: SharedAppState,
    pub cookies: Cookies,
    pub access_tokens: Arc<AccessTokens>,
    pub api_clients: ApiClients,
    pub stream_limit: StreamLimit,
}
