//! Changes the full name and the username of the signed-in user, after a step-up.

use crate::auth::engine::rate_limit;
use crate::auth::entry::step_up;
use crate::auth::entry::taken_values::{
    count_response_in_enumeration_limit, require_enumeration_limit_not_reached,
};
use crate::auth::error::{FlowError, FormProblems};
use crate::auth::outcome::Outcome;
use crate::auth::session;
use crate::context::{RequestContext, SharedAppState};
use crate::notifications;
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::{StoreError, Tx};
use domain::{Field, FullName, Notification, Problem, Step, Timestamp, Username};

/// Saves a new full name and username of the signed-in user.
///
/// Permits 20 changes a day, 3 of them to another username, and refuses a taken username. A rate limit on these
/// refusals hinders users from finding out which usernames exist. The former username becomes free for other accounts
/// at once. Changes nothing if the session has ended since the request began.
pub async fn change_full_name_and_username(
    app: &SharedAppState,
    context: &RequestContext,
    full_name: &str,
    username: &str,
) -> Result<Outcome, FlowError> {
    let signed_in = step_up::require_recent_step_up(app, context).await?;
    let account = &signed_in.account;
    let mut problems = FormProblems::default();
    let full_name =
        problems.value_or_add_field_problem(Field::FullName, FullName::parse(full_name));
    let username = problems.value_or_add_field_problem(
        Field::Username,
        parse_new_or_present_username(username, account),
    );
    let (Some(full_name), Some(username)) = (full_name, username) else {
        return Err(problems.into_flow_error());
    };
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let taken = || FlowError::from_field_problem(Field::Username, Problem::UsernameTaken);
    let is_other = username.canonical() != account.username.to_ascii_lowercase();
    if is_other {
        require_enumeration_limit_not_reached(app, &mut tx, context, now).await?;
        if accounts::is_username_taken(&mut tx, &username).await? {
            return Err(count_response_in_enumeration_limit(app, tx, context, taken(), now).await?);
        }
        let limit = app.username_change_limit(&account.id);
        if let Err(reached) = rate_limit::count_event_within_limit(&mut tx, &limit, now).await? {
            let secs = reached.until.secs_since(now);
            return Err(FlowError::from_field_problem(
                Field::Username,
                Problem::ChangeWait { secs },
            ));
        }
    }
    if account.full_name != full_name.as_str() || account.username != username.as_str() {
        let limit = app.name_change_limit(&account.id);
        if let Err(reached) = rate_limit::count_event_within_limit(&mut tx, &limit, now).await? {
            let secs = reached.until.secs_since(now);
            let field = if account.full_name == full_name.as_str() {
                Field::Username
            } else {
                Field::FullName
            };
            return Err(FlowError::from_field_problem(
                field,
                Problem::ChangeWait { secs },
            ));
        }
    }
    session::lock_account_of_signed_in_user(&mut tx, &signed_in).await?;
    match accounts::update_full_name_and_username(&mut tx, account, &full_name, &username).await {
        Ok(()) => {}
        // Another request took the username since it was found free.
        Err(StoreError::Taken) => return Err(taken()),
        Err(error) => return Err(error.into()),
    }
    record_changes_of_name_and_username(&mut tx, context, account, &full_name, &username, now)
        .await?;
    if is_other {
        let notification = Notification::UsernameChanged;
        notifications::notify_account_holder(app, &mut tx, account, &notification, now).await?;
    }
    tx.commit().await?;
    app.outbox_wake.notify_one();
    Ok(Outcome::from_step(Step::NamesChanged))
}

/// Parses a typed username, and accepts the present username of the account in every form.
///
/// An account of an earlier version may have a username in the form of an account ID.
fn parse_new_or_present_username(typed: &str, account: &Account) -> Result<Username, Problem> {
    if typed == account.username {
        return Ok(Username::from_stored(typed.to_owned()));
    }
    Username::parse(typed)
}

/// Writes an audit event for a changed full name, and one for a changed username.
///
/// `account` contains the names before the change.
async fn record_changes_of_name_and_username(
    tx: &mut Tx,
    context: &RequestContext,
    account: &Account,
    full_name: &FullName,
    username: &Username,
    now: Timestamp,
) -> Result<(), StoreError> {
    for (event, differs) in [
        (Event::NameChanged, account.full_name != full_name.as_str()),
        (
            Event::UsernameChanged,
            account.username != username.as_str(),
        ),
    ] {
        if differs {
            let entry = AuditEntry::entry_about_account(&account.id, event, context.audit_origin());
            audit::record_audit_entry(tx, &entry, now).await?;
        }
    }
    Ok(())
}
