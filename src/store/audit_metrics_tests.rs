//! How the metrics count events of the audit trail.

use super::*;
use crate::metrics::Metrics;
use crate::security::token::AccountId;
use crate::store::Store;
use crate::store::audit::{AuditOrigin, record_audit_entry};
use domain::Timestamp;

/// Returns how the metrics count an event with this purpose and detail.
fn count(event: Event, purpose: Option<Purpose>, detail: &str) -> CountedEvent {
    let account = AccountId::generate();
    let origin = AuditOrigin::audit_origin_without_device("192.0.2.1");
    let entry = AuditEntry {
        purpose,
        ..AuditEntry::entry_about_account(&account, event, origin).with_detail(detail)
    };
    entry.to_counted_event()
}

#[test]
fn only_events_of_a_sign_in_count_as_its_end() {
    for (event, outcome) in [
        (Event::SessionStarted, Some(SignInOutcome::Completed)),
        (Event::PasswordRefused, Some(SignInOutcome::PasswordRefused)),
        (Event::TriesExhausted, Some(SignInOutcome::AttemptsUsedUp)),
        (Event::FlowCancelled, Some(SignInOutcome::Cancelled)),
        (Event::PasswordAccepted, None),
        (Event::CodeRefused, None),
    ] {
        for purpose in [Purpose::SignIn, Purpose::SetUp] {
            let counted = count(event, Some(purpose), "");
            assert_eq!(counted.sign_in, outcome, "{event:?} {purpose:?}");
        }
        for purpose in [None, Some(Purpose::Registration), Some(Purpose::StepUp)] {
            let counted = count(event, purpose, "");
            assert_eq!(counted.sign_in, None, "{event:?} {purpose:?}");
        }
    }
}

#[test]
fn slowed_down_password_counts_as_limited() {
    let outcome = |event, detail| count(event, Some(Purpose::SignIn), detail).password_check;
    assert_eq!(
        outcome(Event::PasswordAccepted, ""),
        Some(PasswordCheckOutcome::Right)
    );
    assert_eq!(
        outcome(Event::PasswordRefused, ""),
        Some(PasswordCheckOutcome::Wrong)
    );
    assert_eq!(
        outcome(Event::PasswordRefused, PASSWORD_NOT_VERIFIED),
        Some(PasswordCheckOutcome::Limited)
    );
    assert_eq!(outcome(Event::PasswordReset, ""), None);
}

#[test]
fn code_check_has_purpose_method_and_outcome() {
    for (event, detail, method, outcome) in [
        (Event::CodeApproved, "", "sms", "approved"),
        (Event::CodeApproved, "totp", "totp", "approved"),
        (Event::CodeRefused, "wrong", "sms", "wrong"),
        (Event::CodeRefused, "gone", "sms", "gone"),
        (Event::CodeRefused, "unknown", "sms", "unknown"),
        (Event::CodeRefused, "recovery", "recovery", "wrong"),
        (Event::TriesExhausted, "wrong", "sms", "wrong"),
        (Event::TriesExhausted, "exhausted", "sms", "exhausted"),
    ] {
        let expected = CodeCheck {
            purpose: "payment",
            method,
            outcome,
        };
        let counted = count(event, Some(Purpose::Payment), detail);
        assert_eq!(counted.code_check, Some(expected), "{event:?} {detail}");
    }
    // Code entry was blocked, so no code was checked.
    let held = count(Event::TriesExhausted, Some(Purpose::Payment), "held");
    assert_eq!(held.code_check, None);
}

#[tokio::test]
async fn metrics_count_an_event_after_the_commit_only() {
    let directory = tempfile::tempdir().expect("temporary directory is created");
    let url = format!("sqlite://{}", directory.path().join("test.db").display());
    let metrics = std::sync::Arc::new(Metrics::default());
    let store = Store::open(&url).await.expect("database is opened");
    let store = store.with_metrics(std::sync::Arc::clone(&metrics));
    let now = Timestamp::from_millis(1_767_225_600_000);
    let account = AccountId::generate();
    let origin = AuditOrigin::audit_origin_without_device("192.0.2.1");
    let entry = AuditEntry::entry_about_account(&account, Event::PasswordReset, origin);
    for is_committed in [false, true, true] {
        let mut tx = store.begin().await.expect("transaction begins");
        let recorded = record_audit_entry(&mut tx, &entry, now).await;
        recorded.expect("entry is written");
        if is_committed {
            tx.commit().await.expect("transaction is committed");
        }
    }
    let gauges = crate::metrics::NodeGauges {
        waiting_hash_requests: 0,
        is_circuit_breaker_open: false,
        connection_pools: store.connection_pool_sizes(),
    };
    let text = metrics.render_in_text_format(&gauges);
    let text = text.expect("metrics are rendered");
    let series = "sallyport_audit_events_total{event=\"password_reset\"} 2\n";
    assert!(text.contains(series), "{text}");
}
