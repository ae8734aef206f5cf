//! Sign-in with a password and a second factor, which opens a session.

use crate::auth::engine::background::cancel_sent_codes_in_background;
use crate::auth::engine::persistence::{
    end_oldest_sign_ins_beyond_limit, open_verification_flow, record_flow_audit_event, save_flow,
};
use crate::auth::engine::position::find_flow_to_replace;
use crate::auth::entry::password::authenticate_password;
use crate::auth::entry::password_attempt_limits::PasswordAttempt;
use crate::auth::entry::{captcha, method_choice, set_up};
use crate::auth::error::{FlowError, FormProblems};
use crate::auth::outcome::{Outcome, TokenChange};
use crate::auth::purposes::lost_phone;
use crate::auth::purposes::set_up::new_second_factor_set_up_data;
use crate::auth::session;
use crate::config::MfaPolicy;
use crate::context::{AppState, Caller, RequestContext, SharedAppState};
use crate::security::captcha::Action;
use crate::security::token::FlowId;
use crate::store::account_locks::PasswordProof;
use crate::store::accounts::Account;
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::flow_data::FlowData;
use crate::store::flows::{self, Flow};
use crate::store::{ReadFrom, Tx, sessions};
use crate::verification::{Ending, Verification};
use domain::{Field, Password, Problem, Purpose, RecoveryId, Step, canonical_identifier};

/// The maximum length of an identifier in bytes. The longest one is an e-mail address.
pub(super) const MAX_IDENTIFIER: usize = 254;

/// Begins a sign-in: checks identifier and password, and opens the verification flow for the second factor.
///
/// `identifier` is a username or an e-mail address.
pub async fn begin_sign_in(
    app: &SharedAppState,
    context: &RequestContext,
    identifier: &str,
    password: String,
    captcha: &str,
) -> Result<Outcome, FlowError> {
    let account = check_captcha_and_password(app, context, identifier, password, captcha).await?;
    if is_password_enough_to_sign_in(app, context, &account) {
        return open_session_by_password(app, context, &account).await;
    }
    open_sign_in_flow(app, context, account).await
}

/// Returns the account of this identifier if CAPTCHA and password are correct.
///
/// The identifier is a username or an e-mail address.
pub(super) async fn check_captcha_and_password(
    app: &SharedAppState,
    context: &RequestContext,
    identifier: &str,
    password: String,
    captcha: &str,
) -> Result<Account, FlowError> {
    let work = captcha::require_solved_captcha(app, context, Action::SignIn, captcha).await?;
    let identifier = canonical_identifier(identifier);
    let password = Password::parse_as_existing_password(password);
    let mut problems = FormProblems::default();
    if identifier.is_empty() {
        problems.add_field_problem(Field::Identifier, Problem::Missing);
    }
    if matches!(password, Err(Problem::Missing)) {
        problems.add_field_problem(Field::Password, Problem::Missing);
    }
    if !problems.is_empty() {
        return Err(problems.into_flow_error());
    }
    let password = match password {
        // No identifier contains NUL, and PostgreSQL rejects text that contains it.
        Ok(password) if identifier.len() <= MAX_IDENTIFIER && !identifier.contains('\0') => {
            password
        }
        // No account has such a name or password; the answer is the same as for a wrong one.
        Ok(_) | Err(_) => return Err(FlowError::from_form_problem(Problem::Credentials)),
    };
    let attempt = PasswordAttempt::SignIn(work);
    authenticate_password(app, context, attempt, &identifier, &password).await
}

/// Returns whether a password alone opens a session.
///
/// The client must be an API client, the operator must permit it, and the account must have neither a second factor nor
/// a phone number.
fn is_password_enough_to_sign_in(
    app: &AppState,
    context: &RequestContext,
    account: &Account,
) -> bool {
    app.policy.mfa == MfaPolicy::Optional
        && context.caller != Caller::Browser
        && account.phone.is_none()
        && !account.mfa
}

/// Opens a session after a sign-in with a password only.
///
/// Fails like a wrong password if the account has changed since the password was checked.
async fn open_session_by_password(
    app: &AppState,
    context: &RequestContext,
    account: &Account,
) -> Result<Outcome, FlowError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let password = PasswordProof::from_verified_account(account);
    let unchanged = password.lock_unchanged_account(&mut tx).await?;
    let Some(account) = unchanged.filter(|account| {
        account.may_sign_in() && is_password_enough_to_sign_in(app, context, account)
    }) else {
        return Err(FlowError::from_form_problem(Problem::Credentials));
    };
    let token = session::open_session(app, &mut tx, &account, None, context, now).await?;
    for event in [Event::PasswordAccepted, Event::SessionStarted] {
        let entry = AuditEntry::entry_about_account(&account.id, event, context.audit_origin())
            .with_detail("password")
            .with_purpose(Purpose::SignIn);
        audit::record_audit_entry(&mut tx, &entry, now).await?;
    }
    tx.commit().await?;
    Ok(
        Outcome::from_step(session::first_step_after_sign_in(&account))
            .with_token_change(TokenChange::SetSession(token)),
    )
}

/// Opens the sign-in flow, which checks the second factor.
///
/// Opens the flow that sets up a second factor instead if the account has none, or if the waiting time of a lost-phone
/// recovery is over and the recovery belongs to this browser. If it belongs to another browser, the password gives
/// nothing more than in any sign-in, and the first step leads to the page that mails a link for this browser.
pub(super) async fn open_sign_in_flow(
    app: &SharedAppState,
    context: &RequestContext,
    account: Account,
) -> Result<Outcome, FlowError> {
    let recovery =
        lost_phone::find_usable_lost_phone_recovery(app, ReadFrom::Store(&app.store), &account)
            .await?;
    let token = context.recovery.as_ref();
    let is_in_other_browser = recovery
        .as_ref()
        .is_some_and(|recovery| !recovery.belongs_to_browser_with_token(token));
    let permit = recovery.filter(|_| !is_in_other_browser);
    let (flow, step) =
        new_flow_after_password(app, &account, permit.map(|recovery| recovery.id)).await?;
    let step = if is_in_other_browser {
        Step::RecoveryInOtherBrowser
    } else {
        step
    };
    let loads_page = match &step {
        Step::ChooseMethod { methods, .. } => {
            let wait =
                method_choice::find_wait_for_text_message(app, context, &flow, methods).await?;
            !wait.problems.is_empty()
        }
        _ => false,
    };
    let replaced = find_flow_to_replace(app, context, flow.purpose).await?;
    let (event, now) = (Event::PasswordAccepted, app.now());
    let mut tx = app.store.begin().await?;
    record_flow_audit_event(&mut tx, &flow, event, context.audit_origin(), "", now).await?;
    let outcome = open_flow_after_password(app, context, tx, &flow, replaced, step).await?;
    Ok(Outcome {
        loads_page,
        ..outcome
    })
}

/// Opens the sign-in flow, which checks the earlier second factor, in place of `set_up`.
///
/// `set_up` is a live flow that replaces a lost phone number of `account`. The new flow gives no session without the
/// earlier second factor. If the account has none, the new flow is a set-up that needs a code of the stored number. The
/// lost-phone recovery stays open: only the account holder cancels it, after the sign-in. Of two concurrent requests,
/// one fails.
pub(super) async fn replace_set_up_by_sign_in_flow(
    app: &SharedAppState,
    context: &RequestContext,
    account: &Account,
    mut set_up: Flow,
) -> Result<Outcome, FlowError> {
    let (mut flow, step) = new_flow_after_password(app, account, None).await?;
    // The password was checked when the set-up began.
    flow.verification.opened_at = set_up.verification.opened_at;
    flow.verification.ends_at = set_up.verification.ends_at;
    let replaced = find_flow_to_replace(app, context, flow.purpose).await?;
    let replaced = replaced.filter(|replaced| replaced.id != set_up.id);
    let mut tx = app.store.begin().await?;
    // The browser may have an earlier sign-in of the same account, which ends too.
    flows::lock_live_flows(&mut tx, &account.id).await?;
    let code = set_up.verification.state.sent_code().cloned();
    set_up.verification = set_up.verification.end_for_reason(Ending::Superseded);
    save_flow(&mut tx, &mut set_up, app.now()).await?;
    let outcome = open_flow_after_password(app, context, tx, &flow, replaced, step).await?;
    cancel_sent_codes_in_background(app, code);
    Ok(outcome)
}

/// Creates the flow of a user whose password was correct, and returns its first step.
///
/// `recovery` is the lost-phone recovery that permits to replace the second factor or the stored number.
async fn new_flow_after_password(
    app: &AppState,
    account: &Account,
    recovery: Option<RecoveryId>,
) -> Result<(Flow, Step), FlowError> {
    if account.mfa && recovery.is_none() {
        let flow = new_second_factor_flow(app, account)?;
        let step = method_choice::find_second_factor_step(app, &flow).await?;
        return Ok((flow, step));
    }
    let flow = new_set_up_flow(app, account, recovery);
    let step = set_up::current_step_of_set_up(app, &flow, account);
    Ok((flow, step))
}

/// Creates a verification flow that sets up a second factor. `recovery` is the lost-phone recovery that permits to
/// replace one.
fn new_set_up_flow(app: &AppState, account: &Account, recovery: Option<RecoveryId>) -> Flow {
    let purpose = Purpose::SetUp;
    let rules = app.verification_rules(purpose);
    let verification = Verification::start_verification_without_phone(&rules, app.now());
    let data = new_second_factor_set_up_data(account, recovery);
    let account = Some(account.id.clone());
    Flow::new(FlowId::generate(), purpose, account, verification, data)
}

/// Creates a sign-in flow that checks the second factor of the account.
fn new_second_factor_flow(app: &AppState, account: &Account) -> Result<Flow, FlowError> {
    // The MFA flag without a number is inconsistent; refuse instead of skipping the second factor.
    let Some(phone) = account.phone.clone() else {
        return Err(FlowError::from_form_problem(Problem::MethodUnavailable));
    };
    let purpose = Purpose::SignIn;
    let rules = app.verification_rules(purpose);
    let verification = Verification::start_verification_of_phone(phone, &rules, app.now());
    let data = FlowData::SignIn {
        account: account.id.clone(),
        epoch: Some(account.device_epoch),
    };
    let (id, account) = (FlowId::generate(), account.id.clone());
    Ok(Flow::new(id, purpose, Some(account), verification, data))
}

/// Saves a new verification flow of a user whose password was correct, and commits `tx`.
///
/// The flow is a sign-in, or the set-up of a second factor. `replaced` is the earlier flow of the same purpose, which
/// ends.
async fn open_flow_after_password(
    app: &SharedAppState,
    context: &RequestContext,
    mut tx: Tx,
    flow: &Flow,
    replaced: Option<Flow>,
    step: Step,
) -> Result<Outcome, FlowError> {
    let purpose = flow.purpose;
    // The browser may have the token of another account's flow. It is removed below.
    let other = match purpose {
        Purpose::SetUp => Purpose::SignIn,
        _ => Purpose::SetUp,
    };
    let (token, retired) = open_verification_flow(&mut tx, flow, replaced).await?;
    let ended = match &flow.account {
        Some(account) => {
            end_oldest_sign_ins_beyond_limit(&mut tx, account, &flow.id, app.now()).await?
        }
        None => Vec::new(),
    };
    tx.commit().await?;
    cancel_sent_codes_in_background(app, ended.into_iter().chain(retired));
    let outcome =
        Outcome::from_step(step).with_token_change(TokenChange::SetFlowToken(purpose, token));
    Ok(match context.flow_token(other) {
        Some(_) => outcome.with_token_change(TokenChange::RemoveFlowToken(other)),
        None => outcome,
    })
}

/// Ends the session of this request and writes the sign-out to the audit trail, in one transaction.
pub async fn sign_out(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    if let Some(signed_in) = session::find_live_session_of_request(app, context).await? {
        let mut tx = app.store.begin().await?;
        let deleted = sessions::delete_session(&mut tx, &signed_in.session.token).await?;
        if deleted.is_some() {
            let (account, event) = (&signed_in.account.id, Event::SessionEnded);
            let entry = AuditEntry::entry_about_account(account, event, context.audit_origin())
                .with_detail("signed_out");
            audit::record_audit_entry(&mut tx, &entry, app.now()).await?;
        }
        tx.commit().await?;
    }
    Ok(Outcome::from_step(Step::SignIn).with_token_change(TokenChange::RemoveSession))
}
