//! The code entry that a page shows while it awaits a code, and the problems of refused attempts.

use crate::auth::engine::wrong_codes;
use crate::auth::error::FlowError;
use crate::context::AppState;
use crate::security::token::AccountId;
use crate::store::StoreError;
use crate::store::flows::Flow;
use crate::verification::{Ending, RefusedTransition, State};
use domain::{
    CodeEntry, CodeLength, Field, FormErrors, MAX_SEND_WAIT_SECS, Method, Problem, Purpose,
    SentMessage, Step,
};

/// Returns after how many sent messages the code form offers a voice call.
///
/// That is 3, or 2 for a phone number that is not verified yet.
const fn message_count_before_voice_call_offer(purpose: Purpose) -> u32 {
    match purpose {
        Purpose::Registration | Purpose::SetUp | Purpose::PhoneChange => 2,
        Purpose::SignIn | Purpose::StepUp | Purpose::Payment | Purpose::PasswordReset => 3,
    }
}

/// Describes the code form of a verification flow: purpose, code length and sent message. Fails if the flow awaits no
/// code.
pub fn describe_code_entry(app: &AppState, flow: &Flow) -> Result<CodeEntry, FlowError> {
    let state = &flow.verification.state;
    let sent = match (state.sent_code(), state) {
        (Some(code), _) => Some(SentMessage {
            hint: code.phone.masked_hint(),
            channel: code.channel,
            expires_at: code.expires_at,
            resend_at: flow
                .verification
                .earliest_resend_time(code, &app.verification_rules(flow.purpose)),
            offer_call: code.sends >= message_count_before_voice_call_offer(flow.purpose)
                && app.verifier.supports_voice_calls(flow.purpose),
        }),
        (
            None,
            State::AwaitingFactor {
                method: Method::Totp,
                ..
            },
        ) => None,
        _ => return Err(FlowError::from_form_problem(Problem::FlowEnded)),
    };
    Ok(CodeEntry {
        purpose: flow.purpose,
        length: match sent {
            Some(_) => app.limits.code_length,
            None => CodeLength::SIX,
        },
        now: app.now(),
        sent,
    })
}

/// Returns the step in which the user enters a code. Returns `None` if the flow awaits no code.
pub fn find_code_entry_step(app: &AppState, flow: &Flow) -> Option<Step> {
    let purpose = flow.purpose;
    match &flow.verification.state {
        State::AwaitingFactor {
            method: Method::Recovery,
            ..
        } => Some(Step::EnterRecoveryCode {
            purpose,
            now: app.now(),
        }),
        _ => describe_code_entry(app, flow).ok().map(Step::EnterCode),
    }
}

/// Adds the current state of the code form to the form errors.
///
/// The state contains for example the time of the next resend. Adds nothing if the flow awaits no code.
pub fn add_code_form_state_to_errors(
    app: &AppState,
    flow: &Flow,
    errors: FormErrors,
) -> FormErrors {
    match describe_code_entry(app, flow) {
        Ok(entry) => errors.with_code_entry(entry),
        Err(_) => errors,
    }
}

/// Converts a refused state change of a verification to the error that the user sees.
pub fn refused_transition_error(
    app: &AppState,
    flow: &Flow,
    refused: RefusedTransition,
) -> FlowError {
    let problem = match refused {
        RefusedTransition::OutOfOrder => Problem::FlowEnded,
        RefusedTransition::TooSoon { until } => Problem::ResendWait {
            secs: until.secs_since(app.now()),
        },
        RefusedTransition::Busy => Problem::Busy,
        RefusedTransition::CodeExpired => Problem::CodeExpired,
        RefusedTransition::Ended(how) => ended_flow_problem(flow.purpose, how),
    };
    let is_wait_of_limit =
        matches!(problem, Problem::ResendWait { secs } if secs > MAX_SEND_WAIT_SECS);
    // Before a code is sent, the page has no code field that could show the problem. The wait after the last message
    // that a limit permits is no problem of the code.
    let field = match flow.verification.state.sent_code() {
        Some(_) if !is_wait_of_limit => Field::Code,
        _ => Field::Form,
    };
    FlowError::Refused(add_code_form_state_to_errors(
        app,
        flow,
        FormErrors::for_field(field, problem),
    ))
}

/// Returns the user-visible error for a verification flow that has ended for the reason `ending`.
pub const fn ended_flow_problem(purpose: Purpose, ending: Ending) -> Problem {
    match ending {
        Ending::Exhausted => Problem::too_many_attempts(purpose),
        Ending::Completed
        | Ending::Cancelled
        | Ending::Expired
        | Ending::Unsent
        | Ending::Superseded
        | Ending::Voided => Problem::FlowEnded,
    }
}

/// Returns the user-visible error if too many wrong codes have blocked code entry for an account.
///
/// Returns `None` if code entry is permitted.
pub async fn find_code_entry_block_of_account(
    app: &AppState,
    account: &AccountId,
) -> Result<Option<Problem>, StoreError> {
    let limits = wrong_codes::limits_of_account(app, account);
    wrong_codes::find_problem_of_reached_limits(app, &limits, Purpose::SignIn).await
}
