use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::back::BackToProfile;
use super::moment::Ago;
use super::visit::{Visit, elsewhere, failed};
use crate::auth::entry::sessions::{self, Kind, SessionSummary};
use crate::auth::error::FlowError;
use crate::web::request::Shared;
use crate::web::server_fns;
use crate::web::shell::{render, words};
use domain::Device;
use domain::Timestamp;
use domain::i18n::Sessions;
use domain::routes;

/// `/profile/sessions`: every place somebody is signed in at, to be ended at a click.
pub async fn sessions(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    let Some(signed_in) = visit.signed_in.clone() else {
        return elsewhere(routes::LOGIN);
    };
    let places = match sessions::list(&shared.app, &signed_in).await {
        Ok(places) => places,
        Err(error) => return failed(FlowError::from(error)),
    };
    let (news, noted, now) = (visit.news(), visit.noted(), shared.app.now());
    let page = visit.page(visit.words().sessions.title);
    let response = render(&shared, request, page, move || {
        let words = &words().sessions;
        let others = (places.len() > 1).then(|| {
            view! {
                <form method="post" action=server_fns::sessions::EndOtherSessions::PATH>
                    <button type="submit" class="secondary">{words.end_others}</button>
                </form>
            }
        });
        let items = places
            .iter()
            .cloned()
            .map(|place| view! { <Item place now /> })
            .collect_view();
        view! {
            {news()}
            <section class="card">
                <h1>{words.title}</h1>
                <p class="lead">
                    {words.lead}
                </p>
                <ul class="records">{items}</ul>
                <div class="actions">
                    {others} <BackToProfile />
                </div>
            </section>
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}

#[component]
fn Item(place: SessionSummary, now: Timestamp) -> impl IntoView {
    let words = &words().sessions;
    let device = match place.kind {
        Kind::Browser => named(&place.device, words),
        Kind::Program => words.program.to_owned(),
    };
    let end = if place.this {
        view! { <span class="badge">{words.this}</span> }.into_any()
    } else {
        let label = (words.end_named)(&device);
        view! {
            <form method="post" action=server_fns::sessions::EndSession::PATH>
                <input type="hidden" name="session" value=place.id.as_str().to_owned() />
                <button type="submit" class="quiet" aria-label=label>
                    {words.end}
                </button>
            </form>
        }
        .into_any()
    };
    view! {
        <li>
            <div>
                <strong>{device.clone()}</strong>
                <span>{place.source}</span>
                <span>{words.signed_in} <Ago at=place.signed_in_at now /></span>
                <span>{words.last_active} <Ago at=place.last_active_at now /></span>
            </div>
            {end}
        </li>
    }
}

/// "Firefox on Linux", as far as it is known.
fn named(device: &Device, words: &Sessions) -> String {
    match (device.browser, device.system) {
        (Some(browser), Some(system)) => (words.device)(browser, system),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => words.unknown_device.to_owned(),
    }
}
