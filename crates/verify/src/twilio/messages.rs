//! The client of Twilio Programmable Messaging, which sends text messages without codes, such as security alerts.

use std::time::Duration;

use reqwest::{Client, Url};
use serde::Serialize;

use super::response::{PROVIDER, execute_twilio_request};
use super::settings::TwilioCredentials;
use crate::api_call::{CallError, ErrorResponse, SuccessResponse};
use crate::http::{append_path, parse_base_url};
use crate::identifiers::is_twilio_sid;
use domain::PhoneNumber;

/// Error codes that mean: the number can receive no messages, so a retry does not help.
const BAD_DESTINATION: [u32; 6] = [
    21211, // invalid "To" number: https://www.twilio.com/docs/api/errors/21211
    21265, // "To" is a short code: https://www.twilio.com/docs/api/errors/21265
    21610, // the recipient has unsubscribed: https://www.twilio.com/docs/api/errors/21610
    21612, // the number is not reachable from this sender: https://www.twilio.com/docs/api/errors/21612
    21614, // not a mobile number: https://www.twilio.com/docs/api/errors/21614
    21635, // "To" is a landline: https://www.twilio.com/docs/api/errors/21635
];

/// Settings of the client that sends text messages through Twilio.
#[derive(Clone, Debug)]
pub struct MessengerSettings {
    /// The base URL of the API without `/2010-04-01`: `https://api.twilio.com`, or the address of a simulator.
    pub base_url: String,
    /// The account that sends the messages: `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    pub credentials: TwilioCredentials,
    pub sender: MessageSender,
}

/// Sender of text messages: a phone number or name, or a Twilio messaging service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageSender {
    /// A phone number, a short code or an alphanumeric sender ID of the account.
    From(String),
    /// A Messaging Service, which chooses the sending number: `MG` and 32 hexadecimal digits.
    Service(String),
}

/// Reason why [`MessengerSettings`] are invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessengerError {
    #[error(
        "Twilio's base URL is not http:// or https:// with a host and without user, query or fragment"
    )]
    BaseUrl,
    #[error("the account SID must be `AC` followed by 32 hexadecimal digits")]
    Account,
}

/// Reason why a text message was not sent, or may not have been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageFailure {
    #[error("the phone number cannot receive text messages")]
    BadDestination,
    /// The provider did not process the request because of a rate limit.
    #[error("the phone provider refused the request because of a rate limit")]
    Throttled { retry_after: Option<Duration> },
    /// The provider asks for a pause, but it may have processed the request.
    #[error("the phone provider is overloaded, so the text message may have been sent")]
    Overloaded { retry_after: Option<Duration> },
    /// Credentials, sender or permissions are wrong, and the operator must correct them.
    #[error("the phone provider rejected the request: credentials, sender or parameters are wrong")]
    Configuration,
    /// No byte of the request was written: DNS, the connection or TLS failed.
    #[error("the phone provider could not be reached")]
    NotSent,
    /// The request was sent, but it has no usable response.
    #[error("the phone provider gave no usable response, so the text message may have been sent")]
    Unknown,
}

impl MessageFailure {
    /// Returns the stable name of this failure for logs and metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::BadDestination => "bad_destination",
            Self::Throttled { .. } => "throttled",
            Self::Overloaded { .. } => "overloaded",
            Self::Configuration => "configuration",
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
        }
    }
}

/// Form fields of a request to send a text message
/// (<https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource>).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MessageForm<'a> {
    to: &'a str,
    from: Option<&'a str>,
    messaging_service_sid: Option<&'a str>,
    body: &'a str,
}

/// Client of Twilio Programmable Messaging, which sends text messages that contain no codes.
pub struct Messenger {
    http: Client,
    messages: Url,
    settings: MessengerSettings,
}

impl Messenger {
    /// Creates a client after validating `settings`.
    ///
    /// `http` should come from [`build_api_http_client`](crate::build_api_http_client).
    pub fn new(http: Client, settings: MessengerSettings) -> Result<Self, MessengerError> {
        if !is_twilio_sid(&settings.account_sid, "AC") {
            return Err(MessengerError::Account);
        }
        let base = parse_base_url(&settings.base_url).ok_or(MessengerError::BaseUrl)?;
        let account = settings.account_sid.as_str();
        let messages = append_path(&base, ["2010-04-01", "Accounts", account, "Messages.json"]);
        Ok(Self {
            http,
            messages,
            settings,
        })
    }

    /// Sends one text message to the phone number `to`, without retries.
    pub async fn send_message(&self, to: &PhoneNumber, body: &str) -> Result<(), MessageFailure> {
        let (from, service) = match &self.settings.sender {
            MessageSender::From(from) => (Some(from.as_str()), None),
            MessageSender::Service(service) => (None, Some(service.as_str())),
        };
        let form = MessageForm {
            to: to.as_e164(),
            from,
            messaging_service_sid: service,
            body,
        };
        // https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
        let call = self.http.post(self.messages.clone()).form(&form);
        let response =
            execute_twilio_request(self.settings.credentials.add_authentication_header(call)).await;
        response
            .and_then(SuccessResponse::ensure_message_created)
            .map_err(|error| {
                let failure = classify_message_error(&error);
                let misconfigured = failure == MessageFailure::Configuration;
                error.log_provider_call_failure(
                    PROVIDER,
                    "message",
                    failure.as_str(),
                    misconfigured,
                );
                failure
            })
    }
}

/// Converts the error of a Twilio call to the reason why the text message was not sent.
fn classify_message_error(error: &CallError) -> MessageFailure {
    match error {
        CallError::ErrorStatus(error) if error.has_provider_rejected_request() => {
            classify_message_rejection(error)
        }
        CallError::ErrorStatus(error) if error.retry_after.is_some() => {
            MessageFailure::Overloaded {
                retry_after: error.retry_after,
            }
        }
        CallError::NotSent { .. } => MessageFailure::NotSent,
        CallError::ErrorStatus(_) | CallError::NoUsableResponse { .. } => MessageFailure::Unknown,
    }
}

/// Converts an error response of Twilio to the reason why the text message was not sent.
fn classify_message_rejection(error: &ErrorResponse) -> MessageFailure {
    match (error.code, error.status.as_u16()) {
        (Some(code), _) if BAD_DESTINATION.contains(&code) => MessageFailure::BadDestination,
        (_, 429) => MessageFailure::Throttled {
            retry_after: error.retry_after,
        },
        // An unknown code still proves that Twilio itself rejected the request.
        (_, 401 | 403 | 404) | (Some(_), _) => MessageFailure::Configuration,
        (None, _) => MessageFailure::Unknown,
    }
}
