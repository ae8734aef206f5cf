//! What the provider tells of a message: kept, and told to whoever waits for it. It approves nothing and ends
//! nothing (HOOK-02): codes are judged by our own calls alone.

use crate::domain::{Delivery, Purpose};
use crate::server::context::{App, Context};
use crate::server::error::FlowError;
use crate::server::flows::{detached, verification};
use crate::server::store::StoreError;
use crate::server::store::deliveries::{self, Report};
use crate::server::visitor::Visitor;

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
    let mut news = Vec::new();
    for report in reports {
        if deliveries::keep(&mut tx, &report, now).await? {
            news.push(report);
        }
    }
    tx.commit().await?;
    for report in news {
        // An error means only that nobody listens.
        let _ = cx.deliveries.send(report);
    }
    Ok(())
}

/// How far the message of this browser's flow has come; `None` where it has no code out.
pub async fn of(
    cx: &Context,
    visitor: &Visitor,
    purpose: Purpose,
) -> Result<Option<Delivery>, FlowError> {
    let flow = verification::live(cx, visitor, purpose).await?;
    Ok(deliveries::of_flow(&cx.store, &flow).await?)
}
