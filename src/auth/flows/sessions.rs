//! Where somebody is signed in: seen by the holder, and ended (SES-06, SES-07).
//!
//! Ending asks for no step-up. It gives nobody anything and takes power away, and whoever finds
//! a stranger in the list must not have to wait for a code first.

use crate::auth::error::FlowError;
use crate::auth::flows::{Outcome, sign_in};
use crate::auth::session::{self, SignedIn};
use crate::context::RequestContext;
use crate::context::{AppState, SharedAppState};
use crate::security::token::SessionId;
use crate::store::audit::{self, Entry, Event};
pub use crate::store::sessions::Kind;
use crate::store::sessions::{self, Listed};
use crate::store::{StoreError, Tx};
use domain::Device;
use domain::{Problem, Step, Timestamp};

/// One place somebody is signed in at, as they may see it.
#[derive(Clone, Debug)]
pub struct Place {
    pub id: SessionId,
    pub kind: Kind,
    /// What a browser called itself; a program's word says nothing to a person.
    pub device: Device,
    /// The network address it was opened from.
    pub source: String,
    pub signed_in_at: Timestamp,
    /// To the minute.
    pub last_active_at: Timestamp,
    /// Whether it is the one that asks.
    pub this: bool,
}

/// Where the holder of this session is signed in: this one first, then the one used last.
pub async fn list(app: &AppState, signed_in: &SignedIn) -> Result<Vec<Place>, StoreError> {
    let now = app.now();
    let place = |Listed {
                     session,
                     user_agent,
                     source,
                 }| {
        let this = session.id == signed_in.session.id;
        (this || session::is_live(app, &session, now)).then(|| Place {
            kind: session.kind,
            device: Device::read(&user_agent),
            source,
            signed_in_at: session.created_at,
            last_active_at: session.last_seen_at,
            this,
            id: session.id,
        })
    };
    let stored = sessions::list(&app.store, &signed_in.account.id).await?;
    let mut places: Vec<Place> = stored.into_iter().filter_map(place).collect();
    // Stable: the others stay in their order.
    places.sort_by_key(|place| !place.this);
    Ok(places)
}

/// Ends the session of this id, if the person has one; on every node with the commit. Another's,
/// one that is over, and one that never was are all answered alike.
pub async fn end(
    app: &SharedAppState,
    context: &RequestContext,
    id: &str,
) -> Result<Outcome, FlowError> {
    let signed_in = holder(app, context).await?;
    if let Some(id) = SessionId::parse(id) {
        if id == signed_in.session.id {
            return sign_in::sign_out(app, context).await;
        }
        let now = app.now();
        let mut tx = app.store.begin().await?;
        if sessions::end_one(&mut tx, &signed_in.account.id, &id).await? {
            record(&mut tx, &signed_in, context, "one", now).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
    }
    Ok(Outcome::step(Step::SessionEnded))
}

/// Ends every session of the person but this one.
pub async fn end_others(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let signed_in = holder(app, context).await?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let keep = &signed_in.session.id;
    if sessions::end_others(&mut tx, &signed_in.account.id, keep).await? > 0 {
        record(&mut tx, &signed_in, context, "others", now).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Outcome::step(Step::SessionsEnded))
}

async fn holder(app: &AppState, context: &RequestContext) -> Result<SignedIn, FlowError> {
    session::current(app, context)
        .await?
        .ok_or_else(|| FlowError::whole(Problem::FlowEnded))
}

async fn record(
    tx: &mut Tx,
    signed_in: &SignedIn,
    context: &RequestContext,
    detail: &'static str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let account = &signed_in.account.id;
    let entry = Entry::about(account, Event::SessionsEnded, &context.source).saying(detail);
    audit::record(tx, &entry, now).await
}
