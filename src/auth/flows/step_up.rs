//! Step-up: password and an existing factor once more, before something sensitive. A session
//! alone is not enough, however it was come by (PHN-01, TOTP-07).

use std::time::Duration;

use crate::auth::error::FlowError;
use crate::auth::flows::judge::Proof;
use crate::auth::flows::verification::{self, open, record, retire_later};
use crate::auth::flows::{Grant, Outcome, factor, sign_in};
use crate::auth::session::{self, SignedIn};
use crate::context::RequestContext;
use crate::context::{AppState, SharedAppState};
use crate::security::token::{FlowId, Token};
use crate::store::audit::Event;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::{StoreError, Tx, sessions};
use crate::verification::Verification;
use domain::{Field, FormErrors, Password, Problem, ProtectedArea, Purpose, Step, Timestamp};

const PURPOSE: Purpose = Purpose::StepUp;

/// How long a step-up, or the sign-in itself, opens what is sensitive (PHN-01).
pub const FRESH: Duration = Duration::from_mins(5);

/// Whether the person has proven just now to be the same.
pub fn is_fresh(app: &AppState, signed_in: &SignedIn) -> bool {
    app.now() < signed_in.session.stepped_up_at + FRESH
}

/// Who is signed in, if they may touch what is sensitive: asked by every call that does, whatever
/// the page showed (SES-08).
pub async fn require(app: &AppState, context: &RequestContext) -> Result<SignedIn, FlowError> {
    let signed_in = session::current(app, context)
        .await?
        .ok_or_else(|| FlowError::whole(Problem::FlowEnded))?;
    if !is_fresh(app, &signed_in) {
        return Err(FlowError::whole(Problem::StepUpNeeded));
    }
    Ok(signed_in)
}

/// Takes the password; the choice of method is next.
pub async fn begin(
    app: &SharedAppState,
    context: &RequestContext,
    area: ProtectedArea,
    password: String,
) -> Result<Outcome, FlowError> {
    let signed_in = session::current(app, context)
        .await?
        .ok_or_else(|| FlowError::whole(Problem::FlowEnded))?;
    let password = match Password::parse_existing(password) {
        Ok(password) => password,
        Err(Problem::Missing) => return Err(FlowError::about(Field::Password, Problem::Missing)),
        Err(_) => return Err(FlowError::about(Field::Password, Problem::PasswordWrong)),
    };
    let canonical = signed_in.account.username.to_lowercase();
    let account = match sign_in::authenticate(app, context, &canonical, &password).await {
        Ok(account) if account.id == signed_in.account.id => account,
        Ok(_) => return Err(FlowError::about(Field::Password, Problem::PasswordWrong)),
        Err(FlowError::Refused(refusal)) => return Err(FlowError::Refused(reworded(refusal))),
        Err(error) => return Err(error),
    };
    let Some(phone) = account.phone.clone().filter(|_| account.mfa) else {
        return Err(FlowError::whole(Problem::MethodUnavailable));
    };
    let now = app.now();
    let earlier = verification::earlier(app, context, PURPOSE).await?;
    let flow = Flow::new(
        FlowId::generate(),
        PURPOSE,
        Some(account.id.clone()),
        Verification::ready(phone, &app.rules(PURPOSE), now),
        FlowData::StepUp {
            account: account.id,
            area,
        },
    );
    let step = factor::step(app, &flow).await?;
    let mut tx = app.store.begin().await?;
    let (handle, retired) = open(&mut tx, &flow, earlier).await?;
    let event = Event::PasswordAccepted;
    record(
        &mut tx,
        &flow,
        event,
        &context.source,
        PURPOSE.as_str(),
        now,
    )
    .await?;
    tx.commit().await.map_err(StoreError::from)?;
    retire_later(app, retired);
    Ok(Outcome::step(step).granting(Grant::Handle(PURPOSE, handle)))
}

/// Signed in already, the person needs no vagueness about which of the two was wrong.
fn reworded(refusal: FormErrors) -> FormErrors {
    match refusal.about(Field::Form) {
        Some(Problem::Credentials) => FormErrors::of(Field::Password, Problem::PasswordWrong),
        _ => refusal,
    }
}

/// The page this step-up was begun for.
pub fn area(flow: &Flow) -> Option<ProtectedArea> {
    match flow.subject {
        FlowData::StepUp { area, .. } => Some(area),
        _ => None,
    }
}

/// Marks the session as fresh and gives it a new token, in the commit that consumed the flow.
pub(super) async fn complete(
    tx: &mut Tx,
    flow: &Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Outcome, FlowError> {
    let (FlowData::StepUp { account, area }, Some(old)) = (&flow.subject, &context.session) else {
        return Err(FlowError::whole(Problem::FlowEnded));
    };
    let token = Token::generate();
    sessions::renew(tx, &old.hash(), &token.hash(), account, Some(now)).await?;
    let (event, method) = (Event::SteppedUp, proof.method.as_str());
    record(tx, flow, event, &context.source, method, now).await?;
    Ok(Outcome::step(Step::Opened { area: *area })
        .granting(Grant::NoHandle(PURPOSE))
        .granting(Grant::Session(token)))
}
