//! Disables and enables accounts, keeps accounts that were to be deleted, and resets second factors. Each change writes
//! account, sessions, flows and audit event in one transaction.

use std::io::Write;

use serde::Serialize;

use super::cancelled_recovery::{
    format_cancelled_recovery, has_open_lost_phone_recovery, record_cancelled_recovery_and_notify,
};
use super::command_context::{CommandContext, find_account, record_audit_event};
use super::error::CommandError;
use super::report::Report;
use super::wrong_code_limits::{clear_wrong_code_ceilings, load_rate_limit_key};
use crate::auth::entry::export::format_rfc3339;
use crate::auth::entry::{account_admin, deletion};
use crate::notifications;
use crate::security::token::AccountId;
use crate::store::accounts::{self, Account};
use crate::store::audit::Event;
use crate::store::deletions::{self, DeletionActor};
use crate::store::{ReadFrom, StoreError, Tx, accounts_operator};
use domain::{Notification, Timestamp};

/// Change to an account that an operator makes with `sallyport user`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccountChange {
    Disable,
    Enable,
    /// Withdraw a requested deletion.
    Keep,
    ResetMfa,
}

impl AccountChange {
    /// Applies the change to the account. Returns `false` if the account was already in the requested state.
    async fn apply_change_to_account(
        self,
        tx: &mut Tx,
        id: &AccountId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        match self {
            Self::Disable => account_admin::disable_account(tx, id, now).await,
            Self::Enable => accounts_operator::enable_account(tx, id).await,
            Self::Keep => {
                deletions::cancel_scheduled_erasure(tx, id, DeletionActor::Operator).await
            }
            Self::ResetMfa => account_admin::reset_mfa(tx, id, now).await.map(|()| true),
        }
    }

    /// Returns the audit event that records this change to an account.
    const fn audit_event_of_change(self) -> Event {
        match self {
            Self::Disable => Event::AccountDisabled,
            Self::Enable => Event::AccountEnabled,
            Self::Keep => Event::DeletionWithdrawn,
            Self::ResetMfa => Event::MfaReset,
        }
    }

    /// Returns the notification to the user of the account. `None` if the user receives none.
    const fn notification_of_change(self) -> Option<Notification> {
        match self {
            Self::Disable | Self::Enable => None,
            Self::Keep => Some(Notification::DeletionWithdrawn),
            Self::ResetMfa => Some(Notification::TwoFactorReset),
        }
    }

    /// Returns whether this change cancels an open lost-phone recovery of the account.
    const fn cancels_recovery(self) -> bool {
        matches!(self, Self::Disable | Self::ResetMfa)
    }

    /// Returns the result text that `sallyport user` prints after the username.
    const fn format_account_change_result(self, has_changed: bool) -> &'static str {
        match (self, has_changed) {
            (Self::Disable, true) => "is disabled; every session has ended.",
            (Self::Disable, false) => "was already disabled.",
            (Self::Enable, true) => "can sign in again.",
            (Self::Enable, false) => "was not disabled.",
            (Self::Keep, true) => "will not be deleted.",
            (Self::Keep, false) => "was not going to be deleted.",
            (Self::ResetMfa, _) => {
                "must set up two-factor authentication at the next sign-in; every session has ended."
            }
        }
    }
}

/// JSON output of the commands that disable, enable or keep an account or reset its second factor.
#[derive(Serialize)]
struct ChangeResult<'a> {
    id: &'a str,
    username: &'a str,
    /// The name of the audit event.
    event: &'static str,
    /// `false` if the account was already in the requested state.
    applied: bool,
    /// The time of the erasure after the change; `None` if no deletion is requested.
    delete_at: Option<String>,
    /// Whether the erasure waits until the account is enabled.
    deletion_paused: bool,
    /// Whether the change has cancelled an open recovery of a lost phone.
    recovery_cancelled: bool,
}

/// Applies a change to an account, and records an audit event if the account has changed (docs/security.md#enr-05).
///
/// The account is given by username, e-mail address or ID.
pub(super) async fn change_account_state_or_mfa(
    context: &CommandContext<'_>,
    identifier: &str,
    change: AccountChange,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    let account = find_account(context, identifier).await?;
    let limit_key = match change {
        AccountChange::ResetMfa => Some(load_rate_limit_key(context).await?),
        AccountChange::Disable | AccountChange::Enable | AccountChange::Keep => None,
    };
    let now = context.current_time();
    let event = change.audit_event_of_change();
    let mut tx = context.store.begin().await?;
    if let Some(key) = &limit_key {
        clear_wrong_code_ceilings(&mut tx, &account.id, key).await?;
    }
    let recovery_cancelled =
        change.cancels_recovery() && has_open_lost_phone_recovery(&mut tx, &account, now).await?;
    let changed = change
        .apply_change_to_account(&mut tx, &account.id, now)
        .await?;
    if changed {
        record_audit_event(&mut tx, event, &account.id, now).await?;
        if let Some(notification) = change.notification_of_change() {
            // A running server sends the notification from the outbox.
            notifications::notify_account_holder_of_operator_change(
                &mut tx,
                &account,
                &notification,
                now,
            )
            .await?;
        }
        if change == AccountChange::Enable {
            // The user could not sign in to keep the account while it was disabled.
            let delay = context.config.accounts.deletion_delay;
            deletion::restart_time_until_erasure(&mut tx, &account, delay, now).await?;
        }
    }
    if recovery_cancelled {
        record_cancelled_recovery_and_notify(&mut tx, &account, event, now).await?;
    }
    let after = accounts::find_account(ReadFrom::Transaction(&mut tx), &account.id).await?;
    let after = after.ok_or(CommandError::NoSuchAccount)?;
    tx.commit().await?;
    let result = ChangeResult {
        id: after.id.as_str(),
        username: &after.username,
        event: event.as_str(),
        applied: changed,
        delete_at: after.delete_at.map(format_rfc3339),
        deletion_paused: after.is_deletion_paused(),
        recovery_cancelled,
    };
    report.print_result(
        || {
            format!(
                "{} {}{}{}",
                result.username,
                change.format_account_change_result(changed),
                format_cancelled_recovery(recovery_cancelled),
                format_deletion_after_change(change, &after)
            )
        },
        &result,
    )
}

/// Returns the line of the output about a requested deletion after a change. Empty if there is nothing to say.
fn format_deletion_after_change(change: AccountChange, account: &Account) -> String {
    let username = &account.username;
    let delete_at = account.delete_at.map(format_rfc3339);
    match (change, delete_at) {
        (AccountChange::Disable, Some(_)) if account.is_deletion_paused() => format!(
            "\nWarning: the deletion of this account is requested. The erasure waits until the account is enabled. \
             To withdraw the deletion: sallyport user keep {username}"
        ),
        (AccountChange::Disable, Some(at)) => format!(
            "\nWarning: an operator has requested the deletion of this account. It will be erased at {at}. \
             To withdraw the deletion: sallyport user keep {username}"
        ),
        (AccountChange::Enable, Some(at)) => format!(
            "\nWarning: the deletion of this account is requested. It will be erased at {at}, unless its user signs \
             in and keeps it."
        ),
        (AccountChange::Keep, _) if account.disabled => format!(
            "\nThe account is disabled. To permit sign-in: sallyport user enable {username}"
        ),
        _ => String::new(),
    }
}
