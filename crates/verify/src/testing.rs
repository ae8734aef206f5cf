//! What the tests of both providers' clients are about, and what they look at.

use std::fmt::{Debug, Write as _};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Client;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::stand_in::Seen;
use super::{
    CheckFailure, CheckRequest, SendFailure, SendRequest, Sent, ServiceId, Services, Transaction,
    Verdict, VerificationId, Verifier, http_client,
};
use domain::{Channel, CodeLength, OneTimeCode, PhoneNumber};

pub(super) const PHONE: &str = "+14155550142";
pub(super) const CODE: &str = "481516";

/// What the calls of a test are about.
pub(super) struct Case {
    pub(super) service: ServiceId,
    pub(super) verification: VerificationId,
    pub(super) to: PhoneNumber,
    pub(super) code: OneTimeCode,
    pub(super) transaction: Option<Transaction>,
}

impl Case {
    pub(super) fn of(service: &str, verification: &str) -> Self {
        let length = CodeLength::new(6).expect("6 is in range");
        Self {
            service: self::service(service),
            verification: VerificationId::parse(verification).expect("an identifier"),
            to: PhoneNumber::from_e164(PHONE).expect("E.164"),
            code: OneTimeCode::parse(CODE, length).expect("six digits"),
            transaction: None,
        }
    }

    pub(super) fn paying(self, amount: &str, payee: &str) -> Self {
        let transaction = Transaction {
            amount: amount.to_owned(),
            payee: payee.to_owned(),
        };
        Self {
            transaction: Some(transaction),
            ..self
        }
    }

    pub(super) fn check(&self) -> CheckRequest<'_> {
        CheckRequest {
            service: &self.service,
            verification: &self.verification,
            to: &self.to,
            code: &self.code,
            transaction: self.transaction.as_ref(),
        }
    }

    pub(super) fn send(&self) -> SendRequest<'_> {
        SendRequest {
            service: &self.service,
            to: &self.to,
            channel: Channel::Sms,
            client_ip: None,
            transaction: self.transaction.as_ref(),
        }
    }

    pub(super) async fn sent_by(&self, provider: &impl Verifier) -> Result<Sent, SendFailure> {
        provider.send(self.send()).await
    }

    pub(super) async fn checked_by(
        &self,
        provider: &impl Verifier,
    ) -> Result<Verdict, CheckFailure> {
        provider.check(self.check()).await
    }
}

pub(super) fn service(id: &str) -> ServiceId {
    ServiceId::parse(id).expect("an identifier")
}

/// One service for everything but payments.
pub(super) fn services(most: &str, payments: &str) -> Services {
    Services {
        registration: service(most),
        sign_in: service(most),
        set_up: service(most),
        phone_change: service(most),
        step_up: service(most),
        payment: service(payments),
    }
}

pub(super) fn client(timeout: Duration) -> Client {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    http_client(Duration::from_secs(3), timeout).expect("a client")
}

pub(super) const PATIENT: Duration = Duration::from_secs(8);

pub(super) fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// `body` with one field set to something else.
pub(super) fn but(mut body: Value, field: &str, value: impl Into<Value>) -> Value {
    body[field] = value.into();
    body
}

/// `body` without one of its fields.
pub(super) fn without(mut body: Value, field: &str) -> Value {
    let fields = body.as_object_mut().expect("an object");
    fields.remove(field).expect("the field is there");
    body
}

#[track_caller]
pub(super) fn header<'a>(seen: &'a Seen, name: &str) -> &'a str {
    let value = seen.headers.get(name).expect("the header is there");
    value.to_str().expect("text")
}

/// Writes down every event and span as text.
#[derive(Clone, Default)]
pub(super) struct Notebook(Arc<Mutex<String>>);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").expect("a string takes it");
    }
}

impl Notebook {
    pub(super) fn text(&self) -> String {
        self.0.lock().expect("no test panics here").clone()
    }

    /// What the clients themselves had to say.
    pub(super) fn of_the_clients(&self) -> Vec<String> {
        let ours = |line: &&str| line.contains("verify::");
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
pub(super) fn watch() -> (
    Notebook,
    (tracing::subscriber::DefaultGuard, tracing::Dispatch),
) {
    let second = tracing::Dispatch::new(Notebook::default());
    let notebook = Notebook::default();
    let guard = tracing::subscriber::set_default(notebook.clone());
    (notebook, (guard, second))
}
