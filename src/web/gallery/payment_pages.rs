//! Gallery of the payment pages.

use leptos::prelude::*;

use super::entry::{Section, page};
use super::samples::{
    completed, currency, failed, methods, payment_in, payments as all_payments, sent_code_with,
};
use crate::http::cookies::Flash;
use crate::store::payments::{Payment, PaymentState};
use crate::web::pages::currency_list::CurrencyChoice;
use crate::web::pages::payment_list::payments_view;
use crate::web::pages::payments::{Next, new_payment_view, payment_view};
use domain::routes::{PAYMENTS, PAYMENTS_CURRENT, PAYMENTS_NEW};
use domain::{Field, FieldProblem, FormErrors, Problem, Purpose, Step};

pub const PAYMENT: Section = Section {
    title: "Payments",
    signed_in: true,
    entries: &[
        page("payments", "one of each status", PAYMENTS, |_| {
            payments_view(all_payments(), false, true, Some("1".to_owned())).into_any()
        }),
        page(
            "payments-held",
            "pending, while the account is held",
            PAYMENTS,
            |_| payments_view(all_payments(), true, true, None).into_any(),
        ),
        page("payments-none", "none", PAYMENTS, |_| {
            payments_view(Vec::new(), false, true, None).into_any()
        }),
        page("payment-new", "new", PAYMENTS_NEW, |_| {
            new_payment(None, &Flash::default())
        }),
        page(
            "payment-new-errors",
            "new, with errors",
            PAYMENTS_NEW,
            |_| {
                let error = |field, problem| FieldProblem { field, problem };
                let flash = Flash {
                    errors: FormErrors {
                        problems: vec![
                            error(Field::Amount, Problem::AmountInvalid),
                            error(Field::Currency, Problem::CurrencyUnknown),
                        ],
                        entry: None,
                    },
                    input: vec![
                        (Field::Recipient, "Example Energy".to_owned()),
                        (Field::Amount, "12,5,0".to_owned()),
                        (Field::Currency, "XYZ".to_owned()),
                    ],
                    ..Flash::default()
                };
                new_payment(None, &flash)
            },
        ),
        page(
            "payment-new-pending",
            "new, while another waits",
            PAYMENTS_NEW,
            |_| new_payment(Some(payment_in(PaymentState::Pending)), &Flash::default()),
        ),
        page(
            "payment-method",
            "choice of method",
            PAYMENTS_CURRENT,
            |_| {
                pending(Next::Step(Step::ChooseMethod {
                    purpose: Purpose::Payment,
                    methods: methods(true),
                }))
            },
        ),
        page("payment-code", "code", PAYMENTS_CURRENT, |_| {
            pending(Next::Step(sent_code_with(Purpose::Payment, |_| ())))
        }),
        page("payment-held", "account held", PAYMENTS_CURRENT, |_| {
            pending(Next::Held(Problem::FactorHeld { secs: 3_600 }))
        }),
        page(
            "payment-elsewhere",
            "begun in another browser",
            PAYMENTS_CURRENT,
            |_| pending(Next::Nothing),
        ),
        page("payment-processing", "processing", PAYMENTS_CURRENT, |_| {
            settled(PaymentState::Processing)
        }),
        page("payment-completed", "completed", PAYMENTS_CURRENT, |_| {
            settled(completed())
        }),
        page("payment-failed", "failed", PAYMENTS_CURRENT, |_| {
            settled(failed())
        }),
        page("payment-expired", "expired", PAYMENTS_CURRENT, |_| {
            settled(PaymentState::Expired)
        }),
    ],
};

/// Renders the sample page `/payments/new`.
fn new_payment(pending: Option<Payment>, flash: &Flash) -> AnyView {
    let choice = CurrencyChoice::new(currency(), &[], &flash.input(Field::Currency));
    new_payment_view(pending, flash, choice, String::new(), None).into_any()
}

/// Renders the sample page of a pending payment that asks for `next`.
fn pending(next: Next) -> AnyView {
    payment_view(
        payment_in(PaymentState::Pending),
        next,
        FormErrors::default(),
    )
    .into_any()
}

/// Renders the sample page of a payment in this final state.
fn settled(state: PaymentState) -> AnyView {
    payment_view(payment_in(state), Next::Nothing, FormErrors::default()).into_any()
}
