//! Rows of the table `payments`: the stored payment, and its conversion from a row.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::StoreError;
use crate::security::token::{AccountId, FlowId, TransactionId};
use domain::{
    Amount, Currency, Description, PaymentFailure, PaymentId, PaymentStatus, Recipient, Timestamp,
};

/// A stored payment. Only its status changes after creation.
#[derive(Clone, Debug)]
pub struct Payment {
    pub id: PaymentId,
    pub account: AccountId,
    /// The flow that confirms the payment with a code; `None` if it needs no code.
    pub flow: Option<FlowId>,
    /// The network address that started the payment, shortened as for rate limits.
    pub source: String,
    pub recipient: Recipient,
    pub amount: Amount,
    pub description: Description,
    pub state: PaymentState,
    pub created_at: Timestamp,
    /// The time until which the payment can be confirmed.
    pub expires_at: Timestamp,
}

/// The status of a payment, with the data of this status: transaction ID or failure reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentState {
    Pending,
    Processing,
    Completed { transaction: TransactionId },
    Failed { failure: PaymentFailure },
    Expired,
}

impl PaymentState {
    /// Returns the payment status, such as completed or failed, without transaction ID and failure reason.
    pub const fn payment_status(&self) -> PaymentStatus {
        match self {
            Self::Pending => PaymentStatus::Pending,
            Self::Processing => PaymentStatus::Processing,
            Self::Completed { .. } => PaymentStatus::Completed,
            Self::Failed { .. } => PaymentStatus::Failed,
            Self::Expired => PaymentStatus::Expired,
        }
    }
}

impl Payment {
    /// Returns this payment with the status at `now`.
    ///
    /// A pending payment past its expiry counts as expired, even if the row in the database is not updated yet
    /// (docs/security.md#sm-07).
    #[must_use]
    pub fn expire_if_overdue(self, now: Timestamp) -> Self {
        if self.state == PaymentState::Pending && now >= self.expires_at {
            return Self {
                state: PaymentState::Expired,
                ..self
            };
        }
        self
    }
}

/// Creates the error for an invalid value in a column of the payments table.
const fn invalid_payment_column_error(column: &'static str) -> StoreError {
    StoreError::Inconsistent {
        table: "payments",
        column,
    }
}

/// Reads a payment ID from a database row.
pub(super) fn payment_id_from_row(row: &AnyRow) -> Result<PaymentId, StoreError> {
    let id: String = row.try_get("id")?;
    PaymentId::parse(&id).ok_or(invalid_payment_column_error("id"))
}

/// Reads a payment from a database row.
pub(super) fn payment_from_row(row: &AnyRow) -> Result<Payment, StoreError> {
    let text = |column| row.try_get::<String, _>(column);
    let millis = |column| row.try_get(column).map(Timestamp::from_millis);
    let currency = Currency::from_stored(&text("currency")?)
        .ok_or(invalid_payment_column_error("currency"))?;
    let flow = text("flow_id")?;
    Ok(Payment {
        id: payment_id_from_row(row)?,
        account: AccountId::from_stored(text("account_id")?),
        flow: (!flow.is_empty()).then(|| FlowId::from_stored(flow)),
        source: text("source")?,
        recipient: Recipient::parse(&text("recipient")?)
            .map_err(|_| invalid_payment_column_error("recipient"))?,
        amount: Amount::from_minor_units(row.try_get("amount_minor")?, currency)
            .ok_or(invalid_payment_column_error("amount_minor"))?,
        description: Description::parse(&text("description")?)
            .map_err(|_| invalid_payment_column_error("description"))?,
        state: parse_payment_state(&text("status")?, &text("reason")?, text("transaction_id")?)?,
        created_at: millis("created_at")?,
        expires_at: millis("expires_at")?,
    })
}

/// Parses the state of a payment from its stored status, failure reason and transaction ID.
fn parse_payment_state(
    status: &str,
    reason: &str,
    transaction: String,
) -> Result<PaymentState, StoreError> {
    Ok(match PaymentStatus::from_name(status) {
        Some(PaymentStatus::Pending) => PaymentState::Pending,
        Some(PaymentStatus::Processing) => PaymentState::Processing,
        Some(PaymentStatus::Completed) => PaymentState::Completed {
            transaction: TransactionId::from_stored(transaction),
        },
        Some(PaymentStatus::Failed) => PaymentState::Failed {
            failure: PaymentFailure::from_name(reason)
                .ok_or(invalid_payment_column_error("reason"))?,
        },
        Some(PaymentStatus::Expired) => PaymentState::Expired,
        None => return Err(invalid_payment_column_error("status")),
    })
}
