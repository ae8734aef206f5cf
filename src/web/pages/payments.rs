use axum::extract::{Path, Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::components::code_card;
use super::not_found::not_found_page;
use super::page_context::{PageContext, error_response, redirect};
use crate::auth::entry::verification::Position;
use crate::auth::entry::{method_choice, payment};
use crate::auth::error::FlowError;
use crate::auth::session::SignedIn;
use crate::store::payments::{Payment, Standing};
use crate::web::islands::{ChooseMethod, PaymentForm};
use crate::web::request::WebState;
use crate::web::shell::{render, texts};
use domain::routes;
use domain::{Field, FormErrors, PaymentId, PaymentStatus, Purpose, Step};

const PURPOSE: Purpose = Purpose::Payment;

/// `/payments/new`: the form for a new payment, with a link to a pending one.
pub async fn new_payment(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return page_context.redirect_to_sign_in(&shared, request.uri().path());
    };
    let pending = match pending_payment(&shared, &page_context, &signed_in).await {
        Ok(pending) => pending,
        Err(response) => return response,
    };
    let default = shared.app.payments.threshold.currency().code();
    // Generated here, because the view function may run several times.
    let key = payment::new_key();
    let (flash, had_flash) = (page_context.flash.clone(), page_context.had_flash());
    let page = page_context.page(page_context.texts().payments.new);
    let response = render(&shared, request, page, move || {
        let currency = match flash.input(Field::Currency) {
            typed if typed.is_empty() => default.to_owned(),
            typed => typed,
        };
        let pending = pending
            .clone()
            .map(|payment| view! { <PendingPaymentLink payment /> });
        view! {
            {pending}
            <section class="card">
                <h1>{texts().payments.new}</h1>
                <PaymentForm
                    recipient=flash.input(Field::Recipient)
                    amount=flash.input(Field::Amount)
                    currency
                    description=flash.input(Field::Description)
                    key=key.clone()
                    errors=flash.errors.clone()
                />
                <BackToDashboard />
            </section>
        }
    })
    .await;
    PageContext::clear_shown_flash(had_flash, &shared, response)
}

/// The unconfirmed payment of this browser, if there is one.
async fn pending_payment(
    shared: &WebState,
    page_context: &PageContext,
    signed_in: &SignedIn,
) -> Result<Option<Payment>, Response> {
    let found = async {
        let Some(id) = payment::current(&shared.app, &page_context.request_context).await? else {
            return Ok(None);
        };
        payment::find(&shared.app, signed_in, &id).await
    };
    match found.await {
        Ok(payment) => Ok(payment.filter(|payment| payment.standing == Standing::Pending)),
        Err(error) => Err(error_response(FlowError::from(error))),
    }
}

/// `/payments/current`: redirects to the payment that this browser began last.
pub async fn current_payment(
    State(shared): State<WebState>,
    page_context: PageContext,
    _: Request,
) -> Response {
    if page_context.signed_in.is_none() {
        return redirect(routes::LOGIN);
    }
    match payment::current(&shared.app, &page_context.request_context).await {
        Ok(Some(id)) => redirect(&routes::payment(&id)),
        Ok(None) => redirect(routes::PAYMENTS_NEW),
        Err(error) => error_response(FlowError::from(error)),
    }
}

/// `/payments/{id}`: details and status of a payment, and the code entry of a pending one.
///
/// For a payment of another account, the response is the same as for an unknown id.
pub async fn payment_page(
    State(shared): State<WebState>,
    Path(id): Path<String>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return page_context.redirect_to_sign_in(&shared, request.uri().path());
    };
    let Some(id) = PaymentId::parse(&id) else {
        return not_found_page(State(shared), page_context, request).await;
    };
    let payment = match payment::find(&shared.app, &signed_in, &id).await {
        Ok(Some(payment)) => payment,
        Ok(None) => return not_found_page(State(shared), page_context, request).await,
        Err(error) => return error_response(FlowError::from(error)),
    };
    let step = match next_step(&shared, &page_context, &payment).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let (errors, had_flash) = (page_context.flash.errors.clone(), page_context.had_flash());
    let page = page_context.page(page_context.texts().payments.title);
    let response = render(&shared, request, page, move || {
        let (payment, errors) = (payment.clone(), errors.clone());
        let status = payment.standing.status();
        let standing = payment.standing.clone();
        let next = match step.clone() {
            Some(Step::ChooseMethod { purpose, methods }) => {
                view! { <ChooseMethod purpose offered=methods errors /> }.into_any()
            }
            Some(step) => code_card(step, errors),
            None => view! { <PaymentResult standing errors /> }.into_any(),
        };
        view! {
            <section class="card">
                <h1>{texts().payments.title}</h1>
                <PaymentDetails payment status />
                {next}
            </section>
        }
    })
    .await;
    PageContext::clear_shown_flash(had_flash, &shared, response)
}

/// The next step of a pending payment. `None` for other payments, and for a payment that another
/// browser began (docs/security.md#pay-07).
async fn next_step(
    shared: &WebState,
    page_context: &PageContext,
    payment: &Payment,
) -> Result<Option<Step>, Response> {
    if payment.standing != Standing::Pending {
        return Ok(None);
    }
    match page_context.flow_position(shared, PURPOSE).await? {
        Position::At(flow) if flow.data.payment() == Some(&payment.id) => {
            method_choice::step(&shared.app, &flow)
                .await
                .map_err(error_response)
                .map(Some)
        }
        Position::At(_) | Position::Over(_) | Position::Nowhere => Ok(None),
    }
}

/// The details of a payment.
#[component]
fn PaymentDetails(payment: Payment, status: PaymentStatus) -> impl IntoView {
    let (texts, labels) = (&texts().payments, &texts().shared.labels);
    let fact = |term: &'static str, value: String| {
        view! {
            <div>
                <dt>{term}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    let description = payment.description.as_str().to_owned();
    let transaction = match &payment.standing {
        Standing::Completed { transaction } => Some(transaction.as_str().to_owned()),
        _ => None,
    };
    view! {
        <dl class="facts">
            {fact(labels.amount, payment.amount.to_string())}
            {fact(labels.recipient, payment.recipient.as_str().to_owned())}
            {(!description.is_empty()).then(|| fact(labels.description, description))}
            {fact(texts.status, (texts.state)(status).to_owned())}
            {transaction.map(|transaction| fact(texts.transaction, transaction))}
        </dl>
    }
}

/// The status of a payment as a sentence, and the links to other pages.
#[component]
fn PaymentResult(standing: Standing, errors: FormErrors) -> impl IntoView {
    let (texts, problem_text) = (&texts().payments, texts().shared.problem);
    let problem = errors
        .about(Field::Form)
        .map(|found| view! { <div class="notice" role="status">{problem_text(found)}</div> });
    let (class, text) = match standing {
        Standing::Pending => ("notice", texts.pending_elsewhere),
        Standing::Processing => ("notice", texts.processing),
        Standing::Completed { .. } => ("notice success", texts.completed),
        Standing::Failed { failure } => ("notice error", (texts.failed)(failure)),
        Standing::Expired => ("notice error", texts.expired),
    };
    view! {
        {problem}
        <div class=class role="status">{text}</div>
        <p class="actions">
            <a class="button" href=routes::PAYMENTS_NEW>{texts.new}</a>
        </p>
        <BackToDashboard />
    }
}

/// A link to the pending payment, for users who return to the form.
#[component]
fn PendingPaymentLink(payment: Payment) -> impl IntoView {
    let texts = &texts().payments;
    let text = (texts.waiting)(&payment.amount.to_string(), payment.recipient.as_str());
    view! {
        <div class="notice">
            {text} <a href=routes::payment(&payment.id)>{texts.go_on}</a>
        </div>
    }
}

#[component]
fn BackToDashboard() -> impl IntoView {
    view! {
        <p class="actions">
            <a href=routes::DASHBOARD>{texts().payments.back}</a>
        </p>
    }
}
