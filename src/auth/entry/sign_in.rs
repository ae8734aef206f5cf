//! Sign-in: a password, then a second factor, then a session.

use crate::auth::engine::background::cancel_codes_later;
use crate::auth::engine::persistence::{open_flow, record_event};
use crate::auth::engine::position::flow_to_replace;
use crate::auth::entry::password::authenticate;
use crate::auth::entry::password_budget::Attempt;
use crate::auth::entry::{captcha, method_choice, set_up};
use crate::auth::error::{FlowError, FormProblems};
use crate::auth::outcome::{Grant, Outcome};
use crate::auth::purposes::lost_phone;
use crate::auth::purposes::set_up::initial_data;
use crate::auth::session;
use crate::config::MfaPolicy;
use crate::context::{AppState, Caller, RequestContext, SharedAppState};
use crate::security::captcha::Action;
use crate::security::token::FlowId;
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::{ReadFrom, StoreError};
use crate::verification::Verification;
use domain::{Field, Password, Problem, Purpose, Step, canonical_identifier};

/// The longest possible identifier, an e-mail address, in bytes.
pub(super) const MAX_IDENTIFIER: usize = 254;

/// Checks username or e-mail and password, and opens the flow for the second factor.
pub async fn begin(
    app: &SharedAppState,
    context: &RequestContext,
    identifier: &str,
    password: String,
    captcha: &str,
) -> Result<Outcome, FlowError> {
    let account = check_password(app, context, identifier, password, captcha).await?;
    if password_is_enough(app, context, &account) {
        return open_session_by_password(app, context, &account).await;
    }
    open_sign_in_flow(app, context, account).await
}

/// The account of this username or e-mail address, if the password is right. Takes the CAPTCHA of the sign-in.
pub(super) async fn check_password(
    app: &SharedAppState,
    context: &RequestContext,
    identifier: &str,
    password: String,
    captcha: &str,
) -> Result<Account, FlowError> {
    let work = captcha::require_captcha(app, context, Action::SignIn, captcha).await?;
    let identifier = canonical_identifier(identifier);
    let password = Password::parse_existing(password);
    let mut problems = FormProblems::default();
    if identifier.is_empty() {
        problems.add(Field::Identifier, Problem::Missing);
    }
    if matches!(password, Err(Problem::Missing)) {
        problems.add(Field::Password, Problem::Missing);
    }
    if !problems.is_empty() {
        return Err(problems.into_error());
    }
    let password = match password {
        // No identifier contains NUL, and PostgreSQL rejects text that contains it.
        Ok(password) if identifier.len() <= MAX_IDENTIFIER && !identifier.contains('\0') => {
            password
        }
        // No account has such a name or password; the answer is the same as for a wrong one.
        Ok(_) | Err(_) => return Err(FlowError::on_form(Problem::Credentials)),
    };
    let attempt = Attempt::SignIn(work);
    authenticate(app, context, attempt, &identifier, &password).await
}

/// Whether the password alone opens a session: only for an API client, for an account without a second
/// factor, and if the operator permits it. The pages require the set-up of a second factor instead.
fn password_is_enough(app: &AppState, context: &RequestContext, account: &Account) -> bool {
    app.policy.mfa == MfaPolicy::Optional
        && context.caller != Caller::Browser
        && account.phone.is_none()
        && !account.mfa
}

/// Opens a session with a password only.
async fn open_session_by_password(
    app: &AppState,
    context: &RequestContext,
    account: &Account,
) -> Result<Outcome, FlowError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let usable = accounts::find_account(ReadFrom::Transaction(&mut tx), &account.id).await?;
    let Some(account) =
        usable.filter(|account| account.may_sign_in() && password_is_enough(app, context, account))
    else {
        return Err(FlowError::on_form(Problem::FlowEnded));
    };
    let token = session::open(app, &mut tx, &account.id, None, context, now).await?;
    for event in [Event::PasswordAccepted, Event::SessionStarted] {
        let entry = AuditEntry::for_account(&account.id, event, context.audit_origin())
            .with_detail("password");
        audit::record_audit_entry(&mut tx, &entry, now).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Outcome::step(session::first_step(&account)).granting(Grant::Session(token)))
}

/// Opens the flow for the second factor, or the set-up of an account that has none or whose recovery is due.
pub(super) async fn open_sign_in_flow(
    app: &SharedAppState,
    context: &RequestContext,
    account: Account,
) -> Result<Outcome, FlowError> {
    let recovery = lost_phone::due(app, ReadFrom::Store(&app.store), &account).await?;
    let sets_up = !account.mfa || recovery.is_some();
    // The browser may hold the flow of another account; its token is dropped below.
    let (purpose, other) = if sets_up {
        (Purpose::SetUp, Purpose::SignIn)
    } else {
        (Purpose::SignIn, Purpose::SetUp)
    };
    let now = app.now();
    let rules = app.rules(purpose);
    let (verification, data) = if sets_up {
        (
            Verification::start_without_phone(&rules, now),
            initial_data(&account, recovery),
        )
    } else {
        // The MFA flag without a number is inconsistent; refuse instead of skipping the second factor.
        let Some(phone) = account.phone.clone() else {
            return Err(FlowError::on_form(Problem::MethodUnavailable));
        };
        let account = account.id.clone();
        (
            Verification::start_with_phone(phone, &rules, now),
            FlowData::SignIn { account },
        )
    };
    let replaced = flow_to_replace(app, context, purpose).await?;
    let id = FlowId::generate();
    let flow = Flow::new(id, purpose, Some(account.id.clone()), verification, data);
    let step = if sets_up {
        set_up::step(app, &flow, &account)
    } else {
        method_choice::step(app, &flow).await?
    };
    let mut tx = app.store.begin().await?;
    let (token, retired) = open_flow(&mut tx, &flow, replaced).await?;
    let event = Event::PasswordAccepted;
    record_event(&mut tx, &flow, event, context.audit_origin(), "", now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    cancel_codes_later(app, retired);
    let outcome = Outcome::step(step).granting(Grant::FlowToken(purpose, token));
    Ok(match context.flow_token(other) {
        Some(_) => outcome.granting(Grant::NoFlowToken(other)),
        None => outcome,
    })
}

/// Ends the caller's session.
pub async fn sign_out(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    if let Some(signed_in) = session::find_live(app, context).await? {
        session::end(app, context).await?;
        let mut tx = app.store.begin().await?;
        let account = &signed_in.account.id;
        let entry = AuditEntry::for_account(account, Event::SessionEnded, context.audit_origin());
        let entry = entry.with_detail("signed_out");
        audit::record_audit_entry(&mut tx, &entry, app.now()).await?;
        tx.commit().await.map_err(StoreError::from)?;
    }
    Ok(Outcome::step(Step::SignIn).granting(Grant::NoSession))
}
