//! The transports that send notifications: SMS and mail. The dispatcher uses only these traits.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::mail_look::MailLook;
use crate::security::token::NotificationId;
use domain::i18n::{MessageLinks, NotificationText};
use domain::{Language, PhoneNumber, Timestamp};
use verify::{MessageFailure, Messenger};

/// Error of an attempt to send a notification. The transport has logged the cause of the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// Another attempt may succeed, after the pause that the other side has requested. The message may have arrived: a
    /// duplicate is better than none.
    #[error("the notification was not delivered; another attempt may succeed")]
    Later { after: Option<Duration> },
    /// The message was certainly not sent. Another attempt may succeed, after this pause.
    #[error("the notification was not sent; another attempt may succeed")]
    NotSent { after: Option<Duration> },
    /// The provider has refused the message, for example because the credentials or the sender are wrong. The message
    /// was certainly not sent. Another attempt succeeds when the operator has corrected the configuration.
    #[error("the notification was not sent: the provider rejects the configuration")]
    Misconfigured,
    /// This recipient can never be reached on this channel.
    #[error(
        "the notification cannot be delivered to this recipient over this channel; it is not retried"
    )]
    Never,
}

impl Undelivered {
    /// Returns whether it is certain that no message was sent.
    pub const fn is_certainly_not_sent(self) -> bool {
        match self {
            Self::NotSent { .. } | Self::Misconfigured | Self::Never => true,
            Self::Later { .. } => false,
        }
    }
}

/// A client that sends text messages to phones.
#[async_trait]
pub trait SmsTransport: Send + Sync {
    /// Makes one attempt to send `text` as an SMS to a phone number.
    async fn send_sms(&self, to: &PhoneNumber, text: &str) -> Result<(), Undelivered>;
}

/// A client that sends mails.
#[async_trait]
pub trait MailTransport: Send + Sync {
    /// Makes one attempt to send a mail.
    async fn send_mail(&self, mail: &Mail<'_>) -> Result<(), Undelivered>;
}

/// A mail to one account holder, sent as plain text and HTML. Not `Debug`, because the address is personal data.
#[derive(Clone, Copy)]
pub struct Mail<'a> {
    /// The source of `Message-ID`, which is the same in every attempt: mail programs then show duplicates as one.
    pub id: &'a NotificationId,
    pub to: &'a str,
    pub text: &'a NotificationText,
    pub links: &'a MessageLinks,
    pub look: &'a MailLook,
    pub language: Language,
    /// The time of its `Date` header.
    pub at: Timestamp,
}

/// The configured clients that send notifications, one for each channel. A channel without a client sends nothing.
#[derive(Clone, Default)]
pub struct Transports {
    pub sms: Option<Arc<dyn SmsTransport>>,
    pub mail: Option<Arc<dyn MailTransport>>,
    /// The public origin of this server, for mails that name a page.
    pub origin: String,
}

#[async_trait]
impl SmsTransport for Messenger {
    async fn send_sms(&self, to: &PhoneNumber, text: &str) -> Result<(), Undelivered> {
        self.send_message(to, text)
            .await
            .map_err(convert_message_failure)
    }
}

/// Converts the reason why a text message was not sent to the error of the attempt.
const fn convert_message_failure(failure: MessageFailure) -> Undelivered {
    match failure {
        MessageFailure::BadDestination => Undelivered::Never,
        MessageFailure::Throttled { retry_after } => Undelivered::NotSent { after: retry_after },
        MessageFailure::Configuration => Undelivered::Misconfigured,
        MessageFailure::NotSent => Undelivered::NotSent { after: None },
        MessageFailure::Overloaded { retry_after } => Undelivered::Later { after: retry_after },
        MessageFailure::Unknown => Undelivered::Later { after: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_message_without_a_clear_answer_of_the_provider_may_have_been_sent() {
        let after = Some(Duration::from_secs(17));
        for (failure, certainly_not_sent) in [
            (MessageFailure::BadDestination, true),
            (MessageFailure::Throttled { retry_after: after }, true),
            (MessageFailure::Configuration, true),
            (MessageFailure::NotSent, true),
            (MessageFailure::Overloaded { retry_after: after }, false),
            (MessageFailure::Unknown, false),
        ] {
            let undelivered = convert_message_failure(failure);
            assert_eq!(
                undelivered.is_certainly_not_sent(),
                certainly_not_sent,
                "{failure:?}"
            );
        }
    }
}
