//! Checks a code that the provider sent: reserves an attempt and commits, calls the provider, commits the result.

use crate::auth::engine::background::cancel_sent_codes_in_background;
use crate::auth::engine::code_entry::{add_code_form_state_to_errors, refused_transition_error};
use crate::auth::engine::persistence::{
    lock_rows_ended_by_completion, record_flow_audit_event, save_flow,
};
use crate::auth::engine::transition::save_flow_unless_busy;
use crate::auth::engine::{security_alerts, send_limits, wrong_codes};
use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::security::refused_code::RefusedCode;
use crate::store::audit::Event;
use crate::store::flows::Flow;
use crate::store::{StoreError, Tx, codes};
use crate::verification::{CheckOutcome, CheckPlan, Ending, SentCode, State};
use domain::{Field, FormErrors, Method, OneTimeCode, PhoneNumber, Problem, Purpose, Timestamp};
use verify::{CheckFailure, CheckRequest, Transaction, Verdict, VerificationId};

/// An approved verification code, with the open database transaction that marks it as used.
///
/// In this transaction, the caller performs the action that the code authorises, for example opens a session.
/// [`commit_transaction_of_approved_code`] then commits the transaction.
#[must_use = "an approved code has no effect until its transaction is committed"]
pub struct ApprovedCode {
    pub tx: Tx,
    pub flow: Flow,
    pub proof: Proof,
    pub now: Timestamp,
    /// Records the approval if the transaction is rolled back, because the provider has used up the code. `None` for a
    /// code that no provider has checked.
    pub late_approval: Option<LateApproval>,
}

/// Evidence of an approved code: the method, the verified phone number and the provider's verification ID.
pub struct Proof {
    pub method: Method,
    /// The phone number that the flow verifies.
    pub phone: PhoneNumber,
    /// The verification ID of the provider; `None` for a code that the server checks itself.
    pub provider: Option<VerificationId>,
}

impl ApprovedCode {
    /// Creates the approved code for an authenticator app code or recovery code.
    ///
    /// The server itself has checked that the code is correct.
    pub(super) const fn from_approved_factor_code(
        tx: Tx,
        flow: Flow,
        proof: Proof,
        now: Timestamp,
    ) -> Self {
        Self {
            tx,
            flow,
            proof,
            now,
            late_approval: None,
        }
    }
}

/// Checks a code with the verification provider.
///
/// Returns [`ApprovedCode`] if it is correct; otherwise commits the failed attempt and returns an error. `transaction`
/// is the amount and payee of a payment; `None` for other flows.
pub async fn check_verification_code(
    app: &SharedAppState,
    mut flow: Flow,
    code: &OneTimeCode,
    transaction: Option<&Transaction>,
    context: &RequestContext,
) -> Result<ApprovedCode, FlowError> {
    let (plan, reserved_at) = count_code_attempt_before_check(app, &mut flow, code).await?;
    let (outcome, certainty) = check_code_at_provider(app, &plan, code, transaction).await;
    let now = app.now();
    flow.verification = flow.verification.record_code_check_outcome(
        outcome,
        &app.verification_rules(flow.purpose),
        now,
    );

    let mut tx = app.store.begin().await?;
    match outcome {
        CheckOutcome::Wrong => {
            // The limits are locked before the flow, as in a send. Whether one is reached does not matter here.
            let limits = wrong_codes::find_limits_of_wrong_codes(app, &flow);
            let _ = wrong_codes::lock_and_check_limits(&mut tx, &limits, now).await?;
        }
        CheckOutcome::Approved => {
            wrong_codes::uncount_right_code(app, &mut tx, &flow, reserved_at, now).await?;
        }
        CheckOutcome::Gone | CheckOutcome::Exhausted | CheckOutcome::Unknown => {
            wrong_codes::uncount_code(app, &mut tx, &flow, reserved_at).await?;
        }
    }
    if outcome == CheckOutcome::Approved {
        wrong_codes::update_limits_if_password_is_reset(app, &mut tx, &flow, now).await?;
        return record_approved_code(app, tx, flow, reserved_at, context, now).await;
    }
    if outcome == CheckOutcome::Wrong && certainty == RejectionCertainty::Certain {
        flow.verification.refused = Some(compute_hash_of_rejected_code(app, &plan, code));
    }
    save_flow(&mut tx, &mut flow, now).await?;
    if outcome == CheckOutcome::Wrong {
        security_alerts::alert_account_holder_of_wrong_codes(
            app,
            &mut tx,
            &flow,
            context.audit_origin(),
            now,
        )
        .await?;
    }
    let (event, origin) = (
        audit_event_of_failed_code_check(&flow),
        context.audit_origin(),
    );
    record_flow_audit_event(
        &mut tx,
        &flow,
        event,
        origin,
        code_check_audit_detail(outcome),
        now,
    )
    .await?;
    tx.commit().await?;
    app.outbox_wake.notify_one();
    if flow.verification.state.is_ended() {
        // A code without attempts left blocks new codes to the same number until it is cancelled at the provider.
        cancel_sent_codes_in_background(app, [plan.code]);
    }

    let errors = FormErrors::for_field(Field::Code, failed_code_check_problem(app, &flow, outcome));
    Err(FlowError::Refused(add_code_form_state_to_errors(
        app, &flow, errors,
    )))
}

/// Hashes a code that the provider has rejected.
///
/// By the hash, a repeated submission of the code is detected without a call to the provider.
fn compute_hash_of_rejected_code(
    app: &AppState,
    plan: &CheckPlan,
    code: &OneTimeCode,
) -> RefusedCode {
    app.hash_refused_code(plan.code.verification.as_str(), code.expose())
}

/// Counts a code attempt for the verification flow and the account, before the provider is called.
///
/// Commits the counts. Rejects a repetition of the last wrong code and does not count it, because browsers often submit
/// the same code twice.
async fn count_code_attempt_before_check(
    app: &AppState,
    flow: &mut Flow,
    code: &OneTimeCode,
) -> Result<(CheckPlan, Timestamp), FlowError> {
    let now = app.now();
    let (verification, plan) = flow
        .verification
        .clone()
        .begin_code_check(&app.verification_rules(flow.purpose), now)
        .map_err(|refusal| refused_transition_error(app, flow, refusal))?;
    if flow
        .verification
        .is_most_recently_refused_code(&compute_hash_of_rejected_code(app, &plan, code))
    {
        let problem = failed_code_check_problem(app, flow, CheckOutcome::Wrong);
        let errors = FormErrors::for_field(Field::Code, problem);
        return Err(FlowError::Refused(add_code_form_state_to_errors(
            app, flow, errors,
        )));
    }
    let mut tx = app.store.begin().await?;
    let limits = wrong_codes::find_limits_of_wrong_codes(app, flow);
    if let Err(wait) = wrong_codes::count_code_within_limits(&mut tx, &limits, now).await? {
        let secs = wait.until.secs_since(now);
        let held = Problem::factor_held(flow.purpose, secs);
        let errors = FormErrors::for_field(Field::Code, held);
        return Err(FlowError::Refused(add_code_form_state_to_errors(
            app, flow, errors,
        )));
    }
    let unreserved = flow.clone();
    flow.verification = verification;
    // Only one check of a flow runs at a time.
    save_flow_unless_busy(app, &mut tx, &unreserved, flow, now).await?;
    tx.commit().await?;
    Ok((plan, now))
}

/// Says whether the provider would certainly reject a rejected code again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RejectionCertainty {
    Certain,
    /// The response of the provider was contradictory, so the code must be checked again.
    Uncertain,
}

/// Calls the provider to check the code. Returns the result, and whether a rejection is certain.
async fn check_code_at_provider(
    app: &AppState,
    plan: &CheckPlan,
    code: &OneTimeCode,
    transaction: Option<&Transaction>,
) -> (CheckOutcome, RejectionCertainty) {
    let request = CheckRequest {
        service: &plan.code.service,
        verification: &plan.code.verification,
        to: &plan.code.phone,
        code,
        transaction,
    };
    let checked = app.verifier.check_code(request).await;
    let certainty = match checked {
        Ok(Verdict::Contradictory) => RejectionCertainty::Uncertain,
        _ => RejectionCertainty::Certain,
    };
    let outcome = match checked {
        Ok(Verdict::Approved) => CheckOutcome::Approved,
        Ok(Verdict::Wrong | Verdict::Contradictory) => CheckOutcome::Wrong,
        Ok(Verdict::NoLiveVerification) => CheckOutcome::Gone,
        Ok(Verdict::ChecksExhausted) => CheckOutcome::Exhausted,
        Err(
            CheckFailure::Throttled { .. }
            | CheckFailure::Configuration
            | CheckFailure::Unavailable
            | CheckFailure::Unknown,
        ) => CheckOutcome::Unknown,
    };
    (outcome, certainty)
}

/// Records an approved code in the open transaction.
///
/// Marks the code as used, writes an audit event, and ends the resend cooldown of the phone number.
async fn record_approved_code(
    app: &AppState,
    mut tx: Tx,
    flow: Flow,
    reserved_at: Timestamp,
    context: &RequestContext,
    now: Timestamp,
) -> Result<ApprovedCode, FlowError> {
    let State::Approved { code } = &flow.verification.state else {
        return Err(UNEXPECTED_FLOW_STATE.into());
    };
    let proof = Proof {
        method: Method::Sms,
        phone: code.phone.clone(),
        provider: Some(code.verification.clone()),
    };
    codes::delete_used_verification_code(&mut tx, &code.verification).await?;
    send_limits::lift_resend_cooldown_of_number(app, &mut tx, &code.phone, code.sent_at).await?;
    let event = Event::CodeApproved;
    record_flow_audit_event(&mut tx, &flow, event, context.audit_origin(), "", now).await?;
    let late_approval = LateApproval {
        flow: flow.clone(),
        reserved_at,
    };
    Ok(ApprovedCode {
        tx,
        flow,
        proof,
        now,
        late_approval: Some(late_approval),
    })
}

const UNEXPECTED_FLOW_STATE: StoreError = StoreError::Inconsistent {
    table: "flows",
    column: "verification",
};

/// Marks an approved verification flow as completed, so that its code authorises one action only.
///
/// Of two concurrent requests, one succeeds and the other gets an error. Does nothing for a flow that
/// [`check_second_factor_code`] approved, because it is completed already.
///
/// [`check_second_factor_code`]: super::check_factor::check_second_factor_code
pub async fn mark_approved_flow_completed(
    app: &AppState,
    tx: &mut Tx,
    flow: &mut Flow,
    now: Timestamp,
) -> Result<(), FlowError> {
    if flow.verification.state
        == (State::Ended {
            how: Ending::Completed,
        })
    {
        return Ok(());
    }
    let completed = flow.verification.clone().complete_approved_verification();
    flow.verification =
        completed.map_err(|refusal| refused_transition_error(app, flow, refusal))?;
    lock_rows_ended_by_completion(tx, flow).await?;
    save_flow(tx, flow, now).await?;
    Ok(())
}

/// Commits an approved code together with the action that it authorises. Then cancels the codes in `retired` at the
/// provider: the pending codes of the flows that the transaction has ended.
pub async fn commit_transaction_of_approved_code(
    app: &SharedAppState,
    tx: Tx,
    retired: Vec<SentCode>,
) -> Result<(), FlowError> {
    tx.commit().await?;
    app.outbox_wake.notify_one();
    cancel_sent_codes_in_background(app, retired);
    Ok(())
}

/// The approval of a code whose transaction was rolled back because its action was refused.
pub struct LateApproval {
    flow: Flow,
    reserved_at: Timestamp,
}

impl LateApproval {
    /// Records the approval of a code whose action was refused, in a new transaction.
    ///
    /// The code counts as used, because the provider accepts it only once. It was correct, so it is removed from the
    /// limits on wrong codes.
    pub async fn record_approval_after_refused_action(
        self,
        app: &AppState,
        context: &RequestContext,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Self { flow, reserved_at } = self;
        let mut tx = app.store.begin().await?;
        if flow.purpose == Purpose::SetUp {
            // The code went to a number that the refused set-up did not save, so it proves no second factor.
            wrong_codes::uncount_code(app, &mut tx, &flow, reserved_at).await?;
        } else {
            wrong_codes::uncount_right_code(app, &mut tx, &flow, reserved_at, now).await?;
        }
        if let Some(code) = flow.verification.state.sent_code() {
            codes::delete_used_verification_code(&mut tx, &code.verification).await?;
        }
        let event = Event::CodeApproved;
        record_flow_audit_event(&mut tx, &flow, event, context.audit_origin(), "", now).await?;
        tx.commit().await
    }
}

/// Returns the user-visible error for a failed code check. A wrong code shows the remaining attempts.
fn failed_code_check_problem(app: &AppState, flow: &Flow, outcome: CheckOutcome) -> Problem {
    match (&flow.verification.state, outcome) {
        (State::Ended { .. }, _) => Problem::too_many_attempts(flow.purpose),
        (_, CheckOutcome::Gone) => Problem::CodeExpired,
        (State::AwaitingCode { .. }, CheckOutcome::Wrong) => Problem::InvalidCode {
            attempts_remaining: flow
                .verification
                .attempts_left(&app.verification_rules(flow.purpose)),
        },
        _ => Problem::CouldNotVerify,
    }
}

/// Returns the audit event for a code check that has failed: all attempts used, or one code refused.
const fn audit_event_of_failed_code_check(flow: &Flow) -> Event {
    match flow.verification.state {
        State::Ended {
            how: Ending::Exhausted,
        } => Event::TriesExhausted,
        _ => Event::CodeRefused,
    }
}

/// Returns the result of a code check as the `detail` text of an audit event.
const fn code_check_audit_detail(outcome: CheckOutcome) -> &'static str {
    match outcome {
        CheckOutcome::Approved => "approved",
        CheckOutcome::Wrong => "wrong",
        CheckOutcome::Gone => "gone",
        CheckOutcome::Exhausted => "exhausted",
        CheckOutcome::Unknown => "unknown",
    }
}
