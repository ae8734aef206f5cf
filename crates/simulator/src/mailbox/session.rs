//! SMTP session of the mailbox (RFC 5321), processed line by line without sockets.

use std::io;
use std::net::IpAddr;
use std::sync::mpsc;

use mailin::response::{BAD_MAILBOX, OK};
use mailin::{Action, Handler, Response, SessionBuilder};

use super::mail::ParsedMail;
use crate::faults::{Fault, FaultKind};
use crate::simulator::Simulator;

/// Maximum size of a mail in bytes.
const MAX_MAIL: usize = 1024 * 1024;
/// Maximum number of recipients of one mail (RFC 5321, section 4.5.3.1.8).
const MAX_RECIPIENTS: usize = 100;

/// Action of the SMTP server after a received line.
pub(crate) enum SmtpAction {
    /// Sends no reply until the next line arrives.
    AwaitNextLine,
    Reply(Vec<u8>),
    ReplyAndClose(Vec<u8>),
    /// Sends the reply after this number of milliseconds.
    ReplyAfter(Vec<u8>, u64),
    /// Closes the connection without a reply.
    Close,
    /// Sends no reply and keeps the connection open.
    Stall,
}

/// State of one SMTP session.
pub(crate) struct SmtpSession {
    smtp: mailin::Session<MailHandler>,
    results: mpsc::Receiver<MailResult>,
}

/// Handler of the SMTP commands of one session.
///
/// Stores received mails, and sends the result of each mail through a channel. All methods report success to the SMTP
/// state machine, which would read the next command as mail text after an error.
struct MailHandler {
    simulator: Simulator,
    recipients: Vec<String>,
    data: Vec<u8>,
    results: mpsc::Sender<MailResult>,
}

/// Result of one received mail: its SMTP rejection and its fault, if any.
struct MailResult {
    rejection: Option<(u16, &'static str)>,
    fault: Option<Fault>,
}

impl MailResult {
    /// Creates the result of a mail that the server rejects with this SMTP reply.
    const fn rejected_with_smtp_reply(reply_code: u16, reply_text: &'static str) -> Self {
        Self {
            rejection: Some((reply_code, reply_text)),
            fault: None,
        }
    }
}

impl SmtpSession {
    /// Starts an SMTP session with the client at this IP address.
    pub(crate) fn start_smtp_session(simulator: Simulator, client_ip: IpAddr) -> Self {
        let (sender, results) = mpsc::channel();
        let handler = MailHandler {
            simulator,
            recipients: Vec::new(),
            data: Vec::new(),
            results: sender,
        };
        Self {
            smtp: SessionBuilder::new("sallyport-simulator").build(client_ip, handler),
            results,
        }
    }

    /// Returns the encoded SMTP greeting (reply code 220).
    pub(crate) fn encode_greeting_reply(&self) -> Vec<u8> {
        encode_smtp_reply(&self.smtp.greeting())
    }

    /// Processes one received SMTP line, including its line end, and returns the server's next action.
    pub(crate) fn handle_smtp_line(&mut self, line: &[u8]) -> SmtpAction {
        let response = self.smtp.process(line);
        let reply = encode_smtp_reply(&response);
        if let Ok(result) = self.results.try_recv() {
            return result.into_smtp_action(reply);
        }
        match response.action {
            Action::NoReply => SmtpAction::AwaitNextLine,
            Action::Close => SmtpAction::ReplyAndClose(reply),
            Action::Reply | Action::UpgradeTls => SmtpAction::Reply(reply),
        }
    }
}

impl MailResult {
    /// Converts the result of receiving a mail to the next action of the SMTP server.
    ///
    /// `acceptance_reply` is the encoded SMTP reply for a stored mail.
    fn into_smtp_action(self, acceptance_reply: Vec<u8>) -> SmtpAction {
        let reply = match self.rejection {
            Some((code, why)) => format!("{code} {why}\r\n").into_bytes(),
            None => acceptance_reply,
        };
        match self.fault.map(|fault| (fault.kind, fault.delay_ms)) {
            Some((FaultKind::DropBefore | FaultKind::DropAfter, _)) => SmtpAction::Close,
            Some((FaultKind::Stall, _)) => SmtpAction::Stall,
            Some((FaultKind::Delay, Some(millis))) => SmtpAction::ReplyAfter(reply, millis),
            Some(_) | None => SmtpAction::Reply(reply),
        }
    }
}

impl MailHandler {
    /// Stores a copy of the received mail for each recipient, unless the mail is invalid.
    ///
    /// A fault can reject the mail; at most one fault applies to a mail.
    fn store_received_mail(&mut self) -> MailResult {
        let data = std::mem::take(&mut self.data);
        let recipients = std::mem::take(&mut self.recipients);
        if data.len() > MAX_MAIL {
            return MailResult::rejected_with_smtp_reply(552, "The mail is too long");
        }
        let mails: Option<Vec<ParsedMail>> = recipients
            .iter()
            .map(|to| ParsedMail::parse_mail_for_recipient(to, &data))
            .collect();
        let Some(mails) = mails else {
            return MailResult::rejected_with_smtp_reply(554, "This is no mail");
        };
        let fault = self
            .simulator
            .lock_provider_state()
            .faults
            .take_fault_for_mail();
        if fault.as_ref().is_none_or(Fault::executes_call) {
            let now_millis = self.simulator.now_millis();
            for mail in mails {
                self.simulator.inbox().deliver_mail(mail, now_millis);
            }
        }
        let status = fault.as_ref().and_then(|fault| fault.status);
        MailResult {
            rejection: status.map(|code| (code, "Refused by a fault")),
            fault,
        }
    }
}

/// Encodes an SMTP reply as bytes.
fn encode_smtp_reply(response: &Response) -> Vec<u8> {
    // Writing to memory cannot fail.
    response.buffer().unwrap_or_default()
}

impl Handler for MailHandler {
    /// Handles the SMTP command `MAIL FROM`, which begins a mail.
    fn mail(&mut self, _ip: IpAddr, _domain: &str, _from: &str) -> Response {
        self.recipients.clear();
        OK
    }

    /// Handles the SMTP command `RCPT TO`, which adds a recipient.
    fn rcpt(&mut self, to: &str) -> Response {
        if self.recipients.len() >= MAX_RECIPIENTS {
            return Response::custom(452, "Too many recipients".to_owned());
        }
        if !to.contains('@') {
            return BAD_MAILBOX;
        }
        self.recipients.push(to.to_owned());
        OK
    }

    /// Handles the SMTP command `DATA`, after which the client sends the mail text.
    fn data_start(
        &mut self,
        _domain: &str,
        _from: &str,
        _is8bit: bool,
        _to: &[String],
    ) -> Response {
        self.data.clear();
        OK
    }

    /// Appends a line of mail text. Stores at most one byte more than the size limit, which marks the mail as too long.
    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        let room = (MAX_MAIL + 1).saturating_sub(self.data.len());
        self.data.extend(line.iter().take(room));
        Ok(())
    }

    /// Handles the end of the mail text: stores the mail and reports the result to the SMTP session.
    fn data_end(&mut self) -> Response {
        let result = self.store_received_mail();
        // The receiver belongs to the same session, so it exists.
        let _ = self.results.send(result);
        OK
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::faults;
    use crate::inbox::{InboxFilter, InboxItem, ItemKind};
    use crate::settings::Settings;

    /// Starts an SMTP session with a local client.
    fn start_session_with_local_client(simulator: &Simulator) -> SmtpSession {
        SmtpSession::start_smtp_session(simulator.clone(), Ipv4Addr::LOCALHOST.into())
    }

    /// Returns the reply text of an SMTP action; empty if it sends no reply.
    fn text_of_smtp_reply(action: &SmtpAction) -> String {
        match action {
            SmtpAction::Reply(text)
            | SmtpAction::ReplyAndClose(text)
            | SmtpAction::ReplyAfter(text, _) => {
                String::from_utf8_lossy(text).trim_end().to_owned()
            }
            SmtpAction::AwaitNextLine | SmtpAction::Close | SmtpAction::Stall => String::new(),
        }
    }

    /// Sends SMTP lines to the session and returns the reply to each line.
    fn send_smtp_lines(session: &mut SmtpSession, lines: &[&str]) -> Vec<String> {
        let reply = |line: &&str| {
            text_of_smtp_reply(&session.handle_smtp_line(format!("{line}\r\n").as_bytes()))
        };
        lines.iter().map(reply).collect()
    }

    const MAIL: [&str; 8] = [
        "MAIL FROM:<no-reply@example.com>",
        "RCPT TO:<ann@example.com>",
        "DATA",
        "From: no-reply@example.com",
        "Subject: Hello",
        "",
        "..one dot",
        ".",
    ];

    /// Returns recipient and text of each mail in the inbox.
    fn recipients_and_texts_of_stored_mails(simulator: &Simulator) -> Vec<(String, String)> {
        let filter = InboxFilter {
            kind: Some(ItemKind::Mails),
            ..InboxFilter::default()
        };
        let found = simulator.inbox().list_inbox_items(&filter);
        let shown = found.iter().map(|sent| match &sent.item {
            InboxItem::Mail(mail) => (mail.to.clone(), mail.text.clone()),
            InboxItem::Message(message) => (message.to.clone(), message.body.clone()),
        });
        shown.collect()
    }

    #[test]
    fn mail_is_stored_for_each_recipient_without_dot_stuffing() {
        let simulator = Simulator::new(Settings::default());
        let mut session = start_session_with_local_client(&simulator);
        assert!(session.encode_greeting_reply().starts_with(b"220 "));
        assert!(send_smtp_lines(&mut session, &["EHLO here"])[0].starts_with("250"));
        send_smtp_lines(
            &mut session,
            &["NOOP", MAIL[0], "RCPT TO:<bob@example.com>"],
        );
        let replies = send_smtp_lines(&mut session, &MAIL[1..]);
        assert!(replies[1].starts_with("354"), "{replies:?}");
        assert_eq!(replies.last().map(String::as_str), Some("250 OK"));
        let text = ".one dot\n".to_owned();
        let kept = recipients_and_texts_of_stored_mails(&simulator);
        assert_eq!(
            kept,
            [
                ("bob@example.com".to_owned(), text.clone()),
                ("ann@example.com".to_owned(), text)
            ]
        );
        assert!(matches!(
            session.handle_smtp_line(b"QUIT\r\n"),
            SmtpAction::ReplyAndClose(_)
        ));
    }

    #[test]
    fn smtp_session_with_reset_or_wrong_command_order_stores_no_mail() {
        let simulator = Simulator::new(Settings::default());
        let mut session = start_session_with_local_client(&simulator);
        let early = send_smtp_lines(
            &mut session,
            &["DATA", "RCPT TO:<ann@example.com>", "BOGUS"],
        );
        assert!(
            early.iter().all(|reply| reply.starts_with('5')),
            "{early:?}"
        );
        send_smtp_lines(&mut session, &["EHLO here", MAIL[0], MAIL[1], "RSET"]);
        assert!(send_smtp_lines(&mut session, &["DATA"])[0].starts_with("503"));
        assert!(
            send_smtp_lines(&mut session, &[MAIL[0], "RCPT TO:<no-domain>"])[1].starts_with("553")
        );
        assert!(recipients_and_texts_of_stored_mails(&simulator).is_empty());
    }

    #[test]
    fn mail_over_one_mebibyte_is_rejected_and_not_stored() {
        let simulator = Simulator::new(Settings::default());
        let mut session = start_session_with_local_client(&simulator);
        send_smtp_lines(&mut session, &["EHLO here"]);
        send_smtp_lines(&mut session, &MAIL[..6]);
        let line = "x".repeat(1000);
        for _ in 0..=(MAX_MAIL / 1000) {
            send_smtp_lines(&mut session, &[&line]);
        }
        assert!(send_smtp_lines(&mut session, &["."])[0].starts_with("552"));
        assert!(recipients_and_texts_of_stored_mails(&simulator).is_empty());
    }

    #[test]
    fn mail_fault_applies_to_one_mail_only() {
        let simulator = Simulator::new(Settings::default());
        let script = br#"[{"on": "mail", "kind": "status", "status": 451},
                          {"on": "mail", "kind": "drop_before"},
                          {"on": "mail", "kind": "drop_after"},
                          {"on": "any", "kind": "stall"}]"#;
        let script = faults::parse_fault_script(script).expect("a script");
        simulator
            .lock_provider_state()
            .faults
            .replace_fault_script(script);
        let mut session = start_session_with_local_client(&simulator);
        send_smtp_lines(&mut session, &["EHLO here"]);
        assert!(send_smtp_lines(&mut session, &MAIL)[7].starts_with("451 "));
        assert_eq!(send_smtp_lines(&mut session, &["NOOP"]), ["250 OK"]);
        assert!(recipients_and_texts_of_stored_mails(&simulator).is_empty());
        send_smtp_lines(&mut session, &MAIL[..7]);
        assert!(matches!(
            session.handle_smtp_line(b".\r\n"),
            SmtpAction::Close
        ));
        assert!(recipients_and_texts_of_stored_mails(&simulator).is_empty());
        send_smtp_lines(&mut session, &MAIL[..7]);
        assert!(matches!(
            session.handle_smtp_line(b".\r\n"),
            SmtpAction::Close
        ));
        assert_eq!(recipients_and_texts_of_stored_mails(&simulator).len(), 1);
        assert_eq!(send_smtp_lines(&mut session, &MAIL)[7], "250 OK");
        assert_eq!(recipients_and_texts_of_stored_mails(&simulator).len(), 2);
    }

    #[test]
    fn fault_kinds_that_mail_cannot_have_are_rejected() {
        for script in [
            r#"[{"on": "mail", "kind": "html"}]"#,
            r#"[{"on": "mail", "kind": "status", "status": 200}]"#,
            r#"[{"on": "mail", "kind": "status"}]"#,
        ] {
            assert!(
                faults::parse_fault_script(script.as_bytes()).is_err(),
                "{script}"
            );
        }
    }
}
