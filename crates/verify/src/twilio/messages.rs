//! Twilio Programmable Messaging: text messages that are no codes. Calls as the Verify client does.

use std::time::Duration;

use reqwest::{Client, Url};
use serde::Serialize;

use super::super::exchange::{Answer, ErrorAnswer, Trouble};
use super::super::http::{below, plain_url};
use super::super::is_sid;
use super::settings::Credentials;
use domain::PhoneNumber;

/// Not a number, not a mobile, a landline, a short code, unsubscribed or out of reach
/// (<https://www.twilio.com/docs/api/errors>): no use in trying again.
const BAD_DESTINATION: [u32; 6] = [21211, 21265, 21610, 21612, 21614, 21635];

/// How Twilio is called for messages.
#[derive(Clone, Debug)]
pub struct MessengerSettings {
    /// Where the API answers, without `/2010-04-01`: `https://api.twilio.com`, or a stand-in's
    /// address.
    pub base_url: String,
    /// `AC` and 32 hexadecimal digits: whose messages they are.
    pub account_sid: String,
    pub credentials: Credentials,
    pub sender: Sender,
}

/// Whom messages are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A number, a short code or an alphanumeric sender of the account.
    From(String),
    /// A Messaging Service, which picks the number: `MG` and 32 hexadecimal digits.
    Service(String),
}

/// What is wrong with [`MessengerSettings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessengerError {
    #[error(
        "Twilio's base URL is not http:// or https:// with a host and without user, query or fragment"
    )]
    BaseUrl,
    #[error("the account is not AC and 32 hexadecimal digits")]
    Account,
}

/// Why a message is not known to have left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageFailure {
    #[error("the number cannot receive messages")]
    BadDestination,
    /// Not processed: the provider wants a pause.
    #[error("the provider asks to wait")]
    Throttled { retry_after: Option<Duration> },
    /// Credentials, sender or permissions are wrong: a matter for the operator.
    #[error("the provider refuses how it is called")]
    Configuration,
    /// Unreachable, or nobody knows what became of it.
    #[error("nobody knows whether the message was sent")]
    Unknown,
}

impl MessageFailure {
    /// A stable name, for logs and metrics.
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
    /// A client that calls through `http`, which should come from
    /// [`http_client`](super::super::http_client).
    pub fn new(http: Client, settings: MessengerSettings) -> Result<Self, MessengerError> {
        if !is_sid(&settings.account_sid, "AC") {
            return Err(MessengerError::Account);
        }
        let base = plain_url(&settings.base_url).ok_or(MessengerError::BaseUrl)?;
        let account = settings.account_sid.as_str();
        let messages = below(&base, ["2010-04-01", "Accounts", account, "Messages.json"]);
        Ok(Self {
            http,
            messages,
            settings,
        })
    }

    /// Sends a text message, once.
    pub async fn message(&self, to: &PhoneNumber, body: &str) -> Result<(), MessageFailure> {
        let (from, service) = match &self.settings.sender {
            Sender::From(from) => (Some(from.as_str()), None),
            Sender::Service(service) => (None, Some(service.as_str())),
        };
        let form = MessageForm {
            to: to.as_e164(),
            from,
            messaging_service_sid: service,
            body,
        };
        // https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
        let call = self.http.post(self.messages.clone()).form(&form);
        let answer = super::call(self.settings.credentials.authorise(call)).await;
        answer.and_then(Answer::message).map_err(|trouble| {
            let failure = judged(&trouble);
            let ours = failure == MessageFailure::Configuration;
            trouble.log(super::PROVIDER, "message", failure.as_str(), ours);
            failure
        })
    }
}

fn judged(trouble: &Trouble) -> MessageFailure {
    match trouble {
        Trouble::Answered(error) if error.is_refusal() => refused(error),
        Trouble::Answered(error) if error.retry_after.is_some() => MessageFailure::Throttled {
            retry_after: error.retry_after,
        },
        Trouble::Answered(_) | Trouble::NotSent { .. } | Trouble::Unclear { .. } => {
            MessageFailure::Unknown
        }
    }
}

fn refused(error: &ErrorAnswer) -> MessageFailure {
    match (error.code, error.status.as_u16()) {
        (Some(code), _) if BAD_DESTINATION.contains(&code) => MessageFailure::BadDestination,
        (_, 429) => MessageFailure::Throttled {
            retry_after: error.retry_after,
        },
        _ => MessageFailure::Configuration,
    }
}
