use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::components::{BackToProfileLink, PageHeading, PaginationLinks, read_page_cursor};
use super::formatted_time::{TimeOfDay, format_day};
use super::page_context::{PageContext, error_response};
use crate::auth::entry::history::{self, HistoryEntry};
use crate::auth::entry::paging::format_page_cursor;
use crate::auth::error::FlowError;
use crate::security::token::EntryId;
use crate::web::request::WebState;
use crate::web::shell::{page_texts, render_page};
use domain::routes;

/// Renders the page `/profile/history` with the security events of the account by day, newest first.
pub async fn render_history_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return page_context.redirect_to_sign_in(&shared, request.uri().path());
    };
    let before = read_page_cursor(&request, EntryId::parse);
    let result =
        history::read_history_page(&shared.app, &signed_in.account.id, before.as_ref()).await;
    let events = match result {
        Ok(events) => events,
        Err(error) => return error_response(FlowError::from(error)),
    };
    let (is_first_page, had_flash_cookie) = (before.is_none(), page_context.had_flash_cookie());
    let page = page_context.page_with_title(page_context.texts().history.title);
    let response = render_page(&shared, request, page, move || {
        let older = events.older.as_ref();
        let older = older.map(|cursor| format_page_cursor(cursor, EntryId::as_str));
        render_history_view(events.rows.clone(), is_first_page, older)
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders one page of the account's security events. `older` is the pagination cursor of the next page.
pub fn render_history_view(
    lines: Vec<HistoryEntry>,
    is_first_page: bool,
    older: Option<String>,
) -> impl IntoView {
    let texts = &page_texts().history;
    view! {
        <PageHeading title=texts.title lead=texts.intro />
        <section class="card">
            <SecurityEventsByDay lines />
            <PaginationLinks path=routes::PROFILE_HISTORY is_first_page older>
                <BackToProfileLink />
            </PaginationLinks>
        </section>
    }
}

/// Security events in one list for each day in UTC.
#[component]
fn SecurityEventsByDay(lines: Vec<HistoryEntry>) -> impl IntoView {
    let time_texts = &page_texts().time;
    let mut days: Vec<(String, Vec<HistoryEntry>)> = Vec::new();
    for line in lines {
        let day = format_day(line.at, time_texts);
        match days.last_mut() {
            Some((last, of_day)) if *last == day => of_day.push(line),
            _ => days.push((day, vec![line])),
        }
    }
    let days = days
        .into_iter()
        .map(|(day, lines)| {
            let rows = lines.into_iter().map(render_security_event).collect_view();
            view! {
                <section>
                    <h2>{day}</h2>
                    <ol class="records">{rows}</ol>
                </section>
            }
        })
        .collect_view();
    view! {
        <div class="days" data-days="">
            {days}
        </div>
    }
}

/// Renders one security event as a list item.
fn render_security_event(line: HistoryEntry) -> impl IntoView {
    let origin = if line.is_caused_by_server {
        view! { <span>{page_texts().history.by_service}</span> }.into_any()
    } else {
        let device = page_texts().sessions.device_name(&line.device);
        let device = device.map(|name| view! { <span>{name}</span> });
        view! { {device} <span>{line.source}</span> }.into_any()
    };
    view! {
        <li>
            <div>
                <strong>{(page_texts().history.activity_event)(line.event)}</strong>
                <TimeOfDay at=line.at />
                {origin}
            </div>
        </li>
    }
}
