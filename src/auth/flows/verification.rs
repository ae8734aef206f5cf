//! The pending verification every purpose shares: find it, send, check, cancel.

use crate::auth::error::FlowError;
use crate::auth::flows::{Grant, Outcome, deliver, detached, factor, judge, payment, unsent};
use crate::auth::session;
use crate::context::RequestContext;
use crate::context::{AppState, SharedAppState};
use crate::security::token::Token;
use crate::store::audit::{self, Entry, Event};
use crate::store::flows::{self, Flow};
use crate::store::{StoreError, Tx};
use crate::verification::{Ending, Refused, SentCode, State};
use domain::{
    Channel, CodeEntry, CodeLength, Field, FormErrors, Method, OneTimeCode, Problem, Purpose,
    SentMessage, Step, Timestamp,
};

/// Where this browser's flow of a purpose stands.
#[derive(Clone, Debug)]
pub enum Position {
    /// It has none.
    Nowhere,
    At(Box<Flow>),
    Over(Ending),
}

/// Reads where the browser's flow is, by the row and the clock and nothing else (SM-07).
pub async fn position(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Position, StoreError> {
    let Some(handle) = context.handle(purpose) else {
        return Ok(Position::Nowhere);
    };
    let Some(mut flow) = flows::find(&app.store, purpose, &handle.hash()).await? else {
        return Ok(Position::Nowhere);
    };
    if purpose.needs_session() && !belongs_to_session(app, context, &flow).await? {
        return Ok(Position::Nowhere);
    }
    flow.verification = flow.verification.at(&app.rules(purpose), app.now());
    match flow.verification.state {
        State::Ended { how } => Ok(Position::Over(how)),
        _ => Ok(Position::At(Box::new(flow))),
    }
}

/// Whether the flow is of the account that is signed in now: signing out ends what was begun
/// within the session, and the next person at this browser finds none of it.
pub(super) async fn belongs_to_session(
    app: &AppState,
    context: &RequestContext,
    flow: &Flow,
) -> Result<bool, StoreError> {
    let signed_in = session::look(app, context).await?;
    Ok(signed_in.is_some_and(|signed_in| {
        Some(&signed_in.account.id) == flow.account.as_ref()
            && flow.subject.is_open_to(&signed_in.session.token)
    }))
}

/// The browser's live flow, or why there is none.
pub async fn live(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Flow, FlowError> {
    match position(app, context, purpose).await? {
        Position::At(flow) => Ok(*flow),
        Position::Over(_) if purpose == Purpose::Payment => {
            Err(FlowError::whole(payment::settled(app, context).await?))
        }
        Position::Over(how) => Err(FlowError::whole(ended(how))),
        Position::Nowhere => Err(FlowError::whole(Problem::FlowEnded)),
    }
}

/// The browser's live flow of a purpose, which a new one is about to take the place of.
///
/// Asked before the new one's transaction begins: who holds the write lock must never wait for
/// a second connection, which may be held by somebody who waits for the lock.
pub async fn earlier(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Option<Flow>, StoreError> {
    match position(app, context, purpose).await? {
        Position::At(flow) => Ok(Some(*flow)),
        Position::Over(_) | Position::Nowhere => Ok(None),
    }
}

/// Opens a flow; the browser's earlier one of the same purpose ends with it (SM-10). Its handle,
/// and the code the earlier one may have had out.
pub async fn open(
    tx: &mut Tx,
    flow: &Flow,
    earlier: Option<Flow>,
) -> Result<(Token, Option<SentCode>), FlowError> {
    let handle = Token::generate();
    let retired = open_as(tx, flow, earlier, &handle).await?;
    Ok((handle, retired))
}

/// The same with a handle that is known already.
pub(super) async fn open_as(
    tx: &mut Tx,
    flow: &Flow,
    earlier: Option<Flow>,
    handle: &Token,
) -> Result<Option<SentCode>, FlowError> {
    let mut retired = None;
    if let Some(mut earlier) = earlier {
        retired = earlier.verification.state.code().cloned();
        earlier.verification = earlier.verification.ended(Ending::Superseded);
        match flows::save(tx, &mut earlier, flow.verification.opened_at).await {
            // Whoever was faster has moved or ended it: then it is theirs to finish.
            Ok(()) | Err(StoreError::Raced) => {}
            Err(error) => return Err(error.into()),
        }
    }
    flows::insert(tx, flow, &handle.hash()).await?;
    Ok(retired)
}

/// Tells the provider, in the background, that a code is no longer wanted. The code is dead here
/// already; there it dies at the latest with its own lifetime.
pub fn retire_later(app: &SharedAppState, code: Option<SentCode>) {
    let Some(code) = code else { return };
    let app = SharedAppState::clone(app);
    app.tasks
        .clone()
        .spawn(async move { deliver::retire(&app, &code.service, &code.verification).await });
}

/// Sends a code for the browser's flow, or sends it again.
pub async fn send(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let flow = live(app, context, purpose).await?;
    send_for(app, context, flow, channel).await
}

/// The same for a live flow, however it was found.
pub(super) async fn send_for(
    app: &SharedAppState,
    context: &RequestContext,
    flow: Flow,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let (shared, context) = (SharedAppState::clone(app), context.clone());
    let flow = detached(app, async move {
        match deliver::send(&shared, flow.clone(), channel, &context).await {
            Err(error) => unsent::give_up(&shared, flow, error, &context).await,
            sent => sent,
        }
    })
    .await??;
    let over = payment::page(&flow).filter(|_| flow.verification.state.is_over());
    match over {
        Some(step) => Ok(Outcome::step(step)),
        None => entry(app, &flow).map(|entry| Outcome::step(Step::EnterCode(entry))),
    }
}

/// Checks what was typed against the browser's flow; the right code carries out its purpose.
pub async fn check(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let checked = match live(app, context, purpose).await {
        Ok(flow) => check_for(app, context, flow, typed).await,
        Err(error) => Err(error),
    };
    match checked {
        Err(error) if purpose == Purpose::Payment => {
            Err(payment::in_vain(app, context, error).await)
        }
        checked => checked,
    }
}

/// The same for a live flow, however it was found.
pub(super) async fn check_for(
    app: &SharedAppState,
    context: &RequestContext,
    flow: Flow,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let (shared, context) = (SharedAppState::clone(app), context.clone());
    if let State::AwaitingFactor { method, .. } = flow.verification.state {
        let typed = typed.to_owned();
        return detached(app, async move {
            factor::check(&shared, flow, method, &typed, &context).await
        })
        .await?;
    }
    let length = app.limits.code_length;
    let Some(code) = OneTimeCode::parse(typed, length) else {
        let digits = u8::try_from(length.digits()).unwrap_or(u8::MAX);
        let refusal = FormErrors::of(Field::Code, Problem::MalformedCode { digits });
        return Err(FlowError::Refused(with_entry(app, &flow, refusal)));
    };
    detached(app, async move {
        judge::check(&shared, flow, &code, &context).await
    })
    .await?
}

/// Cancels the browser's flow here at once and at the provider as soon as may be. Cancelling
/// what is over, or nothing, is fine (SM-11).
pub async fn cancel(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Outcome, FlowError> {
    let start = match purpose {
        Purpose::Registration => Step::Details,
        Purpose::SignIn | Purpose::SetUp => Step::SignIn,
        Purpose::PhoneChange | Purpose::StepUp | Purpose::Payment => Step::Profile,
    };
    let mut outcome = Outcome::step(start);
    if let Position::At(mut flow) = position(app, context, purpose).await? {
        if let Some(page) = payment::page(&flow) {
            outcome.step = page;
        }
        let code = flow.verification.state.code().cloned();
        flow.verification = flow.verification.ended(Ending::Cancelled);
        let now = app.now();
        let mut tx = app.store.begin().await?;
        match flows::save(&mut tx, &mut flow, now).await {
            Ok(()) => {
                record(
                    &mut tx,
                    &flow,
                    Event::FlowCancelled,
                    &context.source,
                    "",
                    now,
                )
                .await?;
                tx.commit().await.map_err(StoreError::from)?;
                retire_later(app, code);
            }
            // It moved on in this very moment; the row says where to.
            Err(StoreError::Raced) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // A payment's page goes on saying what came of it, and this handle leads there.
    if purpose == Purpose::Payment {
        return Ok(outcome);
    }
    Ok(outcome.granting(Grant::NoHandle(purpose)))
}

/// Where the browser's code entry stands now.
pub async fn current_entry(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Outcome, FlowError> {
    let flow = live(app, context, purpose).await?;
    entry(app, &flow).map(|entry| Outcome::step(Step::EnterCode(entry)))
}

/// After this many messages of a flow a voice call is offered: resent twice.
const SENDS_BEFORE_CALL: u32 = 3;

/// What the code entry shows for this flow.
pub fn entry(app: &AppState, flow: &Flow) -> Result<CodeEntry, FlowError> {
    let state = &flow.verification.state;
    let sent = match (state.code(), state) {
        (Some(code), _) => Some(SentMessage {
            hint: code.phone.hint(),
            channel: code.channel,
            expires_at: code.expires_at,
            resend_at: flow.verification.resend_at(code, &app.rules(flow.purpose)),
            offer_call: code.sends >= SENDS_BEFORE_CALL && app.verifier.can_call(flow.purpose),
        }),
        (
            None,
            State::AwaitingFactor {
                method: Method::Totp,
                ..
            },
        ) => None,
        _ => return Err(FlowError::whole(Problem::FlowEnded)),
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

/// The step of a flow whose code is being waited for; `None` before and after that.
pub fn entry_step(app: &AppState, flow: &Flow) -> Option<Step> {
    let purpose = flow.purpose;
    match &flow.verification.state {
        State::AwaitingFactor {
            method: Method::Recovery,
            ..
        } => Some(Step::EnterRecoveryCode { purpose }),
        _ => entry(app, flow).ok().map(Step::EnterCode),
    }
}

/// The refusal with the code entry as it stands, where there is one.
pub(super) fn with_entry(app: &AppState, flow: &Flow, refusal: FormErrors) -> FormErrors {
    match entry(app, flow) {
        Ok(entry) => refusal.with_entry(entry),
        Err(_) => refusal,
    }
}

/// The machine's refusal in words.
pub(super) fn refused(app: &AppState, flow: &Flow, refused: Refused) -> FlowError {
    let problem = match refused {
        Refused::OutOfOrder => Problem::FlowEnded,
        Refused::TooSoon { until } => Problem::ResendWait {
            secs: until.secs_after(app.now()),
        },
        Refused::Busy => Problem::Busy,
        Refused::CodeExpired => Problem::CodeExpired,
        Refused::Over(how) => ended(how),
    };
    // Beside the code where there is one to enter; before that, about the form as a whole.
    let field = match flow.verification.state.code() {
        Some(_) => Field::Code,
        None => Field::Form,
    };
    FlowError::Refused(with_entry(app, flow, FormErrors::of(field, problem)))
}

/// What to say about a flow that is over.
pub const fn ended(how: Ending) -> Problem {
    match how {
        Ending::Exhausted => Problem::TooManyAttempts,
        Ending::Completed
        | Ending::Cancelled
        | Ending::Expired
        | Ending::Unsent
        | Ending::Superseded
        | Ending::Voided => Problem::FlowEnded,
    }
}

/// Writes one audit line about this flow.
pub(super) async fn record(
    tx: &mut Tx,
    flow: &Flow,
    event: Event,
    source: &str,
    detail: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let entry = Entry {
        event,
        account: flow.account.as_ref(),
        flow: Some(&flow.id),
        source,
        detail,
    };
    audit::record(tx, &entry, now).await
}
