//! Writing flows, together with everything that has to be written in the same commit.

use crate::auth::error::FlowError;
use crate::security::token::{AccountId, FlowId, Token};
use crate::store::audit::{self, AuditEntry, AuditOrigin, Event};
use crate::store::flows::{self, Flow};
use crate::store::{StoreError, Tx, email_proofs, payments};
use crate::verification::{Ending, SentCode, State};
use domain::{PaymentFailure, Purpose, Timestamp};

/// Opens a flow and ends the browser's earlier flow of the same purpose. Returns the new flow's token, and
/// the code of the earlier flow, to be cancelled after the commit.
pub async fn open_flow(
    tx: &mut Tx,
    flow: &Flow,
    earlier: Option<Flow>,
) -> Result<(Token, Option<SentCode>), FlowError> {
    let token = Token::generate();
    let retired = open_flow_with_token(tx, flow, earlier, &token).await?;
    Ok((token, retired))
}

/// Like [`open_flow`], with a token that the caller chose.
pub async fn open_flow_with_token(
    tx: &mut Tx,
    flow: &Flow,
    earlier: Option<Flow>,
    token: &Token,
) -> Result<Option<SentCode>, FlowError> {
    let mut retired = None;
    if let Some(mut earlier) = earlier {
        retired = earlier.verification.state.code().cloned();
        earlier.verification = earlier.verification.end(Ending::Superseded);
        match save_flow(tx, &mut earlier, flow.verification.opened_at).await {
            // A concurrent request has moved or ended the earlier flow and is responsible for it.
            Ok(()) | Err(StoreError::Raced) => {}
            Err(error) => return Err(error.into()),
        }
    }
    flows::insert_flow(tx, flow, &token.hash()).await?;
    Ok(retired)
}

/// Saves a flow. If the flow has ended without confirming its payment, the payment fails in the same
/// transaction. [`StoreError::Raced`] if the flow was saved by another request since it was read.
pub async fn save_flow(tx: &mut Tx, flow: &mut Flow, now: Timestamp) -> Result<(), StoreError> {
    flows::save_flow(tx, flow).await?;
    match payment_failure(flow) {
        Some(failure) => payments::fail_payment_of_flow(tx, &flow.id, failure, now).await,
        None => Ok(()),
    }
}

/// Why the payment of this flow fails; `None` for other purposes and while the flow is live.
fn payment_failure(flow: &Flow) -> Option<PaymentFailure> {
    let State::Ended { how } = flow.verification.state else {
        return None;
    };
    match how {
        _ if flow.purpose != Purpose::Payment => None,
        // A completed flow has confirmed its payment. The payment sweep ends the payment of an expired flow.
        Ending::Completed | Ending::Expired => None,
        Ending::Cancelled => Some(PaymentFailure::Cancelled),
        Ending::Exhausted => Some(PaymentFailure::Exhausted),
        Ending::Unsent => Some(PaymentFailure::NotSent),
        Ending::Superseded => Some(PaymentFailure::Superseded),
        Ending::Voided => Some(PaymentFailure::Voided),
    }
}

/// Which live flows of an account end when a fact they depend on has changed.
#[derive(Clone, Copy, Debug)]
pub enum FlowSelection<'a> {
    All,
    /// All flows except the one that made the change.
    AllExcept(&'a FlowId),
    /// All flows of this purpose except one.
    OfPurposeExcept(Purpose, &'a FlowId),
}

impl FlowSelection<'_> {
    fn contains(self, flow: &Flow) -> bool {
        match self {
            Self::All => true,
            Self::AllExcept(id) => flow.id != *id,
            Self::OfPurposeExcept(purpose, id) => flow.purpose == purpose && flow.id != *id,
        }
    }
}

/// Ends live flows of an account. Returns their codes: the database rejects them from now on, and the
/// caller cancels them at the provider after the commit. A selection over all purposes ends the pending proof of an
/// e-mail address too.
pub async fn end_flows(
    tx: &mut Tx,
    account: &AccountId,
    selection: FlowSelection<'_>,
    now: Timestamp,
) -> Result<Vec<SentCode>, StoreError> {
    match selection {
        FlowSelection::All | FlowSelection::AllExcept(_) => {
            email_proofs::delete_email_proof(tx, account).await?;
        }
        FlowSelection::OfPurposeExcept(..) => {}
    }
    let mut retired = Vec::new();
    loop {
        let mut live = flows::list_live_flows(tx, account).await?;
        live.retain(|flow| selection.contains(flow));
        if live.is_empty() {
            return Ok(retired);
        }
        for mut flow in live {
            let code = flow.verification.state.code().cloned();
            flow.verification = flow.verification.end(Ending::Voided);
            match save_flow(tx, &mut flow, now).await {
                Ok(()) => retired.extend(code),
                // A concurrent request has moved the flow; the next round reads its new state.
                Err(StoreError::Raced) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Writes one audit line about a flow.
pub async fn record_event(
    tx: &mut Tx,
    flow: &Flow,
    event: Event,
    origin: AuditOrigin<'_>,
    detail: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let entry = AuditEntry {
        event,
        account: flow.account.as_ref(),
        flow: Some(&flow.id),
        origin,
        detail,
    };
    audit::record_audit_entry(tx, &entry, now).await
}
