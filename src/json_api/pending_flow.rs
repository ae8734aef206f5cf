//! Extracts the pending flow that a request names in the member `flow` of its body.

use std::marker::PhantomData;

use axum::extract::{FromRequest, FromRequestParts as _, Request};

use super::api_error::{ApiError, ErrorCode};
use super::authentication::AnonymousRequest;
use super::request_body::{FlowBody, FlowReference, JsonBody};
use super::state::Api;
use crate::auth::entry::verification::{self, CallerFlow};
use crate::context::RequestContext;
use crate::security::token::Token;
use crate::store::flows::Flow;
use crate::verification::Ending;
use domain::Purpose;

/// The purposes of flows that an operation accepts.
pub trait FlowKind {
    const PURPOSES: &'static [Purpose];
}

/// Marker type for [`FlowRequest`]: accepts every flow that can be used without an access token.
pub struct AnonymousFlow;

impl FlowKind for AnonymousFlow {
    const PURPOSES: &'static [Purpose] = &[
        Purpose::Registration,
        Purpose::SignIn,
        Purpose::SetUp,
        Purpose::PasswordReset,
    ];
}

/// Marker type for [`FlowRequest`]: accepts only the flow of a registration.
pub struct RegistrationFlow;

impl FlowKind for RegistrationFlow {
    const PURPOSES: &'static [Purpose] = &[Purpose::Registration];
}

/// Marker type for [`FlowRequest`]: accepts only sign-in flows, and set-up flows of a second factor that a sign-in
/// requires.
pub struct SignInFlow;

impl FlowKind for SignInFlow {
    const PURPOSES: &'static [Purpose] = &[Purpose::SignIn, Purpose::SetUp];
}

/// Marker type for [`FlowRequest`]: accepts only the set-up of a second factor.
pub struct SetUpFlow;

impl FlowKind for SetUpFlow {
    const PURPOSES: &'static [Purpose] = &[Purpose::SetUp];
}

/// Marker type for [`FlowRequest`]: accepts only the flow of a password reset.
pub struct PasswordResetFlow;

impl FlowKind for PasswordResetFlow {
    const PURPOSES: &'static [Purpose] = &[Purpose::PasswordReset];
}

/// Extractor for a request body `B` that names a pending flow of kind `K`, such as a sign-in.
pub struct FlowRequest<K, B> {
    pub body: B,
    /// The pending flow that the member `flow`, or the cookie of a browser, names.
    ///
    /// Handlers report errors of other members before the error of this lookup.
    pub flow: Result<PendingFlow, ApiError>,
    kind: PhantomData<K>,
}

impl<K: FlowKind, B: FlowBody> FromRequest<Api> for FlowRequest<K, B> {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &Api) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let anonymous = AnonymousRequest::from_request_parts(&mut parts, api).await?;
        let request = Request::from_parts(parts, body);
        let JsonBody(body) = JsonBody::<B>::from_request(request, api).await?;
        let flow =
            PendingFlow::find_pending_flow(api, &anonymous, body.flow_reference(), K::PURPOSES)
                .await;
        Ok(Self {
            body,
            flow,
            kind: PhantomData,
        })
    }
}

/// A pending flow from the database, with its flow token and the context of the request that sent the token.
pub struct PendingFlow {
    pub context: RequestContext,
    pub flow_token: Token,
    pub flow: Flow,
}

impl PendingFlow {
    /// Finds the pending flow that a request refers to. Fails if there is none.
    async fn find_pending_flow(
        api: &Api,
        request: &AnonymousRequest,
        reference: &FlowReference,
        purposes: &[Purpose],
    ) -> Result<Self, ApiError> {
        let mut error = ErrorCode::NoPending;
        let purpose = purposes.first().copied();
        for (purpose, flow_token) in reference.list_candidate_flow_tokens(request, purposes) {
            let context = request.context.with_flow_token(purpose, flow_token.clone());
            match verification::find_flow_by_request_token(&api.app, &context, purpose).await? {
                CallerFlow::Live(flow) => {
                    return Ok(Self {
                        context,
                        flow_token,
                        flow: *flow,
                    });
                }
                CallerFlow::Ended(Ending::Expired) => error = ErrorCode::FlowExpired,
                CallerFlow::Ended(Ending::Exhausted) => error = ErrorCode::TooManyAttempts,
                CallerFlow::Ended(
                    Ending::Completed
                    | Ending::Cancelled
                    | Ending::Unsent
                    | Ending::Superseded
                    | Ending::Voided,
                )
                | CallerFlow::Replaced
                | CallerFlow::Missing => {}
            }
        }
        let error = ApiError::from(error);
        Err(match purpose {
            Some(purpose) => error.with_flow_purpose(purpose),
            None => error,
        })
    }

    /// Returns the purpose of the flow.
    pub const fn purpose(&self) -> Purpose {
        self.flow.purpose
    }
}
