//! What the provider tells of a message: kept for whoever looks. It approves nothing and ends
//! nothing (HOOK-02): codes are judged by our own calls alone.

use crate::auth::error::FlowError;
use crate::auth::flows::detached;
use crate::context::{AppState, SharedAppState};
use crate::store::StoreError;
use crate::store::deliveries::{self, Report};

/// Keeps these reports, each once whoever repeats it, in one commit. A report of a verification that is nobody's is
/// kept like any other: it may be of one whose send is being committed in this moment.
pub async fn tell(app: &SharedAppState, reports: Vec<Report>) -> Result<(), FlowError> {
    if reports.is_empty() {
        return Ok(());
    }
    let shared = SharedAppState::clone(app);
    detached(app, async move { keep(&shared, reports).await }).await??;
    Ok(())
}

async fn keep(app: &AppState, reports: Vec<Report>) -> Result<(), StoreError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    for report in reports {
        deliveries::keep(&mut tx, &report, now).await?;
    }
    tx.commit().await?;
    Ok(())
}
