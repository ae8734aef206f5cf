use axum::Form;
use axum::body::Body;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use leptos::prelude::*;
use serde::Deserialize;

use super::back::BackToProfile;
use super::moment::{Moment, exact};
use super::step_up::gate;
use super::visit::{Visit, elsewhere, failed};
use crate::auth::entry::recovery_codes::{self as recovery, PlainSet};
use crate::auth::error::FlowError;
use crate::http::cookies::Flash;
use crate::security::recovery_code::{CODES, RecoveryCode};
use crate::store::recovery_codes::{self, Standing};
use crate::web::islands::{CODE_LIST, CodeTools, ReplaceCodesDialog};
use crate::web::request::{Shared, set_cookie};
use crate::web::shell::{render, words};
use domain::i18n::{Pages, RecoveryPage};
use domain::routes;
use domain::{Field, FormErrors, ProtectedArea};

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
    let gate = match gate(&shared, &visit, &signed_in, ProtectedArea::RecoveryCodes).await {
        Ok(gate) => gate,
        Err(response) => return response,
    };
    let asked = gate.is_none() && request.uri().query() == Some(REPLACE);
    let (refusal, noted) = (visit.flash.errors.clone(), visit.noted());
    let page = visit.page(visit.words().recovery.title);
    let response = render(&shared, request, page, move || {
        let words = &words().recovery;
        let content = match gate.clone() {
            Some(gate) => gate.view(),
            None => view! { <Creation standing refusal=refusal.clone() /> }.into_any(),
        };
        let dialog = standing.filter(|_| asked).map(|standing| {
            view! { <ReplaceCodesDialog replacing=standing.made_at left=standing.left /> }
        });
        view! {
            <section class="card">
                <h1>{words.title}</h1>
                <p>{words.lead}</p>
                <Left standing />
                {content}
                <div class="actions">
                    <BackToProfile />
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
    let words = &words().recovery;
    let Some(Standing { made_at, left }) = standing else {
        return view! { <p>{words.none}</p> }.into_any();
    };
    view! {
        <dl class="facts">
            <div>
                <dt>{words.left}</dt>
                <dd>{(words.left_of)(left, CODES)}</dd>
            </div>
            <div>
                <dt>{words.created}</dt>
                <dd><Moment at=made_at /></dd>
            </div>
        </dl>
    }
    .into_any()
}

/// The first set is made at once; a later one takes the one before away, and asks.
#[component]
fn Creation(standing: Option<Standing>, refusal: FormErrors) -> impl IntoView {
    let words = words();
    let problem = refusal.about(Field::Form).map(words.shared.problem);
    let problem = problem.map(|text| view! { <div class="notice error" role="alert">{text}</div> });
    let ask = format!("{}?{REPLACE}", routes::PROFILE_RECOVERY_CODES);
    let way = if standing.is_some() {
        view! { <a class="button" href=ask>{words.shared.actions.create_new_codes}</a> }.into_any()
    } else {
        view! {
            <form class="stack" method="post" action=routes::PROFILE_RECOVERY_CODES>
                <input type="hidden" name="replacing" value="0" />
                <button type="submit" class="primary">{words.recovery.create}</button>
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
    let set = match recovery::create(&shared.app, &visit.context, replacing).await {
        Ok(set) => set,
        Err(error) => return refused(&shared, error),
    };
    let page = visit.page(visit.words().recovery.title);
    let request = Request::from_parts(parts, Body::empty());
    render(&shared, request, page, move || {
        let words = &words().recovery;
        let codes = set.codes.each_ref().map(RecoveryCode::expose);
        let value = codes.join(" ");
        let items = codes
            .into_iter()
            .map(|code| view! { <li>{code}</li> })
            .collect_view();
        view! {
            <section class="card">
                <h1>{words.title}</h1>
                <div class="notice" role="status">
                    {words.shown_once}
                </div>
                <ol class="codes" id=CODE_LIST>
                    {items}
                </ol>
                <p class="muted">{words.keep}</p>
                <div class="actions">
                    <form method="post" action=routes::PROFILE_RECOVERY_CODES_FILE>
                        <input type="hidden" name="codes" value=value />
                        <button type="submit" class="primary">{words.download}</button>
                    </form>
                    <CodeTools />
                    <a href=routes::PROFILE_RECOVERY_CODES>{words.done}</a>
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
    let language = visit.context.language;
    match recovery::verify_shown_set(&shared.app, &visit.context, &codes).await {
        Ok(set) => {
            let name = language.pages().recovery.file_name;
            (
                [
                    (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
                    (
                        CONTENT_DISPOSITION,
                        format!("attachment; filename=\"{name}.txt\""),
                    ),
                ],
                file(&set, language.pages()),
            )
                .into_response()
        }
        Err(error) => refused(&shared, error),
    }
}

fn file(set: &PlainSet, words: &Pages) -> String {
    let codes = set.codes.each_ref().map(RecoveryCode::expose).join("\r\n");
    let RecoveryPage {
        file_title,
        created,
        file_advice: [once, keep],
        ..
    } = &words.recovery;
    let (label, username) = (words.shared.labels.username, &set.username);
    let made_at = exact(set.made_at, &words.moments);
    // Some editors still know only one kind of line end.
    format!(
        "{file_title}\r\n{label}: {username}\r\n{created}: {made_at}\r\n\r\n{codes}\r\n\r\n\
         {once}\r\n{keep}\r\n"
    )
}

/// Back to the page, which says why.
fn refused(shared: &Shared, error: FlowError) -> Response {
    let mut response = elsewhere(routes::PROFILE_RECOVERY_CODES);
    let flash = Flash {
        errors: error.into_form_errors(),
        ..Flash::default()
    };
    if let Some(cookie) = shared.cookies.set_flash(&flash) {
        set_cookie(&mut response, &cookie);
    }
    response
}
