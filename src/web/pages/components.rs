use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use super::formatted_time::format_time_of_day;
use super::page_context::PageContext;
use crate::auth::entry::paging::parse_cursor;
use crate::store::PageCursor;
use crate::web::islands::{CodeEntryForm, RecoveryEntryForm};
use crate::web::request::WebState;
use crate::web::shell::{render, shown, texts};
use domain::routes;
use domain::{CodeEntry, Delivery, Device, Field, FormErrors, Problem, Step};

/// The entry of a code or recovery code. Empty for any other step.
pub fn code_card(step: Step, errors: &FormErrors) -> AnyView {
    code_card_with_delivery(step, errors, None)
}

/// The entry of a code or recovery code, with the delivery status of the message if it is known.
pub fn code_card_with_delivery(
    step: Step,
    errors: &FormErrors,
    delivery: Option<Delivery>,
) -> AnyView {
    match step {
        Step::EnterCode(entry) => {
            let from_app = entry
                .sent
                .is_none()
                .then(|| view! { <p class="lead">{texts().authenticator_prompt}</p> });
            let times = times_of_code(&entry);
            view! {
                {from_app}
                <CodeEntryForm entry times errors=shown(errors) delivery />
            }
            .into_any()
        }
        Step::EnterRecoveryCode { purpose } => {
            view! { <RecoveryEntryForm purpose errors=shown(errors) /> }.into_any()
        }
        _ => ().into_any(),
    }
}

/// The heading of a page with several cards, above them.
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

/// A name such as "Firefox on Linux", as far as browser and system are known. `None` if neither is.
pub fn device_name(device: &Device) -> Option<String> {
    match (device.browser, device.system) {
        (Some(browser), Some(system)) => Some((texts().sessions.device)(browser, system)),
        (one, None) | (None, one) => one.map(str::to_owned),
    }
}

/// Prefix of the query for an older page.
const BEFORE_QUERY: &str = "before=";

/// The cursor in the query of a page. `None` shows the first page: without a query, and for an invalid one.
pub fn read_page_cursor<I>(
    request: &Request,
    parse_id: impl Fn(&str) -> Option<I>,
) -> Option<PageCursor<I>> {
    let query = request.uri().query()?.strip_prefix(BEFORE_QUERY)?;
    parse_cursor(query, parse_id)
}

/// The links to the newest and the older page of a list, and other links.
#[component]
pub fn PageLinks(
    /// The path of the first page.
    path: &'static str,
    is_first_page: bool,
    /// The formatted cursor of the older page. `None` on the last page.
    older: Option<String>,
    children: Children,
) -> impl IntoView {
    let texts = &texts().history;
    let newest = (!is_first_page).then(|| view! { <a href=path>{texts.newest}</a> });
    let older = older.map(|cursor| {
        let link = format!("{path}?{BEFORE_QUERY}{cursor}");
        view! { <a href=link>{texts.older}</a> }
    });
    view! {
        <nav class="actions" aria-label=texts.pages>
            {newest} {older} {children()}
        </nav>
    }
}

/// Until when a code is valid and from when another can be requested, for a page without scripts, whose countdowns do
/// not move. `None` if no code was sent.
pub fn times_of_code(entry: &CodeEntry) -> Option<String> {
    let (sent, texts) = (entry.sent.as_ref()?, texts());
    let valid = texts.valid_until.with(format_time_of_day(sent.expires_at));
    if sent.resend_at <= entry.now {
        return Some(valid);
    }
    let reload = texts
        .reload_to_resend
        .with(format_time_of_day(sent.resend_at));
    Some(format!("{valid} {reload}"))
}

/// The link from a settings page back to the profile.
#[component]
pub fn BackToProfile() -> impl IntoView {
    view! { <a href=routes::PROFILE>{texts().shared.actions.back_to_profile}</a> }
}

/// The error of a form that has no fields.
pub fn form_error(errors: &FormErrors) -> Option<AnyView> {
    let problem = errors.first_problem_of(Field::Form)?;
    let text = (texts().problem)(problem);
    Some(view! { <div class="notice error" role="alert">{text}</div> }.into_any())
}

/// The form on the page of a link: one button, which posts the token of the link.
pub fn link_form(action: &'static str, token: &str, label: &'static str) -> AnyView {
    view! {
        <form method="post" action=action>
            <input type="hidden" name="token" value=token.to_owned() />
            <button type="submit" class="primary">{label}</button>
        </form>
    }
    .into_any()
}

/// The page of a link that does not work, with status 410. It is the same for every link and reason.
pub async fn invalid_link_page(
    shared: &WebState,
    page_context: &PageContext,
    request: Request,
) -> Response {
    let page = page_context.page(page_context.texts().lost_phone.invalid_title);
    let mut response = render(shared, request, page, invalid_link_view).await;
    *response.status_mut() = StatusCode::GONE;
    PageContext::clear_shown_flash(page_context.had_flash(), shared, response)
}

/// Says that the link does not work, with a link to the sign-in.
pub fn invalid_link_view() -> impl IntoView {
    let texts = texts();
    view! {
        <section class="card empty">
            <h1>{texts.lost_phone.invalid_title}</h1>
            <p role="alert">{(texts.problem)(&Problem::LinkInvalid)}</p>
            <a class="button" href=routes::LOGIN>{texts.lost_phone.to_sign_in}</a>
        </section>
    }
}
