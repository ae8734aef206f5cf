//! Ends what a restored backup has made valid again: sessions, flows, links, codes and lost-phone recoveries.
//!
//! The owner of an account may have ended each of them after the backup. What protects an owner stays: the links that
//! undo a change, and the second factors. docs/production.md#after-a-restore explains each choice.

use std::time::Duration;

use serde::Serialize;

use crate::auth::engine::persistence::end_locked_flows;
use crate::auth::entry::deletion::restart_time_until_erasure;
use crate::auth::purposes::lost_phone::find_open_lost_phone_recovery;
use crate::notifications;
use crate::security::totp::TimeStep;
use crate::store::audit::{self, AuditEntry, AuditOrigin, Event};
use crate::store::{ReadFrom, StoreError, Tx, accounts, flows, recoveries, restored_backup};
use domain::{Notification, Timestamp};

/// The settings of the clean-up after a restore.
#[derive(Clone, Copy, Debug)]
pub struct CleanupSettings<'a> {
    /// The source of the audit events.
    pub source: &'a str,
    /// The waiting time between the request of a deletion and the erasure of the account.
    pub deletion_delay: Duration,
    /// Whether all unused recovery codes end.
    pub ends_recovery_codes: bool,
}

/// The numbers of ended sessions, flows and other rows of a restored database, for the output of the command.
#[derive(Debug, Serialize)]
pub struct CleanupResult {
    pub sessions: u64,
    pub flows: u64,
    /// Links that reset a password, and links that open or cancel a lost-phone recovery.
    pub links: u64,
    pub email_proofs: u64,
    pub lost_phone_recoveries: u64,
    /// Authenticator apps that accept only codes of later time steps.
    pub authenticators: u64,
    pub recovery_codes: u64,
    /// Notifications that would have contained a new code or link.
    pub unsent_mails: u64,
    pub postponed_erasures: u64,
    /// Confirmed payments without a result, which a starting server continues.
    pub processing_payments: i64,
    /// The usernames of accounts with recovery codes that may have been used after the backup.
    pub accounts_with_recovery_codes: Vec<String>,
}

/// Ends what a restored backup has made valid again, for all accounts, and records an audit event.
///
/// Call it while no server runs. Can be repeated.
pub async fn end_access_restored_from_backup(
    tx: &mut Tx,
    settings: CleanupSettings<'_>,
    now: Timestamp,
) -> Result<CleanupResult, StoreError> {
    restored_backup::remove_statement_time_limit(tx).await?;
    let live = flows::list_all_live_flows(tx).await?;
    let flow_count = u64::try_from(live.len()).unwrap_or(u64::MAX);
    // A command does not call the provider. The codes of the flows expire there.
    drop(end_locked_flows(tx, live, now).await?);
    let email_proofs = restored_backup::delete_all_email_proofs(tx).await?;
    let lost_phone_recoveries = cancel_open_recoveries(tx, settings, now).await?;
    let postponed_erasures = postpone_erasures(tx, settings, now).await?;
    let links = restored_backup::delete_all_mailed_links_except_undo_links(tx).await?;
    let step = TimeStep::latest_accepted_at(now);
    let authenticators =
        restored_backup::mark_totp_time_step_used_for_all_accounts(tx, step).await?;
    let recovery_codes = if settings.ends_recovery_codes {
        restored_backup::mark_all_recovery_codes_used(tx, now).await?
    } else {
        0
    };
    let accounts_with_recovery_codes =
        restored_backup::list_usernames_with_unused_recovery_codes(tx).await?;
    let result = CleanupResult {
        sessions: restored_backup::delete_all_sessions(tx).await?,
        flows: flow_count,
        links,
        email_proofs,
        lost_phone_recoveries,
        authenticators,
        recovery_codes,
        unsent_mails: restored_backup::delete_unsent_mails_with_code_or_link(tx).await?,
        postponed_erasures,
        processing_payments: restored_backup::count_processing_payments(tx).await?,
        accounts_with_recovery_codes,
    };
    record_restored_backup(tx, &result, settings, now).await?;
    Ok(result)
}

/// Cancels the open lost-phone recoveries of all accounts, and notifies their users. Returns the number of recoveries.
async fn cancel_open_recoveries(
    tx: &mut Tx,
    settings: CleanupSettings<'_>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut cancelled = 0;
    for id in restored_backup::list_accounts_with_recovery(tx, now).await? {
        let Some(account) = accounts::find_account(ReadFrom::Transaction(tx), &id).await? else {
            continue;
        };
        let open = find_open_lost_phone_recovery(ReadFrom::Transaction(tx), &account, now).await?;
        let Some(open) = open else {
            continue;
        };
        if !recoveries::delete_lost_phone_recovery(tx, &open).await? {
            continue;
        }
        let notification = Notification::RecoveryCancelled;
        notifications::notify_account_holder_of_operator_change(tx, &account, &notification, now)
            .await?;
        let origin = AuditOrigin::audit_origin_without_device(settings.source);
        let entry = AuditEntry::entry_about_account(&id, Event::RecoveryCancelled, origin)
            .with_detail(Event::BackupRestored.as_str());
        audit::record_audit_entry(tx, &entry, now).await?;
        cancelled += 1;
    }
    Ok(cancelled)
}

/// Postpones the scheduled erasures that a sign-in can withdraw, and notifies their users of the new day.
///
/// The user may have withdrawn the deletion after the backup, and the time of the erasure may be over.
///
/// Returns the number of postponed erasures.
async fn postpone_erasures(
    tx: &mut Tx,
    settings: CleanupSettings<'_>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut postponed = 0;
    for id in restored_backup::list_accounts_with_withdrawable_deletion(tx).await? {
        let Some(account) = accounts::find_account(ReadFrom::Transaction(tx), &id).await? else {
            continue;
        };
        let delay = settings.deletion_delay;
        let postponed_until = restart_time_until_erasure(tx, &account, delay, now).await?;
        postponed += u64::from(postponed_until.is_some());
    }
    Ok(postponed)
}

/// Records the audit event about the restored backup, with the numbers of ended rows.
async fn record_restored_backup(
    tx: &mut Tx,
    result: &CleanupResult,
    settings: CleanupSettings<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let detail = format!(
        "sessions {}, flows {}, links {}, email proofs {}, recoveries {}, authenticators {}, recovery codes {}, \
         unsent mails {}, postponed erasures {}",
        result.sessions,
        result.flows,
        result.links,
        result.email_proofs,
        result.lost_phone_recoveries,
        result.authenticators,
        result.recovery_codes,
        result.unsent_mails,
        result.postponed_erasures,
    );
    let entry = AuditEntry {
        event: Event::BackupRestored,
        account: None,
        flow: None,
        purpose: None,
        origin: AuditOrigin::audit_origin_without_device(settings.source),
        detail: &detail,
    };
    audit::record_audit_entry(tx, &entry, now).await
}
