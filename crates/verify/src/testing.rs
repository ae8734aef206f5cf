//! Helpers for the tests of both provider clients.

use std::fmt::{Debug, Write as _};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Client;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::http::build_api_http_client;
use crate::identifiers::{ServiceId, VerificationId};
use crate::mock_server::RecordedRequest;
use crate::outcome::{CheckFailure, SendFailure, Sent, Verdict};
use crate::services::Services;
use crate::verifier::{CheckRequest, SendRequest, Transaction, Verifier};
use domain::{Channel, CodeLength, Language, OneTimeCode, PhoneNumber};

pub(super) const PHONE: &str = "+14155550142";
pub(super) const CODE: &str = "481516";

/// Verification that a test sends or checks: service, verification ID, phone number and code.
pub(super) struct Case {
    pub(super) service: ServiceId,
    pub(super) verification: VerificationId,
    pub(super) to: PhoneNumber,
    pub(super) code: OneTimeCode,
    pub(super) transaction: Option<Transaction>,
}

impl Case {
    /// Creates a verification with these service and verification IDs.
    pub(super) fn new(service: &str, verification: &str) -> Self {
        let length = CodeLength::new(6).expect("valid code length");
        Self {
            service: service_id(service),
            verification: VerificationId::parse_provider_id(verification).expect("an identifier"),
            to: PhoneNumber::from_e164(PHONE).expect("valid E.164 number"),
            code: OneTimeCode::parse(CODE, length).expect("six digits"),
            transaction: None,
        }
    }

    /// Returns the verification for a payment with this amount and payee.
    pub(super) fn with_transaction(self, amount: &str, payee: &str) -> Self {
        let transaction = Transaction {
            amount: amount.to_owned(),
            payee: payee.to_owned(),
        };
        Self {
            transaction: Some(transaction),
            ..self
        }
    }

    /// Returns the request to check the code.
    pub(super) fn check_request(&self) -> CheckRequest<'_> {
        CheckRequest {
            service: &self.service,
            verification: &self.verification,
            to: &self.to,
            code: &self.code,
            transaction: self.transaction.as_ref(),
        }
    }

    /// Returns the request to send the code by SMS.
    pub(super) fn send_request(&self) -> SendRequest<'_> {
        SendRequest {
            service: &self.service,
            to: &self.to,
            channel: Channel::Sms,
            language: Language::English,
            client_ip: None,
            transaction: self.transaction.as_ref(),
        }
    }

    /// Sends the code with this provider client.
    pub(super) async fn send_with(&self, provider: &impl Verifier) -> Result<Sent, SendFailure> {
        provider.send_code(self.send_request()).await
    }

    /// Checks the code with this provider client.
    pub(super) async fn check_with(
        &self,
        provider: &impl Verifier,
    ) -> Result<Verdict, CheckFailure> {
        provider.check_code(self.check_request()).await
    }
}

/// Parses a service ID that the test expects to be valid.
pub(super) fn service_id(id: &str) -> ServiceId {
    ServiceId::parse_provider_id(id).expect("an identifier")
}

/// Returns provider services in which payments use the service `payments`, and all other purposes use `others`.
pub(super) fn create_services(others: &str, payments: &str) -> Services {
    Services {
        registration: service_id(others),
        sign_in: service_id(others),
        set_up: service_id(others),
        phone_change: service_id(others),
        step_up: service_id(others),
        payment: service_id(payments),
    }
}

/// Builds an HTTP client with this timeout.
pub(super) fn client_with_timeout(timeout: Duration) -> Client {
    // An error means that another test has installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    build_api_http_client(Duration::from_secs(3), timeout).expect("a client")
}

pub(super) const LONG_TIMEOUT: Duration = Duration::from_secs(8);

/// Returns the base URL of a server at this address.
pub(super) fn base_url_of_server(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// Returns the JSON object `body` with one field replaced.
pub(super) fn with_field(mut body: Value, field: &str, value: impl Into<Value>) -> Value {
    body[field] = value.into();
    body
}

/// Returns the JSON object `body` without one field.
pub(super) fn without_field(mut body: Value, field: &str) -> Value {
    let fields = body.as_object_mut().expect("value is an object");
    fields.remove(field).expect("field exists");
    body
}

#[track_caller]
pub(super) fn header<'a>(request: &'a RecordedRequest, name: &str) -> &'a str {
    let value = request.headers.get(name).expect("header exists");
    value.to_str().expect("valid UTF-8")
}

/// Log subscriber that stores every event and span as text, for tests to search.
#[derive(Clone, Default)]
pub(super) struct LogCapture(Arc<Mutex<String>>);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").expect("writing to a string succeeds");
    }
}

impl LogCapture {
    /// Returns the text of everything logged so far.
    pub(super) fn text(&self) -> String {
        self.0.lock().expect("mutex is not poisoned").clone()
    }

    /// Returns the captured log lines that this crate has written.
    pub(super) fn client_lines(&self) -> Vec<String> {
        let of_this_crate = |line: &&str| line.contains("verify::");
        self.text()
            .lines()
            .filter(of_this_crate)
            .map(str::to_owned)
            .collect()
    }

    /// Appends one line to the log. `visit` adds the fields of the event or span.
    fn append(&self, metadata: &Metadata<'_>, visit: impl FnOnce(&mut Line<'_>)) {
        let mut text = self.0.lock().expect("mutex is not poisoned");
        write!(text, "{} {}", metadata.level(), metadata.target())
            .expect("writing to a string succeeds");
        visit(&mut Line(&mut text));
        text.push('\n');
    }
}

impl Subscriber for LogCapture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.append(span.metadata(), |line| span.record(line));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.append(event.metadata(), |line| event.record(line));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Captures the log of this thread until the guard is dropped.
pub(super) fn capture_logs() -> (
    LogCapture,
    (tracing::subscriber::DefaultGuard, tracing::Dispatch),
) {
    // With a single subscriber, tracing caches whether each log statement is enabled. A test without a subscriber
    // could then disable the statement for this test too. A second subscriber disables this cache.
    let second = tracing::Dispatch::new(LogCapture::default());
    let logs = LogCapture::default();
    let guard = tracing::subscriber::set_default(logs.clone());
    (logs, (guard, second))
}
