//! Finds the wait for the next text message, which the choice of a verification method shows.

use axum::response::Response;

use super::page_context::{PageContext, error_response};
use crate::auth::entry::method_choice;
use crate::store::flows::Flow;
use crate::web::request::WebState;
use domain::{FormErrors, MethodOption};

impl PageContext {
    /// Returns the wait for the next text message as an error of the choice of method, if a limit on messages is
    /// reached.
    ///
    /// The error is the response to send.
    pub async fn find_sms_wait(
        &self,
        shared: &WebState,
        flow: &Flow,
        methods: &[MethodOption],
    ) -> Result<FormErrors, Response> {
        let context = &self.request_context;
        method_choice::find_wait_for_text_message(&shared.app, context, flow, methods)
            .await
            .map_err(error_response)
    }
}
