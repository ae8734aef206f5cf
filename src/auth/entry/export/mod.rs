//! The export of an account's data as one JSON document, for its holder and for operators.

mod document;
mod reading;

pub use document::{ExportDocument, rfc3339};
pub use reading::read_document;

use crate::auth::engine::rate_limit;
use crate::auth::entry::step_up;
use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::{StoreError, sessions};
use domain::Problem;

/// The data of the signed-in user's account, after a step-up. Five exports an hour; each one is in the history of the
/// account.
pub async fn export(app: &AppState, context: &RequestContext) -> Result<ExportDocument, FlowError> {
    let ended = || FlowError::on_form(Problem::FlowEnded);
    let signed_in = step_up::require(app, context).await?;
    let (account, now) = (signed_in.account.id, app.now());
    let mut tx = app.store.begin().await?;
    if !sessions::session_exists(&mut tx, &signed_in.session.token).await? {
        return Err(ended());
    }
    let limit = app.export_limit(&account);
    if let Err(reached) = rate_limit::reserve(&mut tx, &limit, now).await? {
        let secs = reached.until.secs_after(now);
        return Err(FlowError::on_form(Problem::ExportWait { secs }));
    }
    let entry = AuditEntry::for_account(&account, Event::DataExported, context.audit_origin());
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    let document = read_document(&app.store, &account, now).await?;
    document.ok_or_else(ended)
}
