use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::components::BackToProfile;
use super::formatted_time::FormattedTime;
use super::page_context::{PageContext, error_response, redirect};
use crate::auth::entry::history;
use crate::auth::error::FlowError;
use crate::web::request::WebState;
use crate::web::shell::{render, texts};
use domain::routes;

/// What the address of an older page begins its query with.
const BEFORE: &str = "before=";

/// `/profile/history`: what happened to the account, newest first.
pub async fn history(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return redirect(routes::LOGIN);
    };
    // Whatever is no mark of ours is the first page.
    let query = request.uri().query().unwrap_or_default();
    let before = query.strip_prefix(BEFORE).and_then(history::parse_mark);
    let found = history::page(&shared.app, &signed_in.account.id, before.as_ref()).await;
    let found = match found {
        Ok(found) => found,
        Err(error) => return error_response(FlowError::from(error)),
    };
    let (first, had_flash) = (before.is_none(), page_context.had_flash());
    let page = page_context.page(page_context.texts().history.title);
    let response = render(&shared, request, page, move || {
        let texts = &texts().history;
        let lines = found.lines.iter().cloned();
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
        let older = found.older.as_ref().map(|mark| {
            let link = format!(
                "{}?{BEFORE}{}",
                routes::PROFILE_HISTORY,
                history::format_mark(mark)
            );
            view! { <a href=link>{texts.older}</a> }
        });
        let newest = (!first).then(|| view! { <a href=routes::PROFILE_HISTORY>{texts.newest}</a> });
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
    PageContext::finish(had_flash, &shared, response)
}
