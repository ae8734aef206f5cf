use leptos::prelude::*;

use super::ServerFunctionError;
use domain::Answer;

/// Begins a payment. An amount above the configured threshold needs a code. `key` is the idempotency key of the form.
#[server(prefix = "/api", endpoint = "payments/begin")]
pub async fn begin_payment(
    recipient: String,
    amount: String,
    currency: String,
    #[server(default)] description: String,
    #[server(default)] key: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::payment::{self, AmountText, PaymentRequest};
    let call = crate::web::request::Call::find_running_call()?;
    let request = PaymentRequest {
        recipient: &recipient,
        amount: AmountText::Written(&amount, call.context.language),
        currency: &currency,
        description: &description,
        key: &key,
    };
    let kept = [
        (domain::Field::Recipient, &*recipient),
        (domain::Field::Amount, &*amount),
        (domain::Field::Currency, &*currency),
        (domain::Field::Description, &*description),
    ];
    call.convert_flow_outcome_to_answer(
        domain::routes::PAYMENTS_NEW,
        &kept,
        payment::begin_payment(&call.app, &call.context, &request).await,
    )
}
