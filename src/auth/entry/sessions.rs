//! The list of an account's sessions, and ending them.
//!
//! Ending a session requires no step-up: it gives no access, and a user who finds a foreign session must be
//! able to end it at once.

pub use crate::store::sessions::SessionKind;

use crate::auth::entry::sign_in;
use crate::auth::error::FlowError;
use crate::auth::outcome::Outcome;
use crate::auth::session::{self, SignedIn};
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::security::token::SessionId;
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::sessions::{self, SessionWithDevice};
use crate::store::{StoreError, Tx};
use domain::{Device, Problem, Step, Timestamp};

/// A session as its owner sees it.
#[derive(Clone, Debug)]
pub struct SessionSummary {
    pub id: SessionId,
    pub kind: SessionKind,
    /// Read from the browser's user agent.
    pub device: Device,
    /// The network address that opened the session.
    pub source: String,
    pub signed_in_at: Timestamp,
    /// The time of the last request, precise to one minute.
    pub last_active_at: Timestamp,
    /// Whether it is the session of this request.
    pub this: bool,
}

/// The sessions of the signed-in account: this one first, then by last use.
pub async fn list(app: &AppState, signed_in: &SignedIn) -> Result<Vec<SessionSummary>, StoreError> {
    let now = app.now();
    let summary = |SessionWithDevice {
                       session,
                       user_agent,
                       source,
                   }| {
        let this = session.id == signed_in.session.id;
        (this || session::is_live(app, &session, now)).then(|| SessionSummary {
            kind: session.kind,
            device: Device::from_user_agent(&user_agent),
            source,
            signed_in_at: session.created_at,
            last_active_at: session.last_seen_at,
            this,
            id: session.id,
        })
    };
    let stored = sessions::list_sessions(&app.store, &signed_in.account.id).await?;
    let mut summaries: Vec<SessionSummary> = stored.into_iter().filter_map(summary).collect();
    // The sort is stable, so the others keep their order.
    summaries.sort_by_key(|summary| !summary.this);
    Ok(summaries)
}

/// Ends the session with this id if it belongs to the account. The answer is the same for a foreign, ended or
/// unknown id.
pub async fn end(
    app: &SharedAppState,
    context: &RequestContext,
    id: &str,
) -> Result<Outcome, FlowError> {
    let signed_in = require_session(app, context).await?;
    if let Some(id) = SessionId::parse(id) {
        if id == signed_in.session.id {
            return sign_in::sign_out(app, context).await;
        }
        let now = app.now();
        let mut tx = app.store.begin().await?;
        if sessions::end_session_by_id(&mut tx, &signed_in.account.id, &id).await? {
            record_event(&mut tx, &signed_in, context, "one", now).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
    }
    Ok(Outcome::step(Step::SessionEnded))
}

/// Ends every session of the account except the one of this request.
pub async fn end_others(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let signed_in = require_session(app, context).await?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let keep = &signed_in.session.id;
    if sessions::end_other_sessions(&mut tx, &signed_in.account.id, keep).await? > 0 {
        record_event(&mut tx, &signed_in, context, "others", now).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Outcome::step(Step::SessionsEnded))
}

async fn require_session(app: &AppState, context: &RequestContext) -> Result<SignedIn, FlowError> {
    session::current(app, context)
        .await?
        .ok_or_else(|| FlowError::on_form(Problem::FlowEnded))
}

async fn record_event(
    tx: &mut Tx,
    signed_in: &SignedIn,
    context: &RequestContext,
    detail: &'static str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let account = &signed_in.account.id;
    let entry = AuditEntry::for_account(account, Event::SessionsEnded, context.audit_origin())
        .with_detail(detail);
    audit::record_audit_entry(tx, &entry, now).await
}
