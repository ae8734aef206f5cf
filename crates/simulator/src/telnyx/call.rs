//! Parses HTTP requests to the simulated Telnyx API.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::header::CONTENT_TYPE;

use super::json_body::JsonBody;
use super::verification::MessageType;
use crate::faults::Operation;
use crate::provider_call::RequestHead;

/// Verification or phone number that a Telnyx call concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CallTarget {
    /// The call creates a new verification.
    New(MessageType),
    /// The call names an existing verification by its id.
    Id(String),
    /// The verifications of a phone number, as it is written in the path.
    Number(String),
}

/// Parsed call of a Telnyx Verify operation.
pub(crate) struct TelnyxCall {
    pub(crate) head: RequestHead,
    pub(crate) target: CallTarget,
    pub(crate) body: JsonBody,
}

impl TelnyxCall {
    /// Parses a Telnyx call from an HTTP request.
    pub(crate) async fn from_telnyx_request(
        operation: Operation,
        target: CallTarget,
        request: Request,
    ) -> Self {
        let head = RequestHead::from_request(operation, &request);
        let content_type = request.headers().get(CONTENT_TYPE);
        let content_type = content_type
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let body = if operation == Operation::Fetch {
            JsonBody::default()
        } else {
            // A body above the size limit counts as empty.
            let bytes = Bytes::from_request(request, &()).await.unwrap_or_default();
            JsonBody::parse_request_body(content_type.as_deref(), &bytes)
        };
        Self { head, target, body }
    }
}
