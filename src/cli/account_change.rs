//! Disables and enables accounts, and resets their second factor. Each change writes account, sessions, flows and
//! audit event in one transaction.

use std::io::Write;

use serde::Serialize;

use super::command_context::{CommandContext, find_account, record_audit_event};
use super::error::CommandError;
use super::report::Report;
use super::wrong_code_limits::{clear_wrong_code_ceilings, load_rate_limit_key};
use crate::auth::entry::account_admin;
use crate::notifications;
use crate::security::token::AccountId;
use crate::store::audit::Event;
use crate::store::{StoreError, Tx, accounts_operator};
use domain::{Notification, Timestamp};

/// Change to an account that an operator makes with `sallyport user`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccountChange {
    Disable,
    Enable,
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
            Self::ResetMfa => account_admin::reset_mfa(tx, id, now).await.map(|()| true),
        }
    }

    /// Returns the audit event that records this change to an account.
    const fn audit_event_of_change(self) -> Event {
        match self {
            Self::Disable => Event::AccountDisabled,
            Self::Enable => Event::AccountEnabled,
            Self::ResetMfa => Event::MfaReset,
        }
    }

    /// Returns the result text that `sallyport user` prints after the username.
    const fn format_account_change_result(self, has_changed: bool) -> &'static str {
        match (self, has_changed) {
            (Self::Disable, true) => "is disabled; every session has ended.",
            (Self::Disable, false) => "was already disabled.",
            (Self::Enable, true) => "can sign in again.",
            (Self::Enable, false) => "was not disabled.",
            (Self::ResetMfa, _) => {
                "must set up two-factor authentication at the next sign-in; every session has ended."
            }
        }
    }
}

/// JSON output of the commands that disable or enable an account or reset its second factor.
#[derive(Serialize)]
struct ChangeResult<'a> {
    id: &'a str,
    username: &'a str,
    /// The name of the audit event.
    event: &'static str,
    /// `false` if the account was already in the requested state.
    applied: bool,
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
        AccountChange::Disable | AccountChange::Enable => None,
    };
    let mut tx = context.store.begin().await?;
    if let Some(key) = &limit_key {
        clear_wrong_code_ceilings(&mut tx, &account.id, key).await?;
    }
    let changed = change
        .apply_change_to_account(&mut tx, &account.id, context.current_time())
        .await?;
    if changed {
        record_audit_event(
            &mut tx,
            change.audit_event_of_change(),
            &account.id,
            context.current_time(),
        )
        .await?;
        if change == AccountChange::ResetMfa {
            // A running server sends the notification from the outbox.
            let notification = Notification::TwoFactorReset;
            notifications::notify_account_holder_of_operator_change(
                &mut tx,
                &account,
                &notification,
                context.current_time(),
            )
            .await?;
        }
    }
    tx.commit().await.map_err(StoreError::from)?;
    let username = &account.username;
    let result = ChangeResult {
        id: account.id.as_str(),
        username,
        event: change.audit_event_of_change().as_str(),
        applied: changed,
    };
    report.print_result(
        || {
            format!(
                "{username} {}",
                change.format_account_change_result(changed)
            )
        },
        &result,
    )
}
