//! Barring an account, and starting its second factor over. Each is one commit: flag, sessions,
//! flows and the audit line.

use std::io::Write;

use serde::Serialize;

use super::command_context::{CommandContext, find, record};
use super::error::OperatorError;
use super::report::Report;
use crate::auth::entry::account_admin;
use crate::notifications;
use crate::security::token::AccountId;
use crate::store::audit::Event;
use crate::store::{StoreError, Tx, accounts_operator};
use domain::{Notification, Timestamp};

/// What is to become of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Disable,
    Enable,
    ResetMfa,
}

impl Change {
    /// Whether it was not so before; a second factor is reset whatever there was of it. What ends
    /// with a change ends in any case.
    async fn apply(self, tx: &mut Tx, id: &AccountId, now: Timestamp) -> Result<bool, StoreError> {
        match self {
            Self::Disable => account_admin::disable(tx, id, now).await,
            Self::Enable => accounts_operator::enable(tx, id).await,
            Self::ResetMfa => account_admin::reset_mfa(tx, id, now).await.map(|()| true),
        }
    }

    const fn event(self) -> Event {
        match self {
            Self::Disable => Event::AccountDisabled,
            Self::Enable => Event::AccountEnabled,
            Self::ResetMfa => Event::MfaReset,
        }
    }

    const fn told(self, changed: bool) -> &'static str {
        match (self, changed) {
            (Self::Disable, true) => "is disabled; every session has ended.",
            (Self::Disable, false) => "was disabled already.",
            (Self::Enable, true) => "can sign in again.",
            (Self::Enable, false) => "was not disabled.",
            (Self::ResetMfa, _) => {
                "sets up two-factor authentication at the next sign-in; every session has ended."
            }
        }
    }
}

#[derive(Serialize)]
struct Changed<'a> {
    id: &'a str,
    username: &'a str,
    /// The event, as the audit trail names it.
    event: &'static str,
    /// Whether it was not so before.
    applied: bool,
}

/// Changes the account that is meant by `who`; written down when it was not so before (docs/security.md#enr-05).
pub(super) async fn change(
    context: &CommandContext<'_>,
    who: &str,
    change: Change,
    report: &mut Report<impl Write>,
) -> Result<(), OperatorError> {
    let account = find(context, who).await?;
    let mut tx = context.store.begin().await?;
    let changed = change.apply(&mut tx, &account.id, context.now()).await?;
    if changed {
        record(&mut tx, change.event(), &account.id, context.now()).await?;
        if change == Change::ResetMfa {
            // Sent by the next server that looks into the outbox.
            let notice = Notification::TwoFactorReset;
            notifications::tell_holder(&mut tx, &account, &notice, context.now()).await?;
        }
    }
    tx.commit().await.map_err(StoreError::from)?;
    let name = &account.username;
    let done = Changed {
        id: account.id.as_str(),
        username: name,
        event: change.event().as_str(),
        applied: changed,
    };
    report.say(|| format!("{name} {}", change.told(changed)), &done)
}
