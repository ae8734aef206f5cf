use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::components::{PageHeading, PaginationLinks, read_page_cursor};
use super::formatted_time::FormattedTime;
use super::page_context::{PageContext, error_response};
use super::settings_list::{StatusBadge, Tone};
use crate::auth::entry::paging::format_page_cursor;
use crate::auth::entry::payment;
use crate::auth::error::FlowError;
use crate::store::payments::Payment;
use crate::web::request::WebState;
use crate::web::shell::{page_language, page_texts, render_page};
use domain::{PaymentId, PaymentStatus, routes};

/// Renders the page `/payments` with the payments of the account, newest first.
pub async fn render_payments_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return page_context.redirect_to_sign_in(&shared, request.uri().path());
    };
    let before = read_page_cursor(&request, PaymentId::parse);
    let payments =
        match payment::read_page_of_payments(&shared.app, &signed_in, before.as_ref()).await {
            Ok(payments) => payments,
            Err(error) => return error_response(FlowError::from(error)),
        };
    let account = &signed_in.account.id;
    let is_held =
        match payment::are_pending_payments_on_hold(&shared.app, account, &payments.rows).await {
            Ok(is_held) => is_held,
            Err(error) => return error_response(FlowError::from(error)),
        };
    let (is_first_page, had_flash_cookie) = (before.is_none(), page_context.had_flash_cookie());
    let page = page_context.page_with_title(page_context.texts().payments.list_title);
    let response = render_page(&shared, request, page, move || {
        let older = payments.older.as_ref();
        let older = older.map(|cursor| format_page_cursor(cursor, PaymentId::as_str));
        render_payments_view(payments.rows.clone(), is_held, is_first_page, older)
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders one page of payments. `older` is the pagination cursor of the next page.
///
/// `is_held` says whether too many wrong codes block the confirmation of pending payments for now.
pub fn render_payments_view(
    payments: Vec<Payment>,
    is_held: bool,
    is_first_page: bool,
    older: Option<String>,
) -> impl IntoView {
    let texts = &page_texts().payments;
    view! {
        <PageHeading title=texts.list_title lead=texts.list_lead />
        <section class="card">
            <p class="actions">
                <a class="button" href=routes::PAYMENTS_NEW>{texts.new}</a>
            </p>
            <PaymentRows payments is_held />
            <PaginationLinks path=routes::PAYMENTS is_first_page older>
                <a href=routes::DASHBOARD>{texts.back}</a>
            </PaginationLinks>
        </section>
    }
}

/// List of payments, each with recipient, time, amount and status, and a link to its page.
#[component]
pub fn PaymentRows(
    payments: Vec<Payment>,
    /// Whether the pending payments cannot be confirmed for now.
    is_held: bool,
) -> impl IntoView {
    if payments.is_empty() {
        return view! { <p class="muted">{page_texts().payments.none}</p> }.into_any();
    }
    let rows = payments
        .into_iter()
        .map(|payment| {
            view! {
                <li>
                    <div>
                        <a href=routes::payment_page_path(&payment.id)>{payment.recipient.as_str().to_owned()}</a>
                        <FormattedTime at=payment.created_at />
                    </div>
                    <div class="sum">
                        <strong>
                            <bdi>{payment.amount.format_in_language(page_language())}</bdi>
                        </strong>
                        <PaymentBadge status=payment.state.payment_status() is_held />
                    </div>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="records">{rows}</ol> }.into_any()
}

/// Badge with the status of a payment.
#[component]
pub fn PaymentBadge(
    status: PaymentStatus,
    /// Whether a pending payment cannot be confirmed for now.
    is_held: bool,
) -> impl IntoView {
    let texts = &page_texts().payments;
    let tone = match status {
        PaymentStatus::Completed => Tone::Good,
        PaymentStatus::Pending if is_held => Tone::Bad,
        PaymentStatus::Pending => Tone::Attention,
        PaymentStatus::Processing | PaymentStatus::Expired => Tone::Neutral,
        PaymentStatus::Failed => Tone::Bad,
    };
    let text = if is_held && status == PaymentStatus::Pending {
        texts.held
    } else {
        (texts.state)(status)
    };
    view! { <StatusBadge tone text /> }
}
