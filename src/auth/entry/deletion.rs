//! Deletion of an account. The account holder requests it and can withdraw the request at a later sign-in. Otherwise a
//! background task erases the account.

use std::time::Duration;

use crate::auth::engine::background::cancel_sent_codes_in_background;
use crate::auth::engine::persistence::{FlowSelection, end_selected_flows_of_account};
use crate::auth::entry::{sign_in, step_up};
use crate::auth::error::FlowError;
use crate::auth::outcome::{Outcome, TokenChange};
use crate::auth::purposes::lost_phone;
use crate::auth::session;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::notifications;
use crate::security::token::{AccountId, Token};
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, AuditOrigin, Event};
use crate::store::deletions::{self, DeletionActor, ErasureRefusal};
use crate::store::session_renewals::{self, RenewalReason};
use crate::store::{ReadFrom, Store, StoreError, Tx, contact_changes, passwords, sessions};
use crate::verification::SentCode;
use domain::{
    CalendarDay, Field, FlashMessage, Notification, Problem, Step, Timestamp, canonical_identifier,
};

/// The maximum number of accounts that one run of the task erases. The next run continues.
const MAX_ERASURES_PER_RUN: i64 = 256;

/// Returns when an account is erased if its deletion is requested at `now`.
///
/// It is erased after the waiting time `delay`, but not before the last link ends that undoes a change of its phone
/// number or e-mail address. An attacker who has changed a contact could otherwise make the change final by a deletion.
pub async fn find_time_of_erasure(
    database: ReadFrom<'_>,
    id: &AccountId,
    delay: Duration,
    now: Timestamp,
) -> Result<Timestamp, StoreError> {
    let earliest = now + delay;
    let last_undo = contact_changes::find_end_of_last_undo_link(database, id).await?;
    Ok(last_undo.map_or(earliest, |end| end.max(earliest)))
}

/// Returns the seconds until the erasure of an account if its deletion is requested now.
pub async fn count_seconds_until_erasure(
    app: &AppState,
    id: &AccountId,
) -> Result<u64, StoreError> {
    let (delay, now) = (app.policy.deletion_delay, app.now());
    let delete_at = find_time_of_erasure(ReadFrom::Store(&app.store), id, delay, now).await?;
    Ok(delete_at.secs_since(now))
}

/// Starts the waiting time of a requested deletion again, and notifies the user of the new day.
///
/// Returns the new time of the erasure. Returns `None` and changes nothing if no deletion is requested, or if the
/// erasure is not earlier than that time. `account` was read before; it must be enabled in the transaction.
pub async fn restart_time_until_erasure(
    tx: &mut Tx,
    account: &Account,
    delay: Duration,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let until = find_time_of_erasure(ReadFrom::Transaction(tx), &account.id, delay, now).await?;
    if account.delete_at.is_none_or(|delete_at| delete_at >= until) {
        return Ok(None);
    }
    deletions::postpone_scheduled_erasure(tx, &account.id, until).await?;
    let notification = Notification::DeletionRequested {
        on: CalendarDay::from_timestamp(until),
    };
    notifications::notify_account_holder_of_operator_change(tx, account, &notification, now)
        .await?;
    Ok(Some(until))
}

/// The result of a request to delete an account.
pub struct RequestedDeletion {
    pub outcome: Outcome,
    pub secs_until_erasure: u64,
}

/// Requests the deletion of the signed-in account. Requires a recent step-up and the typed username as confirmation.
///
/// Ends all sessions, flows and password reset links of the account.
pub async fn request_deletion(
    app: &SharedAppState,
    context: &RequestContext,
    username: &str,
) -> Result<RequestedDeletion, FlowError> {
    let signed_in = step_up::require_recent_step_up(app, context).await?;
    let account = &signed_in.account;
    let typed = canonical_identifier(username);
    if typed.is_empty() {
        return Err(FlowError::from_field_problem(
            Field::Username,
            Problem::Missing,
        ));
    }
    if typed != canonical_identifier(&account.username) {
        return Err(FlowError::from_field_problem(
            Field::Username,
            Problem::UsernameMismatch,
        ));
    }
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let all = FlowSelection::All;
    let retired = end_selected_flows_of_account(&mut tx, &account.id, all, now).await?;
    let account = session::lock_account_of_signed_in_user(&mut tx, &signed_in).await?;
    // Does not end flows that were opened since: their completion may have locked them and wait for the account. They
    // open no session, because sessions end here and the device epoch changes.
    revoke_sessions_links_and_device_cookies(&mut tx, &account.id).await?;
    let (database, delay) = (ReadFrom::Transaction(&mut tx), app.policy.deletion_delay);
    let delete_at = find_time_of_erasure(database, &account.id, delay, now).await?;
    let by = DeletionActor::User;
    if !deletions::schedule_account_erasure(&mut tx, &account.id, delete_at, by).await? {
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    }
    let on = CalendarDay::from_timestamp(delete_at);
    let notification = Notification::DeletionRequested { on };
    notifications::notify_account_holder(app, &mut tx, &account, &notification, now).await?;
    let entry = AuditEntry::entry_about_account(
        &account.id,
        Event::DeletionRequested,
        context.audit_origin(),
    );
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await?;
    app.outbox_wake.notify_one();
    cancel_sent_codes_in_background(app, retired);
    Ok(RequestedDeletion {
        // Names the day, because not every account receives the notification.
        outcome: Outcome {
            message: Some(FlashMessage::DeletionRequested { on }),
            ..Outcome::from_step(Step::DeletionRequested)
                .with_token_change(TokenChange::RemoveSession)
        },
        secs_until_erasure: delete_at.secs_since(now),
    })
}

/// Withdraws the requested deletion of the signed-in account.
///
/// Renews the session token, because the session gets back the rights of a normal session. If a lost-phone recovery of
/// the account is open, the next step in a browser asks the user whether to cancel it.
pub async fn withdraw_deletion(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let ended = || FlowError::from_form_problem(Problem::FlowEnded);
    let Some(leaving) = session::find_user_awaiting_deletion(app, context).await? else {
        // If the user has withdrawn the deletion in another tab, the session is valid and only the form is out of date.
        session::require_signed_in_user(app, context).await?;
        return Err(ended());
    };
    let account = &leaving.account;
    let now = app.now();
    let token = Token::generate();
    let mut tx = app.store.begin().await?;
    let (old, new) = (&leaving.session.token, token.hash());
    let by = DeletionActor::User;
    if !deletions::cancel_scheduled_erasure(&mut tx, &account.id, by).await? {
        return Err(ended());
    }
    let reason = RenewalReason::DeletionWithdrawn;
    session_renewals::renew_session_token(&mut tx, old, &new, &account.id, reason, now).await?;
    let notification = Notification::DeletionWithdrawn;
    notifications::notify_account_holder(app, &mut tx, account, &notification, now).await?;
    let entry = AuditEntry::entry_about_account(
        &account.id,
        Event::DeletionWithdrawn,
        context.audit_origin(),
    );
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    let pending =
        lost_phone::find_open_lost_phone_recovery(ReadFrom::Transaction(&mut tx), account, now)
            .await?;
    tx.commit().await?;
    app.outbox_wake.notify_one();
    let step = if lost_phone::must_ask_about_lost_phone_recovery(context, pending.as_ref()) {
        Step::ConfirmRecovery
    } else {
        Step::DeletionWithdrawn
    };
    Ok(Outcome {
        message: Some(FlashMessage::DeletionWithdrawn),
        ..Outcome::from_step(step).with_token_change(TokenChange::SetSession(token))
    })
}

/// Signs the user out of an account that will be deleted, without withdrawing the deletion.
///
/// If no deletion is requested, the session continues, and the profile says that the account stays: the user has
/// withdrawn the deletion in another tab. Fails with [`FlowError::AnotherAccount`] if another tab has signed in to
/// another account.
pub async fn sign_out_without_withdrawing_deletion(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    if session::is_form_of_another_account(app, context).await? {
        return Err(FlowError::AnotherAccount);
    }
    if session::find_signed_in_user(app, context).await?.is_none() {
        return sign_in::sign_out(app, context).await;
    }
    Ok(Outcome {
        message: Some(FlashMessage::DeletionWithdrawn),
        ..Outcome::from_step(Step::Profile)
    })
}

/// Revokes all access to an account before its deletion: sessions, verification flows, password reset links and device
/// cookies.
///
/// Returns the codes that the caller cancels at the provider after the commit. Call it before other changes to the
/// account: a different lock order could deadlock with a concurrent sign-in.
pub async fn end_all_access_to_account(
    tx: &mut Tx,
    id: &AccountId,
    now: Timestamp,
) -> Result<Vec<SentCode>, StoreError> {
    let retired = end_selected_flows_of_account(tx, id, FlowSelection::All, now).await?;
    revoke_sessions_links_and_device_cookies(tx, id).await?;
    Ok(retired)
}

/// Ends all sessions of an account, and deletes its links, recovery and device cookies.
///
/// The links are password reset links. The recovery is the open lost-phone recovery.
async fn revoke_sessions_links_and_device_cookies(
    tx: &mut Tx,
    id: &AccountId,
) -> Result<(), StoreError> {
    // Locks the account before its mailed links.
    accounts::revoke_device_cookies_and_cancel_recovery(tx, id).await?;
    passwords::delete_account_recovery_links(tx, id).await?;
    sessions::end_all_sessions(tx, id).await?;
    Ok(())
}

/// Erases all accounts whose scheduled deletion is due, each in a separate transaction.
///
/// The next run retries the accounts that cannot be erased yet.
pub async fn erase_due_accounts(app: &AppState) -> Result<(), StoreError> {
    for id in deletions::list_accounts_due_for_erasure(&app.store, app.now(), MAX_ERASURES_PER_RUN)
        .await?
    {
        let account = id.as_str();
        match erase_account(&app.store, &id, "", app.now()).await {
            Ok(Ok(_)) => {
                tracing::info!(
                    account,
                    "account erased, because its scheduled deletion was due"
                );
                app.outbox_wake.notify_one();
            }
            Ok(Err(ErasureRefusal::NotDue)) => {}
            Ok(Err(ErasureRefusal::OpenPayment)) => {
                tracing::info!(
                    account,
                    "account not erased yet: a payment is in progress; the next run retries it"
                );
            }
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                account,
                "erasing an account failed; the next run retries it"
            ),
        }
    }
    Ok(())
}

/// Erases one account whose scheduled deletion is due, and queues a last notification.
///
/// The notification goes to the contacts of the account. Returns the erased account, or the reason why the account was
/// not erased. `source` is stored in the audit event: the operator who erases the account, or an empty text for a
/// scheduled erasure.
pub async fn erase_account(
    store: &Store,
    id: &AccountId,
    source: &str,
    now: Timestamp,
) -> Result<Result<Account, ErasureRefusal>, StoreError> {
    let mut tx = store.begin().await?;
    let account = match deletions::erase_account(&mut tx, id, now).await? {
        Ok(account) => account,
        // The transaction is rolled back.
        Err(reason) => return Ok(Err(reason)),
    };
    let notification = Notification::AccountErased {
        on: CalendarDay::from_timestamp(now),
    };
    notifications::notify_account_holder_of_operator_change(&mut tx, &account, &notification, now)
        .await?;
    let entry = AuditEntry::entry_about_account(
        id,
        Event::AccountErased,
        AuditOrigin::audit_origin_without_device(source),
    );
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await?;
    Ok(Ok(account))
}

/// Erases data that concurrent requests have added to recently erased accounts.
///
/// An example is the audit event of a sign-in.
pub async fn erase_data_added_to_erased_accounts(app: &AppState) -> Result<(), StoreError> {
    for id in deletions::list_recently_erased_accounts(&app.store, app.now()).await? {
        let mut tx = app.store.begin().await?;
        deletions::delete_personal_data_of_erased_account(&mut tx, &id).await?;
        tx.commit().await?;
    }
    Ok(())
}
