use axum::extract::{Path, Request, State};
use axum::response::Response;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::components::{render_form_error, render_invalid_link_page, render_link_form};
use super::formatted_time::FormattedTime;
use super::page_context::{PageContext, error_response};
use crate::auth::entry::undo;
use crate::store::contact_changes::OldContact;
use crate::web::islands::MaskedNumber;
use crate::web::request::WebState;
use crate::web::server_fns::lost_phone::UndoChange;
use crate::web::shell::{page_texts, render_page};
use domain::i18n::LostPhoneTexts;
use domain::{FormErrors, Timestamp};

/// Renders the page `/undo/{token}`, with a button that restores the previous phone number or e-mail address.
///
/// The user need not be signed in. The notification about the change contains the link. Opening the link changes
/// nothing.
pub async fn render_undo_contact_change_page(
    State(shared): State<WebState>,
    Path(token): Path<String>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let change = match undo::find_undoable_contact_change(&shared.app, &token).await {
        Ok(Some(change)) => change,
        Ok(None) => return render_invalid_link_page(&shared, &page_context, request).await,
        Err(error) => return error_response(error.into()),
    };
    let (errors, had_flash_cookie) = (
        page_context.flash.errors.clone(),
        page_context.had_flash_cookie(),
    );
    let page = page_context.page_with_title(
        undo_page_title_and_introduction(&page_context.texts().lost_phone, &change.old).0,
    );
    let response = render_page(&shared, request, page, move || {
        render_undo_contact_change_view(&change.old, change.expires_at, &token, &errors)
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the masked previous phone number or e-mail address, and the button that restores it.
///
/// `token` is the secret of the link, which works until `expires_at`.
pub fn render_undo_contact_change_view(
    restored: &OldContact,
    expires_at: Timestamp,
    token: &str,
    errors: &FormErrors,
) -> impl IntoView + use<> {
    let texts = &page_texts().lost_phone;
    let (title, lead) = undo_page_title_and_introduction(texts, restored);
    let contact = match restored {
        OldContact::Phone(number) => {
            view! { <p><strong><MaskedNumber hint=number.masked_hint() /></strong></p> }.into_any()
        }
        OldContact::Email(email) => {
            view! { <p class="signing-in"><strong>{email.masked_hint().to_string()}</strong></p> }
                .into_any()
        }
    };
    view! {
        <section class="card">
            <h1>{title}</h1>
            {contact}
            <p class="lead">{lead}</p>
            <p class="muted">
                {texts.undo_until.before} <FormattedTime at=expires_at />
                {texts.undo_until.after}
            </p>
            {render_form_error(errors)}
            {render_link_form(UndoChange::PATH, token, texts.undo, texts.undo_not_needed)}
        </section>
    }
}

/// Returns title and introduction of the page that undoes a change of phone number or e-mail address.
const fn undo_page_title_and_introduction(
    texts: &LostPhoneTexts,
    restored: &OldContact,
) -> (&'static str, &'static str) {
    match restored {
        OldContact::Phone(_) => (texts.undo_title, texts.undo_lead),
        OldContact::Email(_) => (texts.undo_email_title, texts.undo_email_lead),
    }
}
