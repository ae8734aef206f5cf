//! The client of Twilio Programmable Messaging, which sends text messages without codes, such as security alerts.

use std::time::Duration;

use reqwest::{Client, Url};
use serde::Serialize;

use super::response::{PROVIDER, execute_call};
use super::settings::TwilioCredentials;
use crate::api_call::{CallError, ErrorResponse, SuccessResponse};
use crate::http::{append_path, parse_base_url};
use crate::identifiers::is_sid;
use domain::PhoneNumber;

/// The number can receive no messages, so a retry does not help.
const BAD_DESTINATION: [u32; 6] = [
    // invalid "To" number: https://www.twilio.com/docs/api/errors/21211
    21211, // "To" is a short code: https://www.twilio.com/docs/api/errors/21265
    21265,
    // the recipient has unsubscribed: https://www.twilio.com/docs/api/errors/21610
    21610,
    // the number is not reachable from this sender: https://www.twilio.com/docs/api/errors/21612
    21612, // not a mobile number: https://www.twilio.com/docs/api/errors/21614
    21614, // "To" is a landline: https://www.twilio.com/docs/api/errors/21635
    21635,
];

/// The settings of the messaging client.
#[derive(Clone, Debug)]
pub struct MessengerSettings {
    /// The base URL of the API without `/2010-04-01`: `https://api.twilio.com`, or the address of a simulator.
    pub base_url: String,
    /// The account that sends: `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    pub credentials: TwilioCredentials,
    pub sender: MessageSender,
}

/// The sender of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageSender {
    /// A phone number, a short code or an alphanumeric sender id of the account.
    From(String),
    /// A Messaging Service, which chooses the number: `MG` and 32 hexadecimal digits.
    Service(String),
}

/// Why [`MessengerSettings`] are invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessengerError {
    #[error(
        "Twilio's base URL is not http:// or https:// with a host and without user, query or fragment"
    )]
    BaseUrl,
    #[error("the account SID is not AC and 32 hexadecimal digits")]
    Account,
}

/// Why a message was not sent, or may not have been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageFailure {
    #[error("the number cannot receive messages")]
    BadDestination,
    /// The provider did not process the request because of a rate limit.
    #[error("the provider limits the rate of requests")]
    Throttled { retry_after: Option<Duration> },
    /// Credentials, sender or permissions are wrong. The operator must correct them.
    #[error("the provider rejects the request as misconfigured")]
    Configuration,
    /// The provider could not be reached, or gave no usable response.
    #[error("it is unknown whether the message was sent")]
    Unknown,
}

impl MessageFailure {
    /// A stable name for logs and metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::BadDestination => "bad_destination",
            Self::Throttled { .. } => "throttled",
            Self::Configuration => "configuration",
            Self::Unknown => "unknown",
        }
    }
}

/// <https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource>
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MessageForm<'a> {
    to: &'a str,
    from: Option<&'a str>,
    messaging_service_sid: Option<&'a str>,
    body: &'a str,
}

/// The client of Twilio Programmable Messaging.
pub struct Messenger {
    http: Client,
    messages: Url,
    settings: MessengerSettings,
}

impl Messenger {
    /// `http` should come from [`http_client`](crate::http_client).
    pub fn new(http: Client, settings: MessengerSettings) -> Result<Self, MessengerError> {
        if !is_sid(&settings.account_sid, "AC") {
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

    /// Sends one text message, without a retry.
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
        let response = execute_call(self.settings.credentials.authorise(call)).await;
        response
            .and_then(SuccessResponse::ensure_message_created)
            .map_err(|error| {
                let failure = failure_of(&error);
                let misconfigured = failure == MessageFailure::Configuration;
                error.log(PROVIDER, "message", failure.as_str(), misconfigured);
                failure
            })
    }
}

fn failure_of(error: &CallError) -> MessageFailure {
    match error {
        CallError::ErrorStatus(error) if error.is_rejection() => failure_of_rejection(error),
        CallError::ErrorStatus(error) if error.retry_after.is_some() => MessageFailure::Throttled {
            retry_after: error.retry_after,
        },
        CallError::ErrorStatus(_)
        | CallError::NotSent { .. }
        | CallError::NoUsableResponse { .. } => MessageFailure::Unknown,
    }
}

fn failure_of_rejection(error: &ErrorResponse) -> MessageFailure {
    match (error.code, error.status.as_u16()) {
        (Some(code), _) if BAD_DESTINATION.contains(&code) => MessageFailure::BadDestination,
        (_, 429) => MessageFailure::Throttled {
            retry_after: error.retry_after,
        },
        _ => MessageFailure::Configuration,
    }
}
