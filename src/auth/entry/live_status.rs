//! The live status of a code entry, and the delivery reports of the provider that it shows.
//!
//! The status is read from the database each time, so that a lost connection loses nothing.

use crate::auth::engine::background::run_detached;
use crate::auth::engine::position::{Position, position};
use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::store::StoreError;
use crate::store::change_feed::Change;
use crate::store::deliveries::{self, DeliveryReport};
use crate::store::flows::Flow;
use crate::verification::{Ending, State};
use domain::{LiveStatus, Purpose, Timestamp};

/// The status of a flow at one moment.
#[derive(Clone, Debug)]
pub struct StatusSnapshot {
    pub status: LiveStatus,
    /// When the status changes by time alone; `None` for a final status.
    pub until: Option<Timestamp>,
    /// Ids of the rows that the status depends on.
    depends_on: Vec<String>,
}

impl StatusSnapshot {
    /// Whether a change in the database may have changed the status.
    pub fn is_affected_by(&self, change: &Change) -> bool {
        match change {
            Change::Record(id) => self.depends_on.contains(id),
            Change::Unknown => true,
        }
    }

    const fn of_final(status: LiveStatus) -> Self {
        Self {
            status,
            until: None,
            depends_on: Vec::new(),
        }
    }
}

/// Reads the status of the caller's flow; `None` if the caller has no such flow. Flow token and session are
/// checked each time.
pub async fn read(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Option<StatusSnapshot>, StoreError> {
    Ok(match position(app, context, purpose).await? {
        Position::Nowhere => None,
        Position::Over(Ending::Completed) => Some(StatusSnapshot::of_final(LiveStatus::Completed)),
        Position::Over(_) => Some(StatusSnapshot::of_final(LiveStatus::Ended)),
        Position::At(flow) => Some(snapshot_of(app, &flow).await?),
    })
}

async fn snapshot_of(app: &AppState, flow: &Flow) -> Result<StatusSnapshot, StoreError> {
    let state = &flow.verification.state;
    let Some(code) = state.code() else {
        return Ok(StatusSnapshot::of_final(LiveStatus::Ended));
    };
    if matches!(state, State::Approved { .. }) {
        return Ok(StatusSnapshot::of_final(LiveStatus::Completed));
    }
    let mut depends_on = vec![
        flow.id.as_str().to_owned(),
        code.verification.as_str().to_owned(),
    ];
    depends_on.extend(flow.account.as_ref().map(|id| id.as_str().to_owned()));
    let (status, until) = if code.is_expired(app.now()) {
        (LiveStatus::Expired, flow.verification.ends_at)
    } else {
        let delivery = deliveries::find_delivery_status(&app.store, flow).await?;
        let status = delivery.map_or(LiveStatus::Sent, LiveStatus::from);
        (status, code.expires_at)
    };
    Ok(StatusSnapshot {
        status,
        until: Some(until),
        depends_on,
    })
}

/// Stores delivery reports of the provider in one commit, each only once. A report never approves or ends a
/// verification. A report without a known verification is kept, too: its send may be committed a moment later.
pub async fn record_delivery_reports(
    app: &SharedAppState,
    reports: Vec<DeliveryReport>,
) -> Result<(), FlowError> {
    if reports.is_empty() {
        return Ok(());
    }
    let shared = SharedAppState::clone(app);
    run_detached(app, async move { store_reports(&shared, reports).await }).await??;
    Ok(())
}

async fn store_reports(app: &AppState, reports: Vec<DeliveryReport>) -> Result<(), StoreError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    for report in reports {
        deliveries::insert_delivery_report(&mut tx, &report, now).await?;
    }
    tx.commit().await?;
    Ok(())
}
