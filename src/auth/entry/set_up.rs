//! Requests to set up the second factor of an account that has none.

use crate::auth::engine::background::cancel_codes_later;
use crate::auth::engine::code_entry::{entry_step, transition_error};
use crate::auth::engine::persistence::save_flow;
use crate::auth::engine::position::live_flow;
use crate::auth::entry::verification::{send_code, send_code_for};
use crate::auth::error::FlowError;
use crate::auth::outcome::Outcome;
use crate::auth::purposes::completion::UNEXPECTED_DATA;
use crate::auth::purposes::lost_phone;
use crate::auth::purposes::set_up::{is_stored_number_proven, number_after, recovery_of};
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::security::phone_rules;
use crate::store::accounts::{self, Account};
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::{ReadFrom, StoreError};
use crate::verification::State;
use domain::{Channel, Field, PhoneNumber, Problem, Purpose, Step};

const PURPOSE: Purpose = Purpose::SetUp;

/// The step of a set-up of this account.
pub fn step(app: &AppState, flow: &Flow, account: &Account) -> Step {
    let on_file = account.phone.as_ref().map(PhoneNumber::hint);
    match &flow.verification.state {
        State::Ready { phone, .. } if is_stored_number_proven(flow) => Step::SendCode {
            purpose: PURPOSE,
            hint: phone.hint(),
        },
        State::Ended { .. } => Step::SignIn,
        _ => entry_step(app, flow).unwrap_or(Step::SetUp { on_file }),
    }
}

/// The step of a set-up.
pub async fn current_step(app: &AppState, flow: &Flow) -> Result<Step, FlowError> {
    let account = owner(app, flow).await?;
    Ok(step(app, flow, &account))
}

/// Whether the code that is awaited goes to the number on file because the user typed a different number.
pub fn confirms_stored_number(flow: &Flow, step: &Step) -> bool {
    matches!(step, Step::EnterCode(_)) && number_after(flow).is_some()
}

/// The number on file of the account being set up.
pub async fn number_on_file(app: &AppState, flow: &Flow) -> Result<Option<PhoneNumber>, FlowError> {
    Ok(owner(app, flow).await?.phone)
}

/// Takes a number, the one on file or another, and sends the first code.
pub async fn submit_number(
    app: &SharedAppState,
    context: &RequestContext,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let mut flow = live_flow(app, context, PURPOSE).await?;
    let account = owner(app, &flow).await?;
    let number = parse_number(app, typed)?;
    if flow.verification.state.code().is_some() {
        return Err(FlowError::on_form(Problem::FlowEnded));
    }
    let (first, next) = match &account.phone {
        Some(stored)
            if account.phone_verified
                && *stored != number
                && !is_stored_number_proven(&flow)
                && recovery_of(&flow).is_none() =>
        {
            (stored.clone(), Some(number.clone()))
        }
        _ => (number.clone(), None),
    };
    let verification = flow.verification.clone().remove_phone();
    flow.verification = verification
        .and_then(|verification| verification.set_phone(first))
        .map_err(|refusal| transition_error(app, &flow, refusal))?;
    if let FlowData::SetUp { next: kept, .. } = &mut flow.data {
        *kept = next.map(|next| next.as_e164().to_owned());
    }
    let mut tx = app.store.begin().await?;
    if account.phone.as_ref() != Some(&number)
        && accounts::count_accounts_by_phone(&mut tx, &number).await?
            >= app.limits.accounts_per_phone
    {
        return Err(FlowError::on_field(Field::Phone, Problem::PhoneCrowded));
    }
    save_flow(&mut tx, &mut flow, app.now()).await?;
    tx.commit().await.map_err(StoreError::from)?;
    send_code(app, context, PURPOSE, Channel::Sms).await
}

/// Takes a number also while a code is out, for API clients, which have no page to go back to. The same number
/// gets its code again; another number replaces it.
pub async fn submit_number_or_resend(
    app: &SharedAppState,
    context: &RequestContext,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let flow = live_flow(app, context, PURPOSE).await?;
    if let Some(code) = flow.verification.state.code() {
        let previous = number_after(&flow).unwrap_or_else(|| code.phone.clone());
        if parse_number(app, typed)? == previous {
            return send_code_for(app, context, flow, Channel::Sms).await;
        }
        another_number(app, context).await?;
    }
    submit_number(app, context, typed).await
}

fn parse_number(app: &AppState, typed: &str) -> Result<PhoneNumber, FlowError> {
    phone_rules::parse_phone_number(typed, &app.phone_rules)
        .map_err(|problem| FlowError::on_field(Field::Phone, problem))
}

/// Returns to the choice of number and invalidates the code that is out.
pub async fn another_number(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let mut flow = live_flow(app, context, PURPOSE).await?;
    let account = owner(app, &flow).await?;
    let code = flow.verification.state.code().cloned();
    let verification = flow.verification.clone().remove_phone();
    flow.verification = verification.map_err(|refusal| transition_error(app, &flow, refusal))?;
    let mut tx = app.store.begin().await?;
    save_flow(&mut tx, &mut flow, app.now()).await?;
    tx.commit().await.map_err(StoreError::from)?;
    cancel_codes_later(app, code);
    Ok(Outcome::step(step(app, &flow, &account)))
}

/// The account being set up. Refused if it was set up, held or disabled meanwhile, or its recovery is over.
async fn owner(app: &AppState, flow: &Flow) -> Result<Account, FlowError> {
    let FlowData::SetUp { account, .. } = &flow.data else {
        return Err(UNEXPECTED_DATA.into());
    };
    let ended = || FlowError::on_form(Problem::FlowEnded);
    let found = accounts::find_account(ReadFrom::Store(&app.store), account).await?;
    let account = found.ok_or_else(ended)?;
    let permitted = match recovery_of(flow) {
        None => !account.mfa && account.may_sign_in(),
        permit => {
            lost_phone::due(app, ReadFrom::Store(&app.store), &account)
                .await?
                .as_ref()
                == permit
        }
    };
    permitted.then_some(account).ok_or_else(ended)
}
