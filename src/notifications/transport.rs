//! The transports of notifications: SMS and mail. The dispatcher uses only these traits.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::security::token::NotificationId;
use domain::{Language, PhoneNumber, Timestamp};
use verify::{MessageFailure, Messenger};

/// Why a notification was not delivered. The transport has logged the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// Another attempt can succeed, after the pause that the other side has requested. The message may have arrived:
    /// two copies are better than none.
    #[error("the notification was not delivered this time")]
    Later { after: Option<Duration> },
    /// This recipient can never be reached on this channel.
    #[error("the notification cannot be delivered to this recipient")]
    Never,
}

/// Sends text messages.
#[async_trait]
pub trait SmsTransport: Send + Sync {
    /// Sends `text` to a number, once.
    async fn send(&self, to: &PhoneNumber, text: &str) -> Result<(), Undelivered>;
}

/// Sends mail.
#[async_trait]
pub trait MailTransport: Send + Sync {
    /// Sends a mail, once.
    async fn send(&self, mail: &Mail<'_>) -> Result<(), Undelivered>;
}

/// A mail: a text, which is sent as plain text and as HTML. Not `Debug`: the address is personal data.
#[derive(Clone, Copy)]
pub struct Mail<'a> {
    /// Becomes the `Message-ID`, which is the same in every attempt: mail programs then show two copies as one.
    pub id: &'a NotificationId,
    pub to: &'a str,
    pub subject: &'a str,
    pub body: &'a str,
    pub language: Language,
    /// Its `Date`.
    pub at: Timestamp,
}

/// The configured transports. A channel without one sends nothing.
#[derive(Clone, Default)]
pub struct Transports {
    pub sms: Option<Arc<dyn SmsTransport>>,
    pub mail: Option<Arc<dyn MailTransport>>,
    /// The public origin of this server, for mails that name a page.
    pub origin: String,
}

#[async_trait]
impl SmsTransport for Messenger {
    async fn send(&self, to: &PhoneNumber, text: &str) -> Result<(), Undelivered> {
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
