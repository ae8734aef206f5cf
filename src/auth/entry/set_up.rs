//! Sets up the second factor of an account that has none, during its sign-in.

use crate::auth::engine::background::cancel_sent_codes_in_background;
use crate::auth::engine::code_entry::{find_code_entry_step, refused_transition_error};
use crate::auth::engine::transition::{change_and_save_flow, save_flow_unless_busy};
use crate::auth::entry::verification::{
    require_live_flow, send_code_for_flow, send_or_resend_code,
};
use crate::auth::error::FlowError;
use crate::auth::outcome::Outcome;
use crate::auth::purposes::completion::UNEXPECTED_DATA;
use crate::auth::purposes::lost_phone;
use crate::auth::purposes::set_up::{
    find_new_phone_number_to_prove, find_recovery_id_of_second_factor_set_up,
    has_flow_verified_stored_phone_number,
};
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::security::typed_number::TypedNumber;
use crate::store::ReadFrom;
use crate::store::accounts::{self, Account};
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::verification::{State, Verification};
use domain::{Channel, Field, PhoneNumber, Problem, Purpose, Step};

const PURPOSE: Purpose = Purpose::SetUp;

/// Returns the current step of the verification flow that enrols the account's second factor (set-up).
pub fn current_step_of_set_up(app: &AppState, flow: &Flow, account: &Account) -> Step {
    let stored_phone = account.phone.as_ref().map(PhoneNumber::masked_hint);
    match &flow.verification.state {
        State::Ready { phone, .. } if has_flow_verified_stored_phone_number(flow) => {
            Step::SendCode {
                purpose: PURPOSE,
                hint: phone.masked_hint(),
            }
        }
        State::Ended { .. } => Step::SignIn,
        _ => find_code_entry_step(app, flow).unwrap_or(Step::SetUp { stored_phone }),
    }
}

/// The current step of a set-up, and what its page says about the stored phone number.
#[derive(Clone, Debug)]
pub struct SetUpPosition {
    pub step: Step,
    /// Whether the set-up still needs a code of the stored phone number.
    pub needs_code_of_stored_number: bool,
}

/// Reads the account of a set-up flow and returns the current position of the verification flow.
pub async fn find_set_up_position(app: &AppState, flow: &Flow) -> Result<SetUpPosition, FlowError> {
    let account = require_account_for_second_factor_set_up(app, flow).await?;
    Ok(SetUpPosition {
        step: current_step_of_set_up(app, flow, &account),
        needs_code_of_stored_number: does_set_up_need_code_of_stored_number(flow, &account),
    })
}

/// Returns whether the awaited code was sent to the stored phone number of the account.
///
/// The user verifies that number before the new one.
pub fn is_code_sent_to_stored_phone_number(flow: &Flow, step: &Step) -> bool {
    matches!(step, Step::EnterCode(_)) && find_new_phone_number_to_prove(flow).is_some()
}

/// Reads the stored phone number of the account whose second factor is being set up.
pub async fn find_stored_phone_number_of_account(
    app: &AppState,
    flow: &Flow,
) -> Result<Option<PhoneNumber>, FlowError> {
    Ok(require_account_for_second_factor_set_up(app, flow)
        .await?
        .phone)
}

/// Submits the phone number for the second factor and sends the first code.
///
/// If the account already has another verified number, the first code goes to that number.
pub async fn submit_phone_number(
    app: &SharedAppState,
    context: &RequestContext,
    typed: TypedNumber<'_>,
) -> Result<Outcome, FlowError> {
    let mut flow = require_live_flow(app, context, PURPOSE).await?;
    let account = require_account_for_second_factor_set_up(app, &flow).await?;
    let number = parse_permitted_phone_number(app, typed)?;
    if flow.verification.state.sent_code().is_some() {
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    }
    let (first, next) = match &account.phone {
        Some(stored)
            if account.phone_verified
                && *stored != number
                && !has_flow_verified_stored_phone_number(&flow)
                && find_recovery_id_of_second_factor_set_up(&flow).is_none() =>
        {
            (stored.clone(), Some(number.clone()))
        }
        _ => (number.clone(), None),
    };
    let before = flow.clone();
    let verification = flow.verification.remove_phone();
    flow.verification = verification
        .and_then(|verification| verification.set_phone(first))
        .map_err(|refusal| refused_transition_error(app, &before, refusal))?;
    if let FlowData::SetUp { next: kept, .. } = &mut flow.data {
        *kept = next.map(|next| next.as_e164().to_owned());
    }
    let mut tx = app.store.begin().await?;
    if account.phone.as_ref() != Some(&number)
        && accounts::count_accounts_by_phone(&mut tx, &number).await?
            >= app.limits.accounts_per_phone
    {
        return Err(FlowError::from_field_problem(
            Field::Phone,
            Problem::PhoneUnavailable,
        ));
    }
    save_flow_unless_busy(app, &mut tx, &before, &mut flow, app.now()).await?;
    tx.commit().await?;
    send_or_resend_code(app, context, PURPOSE, Channel::Sms).await
}

/// Submits the phone number for the second factor, for API clients, even while a code is pending.
///
/// The same number receives the code again; a different number replaces the earlier one.
pub async fn submit_phone_number_or_resend_code(
    app: &SharedAppState,
    context: &RequestContext,
    typed: TypedNumber<'_>,
) -> Result<Outcome, FlowError> {
    let flow = require_live_flow(app, context, PURPOSE).await?;
    if let Some(code) = flow.verification.state.sent_code() {
        let previous = find_new_phone_number_to_prove(&flow).unwrap_or_else(|| code.phone.clone());
        if parse_permitted_phone_number(app, typed)? == previous {
            return send_code_for_flow(app, context, flow, Channel::Sms).await;
        }
        choose_another_phone_number(app, context).await?;
    }
    submit_phone_number(app, context, typed).await
}

/// Parses a phone number. Fails if the operator does not permit the country of the number.
fn parse_permitted_phone_number(
    app: &AppState,
    typed: TypedNumber<'_>,
) -> Result<PhoneNumber, FlowError> {
    typed
        .parse(&app.phone_rules)
        .map_err(|problem| FlowError::from_field_problem(Field::Phone, problem))
}

/// Invalidates the pending code of a second-factor set-up and returns to the form for the phone number.
///
/// The form contains the number that the user has typed. The page masks the stored number of the account, so for this
/// number the form contains only the country.
pub async fn choose_another_phone_number(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let flow = require_live_flow(app, context, PURPOSE).await?;
    let account = require_account_for_second_factor_set_up(app, &flow).await?;
    let typed =
        find_new_phone_number_to_prove(&flow).or_else(|| flow.verification.state.phone().cloned());
    let code = flow.verification.state.sent_code().cloned();
    let flow = change_and_save_flow(app, flow, Verification::remove_phone).await?;
    cancel_sent_codes_in_background(app, code);
    let outcome = Outcome::from_step(current_step_of_set_up(app, &flow, &account));
    Ok(match typed {
        Some(number) if account.phone.as_ref() == Some(&number) => {
            outcome.with_country_of_phone_number(&number)
        }
        typed => outcome.with_typed_phone_number(typed.as_ref()),
    })
}

/// Returns whether this set-up still needs a code of the stored phone number.
///
/// It does if the number is verified, until the code was correct. A set-up after a lost-phone recovery needs none.
const fn does_set_up_need_code_of_stored_number(flow: &Flow, account: &Account) -> bool {
    account.needs_stored_factor()
        && !has_flow_verified_stored_phone_number(flow)
        && !is_set_up_after_lost_phone(flow)
}

/// Returns whether this verification flow replaces a phone number that was reported lost.
pub const fn is_set_up_after_lost_phone(flow: &Flow) -> bool {
    find_recovery_id_of_second_factor_set_up(flow).is_some()
}

/// Returns the account whose second factor this verification flow sets up.
///
/// Fails if one of these has happened since the flow began:
///
/// - The account has got a second factor or a new password.
/// - The account was disabled, or requires a password reset after an undone contact change.
///
/// A set-up after a lost-phone recovery fails only if the recovery is no longer valid.
pub(super) async fn require_account_for_second_factor_set_up(
    app: &AppState,
    flow: &Flow,
) -> Result<Account, FlowError> {
    let FlowData::SetUp { account, .. } = &flow.data else {
        return Err(UNEXPECTED_DATA.into());
    };
    let ended = || FlowError::from_form_problem(Problem::FlowEnded);
    let found = accounts::find_account(ReadFrom::Store(&app.store), account).await?;
    let account = found
        .filter(|account| {
            let password = flow.data.password_proof();
            password.is_some_and(|password| password.is_valid_for(account))
        })
        .ok_or_else(ended)?;
    let permitted = match find_recovery_id_of_second_factor_set_up(flow) {
        None => !account.mfa && account.may_sign_in(),
        permit => {
            lost_phone::find_usable_lost_phone_recovery(app, ReadFrom::Store(&app.store), &account)
                .await?
                .map(|recovery| recovery.id)
                .as_ref()
                == permit
        }
    };
    permitted.then_some(account).ok_or_else(ended)
}
