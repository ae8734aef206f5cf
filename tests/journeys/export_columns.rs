//! The decision for every column of the database whether the data export contains it.

use std::collections::BTreeMap;

use sallyport::auth::entry::export::format_rfc3339;
use serde_json::Value;

use crate::support::{Database, TestApp, call, on_both_databases};
use domain::{Purpose, Timestamp};

on_both_databases![every_column_is_exported_or_left_out_for_a_reason];

/// How the data export treats a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    /// The export contains the values.
    Values,
    /// The export contains a fact that follows from the value, such as yes or no.
    Fact,
    /// Not exported, because another column has the same value or the value says nothing about the holder.
    Nothing,
    /// Not exported, because it holds a secret, or the hash or ciphertext of one.
    Secret,
}

use Decision::{Fact, Nothing, Secret, Values};

/// Every column of both databases. A new column of an account's table is added to `src/auth/entry/export` and to
/// `docs/data-export.md` if it says something about the holder, and here in any case.
const DECISIONS: &[(&str, Decision)] = &[
    ("accounts.created_at", Values),
    ("accounts.delete_at", Values),
    // The event of the request says whether an operator made it.
    ("accounts.deletion_by_operator", Nothing),
    ("accounts.device_epoch", Nothing),
    ("accounts.disabled", Fact),
    ("accounts.email", Values),
    ("accounts.email_canonical", Nothing),
    ("accounts.email_verified_at", Values),
    ("accounts.erased_at", Nothing),
    ("accounts.full_name", Values),
    ("accounts.held_at", Values),
    ("accounts.id", Values),
    ("accounts.language", Values),
    ("accounts.last_method", Values),
    ("accounts.mfa", Fact),
    ("accounts.password_from_mail", Nothing),
    ("accounts.password_hash", Secret),
    ("accounts.phone", Values),
    ("accounts.phone_changed_at", Values),
    ("accounts.phone_verified_at", Values),
    ("accounts.slow_hash", Nothing),
    ("accounts.username", Values),
    ("accounts.username_canonical", Nothing),
    ("audit_events.account_id", Nothing),
    ("audit_events.at", Values),
    ("audit_events.detail", Values),
    ("audit_events.device", Fact),
    ("audit_events.event", Values),
    ("audit_events.flow_id", Nothing),
    ("audit_events.id", Nothing),
    // A random ID, which only leads to lines of the log.
    ("audit_events.request_id", Nothing),
    // Exported only for events that the holder or an operator caused.
    ("audit_events.source", Fact),
    ("authenticators.account_id", Nothing),
    ("authenticators.confirmed_at", Values),
    ("authenticators.last_step", Nothing),
    ("authenticators.pending_expires_at", Nothing),
    ("authenticators.pending_secret", Secret),
    ("authenticators.pending_session", Nothing),
    ("authenticators.pending_tries", Nothing),
    ("authenticators.secret", Secret),
    // Codes that were sent, deleted after 8 days.
    ("codes.flow_id", Nothing),
    ("codes.made_at", Nothing),
    ("codes.phone", Nothing),
    ("codes.service", Nothing),
    ("codes.verification", Nothing),
    ("contact_changes.account_id", Nothing),
    ("contact_changes.expires_at", Values),
    ("contact_changes.id", Nothing),
    ("contact_changes.kind", Values),
    ("contact_changes.made_at", Values),
    ("contact_changes.old_value", Values),
    ("contact_changes.position", Nothing),
    // Delivery reports of the provider, deleted after a day.
    ("deliveries.event", Nothing),
    ("deliveries.provider", Nothing),
    ("deliveries.received_at", Nothing),
    ("deliveries.status", Nothing),
    ("deliveries.verification", Nothing),
    ("email_proofs.account_id", Nothing),
    ("email_proofs.cancel_hash", Secret),
    ("email_proofs.code_hash", Secret),
    ("email_proofs.created_at", Nothing),
    ("email_proofs.email", Values),
    ("email_proofs.expires_at", Values),
    ("email_proofs.tries", Nothing),
    // Verifications in progress, deleted after a day. Strangers can open some of them.
    ("flows.account_id", Nothing),
    ("flows.ends_at", Nothing),
    ("flows.handle_hash", Secret),
    ("flows.id", Nothing),
    ("flows.live", Nothing),
    ("flows.opened_at", Nothing),
    ("flows.phone", Nothing),
    ("flows.purpose", Nothing),
    ("flows.returned_at", Nothing),
    ("flows.subject", Nothing),
    ("flows.verification", Nothing),
    ("flows.version", Nothing),
    // The payments have the same values.
    ("ledger_entries.account_id", Nothing),
    ("ledger_entries.amount_minor", Nothing),
    ("ledger_entries.at", Values),
    ("ledger_entries.currency", Values),
    ("ledger_entries.description", Values),
    ("ledger_entries.id", Values),
    ("ledger_entries.payment_id", Values),
    ("ledger_entries.recipient", Values),
    // Keyed hashes: they lead to no account.
    ("limit_buckets.counts", Nothing),
    ("limit_buckets.events", Nothing),
    ("limit_buckets.expires_at", Nothing),
    ("limit_buckets.key", Secret),
    ("limit_buckets.latest_at", Nothing),
    // Messages that were sent, deleted after a week. The history has what caused them.
    ("outbox.account_id", Nothing),
    ("outbox.created_at", Nothing),
    ("outbox.done_at", Nothing),
    ("outbox.due_at", Nothing),
    ("outbox.id", Nothing),
    ("outbox.kind", Nothing),
    ("outbox.notice", Nothing),
    ("outbox.outcome", Nothing),
    ("outbox.recipient", Nothing),
    ("outbox.repeats", Nothing),
    ("outbox.tries", Nothing),
    ("outbox.way", Nothing),
    // Links of mails. Strangers can ask for some of them.
    ("password_resets.account_id", Nothing),
    ("password_resets.created_at", Nothing),
    ("password_resets.email", Nothing),
    ("password_resets.expires_at", Nothing),
    ("password_resets.kind", Nothing),
    ("password_resets.password_digest", Secret),
    ("password_resets.subject", Nothing),
    ("password_resets.token_hash", Secret),
    ("payments.account_id", Nothing),
    ("payments.amount_minor", Fact),
    ("payments.asked_at", Nothing),
    ("payments.confirmed_at", Values),
    ("payments.created_at", Values),
    ("payments.currency", Values),
    ("payments.description", Values),
    ("payments.expires_at", Values),
    ("payments.flow_id", Nothing),
    ("payments.id", Values),
    ("payments.reason", Values),
    ("payments.recipient", Values),
    ("payments.request_key", Secret),
    ("payments.session_id", Nothing),
    ("payments.source", Values),
    ("payments.status", Values),
    ("payments.transaction_id", Values),
    ("readiness.id", Nothing),
    ("readiness.written_at", Nothing),
    ("recoveries.account_id", Nothing),
    ("recoveries.browser_token_hash", Secret),
    ("recoveries.device_epoch", Nothing),
    ("recoveries.due_at", Values),
    ("recoveries.email", Values),
    ("recoveries.expires_at", Values),
    ("recoveries.id", Nothing),
    ("recoveries.opened_at", Values),
    ("recoveries.phone", Values),
    ("recovery_codes.account_id", Nothing),
    ("recovery_codes.code_hash", Secret),
    ("recovery_codes.made_at", Values),
    ("recovery_codes.slot", Nothing),
    ("recovery_codes.spent_at", Fact),
    ("sealed_keys.name", Nothing),
    ("sealed_keys.sealed", Secret),
    ("sessions.account_id", Nothing),
    ("sessions.created_at", Values),
    ("sessions.ends_at", Values),
    ("sessions.id", Nothing),
    ("sessions.kind", Values),
    ("sessions.last_seen_at", Values),
    ("sessions.method", Values),
    ("sessions.previous_token_hash", Secret),
    ("sessions.renewed_at", Nothing),
    ("sessions.renewed_for", Nothing),
    ("sessions.source", Values),
    ("sessions.stepped_up_at", Values),
    ("sessions.token_hash", Secret),
    ("sessions.user_agent", Values),
    ("spent_captchas.expires_at", Nothing),
    ("spent_captchas.id", Nothing),
];

/// Columns of [`Values`] that the account of the test leaves empty.
const EMPTY: &[&str] = &["accounts.delete_at", "accounts.held_at", "payments.reason"];

/// Numbers from here on are times, in milliseconds since the Unix epoch.
const FIRST_TIME: i64 = 1_000_000_000_000;

async fn every_column_is_exported_or_left_out_for_a_reason(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_COOLING_HOURS", "0")
        .start()
        .await;
    let probe = app.open_database().await;
    let decided: Vec<&str> = DECISIONS.iter().map(|(column, _)| *column).collect();
    assert_eq!(probe.list_columns().await, decided);

    let ann = app.register_user_with_unverified_email().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    let code = browser.request_email_code(&app, &ann.email).await;
    browser
        .submit_form(&call::submit_email_code(&code))
        .await
        .expect_step();
    app.skip_resend_cooldown().await;
    browser.add_account_data(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let (ann, mut browser, _) = app.change_phone(&ann).await;
    browser
        .begin_email_change(&app, "another@example.net")
        .await;
    app.open_recovery(&ann).await;
    let document = app.export_by_command(&ann).to_string();

    let mut values: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let lines = probe.read_column_values(&probe.list_columns().await).await;
    for (column, _) in DECISIONS {
        let prefix = format!("{column}: ");
        let found = lines.iter().filter_map(|line| line.strip_prefix(&prefix));
        let found = found.filter(|value| !value.is_empty() && *value != "0");
        values.insert(column, found.map(str::to_owned).collect());
    }
    for (column, decision) in DECISIONS {
        let values = &values[column];
        match decision {
            Values => {
                assert_eq!(values.is_empty(), EMPTY.contains(column), "{column}");
                for value in values {
                    let text = exported_form_of_value(value);
                    assert!(document.contains(&text), "{column}: {text}: {document}");
                }
            }
            Secret => {
                for value in values {
                    assert!(!document.contains(value), "{column}: {document}");
                }
            }
            Fact | Nothing => {}
        }
    }
}

/// Returns a stored value as the export contains it: a time by RFC 3339, and any other value as a string.
fn exported_form_of_value(value: &str) -> String {
    match value.parse::<i64>() {
        Ok(millis) if millis >= FIRST_TIME => format_rfc3339(Timestamp::from_millis(millis)),
        _ => Value::from(value).to_string(),
    }
}
