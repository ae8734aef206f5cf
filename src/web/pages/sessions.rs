use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::components::BackToProfile;
use super::formatted_time::TimeSince;
use super::page_context::{PageContext, error_response, redirect};
use crate::auth::entry::sessions::{self, Kind, SessionSummary};
use crate::auth::error::FlowError;
use crate::web::request::WebState;
use crate::web::server_fns;
use crate::web::shell::{render, texts};
use domain::Device;
use domain::Timestamp;
use domain::i18n::SessionTexts;
use domain::routes;

/// `/profile/sessions`: the sessions of the account, each with a button to end it.
pub async fn sessions(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return redirect(routes::LOGIN);
    };
    let places = match sessions::list(&shared.app, &signed_in).await {
        Ok(places) => places,
        Err(error) => return error_response(FlowError::from(error)),
    };
    let (flash_message, had_flash, now) = (
        page_context.flash_message(),
        page_context.had_flash(),
        shared.app.now(),
    );
    let page = page_context.page(page_context.texts().sessions.title);
    let response = render(&shared, request, page, move || {
        let texts = &texts().sessions;
        let others = (places.len() > 1).then(|| {
            view! {
                <form method="post" action=server_fns::sessions::EndOtherSessions::PATH>
                    <button type="submit" class="secondary">{texts.end_others}</button>
                </form>
            }
        });
        let items = places
            .iter()
            .cloned()
            .map(|place| view! { <Item place now /> })
            .collect_view();
        view! {
            {flash_message()}
            <section class="card">
                <h1>{texts.title}</h1>
                <p class="lead">
                    {texts.intro}
                </p>
                <ul class="records">{items}</ul>
                <div class="actions">
                    {others} <BackToProfile />
                </div>
            </section>
        }
    })
    .await;
    PageContext::finish(had_flash, &shared, response)
}

#[component]
fn Item(place: SessionSummary, now: Timestamp) -> impl IntoView {
    let texts = &texts().sessions;
    let device = match place.kind {
        Kind::Browser => named(&place.device, texts),
        Kind::Program => texts.program.to_owned(),
    };
    let end = if place.this {
        view! { <span class="badge">{texts.this}</span> }.into_any()
    } else {
        let label = (texts.end_named)(&device);
        view! {
            <form method="post" action=server_fns::sessions::EndSession::PATH>
                <input type="hidden" name="session" value=place.id.as_str().to_owned() />
                <button type="submit" class="quiet" aria-label=label>
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
                <span>{place.source}</span>
                <span>{texts.signed_in} <TimeSince at=place.signed_in_at now /></span>
                <span>{texts.last_active} <TimeSince at=place.last_active_at now /></span>
            </div>
            {end}
        </li>
    }
}

/// "Firefox on Linux", as far as it is known.
fn named(device: &Device, texts: &SessionTexts) -> String {
    match (device.browser, device.system) {
        (Some(browser), Some(system)) => (texts.device)(browser, system),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => texts.unknown_device.to_owned(),
    }
}
