//! The mailbox: a mail server that delivers nothing and shows everything.

mod receive;
mod session;

use mail_parser::MessageParser;
use serde::Serialize;

pub use receive::receive_mail;

/// A mail as the control interface shows it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Mail {
    /// From the same sequence as the ids of messages.
    pub(super) id: u64,
    /// The address of the envelope: one mail is kept for each recipient.
    pub(super) to: String,
    /// The author's address, from the header.
    pub(super) from: String,
    pub(super) subject: String,
    /// The plain text, decoded.
    pub(super) text: String,
    /// The same for every copy and every try of one mail; empty without the header.
    pub(super) message_id: String,
    /// RFC 3339 with milliseconds, by the simulator's clock.
    pub(super) sent_at: String,
}

/// A mail for one recipient, about to be kept.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    to: String,
    from: String,
    subject: String,
    text: String,
    message_id: String,
}

impl Letter {
    /// Reads what came after DATA; `None` when it is no mail.
    fn read(to: &str, data: &[u8]) -> Option<Self> {
        let parsed = MessageParser::default().parse(data)?;
        let from = parsed
            .from()
            .and_then(|from| from.first()?.address())
            .unwrap_or_default();
        let text = parsed.body_text(0).unwrap_or_default();
        Some(Self {
            to: to.to_owned(),
            from: from.to_owned(),
            subject: parsed.subject().unwrap_or_default().to_owned(),
            text: text.replace("\r\n", "\n"),
            message_id: parsed.message_id().unwrap_or_default().to_owned(),
        })
    }

    pub(super) fn sent(self, id: u64, sent_at: String) -> Mail {
        Mail {
            id,
            to: self.to,
            from: self.from,
            subject: self.subject,
            text: self.text,
            message_id: self.message_id,
            sent_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_read_as_its_reader_sees_it() {
        let data = b"From: Sallyport <no-reply@example.com>\r\n\
            To: ann@example.com\r\n\
            Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n\
            Message-ID: <1@example.com>\r\n\
            Content-Type: text/plain; charset=utf-8\r\n\
            Content-Transfer-Encoding: quoted-printable\r\n\r\n\
            One=20line,\r\nand a sec=\r\nond.\r\n";
        let letter = Letter::read("Ann@example.com", data).expect("a mail");
        assert_eq!(letter.to, "Ann@example.com");
        assert_eq!(letter.from, "no-reply@example.com");
        assert_eq!(letter.subject, "Grüße");
        assert_eq!(letter.text, "One line,\nand a second.\n");
        assert_eq!(letter.message_id, "1@example.com");
    }

    #[test]
    fn nothing_is_no_mail() {
        assert!(Letter::read("ann@example.com", b"").is_none());
    }
}
