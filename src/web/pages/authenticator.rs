use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::components::BackToProfile;
use super::formatted_time::FormattedTime;
use super::page_context::{PageContext, error_response, redirect};
use super::qr::qr;
use super::step_up::{Gate, gate};
use crate::auth::entry::authenticator::{self, AuthenticatorStatus};
use crate::web::islands::{ConfirmAuthenticatorForm, RemoveAuthenticatorDialog};
use crate::web::request::WebState;
use crate::web::server_fns;
use crate::web::shell::{render, texts};
use domain::routes;
use domain::{Field, FormErrors, ProtectedArea, Timestamp};

/// Asks whether the app there is may be removed.
const REMOVE: &str = "remove";

/// What `/profile/authenticator` is about right now.
#[derive(Clone)]
enum Stage {
    /// Confirm that it is you.
    Gate(Gate),
    None,
    /// A secret is being set up, for the first time or in place of another.
    Pending(Shown),
    Enrolled {
        since: Timestamp,
        removing: bool,
    },
}

/// What an app is given, as a picture and to type in.
#[derive(Clone)]
struct Shown {
    uri: String,
    key: String,
    replaces: bool,
}

/// `/profile/authenticator`: setting an authenticator app up, replacing and removing it.
pub async fn app(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return redirect(routes::LOGIN);
    };
    let stage = match gate(
        &shared,
        &page_context,
        &signed_in,
        ProtectedArea::Authenticator,
    )
    .await
    {
        Err(response) => return response,
        Ok(Some(gate)) => Stage::Gate(gate),
        Ok(None) => match authenticator::status(&shared.app, &signed_in).await {
            Err(error) => return error_response(error),
            Ok(standing) => {
                let removing = request.uri().query() == Some(REMOVE);
                stage(&standing, &signed_in.account.username, removing)
            }
        },
    };
    let (flash_message, flash, had_flash) = (
        page_context.flash_message(),
        page_context.flash.clone(),
        page_context.had_flash(),
    );
    let page = page_context.page(page_context.texts().authenticator.title);
    let response = render(&shared, request, page, move || {
        let dialog = matches!(stage, Stage::Enrolled { removing: true, .. })
            .then(|| view! { <RemoveAuthenticatorDialog /> });
        view! {
            {flash_message()}
            <section class="card">
                <h1>{texts().authenticator.title}</h1>
                {content(stage.clone(), flash.errors.clone())}
            </section>
            {dialog}
        }
    })
    .await;
    PageContext::finish(had_flash, &shared, response)
}

fn stage(standing: &AuthenticatorStatus, username: &str, removing: bool) -> Stage {
    match (&standing.pending, standing.since) {
        (Some(secret), since) => Stage::Pending(Shown {
            uri: secret.uri(username),
            key: secret.manual_key(),
            replaces: since.is_some(),
        }),
        (None, Some(since)) => Stage::Enrolled { since, removing },
        (None, None) => Stage::None,
    }
}

fn content(stage: Stage, refusal: FormErrors) -> AnyView {
    let (texts, actions) = (&texts().authenticator, &texts().shared.actions);
    match stage {
        Stage::Gate(gate) => gate.view(),
        Stage::None => view! {
            <Refused refusal />
            <p class="lead">{texts.intro}</p>
            <Begin label=texts.set_up class="primary" />
            <p class="actions">
                <BackToProfile />
            </p>
        }
        .into_any(),
        Stage::Pending(shown) => view! { <SetUp shown refusal /> }.into_any(),
        Stage::Enrolled { since, .. } => view! {
            <Refused refusal />
            <dl class="facts">
                <div>
                    <dt>{texts.since}</dt>
                    <dd><FormattedTime at=since /></dd>
                </div>
            </dl>
            <p class="muted">{texts.new_phone}</p>
            <div class="actions">
                <Begin label=texts.replace class="secondary" />
                <a class="button secondary" href=format!("{}?{REMOVE}", routes::PROFILE_AUTHENTICATOR)>
                    {actions.remove}
                </a>
            </div>
            <p class="actions">
                <BackToProfile />
            </p>
        }
        .into_any(),
    }
}

/// The QR code, the key for manual entry, and the first code.
#[component]
fn SetUp(shown: Shown, refusal: FormErrors) -> impl IntoView {
    let (texts, actions) = (&texts().authenticator, &texts().shared.actions);
    let replaces = shown
        .replaces
        .then(|| view! { <p class="muted">{texts.old_works}</p> });
    view! {
        <p class="lead">{texts.scan}</p>
        {qr(&shown.uri, texts.qr)}
        // A phone cannot scan its own screen.
        <p class="on-touch">
            <a href=shown.uri>{texts.open_here}</a>
        </p>
        <p>{texts.or_type}</p>
        <p class="key">{shown.key}</p>
        {replaces}
        <ConfirmAuthenticatorForm refusal />
        <form class="actions" method="post" action=server_fns::authenticator::Cancel::PATH>
            <button type="submit" class="quiet">{actions.cancel}</button>
        </form>
    }
}

#[component]
fn Begin(label: &'static str, class: &'static str) -> impl IntoView {
    view! {
        <form method="post" action=server_fns::authenticator::Begin::PATH>
            <button type="submit" class=class>{label}</button>
        </form>
    }
}

/// What was wrong with the last form, where no field of this page is to blame.
#[component]
fn Refused(refusal: FormErrors) -> impl IntoView {
    let text = refusal.about(Field::Form).map(texts().shared.problem);
    text.map(|text| view! { <div class="notice error" role="alert">{text}</div> })
}
