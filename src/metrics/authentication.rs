//! Metrics of passwords, codes and sign-ins. All of them count committed events of the audit trail.

use prometheus_client::registry::Registry;

use super::family::{Counters, create_series_at_zero, register_metric};
use super::labels::{PasswordCheckOutcome, SignInOutcome};

/// A committed event of the audit trail, as the metrics count it. It has no data of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedEvent {
    /// The stored name of the event.
    pub event: &'static str,
    /// How the event has ended a sign-in. `None` if it has ended none.
    pub sign_in: Option<SignInOutcome>,
    pub password_check: Option<PasswordCheckOutcome>,
    pub code_check: Option<CodeCheck>,
}

/// A checked code, as the metrics count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeCheck {
    /// The purpose of the verification flow.
    pub purpose: &'static str,
    /// The second factor: `sms` (also for voice calls), `totp` or `recovery`.
    pub method: &'static str,
    pub outcome: &'static str,
}

/// Counters of audit events, sign-ins, password attempts and checked codes.
#[derive(Debug)]
pub struct AuthenticationMetrics {
    audit_events: Counters<1>,
    sign_ins: Counters<1>,
    password_checks: Counters<1>,
    code_checks: Counters<3>,
}

impl AuthenticationMetrics {
    /// Creates the metrics and adds them to the registry.
    pub(super) fn register_metrics(registry: &mut Registry) -> Self {
        let sign_ins = SignInOutcome::ALL.iter();
        let sign_ins = sign_ins.map(|outcome| [("outcome", outcome.as_str())]);
        let password_checks = PasswordCheckOutcome::ALL.iter();
        let password_checks = password_checks.map(|outcome| [("outcome", outcome.as_str())]);
        Self {
            audit_events: register_metric(
                registry,
                "audit_events",
                "Committed events of the audit trail",
                Counters::<1>::default(),
            ),
            sign_ins: register_metric(
                registry,
                "sign_ins",
                "Ended sign-ins",
                create_series_at_zero(Counters::<1>::default(), sign_ins),
            ),
            password_checks: register_metric(
                registry,
                "password_checks",
                "Password attempts in sign-ins and step-ups",
                create_series_at_zero(Counters::<1>::default(), password_checks),
            ),
            code_checks: register_metric(
                registry,
                "code_checks",
                "Checked codes of text messages, calls and authenticator apps, and recovery codes",
                Counters::<3>::default(),
            ),
        }
    }

    /// Counts a committed event of the audit trail.
    pub fn count_committed_event(&self, counted: &CountedEvent) {
        self.audit_events
            .get_or_create(&[("event", counted.event)])
            .inc();
        if let Some(outcome) = counted.sign_in {
            self.sign_ins
                .get_or_create(&[("outcome", outcome.as_str())])
                .inc();
        }
        if let Some(outcome) = counted.password_check {
            self.password_checks
                .get_or_create(&[("outcome", outcome.as_str())])
                .inc();
        }
        if let Some(check) = counted.code_check {
            let labels = [
                ("purpose", check.purpose),
                ("method", check.method),
                ("outcome", check.outcome),
            ];
            self.code_checks.get_or_create(&labels).inc();
        }
    }
}
