//! What the provider tells of a message: kept for whoever looks. It approves nothing and ends
//! nothing (HOOK-02): codes are judged by our own calls alone.

use crate::auth::error::FlowError;
use crate::auth::flows::detached;
use crate::context::{App, Context};
use crate::store::StoreError;
use crate::store::deliveries::{self, Report};

/// Keeps these reports, each once whoever repeats it, in one commit. A report of a verification that is nobody's is
/// kept like any other: it may be of one whose send is being committed in this moment.
pub async fn tell(cx: &App, reports: Vec<Report>) -> Result<(), FlowError> {
    if reports.is_empty() {
        return Ok(());
    }
    let app = App::clone(cx);
    detached(cx, async move { keep(&app, reports).await }).await??;
    Ok(())
}

async fn keep(cx: &Context, reports: Vec<Report>) -> Result<(), StoreError> {
    let now = cx.now();
    let mut tx = cx.store.begin().await?;
    for report in reports {
        deliveries::keep(&mut tx, &report, now).await?;
    }
    tx.commit().await?;
    Ok(())
}
