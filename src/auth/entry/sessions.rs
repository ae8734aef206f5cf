//! Lists the sessions of the signed-in account and ends them.
//!
//! Ending a session requires no step-up. It gives no access, and a user who finds an attacker's session must be able to
//! end it at once.

pub use crate::store::sessions::SessionKind;

use crate::auth::engine::background::cancel_sent_codes_in_background;
use crate::auth::engine::persistence::{FlowSelection, end_selected_flows_of_account};
use crate::auth::entry::sign_in;
use crate::auth::error::FlowError;
use crate::auth::outcome::Outcome;
use crate::auth::session::{self, SignedIn};
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::security::token::SessionId;
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::sessions::{self, SessionWithDevice};
use crate::store::{StoreError, Tx};
use domain::{Device, Step, Timestamp};

/// A session as the user's list of active sessions shows it.
#[derive(Clone, Debug)]
pub struct SessionSummary {
    pub id: SessionId,
    pub kind: SessionKind,
    /// The browser and operating system, derived from the `User-Agent` header.
    pub device: Device,
    /// The network address that opened the session.
    pub source: String,
    pub signed_in_at: Timestamp,
    /// The time of the last request. It can be up to one minute too early.
    pub last_active_at: Timestamp,
    /// Whether this is the session of the current request.
    pub is_current: bool,
}

/// Lists the valid sessions of the signed-in account: the current session first, then by last use.
pub async fn list_sessions(
    app: &AppState,
    signed_in: &SignedIn,
) -> Result<Vec<SessionSummary>, StoreError> {
    let now = app.now();
    let summary = |SessionWithDevice {
                       session,
                       user_agent,
                       source,
                   }| {
        let is_current = session.id == signed_in.session.id;
        (is_current || session::is_session_live(app, &session, now)).then(|| SessionSummary {
            kind: session.kind,
            device: Device::from_user_agent(&user_agent),
            source,
            signed_in_at: session.created_at,
            last_active_at: session.last_seen_at,
            is_current,
            id: session.id,
        })
    };
    let stored = sessions::list_sessions(&app.store, &signed_in.account.id).await?;
    let mut summaries: Vec<SessionSummary> = stored.into_iter().filter_map(summary).collect();
    // The sort is stable, so the others keep their order.
    summaries.sort_by_key(|summary| !summary.is_current);
    Ok(summaries)
}

/// Ends the session with this ID if it belongs to the signed-in account.
///
/// The response is the same for an unknown ID and for a session of another account.
pub async fn end_session_by_id(
    app: &SharedAppState,
    context: &RequestContext,
    id: &str,
) -> Result<Outcome, FlowError> {
    let signed_in = session::require_signed_in_user(app, context).await?;
    if let Some(id) = SessionId::parse(id) {
        if id == signed_in.session.id {
            return sign_in::sign_out(app, context).await;
        }
        let now = app.now();
        let mut tx = app.store.begin().await?;
        let account = session::lock_account_of_signed_in_user(&mut tx, &signed_in).await?;
        if sessions::end_session_by_id(&mut tx, &account.id, &id).await? {
            record_ended_sessions(&mut tx, &signed_in, context, "one", now).await?;
        }
        tx.commit().await?;
    }
    Ok(Outcome::from_step(Step::SessionEnded))
}

/// Ends all sessions of the signed-in account except the current one, and its pending sign-ins.
///
/// Password resets continue. This call needs no step-up, so an attacker with a stolen session could otherwise keep the
/// account holder from a new password.
pub async fn end_other_sessions(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let signed_in = session::require_signed_in_user(app, context).await?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let (account, keep) = (&signed_in.account.id, &signed_in.session.id);
    // A sign-in that is completed at the same time either commits its session before this call, or is refused.
    let retired =
        end_selected_flows_of_account(&mut tx, account, FlowSelection::SignIns, now).await?;
    session::lock_account_of_signed_in_user(&mut tx, &signed_in).await?;
    if sessions::end_other_sessions(&mut tx, account, keep).await? > 0 {
        record_ended_sessions(&mut tx, &signed_in, context, "others", now).await?;
    }
    tx.commit().await?;
    cancel_sent_codes_in_background(app, retired);
    Ok(Outcome::from_step(Step::SessionsEnded))
}

/// Writes an audit event about ended sessions.
///
/// `detail` is `one` for a single session, or `others` for all except the current one.
async fn record_ended_sessions(
    tx: &mut Tx,
    signed_in: &SignedIn,
    context: &RequestContext,
    detail: &'static str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let account = &signed_in.account.id;
    let entry =
        AuditEntry::entry_about_account(account, Event::SessionsEnded, context.audit_origin())
            .with_detail(detail);
    audit::record_audit_entry(tx, &entry, now).await
}
