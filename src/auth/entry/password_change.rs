//! Changing the password: after a step-up, with the current password once more.

use crate::auth::device;
use crate::auth::engine::background::{cancel_codes_later, run_detached};
use crate::auth::engine::persistence::FlowSelection;
use crate::auth::entry::new_password::read_for_account;
use crate::auth::entry::password::authenticate;
use crate::auth::entry::password_budget::{Attempt, not_permitted};
use crate::auth::entry::step_up;
use crate::auth::error::{FlowError, FormProblems};
use crate::auth::outcome::{Grant, Outcome};
use crate::auth::purposes::password::save_password;
use crate::auth::session::{self, SignedIn};
use crate::context::{RequestContext, SharedAppState};
use crate::hashing::{CountedForSubject, HashPermit, NotPermitted};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::{ReadFrom, StoreError, accounts};
use domain::{Field, FormErrors, Password, Problem, Step};

/// Saves a new password. The session of this request gets a new token, and all others end.
pub async fn change(
    app: &SharedAppState,
    context: &RequestContext,
    current: String,
    new: String,
) -> Result<Outcome, FlowError> {
    let signed_in = step_up::require(app, context).await?;
    let mut problems = FormProblems::default();
    let current = match Password::parse_existing(current) {
        Ok(password) => Some(password),
        Err(Problem::Missing) => {
            problems.add(Field::CurrentPassword, Problem::Missing);
            None
        }
        Err(_) => {
            problems.add(Field::CurrentPassword, Problem::PasswordWrong);
            None
        }
    };
    let new = read_for_account(&app.brand.name, new, &signed_in.account, &mut problems);
    let (Some(current), Some(new)) = (current, new) else {
        return Err(problems.into_error());
    };
    require_current(app, context, &signed_in, &current).await?;
    let now = app.now();
    let tx = app.store.begin().await?;
    let refused = |refused| not_permitted(refused, now);
    let of_account = app.password_change_limit(&signed_in.account.id);
    let counted = CountedForSubject::reserve_in_limit(tx, &of_account, now).await?;
    let counted = counted.map_err(|(_, until)| refused(NotPermitted::LimitReached { until }))?;
    let of_source = app.credentials_source_limit(context);
    let permit = HashPermit::for_source(counted, &of_source, context.hash_lane(), now)
        .await?
        .map_err(refused)?;
    let (shared, context) = (SharedAppState::clone(app), context.clone());
    run_detached(app, async move {
        hash_and_save(&shared, &context, &signed_in, permit, &new).await
    })
    .await?
}

/// Refuses a wrong current password, counted as one of a step-up.
async fn require_current(
    app: &SharedAppState,
    context: &RequestContext,
    signed_in: &SignedIn,
    current: &Password,
) -> Result<(), FlowError> {
    let wrong = || FlowError::on_field(Field::CurrentPassword, Problem::PasswordWrong);
    let canonical = signed_in.account.username.to_lowercase();
    let attempt = Attempt::StepUp(&signed_in.session.id);
    match authenticate(app, context, attempt, &canonical, current).await {
        Ok(account) if account.id == signed_in.account.id => Ok(()),
        Ok(_) => Err(wrong()),
        Err(FlowError::Refused(errors)) if is_wrong_password(&errors) => Err(wrong()),
        Err(error) => Err(error),
    }
}

fn is_wrong_password(errors: &FormErrors) -> bool {
    matches!(
        errors.first_problem_of(Field::Form),
        Some(Problem::Credentials)
    )
}

async fn hash_and_save(
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
    let Some(account) = accounts::find_account(ReadFrom::Transaction(&mut tx), id).await? else {
        return Err(FlowError::on_form(Problem::FlowEnded));
    };
    let token = session::renew_and_end_others(&mut tx, context, signed_in).await?;
    let flows = FlowSelection::All;
    let retired = save_password(app, &mut tx, &account, &hash, flows, now).await?;
    let entry = AuditEntry::for_account(id, Event::PasswordChanged, context.audit_origin());
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    let changed = accounts::find_account(ReadFrom::Transaction(&mut tx), id).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.outbox_wake.notify_one();
    cancel_codes_later(app, retired);
    let outcome = Outcome::step(Step::PasswordChanged).granting(Grant::Session(token));
    // The change makes all device marks invalid, so this browser gets a new one.
    Ok(match changed {
        Some(account) => outcome.granting(device::remember(app, context, &account)),
        None => outcome,
    })
}
