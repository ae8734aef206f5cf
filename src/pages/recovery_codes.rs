use axum::Form;
use axum::body::Body;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use leptos::prelude::*;
use serde::Deserialize;

use super::moment::exact;
use super::step_up::gate;
use super::visit::{Visit, elsewhere, failed};
use crate::app::{Page, render};
use crate::domain::{Area, Field, Problem, Refusal};
use crate::islands::{CODE_LIST, CodeTools, ReplaceCodesDialog};
use crate::routes;
use crate::server::cookies::Flash;
use crate::server::error::FlowError;
use crate::server::flows::recovery::{self, NewSet};
use crate::server::recovery::{CODES, RecoveryCode};
use crate::server::request::{Shared, set_cookie};
use crate::server::store::recovery_codes::{self, Standing};

const TITLE: &str = "Recovery codes";

/// Asks whether the codes there are may be replaced.
const REPLACE: &str = "replace";

/// `/profile/recovery-codes`: how many are left, and the way to new ones.
pub async fn codes(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    let Some(signed_in) = visit.signed_in.clone() else {
        return elsewhere(routes::LOGIN);
    };
    let account = &signed_in.account.id;
    let standing = match recovery_codes::standing(&shared.app.store, account).await {
        Ok(standing) => standing,
        Err(error) => return failed(FlowError::from(error)),
    };
    let gate = match gate(&shared, &visit, &signed_in, Area::RecoveryCodes).await {
        Ok(gate) => gate,
        Err(response) => return response,
    };
    let asked = gate.is_none() && request.uri().query() == Some(REPLACE);
    let (refusal, noted) = (visit.flash.refusal.clone(), visit.noted());
    let page = Page {
        title: TITLE,
        signed_in: true,
    };
    let response = render(&shared, request, page, move || {
        let content = match gate.clone() {
            Some(gate) => gate.view(),
            None => view! { <Creation standing refusal=refusal.clone() /> }.into_any(),
        };
        let dialog = standing.filter(|_| asked).map(|standing| {
            view! { <ReplaceCodesDialog replacing=standing.made_at left=standing.left /> }
        });
        view! {
            <section class="card">
                <h1>{TITLE}</h1>
                <p>
                    "Each recovery code signs you in once, in place of a code, for the day you do \
                     not have your phone."
                </p>
                <Left standing />
                {content}
                <div class="actions">
                    <a href=routes::PROFILE>"Back to your profile"</a>
                </div>
            </section>
            {dialog}
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}

#[component]
fn Left(standing: Option<Standing>) -> impl IntoView {
    let Some(Standing { made_at, left }) = standing else {
        return view! { <p>"You have no recovery codes."</p> }.into_any();
    };
    view! {
        <dl class="facts">
            <div>
                <dt>"Codes left"</dt>
                <dd>{format!("{left} of {CODES}")}</dd>
            </div>
            <div>
                <dt>"Created"</dt>
                <dd>{exact(made_at)}</dd>
            </div>
        </dl>
    }
    .into_any()
}

/// The first set is made at once; a later one takes the one before away, and asks.
#[component]
fn Creation(standing: Option<Standing>, refusal: Refusal) -> impl IntoView {
    let problem = refusal.about(Field::Form).map(Problem::text);
    let problem = problem.map(|text| view! { <div class="notice error" role="alert">{text}</div> });
    let ask = format!("{}?{REPLACE}", routes::PROFILE_RECOVERY_CODES);
    let way = if standing.is_some() {
        view! { <a class="button" href=ask>"Create new codes"</a> }.into_any()
    } else {
        view! {
            <form class="stack" method="post" action=routes::PROFILE_RECOVERY_CODES>
                <input type="hidden" name="replacing" value="0" />
                <button type="submit" class="primary">"Create recovery codes"</button>
            </form>
        }
        .into_any()
    };
    view! {
        {problem}
        {way}
    }
}

/// What the form that makes codes says.
#[derive(Deserialize)]
struct Wanted {
    replacing: i64,
}

/// Makes codes and answers with the page that shows them: no redirect, nothing stored, so that
/// neither a reload nor the way back finds them anywhere.
pub async fn create(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let form = Request::from_parts(parts.clone(), body);
    let Ok(Form(Wanted { replacing })) = Form::from_request(form, &shared).await else {
        return elsewhere(routes::PROFILE_RECOVERY_CODES);
    };
    let set = match recovery::create(&shared.app, &visit.visitor, replacing).await {
        Ok(set) => set,
        Err(error) => return refused(&shared, error),
    };
    let page = Page {
        title: TITLE,
        signed_in: true,
    };
    let request = Request::from_parts(parts, Body::empty());
    render(&shared, request, page, move || {
        let codes = set.codes.each_ref().map(RecoveryCode::expose);
        let value = codes.join(" ");
        let items = codes
            .into_iter()
            .map(|code| view! { <li>{code}</li> })
            .collect_view();
        view! {
            <section class="card">
                <h1>{TITLE}</h1>
                <div class="notice" role="status">
                    "These codes are shown only this once. Save them before you leave this page."
                </div>
                <ol class="codes" id=CODE_LIST>
                    {items}
                </ol>
                <p class="muted">
                    "Keep them where only you can reach them. Each works once; earlier codes no \
                     longer work."
                </p>
                <div class="actions">
                    <form method="post" action=routes::PROFILE_RECOVERY_CODES_FILE>
                        <input type="hidden" name="codes" value=value />
                        <button type="submit" class="primary">"Download"</button>
                    </form>
                    <CodeTools />
                    <a href=routes::PROFILE_RECOVERY_CODES>"Done"</a>
                </div>
            </section>
        }
    })
    .await
}

/// What the page that shows codes sends back for the file.
#[derive(Deserialize)]
struct Shown {
    codes: String,
}

/// The codes just shown, as a text file.
pub async fn download(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    let Ok(Form(Shown { codes })) = Form::from_request(request, &shared).await else {
        return elsewhere(routes::PROFILE_RECOVERY_CODES);
    };
    match recovery::returned(&shared.app, &visit.visitor, &codes).await {
        Ok(set) => (
            [
                (CONTENT_TYPE, "text/plain; charset=utf-8"),
                (
                    CONTENT_DISPOSITION,
                    "attachment; filename=\"sallyport-recovery-codes.txt\"",
                ),
            ],
            file(&set),
        )
            .into_response(),
        Err(error) => refused(&shared, error),
    }
}

fn file(set: &NewSet) -> String {
    let codes = set.codes.each_ref().map(RecoveryCode::expose).join("\r\n");
    // Some editors still know only one kind of line end.
    format!(
        "Sallyport recovery codes\r\nUsername: {}\r\nCreated: {}\r\n\r\n{codes}\r\n\r\n\
         Each code works once, in place of a code on your phone.\r\n\
         Keep this file where only you can reach it.\r\n",
        set.username,
        exact(set.made_at)
    )
}

/// Back to the page, which says why.
fn refused(shared: &Shared, error: FlowError) -> Response {
    let mut response = elsewhere(routes::PROFILE_RECOVERY_CODES);
    let flash = Flash {
        refusal: error.into_refusal(),
        ..Flash::default()
    };
    if let Some(cookie) = shared.cookies.set_flash(&flash) {
        set_cookie(&mut response, &cookie);
    }
    response
}
