//! Leaving: the holder requests the deletion of the account, can keep it at a later sign-in, and otherwise a background
//! task erases it.

use crate::auth::engine::background::cancel_codes_later;
use crate::auth::engine::persistence::{FlowSelection, end_flows};
use crate::auth::entry::step_up;
use crate::auth::error::FlowError;
use crate::auth::outcome::{Grant, Outcome};
use crate::auth::purposes::lost_phone;
use crate::auth::session;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::notifications;
use crate::security::token::{AccountId, Token};
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, AuditOrigin, Event};
use crate::store::deletions::{self, ErasureRefusal};
use crate::store::{ReadFrom, Store, StoreError, Tx, sessions};
use crate::verification::SentCode;
use domain::{
    CalendarDay, Field, FlashMessage, Notification, Problem, Step, Timestamp, canonical_identifier,
};

/// The maximum number of accounts in one round of erasures; the next round continues.
const BATCH: i64 = 256;

/// Requests the deletion of the signed-in user's account, after a step-up. `username` is what the user typed to confirm
/// it. Ends every session, flow and reset link.
pub async fn request(
    app: &SharedAppState,
    context: &RequestContext,
    username: &str,
) -> Result<Outcome, FlowError> {
    let signed_in = step_up::require(app, context).await?;
    let account = &signed_in.account;
    let typed = canonical_identifier(username);
    if typed.is_empty() {
        return Err(FlowError::on_field(Field::Username, Problem::Missing));
    }
    if typed != canonical_identifier(&account.username) {
        return Err(FlowError::on_field(
            Field::Username,
            Problem::UsernameMismatch,
        ));
    }
    let now = app.now();
    let delete_at = now + app.policy.deletion_delay;
    let mut tx = app.store.begin().await?;
    if !sessions::session_exists(&mut tx, &signed_in.session.token).await? {
        return Err(FlowError::on_form(Problem::FlowEnded));
    }
    let retired = end_everything(&mut tx, &account.id, now).await?;
    if !deletions::request_deletion(&mut tx, &account.id, delete_at).await? {
        return Err(FlowError::on_form(Problem::FlowEnded));
    }
    let notification = Notification::DeletionRequested {
        on: CalendarDay::from_timestamp(delete_at),
    };
    notifications::notify_holder(app, &mut tx, account, &notification, now).await?;
    let entry = AuditEntry::for_account(
        &account.id,
        Event::DeletionRequested,
        context.audit_origin(),
    );
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.outbox_wake.notify_one();
    cancel_codes_later(app, retired);
    Ok(Outcome::step(Step::DeletionRequested).granting(Grant::NoSession))
}

/// Keeps an account that would be deleted. The session gets a new token, because it can do more from now on. A recovery
/// that was opened since the deletion was requested is asked about next.
pub async fn keep(app: &SharedAppState, context: &RequestContext) -> Result<Outcome, FlowError> {
    let ended = || FlowError::on_form(Problem::FlowEnded);
    let leaving = session::leaving(app, context).await?.ok_or_else(ended)?;
    let account = &leaving.account;
    let now = app.now();
    let token = Token::generate();
    let mut tx = app.store.begin().await?;
    let (old, new) = (&leaving.session.token, token.hash());
    sessions::renew_session_token(&mut tx, old, &new, &account.id, None).await?;
    if !deletions::withdraw_deletion(&mut tx, &account.id).await? {
        return Err(ended());
    }
    let notification = Notification::DeletionWithdrawn;
    notifications::notify_holder(app, &mut tx, account, &notification, now).await?;
    let entry = AuditEntry::for_account(
        &account.id,
        Event::DeletionWithdrawn,
        context.audit_origin(),
    );
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    let pending = lost_phone::pending(ReadFrom::Transaction(&mut tx), account, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.outbox_wake.notify_one();
    let step = if lost_phone::is_asked_about(context, pending.as_ref()) {
        Step::ConfirmRecovery
    } else {
        Step::DeletionWithdrawn
    };
    Ok(Outcome {
        message: Some(FlashMessage::DeletionWithdrawn),
        ..Outcome::step(step).granting(Grant::Session(token))
    })
}

/// Ends sessions, flows and reset links of an account that will be deleted, and recognises none of its browsers any
/// more. Returns the codes of the flows, to be cancelled after the commit.
///
/// Flows come first and the account last, as in the transactions of a sign-in: in another order two transactions could
/// wait for each other. Call it before other changes of the account.
pub async fn end_everything(
    tx: &mut Tx,
    id: &AccountId,
    now: Timestamp,
) -> Result<Vec<SentCode>, StoreError> {
    let retired = end_flows(tx, id, FlowSelection::All, now).await?;
    sessions::end_all_sessions(tx, id).await?;
    accounts::delete_reset_links(tx, id).await?;
    accounts::revoke_device_cookies(tx, id).await?;
    Ok(retired)
}

/// Erases the accounts whose deletion is due, each in a transaction of its own. An account that cannot be erased now is
/// due in the next round too.
pub async fn erase_due(app: &AppState) -> Result<(), StoreError> {
    for id in deletions::list_due_erasures(&app.store, app.now(), BATCH).await? {
        let account = id.as_str();
        match erase(&app.store, &id, "", app.now()).await {
            Ok(Ok(_)) => {
                tracing::info!(account, "account erased");
                app.outbox_wake.notify_one();
            }
            Ok(Err(ErasureRefusal::NotDue)) => {}
            Ok(Err(ErasureRefusal::OpenPayment)) => {
                tracing::info!(account, "account not erased yet: a payment is in progress");
            }
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                account,
                "account could not be erased; the next round tries again"
            ),
        }
    }
    Ok(())
}

/// Erases one account whose deletion is due, and queues the last notification to its addresses. Running it again, on any
/// node, changes nothing. `source` is that of the audit event.
pub async fn erase(
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
    notifications::notify_holder_of_operators_change(&mut tx, &account, &notification, now).await?;
    let entry = AuditEntry::for_account(
        id,
        Event::AccountErased,
        AuditOrigin::without_device(source),
    );
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await?;
    Ok(Ok(account))
}

/// Erases again what requests have added to accounts that were erased lately: an audit event or a flow of a sign-in that
/// had read the account before.
pub async fn repeat_erasures(app: &AppState) -> Result<(), StoreError> {
    for id in deletions::list_recently_erased_accounts(&app.store, app.now()).await? {
        let mut tx = app.store.begin().await?;
        deletions::repeat_erasure(&mut tx, &id).await?;
        tx.commit().await?;
    }
    Ok(())
}
