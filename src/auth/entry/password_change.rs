//! Changes the password of the signed-in user, after a step-up and with the current password.

use crate::auth::device;
use crate::auth::engine::background::{cancel_sent_codes_in_background, run_in_detached_task};
use crate::auth::engine::persistence::{FlowSelection, end_selected_flows_of_account};
use crate::auth::entry::new_password::parse_new_password_of_account;
use crate::auth::entry::password::authenticate_password;
use crate::auth::entry::password_attempt_limits::{
    PasswordAttempt, error_for_refused_password_hash,
};
use crate::auth::entry::step_up;
use crate::auth::error::{FlowError, FormProblems};
use crate::auth::outcome::{Outcome, TokenChange};
use crate::auth::purposes::password::save_new_password;
use crate::auth::session::{self, SignedIn};
use crate::context::{RequestContext, SharedAppState};
use crate::hashing::{CountedForSubject, HashPermit, NotPermitted};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::passwords::PasswordChangeActor;
use crate::store::session_renewals::RenewalReason;
use crate::store::{ReadFrom, account_locks, accounts};
use domain::{Field, FormErrors, Password, Problem, Step};

/// Saves a new password of the signed-in user. Renews the token of this session and ends all other sessions.
pub async fn change_password(
    app: &SharedAppState,
    context: &RequestContext,
    current: String,
    new: String,
) -> Result<Outcome, FlowError> {
    let signed_in = step_up::require_recent_step_up(app, context).await?;
    let mut problems = FormProblems::default();
    let current = match Password::parse_as_existing_password(current) {
        Ok(password) => Some(password),
        Err(Problem::Missing) => {
            problems.add_field_problem(Field::CurrentPassword, Problem::Missing);
            None
        }
        Err(_) => {
            problems.add_field_problem(Field::CurrentPassword, Problem::PasswordWrong);
            None
        }
    };
    let new =
        parse_new_password_of_account(&app.brand.name, new, &signed_in.account, &mut problems);
    let (Some(current), Some(new)) = (current, new) else {
        return Err(problems.into_flow_error());
    };
    require_current_password(app, context, &signed_in, &current).await?;
    let now = app.now();
    let tx = app.store.begin().await?;
    let refused = |refused| error_for_refused_password_hash(refused, now);
    let account_limit = app.password_change_limit(&signed_in.account.id);
    let counted =
        CountedForSubject::count_password_hash_in_rate_limit(tx, &account_limit, now).await?;
    let counted = counted.map_err(|(_, until)| refused(NotPermitted::LimitReached { until }))?;
    let source_limit = app.new_password_limit_per_source(context);
    let permit = HashPermit::acquire_hash_permit_within_rate_limit(
        counted,
        &source_limit,
        context.password_hash_queue(),
        now,
    )
    .await?
    .map_err(refused)?;
    let (shared, context) = (SharedAppState::clone(app), context.clone());
    run_in_detached_task(app, async move {
        hash_and_save_password(&shared, &context, &signed_in, permit, &new).await
    })
    .await?
}

/// Fails if the entered current password of the signed-in user is wrong.
///
/// The attempt counts in the rate limit of step-ups.
async fn require_current_password(
    app: &SharedAppState,
    context: &RequestContext,
    signed_in: &SignedIn,
    current: &Password,
) -> Result<(), FlowError> {
    let wrong = || FlowError::from_field_problem(Field::CurrentPassword, Problem::PasswordWrong);
    let canonical = signed_in.account.username.to_lowercase();
    let attempt = PasswordAttempt::StepUp(&signed_in.session.id);
    match authenticate_password(app, context, attempt, &canonical, current).await {
        Ok(account) if account.id == signed_in.account.id => Ok(()),
        Ok(_) => Err(wrong()),
        Err(FlowError::Refused(errors)) if contains_wrong_password_problem(&errors) => Err(wrong()),
        Err(error) => Err(error),
    }
}

/// Returns whether the form errors contain the error for a wrong password.
fn contains_wrong_password_problem(errors: &FormErrors) -> bool {
    matches!(
        errors.first_problem_of(Field::Form),
        Some(Problem::Credentials)
    )
}

/// Hashes the new password of the signed-in user and saves it.
async fn hash_and_save_password(
    app: &SharedAppState,
    context: &RequestContext,
    signed_in: &SignedIn,
    permit: HashPermit,
    new: &Password,
) -> Result<Outcome, FlowError> {
    let hash = app.hasher.hash_password(permit, new).await?;
    let now = app.now();
    let id = &signed_in.account.id;
    let mut tx = app.store.begin().await?;
    let retired = end_selected_flows_of_account(&mut tx, id, FlowSelection::All, now).await?;
    let Some(account) = account_locks::lock_account(&mut tx, id).await? else {
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    };
    let actor = PasswordChangeActor::Holder;
    save_new_password(app, &mut tx, &account, &hash, actor, now).await?;
    let token = session::renew_session_and_end_others(
        &mut tx,
        context,
        signed_in,
        RenewalReason::PasswordChange,
        now,
    )
    .await?;
    let entry = AuditEntry::entry_about_account(id, Event::PasswordChanged, context.audit_origin());
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    let changed = accounts::find_account(ReadFrom::Transaction(&mut tx), id).await?;
    tx.commit().await?;
    app.outbox_wake.notify_one();
    cancel_sent_codes_in_background(app, retired);
    let outcome =
        Outcome::from_step(Step::PasswordChanged).with_token_change(TokenChange::SetSession(token));
    // The change makes all device marks invalid, so this browser gets a new one.
    Ok(match changed {
        Some(account) => {
            outcome.with_token_change(device::issue_device_cookie(app, context, &account))
        }
        None => outcome,
    })
}
