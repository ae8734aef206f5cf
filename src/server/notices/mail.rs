//! Mail by SMTP (RFC 5321, RFC 6409), encrypted unless it stays on this machine.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lettre::address::AddressError;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use super::transport::{Mail, MailTransport, Undelivered};

/// One step of the conversation with the server.
const STEP: Duration = Duration::from_secs(10);
/// All of it. Well within the time a notice is claimed for.
const WHOLE: Duration = Duration::from_secs(30);

/// The mailbox does not exist, is not local, or will not have mail of this kind or size
/// (RFC 5321, section 4.2.3). Other permanent errors are about how we call: they can be mended.
const BAD_MAILBOX: [u16; 4] = [550, 551, 552, 553];

/// A mail server and whom its mail is from.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// `url` as [`AsyncSmtpTransport::from_url`] takes it. Connects with the first mail.
    pub fn new(url: &str, from: Mailbox) -> Result<Self, smtp::Error> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?
            .timeout(Some(STEP))
            .build();
        Ok(Self { transport, from })
    }

    fn message(&self, mail: &Mail<'_>) -> Result<Message, Unwritable> {
        let id = format!("<{}@{}>", mail.id.as_str(), self.from.email.domain());
        let millis = u64::try_from(mail.at.as_millis()).unwrap_or_default();
        let message = Message::builder()
            .message_id(Some(id))
            .date(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
            .from(self.from.clone())
            .to(Mailbox::new(None, mail.to.parse()?))
            .subject(mail.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.body.to_owned())?;
        Ok(message)
    }
}

/// Not a mail that can be written down.
#[derive(Debug, thiserror::Error)]
enum Unwritable {
    #[error("the address is none that mail goes to")]
    Address(#[from] AddressError),
    #[error("the mail cannot be put together")]
    Message(#[from] lettre::error::Error),
}

#[async_trait]
impl MailTransport for Smtp {
    async fn send(&self, mail: &Mail<'_>) -> Result<(), Undelivered> {
        let message = self.message(mail).map_err(|error| {
            tracing::error!(%error, notice = mail.id.as_str(), "a notice cannot be mailed");
            Undelivered::Never
        })?;
        match tokio::time::timeout(WHOLE, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(judged(&error)),
            Err(_) => {
                tracing::warn!("the mail server does not answer in time");
                Err(Undelivered::Later { after: None })
            }
        }
    }
}

/// What the server's refusal means. Its words may repeat the address, so only the code is logged
/// (LEAK-04).
fn judged(error: &smtp::Error) -> Undelivered {
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
