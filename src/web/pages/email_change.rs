//! Pages that change the e-mail address, and that cancel the change with the link in the mail to the old address.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::components::{BackToProfileLink, render_form_error, render_link_form};
use super::page_context::{PageContext, error_response, redirect};
use super::step_up::ProtectedPage;
use crate::auth::entry::email_proof;
use crate::config::EmailVerification;
use crate::http::cookies::Flash;
use crate::web::islands::{NewEmailForm, render_text_with_emphasised_value};
use crate::web::request::WebState;
use crate::web::server_fns;
use crate::web::shell::{page_texts, render_page, to_error_texts};
use domain::{Field, FormErrors, Problem, ProtectedArea, routes};

/// Renders the page `/profile/email`, which changes the e-mail address after step-up authentication.
pub async fn render_change_email_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Result<Response, Response> {
    if shared.app.policy.email == EmailVerification::Unavailable {
        return Ok(redirect(routes::PROFILE));
    }
    let texts = &page_context.texts().email;
    let area = ProtectedArea::Email;
    let page =
        ProtectedPage::open_protected_page(&shared, page_context, request.uri().path(), area)
            .await?;
    let account = &page.signed_in.account;
    let must_prove = shared.app.must_prove_email(account);
    let (current, is_verified) = (account.email.clone(), account.email_verified);
    let pending = email_proof::find_pending_email_proof(&shared.app, &account.id)
        .await
        .map_err(|error| error_response(error.into()))?
        .map(|proof| proof.email);
    let intro = move || render_change_email_intro(current.clone());
    let content = move |flash: &Flash| {
        render_change_email_form(flash, must_prove, pending.clone(), is_verified)
    };
    let title = texts.change_title;
    Ok(page
        .render_card(&shared, request, title, intro, content)
        .await)
}

/// Renders the current e-mail address above the form for a new one.
pub fn render_change_email_intro(current: String) -> impl IntoView {
    view! {
        <dl class="facts">
            <div>
                <dt>{page_texts().email.current}</dt>
                <dd>
                    <bdi>{current}</bdi>
                </dd>
            </div>
        </dl>
    }
}

/// Renders the form for a new e-mail address.
///
/// `must_verify_email` says whether the user must verify an address before other pages open. `pending` is the address
/// whose code can be entered: the browser may not have received the answer to the form. Only a verified current address
/// gets a message.
pub fn render_change_email_form(
    flash: &Flash,
    must_verify_email: bool,
    pending: Option<String>,
    is_current_verified: bool,
) -> impl IntoView + use<> {
    let texts = &page_texts().email;
    let lead = if is_current_verified {
        texts.change_lead
    } else {
        texts.change_lead_unverified
    };
    let pending = pending.map(|address| {
        view! {
            <p class="notice">
                {render_text_with_emphasised_value(&texts.sent_to, address)} " "
                <a href=routes::VERIFY_EMAIL>{texts.verify_title}</a>
            </p>
        }
    });
    let back = if must_verify_email {
        view! { <a href=routes::VERIFY_EMAIL>{texts.verify_title}</a> }.into_any()
    } else {
        view! { <BackToProfileLink /> }.into_any()
    };
    view! {
        {pending}
        <p class="lead">{lead}</p>
        <NewEmailForm email=flash.submitted_value(Field::Email) errors=to_error_texts(&flash.errors) />
        <p class="actions">{back}</p>
    }
}

/// Renders the page `/email-change/{token}`, with a button that cancels a change of e-mail address.
///
/// The mail to the old address contains the link. Opening the page changes nothing, because mail scanners open links.
/// Every invalid link gets the same page.
pub async fn render_cancel_email_change_page(
    State(shared): State<WebState>,
    Path(token): Path<String>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let is_cancellable = match email_proof::is_email_change_cancellable(&shared.app, &token).await {
        Ok(is_cancellable) => is_cancellable,
        Err(error) => return error_response(error.into()),
    };
    let (errors, had_flash_cookie) = (
        page_context.flash.errors.clone(),
        page_context.had_flash_cookie(),
    );
    let titles = &page_context.texts().email;
    let title = if is_cancellable {
        titles.cancel_title
    } else {
        titles.invalid_title
    };
    let page = page_context.page_with_title(title);
    let mut response = render_page(&shared, request, page, move || {
        if is_cancellable {
            render_cancel_email_change_view(&token, &errors).into_any()
        } else {
            render_invalid_email_link_view().into_any()
        }
    })
    .await;
    if !is_cancellable {
        *response.status_mut() = StatusCode::GONE;
    }
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the button that cancels a change of the e-mail address. `token` is the secret of the link.
pub fn render_cancel_email_change_view(token: &str, errors: &FormErrors) -> impl IntoView + use<> {
    let texts = &page_texts().email;
    view! {
        <section class="card">
            <h1>{texts.cancel_title}</h1>
            <p class="lead">{texts.cancel_lead}</p>
            {render_form_error(errors)}
            {render_link_form(
                server_fns::email::CancelEmailChange::PATH,
                token,
                texts.cancel,
                texts.cancel_not_needed,
            )}
        </section>
    }
}

/// Renders the message that the link of an e-mail change is invalid.
fn render_invalid_email_link_view() -> impl IntoView {
    let (problem, texts) = (page_texts().problem, &page_texts().email);
    view! {
        <section class="card empty">
            <h1>{texts.invalid_title}</h1>
            <p role="alert">{problem(&Problem::LinkInvalid)}</p>
            <a class="button" href=routes::LOGIN>{texts.to_sign_in}</a>
        </section>
    }
}
