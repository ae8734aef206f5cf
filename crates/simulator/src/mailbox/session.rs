//! One SMTP conversation (RFC 5321), line by line, without sockets.

use std::io;
use std::net::IpAddr;
use std::sync::mpsc;

use mailin::response::{BAD_MAILBOX, OK};
use mailin::{Action, Handler, Response, SessionBuilder};

use super::super::Simulator;
use super::super::faults::{Fault, Kind};
use super::Letter;

/// The longest mail, in bytes.
const MAX_MAIL: usize = 1024 * 1024;
/// The most recipients of one mail (RFC 5321, section 4.5.3.1.8).
const MAX_RECIPIENTS: usize = 100;

/// What happens after a line.
pub(super) enum Next {
    /// Nothing is answered yet.
    Listen,
    Answer(Vec<u8>),
    AnswerAndClose(Vec<u8>),
    /// As `Answer`, so many milliseconds later.
    AnswerLate(Vec<u8>, u64),
    /// Closes without a word.
    Close,
    /// Never answers.
    Stall,
}

/// A conversation and the mail it is about.
pub(super) struct Session {
    smtp: mailin::Session<Keeper>,
    ends: mpsc::Receiver<End>,
}

/// Takes mails in, and tells the session over a channel what came of each: it belongs to the state
/// machine, which after a refusal would take the next command for text.
struct Keeper {
    simulator: Simulator,
    recipients: Vec<String>,
    data: Vec<u8>,
    ends: mpsc::Sender<End>,
}

/// What came of a mail.
struct End {
    refusal: Option<(u16, &'static str)>,
    fault: Option<Fault>,
}

impl End {
    const fn refused(code: u16, why: &'static str) -> Self {
        Self {
            refusal: Some((code, why)),
            fault: None,
        }
    }
}

impl Session {
    pub(super) fn new(simulator: Simulator, remote: IpAddr) -> Self {
        let (sender, ends) = mpsc::channel();
        let keeper = Keeper {
            simulator,
            recipients: Vec::new(),
            data: Vec::new(),
            ends: sender,
        };
        Self {
            smtp: SessionBuilder::new("sallyport-simulator").build(remote, keeper),
            ends,
        }
    }

    pub(super) fn greeting(&self) -> Vec<u8> {
        written(&self.smtp.greeting())
    }

    /// Acts on one line, its end included.
    pub(super) fn line(&mut self, line: &[u8]) -> Next {
        let response = self.smtp.process(line);
        let answer = written(&response);
        if let Ok(end) = self.ends.try_recv() {
            return end.next(answer);
        }
        match response.action {
            Action::NoReply => Next::Listen,
            Action::Close => Next::AnswerAndClose(answer),
            Action::Reply | Action::UpgradeTls => Next::Answer(answer),
        }
    }
}

impl End {
    fn next(self, accepted: Vec<u8>) -> Next {
        let answer = match self.refusal {
            Some((code, why)) => format!("{code} {why}\r\n").into_bytes(),
            None => accepted,
        };
        match self.fault.map(|fault| (fault.kind, fault.delay_ms)) {
            Some((Kind::DropBefore | Kind::DropAfter, _)) => Next::Close,
            Some((Kind::Stall, _)) => Next::Stall,
            Some((Kind::Delay, Some(millis))) => Next::AnswerLate(answer, millis),
            Some(_) | None => Next::Answer(answer),
        }
    }
}

impl Keeper {
    /// A fault is taken at the end of each mail, so that one fault meets one mail.
    fn end(&mut self) -> End {
        let data = std::mem::take(&mut self.data);
        let recipients = std::mem::take(&mut self.recipients);
        if data.len() > MAX_MAIL {
            return End::refused(552, "The mail is too long");
        }
        let letters: Option<Vec<Letter>> = recipients
            .iter()
            .map(|to| Letter::read(to, &data))
            .collect();
        let Some(letters) = letters else {
            return End::refused(554, "This is no mail");
        };
        let fault = self.simulator.world().faults.take_for_mail();
        if fault.as_ref().is_none_or(Fault::acts) {
            let now = self.simulator.now();
            for letter in letters {
                self.simulator.inbox().deliver_mail(letter, now);
            }
        }
        let status = fault.as_ref().and_then(|fault| fault.status);
        End {
            refusal: status.map(|code| (code, "Refused by a fault")),
            fault,
        }
    }
}

fn written(response: &Response) -> Vec<u8> {
    // Writing to memory does not fail.
    response.buffer().unwrap_or_default()
}

impl Handler for Keeper {
    fn mail(&mut self, _ip: IpAddr, _domain: &str, _from: &str) -> Response {
        self.recipients.clear();
        OK
    }

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

    /// One byte more than fits is kept, as a sign that there was more.
    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        let room = (MAX_MAIL + 1).saturating_sub(self.data.len());
        self.data.extend_from_slice(&line[..line.len().min(room)]);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let end = self.end();
        // The other end is in the same session, which is running right now.
        let _ = self.ends.send(end);
        OK
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::super::super::messages::{Filter, Item, Kind as ItemKind};
    use super::super::super::{Settings, Simulator, faults};
    use super::*;

    fn session(simulator: &Simulator) -> Session {
        Session::new(simulator.clone(), Ipv4Addr::LOCALHOST.into())
    }

    fn said(next: &Next) -> String {
        match next {
            Next::Answer(text) | Next::AnswerAndClose(text) | Next::AnswerLate(text, _) => {
                String::from_utf8_lossy(text).trim_end().to_owned()
            }
            Next::Listen | Next::Close | Next::Stall => String::new(),
        }
    }

    fn talk(session: &mut Session, lines: &[&str]) -> Vec<String> {
        let line = |line: &&str| said(&session.line(format!("{line}\r\n").as_bytes()));
        lines.iter().map(line).collect()
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

    fn mails(simulator: &Simulator) -> Vec<(String, String)> {
        let filter = Filter {
            kind: Some(ItemKind::Mails),
            ..Filter::default()
        };
        let found = simulator.inbox().list(&filter);
        let shown = found.iter().map(|sent| match &sent.item {
            Item::Mail(mail) => (mail.to.clone(), mail.text.clone()),
            Item::Message(message) => (message.to.clone(), message.body.clone()),
        });
        shown.collect()
    }

    #[test]
    fn a_mail_is_kept_for_each_recipient_without_its_stuffed_dots() {
        let simulator = Simulator::new(Settings::default());
        let mut session = session(&simulator);
        assert!(session.greeting().starts_with(b"220 "));
        assert!(talk(&mut session, &["EHLO here"])[0].starts_with("250"));
        talk(
            &mut session,
            &["NOOP", MAIL[0], "RCPT TO:<bob@example.com>"],
        );
        let answers = talk(&mut session, &MAIL[1..]);
        assert!(answers[1].starts_with("354"), "{answers:?}");
        assert_eq!(answers.last().map(String::as_str), Some("250 OK"));
        let text = ".one dot\n".to_owned();
        let kept = mails(&simulator);
        assert_eq!(
            kept,
            [
                ("bob@example.com".to_owned(), text.clone()),
                ("ann@example.com".to_owned(), text)
            ]
        );
        assert!(matches!(session.line(b"QUIT\r\n"), Next::AnswerAndClose(_)));
    }

    #[test]
    fn steps_out_of_order_and_reset_ones_keep_nothing() {
        let simulator = Simulator::new(Settings::default());
        let mut session = session(&simulator);
        let early = talk(
            &mut session,
            &["DATA", "RCPT TO:<ann@example.com>", "BOGUS"],
        );
        assert!(
            early.iter().all(|answer| answer.starts_with('5')),
            "{early:?}"
        );
        talk(&mut session, &["EHLO here", MAIL[0], MAIL[1], "RSET"]);
        assert!(talk(&mut session, &["DATA"])[0].starts_with("503"));
        assert!(talk(&mut session, &[MAIL[0], "RCPT TO:<nobody>"])[1].starts_with("553"));
        assert!(mails(&simulator).is_empty());
    }

    #[test]
    fn a_mail_that_is_too_long_is_refused_and_not_kept() {
        let simulator = Simulator::new(Settings::default());
        let mut session = session(&simulator);
        talk(&mut session, &["EHLO here"]);
        talk(&mut session, &MAIL[..6]);
        let line = "x".repeat(1000);
        for _ in 0..=(MAX_MAIL / 1000) {
            talk(&mut session, &[&line]);
        }
        assert!(talk(&mut session, &["."])[0].starts_with("552"));
        assert!(mails(&simulator).is_empty());
    }

    #[test]
    fn a_fault_meets_one_mail() {
        let simulator = Simulator::new(Settings::default());
        let script = br#"[{"on": "mail", "kind": "status", "status": 451},
                          {"on": "mail", "kind": "drop_before"},
                          {"on": "mail", "kind": "drop_after"},
                          {"on": "any", "kind": "stall"}]"#;
        let script = faults::parse(script).expect("a script");
        simulator.world().faults.set(script);
        let mut session = session(&simulator);
        talk(&mut session, &["EHLO here"]);
        assert!(talk(&mut session, &MAIL)[7].starts_with("451 "));
        assert_eq!(talk(&mut session, &["NOOP"]), ["250 OK"]);
        assert!(mails(&simulator).is_empty());
        talk(&mut session, &MAIL[..7]);
        assert!(matches!(session.line(b".\r\n"), Next::Close));
        assert!(mails(&simulator).is_empty());
        talk(&mut session, &MAIL[..7]);
        assert!(matches!(session.line(b".\r\n"), Next::Close));
        assert_eq!(mails(&simulator).len(), 1);
        assert_eq!(talk(&mut session, &MAIL)[7], "250 OK");
        assert_eq!(mails(&simulator).len(), 2);
    }

    #[test]
    fn what_makes_no_sense_for_mail_is_refused() {
        for script in [
            r#"[{"on": "mail", "kind": "html"}]"#,
            r#"[{"on": "mail", "kind": "status", "status": 200}]"#,
            r#"[{"on": "mail", "kind": "status"}]"#,
        ] {
            assert!(faults::parse(script.as_bytes()).is_err(), "{script}");
        }
    }
}
