//! Server function calls from a page that shows a verification flow.
//!
//! All tabs of a browser share the flow tokens, so the token can belong to a flow that another tab has begun since. Each
//! form of a flow therefore contains the flow ID of its page.

use std::borrow::Cow;

use crate::auth::entry::payment;
use crate::auth::entry::verification::{self, CallerFlow};
use crate::security::token::FlowId;
use crate::verification::Ending;
use crate::web::request::Call;
use crate::web::server_fns::ServerFunctionError;
use domain::{Purpose, routes};

impl Call {
    /// Returns the running call with the flow ID of the page that sent the form. The call then reaches no other flow.
    ///
    /// Ignores a missing or malformed ID: the page may be from a node of an older version.
    pub fn find_running_call_with_page_flow(flow_id: &str) -> Result<Self, ServerFunctionError> {
        let mut call = Self::find_running_call()?;
        call.context.page_flow = FlowId::parse(flow_id);
        Ok(call)
    }

    /// Returns whether the flow of a refused call is completed, so that its page shows the outcome.
    ///
    /// The browser then has not received the answer to the correct code, because that answer removes the flow token.
    /// Returns `false` for a purpose whose flows are bound to a session.
    pub async fn is_flow_completed(&self, purpose: Purpose, is_refused: bool) -> bool {
        if !is_refused || purpose.is_flow_bound_to_session() {
            return false;
        }
        let (app, context) = (&self.app, &self.context);
        let flow = verification::find_flow_by_request_token(app, context, purpose).await;
        matches!(flow, Ok(CallerFlow::Ended(Ending::Completed)))
    }

    /// Returns the path of the page that shows the errors of the call.
    ///
    /// That is `page`, or the page of the payment in the form if another tab has begun another payment. `is_refused` says
    /// whether the call has failed.
    pub async fn page_after_call(
        &self,
        purpose: Purpose,
        page: &'static str,
        is_refused: bool,
    ) -> Cow<'static, str> {
        if !is_refused || purpose != Purpose::Payment || self.context.page_flow.is_none() {
            return page.into();
        }
        let (app, context) = (&self.app, &self.context);
        let flow = verification::find_flow_by_request_token(app, context, purpose).await;
        if !matches!(flow, Ok(CallerFlow::Replaced)) {
            return page.into();
        }
        match payment::find_payment_of_current_flow(app, context).await {
            Ok(Some(id)) => routes::payment_page_path(&id).into(),
            Ok(None) | Err(_) => page.into(),
        }
    }
}
