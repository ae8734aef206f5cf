//! Pages on which users delete their account, or keep an account that will be deleted.

use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::components::{BackToProfileLink, render_form_error};
use super::formatted_time::FormattedTime;
use super::page_context::{PageContext, error_response, redirect};
use super::step_up::ProtectedPage;
use crate::auth::entry::deletion;
use crate::http::cookies::Flash;
use crate::web::islands::{DeleteAccountForm, FormAccountInput};
use crate::web::request::WebState;
use crate::web::server_fns;
use crate::web::shell::{page_texts, render_page, to_error_texts};
use domain::routes;
use domain::{FormErrors, ProtectedArea, Timestamp};

const SECS_PER_DAY: u64 = 24 * 60 * 60;

/// Renders the page `/profile/delete`, which requests the deletion of the account after step-up authentication.
pub async fn render_delete_account_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Result<Response, Response> {
    let texts = &page_context.texts().deletion;
    let area = ProtectedArea::Deletion;
    let page =
        ProtectedPage::open_protected_page(&shared, page_context, request.uri().path(), area)
            .await?;
    let account = &page.signed_in.account.id;
    let secs = deletion::count_seconds_until_erasure(&shared.app, account)
        .await
        .map_err(|error| error_response(error.into()))?;
    let days = secs.div_ceil(SECS_PER_DAY);
    let intro = move || render_delete_account_intro(days);
    let content = |flash: &Flash| render_delete_account_form(&flash.errors);
    let title = texts.delete_title;
    Ok(page
        .render_card(&shared, request, title, intro, content)
        .await)
}

/// Renders the explanation of an account deletion, with the number of days until the erasure.
pub fn render_delete_account_intro(days_until_erasure: u64) -> impl IntoView {
    let texts = &page_texts().deletion;
    let effects = texts
        .delete_effects
        .map(|effect| view! { <li>{effect}</li> })
        .collect_view();
    view! {
        <p class="lead">{(texts.delete_lead)(days_until_erasure)}</p>
        <ul class="effects">{effects}</ul>
    }
}

/// Renders the form that requests the deletion of the account.
pub fn render_delete_account_form(errors: &FormErrors) -> impl IntoView + use<> {
    view! {
        <DeleteAccountForm errors=to_error_texts(errors) />
        <p class="actions">
            <BackToProfileLink />
        </p>
    }
}

/// Renders the page `/keep-account`, which asks after a sign-in whether to keep an account that will be deleted.
pub async fn render_keep_or_delete_account_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(delete_at) = page_context.delete_at else {
        return redirect(if page_context.signed_in.is_some() {
            routes::PROFILE
        } else {
            routes::LOGIN
        });
    };
    let (errors, had_flash_cookie) = (
        page_context.flash.errors.clone(),
        page_context.had_flash_cookie(),
    );
    let flash_message = page_context.flash_message_renderer();
    let page = page_context.page_with_title(page_context.texts().deletion.keep_title);
    let response = render_page(&shared, request, page, move || {
        view! {
            {flash_message()}
            {render_form_error(&errors)}
            {render_keep_or_delete_account_view(delete_at)}
        }
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the question whether to keep the account, with the time at which the account will be erased.
pub fn render_keep_or_delete_account_view(delete_at: Timestamp) -> impl IntoView {
    let texts = &page_texts().deletion;
    view! {
        <section class="card">
            <h1>{texts.keep_title}</h1>
            <p class="lead">
                {texts.keep_lead.before} <FormattedTime at=delete_at />
                {texts.keep_lead.after}
            </p>
            <div class="actions">
                <form method="post" action=server_fns::deletion::KeepAccount::PATH>
                    <FormAccountInput />
                    <button type="submit" class="primary">{texts.keep}</button>
                </form>
                <form method="post" action=server_fns::deletion::LetAccountBeDeleted::PATH>
                    <FormAccountInput />
                    <button type="submit" class="secondary">{texts.do_not_keep}</button>
                </form>
            </div>
        </section>
    }
}
