use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::moment::Ago;
use super::visit::{Visit, elsewhere, failed};
use crate::api;
use crate::app::{Page, render};
use crate::domain::Timestamp;
use crate::routes;
use crate::server::error::FlowError;
use crate::server::flows::sessions::{self, Place};
use crate::server::request::Shared;

/// `/profile/sessions`: every place somebody is signed in at, to be ended at a click.
pub async fn sessions(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    let Some(signed_in) = visit.signed_in.clone() else {
        return elsewhere(routes::LOGIN);
    };
    let places = match sessions::list(&shared.app, &signed_in).await {
        Ok(places) => places,
        Err(error) => return failed(FlowError::from(error)),
    };
    let (notice, noted, now) = (visit.flash.notice, visit.noted(), shared.app.now());
    let page = Page {
        title: "Where you're signed in",
        signed_in: true,
    };
    let response = render(&shared, request, page, move || {
        let notice = notice.map(|notice| {
            view! { <div class="notice success" role="status">{notice.text()}</div> }
        });
        let others = (places.len() > 1).then(|| {
            view! {
                <form method="post" action=api::sessions::EndOtherSessions::PATH>
                    <button type="submit" class="secondary">"Sign out everywhere else"</button>
                </form>
            }
        });
        let items = places
            .iter()
            .cloned()
            .map(|place| view! { <Item place now /> })
            .collect_view();
        view! {
            {notice}
            <section class="card">
                <h1>"Where you're signed in"</h1>
                <p class="lead">
                    "If you do not recognize a device, sign it out and change your password."
                </p>
                <ul class="records">{items}</ul>
                <div class="actions">
                    {others} <a href=routes::PROFILE>"Back to your profile"</a>
                </div>
            </section>
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}

#[component]
fn Item(place: Place, now: Timestamp) -> impl IntoView {
    let device = place.device.to_string();
    let end = if place.this {
        view! { <span class="badge">"This device"</span> }.into_any()
    } else {
        let label = format!("Sign out {device}");
        view! {
            <form method="post" action=api::sessions::EndSession::PATH>
                <input type="hidden" name="session" value=place.id.as_str().to_owned() />
                <button type="submit" class="quiet" aria-label=label>
                    "Sign out"
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
                <span>"Signed in " <Ago at=place.signed_in_at now /></span>
                <span>"Last active " <Ago at=place.last_active_at now /></span>
            </div>
            {end}
        </li>
    }
}
