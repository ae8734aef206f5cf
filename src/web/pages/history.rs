use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::components::BackToProfile;
use super::formatted_time::FormattedTime;
use super::page_context::{PageContext, error_response};
use crate::auth::entry::history;
use crate::auth::error::FlowError;
use crate::web::request::WebState;
use crate::web::shell::{render, texts};
use domain::routes;

/// Prefix of the query for an older page.
const BEFORE_QUERY: &str = "before=";

/// `/profile/history`: the events of the account, newest first.
pub async fn history_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return page_context.redirect_to_sign_in(&shared, request.uri().path());
    };
    // An invalid position shows the first page.
    let query = request.uri().query().unwrap_or_default();
    let before = query
        .strip_prefix(BEFORE_QUERY)
        .and_then(history::parse_mark);
    let result = history::page(&shared.app, &signed_in.account.id, before.as_ref()).await;
    let events = match result {
        Ok(events) => events,
        Err(error) => return error_response(FlowError::from(error)),
    };
    let (is_first_page, had_flash) = (before.is_none(), page_context.had_flash());
    let page = page_context.page(page_context.texts().history.title);
    let response = render(&shared, request, page, move || {
        let texts = &texts().history;
        let lines = events.lines.iter().cloned();
        let items = lines
            .map(|line| {
                view! {
                    <li>
                        <div>
                            <strong>{(texts.activity_event)(line.event)}</strong>
                            <FormattedTime at=line.at />
                            <span>{line.source}</span>
                        </div>
                    </li>
                }
            })
            .collect_view();
        let older = events.older.as_ref().map(|mark| {
            let link = format!(
                "{}?{BEFORE_QUERY}{}",
                routes::PROFILE_HISTORY,
                history::format_mark(mark)
            );
            view! { <a href=link>{texts.older}</a> }
        });
        let newest =
            (!is_first_page).then(|| view! { <a href=routes::PROFILE_HISTORY>{texts.newest}</a> });
        view! {
            <section class="card">
                <h1>{texts.title}</h1>
                <p class="lead">{texts.intro}</p>
                <ol class="records">{items}</ol>
                <nav class="actions" aria-label=texts.pages>
                    {newest} {older} <BackToProfile />
                </nav>
            </section>
        }
    })
    .await;
    PageContext::clear_shown_flash(had_flash, &shared, response)
}
