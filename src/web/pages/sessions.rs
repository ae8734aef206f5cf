use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::components::{BackToProfileLink, PageHeading, render_form_error};
use super::formatted_time::TimeSince;
use super::page_context::{PageContext, error_response};
use super::settings_list::{StatusBadge, Tone};
use crate::auth::entry::sessions::{self, SessionKind, SessionSummary};
use crate::auth::error::FlowError;
use crate::web::islands::FormAccountInput;
use crate::web::request::WebState;
use crate::web::server_fns;
use crate::web::shell::{page_texts, render_page};
use domain::Timestamp;

/// Renders the page `/profile/sessions` with the sessions of the account, each with a button to end it.
pub async fn render_sessions_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return page_context.redirect_to_sign_in(&shared, request.uri().path());
    };
    let summaries = match sessions::list_sessions(&shared.app, &signed_in).await {
        Ok(summaries) => summaries,
        Err(error) => return error_response(FlowError::from(error)),
    };
    let (flash_message, errors, had_flash_cookie, now) = (
        page_context.flash_message_renderer(),
        page_context.flash.errors.clone(),
        page_context.had_flash_cookie(),
        shared.app.now(),
    );
    let page = page_context.page_with_title(page_context.texts().sessions.title);
    let response = render_page(&shared, request, page, move || {
        view! {
            {flash_message()}
            {render_form_error(&errors)}
            {render_sessions_view(summaries.clone(), now)}
        }
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the list of sessions, each with a button to end it.
pub fn render_sessions_view(summaries: Vec<SessionSummary>, now: Timestamp) -> impl IntoView {
    let texts = &page_texts().sessions;
    let others = (summaries.len() > 1).then(|| {
        view! {
            <form method="post" action=server_fns::sign_in::EndOtherSessions::PATH>
                <FormAccountInput />
                <button type="submit" class="secondary">{texts.end_others}</button>
            </form>
        }
    });
    let items = summaries
        .into_iter()
        .map(|summary| view! { <SessionRow summary now /> })
        .collect_view();
    view! {
        <PageHeading title=texts.title lead=texts.intro />
        <section class="card">
            <ul class="records">{items}</ul>
            <div class="actions">
                {others} <BackToProfileLink />
            </div>
        </section>
    }
}

/// Row with one session and a button to end it.
#[component]
fn SessionRow(summary: SessionSummary, now: Timestamp) -> impl IntoView {
    let texts = &page_texts().sessions;
    let device = match summary.kind {
        SessionKind::Browser => texts.device_name_or_unknown(&summary.device),
        SessionKind::ApiClient => texts.program.to_owned(),
    };
    let end = if summary.is_current {
        view! { <StatusBadge tone=Tone::Good text=texts.this /> }.into_any()
    } else {
        let label = (texts.end_named)(&device);
        view! {
            <form method="post" action=server_fns::sign_in::EndSession::PATH>
                <FormAccountInput />
                <input type="hidden" name="session" value=summary.id.as_str().to_owned() />
                <button type="submit" class="quiet danger" aria-label=label>
                    {texts.end}
                </button>
            </form>
        }
        .into_any()
    };
    view! {
        <li>
            <div>
                <strong>{device.clone()}</strong>
                <span>{summary.source}</span>
                <span>{texts.signed_in} <TimeSince at=summary.signed_in_at now /></span>
                <span>{texts.last_active} <TimeSince at=summary.last_active_at now /></span>
            </div>
            {end}
        </li>
    }
}
