use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::account_details::AccountDetails;
use super::components::BackToProfileLink;
use super::page_context::PageContext;
use super::step_up::ProtectedPage;
use crate::http::cookies::Flash;
use crate::web::islands::NamesForm;
use crate::web::request::WebState;
use crate::web::shell::to_error_texts;
use domain::{Field, ProtectedArea};

/// Renders the page `/profile/name`, which changes full name and username after step-up authentication.
pub async fn render_full_name_and_username_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Result<Response, Response> {
    let title = page_context.texts().name_title;
    let area = ProtectedArea::Name;
    let page =
        ProtectedPage::open_protected_page(&shared, page_context, request.uri().path(), area)
            .await?;
    let account = AccountDetails::from(&page.signed_in.account);
    let content = move |flash: &Flash| render_full_name_and_username_form(&account, flash);
    Ok(page
        .render_card(&shared, request, title, || (), content)
        .await)
}

/// Renders the form for full name and username, with the typed values or else the current ones.
pub fn render_full_name_and_username_form(
    account: &AccountDetails,
    flash: &Flash,
) -> impl IntoView + use<> {
    let value = |field, current: &str| match flash.submitted_value(field) {
        typed if typed.is_empty() => current.to_owned(),
        typed => typed,
    };
    view! {
        <NamesForm
            full_name=value(Field::FullName, &account.full_name)
            username=value(Field::Username, &account.username)
            errors=to_error_texts(&flash.errors)
        />
        <p class="actions">
            <BackToProfileLink />
        </p>
    }
}
