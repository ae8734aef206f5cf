//! Finding the pending flow that a request refers to.

use super::api_error::{ApiError, ErrorCode};
use super::authentication::AnonymousRequest;
use super::request_body::FlowReference;
use super::state::Api;
use crate::auth::entry::verification::{self, Position};
use crate::context::RequestContext;
use crate::security::token::Token;
use crate::store::flows::Flow;
use crate::verification::Ending;
use domain::Purpose;

/// The purposes of flows that need no access token.
pub const ANONYMOUS_PURPOSES: [Purpose; 3] =
    [Purpose::Registration, Purpose::SignIn, Purpose::SetUp];

/// A live flow, and the request context that holds its flow token.
pub struct PendingFlow {
    pub context: RequestContext,
    pub flow_token: Token,
    pub flow: Flow,
}

impl PendingFlow {
    /// Finds the live flow that the request refers to, if it has one of these purposes.
    pub async fn find(
        api: &Api,
        request: &AnonymousRequest,
        reference: &FlowReference,
        purposes: &[Purpose],
    ) -> Result<Self, ApiError> {
        let mut error = ErrorCode::NoPending;
        for (purpose, flow_token) in reference.candidates(request, purposes) {
            let context = request.context.with_flow_token(purpose, flow_token.clone());
            match verification::position(&api.app, &context, purpose).await? {
                Position::At(flow) => {
                    return Ok(Self {
                        context,
                        flow_token,
                        flow: *flow,
                    });
                }
                Position::Over(Ending::Expired) => error = ErrorCode::FlowExpired,
                Position::Over(Ending::Exhausted) => error = ErrorCode::TooManyAttempts,
                Position::Over(
                    Ending::Completed
                    | Ending::Cancelled
                    | Ending::Unsent
                    | Ending::Superseded
                    | Ending::Voided,
                )
                | Position::Nowhere => {}
            }
        }
        Err(error.into())
    }

    pub const fn purpose(&self) -> Purpose {
        self.flow.purpose
    }
}
