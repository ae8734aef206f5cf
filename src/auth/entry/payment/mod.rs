//! Payments: stores the quote (recipient, amount and description), and lets a second factor confirm exactly that quote.
//!
//! Amount and payee are read from the stored row only, so a code cannot confirm other values.

mod amount_text;
mod cancel;
mod confirm;
mod initiate;
mod lookup;
pub(super) mod refusals;

pub use amount_text::AmountText;
pub use cancel::cancel_payment;
pub use confirm::{confirm_payment, request_payment_code};
pub use initiate::{
    InitiatedPayment, PaymentRequest, begin_payment, generate_idempotency_key, initiate_payment,
};
pub use lookup::{
    are_pending_payments_on_hold, find_last_payment_of_browser, find_payment,
    find_payment_of_current_flow, find_wait_after_unsent_code, list_currencies_of_newest_payments,
    list_newest_payments, read_page_of_payments, was_pending_payment_begun_by_other_session,
    with_payment_flow_token,
};
