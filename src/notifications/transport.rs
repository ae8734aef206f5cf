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
    /// This recipient can never be reached on this channel.
    #[error(
        "the notification cannot be delivered to this recipient over this channel; it is not retried"
    )]
    Never,
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
            .map_err(|failure| match failure {
                MessageFailure::BadDestination => Undelivered::Never,
                MessageFailure::Throttled { retry_after } => {
                    Undelivered::Later { after: retry_after }
                }
                // The operator can correct the configuration while the notification waits.
                MessageFailure::Configuration | MessageFailure::Unknown => {
                    Undelivered::Later { after: None }
                }
            })
    }
}
