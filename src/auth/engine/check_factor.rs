//! Checks a code of an authenticator app or a recovery code. The server checks both without the provider.

use crate::auth::engine::check_code::{ApprovedCode, Proof};
use crate::auth::engine::code_entry::{add_code_form_state_to_errors, refused_transition_error};
use crate::auth::engine::persistence::{
    lock_rows_ended_by_completion, record_flow_audit_event, save_flow,
};
use crate::auth::engine::totp_secret::TotpRejection;
use crate::auth::engine::{security_alerts, totp_secret, wrong_codes};
use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext};
use crate::notifications;
use crate::security::recovery_code::RecoveryCode;
use crate::security::refused_code::RefusedCode;
use crate::security::token::AccountId;
use crate::security::totp::{CODE_LENGTH, TimeStep};
use crate::store::audit::Event;
use crate::store::flows::{self, Flow};
use crate::store::{ReadFrom, StoreError, Tx, account_locks, recovery_codes};
use crate::verification::{Ending, RefusedTransition, State};
use domain::{Field, FormErrors, Method, Notification, OneTimeCode, Problem, Timestamp};

/// A well-formed code of an authenticator app, or a well-formed recovery code.
enum FactorCode {
    Totp(OneTimeCode),
    Recovery(RecoveryCode),
}

impl FactorCode {
    /// Parses the entered code as an authenticator app code or a recovery code, depending on `method`.
    ///
    /// A malformed code does not count as an attempt.
    fn parse_factor_code(method: Method, typed_code: &str) -> Result<Self, Problem> {
        match method {
            Method::Totp => OneTimeCode::parse(typed_code, CODE_LENGTH)
                .map(Self::Totp)
                .ok_or(Problem::MalformedCode { digits: 6 }),
            Method::Recovery => RecoveryCode::parse(typed_code)
                .map(Self::Recovery)
                .ok_or(Problem::RecoveryCodeMalformed),
            // Only the provider can check the code of a message.
            Method::Sms => Err(Problem::MethodUnavailable),
        }
    }

    /// Hashes a wrong code, so that the same code is refused again without another check.
    ///
    /// The hash of an authenticator app code includes the 30-second time step of `now`, because the same digits can be
    /// correct in a later step.
    fn hash_wrong_factor_code(&self, app: &AppState, now: Timestamp) -> RefusedCode {
        match self {
            Self::Totp(code) => {
                let scope = format!("totp {}", TimeStep::from_time(now).step_number());
                app.hash_refused_code(&scope, code.expose())
            }
            Self::Recovery(code) => app.hash_refused_code("recovery", &code.expose()),
        }
    }
}

/// Checks an authenticator app code or a recovery code, and completes the verification flow if it is correct.
///
/// One transaction counts the attempt and checks the code. The caller adds the authorised action to the returned
/// transaction and commits it.
pub async fn check_second_factor_code(
    app: &AppState,
    mut flow: Flow,
    method: Method,
    typed: &str,
    context: &RequestContext,
) -> Result<ApprovedCode, FlowError> {
    let code = match FactorCode::parse_factor_code(method, typed) {
        Ok(code) => code,
        Err(problem) => return Err(create_code_field_error(app, &flow, problem)),
    };
    let (Some(account), Some(phone)) = (
        flow.account.clone(),
        flow.verification.state.phone().cloned(),
    ) else {
        return Err(refused_transition_error(
            app,
            &flow,
            RefusedTransition::OutOfOrder,
        ));
    };
    let now = app.now();
    let refused = code.hash_wrong_factor_code(app, now);
    if flow.verification.is_most_recently_refused_code(&refused) {
        return Err(create_wrong_factor_code_error(app, &flow, &account, &code, now).await?);
    }
    let before = flow.clone();
    let mut tx = app.store.begin().await?;
    wrong_codes::lock_limits_changed_by_code(app, &mut tx, &flow, now).await?;
    let limits = wrong_codes::find_limits_of_wrong_codes(app, &flow);
    if let Err(wait) = wrong_codes::count_code_within_limits(&mut tx, &limits, now).await? {
        let secs = wait.until.secs_since(now);
        let held = Problem::factor_held(flow.purpose, secs);
        return Err(create_code_field_error(app, &flow, held));
    }
    // Flows and the e-mail proof are locked before the second factor, as in a change that removes the second factor.
    lock_rows_ended_by_completion(&mut tx, &flow).await?;
    if !flows::lock_flow(&mut tx, &flow).await? {
        let busy = RefusedTransition::Busy;
        return Err(refused_transition_error(app, &before, busy));
    }
    let right = check_factor_code_and_mark_used(app, &mut tx, &account, &code, now).await?;
    if right {
        wrong_codes::uncount_right_code(app, &mut tx, &flow, now, now).await?;
        wrong_codes::update_limits_if_password_is_reset(app, &mut tx, &flow, now).await?;
    }
    let checked = flow
        .verification
        .clone()
        .record_factor_check(right, &app.verification_rules(flow.purpose));
    flow.verification =
        checked.map_err(|refusal| refused_transition_error(app, &before, refusal))?;
    if !right {
        flow.verification.refused = Some(refused);
        if let FactorCode::Totp(code) = &code {
            totp_secret::invalidate_totp_code_from_wrong_clock(app, &mut tx, &account, code, now)
                .await?;
        }
    }
    save_flow(&mut tx, &mut flow, now).await?;
    let event = audit_event_of_factor_code_check(&flow, right);
    record_flow_audit_event(
        &mut tx,
        &flow,
        event,
        context.audit_origin(),
        method.as_str(),
        now,
    )
    .await?;
    if !right {
        security_alerts::alert_account_holder_of_wrong_codes(
            app,
            &mut tx,
            &flow,
            context.audit_origin(),
            now,
        )
        .await?;
        tx.commit().await?;
        app.outbox_wake.notify_one();
        return Err(create_wrong_factor_code_error(app, &flow, &account, &code, now).await?);
    }
    let proof = Proof {
        method,
        phone,
        provider: None,
    };
    Ok(ApprovedCode::from_approved_factor_code(
        tx, flow, proof, now,
    ))
}

/// Creates a form error at the code field, with the current state of the code form.
fn create_code_field_error(app: &AppState, flow: &Flow, problem: Problem) -> FlowError {
    let errors = FormErrors::for_field(Field::Code, problem);
    FlowError::Refused(add_code_form_state_to_errors(app, flow, errors))
}

/// Returns the audit event for a correct or wrong code of an authenticator app or recovery code.
const fn audit_event_of_factor_code_check(flow: &Flow, is_code_correct: bool) -> Event {
    match (is_code_correct, &flow.verification.state) {
        (true, _) => Event::CodeApproved,
        (
            false,
            State::Ended {
                how: Ending::Exhausted,
            },
        ) => Event::TriesExhausted,
        (false, _) => Event::CodeRefused,
    }
}

/// Creates the form error for a wrong authenticator app code or recovery code whose attempt was counted.
async fn create_wrong_factor_code_error(
    app: &AppState,
    flow: &Flow,
    account: &AccountId,
    code: &FactorCode,
    now: Timestamp,
) -> Result<FlowError, FlowError> {
    let attempts_remaining = flow
        .verification
        .attempts_left(&app.verification_rules(flow.purpose));
    let problem = match (&flow.verification.state, code) {
        (State::AwaitingFactor { .. }, FactorCode::Recovery(_)) => Problem::RecoveryCodeWrong,
        (State::AwaitingFactor { .. }, FactorCode::Totp(code)) => {
            let database = ReadFrom::Store(&app.store);
            match totp_secret::find_reason_of_rejected_totp_code(app, database, account, code, now)
                .await?
            {
                TotpRejection::WrongCode => Problem::InvalidCode { attempts_remaining },
                TotpRejection::UsedCode => Problem::UsedCode { attempts_remaining },
                TotpRejection::WrongClock => Problem::CodeOfAnotherTime { attempts_remaining },
            }
        }
        _ => Problem::too_many_attempts(flow.purpose),
    };
    Ok(create_code_field_error(app, flow, problem))
}

/// Returns whether an authenticator app code or recovery code is correct.
///
/// Marks a correct code as used in this transaction, and notifies the account holder of a used recovery code.
async fn check_factor_code_and_mark_used(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    code: &FactorCode,
    now: Timestamp,
) -> Result<bool, FlowError> {
    // The account is locked before its second factors and the limits on its notifications.
    let holder = account_locks::lock_account(tx, account).await?;
    match code {
        FactorCode::Totp(code) => totp_secret::check_totp_code(app, tx, account, code, now).await,
        FactorCode::Recovery(code) => {
            let Some(left) =
                mark_recovery_code_used(tx, account, code, &app.bucket_key, now).await?
            else {
                return Ok(false);
            };
            if let Some(holder) = holder {
                let notification = Notification::RecoveryCodeUsed { left };
                notifications::notify_account_holder(app, tx, &holder, &notification, now).await?;
            }
            Ok(true)
        }
    }
}

/// Marks a recovery code as used. Returns the number of unused codes left.
///
/// Returns `None` unless it is an unused recovery code of this account. `key` is the secret key of
/// [`RecoveryCode::hash`]. The caller counts failures and writes the audit event.
async fn mark_recovery_code_used(
    tx: &mut Tx,
    account: &AccountId,
    code: &RecoveryCode,
    key: &[u8],
    now: Timestamp,
) -> Result<Option<u32>, StoreError> {
    if !recovery_codes::mark_recovery_code_used(tx, account, &code.hash(account, key), now).await? {
        return Ok(None);
    }
    recovery_codes::count_unused_recovery_codes(ReadFrom::Transaction(tx), account)
        .await
        .map(Some)
}
