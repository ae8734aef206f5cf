//! Gallery of the payment pages.

use leptos::prelude::*;

use super::entry::{Section, page_entry};
use super::samples::{
    sample_code_step_with_sent_message, sample_completed_payment_state, sample_currency,
    sample_factor_methods, sample_failed_payment_state, sample_payment_in_state,
    sample_payments as all_payments,
};
use crate::http::cookies::Flash;
use crate::store::payments::{Payment, PaymentState};
use crate::web::pages::currency_list::CurrencyChoice;
use crate::web::pages::payment_list::render_payments_view;
use crate::web::pages::payments::{NextPaymentStep, render_new_payment_view, render_payment_view};
use domain::routes::{PAYMENTS, PAYMENTS_CURRENT, PAYMENTS_NEW};
use domain::{Field, FieldProblem, FormErrors, Problem, Purpose, Step};

pub const PAYMENT: Section = Section {
    title: "Payments",
    signed_in: true,
    entries: &[
        page_entry("payments", "one of each status", PAYMENTS, |_| {
            render_payments_view(all_payments(), false, true, Some("1".to_owned())).into_any()
        }),
        page_entry(
            "payments-held",
            "pending, while the second factor is held",
            PAYMENTS,
            |_| render_payments_view(all_payments(), true, true, None).into_any(),
        ),
        page_entry("payments-none", "none", PAYMENTS, |_| {
            render_payments_view(Vec::new(), false, true, None).into_any()
        }),
        page_entry("payment-new", "new", PAYMENTS_NEW, |_| {
            render_sample_new_payment_page(None, &Flash::default())
        }),
        page_entry(
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
                render_sample_new_payment_page(None, &flash)
            },
        ),
        page_entry(
            "payment-new-pending",
            "new, while another waits",
            PAYMENTS_NEW,
            |_| {
                render_sample_new_payment_page(
                    Some(sample_payment_in_state(PaymentState::Pending)),
                    &Flash::default(),
                )
            },
        ),
        page_entry(
            "payment-method",
            "choice of method",
            PAYMENTS_CURRENT,
            |_| {
                render_sample_pending_payment_page(NextPaymentStep::Step(Step::ChooseMethod {
                    purpose: Purpose::Payment,
                    methods: sample_factor_methods(true),
                }))
            },
        ),
        page_entry("payment-code", "code", PAYMENTS_CURRENT, |_| {
            render_sample_pending_payment_page(NextPaymentStep::Step(
                sample_code_step_with_sent_message(Purpose::Payment, |_| ()),
            ))
        }),
        page_entry(
            "payment-held",
            "second factor held",
            PAYMENTS_CURRENT,
            |_| {
                render_sample_pending_payment_page(NextPaymentStep::Held(Problem::FactorHeld {
                    secs: 3_600,
                }))
            },
        ),
        page_entry(
            "payment-elsewhere",
            "begun in another browser",
            PAYMENTS_CURRENT,
            |_| render_sample_pending_payment_page(NextPaymentStep::Nothing),
        ),
        page_entry("payment-processing", "processing", PAYMENTS_CURRENT, |_| {
            render_sample_settled_payment_page(PaymentState::Processing)
        }),
        page_entry("payment-completed", "completed", PAYMENTS_CURRENT, |_| {
            render_sample_settled_payment_page(sample_completed_payment_state())
        }),
        page_entry("payment-failed", "failed", PAYMENTS_CURRENT, |_| {
            render_sample_settled_payment_page(sample_failed_payment_state())
        }),
        page_entry("payment-expired", "expired", PAYMENTS_CURRENT, |_| {
            render_sample_settled_payment_page(PaymentState::Expired)
        }),
    ],
};

/// Renders the sample page `/payments/new`.
fn render_sample_new_payment_page(pending: Option<Payment>, flash: &Flash) -> AnyView {
    let choice = CurrencyChoice::new(
        sample_currency(),
        &[],
        &flash.submitted_value(Field::Currency),
    );
    render_new_payment_view(pending, flash, choice, String::new(), None).into_any()
}

/// Renders the page of a sample payment that is pending, with the form for its next step.
fn render_sample_pending_payment_page(next: NextPaymentStep) -> AnyView {
    render_payment_view(
        sample_payment_in_state(PaymentState::Pending),
        next,
        FormErrors::default(),
    )
    .into_any()
}

/// Renders the page of a sample payment with the final state `state`.
fn render_sample_settled_payment_page(state: PaymentState) -> AnyView {
    render_payment_view(
        sample_payment_in_state(state),
        NextPaymentStep::Nothing,
        FormErrors::default(),
    )
    .into_any()
}
