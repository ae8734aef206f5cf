use axum::Form;
use axum::body::Body;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use leptos::prelude::*;
use serde::Deserialize;

use super::components::BackToProfile;
use super::formatted_time::{FormattedTime, exact};
use super::page_context::{PageContext, error_response, redirect};
use super::step_up::gate;
use crate::auth::entry::recovery_codes::{self as recovery, PlainSet};
use crate::auth::error::FlowError;
use crate::context::http_state::set_cookie;
use crate::http::cookies::Flash;
use crate::security::recovery_code::{CODES, RecoveryCode};
use crate::store::recovery_codes::{self, Standing};
use crate::web::islands::{CODE_LIST, CodeTools, ReplaceCodesDialog};
use crate::web::request::WebState;
use crate::web::shell::{render, texts};
use domain::i18n::{PageTexts, RecoveryPageTexts};
use domain::routes;
use domain::{Field, FormErrors, ProtectedArea};

/// Asks whether the codes there are may be replaced.
const REPLACE: &str = "replace";

/// `/profile/recovery-codes`: how many are left, and the way to new ones.
pub async fn codes(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return redirect(routes::LOGIN);
    };
    let account = &signed_in.account.id;
    let standing = match recovery_codes::standing(&shared.app.store, account).await {
        Ok(standing) => standing,
        Err(error) => return error_response(FlowError::from(error)),
    };
    let gate = match gate(
        &shared,
        &page_context,
        &signed_in,
        ProtectedArea::RecoveryCodes,
    )
    .await
    {
        Ok(gate) => gate,
        Err(response) => return response,
    };
    let asked = gate.is_none() && request.uri().query() == Some(REPLACE);
    let (refusal, had_flash) = (page_context.flash.errors.clone(), page_context.had_flash());
    let page = page_context.page(page_context.texts().recovery.title);
    let response = render(&shared, request, page, move || {
        let texts = &texts().recovery;
        let content = match gate.clone() {
            Some(gate) => gate.view(),
            None => view! { <Creation standing refusal=refusal.clone() /> }.into_any(),
        };
        let dialog = standing.filter(|_| asked).map(|standing| {
            view! { <ReplaceCodesDialog replacing=standing.made_at left=standing.left /> }
        });
        view! {
            <section class="card">
                <h1>{texts.title}</h1>
                <p>{texts.intro}</p>
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
    PageContext::finish(had_flash, &shared, response)
}

#[component]
fn Left(standing: Option<Standing>) -> impl IntoView {
    let texts = &texts().recovery;
    let Some(Standing { made_at, left }) = standing else {
        return view! { <p>{texts.none}</p> }.into_any();
    };
    view! {
        <dl class="facts">
            <div>
                <dt>{texts.left}</dt>
                <dd>{(texts.left_of)(left, CODES)}</dd>
            </div>
            <div>
                <dt>{texts.created}</dt>
                <dd><FormattedTime at=made_at /></dd>
            </div>
        </dl>
    }
    .into_any()
}

/// The first set is made at once; a later one takes the one before away, and asks.
#[component]
fn Creation(standing: Option<Standing>, refusal: FormErrors) -> impl IntoView {
    let texts = texts();
    let problem = refusal.about(Field::Form).map(texts.shared.problem);
    let problem = problem.map(|text| view! { <div class="notice error" role="alert">{text}</div> });
    let ask = format!("{}?{REPLACE}", routes::PROFILE_RECOVERY_CODES);
    let way = if standing.is_some() {
        view! { <a class="button" href=ask>{texts.shared.actions.create_new_codes}</a> }.into_any()
    } else {
        view! {
            <form class="stack" method="post" action=routes::PROFILE_RECOVERY_CODES>
                <input type="hidden" name="replacing" value="0" />
                <button type="submit" class="primary">{texts.recovery.create}</button>
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
pub async fn create(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let form = Request::from_parts(parts.clone(), body);
    let Ok(Form(Wanted { replacing })) = Form::from_request(form, &shared).await else {
        return redirect(routes::PROFILE_RECOVERY_CODES);
    };
    let set = match recovery::create(&shared.app, &page_context.request_context, replacing).await {
        Ok(set) => set,
        Err(error) => return refused(&shared, error),
    };
    let page = page_context.page(page_context.texts().recovery.title);
    let request = Request::from_parts(parts, Body::empty());
    render(&shared, request, page, move || {
        let texts = &texts().recovery;
        let codes = set.codes.each_ref().map(RecoveryCode::expose);
        let value = codes.join(" ");
        let items = codes
            .into_iter()
            .map(|code| view! { <li>{code}</li> })
            .collect_view();
        view! {
            <section class="card">
                <h1>{texts.title}</h1>
                <div class="notice" role="status">
                    {texts.shown_once}
                </div>
                <ol class="codes" id=CODE_LIST>
                    {items}
                </ol>
                <p class="muted">{texts.keep}</p>
                <div class="actions">
                    <form method="post" action=routes::PROFILE_RECOVERY_CODES_FILE>
                        <input type="hidden" name="codes" value=value />
                        <button type="submit" class="primary">{texts.download}</button>
                    </form>
                    <CodeTools />
                    <a href=routes::PROFILE_RECOVERY_CODES>{texts.done}</a>
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
pub async fn download(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Ok(Form(Shown { codes })) = Form::from_request(request, &shared).await else {
        return redirect(routes::PROFILE_RECOVERY_CODES);
    };
    let language = page_context.request_context.language;
    match recovery::verify_shown_set(&shared.app, &page_context.request_context, &codes).await {
        Ok(set) => {
            let name = language.page_texts().recovery.file_name;
            (
                [
                    (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
                    (
                        CONTENT_DISPOSITION,
                        format!("attachment; filename=\"{name}.txt\""),
                    ),
                ],
                file(&set, language.page_texts()),
            )
                .into_response()
        }
        Err(error) => refused(&shared, error),
    }
}

fn file(set: &PlainSet, texts: &PageTexts) -> String {
    let codes = set.codes.each_ref().map(RecoveryCode::expose).join("\r\n");
    let RecoveryPageTexts {
        file_title,
        created,
        file_advice: [once, keep],
        ..
    } = &texts.recovery;
    let (label, username) = (texts.shared.labels.username, &set.username);
    let made_at = exact(set.made_at, &texts.time);
    // Some editors still know only one kind of line end.
    format!(
        "{file_title}\r\n{label}: {username}\r\n{created}: {made_at}\r\n\r\n{codes}\r\n\r\n\
         {once}\r\n{keep}\r\n"
    )
}

/// Back to the page, which says why.
fn refused(shared: &WebState, error: FlowError) -> Response {
    let mut response = redirect(routes::PROFILE_RECOVERY_CODES);
    let flash = Flash {
        errors: error.into_form_errors(),
        ..Flash::default()
    };
    if let Some(cookie) = shared.cookies.set_flash(&flash) {
        set_cookie(&mut response, &cookie);
    }
    response
}
