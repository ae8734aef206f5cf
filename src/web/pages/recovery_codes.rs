use axum::Form;
use axum::body::Body;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use leptos::prelude::*;
use serde::Deserialize;

use super::components::BackToProfileLink;
use super::formatted_time::{FormattedTime, format_date_and_time};
use super::page_context::{PageContext, error_response, redirect};
use super::step_up::{ProtectedPage, StepUpGate};
use crate::auth::entry::recovery_codes::{self as recovery, PlainRecoveryCodes};
use crate::auth::error::FlowError;
use crate::context::http_state::set_cookie;
use crate::http::cookies::Flash;
use crate::security::recovery_code::{CODES, RecoveryCode};
use crate::store::recovery_codes::{self, RecoveryCodeSet};
use crate::web::brand::configured_service_name;
use crate::web::islands::{CODE_LIST_ID, CodeTools, FormAccountInput, ReplaceCodesDialog};
use crate::web::request::WebState;
use crate::web::shell::{page_texts, render_page};
use domain::i18n::{PageTexts, RecoveryPageTexts};
use domain::routes;
use domain::{Field, FlashMessage, FormErrors, Problem, ProtectedArea};

/// Query of the URL that opens the dialog "Create new codes?".
const REPLACE_DIALOG_QUERY: &str = "replace";

/// Renders the page `/profile/recovery-codes` with the number of unused recovery codes, and the button for new ones.
pub async fn render_recovery_codes_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Result<Response, Response> {
    let area = ProtectedArea::RecoveryCodes;
    let ProtectedPage {
        signed_in,
        gate,
        page_context,
    } = ProtectedPage::open_protected_page(&shared, page_context, request.uri().path(), area)
        .await?;
    let code_set = recovery_codes::find_recovery_code_set(&shared.app.store, &signed_in.account.id)
        .await
        .map_err(|error| error_response(FlowError::from(error)))?;
    let flash_message = page_context.flash_message_renderer();
    let opens_dialog = gate.is_none() && request.uri().query() == Some(REPLACE_DIALOG_QUERY);
    let (errors, had_flash_cookie) = (
        page_context.flash.errors.clone(),
        page_context.had_flash_cookie(),
    );
    let page = page_context.page_with_title(page_context.texts().recovery.title);
    let response = render_page(&shared, request, page, move || {
        view! {
            {flash_message()}
            {render_recovery_codes_view(gate.clone(), code_set, opens_dialog, errors.clone())}
        }
    })
    .await;
    Ok(PageContext::delete_flash_cookie_if_shown(
        had_flash_cookie,
        &shared,
        response,
    ))
}

/// Renders the number of unused recovery codes.
///
/// Below it, renders the step-up (`gate`) or the button that creates new codes. `opens_dialog` opens the dialog that
/// asks before new codes replace the old ones.
pub fn render_recovery_codes_view(
    gate: Option<StepUpGate>,
    code_set: Option<RecoveryCodeSet>,
    opens_dialog: bool,
    errors: FormErrors,
) -> impl IntoView {
    let texts = &page_texts().recovery;
    let content = match gate {
        Some(gate) => gate.render_step_up_stage(),
        None => view! {
            <CreateRecoveryCodesButton code_set errors />
            <p class="actions">
                <BackToProfileLink />
            </p>
        }
        .into_any(),
    };
    let dialog = code_set.filter(|_| opens_dialog).map(|code_set| {
        view! { <ReplaceCodesDialog replacing=code_set.made_at text=(texts.replace_text)(code_set.unused) /> }
    });
    view! {
        <section class="card task">
            <h1>{texts.title}</h1>
            <p class="lead">{texts.intro}</p>
            <UnusedRecoveryCodes code_set />
            {content}
        </section>
        {dialog}
    }
}

/// Paragraph with the number of unused recovery codes and the time at which the codes were created.
#[component]
fn UnusedRecoveryCodes(code_set: Option<RecoveryCodeSet>) -> impl IntoView {
    let texts = &page_texts().recovery;
    let Some(RecoveryCodeSet { made_at, unused }) = code_set else {
        return view! { <p>{texts.none}</p> }.into_any();
    };
    view! {
        <dl class="facts">
            <div>
                <dt>{texts.left}</dt>
                <dd>{(texts.left_of)(unused, CODES)}</dd>
            </div>
            <div>
                <dt>{texts.created}</dt>
                <dd><FormattedTime at=made_at /></dd>
            </div>
        </dl>
    }
    .into_any()
}

/// Button that creates recovery codes.
///
/// If the account has codes, a dialog asks first, because the old codes become invalid.
#[component]
fn CreateRecoveryCodesButton(
    code_set: Option<RecoveryCodeSet>,
    errors: FormErrors,
) -> impl IntoView {
    let texts = page_texts();
    let problem = errors.first_problem_of(Field::Form).map(texts.problem);
    let problem = problem.map(|text| view! { <div class="notice error" role="alert">{text}</div> });
    let dialog_path = format!("{}?{REPLACE_DIALOG_QUERY}", routes::PROFILE_RECOVERY_CODES);
    let create = if code_set.is_some() {
        view! { <a class="button" href=dialog_path>{texts.shared.actions.create_new_codes}</a> }
            .into_any()
    } else {
        view! {
            <form class="stack" method="post" action=routes::PROFILE_RECOVERY_CODES>
                <FormAccountInput />
                <input type="hidden" name="replacing" value="0" />
                <button type="submit" class="primary">{texts.recovery.create}</button>
            </form>
        }
        .into_any()
    };
    view! {
        {problem}
        {create}
    }
}

/// Form data of the request that creates recovery codes.
#[derive(Deserialize)]
struct CreateForm {
    /// Creation time of the set to replace, in milliseconds; 0 for the first set.
    replacing: i64,
}

/// Creates recovery codes and responds with a page that shows the codes.
///
/// The response is not a redirect, and the server stores only hashes. Therefore a reload or the Back button does not
/// show the codes again.
pub async fn create_recovery_codes(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let form = Request::from_parts(parts.clone(), body);
    let Ok(Form(CreateForm { replacing })) = Form::from_request(form, &shared).await else {
        return redirect(routes::PROFILE_RECOVERY_CODES);
    };
    let set = match recovery::create_recovery_codes(
        &shared.app,
        &page_context.request_context,
        replacing,
    )
    .await
    {
        Ok(set) => set,
        Err(error) => {
            return redirect_after_failed_recovery_code_creation(&shared, &page_context, error);
        }
    };
    let page = page_context.page_with_title(page_context.texts().recovery.title);
    let request = Request::from_parts(parts, Body::empty());
    render_page(&shared, request, page, move || {
        render_new_recovery_codes_view(&set)
    })
    .await
}

/// Renders new recovery codes, which are shown once.
pub fn render_new_recovery_codes_view(set: &PlainRecoveryCodes) -> impl IntoView + use<> {
    let texts = &page_texts().recovery;
    let codes = set.codes.each_ref().map(RecoveryCode::expose);
    let value = codes.join(" ");
    let made_at = set.made_at;
    let title = (texts.file_title)(&configured_service_name());
    let title_and_username = format!("{title}, {}, ", set.username);
    let items = codes
        .into_iter()
        .map(|code| view! { <li>{code}</li> })
        .collect_view();
    view! {
        <section class="card task">
            <h1>{texts.title}</h1>
            <div class="notice attention" role="status">
                {texts.shown_once}
            </div>
            <p class="printed">{title_and_username} <FormattedTime at=made_at /></p>
            <ol class="codes" id=CODE_LIST_ID>
                {items}
            </ol>
            <p class="muted">{texts.keep}</p>
            <div class="actions">
                <form method="post" action=routes::PROFILE_RECOVERY_CODES_FILE>
                    <FormAccountInput />
                    <input type="hidden" name="codes" value=value />
                    <button type="submit" class="primary">{texts.download}</button>
                </form>
                <CodeTools />
                <a href=routes::PROFILE_RECOVERY_CODES>{texts.done}</a>
            </div>
        </section>
    }
}

/// Form data of the recovery code download.
///
/// The page sends the plain codes to the server, which stores only their hashes.
#[derive(Deserialize)]
struct DownloadForm {
    codes: String,
}

/// Returns new recovery codes as a text file.
pub async fn download_recovery_codes(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Ok(Form(DownloadForm { codes })) = Form::from_request(request, &shared).await else {
        return redirect(routes::PROFILE_RECOVERY_CODES);
    };
    let language = page_context.request_context.language;
    match recovery::verify_recovery_codes_before_download(
        &shared.app,
        &page_context.request_context,
        &codes,
    )
    .await
    {
        Ok(set) => {
            let brand = &shared.app.brand;
            let name = (language.page_texts().recovery.file_name)(&brand.download_file_stem());
            (
                [
                    (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
                    (
                        CONTENT_DISPOSITION,
                        format!("attachment; filename=\"{name}.txt\""),
                    ),
                ],
                recovery_code_file_content(&set, &brand.name, language.page_texts()),
            )
                .into_response()
        }
        Err(error) => redirect_to_recovery_codes_with_error(&shared, &page_context, error),
    }
}

/// Returns the content of the text file with recovery codes.
fn recovery_code_file_content(
    set: &PlainRecoveryCodes,
    service: &str,
    texts: &PageTexts,
) -> String {
    let codes = set.codes.each_ref().map(RecoveryCode::expose).join("\r\n");
    let RecoveryPageTexts {
        file_title,
        created,
        file_advice: [once, keep],
        ..
    } = &texts.recovery;
    let file_title = file_title(service);
    let (label, username) = (texts.shared.labels.username, &set.username);
    let made_at = format_date_and_time(set.made_at, &texts.time);
    // Some editors need CRLF line endings.
    format!(
        "{file_title}\r\n{label}: {username}\r\n{created}: {made_at}\r\n\r\n{codes}\r\n\r\n\
         {once}\r\n{keep}\r\n"
    )
}

/// Redirects a request whose recovery codes were not created, and puts the reason into the flash cookie.
///
/// If the user reloads the page with new codes, the browser repeats the request. The message then says that the codes
/// were shown once.
fn redirect_after_failed_recovery_code_creation(
    shared: &WebState,
    page_context: &PageContext,
    error: FlowError,
) -> Response {
    if error.is_session_missing() {
        return redirect_to_recovery_codes_with_error(shared, page_context, error);
    }
    let errors = error.into_form_errors();
    if errors.first_problem_of(Field::Form) != Some(&Problem::FlowEnded) {
        return redirect_to_recovery_codes_with_error(
            shared,
            page_context,
            FlowError::Refused(errors),
        );
    }
    let mut response = redirect(routes::PROFILE_RECOVERY_CODES);
    let flash = Flash::from_message(FlashMessage::CodesShownOnce);
    if let Some(cookie) = shared.cookies.create_flash_cookie(&flash) {
        set_cookie(&mut response, &cookie);
    }
    response
}

/// Redirects to `/profile/recovery-codes`, which shows the error. A user without a session goes to the sign-in page.
fn redirect_to_recovery_codes_with_error(
    shared: &WebState,
    page_context: &PageContext,
    error: FlowError,
) -> Response {
    if error.is_session_missing() {
        let page = routes::PROFILE_RECOVERY_CODES;
        return page_context.redirect_submitted_form_to_sign_in(shared, page);
    }
    let mut response = redirect(routes::PROFILE_RECOVERY_CODES);
    let flash = Flash {
        errors: error.into_form_errors(),
        ..Flash::default()
    };
    if let Some(cookie) = shared.cookies.create_flash_cookie(&flash) {
        set_cookie(&mut response, &cookie);
    }
    response
}
