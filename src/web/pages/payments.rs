use axum::extract::{Path, Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::components::render_code_form;
use super::currency_list::{CurrencyChoice, CurrencyField};
use super::not_found::render_not_found_page;
use super::page_context::{BrowserFlow, PageContext, error_response, redirect};
use super::payment_list::PaymentBadge;
use crate::auth::entry::{method_choice, payment, verification};
use crate::auth::error::FlowError;
use crate::auth::session::SignedIn;
use crate::http::cookies::Flash;
use crate::http::site::CURRENCY_NAMES_SCRIPT;
use crate::store::payments::{Payment, PaymentState};
use crate::web::islands::{ChooseMethod, PaymentForm};
use crate::web::request::WebState;
use crate::web::shell::{page_language, page_texts, render_page, to_error_texts};
use domain::routes;
use domain::{Field, FormErrors, PaymentId, Problem, Purpose, Step};

const PURPOSE: Purpose = Purpose::Payment;

/// Renders the page `/payments/new` with the form for a new payment, and a link to a pending one.
pub async fn render_new_payment_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return page_context.redirect_to_sign_in(&shared, request.uri().path());
    };
    let pending = match find_pending_payment(&shared, &page_context, &signed_in).await {
        Ok(pending) => pending,
        Err(response) => return response,
    };
    let configured = shared.app.payments.threshold.currency();
    let earlier = match payment::list_currencies_of_newest_payments(&shared.app, &signed_in).await {
        Ok(currencies) => currencies,
        Err(error) => return error_response(FlowError::from(error)),
    };
    let script = shared.site.url_of_root_file(CURRENCY_NAMES_SCRIPT);
    // Generated here, because the view function may run several times.
    let key = payment::generate_idempotency_key();
    let (flash, had_flash_cookie) = (page_context.flash.clone(), page_context.had_flash_cookie());
    let flash_message = page_context.flash_message_renderer();
    let page = page_context.page_with_title(page_context.texts().payments.new);
    let response = render_page(&shared, request, page, move || {
        let choice = CurrencyChoice::new(
            configured,
            &earlier,
            &flash.submitted_value(Field::Currency),
        );
        view! {
            {flash_message()}
            {render_new_payment_view(
                pending.clone(),
                &flash,
                choice,
                key.clone(),
                Some(script.clone()),
            )}
        }
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the form for a new payment.
///
/// `flash` contains the typed values and their errors after a failed attempt. `key` is the idempotency key of the form.
/// `script` is the URL of the script that adds the names of the currencies.
pub fn render_new_payment_view(
    pending: Option<Payment>,
    flash: &Flash,
    choice: CurrencyChoice,
    key: String,
    script: Option<String>,
) -> impl IntoView + use<> {
    let is_invalid = flash.errors.first_problem_of(Field::Currency).is_some();
    view! {
        {pending.map(|payment| view! { <PendingPaymentLink payment /> })}
        <section class="card task">
            <h1>{page_texts().payments.new}</h1>
            <PaymentForm
                recipient=flash.submitted_value(Field::Recipient)
                amount=flash.submitted_value(Field::Amount)
                description=flash.submitted_value(Field::Description)
                key
                errors=to_error_texts(&flash.errors)
            >
                <CurrencyField choice is_invalid script />
            </PaymentForm>
            <BackToDashboardLink />
        </section>
    }
}

/// Returns the pending payment that this browser has begun; `None` if no payment is pending.
async fn find_pending_payment(
    shared: &WebState,
    page_context: &PageContext,
    signed_in: &SignedIn,
) -> Result<Option<Payment>, Response> {
    let found = async {
        let Some(id) =
            payment::find_payment_of_current_flow(&shared.app, &page_context.request_context)
                .await?
        else {
            return Ok(None);
        };
        payment::find_payment(&shared.app, signed_in, &id).await
    };
    match found.await {
        Ok(payment) => Ok(payment.filter(|payment| payment.state == PaymentState::Pending)),
        Err(error) => Err(error_response(FlowError::from(error))),
    }
}

/// Handles `/payments/current`: redirects to the last payment of this browser.
///
/// That is the last payment which the account began in this browser. Without one, redirects to the page for a new
/// payment. The page of a payment that an earlier session began shows its status, but no code entry form.
pub async fn redirect_to_current_payment(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return page_context.redirect_to_sign_in(&shared, request.uri().path());
    };
    let context = &page_context.request_context;
    match payment::find_last_payment_of_browser(&shared.app, context, &signed_in).await {
        Ok(Some(id)) => redirect(&routes::payment_page_path(&id)),
        Ok(None) => redirect(routes::PAYMENTS_NEW),
        Err(error) => error_response(FlowError::from(error)),
    }
}

/// Renders the page `/payments/{id}` with a payment, and the code entry form of a pending one.
///
/// The ID of another account's payment gets the same response as an unknown ID.
pub async fn render_payment_page(
    State(shared): State<WebState>,
    Path(id): Path<String>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return page_context.redirect_to_sign_in(&shared, request.uri().path());
    };
    let Some(id) = PaymentId::parse(&id) else {
        return render_not_found_page(State(shared), page_context, request).await;
    };
    let payment = match payment::find_payment(&shared.app, &signed_in, &id).await {
        Ok(Some(payment)) => payment,
        Ok(None) => return render_not_found_page(State(shared), page_context, request).await,
        Err(error) => return error_response(FlowError::from(error)),
    };
    let found = find_next_user_step_of_payment(&shared, &page_context, &payment).await;
    let (next, wait) = match found {
        Ok(found) => found,
        Err(response) => return response,
    };
    let (errors, had_flash_cookie) = (
        page_context.flash.errors.clone().or_if_none(wait),
        page_context.had_flash_cookie(),
    );
    let page = page_context.page_with_title(page_context.texts().payments.title);
    let response = render_page(&shared, request, page, move || {
        render_payment_view(payment.clone(), next.clone(), errors.clone())
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders details and status of a payment, and the form for the next step `next`.
pub fn render_payment_view(
    payment: Payment,
    next: NextPaymentStep,
    errors: FormErrors,
) -> impl IntoView {
    let is_held = matches!(next, NextPaymentStep::Held(_));
    let quote = format_amount_and_recipient_of_payment(&payment);
    let (path, state) = (
        routes::payment_page_path(&payment.id),
        payment.state.clone(),
    );
    let next = match next {
        NextPaymentStep::Step(Step::ChooseMethod { purpose, methods }) => {
            let quote = quote.clone();
            view! { <ChooseMethod purpose offered=methods quote=Some(quote) errors=to_error_texts(&errors) /> }
                .into_any()
        }
        NextPaymentStep::Step(step) => render_code_form(step, &errors),
        NextPaymentStep::Held(problem) => view! { <BlockedPaymentMessage problem /> }.into_any(),
        NextPaymentStep::Nothing => view! { <PaymentResult path state errors /> }.into_any(),
    };
    view! {
        <section class="card task">
            <h1>{page_texts().payments.title}</h1>
            <p class="quote">{quote}</p>
            <PaymentDetails payment is_held />
            {next}
        </section>
    }
}

/// What a payment page shows below the details of the payment.
///
/// That is the form for the user's next step, the reason why code entry is blocked, or only the payment status.
#[derive(Clone)]
pub enum NextPaymentStep {
    Step(Step),
    /// The account may not enter codes for now.
    Held(Problem),
    Nothing,
}

/// Returns what the user must do next to confirm a pending payment, or why code entry is blocked.
///
/// Also returns the wait for the next text message, as an error of the choice of method.
/// Returns `NextPaymentStep::Nothing` for a payment that this browser did not begin (docs/security.md#pay-07).
async fn find_next_user_step_of_payment(
    shared: &WebState,
    page_context: &PageContext,
    payment: &Payment,
) -> Result<(NextPaymentStep, FormErrors), Response> {
    let no_wait = FormErrors::default();
    if payment.state != PaymentState::Pending {
        return Ok((NextPaymentStep::Nothing, no_wait));
    }
    let position = page_context
        .find_verification_flow_of_browser(shared, PURPOSE)
        .await?;
    if !matches!(position, BrowserFlow::Live(_)) {
        let held =
            verification::find_code_entry_block_of_account(&shared.app, &payment.account).await;
        let held = held.map_err(|error| error_response(error.into()))?;
        if let Some(problem) = held {
            return Ok((NextPaymentStep::Held(problem), no_wait));
        }
    }
    match position {
        BrowserFlow::Live(flow) if flow.data.payment_id() == Some(&payment.id) => {
            let step = method_choice::find_second_factor_step(&shared.app, &flow)
                .await
                .map_err(error_response)?;
            let wait = match &step {
                Step::ChooseMethod { methods, .. } => {
                    page_context.find_sms_wait(shared, &flow, methods).await?
                }
                _ => no_wait,
            };
            Ok((NextPaymentStep::Step(step), wait))
        }
        BrowserFlow::Blocked(problem) => Ok((NextPaymentStep::Held(problem), no_wait)),
        BrowserFlow::Live(_) | BrowserFlow::Ended(_) | BrowserFlow::Missing => {
            Ok((NextPaymentStep::Nothing, no_wait))
        }
    }
}

/// Returns a text that says what a code confirms, such as "$150.00 to Acme Inc.".
///
/// The details of the payment show the currency code. Unicode isolates surround the recipient, because the recipient
/// may be written from right to left.
fn format_amount_and_recipient_of_payment(payment: &Payment) -> String {
    let recipient = format!("\u{2068}{}\u{2069}", payment.recipient.as_str());
    let amount = payment.amount.format_with_sign_in_language(page_language());
    (page_texts().payments.quote)(&amount, &recipient)
}

/// List with the details of a payment.
#[component]
fn PaymentDetails(
    payment: Payment,
    /// Whether a pending payment cannot be confirmed for now.
    is_held: bool,
) -> impl IntoView {
    let status = payment.state.payment_status();
    let (texts, labels) = (&page_texts().payments, &page_texts().shared.labels);
    let row = |term: &'static str, value: AnyView| {
        view! {
            <div>
                <dt>{term}</dt>
                <dd>
                    <bdi>{value}</bdi>
                </dd>
            </div>
        }
    };
    let fact = |term, value: String| row(term, value.into_any());
    let description = payment.description.as_str().to_owned();
    let transaction = match &payment.state {
        PaymentState::Completed { transaction } => Some(transaction.as_str().to_owned()),
        _ => None,
    };
    view! {
        <dl class="facts">
            {fact(labels.amount, payment.amount.format_in_language(page_language()))}
            {fact(labels.recipient, payment.recipient.as_str().to_owned())}
            {(!description.is_empty()).then(|| fact(labels.description, description))}
            {row(texts.status, view! { <PaymentBadge status is_held /> }.into_any())}
            {transaction.map(|transaction| fact(texts.transaction, transaction))}
        </dl>
    }
}

/// Status of a payment as a sentence, with links to other pages.
///
/// The main link of a payment in processing opens the page again. A new payment is the main link only after a payment
/// has ended, so that a user does not pay twice by mistake.
#[component]
fn PaymentResult(
    /// The path of the page with the payment.
    path: String,
    state: PaymentState,
    errors: FormErrors,
) -> impl IntoView {
    let (texts, problem_text) = (&page_texts().payments, page_texts().problem);
    let problem = errors
        .first_problem_of(Field::Form)
        .map(|found| view! { <div class="notice" role="status">{problem_text(found)}</div> });
    let is_lost = matches!(state, PaymentState::Failed { .. } | PaymentState::Expired);
    let check_again = matches!(state, PaymentState::Processing).then(|| {
        view! { <a class="button" href=path aria-describedby="end">{texts.check_again}</a> }
    });
    let has_ended = !matches!(state, PaymentState::Pending | PaymentState::Processing);
    let new_payment = if has_ended {
        view! {
            <a class="button" href=routes::PAYMENTS_NEW autofocus=is_lost aria-describedby="end">
                {texts.new}
            </a>
        }
        .into_any()
    } else {
        view! { <a href=routes::PAYMENTS_NEW>{texts.new}</a> }.into_any()
    };
    let (class, text) = match state {
        PaymentState::Pending => ("notice", texts.pending_elsewhere),
        PaymentState::Processing => ("notice", texts.processing),
        PaymentState::Completed { .. } => ("notice success", texts.completed),
        PaymentState::Failed { failure } => ("notice error", (texts.failed)(failure)),
        PaymentState::Expired => ("notice error", texts.expired),
    };
    view! {
        {problem}
        <div class=class role="status" id="end">{text}</div>
        <p class="actions">{check_again} {new_payment}</p>
        <BackToDashboardLink />
    }
}

/// Message in place of a payment's code entry form while code entry is blocked for the account.
///
/// It says how long the block lasts.
#[component]
fn BlockedPaymentMessage(problem: Problem) -> impl IntoView {
    let texts = page_texts();
    view! {
        <div class="notice error" role="alert" id="end">{(texts.problem)(&problem)}</div>
        <p class="actions">
            <a class="button" href=routes::DASHBOARD autofocus aria-describedby="end">
                {texts.payments.back}
            </a>
        </p>
    }
}

/// Link to the pending payment on the page for a new payment.
#[component]
fn PendingPaymentLink(payment: Payment) -> impl IntoView {
    let texts = &page_texts().payments;
    let text = (texts.waiting)(
        &payment.amount.format_in_language(page_language()),
        payment.recipient.as_str(),
    );
    view! {
        <div class="notice">
            {text} <a href=routes::payment_page_path(&payment.id)>{texts.go_on}</a>
        </div>
    }
}

/// Link back to the dashboard.
#[component]
fn BackToDashboardLink() -> impl IntoView {
    view! {
        <p class="actions">
            <a href=routes::DASHBOARD>{page_texts().payments.back}</a>
        </p>
    }
}
