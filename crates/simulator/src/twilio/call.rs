//! Parses HTTP requests to the simulated Twilio APIs.

use axum::Form;
use axum::extract::{FromRequest, Request};

use super::form::FormFields;
use crate::faults::Operation;
use crate::provider_call::RequestHead;

/// Parsed call of a Twilio operation.
pub(crate) struct TwilioCall {
    pub(crate) head: RequestHead,
    /// The service SID in a Verify path, or the account SID in a messaging path.
    pub(crate) container: String,
    /// The last path segment of an update or fetch: a SID, or a phone number with `+`.
    pub(crate) target: String,
    pub(crate) form: FormFields,
}

impl TwilioCall {
    /// Parses a Twilio call from an HTTP request.
    pub(crate) async fn from_twilio_request(
        operation: Operation,
        container: String,
        target: String,
        request: Request,
    ) -> Self {
        let head = RequestHead::from_request(operation, &request);
        let form = if operation == Operation::Fetch {
            FormFields {
                is_form: true,
                ..FormFields::default()
            }
        } else {
            read_form_body(request).await
        };
        Self {
            head,
            container,
            target,
            form,
        }
    }
}

/// Reads the form fields of a request. A body of another content type or above the size limit counts as no form.
async fn read_form_body(request: Request) -> FormFields {
    match Form::<Vec<(String, String)>>::from_request(request, &()).await {
        Ok(Form(fields)) => FormFields {
            fields,
            is_form: true,
        },
        Err(_) => FormFields::default(),
    }
}
