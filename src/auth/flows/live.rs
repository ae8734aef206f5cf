//! What an open code entry may know without asking: read anew each time, so that nothing is lost
//! with a connection (SSE-05).

use super::verification::{Position, position};
use crate::context::AppState;
use crate::context::RequestContext;
use crate::store::change_feed::Change;
use crate::store::flows::Flow;
use crate::store::{StoreError, deliveries};
use crate::verification::{Ending, State};
use domain::{LiveStatus, Purpose, Timestamp};

/// Where a flow with a code out stands.
#[derive(Clone, Debug)]
pub struct Look {
    pub status: LiveStatus,
    /// When time alone makes another of this; not where nothing follows.
    pub until: Option<Timestamp>,
    about: Vec<String>,
}

impl Look {
    /// Whether a change may have made another of this.
    pub fn is_touched_by(&self, change: &Change) -> bool {
        match change {
            Change::Of(id) => self.about.contains(id),
            Change::Anything => true,
        }
    }

    const fn last(status: LiveStatus) -> Self {
        Self {
            status,
            until: None,
            about: Vec::new(),
        }
    }
}

/// Looks at this browser's flow, with all that makes it this browser's: handle, and session where
/// it needs one (SSE-01). `None` where there is no such flow.
pub async fn look(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Option<Look>, StoreError> {
    Ok(match position(app, context, purpose).await? {
        Position::Nowhere => None,
        Position::Over(Ending::Completed) => Some(Look::last(LiveStatus::Completed)),
        Position::Over(_) => Some(Look::last(LiveStatus::Ended)),
        Position::At(flow) => Some(at(app, &flow).await?),
    })
}

async fn at(app: &AppState, flow: &Flow) -> Result<Look, StoreError> {
    let state = &flow.verification.state;
    let Some(code) = state.code() else {
        return Ok(Look::last(LiveStatus::Ended));
    };
    if matches!(state, State::Approved { .. }) {
        return Ok(Look::last(LiveStatus::Completed));
    }
    let mut about = vec![
        flow.id.as_str().to_owned(),
        code.verification.as_str().to_owned(),
    ];
    about.extend(flow.account.as_ref().map(|id| id.as_str().to_owned()));
    let (status, until) = if code.is_expired(app.now()) {
        (LiveStatus::Expired, flow.verification.ends_at)
    } else {
        let delivery = deliveries::of_flow(&app.store, flow).await?;
        let status = delivery.map_or(LiveStatus::Sent, LiveStatus::from);
        (status, code.expires_at)
    };
    Ok(Look {
        status,
        until: Some(until),
        about,
    })
}
