use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::back::BackToProfile;
use super::moment::Moment;
use super::visit::{Visit, elsewhere, failed};
use crate::auth::entry::history;
use crate::auth::error::FlowError;
use crate::web::request::Shared;
use crate::web::shell::{render, words};
use domain::routes;

/// What the address of an older page begins its query with.
const BEFORE: &str = "before=";

/// `/profile/history`: what happened to the account, newest first.
pub async fn history(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    let Some(signed_in) = visit.signed_in.clone() else {
        return elsewhere(routes::LOGIN);
    };
    // Whatever is no mark of ours is the first page.
    let query = request.uri().query().unwrap_or_default();
    let before = query.strip_prefix(BEFORE).and_then(history::parse_mark);
    let found = history::page(&shared.app, &signed_in.account.id, before.as_ref()).await;
    let found = match found {
        Ok(found) => found,
        Err(error) => return failed(FlowError::from(error)),
    };
    let (first, noted) = (before.is_none(), visit.noted());
    let page = visit.page(visit.words().history.title);
    let response = render(&shared, request, page, move || {
        let words = &words().history;
        let lines = found.lines.iter().cloned();
        let items = lines
            .map(|line| {
                view! {
                    <li>
                        <div>
                            <strong>{(words.line)(line.event)}</strong>
                            <Moment at=line.at />
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
            view! { <a href=link>{words.older}</a> }
        });
        let newest = (!first).then(|| view! { <a href=routes::PROFILE_HISTORY>{words.newest}</a> });
        view! {
            <section class="card">
                <h1>{words.title}</h1>
                <p class="lead">{words.lead}</p>
                <ol class="records">{items}</ol>
                <nav class="actions" aria-label=words.pages>
                    {newest} {older} <BackToProfile />
                </nav>
            </section>
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}
