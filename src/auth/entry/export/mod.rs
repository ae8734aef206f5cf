//! Exports the data of an account as one JSON document, for the account holder and for operators.

mod document;
mod reading;

pub use document::{ExportDocument, format_rfc3339};
pub use reading::read_account_export;

use crate::auth::engine::rate_limit;
use crate::auth::entry::step_up;
use crate::auth::error::FlowError;
use crate::auth::session;
use crate::context::{AppState, RequestContext};
use crate::store::audit::{self, AuditEntry, Event};
use domain::Problem;

/// Exports all data of the signed-in account.
///
/// Requires a recent step-up, permits 5 exports an hour, and writes each export to the audit trail.
pub async fn export_signed_in_account(
    app: &AppState,
    context: &RequestContext,
) -> Result<ExportDocument, FlowError> {
    let signed_in = step_up::require_recent_step_up(app, context).await?;
    let (account, now) = (&signed_in.account.id, app.now());
    let mut tx = app.store.begin().await?;
    let limit = app.data_export_limit(account);
    if let Err(reached) = rate_limit::count_event_within_limit(&mut tx, &limit, now).await? {
        let secs = reached.until.secs_since(now);
        return Err(FlowError::from_form_problem(Problem::ExportWait { secs }));
    }
    session::lock_account_of_signed_in_user(&mut tx, &signed_in).await?;
    let entry =
        AuditEntry::entry_about_account(account, Event::DataExported, context.audit_origin());
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await?;
    let document = read_account_export(&app.store, account, now).await?;
    document.ok_or(FlowError::SessionEnded)
}
