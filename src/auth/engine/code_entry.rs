//! What the user sees while a code is awaited: the code entry, and why an attempt was refused.

use crate::auth::error::FlowError;
use crate::context::AppState;
use crate::store::flows::Flow;
use crate::verification::{Ending, RefusedTransition, State};
use domain::{
    CodeEntry, CodeLength, Field, FormErrors, Method, Problem, Purpose, SentMessage, Step,
};

/// A voice call is offered once a flow has sent this many messages: the first one and two resends. A number that the
/// user has not proven gets fewer messages an hour, so there the call is offered after one resend.
const fn sends_before_call(purpose: Purpose) -> u32 {
    match purpose {
        Purpose::Registration | Purpose::SetUp | Purpose::PhoneChange => 2,
        Purpose::SignIn | Purpose::StepUp | Purpose::Payment | Purpose::PasswordReset => 3,
    }
}

/// Describes the code entry of a flow. Refused if the flow awaits no code.
pub fn code_entry(app: &AppState, flow: &Flow) -> Result<CodeEntry, FlowError> {
    let state = &flow.verification.state;
    let sent = match (state.code(), state) {
        (Some(code), _) => Some(SentMessage {
            hint: code.phone.hint(),
            channel: code.channel,
            expires_at: code.expires_at,
            resend_at: flow.verification.resend_at(code, &app.rules(flow.purpose)),
            offer_call: code.sends >= sends_before_call(flow.purpose)
                && app.verifier.can_call(flow.purpose),
        }),
        (
            None,
            State::AwaitingFactor {
                method: Method::Totp,
                ..
            },
        ) => None,
        _ => return Err(FlowError::on_form(Problem::FlowEnded)),
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

/// The step of a flow that awaits a code; `None` before and after that.
pub fn entry_step(app: &AppState, flow: &Flow) -> Option<Step> {
    let purpose = flow.purpose;
    match &flow.verification.state {
        State::AwaitingFactor {
            method: Method::Recovery,
            ..
        } => Some(Step::EnterRecoveryCode { purpose }),
        _ => code_entry(app, flow).ok().map(Step::EnterCode),
    }
}

/// Adds the current code entry to the errors, if the flow has one.
pub fn with_entry(app: &AppState, flow: &Flow, errors: FormErrors) -> FormErrors {
    match code_entry(app, flow) {
        Ok(entry) => errors.with_entry(entry),
        Err(_) => errors,
    }
}

/// Translates a transition that the state machine refused into the problem to show.
pub fn transition_error(app: &AppState, flow: &Flow, refused: RefusedTransition) -> FlowError {
    let problem = match refused {
        RefusedTransition::OutOfOrder => Problem::FlowEnded,
        RefusedTransition::TooSoon { until } => Problem::ResendWait {
            secs: until.secs_after(app.now()),
        },
        RefusedTransition::Busy => Problem::Busy,
        RefusedTransition::CodeExpired => Problem::CodeExpired,
        RefusedTransition::Over(how) => ended_problem(flow.purpose, how),
    };
    // Before a code is sent, the page has no code field that could show the problem.
    let field = match flow.verification.state.code() {
        Some(_) => Field::Code,
        None => Field::Form,
    };
    FlowError::Refused(with_entry(app, flow, FormErrors::for_field(field, problem)))
}

/// The problem to show for a flow that has ended.
pub const fn ended_problem(purpose: Purpose, how: Ending) -> Problem {
    match how {
        Ending::Exhausted => Problem::too_many_attempts(purpose),
        Ending::Completed
        | Ending::Cancelled
        | Ending::Expired
        | Ending::Unsent
        | Ending::Superseded
        | Ending::Voided => Problem::FlowEnded,
    }
}
