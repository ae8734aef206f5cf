//! What reaches the log, everything at TRACE included (OTP-11, LEAK-04).

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::stand_in::{Canned, StandIn, listen};
use super::*;

/// Writes down every event and span as text.
#[derive(Clone, Default)]
struct Notebook(Arc<Mutex<String>>);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").expect("a string takes it");
    }
}

impl Notebook {
    fn text(&self) -> String {
        self.0.lock().expect("no test panics here").clone()
    }

    fn of_this_module(&self) -> Vec<String> {
        let ours = |line: &&str| line.contains("verify::twilio");
        self.text()
            .lines()
            .filter(ours)
            .map(str::to_owned)
            .collect()
    }

    fn note(&self, metadata: &Metadata<'_>, visit: impl FnOnce(&mut Line<'_>)) {
        let mut text = self.0.lock().expect("no test panics here");
        write!(text, "{} {}", metadata.level(), metadata.target()).expect("a string takes it");
        visit(&mut Line(&mut text));
        text.push('\n');
    }
}

impl Subscriber for Notebook {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.note(span.metadata(), |line| span.record(line));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.note(event.metadata(), |line| event.record(line));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A notebook for this test's thread, open for as long as the guard lives.
///
/// With one subscriber alive, tracing asks whatever thread comes by first whether a line is
/// wanted, and remembers a "no" of another test's for good. The second subscriber makes it ask
/// all of them.
fn watch() -> (
    Notebook,
    (tracing::subscriber::DefaultGuard, tracing::Dispatch),
) {
    let second = tracing::Dispatch::new(Notebook::default());
    let notebook = Notebook::default();
    let guard = tracing::subscriber::set_default(notebook.clone());
    (notebook, (guard, second))
}

#[tokio::test]
async fn nothing_secret_and_no_number_is_ever_logged() {
    let (notebook, _watch) = watch();
    let leaky = format!("Invalid parameter `To`: {PHONE} {CODE}");
    let answers = [
        Canned::json(201, &created()),
        Canned::json(200, &approved()),
        Canned::json(400, &error(400, 60200, &leaky)),
        Canned::json(500, &error(500, 60200, &leaky)),
        Canned::json(403, &error(403, 20403, &leaky)),
        Canned::json(200, &but(approved(), "sid", json!([PHONE, CODE]))),
        Canned::json(200, &format!("{{\"status\":\"{PHONE} {CODE}")),
        Canned::typed(200, "text/html", leaky.clone()),
    ];
    let stand_in = StandIn::answering(Canned::json(500, "")).await;
    let (twilio, case) = (twilio_at(stand_in.address), Case::new());
    for answer in answers {
        stand_in.now_answers(answer);
        let _ = case.sent_by(&twilio).await;
        let _ = case.checked_by(&twilio).await;
        let _ = twilio.fetch(&case.service, &case.verification).await;
    }
    let (listener, address) = listen().await;
    drop(listener);
    let _ = case.checked_by(&twilio_at(address)).await;

    let text = notebook.text();
    assert!(!notebook.of_this_module().is_empty(), "{text}");
    for secret in [CODE, &PHONE[2..], TOKEN, "QUM3ZDFm", "Invalid parameter"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn a_failure_is_logged_once_with_what_an_operator_needs() {
    let (notebook, _watch) = watch();
    let refused = Canned::json(403, &error(403, 60410, "blocked"));
    let stand_in = StandIn::answering(refused).await;
    let (twilio, case) = (twilio_at(stand_in.address), Case::new());
    let _ = case.sent_by(&twilio).await;
    stand_in.now_answers(Canned::json(401, &error(401, 20003, "Authenticate")));
    let _ = case.checked_by(&twilio).await;
    // A verdict is no failure, and nor is a verification that is gone.
    stand_in.now_answers(Canned::json(404, &error(404, 20404, "not found")));
    let _ = case.checked_by(&twilio).await;

    let lines = notebook.of_this_module();
    let expected = [
        "WARN operation=\"create\" http_status=403 twilio_code=60410 outcome=\"blocked\"",
        "ERROR operation=\"check\" http_status=401 twilio_code=20003 outcome=\"configuration\"",
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, expected) in lines.iter().zip(expected) {
        for part in expected.split(' ') {
            assert!(line.contains(part), "{part} in {line}");
        }
    }
}

#[test]
fn debug_prints_neither_credentials_nor_number_nor_code_nor_payee() {
    let case = Case::paying("39.99", "Acme");
    let printed = format!(
        "{:?} {:?} {:?}",
        case.check(),
        case.send(),
        settings("http://localhost")
    );
    for secret in [CODE, &PHONE[..8], TOKEN, ACCOUNT, "39.99", "Acme"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}
