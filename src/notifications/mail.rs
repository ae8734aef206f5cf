//! Mail by SMTP (RFC 5321, RFC 6409), encrypted unless it stays on this machine.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lettre::address::AddressError;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use super::transport::{Mail, MailTransport, Undelivered};
use domain::EmailAddress;

/// The longest time of one SMTP command.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest time of a whole delivery. A claim of the outbox lasts longer.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// The mailbox does not exist, is not local, or will not have mail of this kind or size
/// (RFC 5321, section 4.2.3). Other permanent errors are about the configuration, which the operator can correct.
const BAD_MAILBOX: [u16; 4] = [550, 551, 552, 553];

/// A mail server and the sender of its mail.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// `url` as [`AsyncSmtpTransport::from_url`] takes it. Connects with the first mail.
    pub fn new(url: &str, from: Mailbox) -> Result<Self, smtp::Error> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?
            .timeout(Some(COMMAND_TIMEOUT))
            .build();
        Ok(Self { transport, from })
    }

    fn message(&self, mail: &Mail<'_>) -> Result<Message, InvalidMail> {
        let id = format!("<{}@{}>", mail.id.as_str(), self.from.email.domain());
        let millis = u64::try_from(mail.at.as_millis()).unwrap_or_default();
        let message = Message::builder()
            .message_id(Some(id))
            .date(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
            .from(self.from.clone())
            .to(Mailbox::new(None, ascii_address(mail.to).parse()?))
            .subject(mail.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.body.to_owned())?;
        Ok(message)
    }
}

/// The address with an ASCII domain, because a mail server need not support international ones (RFC 6531).
fn ascii_address(address: &str) -> String {
    EmailAddress::parse(address).map_or_else(
        |_| address.to_owned(),
        |address| address.as_ascii().to_owned(),
    )
}

/// Why a mail cannot be composed.
#[derive(Debug, thiserror::Error)]
enum InvalidMail {
    #[error("the address is not a mail address")]
    Address(#[from] AddressError),
    #[error("the mail cannot be composed")]
    Message(#[from] lettre::error::Error),
}

#[async_trait]
impl MailTransport for Smtp {
    async fn send(&self, mail: &Mail<'_>) -> Result<(), Undelivered> {
        let message = self.message(mail).map_err(|error| {
            tracing::error!(%error, notification = mail.id.as_str(), "notification email could not be composed; it will not be sent");
            Undelivered::Never
        })?;
        match tokio::time::timeout(DELIVERY_TIMEOUT, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => {
                tracing::warn!("the mail server does not answer in time");
                Err(Undelivered::Later { after: None })
            }
        }
    }
}

/// The meaning of an error. The server's text may repeat the address, so only its code is logged
/// (docs/security.md#leak-04).
fn failure(error: &smtp::Error) -> Undelivered {
    let code = error.status().map(u16::from);
    let tls = error.is_tls();
    if code.is_some_and(|code| BAD_MAILBOX.contains(&code)) {
        tracing::warn!(code, "the mail server will not deliver to this address");
        return Undelivered::Never;
    }
    if error.is_permanent() || tls {
        tracing::error!(
            code,
            tls,
            "the mail server refuses how it is called: check SALLYPORT_SMTP_URL and SALLYPORT_MAIL_FROM"
        );
    } else {
        tracing::warn!(code, "a mail could not be handed over");
    }
    Undelivered::Later { after: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::token::NotificationId;
    use domain::Timestamp;

    fn smtp(url: &str) -> Result<Smtp, smtp::Error> {
        // Another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let from = "Sallyport <no-reply@example.com>".parse();
        Smtp::new(url, from.expect("a mailbox"))
    }

    #[test]
    fn every_url_that_the_configuration_allows_makes_a_client() {
        for url in [
            "smtps://ann:p%40w@mail.example.com",
            "smtp://ann:p%40w@mail.example.com:587?tls=required",
            "smtp://127.0.0.1:4025",
            "smtp://[::1]:25",
        ] {
            assert!(smtp(url).is_ok(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_mail_is_dated_and_named_the_same_at_every_try() {
        let smtp = smtp("smtp://127.0.0.1:4025").expect("a client");
        let mail = Mail {
            id: &NotificationId::from_stored("0123".to_owned()),
            to: "ann@example.com",
            subject: "Hello",
            body: "Ann,\n\nnothing happened.\n",
            at: Timestamp::from_millis(1_772_442_904_412),
        };
        let written = || {
            let message = smtp.message(&mail).expect("a mail");
            String::from_utf8(message.formatted()).expect("text")
        };
        let text = written();
        assert_eq!(text, written());
        for line in [
            "Message-ID: <0123@example.com>\r\n",
            "Date: Mon, 02 Mar 2026 09:15:04 +0000\r\n",
            "From: Sallyport <no-reply@example.com>\r\n",
            "To: ann@example.com\r\n",
            "Subject: Hello\r\n",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "\r\n\r\nAnn,\r\n\r\nnothing happened.\r\n",
        ] {
            assert!(text.contains(line), "{line:?} is not in {text}");
        }
    }

    #[tokio::test]
    async fn nothing_else_gets_into_a_mail_by_its_address() {
        let smtp = smtp("smtp://127.0.0.1:4025").expect("a client");
        for to in ["ann@example.com\r\nBcc: bob@example.com", "ann", ""] {
            let mail = Mail {
                id: &NotificationId::from_stored("0123".to_owned()),
                to,
                subject: "Hello",
                body: "",
                at: Timestamp::from_millis(0),
            };
            assert!(smtp.message(&mail).is_err(), "{to:?}");
        }
    }
}
