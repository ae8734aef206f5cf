//! The live status of a code entry, including the delivery reports of the provider.
//!
//! Each status is read from the database, so that an interrupted connection loses no change.

use crate::auth::engine::background::run_in_detached_task;
use crate::auth::engine::position::{CallerFlow, find_flow_by_request_token};
use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::store::StoreError;
use crate::store::change_feed::Change;
use crate::store::deliveries::{self, DeliveryReport};
use crate::store::flows::Flow;
use crate::verification::{Ending, State};
use domain::{Delivery, LiveStatus, Purpose, Timestamp};

/// The status of a code form at one time, as the event stream sends it to the browser.
#[derive(Clone, Debug)]
pub struct StatusSnapshot {
    pub status: LiveStatus,
    /// The time at which the last message was sent; `None` for a final status.
    pub sent_at: Option<Timestamp>,
    /// The time at which the status expires without any event; `None` for a final status.
    pub until: Option<Timestamp>,
    /// The IDs of the database rows on which the status depends.
    depends_on: Vec<String>,
}

impl StatusSnapshot {
    /// Returns whether this status must be read again after a database change.
    pub fn may_be_outdated_by_change(&self, change: &Change) -> bool {
        match change {
            Change::Record(id) => self.depends_on.contains(id),
            Change::Unknown => true,
        }
    }

    /// Creates a status snapshot from a final status of the code form: completed or ended.
    const fn snapshot_of_final_status(status: LiveStatus) -> Self {
        Self {
            status,
            sent_at: None,
            until: None,
            depends_on: Vec::new(),
        }
    }
}

/// Reads the current status of a code form for the verification flow of the request.
///
/// `purpose` is the purpose of the flow, for example sign-in. Checks flow token and session on each call. Returns
/// `None` if there is no flow.
pub async fn read_code_form_status_of_request(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Option<StatusSnapshot>, StoreError> {
    Ok(
        match find_flow_by_request_token(app, context, purpose).await? {
            CallerFlow::Missing => None,
            CallerFlow::Ended(Ending::Completed) => Some(StatusSnapshot::snapshot_of_final_status(
                LiveStatus::Completed,
            )),
            CallerFlow::Ended(_) | CallerFlow::Replaced => {
                Some(StatusSnapshot::snapshot_of_final_status(LiveStatus::Ended))
            }
            CallerFlow::Live(flow) => Some(read_code_form_status_of_flow(app, &flow).await?),
        },
    )
}

/// Reads the live status of a verification flow that has not ended.
async fn read_code_form_status_of_flow(
    app: &AppState,
    flow: &Flow,
) -> Result<StatusSnapshot, StoreError> {
    let state = &flow.verification.state;
    let Some(code) = state.sent_code() else {
        return Ok(StatusSnapshot::snapshot_of_final_status(LiveStatus::Ended));
    };
    if matches!(state, State::Approved { .. }) {
        return Ok(StatusSnapshot::snapshot_of_final_status(
            LiveStatus::Completed,
        ));
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
        sent_at: Some(code.sent_at),
        until: Some(until),
        depends_on,
    })
}

/// Stores delivery reports from the provider in one transaction, each at most once.
///
/// Accepts reports of unknown verifications, because a report can arrive before the verification is committed.
pub async fn record_delivery_reports(
    app: &SharedAppState,
    reports: Vec<DeliveryReport>,
) -> Result<(), FlowError> {
    if reports.is_empty() {
        return Ok(());
    }
    let shared = SharedAppState::clone(app);
    run_in_detached_task(app, async move {
        store_delivery_reports(&shared, reports).await
    })
    .await??;
    Ok(())
}

/// Stores delivery reports in one transaction and commits. Counts the new ones, and logs why a message was not
/// delivered.
async fn store_delivery_reports(
    app: &AppState,
    reports: Vec<DeliveryReport>,
) -> Result<(), StoreError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let mut stored = Vec::with_capacity(reports.len());
    for report in reports {
        if deliveries::insert_delivery_report(&mut tx, &report, now).await? {
            stored.push(report);
        }
    }
    tx.commit().await?;
    for report in stored {
        let outcome = report.status.as_str();
        let metrics = &app.metrics.messages;
        metrics.count_delivery_report(report.provider, outcome);
        if report.status == Delivery::Undelivered {
            tracing::warn!(
                provider = report.provider,
                verification = report.verification.as_str(),
                provider_code = report.error_code,
                "a message with a code was not delivered"
            );
        }
    }
    Ok(())
}
