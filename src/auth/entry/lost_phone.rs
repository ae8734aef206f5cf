//! Recovery after the loss of a phone. A user with the password and access to the mailbox opens a recovery. It can be
//! cancelled during a waiting time. After that, the user sets up a new number with the password, in the browser that
//! has used the mailed link (`lost_phone_link`).
//!
//! The waiting time protects the account. An attacker needs the password and the mailbox, and succeeds only if the
//! account holder ignores the messages to mailbox and phone.

use crate::auth::entry::mailed_link::find_unexpired_mailed_link;
use crate::auth::entry::set_up;
use crate::auth::entry::sign_in::{
    check_captcha_and_password, open_sign_in_flow, replace_set_up_by_sign_in_flow,
};
use crate::auth::entry::verification::{CallerFlow, find_flow_by_request_token, require_live_flow};
use crate::auth::error::FlowError;
use crate::auth::outcome::Outcome;
use crate::auth::purposes::lost_phone::{
    count_recovery_mail, find_open_lost_phone_recovery, find_usable_lost_phone_recovery,
};
use crate::auth::session;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::notifications;
use crate::store::account_locks::PasswordProof;
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::flows::Flow;
use crate::store::mailed_links::LinkAction;
use crate::store::recoveries::{self, Recovery};
use crate::store::{ReadFrom, StoreError, Tx};
use domain::{Notification, Problem, Purpose, Step};

/// Returns the waiting time of a lost-phone recovery in hours; `None` if recoveries are turned off.
pub fn recovery_delay_hours(app: &AppState) -> Option<u64> {
    let delay = app.policy.recovery_delay?;
    Some(delay.as_secs() / 3600)
}

/// Requests a lost-phone recovery during a sign-in whose password was correct.
///
/// Sends a mail with the link that opens the recovery.
pub async fn request_lost_phone_recovery_during_sign_in(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let ended = || FlowError::from_form_problem(Problem::FlowEnded);
    let flow = match find_live_flow_after_password(app, context).await? {
        Some(flow) => flow,
        None => require_live_flow(app, context, Purpose::SignIn).await?,
    };
    let password = flow.data.password_proof().ok_or_else(ended)?;
    let id = flow.account.as_ref().ok_or_else(ended)?;
    let account = accounts::find_account(ReadFrom::Store(&app.store), id).await?;
    let unchanged = account.filter(|account| password.is_valid_for(account));
    let account = unchanged.ok_or_else(ended)?;
    let accepts_any_number =
        set_up::is_set_up_after_lost_phone(&flow) || !account.needs_stored_factor();
    if flow.purpose == Purpose::SetUp && accepts_any_number {
        // Continues the running set-up. A new set-up would restart the time limit of the password check.
        let position = set_up::find_set_up_position(app, &flow).await?;
        return Ok(Outcome::from_step(position.step));
    }
    request_lost_phone_recovery(app, context, account).await
}

/// Finds the live flow of a user whose password was correct: the sign-in, or the set-up of a second factor.
async fn find_live_flow_after_password(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<Flow>, StoreError> {
    for purpose in [Purpose::SignIn, Purpose::SetUp] {
        if let CallerFlow::Live(flow) = find_flow_by_request_token(app, context, purpose).await? {
            return Ok(Some(*flow));
        }
    }
    Ok(None)
}

/// Checks identifier and password, then requests a lost-phone recovery.
///
/// Sends a mail with the link that opens the recovery.
pub async fn request_lost_phone_recovery_with_password(
    app: &SharedAppState,
    context: &RequestContext,
    identifier: &str,
    password: String,
    captcha: &str,
) -> Result<Outcome, FlowError> {
    let account = check_captcha_and_password(app, context, identifier, password, captcha).await?;
    request_lost_phone_recovery(app, context, account).await
}

/// Mails the link that opens a lost-phone recovery, or that lets this browser complete an open one.
///
/// If the account accepts any number without a code to a stored one, or this browser may complete a recovery now, opens
/// the flow that sets up a phone number instead. Only a browser that may complete the recovery learns the remaining
/// waiting time.
async fn request_lost_phone_recovery(
    app: &SharedAppState,
    context: &RequestContext,
    account: Account,
) -> Result<Outcome, FlowError> {
    if app.policy.recovery_delay.is_none() {
        return Err(FlowError::from_form_problem(Problem::MethodUnavailable));
    }
    let now = app.now();
    let open = find_open_lost_phone_recovery(ReadFrom::Store(&app.store), &account, now).await?;
    let of_this_browser =
        open.filter(|open| open.belongs_to_browser_with_token(context.recovery.as_ref()));
    // Without a stored factor, or after the waiting time, the sign-in sets up a number at once.
    let sets_up = !account.needs_stored_factor()
        || of_this_browser
            .as_ref()
            .is_some_and(|open| open.is_recovery_usable(&account, now));
    if sets_up {
        return open_sign_in_flow(app, context, account).await;
    }
    if let Some(open) = of_this_browser {
        let secs = open.due_at.secs_since(now);
        return Err(FlowError::from_form_problem(Problem::RecoveryPending {
            secs,
        }));
    }
    if !account.email_verified {
        return Err(FlowError::from_form_problem(Problem::EmailUnproven));
    }
    // If the password was set through a mailed link, access to the mailbox alone would suffice.
    if !account.mfa && account.has_password_from_mail {
        return Err(FlowError::from_form_problem(Problem::PasswordFromMail));
    }
    let mut tx = app.store.begin().await?;
    if let Err(wait) = count_recovery_mail(app, &mut tx, context, &account, now).await? {
        let secs = wait.until.secs_since(now);
        return Err(FlowError::from_form_problem(Problem::LimitReached { secs }));
    }
    // Locked after the limits of the request. An error rolls back the counts.
    let password = PasswordProof::from_verified_account(&account);
    let account = password
        .lock_unchanged_account(&mut tx)
        .await?
        .filter(|account| account.permits_lost_phone_recovery())
        .ok_or_else(|| FlowError::from_form_problem(Problem::FlowEnded))?;
    let notification = Notification::RecoveryRequested;
    notifications::notify_email_address_of_account(app, &mut tx, &account, &notification, now)
        .await?;
    let entry = AuditEntry::entry_about_account(
        &account.id,
        Event::RecoveryRequested,
        context.audit_origin(),
    );
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await?;
    app.outbox_wake.notify_one();
    Ok(Outcome::from_step(Step::RecoveryRequested).with_message_account(&account.id))
}

/// Opens the sign-in with the earlier second factor, in place of replacing a lost phone number.
///
/// For an account without a second factor, opens the set-up that begins with a code to the stored number. Ends the
/// set-up of the new number. After that sign-in, the account holder decides whether to cancel the lost-phone recovery.
pub async fn sign_in_with_earlier_second_factor(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let flow = require_live_flow(app, context, Purpose::SetUp).await?;
    let account = set_up::require_account_for_second_factor_set_up(app, &flow).await?;
    if !set_up::is_set_up_after_lost_phone(&flow) {
        return Err(FlowError::from_form_problem(Problem::MethodUnavailable));
    }
    replace_set_up_by_sign_in_flow(app, context, &account, flow).await
}

/// Returns whether a recovery is due that belongs to another browser than that of the request.
///
/// The user is the one of the live sign-in or set-up of this browser, whose password was correct. Returns `false`
/// without such a flow.
pub async fn is_recovery_due_in_other_browser(
    app: &AppState,
    context: &RequestContext,
) -> Result<bool, StoreError> {
    let Some(flow) = find_live_flow_after_password(app, context).await? else {
        return Ok(false);
    };
    let Some(id) = &flow.account else {
        return Ok(false);
    };
    let Some(account) = accounts::find_account(ReadFrom::Store(&app.store), id).await? else {
        return Ok(false);
    };
    let due = find_usable_lost_phone_recovery(app, ReadFrom::Store(&app.store), &account).await?;
    let token = context.recovery.as_ref();
    Ok(due.is_some_and(|due| !due.belongs_to_browser_with_token(token)))
}

/// Returns whether the link with this token can cancel a lost-phone recovery now.
pub async fn is_recovery_cancellation_link_usable(
    app: &AppState,
    token: &str,
) -> Result<bool, StoreError> {
    let Some(link) = find_unexpired_mailed_link(app, token).await? else {
        return Ok(false);
    };
    let LinkAction::CancelRecovery { account, recovery } = &link.action else {
        return Ok(false);
    };
    let Some(account) = accounts::find_account(ReadFrom::Store(&app.store), account).await? else {
        return Ok(false);
    };
    let open =
        find_open_lost_phone_recovery(ReadFrom::Store(&app.store), &account, app.now()).await?;
    Ok(open.is_some_and(|open| open.id == *recovery))
}

/// Cancels a lost-phone recovery by the link with this token.
///
/// Requires no session, because the link was sent to all contacts of the account.
pub async fn cancel_lost_phone_recovery_by_link(
    app: &AppState,
    context: &RequestContext,
    token: &str,
) -> Result<Outcome, FlowError> {
    let invalid = || FlowError::from_form_problem(Problem::LinkInvalid);
    let link = find_unexpired_mailed_link(app, token)
        .await?
        .ok_or_else(invalid)?;
    let LinkAction::CancelRecovery { account, recovery } = link.action else {
        return Err(invalid());
    };
    let mut tx = app.store.begin().await?;
    let account = accounts::find_account(ReadFrom::Transaction(&mut tx), &account).await?;
    let account = account.ok_or_else(invalid)?;
    let open =
        find_open_lost_phone_recovery(ReadFrom::Transaction(&mut tx), &account, app.now()).await?;
    let open = open
        .filter(|open| open.id == recovery)
        .ok_or_else(invalid)?;
    if !cancel_lost_phone_recovery_and_notify(app, context, tx, &account, &open, "link").await? {
        return Err(invalid());
    }
    let step = Step::RecoveryCancelled { signed_in: false };
    Ok(Outcome::from_step(step).with_message_account(&account.id))
}

/// Returns whether an account has an open lost-phone recovery, which the account holder must confirm or cancel.
pub async fn has_open_lost_phone_recovery(
    app: &AppState,
    account: &Account,
) -> Result<bool, StoreError> {
    Ok(find_recovery_waiting_secs(app, account).await?.is_some())
}

/// Returns the seconds until the user can replace the lost phone of an account with the password.
///
/// Returns 0 if the waiting time is over, and `None` if the account has no open lost-phone recovery.
pub async fn find_recovery_waiting_secs(
    app: &AppState,
    account: &Account,
) -> Result<Option<u64>, StoreError> {
    let now = app.now();
    let open = find_open_lost_phone_recovery(ReadFrom::Store(&app.store), account, now).await?;
    Ok(open.map(|open| open.due_at.secs_since(now)))
}

/// Cancels the open lost-phone recovery of the signed-in user. Succeeds even if no recovery is open.
pub async fn cancel_lost_phone_recovery_of_signed_in_user(
    app: &AppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let signed_in = session::require_signed_in_user(app, context).await?;
    let mut tx = app.store.begin().await?;
    let account = session::lock_account_of_signed_in_user(&mut tx, &signed_in).await?;
    let open =
        find_open_lost_phone_recovery(ReadFrom::Transaction(&mut tx), &account, app.now()).await?;
    if let Some(open) = open {
        cancel_lost_phone_recovery_and_notify(app, context, tx, &account, &open, "session").await?;
    }
    Ok(Outcome::from_step(Step::RecoveryCancelled {
        signed_in: true,
    }))
}

/// Cancels a lost-phone recovery, notifies the account holder and commits.
///
/// Returns `false` if a concurrent request has ended the recovery. `by` says in the audit event who cancelled the
/// recovery: the `link` in a notification or the `session` of a user.
async fn cancel_lost_phone_recovery_and_notify(
    app: &AppState,
    context: &RequestContext,
    mut tx: Tx,
    account: &Account,
    open: &Recovery,
    by: &'static str,
) -> Result<bool, FlowError> {
    if !recoveries::delete_lost_phone_recovery(&mut tx, open).await? {
        return Ok(false);
    }
    let now = app.now();
    let notification = Notification::RecoveryCancelled;
    notifications::notify_account_holder(app, &mut tx, account, &notification, now).await?;
    let entry = AuditEntry::entry_about_account(
        &account.id,
        Event::RecoveryCancelled,
        context.audit_origin(),
    );
    audit::record_audit_entry(&mut tx, &entry.with_detail(by), now).await?;
    tx.commit().await?;
    app.outbox_wake.notify_one();
    Ok(true)
}
