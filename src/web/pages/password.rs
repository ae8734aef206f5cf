use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::components::BackToProfileLink;
use super::page_context::PageContext;
use super::step_up::ProtectedPage;
use crate::http::cookies::Flash;
use crate::web::islands::ChangePasswordForm;
use crate::web::request::WebState;
use crate::web::shell::to_error_texts;
use domain::{FormErrors, ProtectedArea};

/// Renders the page `/profile/password`, which changes the password after step-up authentication.
pub async fn render_password_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Result<Response, Response> {
    let title = page_context.texts().profile.change_password;
    let area = ProtectedArea::Password;
    let page =
        ProtectedPage::open_protected_page(&shared, page_context, request.uri().path(), area)
            .await?;
    let username = page.signed_in.account.username.clone();
    let content = move |flash: &Flash| render_password_form(username.clone(), &flash.errors);
    Ok(page
        .render_card(&shared, request, title, || (), content)
        .await)
}

/// Renders the form that accepts the current and the new password.
pub fn render_password_form(username: String, errors: &FormErrors) -> impl IntoView + use<> {
    view! {
        <ChangePasswordForm username errors=to_error_texts(errors) />
        <p class="actions">
            <BackToProfileLink />
        </p>
    }
}
