use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::moment::Moment;
use super::qr::qr;
use super::step_up::{Gate, gate};
use super::visit::{Visit, elsewhere, failed};
use crate::api;
use crate::app::{Page, render};
use crate::domain::{Area, Field, Problem, Refusal, Timestamp};
use crate::islands::{ConfirmAuthenticatorForm, RemoveAuthenticatorDialog};
use crate::routes;
use crate::server::flows::authenticator::{self, Standing};
use crate::server::request::Shared;

const TITLE: &str = "Authenticator app";

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
pub async fn app(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    let Some(signed_in) = visit.signed_in.clone() else {
        return elsewhere(routes::LOGIN);
    };
    let stage = match gate(&shared, &visit, &signed_in, Area::Authenticator).await {
        Err(response) => return response,
        Ok(Some(gate)) => Stage::Gate(gate),
        Ok(None) => match authenticator::standing(&shared.app, &signed_in).await {
            Err(error) => return failed(error),
            Ok(standing) => {
                let removing = request.uri().query() == Some(REMOVE);
                stage(&standing, &signed_in.account.username, removing)
            }
        },
    };
    let (flash, noted) = (visit.flash.clone(), visit.noted());
    let page = Page {
        title: TITLE,
        signed_in: true,
    };
    let response = render(&shared, request, page, move || {
        let notice = flash.notice.map(|notice| {
            view! { <div class="notice success" role="status">{notice.text()}</div> }
        });
        let dialog = matches!(stage, Stage::Enrolled { removing: true, .. })
            .then(|| view! { <RemoveAuthenticatorDialog /> });
        view! {
            {notice}
            <section class="card">
                <h1>{TITLE}</h1>
                {content(stage.clone(), flash.refusal.clone())}
            </section>
            {dialog}
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}

fn stage(standing: &Standing, username: &str, removing: bool) -> Stage {
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

fn content(stage: Stage, refusal: Refusal) -> AnyView {
    match stage {
        Stage::Gate(gate) => gate.view(),
        Stage::None => view! {
            <Refused refusal />
            <p class="lead">
                "An app on your phone shows a new code every 30 seconds. It works without a \
                 signal, and there is no message to intercept."
            </p>
            <Begin label="Set up authenticator app" class="primary" />
            <BackToProfile />
        }
        .into_any(),
        Stage::Pending(shown) => view! { <SetUp shown refusal /> }.into_any(),
        Stage::Enrolled { since, .. } => view! {
            <Refused refusal />
            <dl class="facts">
                <div>
                    <dt>"Set up"</dt>
                    <dd><Moment at=since /></dd>
                </div>
            </dl>
            <p class="muted">"Got a new phone? Replace the app: the old one works until the new one is confirmed."</p>
            <div class="actions">
                <Begin label="Replace" class="secondary" />
                <a class="button secondary" href=format!("{}?{REMOVE}", routes::PROFILE_AUTHENTICATOR)>
                    "Remove"
                </a>
            </div>
            <BackToProfile />
        }
        .into_any(),
    }
}

/// The QR code, the key for whoever cannot scan it, and the first code.
#[component]
fn SetUp(shown: Shown, refusal: Refusal) -> impl IntoView {
    let replaces = shown.replaces.then(
        || view! { <p class="muted">"Your current app works until you confirm the new one."</p> },
    );
    view! {
        <p class="lead">"Scan this with your authenticator app, then enter the 6 digits it shows."</p>
        {qr(&shown.uri, "QR code for your authenticator app")}
        // Nobody can scan the screen they hold the camera behind.
        <p class="on-touch">
            <a href=shown.uri>"Open it in an app on this device"</a>
        </p>
        <p>"Or type this key into the app:"</p>
        <p class="key">{shown.key}</p>
        {replaces}
        <ConfirmAuthenticatorForm refusal />
        <form class="actions" method="post" action=api::authenticator::Cancel::PATH>
            <button type="submit" class="quiet">"Cancel"</button>
        </form>
    }
}

#[component]
fn Begin(label: &'static str, class: &'static str) -> impl IntoView {
    view! {
        <form method="post" action=api::authenticator::Begin::PATH>
            <button type="submit" class=class>{label}</button>
        </form>
    }
}

/// What was wrong with the last form, where no field of this page is to blame.
#[component]
fn Refused(refusal: Refusal) -> impl IntoView {
    let text = refusal.about(Field::Form).map(Problem::text);
    text.map(|text| view! { <div class="notice error" role="alert">{text}</div> })
}

#[component]
fn BackToProfile() -> impl IntoView {
    view! {
        <p class="actions">
            <a href=routes::PROFILE>"Back to your profile"</a>
        </p>
    }
}
