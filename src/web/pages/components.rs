use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use super::formatted_time::format_time_of_day;
use super::page_context::PageContext;
use crate::auth::entry::paging::parse_page_cursor;
use crate::store::PageCursor;
use crate::web::islands::{CodeEntryForm, RecoveryEntryForm};
use crate::web::request::WebState;
use crate::web::shell::{add_times_script, page_texts, render_page, to_error_texts};
use domain::routes;
use domain::{CodeEntry, Delivery, Field, FormErrors, Problem, Purpose, Step, Timestamp};

/// Renders the form that accepts a one-time code or recovery code; nothing for any other step.
pub fn render_code_form(step: Step, errors: &FormErrors) -> AnyView {
    render_code_form_with_delivery_status(step, errors, None)
}

/// Renders the form that accepts a one-time code or recovery code.
///
/// `delivery` is the delivery status of the message with the code, if known.
pub fn render_code_form_with_delivery_status(
    step: Step,
    errors: &FormErrors,
    delivery: Option<Delivery>,
) -> AnyView {
    // Another form has found an ended flow. The flow of this page is live.
    let errors = &errors.clone().without_ended_flow();
    match step {
        Step::EnterCode(entry) => {
            let from_app = entry
                .sent
                .is_none()
                .then(|| view! { <p class="lead">{page_texts().authenticator_prompt}</p> });
            let times = add_times_of_code(&entry);
            let errors = &errors.clone().without_wait_after_expired_code(Some(&entry));
            // The button of a phone change has the word "OTP".
            let explanation = (entry.purpose == Purpose::PhoneChange)
                .then_some(page_texts().otp_explanation)
                .flatten()
                .map(str::to_owned);
            view! {
                {from_app}
                <CodeEntryForm entry times errors=to_error_texts(errors) delivery explanation />
            }
            .into_any()
        }
        Step::EnterRecoveryCode { purpose, now } => {
            view! { <RecoveryEntryForm purpose now errors=to_error_texts(errors) /> }.into_any()
        }
        _ => ().into_any(),
    }
}

/// Line that explains the word "OTP" in the heading or at a button of a page.
///
/// Empty in a language without the word.
#[component]
pub fn OtpExplanation() -> impl IntoView {
    let text = page_texts().otp_explanation;
    text.map(|text| view! { <p class="hint until-end">{text}</p> })
}

/// Heading above the cards of a page, with an optional introduction.
#[component]
pub fn PageHeading(
    title: &'static str,
    #[prop(optional, into)] lead: Option<String>,
) -> impl IntoView {
    let lead = lead.map(|lead| view! { <p class="lead">{lead}</p> });
    view! {
        <div class="page-heading">
            <h1>{title}</h1>
            {lead}
        </div>
    }
}

/// Prefix of the query with the pagination cursor of an older page.
const OLDER_PAGE_QUERY: &str = "before=";

/// Parses the pagination cursor in the query of a request. `None` means the first page, also for an invalid cursor.
pub fn read_page_cursor<I>(
    request: &Request,
    parse_id: impl Fn(&str) -> Option<I>,
) -> Option<PageCursor<I>> {
    let query = request.uri().query()?.strip_prefix(OLDER_PAGE_QUERY)?;
    parse_page_cursor(query, parse_id)
}

/// Navigation of a list: links to the first page and to the page with older entries, and `children`.
#[component]
pub fn PaginationLinks(
    /// The path of the first page.
    path: &'static str,
    is_first_page: bool,
    /// Pagination cursor of the older page; `None` on the last page.
    older: Option<String>,
    children: Children,
) -> impl IntoView {
    let texts = &page_texts().history;
    let newest = (!is_first_page).then(|| view! { <a href=path>{texts.newest}</a> });
    let older = older.map(|cursor| {
        let link = format!("{path}?{OLDER_PAGE_QUERY}{cursor}");
        view! { <a href=link>{texts.older}</a> }
    });
    view! {
        <nav class="actions" aria-label=texts.pages>
            {newest} {older} {children()}
        </nav>
    }
}

/// Adds the script that counts down to the page, and returns the sentence that replaces it in browsers without scripts.
///
/// Returns `None` if no code was sent.
pub fn add_times_of_code(entry: &CodeEntry) -> Option<String> {
    add_times_script();
    let sent = entry.sent.as_ref()?;
    Some(format_code_expiry_and_resend_times(
        entry.now,
        sent.expires_at,
        sent.resend_at,
    ))
}

/// Returns a sentence with the expiry time of a code and the earliest resend time.
///
/// Leaves out the resend time if another code can be requested at the time `now`.
pub fn format_code_expiry_and_resend_times(
    now: Timestamp,
    expires_at: Timestamp,
    resend_at: Timestamp,
) -> String {
    let texts = page_texts();
    let valid = texts
        .valid_until
        .fill_placeholder(format_time_of_day(expires_at));
    if resend_at <= now {
        return valid;
    }
    let reload = texts
        .reload_to_resend
        .fill_placeholder(format_time_of_day(resend_at));
    format!("{valid} {reload}")
}

/// Link from a settings page back to the profile.
#[component]
pub fn BackToProfileLink() -> impl IntoView {
    view! { <a href=routes::PROFILE>{page_texts().shared.actions.back_to_profile}</a> }
}

/// Renders the error that concerns the whole form instead of one field.
///
/// Returns `None` if there is no such error.
pub fn render_form_error(errors: &FormErrors) -> Option<AnyView> {
    let problem = errors.first_problem_of(Field::Form)?;
    let text = (page_texts().problem)(problem);
    Some(view! { <div class="notice error" role="alert">{text}</div> }.into_any())
}

/// Renders a form with one button that posts the secret token of a mailed link.
///
/// `advice` is the line below the button, for users who do not need it.
pub fn render_link_form(
    action: &'static str,
    token: &str,
    label: &'static str,
    advice: &'static str,
) -> AnyView {
    view! {
        <form method="post" action=action>
            <input type="hidden" name="token" value=token.to_owned() />
            <button type="submit" class="primary">{label}</button>
        </form>
        <p class="muted">{advice}</p>
    }
    .into_any()
}

/// Renders the page for an invalid or expired link with status 410. The page does not reveal why the link is invalid.
pub async fn render_invalid_link_page(
    shared: &WebState,
    page_context: &PageContext,
    request: Request,
) -> Response {
    let page = page_context.page_with_title(page_context.texts().lost_phone.invalid_title);
    let mut response = render_page(shared, request, page, render_invalid_link_view).await;
    *response.status_mut() = StatusCode::GONE;
    PageContext::delete_flash_cookie_if_shown(page_context.had_flash_cookie(), shared, response)
}

/// Renders the message that a link is invalid, with a link to the sign-in.
pub fn render_invalid_link_view() -> impl IntoView {
    let texts = page_texts();
    view! {
        <section class="card empty">
            <h1>{texts.lost_phone.invalid_title}</h1>
            <p role="alert">{(texts.problem)(&Problem::LinkInvalid)}</p>
            <a class="button" href=routes::LOGIN>{texts.lost_phone.to_sign_in}</a>
        </section>
    }
}
