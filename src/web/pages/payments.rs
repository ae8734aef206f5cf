use axum::extract::{Path, Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::code::code_card;
use super::not_found;
use super::visit::{Visit, elsewhere, failed};
use crate::auth::entry::verification::Position;
use crate::auth::entry::{method_choice, payment};
use crate::auth::error::FlowError;
use crate::auth::session::SignedIn;
use crate::store::payments::{Payment, Standing};
use crate::web::islands::{ChooseMethod, PaymentForm};
use crate::web::request::Shared;
use crate::web::shell::{render, words};
use domain::routes;
use domain::{Field, FormErrors, PaymentId, PaymentStatus, Purpose, Step};

const PURPOSE: Purpose = Purpose::Payment;

/// `/payments/new`: who gets how much.
pub async fn new(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    let Some(signed_in) = visit.signed_in.clone() else {
        return elsewhere(routes::LOGIN);
    };
    let waiting = match waiting(&shared, &visit, &signed_in).await {
        Ok(waiting) => waiting,
        Err(response) => return response,
    };
    let default = shared.app.payments.threshold.currency().code();
    // Drawn once: rendering may run more often than the page is shown.
    let key = payment::new_key();
    let (flash, noted) = (visit.flash.clone(), visit.noted());
    let page = visit.page(visit.words().payments.new);
    let response = render(&shared, request, page, move || {
        let currency = match flash.input(Field::Currency) {
            typed if typed.is_empty() => default.to_owned(),
            typed => typed,
        };
        let waiting = waiting.clone().map(|payment| view! { <Waiting payment /> });
        view! {
            {waiting}
            <section class="card">
                <h1>{words().payments.new}</h1>
                <PaymentForm
                    recipient=flash.input(Field::Recipient)
                    amount=flash.input(Field::Amount)
                    currency
                    description=flash.input(Field::Description)
                    key=key.clone()
                    refusal=flash.errors.clone()
                />
                <BackToDashboard />
            </section>
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}

/// The payment this browser has begun and not confirmed, if there is one.
async fn waiting(
    shared: &Shared,
    visit: &Visit,
    signed_in: &SignedIn,
) -> Result<Option<Payment>, Response> {
    let found = async {
        let Some(id) = payment::current(&shared.app, &visit.context).await? else {
            return Ok(None);
        };
        payment::find(&shared.app, signed_in, &id).await
    };
    match found.await {
        Ok(payment) => Ok(payment.filter(|payment| payment.standing == Standing::Pending)),
        Err(error) => Err(failed(FlowError::from(error))),
    }
}

/// `/payments/current`: leads to the payment this browser began last.
pub async fn current(State(shared): State<Shared>, visit: Visit, _: Request) -> Response {
    if visit.signed_in.is_none() {
        return elsewhere(routes::LOGIN);
    }
    match payment::current(&shared.app, &visit.context).await {
        Ok(Some(id)) => elsewhere(&routes::payment(&id)),
        Ok(None) => elsewhere(routes::PAYMENTS_NEW),
        Err(error) => failed(FlowError::from(error)),
    }
}

/// `/payments/{id}`: what is paid to whom, how that stands, and the code where one is waited for.
/// Whoever else's it is, there is nothing here.
pub async fn payment(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    visit: Visit,
    request: Request,
) -> Response {
    let Some(signed_in) = visit.signed_in.clone() else {
        return elsewhere(routes::LOGIN);
    };
    let Some(id) = PaymentId::parse(&id) else {
        return not_found(State(shared), visit, request).await;
    };
    let payment = match payment::find(&shared.app, &signed_in, &id).await {
        Ok(Some(payment)) => payment,
        Ok(None) => return not_found(State(shared), visit, request).await,
        Err(error) => return failed(FlowError::from(error)),
    };
    let step = match step(&shared, &visit, &payment).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let (refusal, noted) = (visit.flash.errors.clone(), visit.noted());
    let page = visit.page(visit.words().payments.title);
    let response = render(&shared, request, page, move || {
        let (payment, refusal) = (payment.clone(), refusal.clone());
        let status = payment.standing.status();
        let standing = payment.standing.clone();
        let next = match step.clone() {
            Some(Step::ChooseMethod { purpose, methods }) => {
                view! { <ChooseMethod purpose offered=methods refusal /> }.into_any()
            }
            Some(step) => code_card(step, refusal),
            None => view! { <Outcome standing refusal /> }.into_any(),
        };
        view! {
            <section class="card">
                <h1>{words().payments.title}</h1>
                <Facts payment status />
                {next}
            </section>
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}

/// What this browser can do about a payment that waits for its code; `None` for any other, and
/// where it was begun elsewhere (PAY-07).
async fn step(shared: &Shared, visit: &Visit, payment: &Payment) -> Result<Option<Step>, Response> {
    if payment.standing != Standing::Pending {
        return Ok(None);
    }
    match visit.position(shared, PURPOSE).await? {
        Position::At(flow) if flow.data.payment() == Some(&payment.id) => {
            method_choice::step(&shared.app, &flow)
                .await
                .map_err(failed)
                .map(Some)
        }
        Position::At(_) | Position::Over(_) | Position::Nowhere => Ok(None),
    }
}

#[component]
fn Facts(payment: Payment, status: PaymentStatus) -> impl IntoView {
    let (words, labels) = (&words().payments, &words().shared.labels);
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
            {fact(words.status, (words.state)(status).to_owned())}
            {transaction.map(|transaction| fact(words.transaction, transaction))}
        </dl>
    }
}

/// What came of a payment, or is still to come, in a sentence; and what there is to do next.
#[component]
fn Outcome(standing: Standing, refusal: FormErrors) -> impl IntoView {
    let (words, problem) = (&words().payments, words().shared.problem);
    let refused = refusal
        .about(Field::Form)
        .map(|found| view! { <div class="notice" role="status">{problem(found)}</div> });
    let (class, text) = match standing {
        Standing::Pending => ("notice", words.pending_elsewhere),
        Standing::Processing => ("notice", words.processing),
        Standing::Completed { .. } => ("notice success", words.completed),
        Standing::Failed { failure } => ("notice error", (words.failed)(failure)),
        Standing::Expired => ("notice error", words.expired),
    };
    view! {
        {refused}
        <div class=class role="status">{text}</div>
        <p class="actions">
            <a class="button" href=routes::PAYMENTS_NEW>{words.new}</a>
        </p>
        <BackToDashboard />
    }
}

/// Somebody who comes back to the form may have forgotten that they are in the middle of one.
#[component]
fn Waiting(payment: Payment) -> impl IntoView {
    let words = &words().payments;
    let text = (words.waiting)(&payment.amount.to_string(), payment.recipient.as_str());
    view! {
        <div class="notice">
            {text} <a href=routes::payment(&payment.id)>{words.go_on}</a>
        </div>
    }
}

#[component]
fn BackToDashboard() -> impl IntoView {
    view! {
        <p class="actions">
            <a href=routes::DASHBOARD>{words().payments.back}</a>
        </p>
    }
}
