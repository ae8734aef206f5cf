use leptos::prelude::*;

use super::ApiError;
use crate::domain::Answer;

/// Takes a payment; a code is asked for where it is worth one. `key` is the form's own.
#[server(name = BeginPayment, prefix = "/api", endpoint = "payments/begin")]
pub async fn begin(
    recipient: String,
    amount: String,
    currency: String,
    #[server(default)] description: String,
    #[server(default)] key: String,
) -> Result<Answer, ApiError> {
    use crate::server::flows::payment::{self, Request};
    let call = crate::server::request::Call::current()?;
    let request = Request {
        recipient: &recipient,
        amount: &amount,
        currency: &currency,
        description: &description,
        key: &key,
    };
    let kept = [
        (crate::domain::Field::Recipient, &*recipient),
        (crate::domain::Field::Amount, &*amount),
        (crate::domain::Field::Currency, &*currency),
        (crate::domain::Field::Description, &*description),
    ];
    call.answer(
        crate::routes::PAYMENTS_NEW,
        &kept,
        payment::begin(&call.app, &call.visitor, &request).await,
    )
}
