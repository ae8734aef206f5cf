//! How a notice leaves: by text message, by mail. The dispatcher knows these traits alone.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::security::token::NoticeId;
use domain::{PhoneNumber, Timestamp};
use verify::{MessageFailure, Messenger};

/// Why a notice is not known to have left. The transport itself has told the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// Worth another try, not before `after` if the other side asked for a pause. It may have
    /// arrived all the same: told twice is better than not at all.
    #[error("the notice was not delivered this time")]
    Later { after: Option<Duration> },
    /// This recipient can never be reached this way.
    #[error("the notice cannot be delivered to this recipient")]
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

/// A mail of plain text. Not `Debug`: the address is personal data.
#[derive(Clone, Copy)]
pub struct Mail<'a> {
    /// Makes the `Message-ID`, the same at every try, so that a mail that was sent twice can be
    /// told for one.
    pub id: &'a NoticeId,
    pub to: &'a str,
    pub subject: &'a str,
    pub body: &'a str,
    /// Its `Date`.
    pub at: Timestamp,
}

/// What is configured. A way that is not gets no notices.
#[derive(Clone, Default)]
pub struct Transports {
    pub sms: Option<Arc<dyn SmsTransport>>,
    pub mail: Option<Arc<dyn MailTransport>>,
    /// The address of the sign-in page, for mails that name it.
    pub sign_in_url: String,
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
                // A configuration can be mended while the notice waits.
                MessageFailure::Configuration | MessageFailure::Unknown => {
                    Undelivered::Later { after: None }
                }
            })
    }
}
