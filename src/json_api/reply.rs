use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;
use crate::auth::outcome::Grant;
use crate::security::phone_rules::international_hint;
use crate::store::flows::Flow;
use crate::web::request::set_cookie;
use domain::PhoneNumber;

impl Api {
    /// An answer, and the handles of flows as cookies too, for a page that calls from a browser.
    pub fn reply(&self, status: StatusCode, body: impl Serialize, grants: &[Grant]) -> Response {
        self.remember((status, Json(body)).into_response(), grants)
    }

    pub fn remember(&self, mut response: Response, grants: &[Grant]) -> Response {
        for grant in grants {
            let cookie = match grant {
                Grant::FlowToken(purpose, handle) => self.cookies.set_flow_token(*purpose, handle),
                Grant::NoFlowToken(purpose) => self.cookies.clear_flow_token(*purpose),
                // In the body as a token, and nowhere else.
                Grant::Session(_) | Grant::NoSession => continue,
            };
            set_cookie(&mut response, &cookie);
        }
        response
    }

    /// How long what this flow waits for is waited for, and when it can be sent again.
    pub fn waiting(&self, flow: &Flow) -> Waiting {
        let now = self.app.now();
        let rules = self.app.rules(flow.purpose);
        match flow.verification.state.code() {
            Some(code) => Waiting {
                timeout_secs: code.expires_at.secs_after(now),
                resend_after: Some(flow.verification.resend_at(code, &rules).secs_after(now)),
            },
            None => Waiting {
                timeout_secs: flow.verification.ends_at.secs_after(now),
                resend_after: None,
            },
        }
    }
}

/// What a caller may show a countdown of.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub struct Waiting {
    /// Seconds until the code is too old.
    #[schema(example = 300)]
    timeout_secs: u64,
    /// Seconds until another message can be asked for; not for methods without messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 30, nullable = false)]
    resend_after: Option<u64>,
}

/// The number this flow is about, masked.
pub fn hint(flow: &Flow) -> String {
    let phone = flow.verification.state.phone();
    phone.map(international_hint).unwrap_or_default()
}

/// A message is on its way to a phone.
#[derive(Serialize, ToSchema)]
pub struct CodeSent {
    /// Always true.
    verification_sent: bool,
    /// The number, masked.
    #[schema(example = "+1******3456")]
    phone_hint: String,
    #[serde(flatten)]
    waiting: Waiting,
    /// To be sent back with the code; opaque, and a secret of whoever began.
    #[schema(example = "mZ0rS1w6Yk9o5m2gq0Kf3l8rX7tUeJYb1cD4hA9vNnQ")]
    flow: String,
}

impl CodeSent {
    pub fn new(api: &Api, flow: &Flow, handle: String) -> Self {
        Self {
            verification_sent: true,
            phone_hint: hint(flow),
            waiting: api.waiting(flow),
            flow: handle,
        }
    }
}

/// The number on file, as far as there is one.
pub fn optional_hint(phone: Option<&PhoneNumber>) -> Option<String> {
    phone.map(international_hint)
}
