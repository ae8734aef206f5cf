//! Mails that the simulator has received by SMTP.

use mail_parser::{MessageParser, PartType};
use serde::Serialize;

/// Received mail, as in the JSON of `GET /_simulator/mails`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Mail {
    /// The id, from the same sequence as the ids of messages.
    pub(crate) id: u64,
    /// The recipient in the SMTP envelope. A mail to several recipients is kept once for each.
    pub(crate) to: String,
    /// The address in the `From` header.
    pub(crate) from: String,
    pub(crate) subject: String,
    /// The decoded plain text.
    pub(crate) text: String,
    /// The decoded HTML part. Empty if there is none.
    pub(crate) html: String,
    /// The `Message-ID` header, the same in every copy of a mail. Empty if the header is missing.
    pub(crate) message_id: String,
    /// RFC 3339 with milliseconds, by the simulated clock.
    pub(crate) sent_at: String,
}

/// Parsed mail for one recipient, which the inbox has not stored yet.
#[derive(Clone, Debug)]
pub(crate) struct ParsedMail {
    to: String,
    from: String,
    subject: String,
    text: String,
    html: String,
    message_id: String,
}

impl ParsedMail {
    /// Parses the headers and text of a mail for one recipient. Returns `None` if `raw_mail` is not a mail.
    pub(super) fn parse_mail_for_recipient(recipient: &str, raw_mail: &[u8]) -> Option<Self> {
        let parsed = MessageParser::default().parse(raw_mail)?;
        let from = parsed
            .from()
            .and_then(|from| from.first()?.address())
            .unwrap_or_default();
        let text = parsed.body_text(0).unwrap_or_default();
        let html = parsed.parts.iter().find_map(|part| match &part.body {
            PartType::Html(html) => Some(html.replace("\r\n", "\n")),
            _ => None,
        });
        Some(Self {
            to: recipient.to_owned(),
            from: from.to_owned(),
            subject: parsed.subject().unwrap_or_default().to_owned(),
            text: text.replace("\r\n", "\n"),
            html: html.unwrap_or_default(),
            message_id: parsed.message_id().unwrap_or_default().to_owned(),
        })
    }

    /// Converts the parsed mail to a stored mail with this inbox ID and time of receipt.
    pub(crate) fn into_stored_mail(self, id: u64, sent_at: String) -> Mail {
        Mail {
            id,
            to: self.to,
            from: self.from,
            subject: self.subject,
            text: self.text,
            html: self.html,
            message_id: self.message_id,
            sent_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_headers_and_text_are_decoded() {
        let data = b"From: Sallyport <no-reply@example.com>\r\n\
            To: ann@example.com\r\n\
            Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n\
            Message-ID: <1@example.com>\r\n\
            Content-Type: text/plain; charset=utf-8\r\n\
            Content-Transfer-Encoding: quoted-printable\r\n\r\n\
            One=20line,\r\nand a sec=\r\nond.\r\n";
        let mail = ParsedMail::parse_mail_for_recipient("Ann@example.com", data).expect("a mail");
        assert_eq!(mail.to, "Ann@example.com");
        assert_eq!(mail.from, "no-reply@example.com");
        assert_eq!(mail.subject, "Grüße");
        assert_eq!(mail.text, "One line,\nand a second.\n");
        assert_eq!(mail.html, "");
        assert_eq!(mail.message_id, "1@example.com");
    }

    #[test]
    fn mail_with_a_text_and_an_html_part_has_both() {
        let data = b"From: no-reply@example.com\r\n\
            MIME-Version: 1.0\r\n\
            Content-Type: multipart/alternative; boundary=\"b\"\r\n\r\n\
            --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain\r\n\
            --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>html</p>\r\n\
            --b--\r\n";
        let mail = ParsedMail::parse_mail_for_recipient("ann@example.com", data).expect("a mail");
        assert_eq!(mail.text.trim(), "plain");
        assert_eq!(mail.html.trim(), "<p>html</p>");
    }

    #[test]
    fn empty_smtp_data_is_not_a_mail() {
        assert!(ParsedMail::parse_mail_for_recipient("ann@example.com", b"").is_none());
    }
}
